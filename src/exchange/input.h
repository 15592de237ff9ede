// What an importer reads: a file or standard input, unpacked (gzip, zstd, xz, several one after the
// other) and, where it is text in UTF-16 or begins with a byte-order mark, as plain UTF-8. It goes
// by in a window, so that memory does not grow with the file.
//
//   HONE_TRY_ASSIGN(Input in, Input::open(path));
//   while (...) {
//     use(in.rest());                       // what was read and not yet taken
//     in.take(bytes);
//     HONE_TRY_ASSIGN(const bool more, in.more());
//   }
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/host/result.h"
#include "exchange/held_bytes.h"

namespace hone::exchange {

// Bytes from somewhere, in their order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At most `bytes` of them; 0 at the end. Errors: Io; Corrupt for what cannot be unpacked.
  virtual Result<size_t> read(char* to, size_t bytes) = 0;
};

class Input {
 public:
  static constexpr size_t kWindow = size_t{1} << 20;
  // One value that is not taken may grow to this; longer ones are refused (LimitExceeded).
  static constexpr size_t kWindowMost = size_t{1} << 28;

  // "-": standard input. Errors: NotFound, Permission, Io, Corrupt; each names the file.
  static Result<Input> open(const std::string& path);
  static Result<Input> of_bytes(std::string bytes, std::string name);

  std::string_view rest() const { return std::string_view(window_).substr(taken_); }
  void take(size_t bytes) { taken_ += bytes; }
  // Reads on, behind rest(), whose old views then point nowhere. False at the end.
  Result<bool> more();
  // Until rest() holds so many bytes, or the end is reached.
  Result<void> fill(size_t bytes);
  // Where rest() begins, in the unpacked text.
  uint64_t offset() const { return before_ + taken_; }
  // What the importer keeps of it until its end.
  HeldBytes& held() { return held_; }
  // "-" is "standard input".
  const std::string& name() const { return name_; }

  // What stands anywhere in the file, fewer bytes at its end. Errors: Unsupported where the input
  // can be read once alone (packed, a pipe, text that was changed).
  Result<std::string> look_at(uint64_t offset, size_t bytes) const;

  // Of the file as it lies on the disk, for showing how far it is; 0 where nobody knows.
  uint64_t packed_bytes() const { return packed_bytes_; }
  uint64_t packed_read() const;
  // Called each time that it reads on.
  void watch(void (*seen)(void* who, const Input& in), void* who) {
    seen_ = seen;
    who_ = who;
  }

 private:
  explicit Input(std::string name) : name_(std::move(name)), held_(name_) {}
  static Result<Input> of(std::unique_ptr<ByteSource> raw, std::string name);
  Result<void> unpack(std::unique_ptr<ByteSource> raw);

  std::string name_;
  std::unique_ptr<ByteSource> source_;
  std::shared_ptr<uint64_t> read_;
  std::string window_;
  size_t taken_ = 0;
  HeldBytes held_;
  void (*seen_)(void*, const Input&) = nullptr;
  void* who_ = nullptr;
  uint64_t before_ = 0, packed_bytes_ = 0;
  bool at_end_ = false;
  bool is_plain_ = false;  // what is read is what lies in the file
  int file_ = -1;          // the source's, where it may be read at any place
};

}  // namespace hone::exchange
