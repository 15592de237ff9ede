#include "exchange/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/host/file.h"
#include "exchange/input_packed.h"

namespace hone::exchange {
namespace {

constexpr size_t kHead = 8;  // as many bytes tell what something is packed with

class FileSource : public ByteSource {
 public:
  FileSource(base::UniqueFd fd, int number, std::shared_ptr<uint64_t> count)
      : fd_(std::move(fd)), number_(number), count_(std::move(count)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    while (true) {
      const ssize_t got = ::read(number_, to, bytes);
      if (got >= 0) {
        *count_ += static_cast<uint64_t>(got);
        return static_cast<size_t>(got);
      }
      if (errno != EINTR) return fail_errno("cannot read", errno);
    }
  }

 private:
  base::UniqueFd fd_;  // none: standard input
  int number_;
  std::shared_ptr<uint64_t> count_;
};

class BytesSource : public ByteSource {
 public:
  explicit BytesSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    bytes = std::min(bytes, bytes_.size() - at_);
    std::memcpy(to, bytes_.data() + at_, bytes);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

// What was read ahead, and then the rest.
class Resumed : public ByteSource {
 public:
  Resumed(std::string head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    if (at_ == head_.size()) return rest_->read(to, bytes);
    bytes = std::min(bytes, head_.size() - at_);
    std::memcpy(to, head_.data() + at_, bytes);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string head_;
  std::unique_ptr<ByteSource> rest_;
  size_t at_ = 0;
};

Result<std::string> head_of(ByteSource& source) {
  std::string head(kHead, '\0');
  size_t have = 0;
  while (have < kHead) {
    HONE_TRY_ASSIGN(const size_t got, source.read(head.data() + have, kHead - have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  return head;
}

}  // namespace

Result<void> Input::unpack(std::unique_ptr<ByteSource> raw) {
  // Packed twice happens (an archive of logs); more often than that, somebody plays.
  constexpr int kLayers = 3;
  for (int layer = 0; layer <= kLayers; ++layer) {
    HONE_TRY_ASSIGN(std::string head, head_of(*raw));
    const std::string_view seen = head;
    std::unique_ptr<ByteSource> whole = std::make_unique<Resumed>(head, std::move(raw));
    if (auto inner = unpacked(seen, whole)) {
      raw = std::move(inner);
      continue;
    }
    if (auto text = plain_text(seen, whole)) {
      source_ = std::move(text);
    } else {
      source_ = std::move(whole);
      is_plain_ = layer == 0;
    }
    return {};
  }
  return fail(Code::LimitExceeded, fmt::format("packed more than {} times", kLayers));
}

Result<Input> Input::of(std::unique_ptr<ByteSource> raw, std::string name) {
  Input out(std::move(name));
  auto unpacked = out.unpack(std::move(raw));
  if (!unpacked) return tl::unexpected(std::move(unpacked.error()).context(out.name_));
  return out;
}

Result<Input> Input::open(const std::string& path) {
  const auto count = std::make_shared<uint64_t>(0);
  base::UniqueFd fd;
  int number = STDIN_FILENO;
  if (path != "-") {
    HONE_TRY_ASSIGN(fd, base::open_file(path, O_RDONLY));
    number = fd.get();
  }
  struct stat status {};
  const bool is_file = ::fstat(number, &status) == 0 && S_ISREG(status.st_mode);
  HONE_TRY_ASSIGN(Input out, of(std::make_unique<FileSource>(std::move(fd), number, count),
                                path == "-" ? "standard input" : path));
  out.read_ = count;
  // Standard input may stand amid a file.
  if (is_file && path != "-") out.file_ = number;
  if (is_file) out.packed_bytes_ = static_cast<uint64_t>(status.st_size);
  return out;
}

Result<Input> Input::of_bytes(std::string bytes, std::string name) {
  return of(std::make_unique<BytesSource>(std::move(bytes)), std::move(name));
}

Result<std::string> Input::look_at(uint64_t offset, size_t bytes) const {
  if (!is_plain_ || file_ < 0 || offset > INT64_MAX) {
    return fail(Code::Unsupported, name_ + " can be read once alone");
  }
  struct stat status {};
  if (::fstat(file_, &status) != 0) return fail_errno(name_, errno);
  const auto size = static_cast<uint64_t>(status.st_size);
  std::string out(std::min<uint64_t>(bytes, size - std::min(size, offset)), '\0');
  size_t have = 0;
  while (have < out.size()) {
    const ssize_t got =
        ::pread(file_, out.data() + have, out.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + name_, errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

uint64_t Input::packed_read() const {
  return read_ ? *read_ : 0;
}

Result<bool> Input::more() {
  if (at_end_) return false;
  before_ += taken_;
  window_.erase(0, taken_);
  taken_ = 0;
  const size_t have = window_.size();
  if (have >= kWindowMost) {
    return fail(Code::LimitExceeded, fmt::format("{}: one value, at byte {}, is longer than {} MiB",
                                                 name_, before_, kWindowMost >> 20));
  }
  // Twice as much each time, so that a long value is not looked through again and again.
  window_.resize(have + std::max(kWindow, have));
  size_t filled = have;
  while (filled < window_.size()) {
    auto got = source_->read(window_.data() + filled, window_.size() - filled);
    if (!got) return tl::unexpected(std::move(got.error()).context(name_));
    if (*got == 0) {
      at_end_ = true;
      break;
    }
    filled += *got;
  }
  window_.resize(filled);
  if (seen_ != nullptr) seen_(who_, *this);
  return filled > have;
}

Result<void> Input::fill(size_t bytes) {
  while (rest().size() < bytes) {
    HONE_TRY_ASSIGN(const bool got, more());
    if (!got) break;
  }
  return {};
}

}  // namespace hone::exchange
