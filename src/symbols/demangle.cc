#include <cstdlib>
#include <cstring>
#include <memory>

#include "symbols/demangle.h"
#include "symbols/resolve.h"

// Of libiberty, whose own header declares functions that glibc's <string.h> has differently.
extern "C" {
char* cplus_demangle_v3(const char* mangled, int options);
char* rust_demangle(const char* mangled, int options);
}

namespace hone::symbols {
namespace {

constexpr int kWithParameters = 1 << 0;  // DMGL_PARAMS
constexpr int kWithQualifiers = 1 << 1;  // DMGL_ANSI: const, volatile

// Longer names are of generated code; writing them out can take megabytes each.
constexpr size_t kMangledBytesMax = 16384;
constexpr size_t kDemangledBytesMax = size_t{1} << 16;

std::string demangle_with(const char* mangled, int options) {
  if (mangled[0] != '_' || (mangled[1] != 'Z' && mangled[1] != 'R')) return mangled;
  if (strnlen(mangled, kMangledBytesMax) == kMangledBytesMax) return mangled;
  const auto release = [](char* text) { std::free(text); };
  // Rust first: its older names look like those of C++ and end in a hash, which is left out.
  std::unique_ptr<char, decltype(release)> text(rust_demangle(mangled, options), release);
  if (!text && mangled[1] == 'Z') text.reset(cplus_demangle_v3(mangled, options));
  if (!text) return mangled;
  return {text.get(), strnlen(text.get(), kDemangledBytesMax)};
}

}  // namespace

std::string demangle(const char* mangled) {
  return demangle_with(mangled, kWithParameters | kWithQualifiers);
}

std::string demangle_without_parameters(const char* mangled) {
  return demangle_with(mangled, 0);
}

}  // namespace hone::symbols
