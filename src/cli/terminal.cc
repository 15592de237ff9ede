#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/host/file.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

// A terminal that says less has no room for a table; one that says more is not read any better.
constexpr size_t kWidthMin = 60;
constexpr size_t kWidthMax = 200;
constexpr size_t kWidthUnknown = 100;
constexpr int kStatusOfSigpipe = 128 + 13;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    for (const std::string_view spelling : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (value.find(spelling) != std::string_view::npos) return true;
    }
    return false;
  }
  return false;
}

bool wants_color(Stream stream, std::string_view color) {
  if (color != "auto") return color == "always";
  if (!environment("NO_COLOR").empty()) return false;
  const std::string_view forced = environment("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  return is_terminal(stream) && environment("CLICOLOR") != "0" && environment("TERM") != "dumb";
}

size_t width_of(Stream stream) {
  if (!is_terminal(stream)) return 0;
  size_t width = kWidthUnknown;
  winsize size{};
  if (::ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
    width = size.ws_col;
  }
  return std::clamp(width, kWidthMin, kWidthMax);
}

// What a terminal must not be told as it is: $'a\x1bb', which bash, zsh and ksh read.
std::string ansi_quoted(const std::string& text) {
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte >= 0x7f || c == '\'' || c == '\\') {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

bool is_terminal(Stream stream) {
  return ::isatty(static_cast<int>(stream)) == 1;
}

report::TextStyle style_of(Stream stream, std::string_view color, bool full_names) {
  return {.color = wants_color(stream, color),
          .unicode = is_utf8(),
          .width = width_of(stream),
          .full_names = full_names};
}

Result<void> print(Stream stream, std::string_view text) {
  auto written = base::write_all(static_cast<int>(stream), base::as_bytes(text));
  if (written) return {};
  // Where the parent had SIGPIPE ignored, the signal that ends such programs did not come.
  if (written.error().sys_errno == EPIPE) ::_exit(kStatusOfSigpipe);
  Error error = std::move(written.error()).context("standard output");
  error.number = "E040";
  error.effect = "the output is incomplete";
  error.fixes = {"make room, or write somewhere else"};
  return tl::unexpected(std::move(error));
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:,@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  if (report::terminal_text(text) != text) return ansi_quoted(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void say(std::string_view text) {
  // There is nowhere to report that standard error does not take it.
  (void)base::write_all(static_cast<int>(Stream::kErr), base::as_bytes(text));
}

}  // namespace hone::cli
