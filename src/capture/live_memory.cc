#include "capture/live_memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/host/clock.h"

namespace hone::capture {

LiveMemory::LiveMemory(pid_t pid) : pid_(pid) {}

void LiveMemory::begin() {
  const TimeNs now = base::monotonic_now();
  if (raw(now) - raw(round_began_) < kKeptNs) return;
  round_began_ = now;
  ++round_;
}

const LiveMemory::Page* LiveMemory::page(uint64_t number) {
  if (!pages_) pages_ = std::make_unique<Page[]>(kPages);
  Page& page = pages_[number % kPages];
  if (page.number == number && page.round == round_) return &page;
  page.number = number;
  page.round = round_;
  iovec local{page.bytes, kPageBytes};
  iovec remote{reinterpret_cast<void*>(number * kPageBytes), kPageBytes};
  const ssize_t got = ::process_vm_readv(pid_, &local, 1, &remote, 1, 0);
  page.readable = got == static_cast<ssize_t>(kPageBytes);
  if (got < 0 && errno == ESRCH) gone_ = true;
  if (got < 0 && (errno == EPERM || errno == ENOSYS)) refused_ = true;
  return &page;
}

bool LiveMemory::read(uint64_t address, void* out, size_t bytes) {
  auto* to = static_cast<uint8_t*>(out);
  while (bytes > 0) {
    if (gone_ || refused_) return false;
    const Page* from = page(address / kPageBytes);
    if (!from->readable) return false;
    const size_t at = address % kPageBytes;
    const size_t step = std::min(bytes, kPageBytes - at);
    std::memcpy(to, from->bytes + at, step);
    to += step;
    address += step;
    bytes -= step;
  }
  return true;
}

}  // namespace hone::capture
