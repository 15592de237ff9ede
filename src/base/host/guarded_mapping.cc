#include "base/host/guarded_mapping.h"

#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>

namespace hone::base {
namespace {

constexpr uintptr_t kPageBytes = 4096;  // the least there is: a smaller step than a page is as good
constexpr size_t kSlots = 64;

// What the handler reads: a slot is in use while its end is not 0. The begin is written before.
struct Slot {
  std::atomic<uintptr_t> begin{0}, end{0};
  std::atomic<bool> taken{false};
};
Slot slots[kSlots];
struct sigaction previous;

bool is_guarded(uintptr_t address) {
  for (const Slot& slot : slots) {
    if (address < slot.end.load(std::memory_order_acquire) && address >= slot.begin.load()) {
      return true;
    }
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (info->si_code == BUS_ADRERR && is_guarded(address)) {
    void* page = reinterpret_cast<void*>(address & ~(kPageBytes - 1));
    if (::mmap(page, kPageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        MAP_FAILED) {
      return;
    }
  }
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction) {
    previous.sa_sigaction(signal, info, context);
    return;
  }
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  // Back in the code that raised it, it is raised again, and ends the process as it would have.
  ::signal(SIGBUS, SIG_DFL);
}

void install() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, &previous) == 0;
  }();
  (void)installed;
}

}  // namespace

GuardedMapping::GuardedMapping(Mapping mapping) : mapping_(std::move(mapping)) {
  if (!mapping_) return;
  install();
  for (size_t i = 0; i < kSlots; ++i) {
    if (slots[i].taken.exchange(true)) continue;
    const auto begin = reinterpret_cast<uintptr_t>(mapping_.data());
    slots[i].begin.store(begin);
    slots[i].end.store(begin + mapping_.size(), std::memory_order_release);
    slot_ = i;
    return;
  }
}

GuardedMapping::GuardedMapping(GuardedMapping&& other) noexcept
    : mapping_(std::move(other.mapping_)), slot_(std::exchange(other.slot_, kNoSlot)) {}

GuardedMapping& GuardedMapping::operator=(GuardedMapping&& other) noexcept {
  if (this == &other) return *this;
  release();
  mapping_ = std::move(other.mapping_);
  slot_ = std::exchange(other.slot_, kNoSlot);
  return *this;
}

GuardedMapping::~GuardedMapping() {
  release();
}

void GuardedMapping::release() {
  if (slot_ == kNoSlot) return;
  slots[slot_].end.store(0, std::memory_order_release);
  slots[slot_].begin.store(0);
  slots[slot_].taken.store(false);
  slot_ = kNoSlot;
}

}  // namespace hone::base
