// What /proc and control groups say, from their text: bytes in, numbers out, no file is opened
// here. The text may be anything; what is not there or makes no sense is kAbsent.
//
//   const MemoryText memory = parse_meminfo(text);
//   if (memory.available_bytes != kAbsent) use(memory.available_bytes);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone::capture {

inline constexpr int64_t kAbsent = -1;

// /proc/stat. Times add up since boot.
struct CpuTimes {
  int64_t user_ns = kAbsent;  // with nice; guests are in it
  int64_t system_ns = kAbsent;
  int64_t idle_ns = kAbsent;
  int64_t waiting_ns = kAbsent;    // idle, while something waited for a disk
  int64_t interrupt_ns = kAbsent;  // hard and soft
  int64_t stolen_ns = kAbsent;     // by other machines of the same host

  bool known() const { return user_ns != kAbsent; }
  int64_t busy_ns() const;
};
struct StatText {
  struct Cpu {
    uint32_t number = 0;
    CpuTimes times;
  };
  CpuTimes all;
  std::vector<Cpu> cpus;
  int64_t switches = kAbsent, interrupts = kAbsent, forks = kAbsent;
  int64_t running = kAbsent, blocked = kAbsent;
};
// `tick_ns`: of the unit that the kernel counts in (USER_HZ), 10 ms nearly everywhere.
StatText parse_stat(std::string_view text, int64_t tick_ns);

// /proc/PID/stat
struct ProcessText {
  char state = 0;  // 0: the text is no such thing
  int64_t minor_faults = kAbsent, major_faults = kAbsent;
  int64_t user_ns = kAbsent, system_ns = kAbsent;
  int64_t threads = kAbsent;
};
ProcessText parse_process_stat(std::string_view text, int64_t tick_ns);

// /proc/PID/statm
struct ResidentText {
  int64_t resident_bytes = kAbsent;
  int64_t shared_bytes = kAbsent;  // of files and of shared memory; the rest is anonymous
};
ResidentText parse_statm(std::string_view text, int64_t page_bytes);

// /proc/PID/status
struct StatusText {
  int64_t file_bytes = kAbsent, shared_bytes = kAbsent, swapped_bytes = kAbsent;
  // Of the process's first thread alone.
  int64_t voluntary_switches = kAbsent, involuntary_switches = kAbsent;
};
StatusText parse_status(std::string_view text);

// /proc/PID/io
struct IoText {
  int64_t read_calls_bytes = kAbsent, written_calls_bytes = kAbsent;  // by read() and write()
  int64_t read_calls = kAbsent, write_calls = kAbsent;
  int64_t read_bytes = kAbsent, written_bytes = kAbsent;  // from and to storage
};
IoText parse_io(std::string_view text);

// /proc/meminfo
struct MemoryText {
  int64_t available_bytes = kAbsent, cached_bytes = kAbsent, dirty_bytes = kAbsent;
  int64_t swap_used_bytes = kAbsent;
};
MemoryText parse_meminfo(std::string_view text);

// The first number of /proc/loadavg in hundredths.
int64_t parse_load_hundredths(std::string_view text);

// /proc/diskstats, /proc/net/dev: one entry a device.
struct DiskText {
  std::string_view name;
  int64_t read_bytes = kAbsent, written_bytes = kAbsent, busy_ns = kAbsent;
};
std::vector<DiskText> parse_diskstats(std::string_view text);
struct InterfaceText {
  std::string_view name;
  int64_t received_bytes = kAbsent, sent_bytes = kAbsent;
};
std::vector<InterfaceText> parse_net_dev(std::string_view text);

// /proc/pressure/... and NAME.pressure: for how long some, and all, tasks waited. Of CPUs there is
// no "all" for the machine.
struct PressureText {
  int64_t some_ns = kAbsent, full_ns = kAbsent;
};
PressureText parse_pressure(std::string_view text);

// A line "key value" or "key: value": the number behind `key`, kAbsent when there is none.
int64_t number_of(std::string_view text, std::string_view key);
// A file of one number; kAbsent for "max" and for what is none.
int64_t parse_number(std::string_view text);

// cpu.max, "quota period" in microseconds: how many CPUs; negative: no limit.
double parse_cpu_max(std::string_view text);

// /proc/PID/cgroup
struct GroupText {
  std::string_view controllers;  // "cpu,cpuacct"; empty for version 2
  std::string_view path;
};
std::vector<GroupText> parse_groups(std::string_view text);

// /proc/PID/mountinfo, what is of a control group.
struct GroupMount {
  std::string root, folder;
  std::string controllers;  // options of the file system; version 1
  bool version2 = false;
};
std::vector<GroupMount> parse_group_mounts(std::string_view text);
// A list with commas has this word.
bool has_word(std::string_view list, std::string_view word);

}  // namespace hone::capture
