#include "recording/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hone::recording {

Result<Source> Source::open(const std::string& path) {
  Source source;
  source.name_ = path;
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  HONE_TRY_ASSIGN(source.fd_, base::open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status {};
  if (::fstat(source.fd_.get(), &status) != 0) return fail_errno(path, errno);
  if (S_ISDIR(status.st_mode)) return fail(Code::InvalidArgument, path + " is a folder");
  if (!S_ISREG(status.st_mode)) return fail(Code::InvalidArgument, path + " is not a file");
  source.size_ = static_cast<uint64_t>(status.st_size);
  return source;
}

Source Source::of_bytes(std::vector<uint8_t> bytes) {
  Source source;
  source.name_ = "the recording";
  source.size_ = bytes.size();
  source.bytes_ = std::move(bytes);
  return source;
}

Result<std::span<const uint8_t>> Source::read(uint64_t offset, size_t bytes,
                                              std::vector<uint8_t>& buffer) const {
  offset = std::min(offset, size_);
  bytes = static_cast<size_t>(std::min<uint64_t>(bytes, size_ - offset));
  if (!fd_) return std::span(bytes_).subspan(static_cast<size_t>(offset), bytes);
  buffer.resize(std::max(buffer.size(), bytes));
  size_t done = 0;
  while (done < bytes) {
    const ssize_t n =
        ::pread(fd_.get(), buffer.data() + done, bytes - done, static_cast<off_t>(offset + done));
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return fail_errno("cannot read " + name_, errno);
    }
    done += static_cast<size_t>(n);
  }
  return std::span<const uint8_t>(buffer).first(done);
}

}  // namespace hone::recording
