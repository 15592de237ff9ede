// What a thread waited for, by the name of the kernel's function that it waited in, or by the
// number of its system call. Names change between versions of the kernel, so that a rule stands for
// all that were met (4.19 to 6.18); a name without a rule says nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "profile/profile.h"

namespace hone::analysis {

enum class WaitKind : uint8_t {
  kLock,       // futex: mutexes, condition variables, joins
  kSleep,      // until a time
  kPoll,       // for one of several descriptors: mostly idle
  kDisk,       // for a disk or a file system
  kPipe,       // for a pipe or a socket
  kPageFault,  // for memory to be there
  kChild,      // for a child process
  kRunQueue,   // for a CPU
  kOther,      // in a place that is known and none of these
  kUnknown,    // the place is not known
};
inline constexpr size_t kWaitKinds = 10;

std::string_view wait_kind_name(WaitKind kind);  // "futex": stable, for machines
std::string_view wait_kind_text(WaitKind kind);  // "lock (futex)": for people

// kUnknown when no rule speaks of the function.
WaitKind wait_kind_of_function(std::string_view kernel_function);
// `architecture`: as in ModuleRow::arch. kUnknown for calls that wait for different things.
WaitKind wait_kind_of_system_call(uint32_t number, uint8_t architecture);
// Of a stack whose innermost frames are the kernel's; kOther when these are known and say nothing.
WaitKind wait_kind_of_stack(const profile::Profile& profile, StackId stack);

}  // namespace hone::analysis
