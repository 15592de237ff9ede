// Forgetting. Every recall leaves a trace of strength 1 that halves with each half-life of the
// memory's kind; a memory is as strong as the chance that at least one of its traces still holds:
//
//   strength = 1 - product over its kept recalls of (1 - 2^(-age / half_life))
//
// so that a memory recalled once, exactly one half-life ago, has strength 0.5, and one recalled
// again and again fades the more slowly.
//
//   decay::Summary summary = decay::decay_all(kinds, recalls, now, strengths);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "memory_graph/memory.h"

namespace memory_graph::decay {

inline constexpr std::array<TimeS, kKinds> kHalfLifeS = {
    7 * kDayS,    // Episode
    120 * kDayS,  // Fact
    365 * kDayS,  // Skill
};
inline constexpr float kForgottenBelow = 0.05f;
inline constexpr float kVividFrom = 0.5f;

// 2^-x for x >= 0, to 14 digits and exact at whole x; the same bits on every machine, which
// std::exp2 does not promise. From 1022 halvings on it is 0.
double halvings(double x);

// The strength of one memory. A recall in the future counts as one of now.
float strength(Kind kind, std::span<const TimeS> recalls, TimeS now);

struct Summary {
  uint32_t vivid = 0;
  uint32_t fading = 0;
  uint32_t forgotten = 0;
};

// The strength of every memory at `now` into `strengths`; all three have one row a memory.
Summary decay_all(std::span<const Kind> kinds, const Recalls& recalls, TimeS now,
                  std::span<float> strengths);

}  // namespace memory_graph::decay
