// A program's shared memory of any content: ring entries and records.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "drain/rings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone;
  constexpr uint32_t kRings = 2, kBytes = 4096;
  base::UniqueFd fd{::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  const uint64_t bytes = wire::control_bytes(kRings, kBytes);
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return 0;
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  wire::ControlPage control{};
  control.magic = wire::kControlMagic;
  control.version = wire::kControlVersion;
  control.ring_count = kRings;
  control.ring_bytes = kBytes;
  control.entry_bytes = sizeof(wire::RingEntry);
  control.rings_at = wire::rings_at(kRings);
  control.rings_used = kRings;
  // The first byte says whether the page is what it should be.
  if (size > 0 && (data[0] & 1)) {
    std::memcpy(&control, data + 1, std::min(size - 1, sizeof control));
  } else if (size > 0) {
    const size_t skip = std::min<size_t>(size, 1);
    (void)!::pwrite(fd.get(), data + skip,
                    std::min<size_t>(size - skip, bytes - wire::entries_at()),
                    static_cast<off_t>(wire::entries_at()));
  }
  (void)!::pwrite(fd.get(), &control, sizeof control, 0);
  auto rings = drain::Rings::open(std::move(fd));
  if (!rings) return 0;
  uint64_t sum = 0;
  for (int i = 0; i < 2; ++i) {
    rings->permit({.period = DurationNs{1000000}, .lease_until = TimeNs{1}, .stack_bytes = 4096});
    rings->read(
        [&](const drain::ThreadRing& thread, const drain::GuestSample& sample) {
          sum += thread.tid + sample.addresses.size() + sample.stack.size();
          for (const uint64_t address : sample.addresses) sum += address;
          for (const uint8_t byte : sample.stack) sum += byte;
        },
        [&](const drain::ThreadRing& thread) { sum += thread.name.size(); });
  }
  return sum == 1 ? 1 : 0;
}
