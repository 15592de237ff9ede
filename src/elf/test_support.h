// For the tests of elf and symbols: the victims that victims/build.sh makes, and the truth about
// them.
#pragma once

#include <elf.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include "base/host/file.h"
#include "elf/image.h"

namespace hone::elf::testing {

inline std::string victim_path(const std::string& name) {
  std::string path = HONE_BUILD_DIR "/victims/elf/";
  return path += name;
}
inline bool has_victim(const std::string& name) {
  return ::access(victim_path(name).c_str(), R_OK) == 0;
}
inline std::string source_path(const std::string& name) {
  std::string path = HONE_VICTIM_SOURCES "/";
  return path += name;
}

struct Victim {
  base::Mapping mapping;
  Image image;
};
inline std::optional<Victim> open_victim(const std::string& name) {
  auto mapping = base::Mapping::of_file(victim_path(name));
  if (!mapping) return std::nullopt;
  Victim victim;
  victim.mapping = std::move(*mapping);
  auto image = Image::parse(victim.mapping.bytes());
  if (!image) return std::nullopt;
  victim.image = std::move(*image);
  return victim;
}

// The address of a label such as `mark_leaf`; Svma{0} when the file has no such symbol.
inline Svma mark(const Image& image, std::string_view name) {
  for (const SectionView& section : image.sections()) {
    if (section.type != SHT_SYMTAB || section.link >= image.sections().size()) continue;
    const auto strings = image.sections()[section.link].bytes;
    for (size_t at = 0; at + sizeof(Elf64_Sym) <= section.bytes.size(); at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol{};
      std::memcpy(&symbol, section.bytes.data() + at, sizeof symbol);
      if (symbol.st_name >= strings.size()) continue;
      const char* text = reinterpret_cast<const char*>(strings.data()) + symbol.st_name;
      if (name == text) return Svma{symbol.st_value};
    }
  }
  return Svma{0};
}

// The line of a victim's source that bears the comment "line: WORD".
inline uint32_t line_of(const std::string& source, const std::string& word) {
  std::ifstream in(source_path(source));
  std::string line;
  for (uint32_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with("// line: " + word)) return number;
  }
  return 0;
}

}  // namespace hone::elf::testing

#define HONE_SKIP_WITHOUT(victim)                                                           \
  if (!::hone::elf::testing::has_victim(victim)) {                                          \
    GTEST_SKIP() << "the tool that makes the victim '" << (victim) << "' is not installed"; \
  }
