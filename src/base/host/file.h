// Descriptors, mappings and whole files: one move-only owner each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/host/result.h"

namespace hone::base {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// A mapping of memory: of a file, of an event buffer, or anonymous.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* data, size_t bytes) : data_(data), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping() { reset(); }

  // The whole file, read-only and private. An empty file gives an empty mapping. A file that is
  // cut while mapped raises SIGBUS on access: what others may write to belongs into a
  // GuardedMapping (guarded_mapping.h), or is read.
  static Result<Mapping> of_file(int fd, std::string_view name_for_errors);
  static Result<Mapping> of_file(const std::string& path);
  // Zeroed memory that takes space only where it is touched.
  static Result<Mapping> anonymous(size_t bytes);

  explicit operator bool() const { return data_ != nullptr; }
  uint8_t* data() const { return static_cast<uint8_t*>(data_); }
  size_t size() const { return bytes_; }
  std::span<const uint8_t> bytes() const { return {data(), bytes_}; }
  void reset();

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// Opens with O_CLOEXEC added to `flags`.
Result<UniqueFd> open_file(const std::string& path, int flags, unsigned mode = 0644);

// The whole content; works on /proc, pipes and files whose size is not known beforehand.
Result<std::string> read_file(const std::string& path, size_t bytes_max = size_t{1} << 30);
Result<void> write_all(int fd, std::span<const uint8_t> bytes);
// Written beside the target and renamed over it, so that readers see the old or the new file whole.
Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes,
                                   unsigned mode = 0644);

// $XDG_CACHE_HOME/hone or ~/.cache/hone, made if it is not there; empty when none can be written:
// then callers work without a cache.
std::string cache_folder();

inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace hone::base
