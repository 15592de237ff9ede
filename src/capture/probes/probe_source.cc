#include "capture/probes/probe_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/host/clock.h"
#include "base/host/text.h"
#include "capture/probes/probe_cost.h"

namespace hone::capture {
namespace {

// Later than the sampler's: what it tells of processes is known by then.
constexpr int64_t kSettleNs = 4'000'000;
constexpr size_t kTrailerBytes = 24;
constexpr uint8_t kSpanSite = 1, kInfoLevel = 3;

}  // namespace

Result<std::unique_ptr<ProbeSource>> ProbeSource::open(const ProbeOptions& options,
                                                       const ProbeTarget& target,
                                                       ProbeEventsOptions events,
                                                       RunningThreads running) {
  std::unique_ptr<ProbeSource> out(new ProbeSource(options));
  if (options.patterns.empty()) return out;
  HONE_TRY_ASSIGN(out->plan_, plan_probes(options.patterns, target, options.functions_max));
  CallStacks::Options calls{.rate_max = options.rate_max};
  for (const ProbedFunction& function : out->plan_.functions) {
    calls.counted_only.push_back(!function.not_timed.empty());
  }
  out->calls_of_.assign(out->plan_.functions.size(), 0);
  out->calls_.reset(new CallStacks(std::move(calls), *out));
  if (out->plan_.points.empty()) return out;
  HONE_TRY_ASSIGN(ProbeDefinitions definitions, ProbeDefinitions::make(out->plan_));
  events.id = definitions.id();
  out->paused_ = events.start_paused;
  HONE_TRY_ASSIGN(ProbeEvents opened, target.pids.empty()
                                          ? ProbeEvents::open(events)
                                          : ProbeEvents::open_running(std::move(events), running));
  out->begun_meanwhile_ = opened.begun_meanwhile();
  out->kernel_.reset(new Kernel{std::move(definitions), std::move(opened)});
  return out;
}

ProbeSource::~ProbeSource() = default;

void ProbeSource::begin(recording::Builder& builder, Collector& collector) {
  collector_ = &collector;
  begin_part(builder);
}

void ProbeSource::begin_part(recording::Builder& builder) {
  builder_ = &builder;
  sites_.assign(plan_.functions.size(), SiteId::kNone);
}

void ProbeSource::wait_on(std::vector<pollfd>& waiting) const {
  if (kernel_) kernel_->events.wait_on(waiting);
}

void ProbeSource::on_end_of(int fd) {
  if (kernel_) kernel_->events.on_end_of(fd);
}

void ProbeSource::drain(TimeNs now, IsMarked is_marked) {
  const TimeNs horizon{raw(now) - kSettleNs};
  take_until(horizon, is_marked);
  // All from before the pause has been taken: nothing comes after it.
  if (raw(paused_at_) > 0 && horizon >= paused_at_)
    calls_->interrupt(std::exchange(paused_at_, {}));
}

void ProbeSource::take_until(TimeNs horizon, IsMarked is_marked) {
  if (!kernel_) return;
  is_marked_ = &is_marked;
  TimeNs last{};
  kernel_->events.drain(horizon, [&](std::span<const uint8_t> record) {
    last = std::max(last, TimeNs{record_time(record)});
    dispatch(record);
  });
  if (const uint64_t damaged = kernel_->events.take_damage_count(); damaged > 0) {
    damaged_ += damaged;
    calls_->interrupt(raw(last) > 0 ? last : base::monotonic_now());
  }
  is_marked_ = nullptr;
}

void ProbeSource::set_paused(bool paused, TimeNs now, IsMarked is_marked) {
  if (!kernel_ || paused == paused_) return;
  paused_ = paused;
  if (paused) {
    kernel_->events.pause();
    paused_at_ = now;
    return;
  }
  if (raw(paused_at_) > 0) {  // so short a pause that it has not settled
    take_until(TimeNs{INT64_MAX}, is_marked);
    calls_->interrupt(std::exchange(paused_at_, {}));
  }
  kernel_->events.resume();
}

void ProbeSource::dispatch(std::span<const uint8_t> record) {
  perf_event_header header{};
  std::memcpy(&header, record.data(), sizeof header);
  if (header.type == PERF_RECORD_SAMPLE) return sample(record);
  if (record.size() < sizeof header + kTrailerBytes) return void(++damaged_);
  base::ByteReader in(record.data() + sizeof header, record.size() - sizeof header - kTrailerBytes);
  const TimeNs time{record_time(record)};
  if (header.type == PERF_RECORD_LOST) {
    in.skip(8);
    const uint64_t lost = in.u64();
    in.ok() ? lost_ += lost : ++damaged_;
    // What is open may have returned unseen: none of it is paired with what comes now.
    calls_->interrupt(time);
  } else if (header.type == PERF_RECORD_FORK || header.type == PERF_RECORD_EXIT) {
    const auto pid = static_cast<pid_t>(in.u32()), parent_pid = static_cast<pid_t>(in.u32());
    const auto tid = static_cast<pid_t>(in.u32()), parent_tid = static_cast<pid_t>(in.u32());
    if (!in.ok()) {
      ++damaged_;
    } else if (header.type == PERF_RECORD_EXIT) {
      calls_->on_thread_end(tid, time);
    } else {
      calls_->on_fork(pid, tid, parent_pid, parent_tid);
    }
  } else if (header.type == PERF_RECORD_COMM && (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0) {
    const auto pid = static_cast<pid_t>(in.u32()), tid = static_cast<pid_t>(in.u32());
    in.ok() ? calls_->on_exec(pid, tid, time) : void(++damaged_);
  }
}

void ProbeSource::sample(std::span<const uint8_t> record) {
  base::ByteReader in(record.data() + sizeof(perf_event_header),
                      record.size() - sizeof(perf_event_header));
  CallEvent event;
  const uint64_t address = in.u64();
  event.pid = static_cast<pid_t>(in.u32());
  event.tid = static_cast<pid_t>(in.u32());
  event.time = TimeNs{static_cast<int64_t>(in.u64())};
  in.skip(8);  // CPU
  if (in.u32() < ProbeRecord::kBytes) return void(++damaged_);
  in.skip(ProbeRecord::kPointAt);
  const uint32_t number = in.u32();
  event.sp = in.u64();
  const uint64_t flags = in.u64(), target = in.u64();
  if (!in.ok() || number >= plan_.points.size() || raw(event.time) <= 0) {
    return void(++damaged_);
  }
  if (!collector_->is_recorded(event.pid)) return void(++of_others_);
  const ProbePoint& point = plan_.points[number];
  if (!is_taken(point.condition, flags)) return;
  // A jump to another place of the function: as far in the process as in the file.
  const Svma leads_to{raw(point.at) + (target - address)};
  if (!point.target.empty() && stays_inside(plan_.functions[point.function].parts, leads_to)) {
    return;
  }
  event.function = point.function;
  event.what = point.what;
  calls_of_[point.function] += point.what == CallEvent::What::kEntry;
  calls_->on_event(event);
}

SiteId ProbeSource::site(uint32_t function) {
  SiteId& id = sites_[function];
  if (id != SiteId::kNone) return id;
  const ProbedFunction& of = plan_.functions[function];
  id = builder_->append_id<SiteId>(recording::SiteRow{
      .name = builder_->string(of.name),
      .kind = kSpanSite,
      .level = kInfoLevel,
      .category = builder_->string("probe"),
      .function = builder_->string(of.name),
      .file = builder_->string(plan_.files[of.file].name, recording::TextKind::kPath)});
  return id;
}

void ProbeSource::on_call(const ProbedCall& call) {
  const ThreadId thread = collector_->thread_id(call.pid, call.tid, call.start);
  if (thread == ThreadId::kNone) return void(without_thread_ += call.stands_for);
  const bool is_stray = is_marked_ != nullptr && (*is_marked_)(call.pid);
  const SiteId where = site(call.function);
  builder_->append(
      recording::SpanRow{.thread = thread,
                         .end = call.end,
                         .duration = call.end - call.start,
                         .site = where,
                         .depth = call.depth,
                         .flags = static_cast<uint8_t>((call.is_open ? recording::kSpanOpen : 0) |
                                                       (is_stray ? recording::kSpanStray : 0))});
  if (call.stands_for <= 1) return;
  builder_->append(recording::SpanArgumentRow{.thread = thread,
                                              .time = call.start,
                                              .site = where,
                                              .type = recording::kStandsFor,
                                              .value = call.stands_for});
}

void ProbeSource::on_counted(pid_t pid, pid_t tid, uint32_t function, uint64_t count, TimeNs time) {
  const ThreadId thread = collector_->thread_id(pid, tid, time);
  if (thread == ThreadId::kNone) return void(without_thread_ += count);
  builder_->append(recording::SpanCountRow{
      .thread = thread, .site = site(function), .time = time, .count = count});
}

void ProbeSource::diagnose(const char* name, uint8_t severity, uint64_t count, std::string detail) {
  if (count == 0) return;
  builder_->append(recording::DiagnosticRow{
      .name = name, .severity = severity, .count = count, .detail = detail});
}

void ProbeSource::finish(TimeNs end, IsMarked is_marked) {
  if (!calls_) return;
  if (kernel_) kernel_->events.pause();
  take_until(TimeNs{INT64_MAX}, is_marked);
  is_marked_ = &is_marked;
  if (raw(paused_at_) > 0) calls_->interrupt(std::exchange(paused_at_, {}));
  calls_->finish(end);
  is_marked_ = nullptr;
  const CallCounts& counts = calls_->counts();
  diagnose("probe_events_lost", recording::kDataLoss, lost_,
           "calls of probed functions came faster than they were read: counts are too small");
  diagnose("probe_events_of_others", recording::kNotice, of_others_,
           "probes were met by processes that are not recorded, or whose start was not told of: "
           "their calls are not counted");
  diagnose("probe_calls_without_thread", recording::kDataLoss, without_thread_,
           "calls on threads that the recording does not have: counts of calls are too small");
  diagnose("probe_threads_begun_meanwhile", recording::kNotice, begun_meanwhile_,
           "threads that began while the probes were set: some of their calls may be missing");
  diagnose("probe_calls_left", recording::kInfo, counts.left,
           "probed calls that never returned (an exception, longjmp or the end of the thread): "
           "they are counted, not timed");
  diagnose("probe_calls_unclear", recording::kInfo, counts.unclear,
           "probed calls that jumped through a table, to where no probe can tell, before another "
           "one began: whether they had ended is not known; they are counted, not timed");
  diagnose("probe_returns_unknown", recording::kInfo, counts.returns_unknown,
           "returns of probed functions whose calls were made before the recording, or on a stack "
           "that was switched");
  diagnose("probe_calls_deep", recording::kNotice, counts.too_deep,
           fmt::format("calls nested deeper than {}: they are counted, not timed",
                       CallStacks::kDepthMax));
  diagnose("probe_records_damaged", recording::kDataLoss, damaged_,
           "the kernel gave something that is no record of a probe");
  for (const std::string& notice : plan_.notices) {
    diagnose("probe_not_timed", recording::kNotice, 1, notice);
  }
}

std::vector<std::pair<std::string, std::string>> ProbeSource::facts() {
  if (!calls_) return {};
  kernel_.reset();
  std::string asked;
  for (const std::string& each : options_.patterns) asked += (asked.empty() ? "" : " ") + each;
  const CallCounts& counts = calls_->counts();
  std::vector<std::pair<std::string, std::string>> out = {
      {"probes.asked", asked},
      {"probes.functions", fmt::format("{}", plan_.functions.size())},
      {"probes.points", fmt::format("{}", plan_.points.size())},
      {"probes.calls", fmt::format("{}", counts.calls)},
      {"probes.calls_timed", fmt::format("{}", counts.timed)},
      {"probes.events_lost", fmt::format("{}", lost_)}};
  for (auto& fact : cost_facts()) out.push_back(std::move(fact));
  return out;
}

// Of a call, on average over those that were made.
std::vector<std::pair<std::string, std::string>> ProbeSource::cost_facts() const {
  double pushing = 0, stepped = 0;
  for (size_t i = 0; i < calls_of_.size(); ++i) {
    (plan_.functions[i].begins_with_push ? pushing : stepped) += static_cast<double>(calls_of_[i]);
  }
  if (pushing + stepped == 0) return {};
  const auto costs = measure_probe_costs();
  if (!costs) return {};
  const auto mean = [&](double of_pushing, double of_stepped) {
    return (of_pushing * pushing + of_stepped * stepped) / (pushing + stepped);
  };
  const double whole = mean(costs->pushing.call_ns, costs->stepped.call_ns);
  const double outside = mean(costs->pushing.in_parent_ns, costs->stepped.in_parent_ns);
  return {{"cost.probe_ns", fmt::format("{:.1f}", whole)},
          {"cost.probe_in_parent_ns", fmt::format("{:.1f}", outside)},
          {"cost.probe_inside_ns", fmt::format("{:.1f}", whole - outside)}};
}

std::vector<std::string> ProbeSource::notices() const {
  std::vector<std::string> out = plan_.notices;
  if (lost_ > 0) {
    out.push_back(fmt::format("{} events of probes were lost: counts of calls are too small",
                              base::count_text(lost_)));
  }
  if (without_thread_ > 0) {
    out.push_back(
        fmt::format("{} probed calls were on threads that the recording does not have: "
                    "counts of calls are too small",
                    base::count_text(without_thread_)));
  }
  return out;
}

}  // namespace hone::capture
