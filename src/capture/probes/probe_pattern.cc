#include "capture/probes/probe_pattern.h"

namespace hone::capture {

Result<ProbePattern> parse_probe(std::string_view text) {
  ProbePattern out{.text = std::string(text)};
  size_t colon = text.find(':');
  while (colon != std::string_view::npos && text.substr(colon, 2) == "::") {
    colon = text.find(':', colon + 2);
  }
  if (colon != std::string_view::npos) {
    out.module = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  out.function = text;
  if (!out.function.empty() && (colon == std::string_view::npos || !out.module.empty())) return out;
  return tl::unexpected(
      Error{.code = Code::InvalidArgument,
            .message = "--probe takes MODULE:FUNCTION or FUNCTION, not '" + out.text + "'",
            .effect = "no program is run",
            .fixes = {"hone record --probe 'parse*' -- ./app",
                      "hone record --probe libc:malloc -- ./app"},
            .number = "E002"});
}

bool glob_fits(std::string_view pattern, std::string_view text) {
  // Where to go on when what follows the last star does not fit: one character further.
  size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view without_parameters(std::string_view demangled) {
  // The last group of brackets at the outermost level; `operator()` has two.
  size_t depth = 0, open = std::string_view::npos;
  for (size_t i = 0; i < demangled.size(); ++i) {
    const char c = demangled[i];
    if (c == '(' && depth++ == 0) open = i;
    if (c == ')' && depth > 0) --depth;
  }
  if (open == std::string_view::npos || open == 0) return demangled;
  std::string_view name = demangled.substr(0, open);
  // Of a template the type that it returns stands before: `int twice<int>(int)`.
  size_t angle = 0, start = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i).starts_with("operator")) break;
    if (name[i] == '<' || name[i] == '(') ++angle;
    if ((name[i] == '>' || name[i] == ')') && angle > 0) --angle;
    if (name[i] == ' ' && angle == 0) start = i + 1;
  }
  return name.substr(start);
}

bool names_library(std::string_view name, std::string_view file_name) {
  const auto begins = [](std::string_view file, std::string_view stem) {
    return file.starts_with(stem) && file.substr(stem.size()).starts_with(".so");
  };
  if (file_name == name || begins(file_name, name)) return true;
  return file_name.starts_with("lib") && begins(file_name.substr(3), name);
}

}  // namespace hone::capture
