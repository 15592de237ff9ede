// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace game {

struct Options {
  uint64_t entities = 500;
  uint64_t frames = 1'000;
  uint64_t seed = 1;
  uint64_t pace = 0;                   // frames a second at most; 0: as fast as they come
  uint64_t width = 320, height = 180;  // of the picture
  std::string screenshot;              // where the last picture goes; empty: nowhere
  bool render = true;
  bool present = false;   // in a window
  bool vsync = true;      // of the window
  bool validate = false;  // Vulkan's own checks look on
  bool parallel_physics = false;
  bool help = false;
};

inline constexpr uint64_t kEntitiesMax = 20'000;
inline constexpr uint64_t kFramesMax = 10'000'000;
inline constexpr uint64_t kPaceMax = 1'000;
inline constexpr uint64_t kSideMin = 16, kSideMax = 4'096;  // pixels

struct UsageError {
  std::string message;
  std::string fix;
};

// `arguments` without the program's name. On a wrong command line, `error` is set.
Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error);

}  // namespace game
