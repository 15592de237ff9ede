// JSON that goes by in the window of an Input: objects and arrays may be larger than memory, single
// values are whole when they are asked for.
//
//   JsonStream at(in);
//   if (at.open('{')) while (at.key(name)) { if (name == "pid") at.whole(pid); else at.skip(); }
//   HONE_TRY(at.done());
//
// After an error all calls do nothing, and done() says it. A text that ends too early is taken for
// one whose brackets close there: is_cut() says that. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/input.h"
#include "exchange/json_scan.h"
#include "exchange/packed_numbers.h"

namespace hone::exchange {

class Intake;

class JsonStream {
 public:
  explicit JsonStream(Input& in) : in_(in) {}

  // The first character of the next value; 0 behind the last.
  char peek();
  bool open(char bracket);
  bool key(std::string& name);  // escapes undone
  bool element();
  // The next value as it is written; valid until the next call. Empty: there is none.
  std::string_view value();
  // False, and passed over, where the value is of another kind.
  bool text(std::string& out);  // escapes undone
  bool decimal(int64_t unit, int64_t& out);
  bool whole(int64_t& out) { return decimal(1, out); }
  bool real(double& out);
  // However long it is.
  void skip();

  // Numbers into a column; what is none becomes `otherwise`. Errors by done().
  void column(int64_t unit, int64_t otherwise, std::vector<int64_t>& out);
  void column(int64_t unit, int64_t otherwise, PackedNumbers& out);
  void column(double otherwise, PackedReals& out);
  void column(double otherwise, std::vector<double>& out);
  void column(std::vector<std::string>& out);  // of texts; what is none becomes empty

  bool is_good() const { return !failed_; }
  bool is_cut() const { return cut_; }
  Result<void> done() const;
  // Counts what the caller keeps until the end; columns are counted already. False, and an error,
  // where that is more than it may (HeldBytes).
  bool hold(size_t bytes);
  // An error of the caller's own, with the place in the file.
  void fail(Code code, std::string_view problem);

 private:
  template <class Look>
  bool look(Look&& take);  // calls it again with more of the file where it ran short
  template <class Take>
  void take_column(size_t bytes_of_each, Take&& take);
  template <class Column, class Take>
  void take_packed(Column& out, Take&& take);
  bool read_on();

  Input& in_;
  Error error_;
  std::string room_;
  bool failed_ = false, cut_ = false, at_end_ = false;
};

// What a text takes when it is kept.
inline size_t held_bytes(const std::string& text) {
  return sizeof(text) + text.size();
}

// Counts it where the file was cut.
void note_cut(const JsonStream& at, Intake& to);

}  // namespace hone::exchange
