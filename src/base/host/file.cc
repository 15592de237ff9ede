#include "base/host/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace hone::base {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    reset();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void Mapping::reset() {
  if (data_) ::munmap(data_, bytes_);
  data_ = nullptr;
  bytes_ = 0;
}

Result<Mapping> Mapping::of_file(int fd, std::string_view name_for_errors) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(std::string(name_for_errors), errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(Code::InvalidArgument, std::string(name_for_errors) + ": not a regular file");
  }
  if (status.st_size == 0) return Mapping{};
  const auto bytes = static_cast<size_t>(status.st_size);
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return fail_errno(std::string(name_for_errors), errno);
  return Mapping{data, bytes};
}

Result<Mapping> Mapping::of_file(const std::string& path) {
  HONE_TRY_ASSIGN(UniqueFd fd, open_file(path, O_RDONLY));
  return of_file(fd.get(), path);
}

Result<Mapping> Mapping::anonymous(size_t bytes) {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) return fail_errno("cannot reserve memory", errno);
  return Mapping{data, bytes};
}

Result<UniqueFd> open_file(const std::string& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return fail_errno(path, errno);
  return UniqueFd{fd};
}

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  HONE_TRY_ASSIGN(UniqueFd fd, open_file(path, O_RDONLY));
  // Files of /proc say that they have no bytes, and others may grow: the size is a hint.
  constexpr size_t kPieceBytes = 64 << 10;
  struct stat status = {};
  const bool known = ::fstat(fd.get(), &status) == 0 && status.st_size > 0;
  std::string out;
  size_t used = 0;
  out.resize(known ? std::min(static_cast<size_t>(status.st_size), bytes_max) + 1 : kPieceBytes);
  for (;;) {
    if (used == out.size()) out.resize(used + std::max(used, kPieceBytes));
    const ssize_t got = ::read(fd.get(), out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(path, errno);
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > bytes_max) return fail(Code::LimitExceeded, path + ": larger than expected");
  }
  out.resize(used);
  return out;
}

Result<void> write_all(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write", errno);
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
  return {};
}

Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes,
                                   unsigned mode) {
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!fd) return fail_errno(path, errno);
  auto written = write_all(fd.get(), bytes);
  if (written && ::fchmod(fd.get(), mode) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0) {
    return {};
  }
  const int error = written ? errno : written.error().sys_errno;
  ::unlink(temporary.c_str());
  return fail_errno(path, error);
}

std::string cache_folder() {
  std::string folder;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg == '/') {
    folder = xdg;
  } else if (const char* home = std::getenv("HOME"); home && *home == '/') {
    folder = std::string(home) + "/.cache";
  } else {
    return {};
  }
  folder += "/hone";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (::access(folder.c_str(), W_OK) != 0) return {};
  return folder;
}

}  // namespace hone::base
