// Where in a file of this machine an address lies that another tool took: names are looked up by
// linked addresses, and profiles hold addresses of a process's memory.
//
//   CodeFiles files;
//   const auto address = files.linked("/usr/bin/app", build_id, offset_in_the_file);
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "elf/image.h"

namespace hone::exchange {

class CodeFiles {
 public:
  // The linked address of what stands at `offset`; none where the file is not here, or is another
  // one than that build id's. `build_id`: its bytes; empty: any.
  std::optional<uint64_t> linked(std::string_view path, std::string_view build_id, uint64_t offset);
  // Modules that were asked for and are not here.
  uint64_t absent() const { return absent_; }

 private:
  struct File {
    std::vector<elf::Segment> segments;
    bool is_here = false;
  };
  const File& file(std::string_view path, std::string_view build_id);

  std::unordered_map<std::string, File> files_;
  std::string key_;
  uint64_t absent_ = 0;
};

}  // namespace hone::exchange
