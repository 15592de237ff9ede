#include "session/settings.h"

#include <errno.h>  // program_invocation_short_name
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "hone/layout.h"

namespace hone::session {
namespace {

constexpr SettingText kTexts[] = {
    {"HONE_SESSION", "`on`, `off`", "`off`: no session starts, whatever the code says"},
    {"HONE_RECORDING", "`on`, `off`, a path",
     "a recording; `on`: NAME.hone, by the program's name"},
    {"HONE_CHROME", "`on`, `off`, a path", "Chrome's JSON; `on`: trace.json"},
    {"HONE_CONSOLE", "`on`, `off`", "messages and what takes long, on standard error"},
    {"HONE_CONSOLE_OVER", "a duration: `20ms`",
     "the console tells of spans and frames that take longer (50ms)"},
    {"HONE_SUMMARY", "`on`, `off`", "at the end: spans, frames, losses"},
    {"HONE_FULL", "`drop`, `block`, `overwrite`",
     "what a thread does whose ring is full (`drop`: the newest are lost)"},
    {"HONE_ADAPTIVE", "a number: `10000`",
     "of a place with more spans a second, on one thread, all are counted and about so many are "
     "timed (all are timed)"},
    {"HONE_FILTER", "`Physics=trace,info`", "which spans and messages are recorded (all)"},
    {"HONE_BUFFER", "a size: `64MiB`", "of all rings together; a thread has 2 MiB (4,096 threads)"},
    {"HONE_FLUSH", "a duration: `1s`", "how often what was read goes into the files (100ms)"},
};

std::optional<bool> switch_of(std::string_view text) {
  for (const char* yes : {"on", "1", "yes", "true"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"off", "0", "no", "false", ""}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

struct Unit {
  std::string_view name;
  double factor;
};

// A number and a unit of `units`; no unit is the first one's.
std::optional<double> quantity_of(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0)) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  for (const Unit& unit : units) {
    if (text.empty() || text == unit.name) {
      const double value = number * unit.factor;
      return value < 0x1p62 ? std::optional(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

constexpr Unit kDurations[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"kB", 1e3},
                           {"KB", 1e3},
                           {"MB", 1e6},
                           {"GB", 1e9},
                           {"KiB", 1024},
                           {"MiB", 1024.0 * 1024},
                           {"GiB", 1024.0 * 1024 * 1024}};

constexpr Unit kNumbers[] = {{"", 1}};
// Of timed spans a second: more than that cannot be.
constexpr uint64_t kRateMax = 100'000'000;

class Reader {
 public:
  Reader(Settings& settings, Variables variable) : settings_(settings), variable_(variable) {}

  // Empty when it is off.
  void output(const char* name, const char* code, std::string_view by_default, std::string& to) {
    const char* text = value(name, code);
    if (!text) return;
    const std::optional<bool> on = switch_of(text);
    to = !on ? std::string(text) : *on ? std::string(by_default) : std::string();
  }

  void yes_or_no(const char* name, const char* code, bool& to) {
    for (const char* text : {code, variable_(name)}) {
      if (!text) continue;
      if (const std::optional<bool> on = switch_of(text)) {
        to = *on;
      } else {
        refuse(name, text, "on or off");
      }
    }
  }

  void when_full(const char* name, const char* code) {
    for (const char* text : {code, variable_(name)}) {
      const std::string_view word = text ? text : "";
      if (word == "drop") {
        settings_.when_full = HONE_DROP_NEWEST;
      } else if (word == "block") {
        settings_.when_full = HONE_BLOCK;
      } else if (word == "overwrite") {
        settings_.when_full = HONE_OVERWRITE_OLDEST;
      } else if (!word.empty()) {
        refuse(name, text, "drop, block or overwrite");
      }
    }
  }

  void duration(const char* name, uint64_t code, DurationNs& to) {
    if (code > 0 && code < uint64_t{1} << 62) to = DurationNs{static_cast<int64_t>(code)};
    const char* text = variable_(name);
    if (!text) return;
    const std::optional<double> ns = quantity_of(text, kDurations);
    if (ns && *ns >= 1) {
      to = DurationNs{static_cast<int64_t>(*ns)};
    } else {
      refuse(name, text, "a duration like 20ms");
    }
  }

  void size(const char* name, uint64_t code, uint64_t& to) {
    to = code;
    const char* text = variable_(name);
    if (!text) return;
    if (const std::optional<double> bytes = quantity_of(text, kSizes)) {
      to = static_cast<uint64_t>(*bytes);
    } else {
      refuse(name, text, "a size like 64MiB");
    }
  }

  void rate(const char* name, uint64_t code, uint64_t& to) {
    to = std::min(code, kRateMax);
    const char* text = variable_(name);
    if (!text) return;
    const std::optional<double> number = quantity_of(text, kNumbers);
    if (number && *number <= static_cast<double>(kRateMax)) {
      to = static_cast<uint64_t>(*number);
    } else {
      refuse(name, text, "a number like 10000");
    }
  }

  const char* value(const char* name, const char* code) const {
    const char* text = variable_(name);
    return text ? text : code;
  }

 private:
  void refuse(const char* name, const char* text, const char* what) {
    settings_.problems.push_back(
        fmt::format("'{:.60}' is not {}: {} is left as it was", text, what, name));
  }

  Settings& settings_;
  Variables variable_;
};

}  // namespace

std::span<const SettingText> setting_texts() {
  return kTexts;
}

Settings read_settings(const hone_session_options& options, Variables variable) {
  Settings out;
  Reader read(out, variable);
  read.yes_or_no("HONE_SESSION", nullptr, out.wanted);
  const std::string own_name = fmt::format("{}.hone", program_invocation_short_name);
  read.output("HONE_RECORDING", options.recording, own_name, out.recording);
  read.output("HONE_CHROME", options.chrome, "trace.json", out.chrome);
  read.yes_or_no("HONE_CONSOLE", options.console, out.console);
  read.duration("HONE_CONSOLE_OVER", options.console_over_ns, out.console_over);
  read.yes_or_no("HONE_SUMMARY", options.summary, out.summary);
  read.when_full("HONE_FULL", options.when_full);
  read.rate("HONE_ADAPTIVE", options.adaptive, out.hot_rate);
  if (const char* filter = read.value("HONE_FILTER", options.filter)) out.filter = filter;
  read.size("HONE_BUFFER", options.buffer_bytes, out.buffer_bytes);
  read.duration("HONE_FLUSH", options.flush_ns, out.flush);
  const bool none = out.recording.empty() && out.chrome.empty() && !out.console && !out.summary;
  if (none && !read.value("HONE_RECORDING", options.recording)) out.recording = own_name;
  return out;
}

std::string path_of(const std::string& pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool last = i + 1 == pattern.size();
    if (pattern[i] != '%' || last || (pattern[i + 1] != 'p' && pattern[i + 1] != '%')) {
      out += pattern[i];
      continue;
    }
    out += pattern[++i] == 'p' ? fmt::format("{}", ::getpid()) : std::string("%");
  }
  return out;
}

}  // namespace hone::session
