// Random numbers of the game's own (SplitMix64): the same on every machine and standard library.
#pragma once

#include <cstdint>

#include "game/math.h"

namespace game {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t bits = state_;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
    return bits ^ bits >> 31;
  }
  // Of [0, limit); the bias of the remainder does not matter here.
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(next() >> 32) % limit; }
  float between(float low, float high) {
    return low + (high - low) * static_cast<float>(next() >> 40) * 0x1p-24F;
  }
  // A point in the square round `center`, on the ground.
  Vec3 near(Vec3 center, float reach) {
    const float x = center.x + between(-reach, reach);
    return {x, center.y, center.z + between(-reach, reach)};
  }

 private:
  uint64_t state_;
};

}  // namespace game
