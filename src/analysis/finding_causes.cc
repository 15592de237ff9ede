// Findings that say why code is slow, or why its samples mislead: calls of the system that are too
// short to be worth their way, events that come with a function, sampling in step with the program.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// The kernel's way in and out, and to the function of the call: x86-64 and aarch64.
bool is_way(std::string_view name) {
  static constexpr std::string_view kBeginnings[] = {
      "entry_SYSCALL", "do_syscall_", "syscall_",  "x64_sys_call",  "__x64_sys_", "__arm64_sys_",
      "el0_svc",       "el0t_64_",    "invoke_sy", "exit_to_user_", "ret_to_user"};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}
bool is_entry(std::string_view name) {
  return name.starts_with("entry_SYSCALL") || name.starts_with("do_syscall_64") ||
         name.starts_with("el0_svc");
}

std::string_view innermost(const Profile& p, uint32_t stack) {
  const RowRange rows = rows_of(p, stack);
  return rows.begin == rows.end ? std::string_view()
                                : p.string(p.functions()[raw(p.lines().function[rows.begin])].name);
}

struct Call {
  std::string from, through;
  int64_t ns = 0, way_ns = 0;
};

// CPU time in calls of the system, by the program's own function and the library's that it calls.
std::vector<Call> system_calls(const FindingInput& in) {
  const Profile& p = in.profile;
  const profile::Stacks& stacks = p.stacks();
  const auto module_of = [&](uint32_t stack) {
    return p.frames().module[raw(stacks.frame[stack])];
  };
  std::map<std::pair<std::string, std::string>, Call> calls;
  for (const StackWeights::Own& own : in.weights.own) {
    uint32_t at = own.stack;
    if (at == 0 || !p.in_kernel(module_of(at))) continue;
    const bool on_the_way = is_way(innermost(p, at));
    bool entered = false;
    while (at != 0 && p.in_kernel(module_of(at))) {
      entered = entered || is_entry(innermost(p, at));
      at = raw(stacks.parent[at]);
    }
    if (at == 0 || !entered) continue;
    // The innermost function of the program's side is mostly the library's for that call.
    const uint32_t through = at;
    const ModuleId library = module_of(through);
    while (at != 0 && module_of(at) == library) at = raw(stacks.parent[at]);
    const uint32_t from = at != 0 ? at : through;
    const auto key = std::pair(std::string(innermost(p, from)), std::string(innermost(p, through)));
    Call& call = calls[key];
    call.from = key.first;
    call.through = key.second;
    call.ns += own.ns;
    if (on_the_way) call.way_ns += own.ns;
  }
  std::vector<Call> out;
  for (auto& [key, call] : calls) out.push_back(std::move(call));
  std::stable_sort(out.begin(), out.end(),
                   [](const Call& a, const Call& b) { return a.ns > b.ns; });
  return out;
}

// Pearson's r of two series; 0 where one does not vary.
double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sum_x = 0, sum_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum_x += x[i];
    sum_y += y[i];
  }
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double a = x[i] - sum_x / n, b = y[i] - sum_y / n;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

// CPU time of each step of the counters' grid: all of it, and a function's own.
struct Steps {
  std::vector<double> all_ns, own_ns;
};
Steps steps_of(const FindingInput& in, FunctionId function) {
  const Profile& p = in.profile;
  Steps out{std::vector<double>(in.counters.steps), std::vector<double>(in.counters.steps)};
  const SampleFilter filter(p, in.selection);
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i) || in.counters.step_ns <= 0) continue;
    const int64_t away = raw(samples.time[i]) - raw(in.counters.begin);
    const auto step = static_cast<size_t>(std::max<int64_t>(away, 0) / in.counters.step_ns);
    if (away < 0 || step >= in.counters.steps) continue;
    const auto ns = static_cast<double>(samples.weight_ns[i]);
    out.all_ns[step] += ns;
    const RowRange rows = rows_of(p, raw(filter.stack(i)));
    const bool own = rows.begin != rows.end && p.lines().function[rows.begin] == function;
    if (own) out.own_ns[step] += ns;
  }
  return out;
}

