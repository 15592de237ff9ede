#include "report/palette.h"

#include <cstdint>

#include "report/names.h"

namespace hone::report {
namespace {

constexpr uint32_t kHues = 8, kSteps = 6;
constexpr uint32_t kCLibraryHue = 4;

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

// The C library is in every program; it has a hue that no other module gets.
uint32_t hue(std::string_view module) {
  const std::string_view name = stem(module);
  for (const std::string_view c : {"libc", "libpthread", "ld-linux-x86-64", "ld-linux-aarch64", "[vdso]"}) {
    if (name == c) return kCLibraryHue;
  }
  const uint32_t h = hash(name) % (kHues - 1);
  return h >= kCLibraryHue ? h + 1 : h;
}

std::string color(uint32_t h, uint32_t step) {
  return "c" + std::to_string(h) + std::to_string(step);
}

}  // namespace

std::string frame_color(std::string_view module, std::string_view function) {
  return color(hue(module), hash(function) % kSteps);
}

std::string module_color(std::string_view module) { return color(hue(module), 0); }

}  // namespace hone::report
