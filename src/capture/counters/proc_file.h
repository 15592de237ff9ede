// A file of /proc or /sys that is read again and again by one descriptor.
//
//   ProcFile file = ProcFile::open("/proc/stat");
//   parse_stat(file.read(buffer), tick_ns);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/host/file.h"

namespace hone::capture {

using ReadBuffer = std::vector<char>;

class ProcFile {
 public:
  ProcFile() = default;
  // One that cannot be opened reads as empty. `lines`: the kernel gives it out in pieces, as it
  // does where there is a line for each of many things; else one read gives all.
  static ProcFile open(const std::string& path, bool lines = false);

  explicit operator bool() const { return static_cast<bool>(fd_); }
  // The whole text as of now, in `buffer`; empty when it cannot be read (any more).
  std::string_view read(ReadBuffer& buffer) const;

 private:
  base::UniqueFd fd_;
  bool lines_ = false;
};

}  // namespace hone::capture
