#include "guest/agent/memory.h"

#include "guest/agent/kernel.h"

namespace hone::agent {
namespace {

constexpr uint64_t kPage = 4096;
// The least that a walk is given without asking for more.
constexpr uint64_t kFirstBytes = 2048;
// A stack that is walked further than this is none.
constexpr uint64_t kStackMax = 64 << 20;

constexpr uint64_t page_of(uint64_t address) {
  return address & ~(kPage - 1);
}

// rt_sigprocmask(2) copies the set in before it looks at how it is to be used, so that with a use
// that does not exist it says whether there is memory, and does nothing.
bool page_readable(uint64_t page) {
  constexpr int kNoSuchUse = 0x7fff;
  return call(__NR_rt_sigprocmask, kNoSuchUse, page, 0L, kSignalSetBytes) != -kEfault;
}

}  // namespace

bool readable(const void* at, size_t bytes) {
  const auto begin = (uint64_t)at;
  if (begin + bytes < begin) return false;
  for (uint64_t page = page_of(begin); page < begin + bytes; page += kPage) {
    if (!page_readable(page)) return false;
  }
  return true;
}

LiveStack::LiveStack(uint64_t sp) : sp_(sp), end_(sp) {
  extend(kFirstBytes);
}

size_t LiveStack::extend(size_t bytes_max) {
  while (end_ - sp_ < bytes_max && page_readable(page_of(end_))) end_ = page_of(end_) + kPage;
  const size_t bytes = end_ - sp_;
  return bytes < bytes_max ? bytes : bytes_max;
}

unwind::StackMemory LiveStack::memory() {
  at_hand_ = {sp_, (const uint8_t*)sp_, end_ - sp_};
  return {.start = sp_,
          .bytes = (const uint8_t*)sp_,
          .size = (size_t)(end_ - sp_),
          .context = this,
          .read = &LiveStack::read,
          .at_hand = &at_hand_};
}

bool LiveStack::reach(uint64_t address) {
  const uint64_t last = address + 7;
  if (last < address) return false;
  if (address >= sp_ && address - sp_ < kStackMax) {
    extend(last + 1 - sp_);
    at_hand_.size = end_ - sp_;
    return last < end_;
  }
  if (page_of(address) == other_page_ && page_of(last) == other_page_) return true;
  if (!readable((const void*)address, 8)) return false;
  other_page_ = page_of(address);
  return true;
}

bool LiveStack::read(void* context, uint64_t address, uint64_t* value) {
  if (!static_cast<LiveStack*>(context)->reach(address)) return false;
  memcpy(value, (const void*)address, sizeof *value);
  return true;
}

}  // namespace hone::agent
