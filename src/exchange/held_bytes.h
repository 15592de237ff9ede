// How much an importer holds until the file's end, against a limit: what is packed unpacks to a
// thousand times as much, so that a small file could take all the memory there is.
//
//   HeldBytes held(in.name());
//   HONE_TRY(held.add(sizeof(Row)));      // one more is held
//   HONE_TRY(held.set(code_.held()));     // so much is
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/host/result.h"

namespace hone::exchange {

class Input;
class Intake;

// Of one file, by what its importer counts: not to the byte.
inline constexpr uint64_t kHeldBytesMost = uint64_t{2} << 30;
// An entry of a hash table beside what it holds: two pointers, the hash, its place in the buckets,
// what the allocator takes.
inline constexpr uint64_t kHeldOfEntry = 48;
// A stack in the tables of the recording that is being written.
inline constexpr uint64_t kHeldOfStack = 40;

class HeldBytes {
 public:
  explicit HeldBytes(std::string name, uint64_t most = kHeldBytesMost)
      : name_(std::move(name)), most_(most) {}

  // Errors: LimitExceeded.
  Result<void> add(uint64_t bytes) {
    return set(bytes > UINT64_MAX - held_ ? UINT64_MAX : held_ + bytes);
  }
  Result<void> set(uint64_t bytes);
  uint64_t held() const { return held_; }

 private:
  std::string name_;
  uint64_t most_;
  uint64_t held_ = 0;
};

// The importer with another limit than that one.
Result<void> import_pprof(Input& in, Intake& to, uint64_t held_most);

}  // namespace hone::exchange
