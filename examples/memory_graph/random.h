// The random numbers of the workload: xoshiro256** seeded by SplitMix64. The same seed gives the
// same numbers on every machine, which std::uniform_*_distribution does not promise.
//
//   Random random(42);
//   uint32_t topic = random.below(64);
#pragma once

#include <cstdint>

namespace memory_graph {

class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) word = mix(seed += 0x9e3779b97f4a7c15u);
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // 0 .. bound-1, for a bound of at least 1. The bias of the multiplication is below 2^-32 * bound.
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>(((next() >> 32) * static_cast<uint64_t>(bound)) >> 32);
  }

  // 0 <= x < 1, in steps of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // Scrambles 64 bits: the finaliser of SplitMix64.
  static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
    return word ^ (word >> 31);
  }

 private:
  static uint64_t rotate(uint64_t word, int by) { return (word << by) | (word >> (64 - by)); }

  uint64_t state_[4];
};

}  // namespace memory_graph
