// Process and thread ids for files that know no others: the kernel's, and where one was used twice
// a number of its own that the kernel never gives. The same recording gives the same ids each time.
#pragma once

#include <cstdint>
#include <vector>

#include "profile/profile.h"

namespace hone::exchange {

// The kernel's ids end at 2^22.
inline constexpr uint32_t kFirstMadeUpId = 1u << 30;

class Identities {
 public:
  explicit Identities(const profile::Profile& profile);
  uint32_t pid(ProcessId id) const { return pids_[raw(id)]; }
  uint32_t tid(ThreadId id) const { return tids_[raw(id)]; }
  uint32_t pid_of(ThreadId id) const { return pids_[raw(process_of_[raw(id)])]; }
  // One that nothing has.
  uint32_t next() { return next_++; }

 private:
  std::vector<uint32_t> pids_, tids_;
  std::vector<ProcessId> process_of_;
  uint32_t next_ = kFirstMadeUpId;
};

}  // namespace hone::exchange
