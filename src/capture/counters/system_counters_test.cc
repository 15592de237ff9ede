// Readers of /proc and /sys over folders that the test makes in their places.
#include "capture/counters/system_counters.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/host/clock.h"
#include "capture/test_support.h"

namespace hone::capture {
namespace {

class Root {
 public:
  Root() {
    char name[] = "/tmp/hone-counters-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Root() { std::filesystem::remove_all(path_); }
  void put(const std::string& file, const std::string& text) {
    const std::filesystem::path path = path_ + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Name and what it is of, to the last value.
std::map<std::string, int64_t> last_values(TestRecording& recording) {
  std::map<std::string, int64_t> out;
  const auto tracks = recording.rows<recording::TrackRow>();
  std::vector<std::string> names{""};
  for (const auto& track : tracks) {
    std::string name = recording.text(track.name);
    if (track.what != StringId::kNone) name += " " + recording.text(track.what);
    if (track.cpu != recording::kNoCpu) name += " " + std::to_string(track.cpu);
    names.push_back(std::move(name));
  }
  for (const auto& row : recording.rows<recording::CounterRow>()) {
    out[names[raw(row.track)]] = row.value;
  }
  return out;
}

void put_machine(Root& root, int n) {
  const std::string more = std::to_string(100 + n);
  root.put("/proc/stat", "cpu " + more + " 0 10 5 0 0 0 0\ncpu0 " + more +
                             " 0 10 5 0 0 0 0\nctxt " + more + "\nprocs_running 2\n");
  root.put("/proc/diskstats", "8 0 sda 1 0 " + more + " 0 1 0 16 0 0 7\n8 1 sda1 1 0 " + more +
                                  " 0 1 0 16 0 0 7\n8 16 sdb 0 0 0 0 0 0 0 0 0 0\n");
  root.put("/proc/net/dev", "a|b\nc|d\n lo: " + more + " 0 0 0 0 0 0 0 5 0\n");
  root.put("/proc/meminfo", "MemAvailable: " + more + " kB\n");
  root.put("/proc/loadavg", "0.5" + std::to_string(n) + " 0 0 1/2 3\n");
  root.put("/proc/pressure/cpu", "some avg10=0 total=" + more + "\n");
}

TEST(MachineCounters, FromItsFiles) {
  Root root;
  std::filesystem::create_directories(root.path() + "/sys/block/sda");
  std::filesystem::create_directories(root.path() + "/sys/block/sdb");
  put_machine(root, 1);
  TestRecording recording;
  CounterWriter writer(recording.builder());
  MachineCounters machine(writer, {.root = root.path()});
  machine.read(true);
  put_machine(root, 2);
  machine.read(true);
  writer.finish();
  auto values = last_values(recording);
  EXPECT_EQ(values["cpu.user"], 1'020'000'000);
  EXPECT_EQ(values["cpu.busy 0"], 1'120'000'000);
  EXPECT_EQ(values["switches"], 102);
  EXPECT_EQ(values["tasks.running"], 2);
  EXPECT_EQ(values["disk.read sda"], 102 * 512);
  EXPECT_FALSE(values.contains("disk.read sda1")) << "a part of sda";
  EXPECT_FALSE(values.contains("disk.read sdb")) << "nobody uses it";
  EXPECT_FALSE(values.contains("disk.written sda")) << "nothing was written";
  EXPECT_EQ(values["network.received lo"], 102);
  EXPECT_EQ(values["memory.available"], 102 * 1024);
  EXPECT_EQ(values["load.1m"], 52);
  EXPECT_EQ(values["pressure.cpu.some"], 102'000);
  EXPECT_FALSE(values.contains("pressure.io.some")) << "there is no such file";
}

TEST(MachineCounters, ManyDevicesAreNotAllKept) {
  Root root;
  TestRecording recording;
  CounterWriter writer(recording.builder());
  for (int round = 0; round < 2; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      text += "net" + std::to_string(i) + ": " + std::to_string(round) + " 0 0 0 0 0 0 0 0\n";
    }
    root.put("/proc/net/dev", text);
    static std::optional<MachineCounters> machine;
    if (round == 0) machine.emplace(writer, MachinePlace{.root = root.path()});
    machine->read(false);
    EXPECT_EQ(machine->left_out(), 8u);
    if (round == 1) machine.reset();
  }
  writer.finish();
  EXPECT_EQ(last_values(recording).size(), 32u);
}

TEST(CgroupCounters, TheTightestLimitOnTheWayUp) {
  Root root;
  const std::string mount = "/sys/fs/cgroup";
  root.put("/proc/self/mountinfo", "1 0 0:1 / " + mount + " rw - cgroup2 none rw\n");
  root.put("/proc/7/cgroup", "0::/pod/box/app\n");
  for (const char* group : {"", "/pod", "/pod/box", "/pod/box/app"}) {
    root.put(mount + group + "/cgroup.procs", "");
    root.put(mount + group + "/cpu.stat",
             "usage_usec 5\nnr_periods 10\nnr_throttled 4\n"
             "throttled_usec 30\n");
    if (*group == '\0') continue;
    root.put(mount + group + "/cpu.max", "max 100000\n");
    root.put(mount + group + "/memory.max", "max\n");
    root.put(mount + group + "/memory.current", "4096\n");
  }
  root.put(mount + "/pod/cpu.max", "50000 100000\n");
  root.put(mount + "/pod/box/cpu.max", "200000 100000\n");
  root.put(mount + "/pod/box/memory.max", "1000000\n");
  const GroupPlaces places = find_groups(root.path(), 7);
  EXPECT_EQ(places.cpu_name, "/pod");
  EXPECT_DOUBLE_EQ(places.cpu_limit, 0.5);
  EXPECT_EQ(places.memory_name, "/pod/box");
  EXPECT_EQ(places.memory_limit_bytes, 1'000'000);
  EXPECT_EQ(places.pressure_name, "/pod/box/app");
  TestRecording recording;
  CounterWriter writer(recording.builder());
  CgroupCounters group(writer, places);
  group.read(true);
  writer.finish();
  auto values = last_values(recording);
  EXPECT_EQ(values["cpu.used /pod"], 5'000);
  EXPECT_EQ(values["cpu.throttled /pod"], 30'000);
  EXPECT_EQ(values["cpu.periods_throttled /pod"], 4);
  EXPECT_EQ(values["memory.used /pod/box"], 4096);
}

TEST(CgroupCounters, Version1AndAContainersOwnView) {
  Root root;
  root.put("/proc/self/mountinfo",
           "1 0 0:1 /docker/x /cg/cpu rw - cgroup none rw,cpu,cpuacct\n"
           "2 0 0:2 /docker/x /cg/memory rw - cgroup none rw,memory\n");
  root.put("/proc/7/cgroup", "2:memory:/docker/x\n1:cpu,cpuacct:/docker/x/app\n0::/\n");
  for (const char* group : {"/cg/cpu", "/cg/cpu/app", "/cg/memory"}) {
    root.put(std::string(group) + "/cgroup.procs", "");
  }
  root.put("/cg/cpu/app/cpu.cfs_quota_us", "150000\n");
  root.put("/cg/cpu/app/cpu.cfs_period_us", "100000\n");
  root.put("/cg/cpu/app/cpu.stat", "nr_periods 3\nnr_throttled 2\nthrottled_time 77\n");
  root.put("/cg/memory/memory.limit_in_bytes", "9223372036854771712\n");
  root.put("/cg/memory/memory.usage_in_bytes", "8192\n");
  const GroupPlaces places = find_groups(root.path(), 7);
  EXPECT_EQ(places.cpu_name, "/app");
  EXPECT_DOUBLE_EQ(places.cpu_limit, 1.5);
  EXPECT_EQ(places.memory_name, "/");
  EXPECT_LT(places.memory_limit_bytes, 0) << "the largest number is no limit";
  EXPECT_EQ(places.pressure, "");
  TestRecording recording;
  CounterWriter writer(recording.builder());
  CgroupCounters group(writer, places);
  group.read(true);
  writer.finish();
  auto values = last_values(recording);
  EXPECT_EQ(values["cpu.throttled /app"], 77);
  EXPECT_EQ(values["memory.used /"], 8192);
}

TEST(CgroupCounters, NothingIsFoundOutsideOfWhatIsSeen) {
  Root root;
  EXPECT_EQ(find_groups(root.path(), 7).cpu, "");
  root.put("/proc/self/mountinfo", "1 0 0:1 / /cg rw - cgroup2 none rw\n");
  root.put("/proc/7/cgroup", "0::/../other\n");
  root.put("/cg/cgroup.procs", "");
  EXPECT_EQ(find_groups(root.path(), 7).pressure, "");
}

std::string process_stat(int n) {
  const std::string more = std::to_string(n);
  return "7 (x) S 1 7 7 0 -1 0 " + more + " 0 0 0 " + more + " 1 0 0 20 0 2 0 1 1 1\n";
}

TEST(ProcessCounters, FromTheFirstReadingToTheLast) {
  Root root;
  root.put("/proc/7/stat", process_stat(10));
  root.put("/proc/7/statm", "100 20 5 0 0 0 0\n");
  root.put("/proc/7/io", "write_bytes: 10\n");
  TestRecording recording;
  CounterWriter writer(recording.builder());
  ProcessCounters processes(writer, root.path());
  const LiveProcess live{.id = ProcessId{1}, .pid = 7};
  const LiveProcess kernel{.id = ProcessId{2}, .pid = 7, .kernel = true};
  processes.follow(std::vector{live, kernel}, true, TimeNs{1});
  EXPECT_EQ(processes.read_now(), 1u);
  // Files of one's own are written anew, while the reader holds what it opened.
  const auto rewrite = [&](const std::string& name, const std::string& text) {
    std::ofstream(root.path() + name) << text;
  };
  rewrite("/proc/7/stat", process_stat(30));
  rewrite("/proc/7/io", "write_bytes: 90\n");
  processes.read(true);
  rewrite("/proc/7/stat", "");
  processes.read(true);
  EXPECT_EQ(processes.read_now(), 0u) << "it has ended";
  writer.finish();
  auto values = last_values(recording);
  EXPECT_EQ(values["faults.minor"], 30);
  EXPECT_EQ(values["cpu.busy"], 310'000'000);
  EXPECT_EQ(values["io.written"], 90);
  EXPECT_EQ(values["memory.resident"], 20 * ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(values["memory.anonymous"], 15 * ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(values["threads"], 2);
  bool from_zero = false;
  for (const auto& row : recording.rows<recording::CounterRow>()) {
    from_zero = from_zero || (row.time == TimeNs{1} && row.value == 0);
  }
  EXPECT_TRUE(from_zero);
}

TEST(ProcessCounters, ThoseWithMostCpuTimeAreRead) {
  Root root;
  std::vector<LiveProcess> all;
  for (int i = 1; i <= 40; ++i) {
    root.put("/proc/" + std::to_string(i) + "/stat", process_stat(1));
    all.push_back({.id = ProcessId{static_cast<uint32_t>(i)}, .pid = i, .sampled_ns = i});
  }
  TestRecording recording;
  CounterWriter writer(recording.builder());
  ProcessCounters processes(writer, root.path());
  processes.follow(all, false, std::nullopt);
  EXPECT_EQ(processes.read_now(), ProcessCounters::kReadAtOnce);
  EXPECT_EQ(processes.left_out(), 8u);
  all.back().sampled_ns = 1000;
  processes.follow(all, true, std::nullopt);
  EXPECT_EQ(processes.read_now(), ProcessCounters::kReadAtOnce);
  writer.finish();
  bool last = false;
  for (const auto& track : recording.rows<recording::TrackRow>()) {
    last = last || track.process == ProcessId{40};
  }
  EXPECT_TRUE(last);
}

TEST(SensorCounters, FrequencyAndTemperature) {
  Root root;
  root.put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2600000\n");
  root.put("/sys/class/thermal/thermal_zone0/temp", "45500\n");
  root.put("/sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n");
  TestRecording recording;
  CounterWriter writer(recording.builder());
  SensorCounters sensors(writer, root.path());
  sensors.read();
  writer.finish();
  auto values = last_values(recording);
  EXPECT_EQ(values["cpu.frequency 1"], 2'600'000'000);
  EXPECT_EQ(values["temperature x86_pkg_temp"], 45'500);
}

TEST(SystemCounters, StandStillInAPause) {
  Root root;
  put_machine(root, 1);
  TestRecording recording;
  stacks::ModuleStore modules({});
  Collector collector(recording.builder(), modules, {});
  SystemCounters counters(recording.builder(), {.hz = 1000, .root = root.path()}, {}, {});
  counters.start(collector);
  const TimeNs later = base::monotonic_now() + DurationNs{10'000'000'000};
  constexpr int kMost = 12345;
  EXPECT_LT(counters.wait_ms(base::monotonic_now(), kMost), kMost);
  put_machine(root, 2);
  counters.pause(collector);
  EXPECT_EQ(counters.wait_ms(later, kMost), kMost);
  for (int n = 3; n < 7; ++n) {
    put_machine(root, n);
    counters.tick(later, collector);
  }
  ::usleep(2000);
  counters.resume(collector);
  put_machine(root, 7);
  counters.finish(collector, false);
  recording.builder().writer().flush();
  std::vector<int64_t> switches;
  const auto tracks = recording.rows<recording::TrackRow>();
  for (const auto& row : recording.rows<recording::CounterRow>()) {
    const std::string name = recording.text(tracks.at(raw(row.track) - 1).name);
    if (name == "switches") switches.push_back(row.value);
  }
  // At the start, at the pause's two edges and at the end.
  EXPECT_EQ(switches, (std::vector<int64_t>{101, 102, 106, 107}));
}

// A page fault for each.
void touch(size_t pages) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  auto* memory = static_cast<char*>(
      ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  ::madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < pages; ++i) memory[i * page] = 1;
  ::munmap(memory, pages * page);
}

TEST(EventCounters, NothingIsCountedInAPause) {
  const auto specs = parse_events("page-faults");
  auto events = EventCounters::open(*specs, {.tasks = {::gettid()}, .start_paused = true}, false);
  if (!events) GTEST_SKIP() << events.error().message;
  TestRecording recording;
  CounterWriter writer(recording.builder());
  events->start(writer, true);
  touch(20000);
  events->resume();
  touch(300);
  events->pause();
  touch(20000);
  events->read(writer);
  writer.finish();
  for (const auto& [name, value] : last_values(recording)) {
    if (!name.starts_with("page-faults")) continue;
    EXPECT_GE(value, 300);
    EXPECT_LT(value, 20000);
  }
}

TEST(EventCounters, PageFaultsOfThisThread) {
  const auto specs = parse_events("page-faults,{task-clock,minor-faults}");
  ASSERT_TRUE(specs.has_value());
  auto events = EventCounters::open(*specs, {.tasks = {::gettid()}}, false);
  if (!events) GTEST_SKIP() << events.error().message;
  TestRecording recording;
  CounterWriter writer(recording.builder());
  events->start(writer, false);
  constexpr size_t kPages = 500;
  touch(kPages);
  events->read(writer);
  EXPECT_TRUE(events->scaled().empty());
  writer.finish();
  int64_t faults = 0;
  for (const auto& [name, value] : last_values(recording)) {
    if (name.starts_with("page-faults")) faults = value;
  }
  EXPECT_GE(faults, static_cast<int64_t>(kPages));
#if !defined(HONE_SANITIZED)  // their shadow of this memory is touched as well
  EXPECT_LT(faults, static_cast<int64_t>(kPages) + 500);
#endif
}

TEST(EventCounters, WithoutAnyTheRecordingIsRefused) {
  // No processor has an event of that number that it would count: the kernel refuses it.
  const EventSpec impossible{.name = "impossible", .type = 0xfffffff, .config = 1};
  const auto events = EventCounters::open(std::vector{impossible}, {.tasks = {::gettid()}}, false);
  ASSERT_FALSE(events.has_value());
  EXPECT_EQ(events.error().number, "E045");
  EXPECT_FALSE(events.error().fixes.empty());
}

}  // namespace
}  // namespace hone::capture
