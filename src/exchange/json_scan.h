// Looks through JSON text without making values of it: names and numbers are views into the text.
// Takes what writers of traces get wrong: a comma too many, NaN and Infinity, control characters in
// strings, and an end that is missing.
//
//   JsonScan at(input.rest(), at_end);
//   if (at.open('{')) while (at.key(name)) { if (name == "ts") at.number(text); else at.skip(); }
//
// Where the text ends too early, state() is kShort, and what was looked through has to be begun
// anew with more of it. After anything but kGood all calls do nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone::exchange {

enum class ScanState : uint8_t { kGood, kShort, kBad };

class JsonScan {
 public:
  static constexpr int kDepthMax = 512;

  // `is_end`: nothing comes behind `text`; then its end is where a number ends.
  JsonScan(std::string_view text, bool is_end)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), is_end_(is_end) {}

  ScanState state() const { return state_; }
  bool good() const { return state_ == ScanState::kGood; }
  size_t taken() const { return static_cast<size_t>(at_ - begin_); }
  // What does not fit; of kBad.
  std::string_view problem() const { return problem_; }

  // The first character of the next value, or of what closes; 0 at the end (kShort).
  char peek();
  // Goes into an object ('{') or array ('[') when the next value is one.
  bool open(char bracket);
  // In an object: the next member's name, as it is written; false when it is closed.
  bool key(std::string_view& name);
  // In an array: whether a value follows; false when it is closed.
  bool element();
  // A text as it is written, without its quotes; see plain(). False (and passed over) for any other
  // value.
  bool text(std::string_view& raw);
  // A number as it is written (NaN and Infinity too), in quotes or not. False for any other value.
  bool number(std::string_view& raw);
  void skip();
  // The next value as it is written.
  std::string_view value();

 private:
  void space() {
    if (at_<end_&& * at_> ' ') [[likely]]
      return;
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  void fail(std::string_view problem) {
    state_ = ScanState::kBad;
    problem_ = problem;
  }
  void run_short() { state_ = ScanState::kShort; }
  bool closes(char bracket);
  std::string_view quoted();
  std::string_view word();

  const char* begin_;
  const char* at_;
  const char* end_;
  bool is_end_;
  ScanState state_ = ScanState::kGood;
  std::string_view problem_;
};

// The text that stands there, escapes undone; what is no Unicode becomes U+FFFD. Uses `room` only
// when there are escapes.
std::string_view plain(std::string_view raw, std::string& room);
// 1.5 -> 1500, with `unit` units in one; exact to a unit, where a double would not be. False for
// what is no number, or larger than 2^62 units.
bool decimal(std::string_view raw, int64_t unit, int64_t& out);
// False for what is no number; NaN and infinities are numbers here.
bool real(std::string_view raw, double& out);

}  // namespace hone::exchange
