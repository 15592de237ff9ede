#include "analysis/text_match.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <array>

namespace hone::analysis {
namespace {

// Names are UTF-8 of which only ASCII has a case here: locales are no business of a server.
char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

Result<void> check(std::string_view pattern) {
  if (pattern.size() > TextMatch::kPatternBytesMax) {
    return fail(Code::InvalidArgument,
                fmt::format("a regular expression has at most {} bytes, this one has {}",
                            TextMatch::kPatternBytesMax, pattern.size()));
  }
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\0') {
      return fail(Code::InvalidArgument, "a regular expression holds no zero bytes");
    }
    if (pattern[i] == '{') {
      return fail(Code::InvalidArgument,
                  "repetitions by number ({2,5}) are not taken in regular expressions: write \\{ "
                  "for the sign itself");
    }
    if (pattern[i] != '\\') continue;
    ++i;
    if (i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9') {
      return fail(Code::InvalidArgument,
                  "back references (\\1) are not taken in regular expressions");
    }
  }
  return {};
}

}  // namespace

struct TextMatch::Pattern {
  regex_t compiled{};
  bool is_compiled = false;
  Pattern() = default;
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() {
    if (is_compiled) ::regfree(&compiled);
  }
};

Result<TextMatch> TextMatch::of(std::string_view text) {
  if (text.size() > kBytesMax) {
    return fail(Code::InvalidArgument,
                fmt::format("a text to look for has at most {} bytes", kBytesMax));
  }
  TextMatch out;
  if (text.size() > 2 && text.front() == '/' && text.back() == '/') {
    const std::string pattern(text.substr(1, text.size() - 2));
    HONE_TRY(check(pattern));
    auto made = std::make_shared<Pattern>();
    const int error =
        ::regcomp(&made->compiled, pattern.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (error != 0) {
      std::array<char, 200> why{};
      ::regerror(error, &made->compiled, why.data(), why.size());
      return fail(
          Code::InvalidArgument,
          fmt::format("the regular expression /{}/ cannot be read: {}", pattern, why.data()));
    }
    made->is_compiled = true;
    out.pattern_ = std::move(made);
    return out;
  }
  out.folded_.resize(text.size());
  std::transform(text.begin(), text.end(), out.folded_.begin(), folded);
  return out;
}

bool TextMatch::operator()(std::string_view name) const {
  if (pattern_) {
    // A copy that ends in a zero: REG_STARTEND would do without, but the sanitizers' regexec reads
    // on to one.
    const std::string text(name);
    regmatch_t whole{.rm_so = 0, .rm_eo = static_cast<regoff_t>(text.size())};
    return ::regexec(&pattern_->compiled, text.c_str(), 1, &whole, REG_STARTEND) == 0;
  }
  if (folded_.empty()) return true;
  if (name.size() < folded_.size()) return false;
  const char first = folded_[0];
  const size_t last = name.size() - folded_.size();
  for (size_t at = 0; at <= last; ++at) {
    if (folded(name[at]) != first) continue;
    size_t same = 1;
    while (same < folded_.size() && folded(name[at + same]) == folded_[same]) ++same;
    if (same == folded_.size()) return true;
  }
  return false;
}

}  // namespace hone::analysis
