// The words of a picture of stacks: what stack_text.cc takes lines apart into. For it alone.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::profile {

inline constexpr std::string_view kBlank = " \t";

[[noreturn]] inline void bad_text(std::string_view what, std::string_view line) {
  std::fprintf(stderr, "stack text: %.*s: '%.*s'\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(line.size()), line.data());
  std::abort();
}

inline std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The text up to `separator`, which is taken off `rest` with it; all of it when there is none.
inline std::string_view take(std::string_view& rest, std::string_view separator) {
  const size_t at = rest.find_first_of(separator);
  const std::string_view head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return head;
}

inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline int64_t number(std::string_view text, int base = 0) {
  const std::string copy(text);
  char* end = nullptr;
  const long long value = std::strtoll(copy.c_str(), &end, base);
  if (copy.empty() || *end != '\0') bad_text("not a number", text);
  return value;
}

// key=value pairs; the values of `missing`, `detail` and `command` go to the end of the line.
struct Attributes {
  std::vector<std::pair<std::string, std::string>> values;

  explicit Attributes(std::string_view text) {
    while (!(text = trimmed(text)).empty()) {
      const std::string key(take(text, "="));
      if (key.find_first_of(kBlank) != std::string::npos) bad_text("not key=value", key);
      const bool whole = key == "missing" || key == "detail" || key == "command";
      values.emplace_back(key, whole ? std::exchange(text, {}) : take(text, kBlank));
    }
  }
  // The last one of a key counts.
  const std::string* find(std::string_view key) const {
    const std::string* found = nullptr;
    for (const auto& [known, value] : values) {
      if (known == key) found = &value;
    }
    return found;
  }
  std::string_view text(std::string_view key, std::string_view otherwise = {}) const {
    const std::string* found = find(key);
    return found == nullptr ? otherwise : std::string_view(*found);
  }
  int64_t get(std::string_view key, int64_t otherwise) const {
    const std::string* found = find(key);
    return found == nullptr ? otherwise : number(*found);
  }
};

struct Place {  // file:line
  std::string_view file;
  uint32_t line = 0;
};
inline Place place_of(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {text, 0};
  return {text.substr(0, colon), static_cast<uint32_t>(number(text.substr(colon + 1)))};
}

}  // namespace hone::profile
