#include "analysis/function_names.h"

namespace hone::analysis {
namespace {

// A sentence with a longer name is not read.
constexpr size_t kShortBytes = 72;

// What `open` at `at` means: a bracket, or part of an operator's name (operator<, operator(), ->)
// or of "(anonymous namespace)".
bool is_bracket(std::string_view name, size_t at) {
  const std::string_view before = name.substr(0, at);
  const auto follows = [&](std::string_view word) { return before.ends_with(word); };
  if (name[at] == '<') return !follows("operator") && !follows("operator<");
  if (follows("operator")) return false;
  return !name.substr(at).starts_with("(anonymous namespace)");
}

std::string shortened(std::string_view name, std::string_view fill) {
  const std::string_view bare = without_parameters(name);
  return bare.size() <= kShortBytes ? std::string(bare) : hollow(bare, '<', '>', fill);
}

}  // namespace

std::string hollow(std::string_view name, char open, char close, std::string_view fill) {
  std::string out;
  size_t depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == open && (depth > 0 || is_bracket(name, i))) {
      if (depth++ == 0) {
        out += c;
        if (i + 1 < name.size() && name[i + 1] != close) out += fill;
      }
      continue;
    }
    const bool arrow = c == '>' && i > 0 && name[i - 1] == '-';
    if (c == close && depth > 0 && !arrow) --depth;
    if (depth == 0) out += c;
  }
  return depth == 0 ? out : std::string(name);
}

std::string short_name(std::string_view name) {
  return shortened(name, "…");
}
std::string name_pattern(std::string_view name) {
  return shortened(name, "*");
}

bool glob_match(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      // Let the last star take one byte more; earlier ones never need to.
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view without_parameters(std::string_view name) {
  const size_t last = name.rfind(')');
  if (last == std::string_view::npos) return name;
  size_t depth = 0;
  for (size_t i = last + 1; i-- > 0;) {
    if (name[i] == ')') ++depth;
    if (name[i] == '(' && --depth == 0) {
      // "(anonymous namespace)::f" and "operator()" have no parameter list here.
      const bool whole =
          i == 0 || name.substr(0, i).ends_with("operator") || name.substr(last).starts_with(")::");
      return whole ? name : name.substr(0, i);
    }
  }
  return name;
}

}  // namespace hone::analysis
