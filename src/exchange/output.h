// Where an export goes: text is gathered and written in large pieces, so that memory does not grow
// with the file.
//
//   Output out = Output::to_descriptor(fd);
//   out.put("{\"ts\":");
//   out.put_microseconds(1'234'567);   // 1234.567
//   HONE_TRY(out.finish());
//
// The first failure is kept, and all that comes after it is dropped: ask failed() now and then, and
// finish() at the end. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/host/result.h"

namespace hone::exchange {

class Output {
 public:
  // The descriptor stays the caller's.
  static Output to_descriptor(int fd);
  // Appends to `text`, which must outlive it.
  static Output to_text(std::string& text);

  void put(std::string_view text) {
    if (text.size() > kBytes / 2) return put_large(text);
    make_room(text.size());
    __builtin_memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(char c) {
    make_room(1);
    *at_++ = c;
  }
  void put_unsigned(uint64_t value);
  void put_signed(int64_t value);
  void put_hex(uint64_t value);  // "0x1f"
  // Of nanoseconds, exactly: 1234.567.
  void put_microseconds(int64_t ns);
  // The shortest text that reads back as the same number. `value` must be finite.
  void put_real(double value);

  bool failed() const { return !result_.has_value(); }
  uint64_t bytes() const { return written_ + static_cast<uint64_t>(at_ - buffer_.get()); }
  // Errors: Io.
  Result<void> finish();

 private:
  static constexpr size_t kBytes = size_t{256} << 10;
  static constexpr size_t kNumberBytes = 32;  // no number takes more

  Output();
  void make_room(size_t bytes) {
    if (static_cast<size_t>(buffer_.get() + kBytes - at_) < bytes) flush();
  }
  void put_large(std::string_view text);
  void flush();
  void write(std::string_view text);

  std::unique_ptr<char[]> buffer_;
  char* at_;
  int fd_ = -1;
  std::string* text_ = nullptr;
  uint64_t written_ = 0;
  Result<void> result_;
};

}  // namespace hone::exchange
