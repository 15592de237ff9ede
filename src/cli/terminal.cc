#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/host/file.h"

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

void say(std::string_view text) {
  // There is nowhere to report that standard error does not take it.
  (void)base::write_all(static_cast<int>(Stream::kErr), base::as_bytes(text));
}

}  // namespace hone::cli
