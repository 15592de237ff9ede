// What the collector keeps of each process and thread while it may still be heard of. Private to
// the collector.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "capture/collector.h"
#include "capture/jit_dumps.h"
#include "capture/python.h"
#include "stacks/address_space.h"

namespace hone::capture {

// CPU time is kept as this until something exact is known of it.
inline constexpr int64_t kUnknownCpu = -1;

struct Collector::Process {
  ProcessId id{};
  pid_t pid = 0;
  ProcessId parent{};
  TimeNs start{};
  std::string name, command;
  stacks::AddressSpace space;
  std::unique_ptr<PythonProcess> python;  // when it runs an interpreter
  JitDumpFile* jit_dump = nullptr;        // when its JIT compiler writes one
  bool carried = false;                   // began before this part of the recording
  bool until_exec = false;
  uint32_t perf_map_tries = 0;
  bool kernel = false;  // a thread of the kernel's own: it has no user side
  bool ended = false, exited = false;
  TimeNs end{};
  int64_t cpu_ns = kUnknownCpu;
  bool cpu_accounted = false;  // by its own clock, up to now
  int64_t sampled_ns = 0;
  int32_t status = -1;
  uint64_t peak_memory_bytes = 0;
  uint32_t threads = 0;       // ever
  uint32_t live_threads = 0;  // not ended
  uint32_t held_threads = 0;  // not retired
};

// Where no switches are told: how far the kernel's account of a thread is in rows of `waits`.
struct WaitAccount {
  bool known = false;        // the rest is
  bool interrupted = false;  // a pause or another file lies between its start and now
  TimeNs until{};
  RunAccount account;
  int64_t written_ns = 0;  // of all rows together
};

struct Collector::Thread {
  ThreadId id{};
  pid_t tid = 0;
  Process* process = nullptr;
  TimeNs start{};
  std::string name;
  bool carried = false;
  int64_t cpu_ns = kUnknownCpu;
  bool ended = false;
  TimeNs end{};
  ThreadWaits waits;
  TimeNs next_look{};  // of one that may not be looked at
  int64_t look_rest_ns = 0;
  TimeNs next_account{};  // of its run delay
  WaitAccount account;
};

struct Collector::BrokenKind {
  unwind::WalkEnd end;
  stacks::Module* module;
  uint64_t count;
  TimeNs first;
};

}  // namespace hone::capture
