// What `hone doctor` finds out about a machine before anything is made of it: plain values, so that
// every kind of machine can be judged in a test.
#pragma once

#include <cstdint>
#include <string>

namespace hone::cli {

// Of a system call that was tried: 0 when it worked, else its error number.
using TriedErrno = int;

// What `hone record` would open for a program of one's own, tried with a process that runs.
struct SamplerTrial {
  TriedErrno error = 0;
  std::string says;  // of a refusal, in the recorder's words
  bool whole_machine = false, kernel_side = false, hardware_cycles = false;
  uint32_t stack_bytes = 0;
  uint64_t ring_bytes = 0;  // a CPU
  unsigned cpu_count = 0;
  uint64_t samples = 0;  // that came while the process used `cpu_ns`
  int64_t cpu_ns = 0;
};

// The sampler that works inside the program, by timers, where perf is refused.
struct TimerTrial {
  std::string agent;    // the library that is loaded into the program; empty: there is none
  std::string problem;  // why the dynamic linker does not load it; empty when it does
  TriedErrno timer_errno = 0;
};

// Where this process stands. Texts of /proc are taken apart by doctor_surroundings.h.
struct Surroundings {
  bool proc_mounted = true;
  int seccomp_mode = 0;  // of /proc/self/status: 0 none, 1 strict, 2 a filter
  bool user_namespace = false, pid_namespace = false;
  std::string container;  // "docker", "podman", "kubernetes", "lxc", "container"; empty: none seen
  std::string clock_source;
  std::string folder;  // the current one
  TriedErrno folder_errno = 0;
  uint64_t folder_free_bytes = UINT64_MAX;
  std::string cache_folder;  // empty when none can be written
  uint64_t cache_free_bytes = UINT64_MAX;
  std::string debuginfod_urls;
};

struct MachineFacts {
  int paranoid = -1;     // kernel.perf_event_paranoid; -100 when it cannot be read
  SamplerTrial sampler;  // a process that was started for it
  TriedErrno kernel_side_errno = 0;
  TriedErrno whole_machine_errno = 0;  // one CPU, every task
  TriedErrno hardware_errno = 0;       // cycles of the own process
  TriedErrno switches_errno = 0;       // records of context switches
  TriedErrno attach_errno = 0;         // a process that is no child of ours
  TriedErrno child_memory_errno = 0;   // process_vm_readv of a child
  TriedErrno other_memory_errno = 0;   // of a process of ours that is no child
  std::string tracefs;                 // where it is mounted; empty: nowhere
  TriedErrno tracepoint_errno = 0;     // sched:sched_switch, of the own process
  int kptr_restrict = -1;              // -1 when it cannot be read
  std::string kernel_names_problem;    // empty when /proc/kallsyms shows addresses
  uint64_t locked_limit_bytes = 0;     // RLIMIT_MEMLOCK; UINT64_MAX for none
  uint64_t ring_limit_bytes = 0;       // kernel.perf_event_mlock_kb
  long sample_rate_max = 100'000;      // kernel.perf_event_max_sample_rate; 0: cannot be read
  TimerTrial timer;
  Surroundings place;
};

}  // namespace hone::cli
