// What a session is to do: the code's options, and the environment's, which count before them.
//
//   const Settings settings = read_settings(options, [](const char* name) { return getenv(name);
//   }); for (const std::string& problem : settings.problems) ...   // what was not understood
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "hone/session.h"

namespace hone::session {

struct Settings {
  bool wanted = true;  // HONE_SESSION
  // Empty: no such output. As given, but for the defaults: %p is still in it.
  std::string recording, chrome;
  bool console = false, summary = false;
  std::string filter;
  uint32_t when_full = 0;     // HONE_DROP_NEWEST, ...
  uint64_t hot_rate = 0;      // 0: each span is timed
  uint64_t buffer_bytes = 0;  // 0: no limit
  DurationNs flush{100'000'000};
  DurationNs console_over{50'000'000};
  // Lines for the person: values that were not understood. Their defaults hold.
  std::vector<std::string> problems;
};

using Variables = base::FunctionRef<const char*(const char*)>;
Settings read_settings(const hone_session_options& options, Variables variable);

// What the guide's table says of each variable.
struct SettingText {
  const char* variable;
  const char* values;
  const char* what;
};
std::span<const SettingText> setting_texts();

// %p and %% in a path. A relative path is of the folder that the program is in at the start.
std::string path_of(const std::string& pattern);

}  // namespace hone::session
