// A sum over the state of the game (FNV-1a, 64 bit), to compare runs by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace game {

class Checksum {
 public:
  void add_bytes(const void* bytes, size_t count) {
    const auto* const each = static_cast<const unsigned char*>(bytes);
    for (size_t i = 0; i < count; ++i) value_ = (value_ ^ each[i]) * 0x100000001b3U;
  }
  // Of types without padding.
  template <class T>
  void add(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    add_bytes(&value, sizeof value);
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace game
