#include "capture/counters/proc_text.h"

#include <gtest/gtest.h>

namespace hone::capture {
namespace {

constexpr int64_t kTick = 10'000'000;

TEST(ProcText, StatOfTheMachine) {
  const StatText s = parse_stat(
      "cpu  10 20 30 40 50 6 7 8 9 10\n"
      "cpu0 1 2 3 4 5 6 7 8 0 0\n"
      "cpu3 9 9 9 9\n"
      "cpu99999999999 1 1 1 1\n"
      "intr 123456 0 1 2\nctxt 777\nbtime 1\nprocesses 42\nprocs_running 3\nprocs_blocked 1\n",
      kTick);
  EXPECT_EQ(s.all.user_ns, 30 * kTick);
  EXPECT_EQ(s.all.system_ns, 30 * kTick);
  EXPECT_EQ(s.all.idle_ns, 40 * kTick);
  EXPECT_EQ(s.all.waiting_ns, 50 * kTick);
  EXPECT_EQ(s.all.interrupt_ns, 13 * kTick);
  EXPECT_EQ(s.all.stolen_ns, 8 * kTick);
  EXPECT_EQ(s.all.busy_ns(), 73 * kTick);
  ASSERT_EQ(s.cpus.size(), 2u);
  EXPECT_EQ(s.cpus[1].number, 3u);
  EXPECT_EQ(s.cpus[1].times.busy_ns(), 27 * kTick);
  EXPECT_EQ(s.cpus[1].times.stolen_ns, kAbsent) << "an old kernel has fewer fields";
  EXPECT_EQ(s.interrupts, 123456);
  EXPECT_EQ(s.switches, 777);
  EXPECT_EQ(s.forks, 42);
  EXPECT_EQ(s.running, 3);
  EXPECT_EQ(s.blocked, 1);
}

TEST(ProcText, StatOfAProcessWhoseNameIsHostile) {
  const ProcessText p = parse_process_stat(
      "12 (a) R 1 (x) y) S 1 12 12 0 -1 4194304 501 99 7 98 250 50 0 0 20 0 4 0 100 1000 10\n",
      kTick);
  EXPECT_EQ(p.state, 'S');
  EXPECT_EQ(p.minor_faults, 501);
  EXPECT_EQ(p.major_faults, 7);
  EXPECT_EQ(p.user_ns, 250 * kTick);
  EXPECT_EQ(p.system_ns, 50 * kTick);
  EXPECT_EQ(p.threads, 4);
  EXPECT_EQ(parse_process_stat("12 (a) S 1 2 3", kTick).state, 0) << "cut";
  EXPECT_EQ(parse_process_stat("", kTick).state, 0);
}

TEST(ProcText, MemoryAndIoOfAProcess) {
  const ResidentText r = parse_statm("1000 250 50 1 0 99 0\n", 4096);
  EXPECT_EQ(r.resident_bytes, 250 * 4096);
  EXPECT_EQ(r.shared_bytes, 50 * 4096);
  EXPECT_EQ(parse_statm("1000", 4096).resident_bytes, kAbsent);
  const StatusText s = parse_status(
      "Name:\tRssFile: 9\nVmSwap:\t      12 kB\nRssFile:\t 8 kB\nRssShmem:\t 4 kB\n"
      "voluntary_ctxt_switches:\t15\nnonvoluntary_ctxt_switches:\t6\n");
  EXPECT_EQ(s.file_bytes, 8192);
  EXPECT_EQ(s.shared_bytes, 4096);
  EXPECT_EQ(s.swapped_bytes, 12 * 1024);
  EXPECT_EQ(s.voluntary_switches, 15);
  EXPECT_EQ(s.involuntary_switches, 6);
  const IoText io = parse_io(
      "rchar: 11\nwchar: 12\nsyscr: 13\nsyscw: 14\nread_bytes: 15\nwrite_bytes: 16\n"
      "cancelled_write_bytes: 17\n");
  EXPECT_EQ(io.read_calls_bytes, 11);
  EXPECT_EQ(io.write_calls, 14);
  EXPECT_EQ(io.read_bytes, 15);
  EXPECT_EQ(io.written_bytes, 16);
}

TEST(ProcText, MachineMemoryLoadAndPressure) {
  const MemoryText m = parse_meminfo(
      "MemTotal: 99 kB\nMemAvailable: 50 kB\nSwapCached: 7 kB\nCached: 20 kB\nDirty: 1 kB\n"
      "SwapTotal: 10 kB\nSwapFree: 4 kB\n");
  EXPECT_EQ(m.available_bytes, 50 * 1024);
  EXPECT_EQ(m.cached_bytes, 20 * 1024);
  EXPECT_EQ(m.dirty_bytes, 1024);
  EXPECT_EQ(m.swap_used_bytes, 6 * 1024);
  EXPECT_EQ(parse_meminfo("").swap_used_bytes, kAbsent);
  EXPECT_EQ(parse_load_hundredths("1.25 0.50 0.10 3/500 99\n"), 125);
  EXPECT_EQ(parse_load_hundredths("0.05 0 0"), 5);
  EXPECT_EQ(parse_load_hundredths("1 2 3"), kAbsent);
  EXPECT_EQ(parse_load_hundredths(".25"), kAbsent);
  const PressureText p = parse_pressure(
      "some avg10=1.00 avg60=0.00 avg300=0.00 total=2500\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  EXPECT_EQ(p.some_ns, 2'500'000);
  EXPECT_EQ(p.full_ns, 7'000);
  EXPECT_EQ(parse_pressure("some total=1").full_ns, kAbsent);
}

TEST(ProcText, Devices) {
  const auto disks =
      parse_diskstats("   8       0 sda 5 0 80 9 6 0 160 9 0 25 30 0 0\n   8 1 sda1 1 2\n");
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0].name, "sda");
  EXPECT_EQ(disks[0].read_bytes, 80 * 512);
  EXPECT_EQ(disks[0].written_bytes, 160 * 512);
  EXPECT_EQ(disks[0].busy_ns, 25'000'000);
  const auto nets = parse_net_dev(
      "Inter-|   Receive  |  Transmit\n face |bytes packets |bytes\n"
      "    lo: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n  eth0:7 1 0 0 0 0 0 0 8\n");
  ASSERT_EQ(nets.size(), 2u);
  EXPECT_EQ(nets[0].name, "lo");
  EXPECT_EQ(nets[0].received_bytes, 100);
  EXPECT_EQ(nets[0].sent_bytes, 200);
  EXPECT_EQ(nets[1].name, "eth0");
  EXPECT_EQ(nets[1].sent_bytes, 8);
}

TEST(ProcText, ControlGroups) {
  EXPECT_DOUBLE_EQ(parse_cpu_max("150000 100000\n"), 1.5);
  EXPECT_LT(parse_cpu_max("max 100000\n"), 0);
  EXPECT_LT(parse_cpu_max("1 0"), 0);
  EXPECT_EQ(parse_number("max\n"), kAbsent);
  EXPECT_EQ(parse_number("4096\n"), 4096);
  EXPECT_EQ(number_of("nr_throttled 5\nthrottled_usec 6\n", "throttled_usec"), 6);
  EXPECT_EQ(number_of("nr_throttled_more 5\n", "nr_throttled"), kAbsent);
  const auto groups = parse_groups("4:cpu,cpuacct:/a:b\n0::/user.slice\nnothing\n");
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_TRUE(has_word(groups[0].controllers, "cpuacct"));
  EXPECT_FALSE(has_word(groups[0].controllers, "cpua"));
  EXPECT_EQ(groups[0].path, "/a:b");
  EXPECT_EQ(groups[1].controllers, "");
  EXPECT_EQ(groups[1].path, "/user.slice");
  const auto mounts = parse_group_mounts(
      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
      "33 31 0:30 /docker/x /sys/fs/cgroup/with\\040space rw shared:1 - cgroup2 none rw\n"
      "34 31 0:31 / /proc rw - proc proc rw\n35 31 - cgroup\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_FALSE(mounts[0].version2);
  EXPECT_TRUE(has_word(mounts[0].controllers, "cpu"));
  EXPECT_EQ(mounts[1].root, "/docker/x");
  EXPECT_EQ(mounts[1].folder, "/sys/fs/cgroup/with space");
  EXPECT_TRUE(mounts[1].version2);
}

TEST(ProcText, NumbersThatNothingCanHold) {
  EXPECT_EQ(parse_number("18446744073709551615"), kAbsent);
  EXPECT_EQ(parse_number("99999999999999999999999"), kAbsent);
  EXPECT_EQ(parse_number("-5"), kAbsent);
  EXPECT_EQ(parse_statm("1 9223372036854775807 1", 4096).resident_bytes, kAbsent);
  EXPECT_EQ(parse_stat("cpu 9223372036854775807 1 1 1\n", kTick).all.user_ns, kTick);
}

}  // namespace
}  // namespace hone::capture
