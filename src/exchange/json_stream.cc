#include "exchange/json_stream.h"

#include <fmt/format.h>

#include "exchange/intake.h"

namespace hone::exchange {

bool JsonStream::read_on() {
  if (at_end_) return false;
  const auto more = in_.more();
  if (!more) {
    failed_ = true;
    error_ = more.error();
    return false;
  }
  at_end_ = !*more;
  return true;
}

template <class Look>
bool JsonStream::look(Look&& take) {
  while (!failed_ && !cut_) {
    JsonScan at(in_.rest(), at_end_);
    const bool found = take(at);
    if (at.state() == ScanState::kGood) {
      in_.take(at.taken());
      return found;
    }
    if (at.state() == ScanState::kBad) {
      in_.take(at.taken());
      fail(Code::Corrupt, at.problem());
      return false;
    }
    if (!read_on()) cut_ = !failed_;
  }
  return false;
}

void JsonStream::fail(Code code, std::string_view problem) {
  if (failed_) return;
  failed_ = true;
  error_ = {.code = code,
            .message = fmt::format("{}: {} at byte {}", in_.name(), problem, in_.offset()),
            .offset = in_.offset()};
}

Result<void> JsonStream::done() const {
  if (failed_) return tl::unexpected(error_);
  return {};
}

char JsonStream::peek() {
  char out = 0;
  look([&](JsonScan& at) { return (out = at.peek()) != 0; });
  return out;
}

bool JsonStream::open(char bracket) {
  return look([&](JsonScan& at) { return at.open(bracket); });
}

bool JsonStream::key(std::string& name) {
  std::string_view raw;
  if (!look([&](JsonScan& at) { return at.key(raw); })) return false;
  name = plain(raw, room_);
  return true;
}

bool JsonStream::element() {
  return look([](JsonScan& at) { return at.element(); });
}

std::string_view JsonStream::value() {
  std::string_view raw;
  look([&](JsonScan& at) { return !(raw = at.value()).empty(); });
  return raw;
}

bool JsonStream::text(std::string& out) {
  std::string_view raw;
  if (!look([&](JsonScan& at) { return at.text(raw); })) return false;
  out = plain(raw, room_);
  return true;
}

bool JsonStream::decimal(int64_t unit, int64_t& out) {
  std::string_view raw;
  return look([&](JsonScan& at) { return at.number(raw); }) && exchange::decimal(raw, unit, out);
}

bool JsonStream::real(double& out) {
  std::string_view raw;
  return look([&](JsonScan& at) { return at.number(raw); }) && exchange::real(raw, out);
}

// Bracket by bracket, so that the window need not hold it.
void JsonStream::skip() {
  const char first = peek();
  if (first != '{' && first != '[') {
    (void)value();
    return;
  }
  int depth = 0;
  do {
    const char c = peek();
    if (c == 0) return;
    if (c == '{' || c == '[' || c == '}' || c == ']' || c == ',' || c == ':') {
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      in_.take(in_.rest().find(c) + 1);
    } else {
      (void)value();
    }
  } while (depth > 0 && is_good());
}

bool JsonStream::hold(size_t bytes) {
  auto kept = in_.held().add(bytes);
  if (kept) return true;
  if (!failed_) error_ = std::move(kept.error());
  failed_ = true;
  return false;
}

template <class Take>
void JsonStream::take_column(size_t bytes_of_each, Take&& take) {
  if (!open('[')) return skip();
  while (element()) {
    if (!hold(bytes_of_each)) return;
    take();
  }
}

void JsonStream::column(int64_t unit, int64_t otherwise, std::vector<int64_t>& out) {
  take_column(sizeof(int64_t), [&] {
    int64_t value = 0;
    out.push_back(decimal(unit, value) ? value : otherwise);
  });
}

template <class Column, class Take>
void JsonStream::take_packed(Column& out, Take&& take) {
  size_t counted = out.bytes();
  take_column(0, [&] {
    take();
    hold(out.bytes() - counted);
    counted = out.bytes();
  });
}

void JsonStream::column(int64_t unit, int64_t otherwise, PackedNumbers& out) {
  take_packed(out, [&] {
    int64_t value = 0;
    out.push_back(decimal(unit, value) ? value : otherwise);
  });
}

void JsonStream::column(double otherwise, PackedReals& out) {
  take_packed(out, [&] {
    double value = 0;
    out.push_back(real(value) ? value : otherwise);
  });
}

void JsonStream::column(double otherwise, std::vector<double>& out) {
  take_column(sizeof(double), [&] {
    double value = 0;
    out.push_back(real(value) ? value : otherwise);
  });
}

void JsonStream::column(std::vector<std::string>& out) {
  take_column(sizeof(std::string), [&] {
    if (!text(out.emplace_back())) out.back().clear();
    hold(out.back().size());
  });
}

void note_cut(const JsonStream& at, Intake& to) {
  if (!at.is_cut()) return;
  to.left("import.cut_short", "the file ends too early: what is behind its end is missing", 1,
          recording::kDataLoss);
}

}  // namespace hone::exchange
