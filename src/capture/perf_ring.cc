#include "capture/perf_ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hone::capture {

Result<PerfRing> PerfRing::map(int fd, size_t data_bytes) {
  const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t bytes = page_bytes + data_bytes;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return fail_errno("cannot map the event buffer", errno);
  return over(base::Mapping{memory, bytes}, data_bytes);
}

PerfRing PerfRing::over(base::Mapping memory, size_t data_bytes) {
  PerfRing ring;
  ring.page_ = reinterpret_cast<perf_event_mmap_page*>(memory.data());
  ring.data_ = memory.data() + (memory.size() - data_bytes);
  ring.data_bytes_ = data_bytes;
  ring.mapping_ = std::move(memory);
  return ring;
}

void PerfRing::refresh() {
  head_ = __atomic_load_n(&page_->data_head, __ATOMIC_ACQUIRE);
}

std::span<const uint8_t> PerfRing::peek() {
  const uint64_t visible = head_ - tail_;
  if (visible == 0) return {};
  const uint64_t mask = data_bytes_ - 1;
  const size_t at = tail_ & mask;
  // Records are 8-byte aligned, so a header never wraps.
  perf_event_header header{};
  if (visible >= sizeof header && visible <= data_bytes_) {
    std::memcpy(&header, data_ + at, sizeof header);
  }
  const size_t bytes = header.size;
  if (bytes < sizeof header || bytes > visible || bytes % 8 != 0) {
    // Cannot happen while the kernel keeps its contract; skipping all is the only way on.
    ++damage_count_;
    tail_ = head_;
    return {};
  }
  peeked_bytes_ = bytes;
  if (at + bytes <= data_bytes_) return {data_ + at, bytes};
  wrapped_.resize(bytes);
  const size_t first = data_bytes_ - at;
  std::memcpy(wrapped_.data(), data_ + at, first);
  std::memcpy(wrapped_.data() + first, data_, bytes - first);
  return wrapped_;
}

void PerfRing::pop() {
  tail_ += peeked_bytes_;
  peeked_bytes_ = 0;
}

void PerfRing::release() {
  __atomic_store_n(&page_->data_tail, tail_, __ATOMIC_RELEASE);
}

}  // namespace hone::capture
