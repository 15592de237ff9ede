// The kernel's event buffer of one CPU (perf_event_open(2), "mmap layout"): one owner of the
// mapping, and reading without copying except where a record wraps.
#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"

namespace hone::capture {

class PerfRing {
 public:
  PerfRing() = default;
  // `data_bytes`: a power of two of whole pages.
  static Result<PerfRing> map(int fd, size_t data_bytes);
  // Over memory of that layout: a page of facts, then the data.
  static PerfRing over(base::Mapping memory, size_t data_bytes);

  // Makes what the kernel has written so far visible to peek().
  void refresh();
  // The next record, whole; empty when there is none. Valid until pop(). What cannot be a record
  // ends the reading of all that refresh() made visible, and is counted.
  std::span<const uint8_t> peek();
  void pop();
  // Gives the room of everything popped back to the kernel.
  void release();
  size_t data_bytes() const { return data_bytes_; }
  // How often that was since it was last asked.
  uint64_t take_damage_count() { return std::exchange(damage_count_, 0); }

 private:
  base::Mapping mapping_;
  perf_event_mmap_page* page_ = nullptr;
  const uint8_t* data_ = nullptr;
  size_t data_bytes_ = 0;
  uint64_t head_ = 0, tail_ = 0;
  size_t peeked_bytes_ = 0;
  uint64_t damage_count_ = 0;
  std::vector<uint8_t> wrapped_;
};

}  // namespace hone::capture
