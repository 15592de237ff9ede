// What people type to find names: a part of them, in any case, or a regular expression in slashes.
//
//   HONE_TRY_ASSIGN(const TextMatch match, TextMatch::of("/^net::.*poll/"));
//   if (match("net::Socket::poll(int)")) ...
//
// Regular expressions are POSIX's extended ones, in any case. Back references and repetitions by
// number ({2,5}) are refused: with them a short pattern can take for ever.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/host/result.h"

namespace hone::analysis {

class TextMatch {
 public:
  static constexpr size_t kBytesMax = 1000;        // of what is typed
  static constexpr size_t kPatternBytesMax = 200;  // of a regular expression

  // Errors: InvalidArgument, with what is wrong with the expression.
  static Result<TextMatch> of(std::string_view text);

  // Nothing was typed: everything matches.
  bool is_empty() const { return folded_.empty() && !pattern_; }
  bool operator()(std::string_view name) const;

 private:
  struct Pattern;
  std::string folded_;                      // in lower case; of a regular expression ""
  std::shared_ptr<const Pattern> pattern_;  // shared by copies, since it cannot be copied
};

}  // namespace hone::analysis
