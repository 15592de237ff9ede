#include "analysis/metrics.h"

#include <algorithm>
#include <array>
#include <limits>

#include "analysis/wait_rows.h"

namespace hone::analysis {
namespace {

using profile::Profile;

struct Known {
  Metric metric;
  std::string_view id, name, unit, what;
};
constexpr std::array<Known, kMetrics> kKnown = {{
    {Metric::kCpu, "cpu", "CPU time", "ns", "samples"},
    {Metric::kSamples, "samples", "Samples", "count", "samples"},
    {Metric::kWall, "wall", "Wall time of threads", "ns", "waits"},
    {Metric::kOffCpu, "off-cpu", "Blocked time", "ns", "waits"},
    {Metric::kRunnable, "runnable", "Waiting for a CPU", "ns", "waits"},
    {Metric::kLockWait, "lock-wait", "Waiting for locks", "ns", "waits"},
    {Metric::kSpans, "spans", "Span time", "ns", "spans"},
    {Metric::kGpu, "gpu", "GPU time", "ns", "gpu"},
    {Metric::kInstructions, "instructions", "Instructions", "count", ""},
    {Metric::kCycles, "cycles", "Cycles", "count", ""},
    {Metric::kCacheMisses, "cache-misses", "Cache misses", "count", ""},
    {Metric::kBranchMisses, "branch-misses", "Branch misses", "count", ""},
    {Metric::kPageFaults, "page-faults", "Page faults", "count", ""},
    {Metric::kAllocatedBytes, "alloc-bytes", "Allocated bytes", "bytes", ""},
    {Metric::kAllocations, "alloc-count", "Allocations", "count", ""},
    {Metric::kLiveBytes, "live-bytes", "Live bytes", "bytes", ""},
    {Metric::kLeakedBytes, "leaked", "Not freed at exit", "bytes", ""},
    {Metric::kShortLivedBytes, "short-lived", "Short-lived bytes", "bytes", ""},
}};

// As metric_named() has it.
Metric own_metric(std::string_view name) {
  uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return Metric{static_cast<uint32_t>(Metric::kOwn) | hash};
}

std::string_view unit_of(recording::TrackUnit unit) {
  if (unit == recording::TrackUnit::kNanoseconds) return "ns";
  return unit == recording::TrackUnit::kBytes ? "bytes" : "count";
}

// Index = MetricId: whether its costs count as `metric`. A time is no count, whatever it is called.
std::vector<uint8_t> metrics_that_are(const Profile& p, Metric metric) {
  std::vector<uint8_t> out(p.cost_metrics().size(), 0);
  for (size_t i = 1; i < out.size(); ++i) {
    const profile::CostMetric& of = p.cost_metrics()[i];
    if (metric_named(p.string(of.name)) != metric) continue;
    out[i] = metric >= Metric::kOwn || unit_of(of.unit) == kKnown[static_cast<size_t>(metric)].unit;
  }
  return out;
}

constexpr std::string_view kRecord = "hone record -- ./app";

void state_samples(const Profile& p, MetricState& state) {
  if (p.samples().size() > 0) return;
  state.command = kRecord;
  state.why = p.meta("sampler.name") == "none"
                  ? "The program recorded itself: only hone record takes samples of it."
                  : "The recording holds no samples: nothing ran on a CPU for long enough to be "
                    "sampled.";
}

void state_waits(const Profile& p, MetricState& state) {
  if (!p.meta("waits.tier").empty() || !p.waits().empty()) return;
  state.command = kRecord;
  state.why = p.meta("sampler.name") == "none"
                  ? "The program recorded itself: only hone record sees its waits."
                  : "Waits were not recorded. They are, unless hone record is given --no-off-cpu.";
}

void state_absent(MetricState& state) {
  switch (state.metric) {
    case Metric::kInstructions:
      state.command = "hone record -e instructions -- ./app";
      break;
    case Metric::kCycles:
      state.command = "hone record -e cycles -- ./app";
      break;
    case Metric::kCacheMisses:
      state.command = "hone record -e cache-misses -- ./app";
      break;
    case Metric::kBranchMisses:
      state.command = "hone record -e branch-misses -- ./app";
      break;
    case Metric::kPageFaults:
      state.command = "hone record -e page-faults -- ./app";
      break;
    default:
      state.why = "This version of Hone does not record allocations by stack.";
      return;
  }
  state.why =
      "Events are counted over the run, not by stack: recorded with this command, they are among "
      "the counters of the timeline.";
}

// What the recording has sums of is there, whatever else is not.
void add_costs(const Profile& p, std::vector<MetricState>& out) {
  std::vector<uint8_t> used(p.cost_metrics().size(), 0);
  for (const profile::Cost& cost : p.costs()) used[raw(cost.metric)] = 1;
  for (size_t i = 1; i < used.size(); ++i) {
    const profile::CostMetric& own = p.cost_metrics()[i];
    const std::string_view id = p.string(own.name);
    if (used[i] == 0 || id.empty()) continue;
    const Metric metric = metric_named(id);
    const auto known = std::find_if(
        out.begin(), out.end(), [&](const MetricState& state) { return state.metric == metric; });
    if (known != out.end() && (metric >= Metric::kOwn || known->unit != unit_of(own.unit)))
      continue;
    if (known != out.end()) {
      known->why = known->command = {};
      if (known->what.empty()) known->what = "costs";
      continue;
    }
    const std::string_view title = p.string(own.title);
    out.push_back({.metric = metric,
                   .id = id,
                   .name = title.empty() ? id : title,
                   .unit = unit_of(own.unit),
                   .what = "costs"});
  }
}

// What SampleFilter tells of a wait.
bool takes_wait(const SampleFilter& filter, const profile::Wait& wait) {
  if (!filter.asks_for_spans()) return true;
  return wait.count <= 1 && filter.takes_in_spans(wait.thread, wait.time);
}

class Seer {
 public:
  Seer(const Profile& profile, const Selection& selection, Metric metric,
       base::FunctionRef<void(const Weighed&)> see)
      : profile_(profile),
        selection_(selection),
        metric_(metric),
        see_(see),
        filter_(profile, selection) {}

