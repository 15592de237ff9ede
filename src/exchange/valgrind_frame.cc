#include "exchange/valgrind_frame.h"

#include <charconv>

namespace hone::exchange {
namespace {

// Takes ":12" off the end.
bool take_line(std::string_view& text, uint32_t& line) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon + 1 == text.size()) return false;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, line);
  if (error != std::errc() || at != end) return false;
  text = text.substr(0, colon);
  return true;
}

}  // namespace

ValgrindFrame parse_valgrind_frame(std::string_view text) {
  if (text.starts_with("0x")) {
    const size_t colon = text.find(": ");
    if (colon != text.npos) text.remove_prefix(colon + 2);
  }
  ValgrindFrame out{.function = text};
  if (!text.ends_with(')')) return out;
  if (const size_t at = text.rfind(" (in "); at != text.npos) {
    out.function = text.substr(0, at);
    out.module = text.substr(at + 5, text.size() - at - 6);
    return out;
  }
  const size_t at = text.rfind(" (");
  if (at == text.npos) return out;
  std::string_view place = text.substr(at + 2, text.size() - at - 3);
  uint32_t line = 0, before = 0;
  if (!take_line(place, line)) return out;      // the bracket is of the function's name
  if (take_line(place, before)) line = before;  // what came first was a column
  out.function = text.substr(0, at);
  out.file = place;
  out.line = line;
  return out;
}

FrameId code_of(const ValgrindFrame& frame, Intake& to) {
  const bool is_known = !frame.function.empty() && frame.function != "???";
  return to.code(is_known ? frame.function : "[unknown]", frame.module, frame.file, frame.line);
}

}  // namespace hone::exchange
