#include "analysis/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "analysis/recorded_time.h"
#include "analysis/state_rows.h"
#include "analysis/wait_rows.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr unsigned kThreads = 2;

std::string_view thread_name(const Profile& p, const profile::Thread& thread) {
  const std::string_view name = p.string(thread.name);
  return name.empty() ? p.string(p.processes()[raw(thread.process)].name) : name;
}

// Those of each thread by time. Index = ThreadId.
std::vector<std::vector<uint32_t>> waits_by_thread(const Profile& p) {
  std::vector<std::vector<uint32_t>> out(p.threads().size());
  for (size_t i = 0; i < p.waits().size(); ++i) {
    out[raw(p.waits()[i].thread)].push_back(static_cast<uint32_t>(i));
  }
  for (std::vector<uint32_t>& rows : out) {
    std::stable_sort(rows.begin(), rows.end(),
                     [&](uint32_t a, uint32_t b) { return p.waits()[a].time < p.waits()[b].time; });
  }
  return out;
}

// Loose spans and pairs of asynchronous ones of each thread. Index = ThreadId.
std::vector<std::vector<TrackRow>> async_by_thread(const Profile& p,
                                                   const std::vector<FlowPair>& pairs, TimeNs end) {
  const profile::Instrumentation& all = p.instrumentation();
  std::vector<std::vector<TrackRow>> out(p.threads().size());
  for (size_t i = 0; i < all.loose.size(); ++i) {
    const profile::LooseSpan& span = all.loose[i];
    out[raw(span.thread)].push_back({.start = span.start,
                                     .end = span.end,
                                     .name = raw(span.site),
                                     .original = static_cast<uint32_t>(i)});
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].is_span || pairs[i].from == FlowPair::kNone) continue;
    const profile::Flow& from = all.flows[pairs[i].from];
    const bool is_open = pairs[i].to == FlowPair::kNone;
    out[raw(from.thread)].push_back(
        {.start = from.time,
         .end = std::max(from.time, is_open ? end : all.flows[pairs[i].to].time),
         .name = raw(from.site),
         .original = static_cast<uint32_t>(all.loose.size() + i)});
  }
  return out;
}

}  // namespace

struct Timeline::OfThread {
  ThreadId id{};
  size_t spans_part = SIZE_MAX;  // of Spans::threads()
  uint64_t spans = 0, samples = 0;
  int64_t weight_ns = 0;
  std::vector<uint32_t> waits;
  std::vector<TrackRow> async;
};

std::string_view timeline_kind_name(TimelineKind kind) {
  constexpr std::string_view kNames[] = {"load",    "core",    "frames", "gpu",   "thread",
                                         "state",   "samples", "spans",  "async", "messages",
                                         "counter", "plot",    "lock",   "pool"};
  return kNames[static_cast<size_t>(kind)];
}

std::string StateName::text(uint32_t name) {
  if (name == kRunning) return "running";
  if (name == kRunnable) return "runnable: waiting for a CPU";
  if (name == kNotKnown) return "not known: records are missing";
  const bool is_several = name >= kSeveral;
  const uint32_t kind = (name - (is_several ? kSeveral : kBlocked)) % kWaitKinds;
  const bool is_runnable = static_cast<WaitKind>(kind) == WaitKind::kRunQueue;
  return fmt::format("{}{}: {}", is_runnable ? "runnable" : "blocked",
                     is_several ? ", several short waits" : "",
                     wait_kind_text(static_cast<WaitKind>(kind)));
}

Timeline::Timeline(const Profile& profile, const Selection& rules, int64_t budget_ns)
    : profile_(profile),
      budget_ns_(budget_ns),
      spans_(profile.instrumentation().spans),
      // By a source of its own, so that those blocks are kept that somebody looks at.
      span_levels_(profile::SpanLevels::of(
          profile::PackedSpanSource(profile.instrumentation().spans, 0), kThreads)),
      samples_(profile),
      pairs_(pair_flows(profile)) {
  const RecordedTime time = recorded_time(profile);
  start_ = time.start;
  end_ = std::max(time.end, time.start);
  // Of a recording that was cut nobody stated the end.
  if (profile.meta("run.wall_ns").empty()) end_ = std::max(end_, last_mark());
  add_load();
  add_frames();
  add_cores();
  add_gpu();
  add_threads();
  add_plots(rules);
  add_locks();
  add_pools();
  add_messages();
  add_counters();
  rows_.finish(kThreads);
}

