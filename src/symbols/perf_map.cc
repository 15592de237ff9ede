#include "symbols/perf_map.h"

#include <algorithm>
#include <charconv>

namespace hone::symbols {
namespace {

bool take_hex(std::string_view& text, uint64_t* value) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool take_space(std::string_view& text) {
  if (text.empty() || text.front() != ' ') return false;
  text.remove_prefix(1);
  return true;
}

// Takes ":123" from the end.
bool take_number_from_end(std::string_view& text, uint32_t* value) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, *value);
  if (error != std::errc{} || at != end) return false;
  text = text.substr(0, colon);
  return true;
}

// V8's kinds of code that belong to a function of a script.
constexpr std::string_view kScriptKinds[] = {
    "JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};
// How far it is optimised: "~" interpreted to "*" by the last compiler.
constexpr std::string_view kTiers = "~^+*-";

}  // namespace

// Backwards, so that each address is named once, however often its place was used: the lines of
// hours of compiling may all cover it.
std::vector<PerfMapEntry> read_perf_map(std::string_view text,
                                        std::span<const uint64_t> addresses) {
  std::vector<PerfMapEntry> out(addresses.size());
  // The first address at or behind an index that has no name yet: a path that shortens as it is
  // followed.
  std::vector<size_t> unnamed(addresses.size() + 1);
  for (size_t i = 0; i < unnamed.size(); ++i) unnamed[i] = i;
  const auto next_unnamed = [&](size_t i) {
    while (unnamed[i] != i) i = unnamed[i] = unnamed[unnamed[i]];
    return i;
  };
  while (!text.empty()) {
    if (text.back() == '\n') {
      text.remove_suffix(1);
      continue;
    }
    const size_t newline = text.rfind('\n');
    const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    std::string_view line = text.substr(begin);
    text = text.substr(0, begin);
    uint64_t start = 0, bytes = 0;
    if (!take_hex(line, &start) || !take_space(line) || !take_hex(line, &bytes) ||
        !take_space(line) || line.empty()) {
      continue;
    }
    const auto first = std::lower_bound(addresses.begin(), addresses.end(), start);
    size_t i = next_unnamed(static_cast<size_t>(first - addresses.begin()));
    for (; i < addresses.size() && addresses[i] - start < bytes; i = next_unnamed(i + 1)) {
      out[i] = {Avma{start}, bytes, std::string(line)};
      unnamed[i] = i + 1;
    }
  }
  return out;
}

namespace {
// V8 appends to a function of WebAssembly its number and how well it was compiled:
// "step-12-turbofan" is the "step" of "step-12-liftoff".
std::string_view wasm_function(std::string_view name) {
  for (const std::string_view tier : {"-liftoff", "-turbofan"}) {
    if (!name.ends_with(tier)) continue;
    const std::string_view rest = name.substr(0, name.size() - tier.size());
    const size_t digits = rest.find_last_not_of("0123456789");
    if (digits == std::string_view::npos || digits == 0 || digits + 1 == rest.size() ||
        rest[digits] != '-') {
      return name;
    }
    return rest.substr(0, digits);
  }
  return name;
}
}  // namespace

JitName parse_jit_name(std::string_view name) {
  JitName out;
  if (name.starts_with("py::")) {
    const std::string_view rest = name.substr(4);
    const size_t colon = rest.find(":/");
    out.function = rest.substr(0, colon);
    if (colon != std::string_view::npos) out.file = rest.substr(colon + 1);
    return out;
  }
  for (const std::string_view kind : kScriptKinds) {
    if (!name.starts_with(kind)) continue;
    std::string_view rest = name.substr(kind.size());
    if (!rest.empty() && kTiers.find(rest.front()) != std::string_view::npos) rest.remove_prefix(1);
    uint32_t last = 0, before = 0;  // line and column, or (V8 before 11) a line alone
    const size_t space = rest.find(' ');
    std::string_view place = space == std::string_view::npos ? "" : rest.substr(space + 1);
    if (take_number_from_end(place, &last)) {
      out.line = take_number_from_end(place, &before) ? before : last;
      out.file = place;
      rest = rest.substr(0, space);
    }
    if (out.file.empty()) rest = wasm_function(rest);
    out.function = rest.empty() ? "(anonymous)" : rest;
    return out;
  }
  out.function = wasm_function(name);
  return out;
}

}  // namespace hone::symbols
