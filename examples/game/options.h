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
  uint64_t pace = 0;  // frames a second at most; 0: as fast as they come
  bool render = true;
  bool parallel_physics = false;
  bool help = false;
};

inline constexpr uint64_t kEntitiesMax = 20'000;
inline constexpr uint64_t kFramesMax = 10'000'000;
inline constexpr uint64_t kPaceMax = 1'000;

struct UsageError {
  std::string message;
  std::string fix;
};

// `arguments` without the program's name. On a wrong command line, `error` is set.
Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error);

}  // namespace game
