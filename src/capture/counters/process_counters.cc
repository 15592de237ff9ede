#include "capture/counters/process_counters.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/host/clock.h"

namespace hone::capture {
namespace {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

// Beyond this many it is not remembered who was left out.
constexpr size_t kLeftOutMax = 100'000;

}  // namespace

struct ProcessCounters::Reader {
  pid_t pid = 0;
  int64_t sampled_ns = 0;
  bool clock = false;  // the kernel tells its CPU time in nanoseconds
  clockid_t cpu_clock{};
  ProcFile stat, statm, status, io;
  Series cpu{}, system{}, minor{}, major{}, threads{};
  Series resident{}, anonymous{}, file{}, shared{}, swapped{};
  Series read_bytes{}, written_bytes{}, calls_read{}, calls_written{}, reads{}, writes{};
  int64_t cpu_ns = -1;  // at the last reading, by its clock

  std::array<Series, 16> all() const {
    return {cpu,        system,        minor,  major,   threads,    resident,
            anonymous,  file,          shared, swapped, read_bytes, written_bytes,
            calls_read, calls_written, reads,  writes};
  }
};

ProcessCounters::ProcessCounters(CounterWriter& writer, std::string root)
    : writer_(writer),
      root_(std::move(root)),
      tick_ns_(1'000'000'000 / std::max<int64_t>(::sysconf(_SC_CLK_TCK), 1)),
      page_bytes_(::sysconf(_SC_PAGESIZE)) {}

ProcessCounters::~ProcessCounters() = default;

void ProcessCounters::add(const LiveProcess& process, std::optional<TimeNs> born_after) {
  const std::string folder = fmt::format("{}/proc/{}", root_, process.pid);
  Reader reader{.pid = process.pid, .sampled_ns = process.sampled_ns};
  reader.stat = ProcFile::open(folder + "/stat");
  if (!reader.stat) return;  // gone already
  reader.statm = ProcFile::open(folder + "/statm");
  reader.status = ProcFile::open(folder + "/status");
  reader.io = ProcFile::open(folder + "/io");
  reader.clock = root_.empty() && ::clock_getcpuclockid(process.pid, &reader.cpu_clock) == 0;
  const auto add = [&](const char* name, TrackUnit unit, TrackKind kind, bool quiet) {
    return writer_.add({.name = name,
                        .unit = unit,
                        .kind = kind,
                        .scope = TrackScope::kProcess,
                        .process = process.id,
                        .quiet = quiet});
  };
  using enum TrackUnit;
  using enum TrackKind;
  reader.cpu = add("cpu.busy", kNanoseconds, kCumulative, false);
  reader.system = add("cpu.system", kNanoseconds, kCumulative, true);
  reader.minor = add("faults.minor", kCount, kCumulative, false);
  reader.major = add("faults.major", kCount, kCumulative, true);
  reader.threads = add("threads", kCount, kGauge, false);
  reader.resident = add("memory.resident", kBytes, kGauge, false);
  reader.anonymous = add("memory.anonymous", kBytes, kGauge, false);
  reader.file = add("memory.file", kBytes, kGauge, true);
  reader.shared = add("memory.shared", kBytes, kGauge, true);
  reader.swapped = add("memory.swapped", kBytes, kGauge, true);
  reader.read_bytes = add("io.read", kBytes, kCumulative, true);
  reader.written_bytes = add("io.written", kBytes, kCumulative, true);
  reader.calls_read = add("io.read_by_calls", kBytes, kCumulative, true);
  reader.calls_written = add("io.written_by_calls", kBytes, kCumulative, true);
  reader.reads = add("io.read_calls", kCount, kCumulative, true);
  reader.writes = add("io.write_calls", kCount, kCumulative, true);
  ++ever_;
  if (born_after) begin_at_zero(reader, *born_after);
  auto kept = std::make_unique<Reader>(std::move(reader));
  read(*readers_.emplace(process.id, std::move(kept)).first->second, true, true);
}

void ProcessCounters::begin_at_zero(const Reader& reader, TimeNs time) {
  for (const Series series : {reader.cpu, reader.system, reader.minor, reader.major,
                              reader.read_bytes, reader.written_bytes, reader.calls_read,
                              reader.calls_written, reader.reads, reader.writes}) {
    writer_.put(series, time, 0);
  }
}

void ProcessCounters::close(Reader& reader) {
  for (const Series series : reader.all()) writer_.close(series);
}

void ProcessCounters::follow(std::span<const LiveProcess> alive, bool reorder,
                             std::optional<TimeNs> born_after) {
  for (const LiveProcess& process : alive) {
    const auto known = readers_.find(process.id);
    if (known != readers_.end()) known->second->sampled_ns = process.sampled_ns;
  }
  for (const LiveProcess& process : alive) {
    if (process.kernel || readers_.contains(process.id)) continue;
    bool room = readers_.size() < kReadAtOnce && ever_ < kReadEver;
    if (!room && reorder && ever_ < kReadEver) {
      const auto least = std::min_element(
          readers_.begin(), readers_.end(),
          [](const auto& a, const auto& b) { return a.second->sampled_ns < b.second->sampled_ns; });
      // Twice as much, so that two of the same size do not take turns.
      if (process.sampled_ns > 2 * least->second->sampled_ns) {
        if (left_out_.size() < kLeftOutMax) left_out_.insert(least->first);
        close(*least->second);
        readers_.erase(least);
        room = true;
      }
    }
    if (room) {
      // One that was left out has counts of its own by now.
      add(process, left_out_.contains(process.id) ? std::nullopt : born_after);
    } else if (left_out_.size() < kLeftOutMax) {
      left_out_.insert(process.id);
    }
  }
}

void ProcessCounters::read(bool all, bool last) {
  for (auto at = readers_.begin(); at != readers_.end();) {
    if (read(*at->second, all, last)) {
      ++at;
    } else {
      close(*at->second);
      at = readers_.erase(at);
    }
  }
}

void ProcessCounters::read_last(pid_t pid) {
  for (auto at = readers_.begin(); at != readers_.end(); ++at) {
    if (at->second->pid != pid) continue;
    read(*at->second, true, true);
    close(*at->second);
    readers_.erase(at);
    return;
  }
}

// One that has not run since the last reading has taken no faults and read no bytes. (That it was
// swapped out meanwhile is seen when it runs again, and at the end.)
bool ProcessCounters::has_rested(Reader& reader) {
  timespec used{};
  if (!reader.clock || ::clock_gettime(reader.cpu_clock, &used) != 0) return false;
  const int64_t cpu_ns = int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
  if (cpu_ns == reader.cpu_ns) return true;
  reader.cpu_ns = cpu_ns;
  return false;
}

// False when there is no such process any more.
bool ProcessCounters::read(Reader& reader, bool all, bool last) {
  if (has_rested(reader) && !last) {
    const TimeNs now = base::monotonic_now();
    for (const Series series : reader.all()) writer_.hold(series, now);
    return true;
  }
  const ProcessText stat = parse_process_stat(reader.stat.read(buffer_), tick_ns_);
  if (stat.state == 0) return false;
  const TimeNs now = base::monotonic_now();
  // The descriptor is of this process, whoever has its number by now; the clock is by number.
  if (reader.clock) {
    writer_.put(reader.cpu, now, reader.cpu_ns);
  } else if (stat.user_ns >= 0 && stat.system_ns >= 0) {
    writer_.put(reader.cpu, now, stat.user_ns + stat.system_ns);
  }
  writer_.put(reader.system, now, stat.system_ns);
  writer_.put(reader.minor, now, stat.minor_faults);
  writer_.put(reader.major, now, stat.major_faults);
  const IoText io = parse_io(reader.io.read(buffer_));
  writer_.put(reader.read_bytes, now, io.read_bytes);
  writer_.put(reader.written_bytes, now, io.written_bytes);
  writer_.put(reader.calls_read, now, io.read_calls_bytes);
  writer_.put(reader.calls_written, now, io.written_calls_bytes);
  writer_.put(reader.reads, now, io.read_calls);
  writer_.put(reader.writes, now, io.write_calls);
  // Of one that has ended, and waits to be waited for, the memory is gone.
  if (stat.state == 'Z' || stat.state == 'X') return true;
  writer_.put(reader.threads, now, stat.threads);
  const ResidentText memory = parse_statm(reader.statm.read(buffer_), page_bytes_);
  if (memory.resident_bytes > 0) {
    writer_.put(reader.resident, now, memory.resident_bytes);
    const int64_t shared = std::clamp<int64_t>(memory.shared_bytes, 0, memory.resident_bytes);
    writer_.put(reader.anonymous, now, memory.resident_bytes - shared);
  }
  if (!all) return true;
  const StatusText status = parse_status(reader.status.read(buffer_));
  writer_.put(reader.file, now, status.file_bytes);
  writer_.put(reader.shared, now, status.shared_bytes);
  writer_.put(reader.swapped, now, status.swapped_bytes);
  return true;
}

void ProcessCounters::renumber(base::FunctionRef<ProcessId(ProcessId)> to) {
  std::unordered_map<ProcessId, std::unique_ptr<Reader>> readers;
  for (auto& [id, reader] : readers_) {
    if (const ProcessId now = to(id); now != ProcessId::kNone) readers[now] = std::move(reader);
  }
  readers_ = std::move(readers);
  std::unordered_set<ProcessId> left_out;
  for (const ProcessId id : left_out_) {
    if (const ProcessId now = to(id); now != ProcessId::kNone) left_out.insert(now);
  }
  left_out_ = std::move(left_out);
}

}  // namespace hone::capture
