// Memory that may not be there. Async-signal-safe.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "unwind/walk.h"

extern "C" {
void* memcpy(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
}

namespace hone::agent {

// True when all of it can be read. Asks the kernel: about 100 ns a page.
bool readable(const void* at, size_t bytes);

// The stack of the thread that was interrupted, read in place. What lies above the stack pointer
// without a gap is its own; a walk that was led elsewhere is asked for page by page. The program
// may take memory away at any time, but not what its own interrupted code stands on.
class LiveStack {
 public:
  explicit LiveStack(uint64_t sp);
  // Bytes from the stack pointer on that can be read, up to `bytes_max`.
  size_t extend(size_t bytes_max);
  // As unwind::StackMemory wants them. `this` must stay where it is.
  unwind::StackMemory memory();

 private:
  static bool read(void* context, uint64_t address, uint64_t* value);
  bool reach(uint64_t address);

  uint64_t sp_;
  uint64_t end_;  // [sp_, end_) can be read
  unwind::StackBytes at_hand_;
  uint64_t other_page_ = 0;  // one elsewhere that can be, too
};

}  // namespace hone::agent
