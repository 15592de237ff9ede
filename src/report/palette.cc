#include "report/palette.h"

#include <array>
#include <cstdint>

#include "report/names.h"

namespace hone::report {
namespace {

constexpr uint32_t kSteps = 6;
// Hues for modules whose hue is their hash, and those of libraries that are in most programs.
constexpr std::array<uint32_t, 5> kHues{6, 1, 2, 3, 0};
constexpr uint32_t kCLibrary = 4, kCxxLibrary = 5, kMathLibrary = 7;

// FNV-1a with a final mix: small, and never to change, since colours are compared across files.
uint32_t hash(std::string_view text) {
  uint32_t h = 2166136261U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  h ^= h >> 15;
  h *= 0x2c1b3c6dU;
  return h ^ h >> 12;
}

// "libfoo.so.1.2" and "libfoo.so.1.3" are the same library to a person.
std::string_view stem(std::string_view module) {
  module = file_name(module);
  const size_t so = module.find(".so");
  return so == module.npos ? module : module.substr(0, so);
}

uint32_t hue(std::string_view module) {
  const std::string_view name = stem(module);
  if (name == "libc" || name == "libpthread" || name.starts_with("ld-linux") || name == "[vdso]") {
    return kCLibrary;
  }
  if (name == "libstdc++" || name == "libgcc_s") return kCxxLibrary;
  if (name == "libm") return kMathLibrary;
  return kHues[(hash(name) >> 17) % kHues.size()];
}

std::string color(uint32_t h, uint32_t step) {
  return "c" + std::to_string(h) + std::to_string(step);
}

}  // namespace

std::string frame_color(std::string_view module, std::string_view function) {
  return color(hue(module), hash(function) % kSteps);
}

std::string module_color(std::string_view module) {
  return color(hue(module), 0);
}

}  // namespace hone::report
