// What the numbers in the table `tracks` mean, for those that write them and those that read them.
#pragma once

#include <cstdint>

namespace hone::recording {

enum class TrackUnit : uint8_t {
  kCount = 1,
  kBytes = 2,
  kNanoseconds = 3,
  kHertz = 4,
  kCelsius = 5,
  kShare = 6,
};

enum class TrackKind : uint8_t {
  kGauge = 1,       // how much there is at that moment
  kCumulative = 2,  // how much there has ever been: the difference of two readings counts
  kRate = 3,        // a second
};

enum class TrackScope : uint8_t {
  kMachine = 1,
  kCpu = 2,
  kProgram = 3,  // the recorded program with all that it started
  kProcess = 4,
  kThread = 5,
  kCgroup = 6,
  kDevice = 7,
};

inline constexpr uint16_t kNoCpu = 0xffff;

}  // namespace hone::recording
