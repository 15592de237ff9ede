#include "capture/counters/machine_counters.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/host/clock.h"

namespace hone::capture {
namespace {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

// Beyond that a page of them helps nobody.
constexpr size_t kDevicesKept = 32;
constexpr size_t kCpusKept = 1024;

TrackSpec time_spent(const char* name, bool quiet = false) {
  return {.name = name,
          .unit = TrackUnit::kNanoseconds,
          .kind = TrackKind::kCumulative,
          .quiet = quiet};
}
TrackSpec counted(const char* name) {
  return {.name = name, .kind = TrackKind::kCumulative};
}
TrackSpec bytes(const char* name, bool quiet = false) {
  return {.name = name, .unit = TrackUnit::kBytes, .quiet = quiet};
}

std::string network_path(const MachinePlace& place) {
  if (place.network_of <= 0) return place.root + "/proc/net/dev";
  return fmt::format("{}/proc/{}/net/dev", place.root, place.network_of);
}

}  // namespace

PressureCounters::PressureCounters(CounterWriter& writer, TrackScope scope, const std::string& what,
                                   const std::string (&files)[3])
    : writer_(writer) {
  static constexpr const char* kNames[] = {"cpu", "io", "memory"};
  for (size_t i = 0; i < 3; ++i) {
    sources_[i].file = ProcFile::open(files[i]);
    if (!sources_[i].file) continue;
    TrackSpec spec = time_spent("", true);
    spec.scope = scope;
    spec.what = what;
    spec.name = fmt::format("pressure.{}.some", kNames[i]);
    sources_[i].some = writer.add(spec);
    spec.name = fmt::format("pressure.{}.full", kNames[i]);
    sources_[i].full = writer.add(spec);
  }
}

void PressureCounters::read(ReadBuffer& buffer) {
  for (const Source& source : sources_) {
    if (!source.file) continue;
    const PressureText text = parse_pressure(source.file.read(buffer));
    const TimeNs now = base::monotonic_now();
    writer_.put(source.some, now, text.some_ns);
    writer_.put(source.full, now, text.full_ns);
  }
}

MachineCounters::MachineCounters(CounterWriter& writer, const MachinePlace& place)
    : writer_(writer),
      place_(place),
      tick_ns_(1'000'000'000 / std::max<int64_t>(::sysconf(_SC_CLK_TCK), 1)),
      stat_(ProcFile::open(place.root + "/proc/stat")),
      load_(ProcFile::open(place.root + "/proc/loadavg")),
      memory_(ProcFile::open(place.root + "/proc/meminfo")),
      disks_(ProcFile::open(place.root + "/proc/diskstats", true)),
      network_(ProcFile::open(network_path(place), true)),
      user_(writer.add(time_spent("cpu.user"))),
      system_(writer.add(time_spent("cpu.system"))),
      interrupt_(writer.add(time_spent("cpu.interrupts", true))),
      waiting_(writer.add(time_spent("cpu.waiting_for_io", true))),
      stolen_(writer.add(time_spent("cpu.stolen", true))),
      switches_(writer.add(counted("switches"))),
      interrupts_(writer.add(counted("interrupts"))),
      forks_(writer.add(counted("forks"))),
      running_(writer.add({.name = "tasks.running"})),
      blocked_(writer.add({.name = "tasks.blocked", .quiet = true})),
      load_1m_(writer.add({.name = "load.1m", .divisor = 100})),
      available_(writer.add(bytes("memory.available"))),
      cached_(writer.add(bytes("memory.cached"))),
      dirty_(writer.add(bytes("memory.dirty"))),
      swap_used_(writer.add(bytes("memory.swap_used", true))),
      pressure_(writer, TrackScope::kMachine, "",
                {place.root + "/proc/pressure/cpu", place.root + "/proc/pressure/io",
                 place.root + "/proc/pressure/memory"}) {}

void MachineCounters::read(bool all) {
  read_stat();
  read_disks();
  read_network();
  pressure_.read(buffer_);
  if (!all) return;
  read_memory();
  const int64_t load = parse_load_hundredths(load_.read(buffer_));
  writer_.put(load_1m_, base::monotonic_now(), load);
}

void MachineCounters::read_stat() {
  const StatText text = parse_stat(stat_.read(buffer_), tick_ns_);
  const TimeNs now = base::monotonic_now();
  writer_.put(user_, now, text.all.user_ns);
  writer_.put(system_, now, text.all.system_ns);
  writer_.put(interrupt_, now, text.all.interrupt_ns);
  writer_.put(waiting_, now, text.all.waiting_ns);
  writer_.put(stolen_, now, text.all.stolen_ns);
  writer_.put(switches_, now, text.switches);
  writer_.put(interrupts_, now, text.interrupts);
  writer_.put(forks_, now, text.forks);
  writer_.put(running_, now, text.running);
  writer_.put(blocked_, now, text.blocked);
  for (const StatText::Cpu& cpu : text.cpus) {
    if (cpu.number >= kCpusKept || !cpu.times.known()) continue;
    if (cpus_.size() <= cpu.number) cpus_.resize(cpu.number + 1);
    Series& series = cpus_[cpu.number];
    if (series == Series::kNone) {
      TrackSpec spec = time_spent("cpu.busy");
      spec.scope = TrackScope::kCpu;
      spec.cpu = static_cast<uint16_t>(cpu.number);
      series = writer_.add(std::move(spec));
    }
    writer_.put(series, now, cpu.times.busy_ns());
  }
}

void MachineCounters::read_memory() {
  const MemoryText text = parse_meminfo(memory_.read(buffer_));
  const TimeNs now = base::monotonic_now();
  writer_.put(available_, now, text.available_bytes);
  writer_.put(cached_, now, text.cached_bytes);
  writer_.put(dirty_, now, text.dirty_bytes);
  writer_.put(swap_used_, now, text.swap_used_bytes);
}

// The devices come in the same order each time, so that the next one is mostly the one behind.
MachineCounters::Device& MachineCounters::device(std::vector<Device>& known, size_t& hint,
                                                 std::string_view name, bool disk) {
  for (size_t i = 0; i < known.size(); ++i) {
    Device& one = known[(hint + i) % known.size()];
    if (one.name != name) continue;
    hint = hint + i + 1;
    return one;
  }
  hint = 0;
  Device& added = known.emplace_back();
  added.name = name;
  // Parts of disks are in the whole disk's numbers.
  const bool whole =
      !disk || ::access((place_.root + "/sys/block/" + added.name).c_str(), F_OK) == 0;
  if (!whole) return added;
  if (known.size() > kDevicesKept) {
    ++left_out_;
    return added;
  }
  added.kept = true;
  TrackSpec spec{.unit = TrackUnit::kBytes,
                 .kind = TrackKind::kCumulative,
                 .scope = TrackScope::kDevice,
                 .what = added.name,
                 .quiet = true};
  spec.name = disk ? "disk.read" : "network.received";
  added.first = writer_.add(spec);
  spec.name = disk ? "disk.written" : "network.sent";
  added.second = writer_.add(spec);
  if (disk) {
    spec.name = "disk.busy";
    spec.unit = TrackUnit::kNanoseconds;
    added.busy = writer_.add(spec);
  }
  return added;
}

void MachineCounters::read_disks() {
  const std::vector<DiskText> disks = parse_diskstats(disks_.read(buffer_));
  const TimeNs now = base::monotonic_now();
  size_t hint = 0;
  for (const DiskText& disk : disks) {
    const Device& known = device(disk_devices_, hint, disk.name, true);
    if (!known.kept) continue;
    writer_.put(known.first, now, disk.read_bytes);
    writer_.put(known.second, now, disk.written_bytes);
    writer_.put(known.busy, now, disk.busy_ns);
  }
}

void MachineCounters::read_network() {
  const std::vector<InterfaceText> interfaces = parse_net_dev(network_.read(buffer_));
  const TimeNs now = base::monotonic_now();
  size_t hint = 0;
  for (const InterfaceText& one : interfaces) {
    const Device& known = device(interfaces_, hint, one.name, false);
    if (!known.kept) continue;
    writer_.put(known.first, now, one.received_bytes);
    writer_.put(known.second, now, one.sent_bytes);
  }
}

}  // namespace hone::capture