// Events a second of CPU time where the function has most of it, and where it has little.
struct Explained {
  double with = 0, without = 0, r = 0;
  size_t steps = 0;
};
Explained explain(const Steps& steps, const TrackSummary& track, double step_s) {
  std::vector<double> shares, rates;
  double with = 0, without = 0, with_s = 0, without_s = 0;
  for (size_t i = 0; i < steps.all_ns.size() && i < track.points.size(); ++i) {
    const double cpu_s = steps.all_ns[i] * 1e-9;
    if (!(track.points[i] >= 0) || cpu_s < step_s / 10) continue;
    const double events = track.points[i] * step_s;
    const double share = steps.own_ns[i] / steps.all_ns[i];
    shares.push_back(share);
    rates.push_back(events / cpu_s);
    if (share >= 0.5) {
      with += events;
      with_s += cpu_s;
    } else if (share <= 0.2) {
      without += events;
      without_s += cpu_s;
    }
  }
  if (with_s <= 0 || without_s <= 0) return {};
  return {with / with_s, without / without_s, correlation(shares, rates), shares.size()};
}

// `rate` is so many of `base` or so few, to within a hundredth.
bool in_step(double rate, double base) {
  if (!(rate > 0) || !(base > 0)) return false;
  const double ratio = rate > base ? rate / base : base / rate;
  const double whole = std::round(ratio);
  return whole <= 8 && std::abs(ratio / whole - 1) < 0.01;
}

double number_of(std::string_view text) {
  double out = 0;
  return std::sscanf(std::string(text).c_str(), "%lf", &out) == 1 ? out : 0;
}

std::string rate_text(double rate) {
  return base::count_text(static_cast<uint64_t>(std::clamp(rate, 0.0, 9e18))) + "/s";
}

}  // namespace

void find_short_system_calls(const FindingInput& in, Findings& out) {
  for (const Call& call : system_calls(in)) {
    const Share share = in.weights.share(call.ns);
    if (share.low < Thresholds::kCallShareLow) return;  // the rest has less
    const double way = static_cast<double>(call.way_ns) / static_cast<double>(call.ns);
    if (way < Thresholds::kCallWayShare || call.from.empty()) continue;
    Finding f{.kind = FindingKind::kShortSystemCalls, .id = "short-system-calls"};
    f.severity = share.low >= Thresholds::kCallAct ? 3 : 2;
    f.sentence = fmt::format(
        "'{}' asks the kernel for little at a time, over and over: {} in '{}', {} of that on the "
        "way in and out",
        short_name(call.from), share_text(share), short_name(call.through),
        base::percent_text(way));
    f.next_step = fmt::format(
        "Ask less often for more (a buffer, a batch), or keep the answer: hone annotate {}",
        quoted(name_pattern(call.from)));
    f.how = fmt::format(
        "CPU time in the kernel below an entry of system calls, by the function that calls the "
        "library's: at least {:.0f}% of all (low end of the 95% interval) and {:.0f}% of it in "
        "entry, dispatch and exit; severity 3 from {:.0f}%.",
        Thresholds::kCallShareLow * 100, Thresholds::kCallWayShare * 100,
        Thresholds::kCallAct * 100);
    f.evidence = {{"function", call.from},
                  {"through", call.through},
                  {"share", number_text(share.value)},
                  {"share_low", number_text(share.low)},
                  {"way_share", number_text(way)}};
    f.gain_share = share.value;
    out.push_back(std::move(f));
    return;
  }
}