  void run() {
    if (metric_ == Metric::kCpu || metric_ == Metric::kSamples || metric_ == Metric::kWall) {
      see_samples();
    }
    if (metric_ == Metric::kOffCpu || metric_ == Metric::kRunnable ||
        metric_ == Metric::kLockWait || metric_ == Metric::kWall) {
      see_waits();
    }
    see_costs();
  }

 private:
  void see(Weighed&& one) {
    // A hostile file's sums end at what a number holds.
    one.weight = std::clamp<int64_t>(one.weight, 0, INT64_MAX - sum_);
    sum_ += one.weight;
    see_(one);
  }

  void see_samples() {
    const profile::Samples& samples = profile_.samples();
    for (size_t i = 0; i < samples.size(); ++i) {
      if (!filter_.takes(i)) continue;
      see({.thread = samples.thread[i],
           .stack = filter_.stack(i),
           .weight = metric_ == Metric::kSamples ? 1 : samples.weight_ns[i],
           .count = 1,
           .broken = is_broken(samples, i),
           .start = samples.time[i],
           .end = samples.time[i]});
    }
  }

  int64_t weight_of(const WaitPart& part, WaitKinds& kinds) const {
    switch (metric_) {
      case Metric::kOffCpu:
        return part.blocked_ns;
      case Metric::kRunnable:
        return part.runnable_ns + part.account_ns;
      case Metric::kLockWait:
        return part.blocked_ns > 0 && kinds.of(*part.wait) == WaitKind::kLock ? part.blocked_ns : 0;
      default:
        return part.blocked_ns + part.runnable_ns;
    }
  }

  void see_waits() {
    const WaitRows rows(profile_, selection_, filter_);
    WaitKinds kinds(profile_);
    rows.for_each([&](const WaitPart& part) {
      const profile::Wait& wait = *part.wait;
      const int64_t weight = weight_of(part, kinds);
      if (weight <= 0 || !takes_wait(filter_, wait)) return;
      see({.thread = wait.thread,
           .stack = filter_.folded(wait.stack),
           .weight = weight,
           .count = std::max<uint32_t>(wait.count, 1),
           .start = std::max(wait.time, selection_.time_first),
           .end = std::min(wait.until, selection_.time_last),
           .one = wait.count <= 1});
    });
  }

  void see_costs() {
    const bool all_of_time =
        selection_.time_first == TimeNs{INT64_MIN} && selection_.time_last == TimeNs{INT64_MAX};
    if (profile_.costs().empty() || !all_of_time || filter_.asks_for_spans()) return;
    const std::vector<uint8_t> wanted = metrics_that_are(profile_, metric_);
    for (const profile::Cost& cost : profile_.costs()) {
      if (wanted[raw(cost.metric)] == 0 || cost.value == 0) continue;
      if (!filter_.takes_thread(cost.thread)) continue;
      // Samples that were summed are their own number.
      const uint64_t count = metric_ == Metric::kSamples
                                 ? std::max(cost.count, static_cast<uint64_t>(cost.value))
                                 : cost.count;
      see({.thread = cost.thread,
           .stack = filter_.folded(cost.stack),
           .weight = cost.value,
           .count = static_cast<uint32_t>(
               std::clamp<uint64_t>(count, 1, std::numeric_limits<uint32_t>::max())),
           .one = false,
           .is_counted = count > 0});
    }
  }

