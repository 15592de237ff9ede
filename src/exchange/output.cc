#include "exchange/output.h"

#include <charconv>

#include "base/host/file.h"

namespace hone::exchange {

Output::Output() : buffer_(new char[kBytes]), at_(buffer_.get()) {}

Output Output::to_descriptor(int fd) {
  Output out;
  out.fd_ = fd;
  return out;
}

Output Output::to_text(std::string& text) {
  Output out;
  out.text_ = &text;
  return out;
}

void Output::put_unsigned(uint64_t value) {
  make_room(kNumberBytes);
  at_ = std::to_chars(at_, at_ + kNumberBytes, value).ptr;
}

void Output::put_signed(int64_t value) {
  make_room(kNumberBytes);
  at_ = std::to_chars(at_, at_ + kNumberBytes, value).ptr;
}

void Output::put_hex(uint64_t value) {
  put("0x");
  make_room(kNumberBytes);
  at_ = std::to_chars(at_, at_ + kNumberBytes, value, 16).ptr;
}

void Output::put_microseconds(int64_t ns) {
  make_room(kNumberBytes);
  auto rest = static_cast<uint64_t>(ns);
  if (ns < 0) {
    *at_++ = '-';
    rest = 0 - rest;
  }
  const auto part = static_cast<unsigned>(rest % 1000);
  at_ = std::to_chars(at_, at_ + kNumberBytes, rest / 1000).ptr;
  *at_++ = '.';
  *at_++ = static_cast<char>('0' + part / 100);
  *at_++ = static_cast<char>('0' + part / 10 % 10);
  *at_++ = static_cast<char>('0' + part % 10);
}

void Output::put_real(double value) {
  make_room(kNumberBytes);
  at_ = std::to_chars(at_, at_ + kNumberBytes, value).ptr;
}

void Output::put_large(std::string_view text) {
  flush();
  write(text);
}

void Output::flush() {
  const auto bytes = static_cast<size_t>(at_ - buffer_.get());
  at_ = buffer_.get();
  write({buffer_.get(), bytes});
}

void Output::write(std::string_view text) {
  written_ += text.size();
  if (failed() || text.empty()) return;
  if (text_ != nullptr) {
    text_->append(text);
  } else {
    result_ = base::write_all(fd_, base::as_bytes(text));
  }
}

Result<void> Output::finish() {
  flush();
  return result_;
}

}  // namespace hone::exchange
