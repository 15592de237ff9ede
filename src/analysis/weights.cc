#include "analysis/weights.h"

#include "analysis/function_names.h"

#include <algorithm>
#include <string>

#include "profile/span_reader.h"
#include "stats/interval.h"

namespace hone::analysis {
namespace {

constexpr double kConfidence = 0.95;

}  // namespace

SampleFilter::SampleFilter(const profile::Profile& profile, const Selection& selection)
    : samples_(profile.samples()),
      thread_taken_(profile.threads().size(), 1),
      first_(selection.time_first),
      last_(selection.time_last) {
  const auto selected = [&](const std::string& pattern, StringId name, uint32_t number) {
    return pattern.empty() || pattern == std::to_string(number) ||
           glob_match(pattern, profile.string(name));
  };
  if (!selection.threads.empty()) {
    std::fill(thread_taken_.begin(), thread_taken_.end(), 0);
    for (const ThreadId id : selection.threads) {
      if (raw(id) < thread_taken_.size()) thread_taken_[raw(id)] = 1;
    }
  }
  for (size_t i = 0; i < thread_taken_.size(); ++i) {
    if (thread_taken_[i] == 0) continue;
    const profile::Thread& thread = profile.threads()[i];
    const profile::Process& process = profile.processes()[raw(thread.process)];
    thread_taken_[i] = selected(selection.process, process.name, process.pid) &&
                       selected(selection.thread, thread.name, thread.tid);
  }
  if (!selection.inside.empty()) find_inside(profile, selection.inside);
  if (selection.include_kernel) return;
  const profile::Stacks& stacks = profile.stacks();
  user_stack_.resize(stacks.size());
  for (uint32_t i = 1; i < stacks.size(); ++i) {
    const bool kernel = profile.in_kernel(profile.frames().module[raw(stacks.frame[i])]);
    user_stack_[i] = kernel ? user_stack_[raw(stacks.parent[i])] : StackId{i};
  }
}

void SampleFilter::find_inside(const profile::Profile& profile, const std::string& pattern) {
  const profile::Instrumentation& all = profile.instrumentation();
  std::vector<uint8_t> wanted(all.sites.size(), 0);
  for (size_t i = 1; i < wanted.size(); ++i) {
    wanted[i] = glob_match(pattern, profile.string(all.sites[i].name));
  }
  inside_.resize(thread_taken_.size());
  profile::SpanReader spans(all.spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      if (wanted[raw(spans.site(i))] == 0) continue;
      inside_[raw(part.thread)].push_back({spans.start(i), spans.end(i)});
    }
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (wanted[raw(span.site)] != 0) inside_[raw(span.thread)].push_back({span.start, span.end});
  }
  for (std::vector<Stretch>& stretches : inside_) {
    std::sort(stretches.begin(), stretches.end(),
              [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
    size_t kept = 0;
    for (size_t i = 0; i < stretches.size(); ++i) {
      if (kept > 0 && stretches[i].from <= stretches[kept - 1].until) {
        stretches[kept - 1].until = std::max(stretches[kept - 1].until, stretches[i].until);
      } else {
        stretches[kept++] = stretches[i];
      }
    }
    stretches.resize(kept);
  }
}

bool SampleFilter::is_inside(ThreadId thread, TimeNs time) const {
  const std::vector<Stretch>& stretches = inside_[raw(thread)];
  const auto behind =
      std::upper_bound(stretches.begin(), stretches.end(), time,
                       [](TimeNs at, const Stretch& stretch) { return at < stretch.from; });
  return behind != stretches.begin() && time <= std::prev(behind)->until;
}

StackWeights weigh_samples(const profile::Profile& profile, const Selection& selection) {
  const profile::Samples& samples = profile.samples();
  const SampleFilter filter(profile, selection);
  StackWeights w;
  w.sampled = RankedSet(profile.stacks().size());
  for (size_t i = 0; i < samples.size(); ++i) {
    if (filter.takes(i)) w.sampled.add(raw(filter.stack(i)));
  }
  w.sampled.rank();
  w.own.resize(w.sampled.size());
  double squares = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    const uint32_t stack = raw(filter.stack(i));
    const int64_t ns = samples.weight_ns[i];
    StackWeights::Own& own = w.own[w.sampled.rank_of(stack)];
    own.stack = stack;
    own.ns += ns;
    ++own.samples;
    w.cpu_ns += ns;
    ++w.sample_count;
    squares += static_cast<double>(ns) * static_cast<double>(ns);
  }
  const auto sum = static_cast<double>(w.cpu_ns);
  w.effective_count = squares > 0 ? sum * sum / squares : 0;
  return w;
}

Share StackWeights::share(int64_t ns) const {
  if (cpu_ns <= 0) return {0, 0, 1};
  const double value = static_cast<double>(ns) / static_cast<double>(cpu_ns);
  if (!is_counted) return {value, value, value};
  const stats::Interval at =
      stats::wilson_interval(value * effective_count, effective_count, kConfidence);
  return {value, at.low, at.high};
}

}  // namespace hone::analysis
