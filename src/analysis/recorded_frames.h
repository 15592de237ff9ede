// Which of a program's frames are in a recording.
#pragma once

#include <cstdint>

#include "profile/profile.h"

namespace hone::analysis {

// One in so many, as `hone record --spans frames=N` had it; 1: all. Of the others nothing is known:
// figures are of those that were recorded, and so are their numbers.
uint32_t frame_every(const profile::Profile& profile);

}  // namespace hone::analysis