TimeNs Timeline::last_mark() const {
  const profile::Instrumentation& all = profile_.instrumentation();
  TimeNs last{};
  for (size_t part = 0; part < span_levels_.part_count(); ++part) {
    const profile::SpanLevels::Range nodes =
        span_levels_.nodes(part, span_levels_.level_count(part) - 1);
    for (size_t i = 0; i < nodes.count; ++i) {
      last = std::max(last, span_levels_.node(nodes.first + i).end);
    }
  }
  for (const profile::LooseSpan& span : all.loose) last = std::max(last, span.end);
  for (const profile::GpuSpan& span : all.gpu_spans) last = std::max(last, span.end);
  for (const profile::Message& message : all.messages) last = std::max(last, message.time);
  for (const profile::PlotValue& value : all.plots) last = std::max(last, value.time);
  return last;
}

const TimelineTrack* Timeline::find(std::string_view id) const {
  const auto at = by_id_.find(std::string(id));
  return at == by_id_.end() ? nullptr : &tracks_[at->second];
}

std::span<const SummedWait> Timeline::sums(size_t part) const {
  const auto at = sums_.find(part);
  return at == sums_.end() ? std::span<const SummedWait>() : std::span(at->second);
}

double Timeline::summed_share(uint32_t wait) const {
  const auto at = summed_share_.find(wait);
  return at == summed_share_.end() ? 1 : at->second;
}

void Timeline::add_track(TimelineTrack track) {
  // Two of one name: of two processes, most likely.
  const std::string id = track.id;
  for (int number = 2; by_id_.contains(track.id); ++number) {
    track.id = fmt::format("{}~{}", id, number);
  }
  by_id_[track.id] = tracks_.size();
  tracks_.push_back(std::move(track));
}

std::string Timeline::id_of(std::string_view prefix, std::string_view name) const {
  constexpr size_t kPlainMax = 64, kCut = 40;
  const bool is_plain = !name.empty() && name.size() <= kPlainMax &&
                        std::all_of(name.begin(), name.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '.' ||
                                 c == '-' || c == '/';
                        });
  if (is_plain) return fmt::format("{}:{}", prefix, name);
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  std::string text;
  for (const char c : name) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    const bool is_letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (text.size() < kCut) text += is_letter ? c : '-';
  }
  return fmt::format("{}:{}~{:016x}", prefix, text, hash);
}

void Timeline::add_load() {
  if (profile_.samples().size() == 0) return;
  uint64_t cpus = 0;
  const std::string_view text = profile_.meta("host.cpu_count");
  std::from_chars(text.data(), text.data() + text.size(), cpus);
  TimelineTrack track{.id = "load",
                      .kind = TimelineKind::kLoad,
                      .name = "CPU load",
                      .unit = cpus > 0 ? "share" : "CPUs",
                      .what =
                          "CPU time of the recorded program, from its samples: each stands for "
                          "the time up to it.",
                      .events = profile_.samples().size(),
                      .part = cpus};
  track.most =
      std::min(samples_.most_busy_cpus() / static_cast<double>(std::max<uint64_t>(cpus, 1)),
               most_load(track));
  add_track(std::move(track));
}

void Timeline::add_cores() {
  size_t seen = 0;
  for (size_t cpu = 0; cpu < samples_.cpu_count(); ++cpu) {
    seen += !samples_.of_cpu(static_cast<uint16_t>(cpu)).empty();
  }
  for (size_t cpu = 0; cpu < samples_.cpu_count() && seen > 0; ++cpu) {
    const size_t count = samples_.of_cpu(static_cast<uint16_t>(cpu)).size();
    if (count == 0) continue;
    add_track({.id = fmt::format("core:{}", cpu),
               .kind = TimelineKind::kCore,
               .name = fmt::format("CPU {}", cpu),
               .group = "CPUs",
               .what = "The thread that most samples of a moment saw on this CPU; where there is "
                       "none, nothing of this program was seen on it.",
               .events = count,
               .part = cpu});
  }
}