  const Profile& profile_;
  const Selection& selection_;
  const Metric metric_;
  base::FunctionRef<void(const Weighed&)> see_;
  const SampleFilter filter_;
  int64_t sum_ = 0;
};

}  // namespace

std::vector<MetricState> metrics_of(const Profile& profile) {
  std::vector<MetricState> out;
  for (const Known& known : kKnown) {
    MetricState& state = out.emplace_back();
    state.metric = known.metric;
    state.id = known.id;
    state.name = known.name;
    state.unit = known.unit;
    state.what = known.what;
    const profile::Instrumentation& marks = profile.instrumentation();
    if (known.what == "samples") {
      state_samples(profile, state);
    } else if (known.what == "waits") {
      state_waits(profile, state);
    } else if (known.what.empty()) {
      state_absent(state);
    } else if (known.what == "spans" && marks.spans.size() == 0 && marks.loose.empty()) {
      state.why =
          "The recording holds no spans: the program marks none with HONE_SPAN (hone/hone.h).";
      state.command = kRecord;
    } else if (known.what == "gpu" && marks.gpu_spans.empty()) {
      state.why = "The recording holds no spans of a GPU: the program marks none (hone/vulkan.h).";
      state.command = kRecord;
    }
  }
  add_costs(profile, out);
  return out;
}

Metric metric_named(std::string_view id) {
  const auto found = std::find_if(kKnown.begin(), kKnown.end(),
                                  [&](const Known& known) { return known.id == id; });
  return found == kKnown.end() ? own_metric(id) : found->metric;
}

MetricState metric_state(const Profile& profile, Metric metric) {
  for (MetricState& state : metrics_of(profile)) {
    if (state.metric == metric) return state;
  }
  return {.metric = metric, .name = "costs", .unit = "count"};
}

std::string name_in_text(const MetricState& state) {
  std::string out(state.name);
  // An abbreviation keeps its capitals.
  const bool is_word =
      out.size() > 1 && out[0] >= 'A' && out[0] <= 'Z' && out[1] >= 'a' && out[1] <= 'z';
  if (is_word) out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

MetricState default_metric(const Profile& profile) {
  const std::vector<MetricState> all = metrics_of(profile);
  // Samples are what CPU time is measured by where there is any.
  const auto found = std::find_if(all.begin(), all.end(), [](const MetricState& one) {
    return one.present() && is_of_stacks(one.metric);
  });
  return found == all.end() ? all.front() : *found;
}

bool is_of_stacks(Metric metric) {
  return metric != Metric::kSpans && metric != Metric::kGpu;
}

void for_each_weighed(const Profile& profile, const Selection& selection, Metric metric,
                      base::FunctionRef<void(const Weighed&)> see) {
  Seer(profile, selection, metric, see).run();
}

StackWeights weigh(const Profile& profile, const Selection& selection) {
  return weigh(profile, selection, selection.metric);
}

StackWeights weigh(const Profile& profile, const Selection& selection, Metric metric) {
  if (metric == Metric::kCpu && profile.costs().empty()) return weigh_samples(profile, selection);
  StackWeights w;
  w.sampled = RankedSet(profile.stacks().size());
  for_each_weighed(profile, selection, metric,
                   [&](const Weighed& one) { w.sampled.add(raw(one.stack)); });
  w.sampled.rank();
  w.own.resize(w.sampled.size());
  double squares = 0;
  for_each_weighed(profile, selection, metric, [&](const Weighed& one) {
    StackWeights::Own& own = w.own[w.sampled.rank_of(raw(one.stack))];
    own.stack = raw(one.stack);
    own.ns += one.weight;
    own.samples += one.count;
    w.cpu_ns += one.weight;
    w.sample_count += one.count;
    // Several waits of one row are taken to be equally long.
    const auto weight = static_cast<double>(one.weight);
    if (one.is_counted) squares += weight * weight / one.count;
    w.is_counted = w.is_counted && one.is_counted;
  });
  const auto sum = static_cast<double>(w.cpu_ns);
  w.effective_count = squares > 0 && w.is_counted ? sum * sum / squares : 0;
  return w;
}

}  // namespace hone::analysis
