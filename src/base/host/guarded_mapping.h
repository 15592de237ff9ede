// Mapped files that somebody cuts short under us: a build or a `cp` that writes over a library in
// place. Reading a mapped page behind the new end raises SIGBUS, which would end the recorder.
//
//   GuardedMapping file = ...;  // its pages that go away read as zeros from then on
//
// The first guard installs a handler of SIGBUS for the process. It puts an empty page in the place
// of one that is gone, when that lies in a guarded mapping, and leaves every other SIGBUS to the
// handler that was there before. So parsers see a damaged file, which they expect anyway.
#pragma once

#include "base/host/file.h"

namespace hone::base {

class GuardedMapping {
 public:
  GuardedMapping() = default;
  // Without a guard when too many are in use at a time (64).
  explicit GuardedMapping(Mapping mapping);
  GuardedMapping(GuardedMapping&& other) noexcept;
  GuardedMapping& operator=(GuardedMapping&& other) noexcept;
  ~GuardedMapping();

  std::span<const uint8_t> bytes() const { return mapping_.bytes(); }
  const uint8_t* data() const { return mapping_.data(); }

 private:
  static constexpr size_t kNoSlot = ~size_t{0};
  void release();

  Mapping mapping_;
  size_t slot_ = kNoSlot;
};

}  // namespace hone::base