// Process by process; a process' first thread first, then those that did most.
std::vector<Timeline::OfThread> Timeline::threads_in_order() {
  const Profile& p = profile_;
  std::vector<std::vector<uint32_t>> waits = waits_by_thread(p);
  std::vector<std::vector<TrackRow>> async = async_by_thread(p, pairs_, end_);
  std::vector<OfThread> out(p.threads().size());
  for (uint32_t i = 0; i < out.size(); ++i) {
    out[i].id = ThreadId{i};
    out[i].waits = std::move(waits[i]);
    out[i].async = std::move(async[i]);
    out[i].samples = samples_.of_thread(ThreadId{i}).size();
    for (const uint32_t row : samples_.of_thread(ThreadId{i})) {
      out[i].weight_ns += std::clamp<int64_t>(p.samples().weight_ns[row], 0, INT32_MAX);
    }
  }
  const auto& parts = p.instrumentation().spans.threads();
  for (size_t i = 0; i < parts.size(); ++i) {
    OfThread& of = out[raw(parts[i].thread)];
    of.spans_part = i;
    of.spans = parts[i].count;
  }
  std::erase_if(out, [](const OfThread& of) {
    return of.spans + of.samples + of.waits.size() + of.async.size() == 0;
  });
  const auto rank = [&](const OfThread& of) {
    const profile::Thread& thread = p.threads()[raw(of.id)];
    const bool is_main = thread.tid == p.processes()[raw(thread.process)].pid;
    return std::tuple(raw(thread.process), !is_main, -of.weight_ns,
                      -static_cast<int64_t>(of.spans));
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const OfThread& a, const OfThread& b) { return rank(a) < rank(b); });
  return out;
}

void Timeline::add_threads() {
  const Profile& p = profile_;
  const bool has_waits = !p.meta("waits.tier").empty() || !p.waits().empty();
  StateRows states(p);
  for (OfThread& of : threads_in_order()) {
    ThreadStates made;
    if (has_waits) {
      const profile::Thread& thread = p.threads()[raw(of.id)];
      const TimeNs from = std::max(thread.start, start_);
      const TimeNs until = raw(thread.end) != 0 ? std::min(thread.end, end_) : end_;
      made = states.make(of.waits, from, until);
    }
    add_thread(of, std::move(made));
  }
}

void Timeline::add_thread(const OfThread& of, ThreadStates states) {
  const profile::Thread& thread = profile_.threads()[raw(of.id)];
  const profile::Process& process = profile_.processes()[raw(thread.process)];
  const std::string group = fmt::format("{} ({})", profile_.string(process.name), process.pid);
  const auto add = [&](TimelineKind kind, std::string name, uint64_t events, std::string what,
                       size_t part, uint32_t depth) {
    add_track({.id = fmt::format("{}:{}", timeline_kind_name(kind), raw(of.id)),
               .kind = kind,
               .name = std::move(name),
               .group = group,
               .what = std::move(what),
               .process = thread.process,
               .thread = of.id,
               .depth = depth,
               .events = events,
               .part = part});
  };
  add(TimelineKind::kThread, fmt::format("{} ({})", thread_name(profile_, thread), thread.tid),
      of.spans + of.async.size() + of.samples, "A thread.", 0, 0);
  if (!states.rows.empty()) {
    const size_t count = states.rows.size();
    const size_t part = rows_.add(std::move(states.rows));
    for (const SummedWait& sum : states.sums) summed_share_[sum.wait] = sum.share;
    sums_[part] = std::move(states.sums);
    add(TimelineKind::kState, "State", count,
        "When it waited, and for what; all else of its life it ran. Where the recording sums up "
        "several short waits, `busy` is the share of that time in which it waited; where it ran "
        "more than it waited so, it is said to run.",
        part, 1);
  }
  if (of.samples > 0) {
    add(TimelineKind::kSamples, "Samples", of.samples,
        "The innermost function that most samples of a moment saw. Between samples nobody looked.",
        0, 1);
  }
  if (of.spans > 0) {
    uint32_t deepest = 0;
    const size_t top = span_levels_.level_count(of.spans_part) - 1;
    const profile::SpanLevels::Range nodes = span_levels_.nodes(of.spans_part, top);
    for (size_t i = 0; i < nodes.count; ++i) {
      span_levels_.for_each_group(span_levels_.node(nodes.first + i),
                                  [&](const profile::SpanGroup& group_of) {
                                    deepest = std::max<uint32_t>(deepest, group_of.depth);
                                  });
    }
    add(TimelineKind::kSpans, "Spans", of.spans, "Spans that the program marks, nested.",
        of.spans_part, deepest + 1);
  }
  if (!of.async.empty()) {
    std::vector<TrackRow> rows = of.async;
    const uint32_t depth = assign_depths(rows, 0, kDepthsMax);
    add(TimelineKind::kAsync, "Asynchronous", of.async.size(),
        "Spans that began on this thread and are not nested in its others.",
        rows_.add(std::move(rows)), depth);
  }
}

}  // namespace hone::analysis
