// Memory of a process that runs on, read in pages that are kept for a moment: what is asked of it
// lies close together.
//
//   LiveMemory memory(pid);
//   memory.begin();                      // what was kept too long is read anew
//   if (memory.read(address, &value, sizeof value)) ...
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/types.h"

namespace hone::capture {

class LiveMemory {
 public:
  explicit LiveMemory(pid_t pid);

  // Before what belongs together is read. Pages are kept for kKeptNs.
  void begin();
  // False when it is not all there, may not be read, or the process is gone.
  bool read(uint64_t address, void* out, size_t bytes);
  // The process has ended: nothing will be read any more.
  bool gone() const { return gone_; }
  bool refused() const { return refused_; }  // by the kernel: not permitted

 private:
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kPages = 128;
  static constexpr int64_t kKeptNs = 1'000'000;
  struct Page {
    uint64_t number = 0;
    uint64_t round = 0;
    bool readable = false;
    uint8_t bytes[kPageBytes];
  };
  const Page* page(uint64_t number);

  pid_t pid_;
  bool gone_ = false, refused_ = false;
  TimeNs round_began_{};
  uint64_t round_ = 1;
  std::unique_ptr<Page[]> pages_;
};

}  // namespace hone::capture
