#include "capture/counters/system_counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/host/clock.h"
#include "capture/running.h"

namespace hone::capture {
namespace {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

// What changes slowly, or is dear to read, is read with every tenth reading.
constexpr uint64_t kAllEvery = 10;
// Readings may take this share of one CPU; beyond it they are made less often.
constexpr double kCpuShareMax = 0.005;
constexpr int64_t kPeriodMaxNs = 2'000'000'000;
// One reading that was slow says little: the mean of this many counts.
constexpr uint64_t kTicksJudged = 10;
// A machine on which no more was sampled since the last reading rests: 2% of a CPU at usual rates.
constexpr uint64_t kQuietSamples = 2;
constexpr int kQuietTicks = 5;
// Edges of pauses are read when they are further apart than this share of a period.
constexpr int64_t kEdgeShare = 5;

}  // namespace

Result<EventCounters> open_counters(const CounterOptions& options, const CounterTarget& target) {
  if (options.events.empty()) return EventCounters{};
  HONE_TRY_ASSIGN(const std::vector<EventSpec> specs, parse_events(options.events));
  return EventCounters::open(specs,
                             {.pid = target.pid,
                              .tasks = target.tasks,
                              .cgroup_fd = target.cgroup_fd,
                              .start_paused = target.start_paused},
                             options.user_only);
}

SystemCounters::SystemCounters(recording::Builder& builder, CounterOptions options,
                               CounterTarget target, EventCounters events)
    : builder_(builder),
      options_(std::move(options)),
      target_(std::move(target)),
      writer_(builder),
      events_(std::move(events)) {
  // Events alone are read at the usual rate.
  period_ns_ = static_cast<int64_t>(1e9 / (options_.hz > 0 ? options_.hz : 10.0));
}

SystemCounters::~SystemCounters() = default;

std::vector<std::string> SystemCounters::notices() const {
  std::vector<std::string> out;
  for (const RefusedEvent& event : events_.refused()) {
    out.push_back(fmt::format("{} is not counted: {}", event.name, event.why));
  }
  return out;
}

void SystemCounters::start(const Collector& collector) {
  start_ = base::monotonic_now();
  next_ = start_ + DurationNs{period_ns_};
  if (reads_system()) {
    const pid_t root = target_.pid != 0        ? target_.pid
                       : target_.tasks.empty() ? 0
                                               : target_.tasks.front();
    machine_.emplace(writer_, MachinePlace{options_.root, root});
    sensors_.emplace(writer_, options_.root);
    processes_.emplace(writer_, options_.root);
    if (!target_.folder.empty()) {
      places_ = groups_of_folder(options_.root, target_.folder);
    } else if (root != 0) {
      places_ = find_groups(options_.root, root);
    }
    cgroup_.emplace(writer_, places_);
    if (target_.pid != 0) {
      const std::string folder = fmt::format("{}/proc/{}", options_.root, target_.pid);
      ReadBuffer buffer;
      const ProcessText stat = parse_process_stat(ProcFile::open(folder + "/stat").read(buffer), 1);
      before_.minor_faults = std::max<int64_t>(stat.minor_faults, 0);
      before_.major_faults = std::max<int64_t>(stat.major_faults, 0);
      const StatusText status = parse_status(ProcFile::open(folder + "/status").read(buffer));
      before_.voluntary = std::max<int64_t>(status.voluntary_switches, 0);
      before_.involuntary = std::max<int64_t>(status.involuntary_switches, 0);
    }
  }
  if (!events_.empty()) events_.start(writer_, paused_);
  read(collector, true);
}

int SystemCounters::wait_ms(TimeNs now, int most_ms) const {
  if (paused_ || (!reads_system() && events_.empty())) return most_ms;
  const int64_t left_ms = raw(next_ - now) / 1'000'000 + 1;
  return static_cast<int>(std::clamp<int64_t>(left_ms, 0, most_ms));
}

void SystemCounters::read(const Collector& collector, bool all, bool last) {
  const int64_t before_ns = raw(base::thread_cpu_time());
  if (!events_.empty()) events_.read(writer_);
  if (reads_system()) {
    alive_.clear();
    collector.for_each_live([&](const LiveProcess& process) { alive_.push_back(process); });
    // What is met later in a recording of everything may have run for long.
    const bool all_new = ticks_ > 0 && (target_.pid != 0 || !target_.tasks.empty());
    processes_->follow(alive_, all, all_new ? std::optional<TimeNs>(last_) : std::nullopt);
    last_ = base::monotonic_now();
    processes_->read(all, last);
    cgroup_->read(all);
    machine_->read(all);
    if (all) sensors_->read();
  }
  const int64_t spent_ns = raw(base::thread_cpu_time()) - before_ns;
  tick_cpu_ns_ += spent_ns;
  tick_cpu_ns_max_ = std::max(tick_cpu_ns_max_, spent_ns);
  ++ticks_;
}

void SystemCounters::tick(TimeNs now, const Collector& collector) {
  if (paused_ || now < next_ || (!reads_system() && events_.empty())) return;
  const uint64_t samples = collector.counts().samples;
  const uint64_t more = samples - std::exchange(samples_, samples);
  const bool whole_machine = target_.pid == 0 && target_.tasks.empty() && target_.cgroup_fd < 0;
  // Where nothing runs, nothing is to be counted: one reading in some, until something does.
  if (whole_machine && events_.empty() && more <= kQuietSamples && ++quiet_ < kQuietTicks) {
    next_ = next_ + DurationNs{period_ns_};
    return;
  }
  quiet_ = 0;
  read(collector, ticks_ % kAllEvery == 0);
  // Kept on its grid; after a pause (the machine slept, we were stopped) from now on.
  next_ = next_ + DurationNs{period_ns_};
  if (next_ < now) next_ = now + DurationNs{period_ns_};
  const double mean_ns = static_cast<double>(tick_cpu_ns_) / static_cast<double>(ticks_);
  if (ticks_ >= kTicksJudged && mean_ns > kCpuShareMax * static_cast<double>(period_ns_) &&
      period_ns_ < kPeriodMaxNs) {
    period_ns_ = std::min(2 * period_ns_, kPeriodMaxNs);
    ++slowed_;
  }
}

// Pauses may come faster than can be read: then what lies around an edge is not told apart.
void SystemCounters::read_edge(const Collector& collector) {
  if (ticks_ == 0 || (!reads_system() && events_.empty())) return;
  const TimeNs now = base::monotonic_now();
  if (raw(now - last_edge_) < period_ns_ / kEdgeShare) {
    ++edges_left_out_;
    return;
  }
  last_edge_ = now;
  read(collector, false);
}

void SystemCounters::pause(const Collector& collector) {
  if (paused_) return;
  paused_ = true;
  events_.pause();
  read_edge(collector);
}

void SystemCounters::resume(const Collector& collector) {
  if (!paused_) return;
  paused_ = false;
  read_edge(collector);
  events_.resume();
  next_ = base::monotonic_now() + DurationNs{period_ns_};
}

void SystemCounters::read_ended() {
  if (!reads_system()) return;
  const pid_t pid = peek_ended();
  if (pid <= 0) return;
  // The program itself is the last: what it used is not more than what is counted now.
  if (pid == target_.pid && !events_.empty()) events_.read(writer_);
  processes_->read_last(pid);
}

void SystemCounters::on_end(const ProcessEnd& end) {
  totals_.minor_faults += end.minor_faults;
  totals_.major_faults += end.major_faults;
  totals_.voluntary += end.voluntary_switches;
  totals_.involuntary += end.involuntary_switches;
  totals_.read_bytes += end.read_bytes;
  totals_.written_bytes += end.written_bytes;
}

void SystemCounters::flush() {
  writer_.flush();
}

// The program with all that it started, to the last page fault, however short they lived.
void SystemCounters::write_totals(bool all_ended) {
  if (target_.pid == 0 || !all_ended) return;
  const TimeNs end = base::monotonic_now();
  const auto put = [&](const char* name, TrackUnit unit, int64_t total, int64_t before) {
    const Series series = writer_.add({.name = name,
                                       .unit = unit,
                                       .kind = TrackKind::kCumulative,
                                       .scope = TrackScope::kProgram});
    writer_.put(series, start_, 0);
    writer_.put(series, end, std::max<int64_t>(total - before, 0));
  };
  put("faults.minor", TrackUnit::kCount, totals_.minor_faults, before_.minor_faults);
  put("faults.major", TrackUnit::kCount, totals_.major_faults, before_.major_faults);
  put("switches.voluntary", TrackUnit::kCount, totals_.voluntary, before_.voluntary);
  put("switches.involuntary", TrackUnit::kCount, totals_.involuntary, before_.involuntary);
  put("io.read", TrackUnit::kBytes, totals_.read_bytes, 0);
  put("io.written", TrackUnit::kBytes, totals_.written_bytes, 0);
}

void SystemCounters::finish(const Collector& collector, bool all_ended) {
  if (!reads_system() && events_.empty()) return;
  read(collector, true, true);
  if (reads_system()) write_totals(all_ended);
  writer_.finish();
  write_facts();
}

void SystemCounters::end_part(const Collector& collector) {
  if (!reads_system() && events_.empty()) return;
  read(collector, true);
  writer_.end_part();
  write_facts();
}

void SystemCounters::begin_part(TimeNs start, const Collector& collector) {
  const auto renumber = [&](ProcessId id) { return collector.renumbered(id); };
  writer_.begin_part(start, renumber);
  if (processes_) processes_->renumber(renumber);
}

void SystemCounters::write_facts() {
  const auto fact = [&](std::string_view key, const std::string& value) {
    builder_.append(recording::MetaRow{.key = key, .value = value});
  };
  const auto note = [&](std::string_view name, uint64_t count, const std::string& detail) {
    builder_.append(recording::DiagnosticRow{.name = name,
                                             .severity = recording::kNotice,
                                             .count = count,
                                             .first_time = TimeNs{},
                                             .detail = detail});
  };
  fact("counters.hz", fmt::format("{:g}", options_.hz));
  fact("counters.tracks", fmt::format("{}", writer_.track_count()));
  fact("cost.counters_readings", fmt::format("{}", ticks_));
  fact("cost.counters_ns_per_reading",
       fmt::format("{}", tick_cpu_ns_ / static_cast<int64_t>(std::max<uint64_t>(ticks_, 1))));
  fact("cost.counters_ns_longest", fmt::format("{}", tick_cpu_ns_max_));
  if (!places_.cpu.empty() || !places_.memory.empty()) {
    fact("cgroup.name", places_.cpu.empty() ? places_.memory_name : places_.cpu_name);
  }
  if (places_.cpu_limit > 0) fact("cgroup.cpu_limit", fmt::format("{:g}", places_.cpu_limit));
  if (places_.memory_limit_bytes > 0) {
    fact("cgroup.memory_limit_bytes", fmt::format("{}", places_.memory_limit_bytes));
  }
  if (edges_left_out_ > 0) {
    note("counters_edges_not_read", edges_left_out_,
         "pauses began or ended sooner than counters can be read: what these say of the time "
         "around them is in part of the pause, or left out with it");
  }
  if (slowed_ > 0) {
    note("counters_slowed", slowed_,
         fmt::format("a reading takes long here: they were made every {} ms in the end, so that "
                     "they take at most 0.5% of a CPU",
                     period_ns_ / 1'000'000));
  }
  if (processes_ && processes_->left_out() > 0) {
    note("counters_processes_left_out", processes_->left_out(),
         fmt::format("processes without counters of their own: the {} with the most CPU time are "
                     "read at a time",
                     ProcessCounters::kReadAtOnce));
  }
  if (machine_ && machine_->left_out() > 0) {
    note("counters_devices_left_out", machine_->left_out(), "disks and interfaces beyond 32 each");
  }
  for (const std::string& text : notices()) note("event_not_counted", 1, text);
  for (const auto& [name, share] : events_.scaled()) {
    note("event_scaled", 1,
         fmt::format("{} was counted in {:.0f}% of the time and the rest estimated: the processor "
                     "has fewer counters than events were asked for",
                     name, share * 100));
  }
  if (events_.user_only() && !events_.empty() && !options_.user_only) {
    note("event_user_side", 1,
         "events were counted on the user side only: kernel.perf_event_paranoid does not let this "
         "user count the kernel's");
  }
}

}  // namespace hone::capture
