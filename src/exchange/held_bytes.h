// How much an importer keeps until the file's end, against a limit: what is packed unpacks to a
// thousand times as much, so that a small file could take all the memory there is. One to an Input.
//
//   HONE_TRY(in.held().add(sizeof(Row)));      // one more is kept
//   HONE_TRY(in.held().set(code_.held()));     // so much is, in all
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/host/result.h"

namespace hone::exchange {

// An entry of a hash table beside what it holds: two pointers, the hash, its place in the buckets,
// what the allocator takes.
inline constexpr uint64_t kHeldOfEntry = 48;
// A stack in the tables of the recording that is being written.
inline constexpr uint64_t kHeldOfStack = 40;
// The builder of a recording knows so many again, and then forgets them all (Builder::callee).
inline constexpr uint64_t kStacksKnownMost = 2 << 20;
constexpr uint64_t held_of_stacks(uint64_t count) {
  return (count < kStacksKnownMost ? count : kStacksKnownMost) * kHeldOfStack;
}
// A thread, which an Intake keeps until the file's end; without its name.
inline constexpr uint64_t kHeldOfThread = 512;

class HeldBytes {
 public:
  // Of one file, by what its importer counts: not to the byte.
  static constexpr uint64_t kMost = uint64_t{2} << 30;

  explicit HeldBytes(std::string name) : name_(std::move(name)) {}

  void set_most(uint64_t bytes) { most_ = bytes; }
  // Errors: LimitExceeded, and from then on.
  Result<void> add(uint64_t bytes) {
    return set(bytes > UINT64_MAX - held_ ? UINT64_MAX : held_ + bytes);
  }
  Result<void> set(uint64_t bytes) {
    held_ = bytes;
    if (held_ <= most_) [[likely]]
      return {};
    return refused();
  }
  uint64_t held() const { return held_; }

 private:
  tl::unexpected<Error> refused();

  std::string name_;
  uint64_t most_ = kMost;
  uint64_t held_ = 0;
};

}  // namespace hone::exchange
