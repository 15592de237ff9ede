// Findings about frames and the spans in them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "analysis/finding_rules.h"
#include "analysis/gpu_frames.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using base::count_text;
using base::percent_text;

std::string time_text(double ns) {
  return base::duration_text(DurationNs{static_cast<int64_t>(ns)});
}

// Places of one name together, as a reader sees them.
struct Named {
  std::string name;
  double share = 0;        // of all frames, its own time
  double total_share = 0;  // with the spans inside
  double slow_ns = 0, typical_ns = 0;
};

std::vector<Named> by_name(const SpanReport& spans) {
  std::map<std::string, Named> all;
  for (const SpanStats& span : spans.spans) {
    Named& one = all[span.name];
    one.name = span.name;
    one.share += span.frame_self_share;
    one.total_share += span.frame_share;
    one.slow_ns += span.slow_self_ns;
    one.typical_ns += span.typical_self_ns;
  }
  std::vector<Named> out;
  for (auto& [name, one] : all) out.push_back(std::move(one));
  return out;
}

// What became longer, in words: "'AI::plan' by 20.0 ms to 22.0 ms".
std::string growth_text(const std::vector<Named>& names, const FrameComparison& frames,
                        std::string& most) {
  struct Growth {
    std::string text, name;
    double ns;
  };
  std::vector<Growth> all;
  for (const Named& one : names) {
    all.push_back({fmt::format("'{}' of its own by {} to {}", one.name,
                               time_text(one.slow_ns - one.typical_ns), time_text(one.slow_ns)),
                   one.name, one.slow_ns - one.typical_ns});
  }
  all.push_back({fmt::format("what is in no span by {} to {}",
                             time_text(frames.slow_unmarked_ns - frames.typical_unmarked_ns),
                             time_text(frames.slow_unmarked_ns)),
                 "", frames.slow_unmarked_ns - frames.typical_unmarked_ns});
  std::stable_sort(all.begin(), all.end(),
                   [](const Growth& a, const Growth& b) { return a.ns > b.ns; });
  const double difference = frames.slow_mean_ns - frames.typical_mean_ns;
  std::string out;
  for (size_t i = 0; i < std::min(all.size(), Thresholds::kGrownSpans); ++i) {
    if (all[i].ns < Thresholds::kGrownShare * difference) break;
    out += (out.empty() ? "" : ", ") + all[i].text;
    if (most.empty()) most = all[i].name;
  }
  return out;
}

}  // namespace

void find_frames_over_budget(const FindingInput& in, Findings& out) {
  const FrameComparison& frames = in.spans.comparison;
  if (frames.set.empty()) return;
  const auto set = std::find_if(in.spans.frames.begin(), in.spans.frames.end(),
                                [&](const FrameStats& one) { return one.name == frames.set; });
  if (set == in.spans.frames.end() || set->times.count < Thresholds::kFrames) return;
  const double share = static_cast<double>(frames.slow) / static_cast<double>(set->times.count);
  if (share < Thresholds::kSlowFrames || frames.slow < Thresholds::kSlowFramesCount) return;
  Finding f{.kind = FindingKind::kFramesOverBudget, .id = "frames-over-budget"};
  f.severity = share >= Thresholds::kSlowFramesAct ? 3 : 2;
  f.sentence = fmt::format("{} of {} frames ({}) took longer than {}: {} in the mean",
                           count_text(frames.slow), count_text(set->times.count),
                           percent_text(share), time_text(static_cast<double>(in.spans.budget_ns)),
                           time_text(frames.slow_mean_ns));
  std::vector<Named> names = by_name(in.spans);
  std::string most;
  if (frames.typical > 0) {
    f.sentence += fmt::format(", against {} of the median ones", time_text(frames.typical_mean_ns));
    const std::string grew = growth_text(names, frames, most);
    f.sentence += grew.empty() ? ", spread over many spans" : "; longer: " + grew;
  } else {
    std::stable_sort(names.begin(), names.end(),
                     [](const Named& a, const Named& b) { return a.slow_ns > b.slow_ns; });
    if (!names.empty() && names[0].slow_ns > 0) {
      most = names[0].name;
      f.sentence +=
          fmt::format("; most of it in '{}', {} of its own", most, time_text(names[0].slow_ns));
    }
  }
  f.next_step = most.empty()
                    ? "Mark more of what a frame does by spans, and record again"
                    : "See its slowest, and what ran in them: hone report --span " + quoted(most);
  f.how = fmt::format(
      "At least {:.0f}% and {} of {} frames or more over the budget (--budget, 16.67 ms where none "
      "is given); severity 3 from {:.0f}% on. Self times of spans on the threads that mark frames, "
      "in a frame over it, against the mean of the fifth around the median frame; the median has "
      "to "
      "be within the budget. Named are spans that make {:.0f}% of the difference or more.",
      Thresholds::kSlowFrames * 100, Thresholds::kSlowFramesCount, Thresholds::kFrames,
      Thresholds::kSlowFramesAct * 100, Thresholds::kGrownShare * 100);
  f.evidence = {{"set", frames.set},
                {"budget_ns", std::to_string(in.spans.budget_ns)},
                {"frames", std::to_string(set->times.count)},
                {"over_budget", std::to_string(frames.slow)},
                {"over_budget_share", number_text(share)},
                {"slow_mean_ns", fmt::format("{:.0f}", frames.slow_mean_ns)},
                {"typical_mean_ns", fmt::format("{:.0f}", frames.typical_mean_ns)},
                {"grew_most", most}};
  f.gain_share = share;
  out.push_back(std::move(f));
}

