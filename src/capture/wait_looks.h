// What /proc tells of a thread that waits: where in the kernel, in which system call, and from
// where the program called it. It holds for the moment of the look; whether the thread waited all
// the while is for the switches to say.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace hone::capture {

// Of "/proc/PID/task/TID/syscall".
struct SystemCall {
  bool running = false;
  int64_t number = -1;  // -1: it waits, and in no system call
  uint64_t sp = 0, pc = 0;
};
// False when it is none of the forms that proc(5) tells of.
bool parse_system_call(std::string_view text, SystemCall& out);
// The second number of "/proc/PID/task/TID/schedstat"; -1 when there is none.
int64_t parse_run_delay(std::string_view text);
// A name of "/proc/PID/task/TID/wchan"; empty when it is no name of a function.
std::string_view parse_wait_place(std::string_view text);

struct ProcLook {
  TimeNs from{}, until{}, place_until{}, stack_until{};
  std::string place;
  SystemCall call;
  std::vector<uint8_t> stack;  // from call.sp upwards
};
enum class LookEnd : uint8_t { kSeen, kRuns, kRefused };
// kRefused: it is gone, or may not be looked at. Reuses the memory of `out`.
LookEnd look_at(pid_t pid, pid_t tid, ProcLook& out);
// -1 when the kernel does not tell.
int64_t run_delay_ns(pid_t pid, pid_t tid);
// The kernel's account of a thread since it began, exact: what it ran, and what it could have run
// and had no CPU. False when the kernel does not tell.
struct RunAccount {
  int64_t ran_ns = 0, delayed_ns = 0;
};
bool read_run_account(pid_t pid, pid_t tid, RunAccount& out);
// "/proc/PID/task/TID/schedstat"
bool parse_run_account(std::string_view text, RunAccount& out);

}  // namespace hone::capture
