// The bytes of a recording, from a file or from memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"

namespace hone::recording {

// Reading is safe from several threads at once.
class Source {
 public:
  static Result<Source> open(const std::string& path);
  static Source of_bytes(std::vector<uint8_t> bytes);

  uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }
  // The bytes [offset, offset + bytes), fewer only at the end of the file. They lie in `buffer` or
  // in the source, until either changes. A file is read, not mapped: it may be cut while open.
  Result<std::span<const uint8_t>> read(uint64_t offset, size_t bytes,
                                        std::vector<uint8_t>& buffer) const;

 private:
  base::UniqueFd fd_;
  std::vector<uint8_t> bytes_;
  uint64_t size_ = 0;
  std::string name_;
};

}  // namespace hone::recording