void find_explaining_event(const FindingInput& in, Findings& out) {
  if (in.functions.rows.empty() || in.counters.steps < Thresholds::kEventSteps) return;
  const HotSpot& top = in.functions.rows[0];
  if (top.self.low < Thresholds::kEventShareLow || top.function == FunctionId::kNone) return;
  const Steps steps = steps_of(in, top.function);
  const double step_s = static_cast<double>(in.counters.step_ns) * 1e-9;
  const TrackSummary* best = nullptr;
  Explained best_is;
  for (const TrackSummary& track : in.counters.tracks) {
    // Those of -e: the system's own have dotted names.
    const bool is_event = track.scope == recording::TrackScope::kProgram &&
                          track.kind == recording::TrackKind::kCumulative &&
                          track.name.find('.') == track.name.npos;
    if (!is_event) continue;
    const Explained is = explain(steps, track, step_s);
    const bool holds = is.steps >= Thresholds::kEventSteps && is.r >= Thresholds::kEventR &&
                       is.with >= Thresholds::kEventTimes * is.without &&
                       is.with >= Thresholds::kEventRate;
    if (!holds || (best && is.r <= best_is.r)) continue;
    best = &track;
    best_is = is;
  }
  if (!best) return;
  Finding f{.kind = FindingKind::kExplainingEvent, .id = "explaining-event", .severity = 2};
  f.sentence =
      fmt::format("{} come with '{}': {} of CPU time where it runs, {} elsewhere", best->name,
                  short_name(top.name), rate_text(best_is.with), rate_text(best_is.without));
  f.next_step = fmt::format("See its lines: hone annotate {}", quoted(name_pattern(top.name)));
  f.how = fmt::format(
      "Events a second of CPU time against the function's share of it, in {} steps of {}: "
      "correlation {:.2f} (at least {:.1f}), {:.0f} times as many where it has half of the time "
      "as where it has a fifth or less. What comes together need not be cause and effect.",
      best_is.steps, base::duration_text(DurationNs{in.counters.step_ns}), best_is.r,
      Thresholds::kEventR, Thresholds::kEventTimes);
  f.evidence = {{"event", best->name},
                {"function", top.name},
                {"correlation", number_text(best_is.r)},
                {"rate_with", number_text(best_is.with)},
                {"rate_without", number_text(best_is.without)},
                {"steps", std::to_string(best_is.steps)}};
  f.gain_share = top.self.value;
  out.push_back(std::move(f));
}

void find_lockstep(const FindingInput& in, Findings& out) {
  const double hz = number_of(in.profile.meta("sampler.frequency_hz"));
  if (!in.waits.recorded || !(hz > 0)) return;
  std::vector<int64_t> sampled(in.profile.threads().size());
  const SampleFilter filter(in.profile, in.selection);
  const profile::Samples& samples = in.profile.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (filter.takes(i)) sampled[raw(samples.thread[i])] += samples.weight_ns[i];
  }
  for (const ThreadWaitTimes& thread : in.waits.threads) {
    const WaitTimes& times = thread.times;
    const auto ran = static_cast<double>(times.running_ns);
    const auto seen = static_cast<double>(sampled[raw(thread.thread)]);
    const double expected = ran * 1e-9 * hz;
    if (expected < Thresholds::kLockstepSamples || times.lost_ns > 0) continue;
    const double apart = std::abs(seen - ran);
    const double by_chance = std::sqrt(expected) * 1e9 / hz;
    if (apart < Thresholds::kLockstepShare * ran ||
        apart < Thresholds::kLockstepErrors * by_chance) {
      continue;
    }
    uint64_t waits = 0;
    for (size_t kind = 0; kind < kWaitKinds; ++kind) {
      if (static_cast<WaitKind>(kind) != WaitKind::kRunQueue) waits += times.count[kind];
    }
    const double wakes = static_cast<double>(waits) / (static_cast<double>(times.life_ns) * 1e-9);
    if (!in_step(wakes, hz)) continue;
    Finding f{.kind = FindingKind::kLockstep, .id = "lockstep", .severity = 2};
    f.sentence = fmt::format(
        "Sampling keeps step with thread '{}', which waits {:.0f} times a second: samples saw {} "
        "of the {} that it ran",
        thread.name, wakes, base::duration_text(DurationNs{static_cast<int64_t>(seen)}),
        base::duration_text(DurationNs{times.running_ns}));
    // No small whole number of times the same.
    f.next_step = fmt::format("Record at another rate: hone record -F {:.0f} ...", hz * 1.414);
    f.how = fmt::format(
        "Time on a CPU by the switches against the weight of samples, of each thread that ran for "
        "{:.0f} sampling periods or more: apart by {:.0f}% and {:.0f} standard errors of a count, "
        "and it waits as often as it is sampled, within 1%, or a whole number of times as often "
        "or as seldom (up to 8).",
        Thresholds::kLockstepSamples, Thresholds::kLockstepShare * 100,
        Thresholds::kLockstepErrors);
    f.evidence = {{"thread", thread.name},
                  {"waits_per_second", number_text(wakes)},
                  {"frequency_hz", number_text(hz)},
                  {"sampled_ns", fmt::format("{:.0f}", seen)},
                  {"running_ns", std::to_string(times.running_ns)}};
    out.push_back(std::move(f));
    return;
  }
}

}  // namespace hone::analysis
