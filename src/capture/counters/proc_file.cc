#include "capture/counters/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace hone::capture {
namespace {

constexpr size_t kBytesFirst = 16 << 10;
constexpr size_t kBytesMax = 4 << 20;
// A piece ends where the next line does not fit into a page: a shorter one is the last, as no line
// here is half a page long.
constexpr ssize_t kPieceMin = 2048;

}  // namespace

ProcFile ProcFile::open(const std::string& path, bool lines) {
  ProcFile out;
  out.lines_ = lines;
  // A pipe or a terminal in its place must not make us wait.
  if (auto fd = base::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)) out.fd_ = std::move(*fd);
  return out;
}

std::string_view ProcFile::read(ReadBuffer& buffer) const {
  if (!fd_) return {};
  if (buffer.size() < kBytesFirst) buffer.resize(kBytesFirst);
  size_t used = 0;
  for (;;) {
    const ssize_t got =
        ::pread(fd_.get(), buffer.data() + used, buffer.size() - used, static_cast<off_t>(used));
    if (got <= 0) break;
    used += static_cast<size_t>(got);
    const bool full = used == buffer.size();
    if (!full && (!lines_ || got < kPieceMin)) break;
    if (full && used >= kBytesMax) break;
    if (full) buffer.resize(2 * buffer.size());
  }
  return {buffer.data(), used};
}

}  // namespace hone::capture