void find_span_of_frame(const FindingInput& in, Findings& out) {
  if (in.spans.comparison.set.empty()) return;
  std::vector<Named> names = by_name(in.spans);
  std::erase_if(names, [](const Named& one) { return one.share < Thresholds::kSpanOfFrame; });
  if (names.empty()) return;
  std::stable_sort(names.begin(), names.end(),
                   [](const Named& a, const Named& b) { return a.share > b.share; });
  const bool leads =
      names[0].share >= Thresholds::kSpanLeads &&
      (names.size() == 1 || names[0].share >= Thresholds::kFunctionAboveNext * names[1].share);
  Finding f{.kind = FindingKind::kSpanOfFrame, .id = "span-of-frame"};
  f.severity = leads ? 2 : 1;
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), Thresholds::kSpansNamed); ++i) {
    list +=
        fmt::format("{}'{}' {}", i == 0 ? "" : ", ", names[i].name, percent_text(names[i].share));
    f.evidence.emplace_back(fmt::format("span_{}", i + 1), names[i].name);
    f.evidence.emplace_back(fmt::format("frame_self_share_{}", i + 1), number_text(names[i].share));
  }
  if (names.size() > Thresholds::kSpansNamed) {
    list += fmt::format(" and {} more", names.size() - Thresholds::kSpansNamed);
  }
  f.sentence = fmt::format("Where the time of frames goes: {}", list);
  f.next_step =
      fmt::format("See which code runs in it: hone report --in {}", quoted(names[0].name));
  f.how = fmt::format(
      "Spans whose own time, without the spans inside, is {:.0f}% or more of the time of all "
      "frames, "
      "on the threads that mark these. Severity 2 when the first has {:.0f}% or more, and {:.1f} "
      "times as much as the next.",
      Thresholds::kSpanOfFrame * 100, Thresholds::kSpanLeads * 100, Thresholds::kFunctionAboveNext);
  f.gain_share = names[0].share;
  out.push_back(std::move(f));
}

void find_spikes(const FindingInput& in, Findings& out) {
  const SpanStats* worst = nullptr;
  for (const SpanStats& span : in.spans.spans) {
    if (span.times.count < Thresholds::kSpikesOf || span.spikes < Thresholds::kSpikes) continue;
    const auto total = static_cast<double>(span.times.total_ns);
    if (static_cast<double>(span.spikes) >
        Thresholds::kSpikesOften * static_cast<double>(span.times.count)) {
      continue;
    }
    if (static_cast<double>(span.spikes_ns) < Thresholds::kSpikesShare * total) continue;
    if (worst == nullptr || span.spikes_ns > worst->spikes_ns) worst = &span;
  }
  if (worst == nullptr) return;
  const double share =
      static_cast<double>(worst->spikes_ns) / static_cast<double>(worst->times.total_ns);
  Finding f{.kind = FindingKind::kSpikes, .id = "spikes", .severity = 2};
  f.sentence = fmt::format(
      "{} of {} spans '{}' take {} of their time: each longer than {} times the median of {}, the "
      "longest {}",
      count_text(worst->spikes), count_text(worst->times.count), worst->name, percent_text(share),
      kSpikeTimes, time_text(static_cast<double>(worst->times.p50_ns)),
      time_text(static_cast<double>(worst->times.most_ns)));
  f.next_step =
      "See when, with which arguments, and what ran or waited in them: hone report --span " +
      quoted(worst->name);
  f.how = fmt::format(
      "Of spans that ran {} times or more: {} or more of them, and {:.0f}% at most, took longer "
      "than "
      "{} times their median, and {} or more; together {:.0f}% of that span's time. The one with "
      "most "
      "time in such spans is named.",
      Thresholds::kSpikesOf, Thresholds::kSpikes, Thresholds::kSpikesOften * 100, kSpikeTimes,
      time_text(static_cast<double>(kSpikeNs)), Thresholds::kSpikesShare * 100);
  f.evidence = {{"span", worst->name},
                {"count", std::to_string(worst->times.count)},
                {"spikes", std::to_string(worst->spikes)},
                {"spikes_ns", std::to_string(worst->spikes_ns)},
                {"share", number_text(share)},
                {"p50_ns", std::to_string(worst->times.p50_ns)},
                {"most_ns", std::to_string(worst->times.most_ns)}};
  f.gain_share = share * worst->frame_share;
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
