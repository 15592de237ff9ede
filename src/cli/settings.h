// hone.toml and the HONE_* variables: values for flags that were not given, and the rules that name
// subsystems. In order of precedence: flags, environment, the nearest hone.toml from the current
// folder upward (or --config FILE), $XDG_CONFIG_HOME/hone/config.toml, built-in defaults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/coverage.h"
#include "analysis/selection.h"
#include "base/host/result.h"
#include "cli/command.h"

namespace hone::cli {

// A setting is the value of a flag of a command: it is read and checked as the flag is.
struct Setting {
  std::string_view section, key;  // [record] frequency_hz
  std::string_view environment;   // HONE_RECORD_FREQUENCY_HZ
  const Command& (*command)();
  std::string_view flag;
  std::string_view help;
};
std::span<const Setting> settings();

struct SettingValue {
  std::string value;
  std::string origin;  // "default", "HONE_REPORT_TOP", "./hone.toml:3"
};
struct Settings {
  std::vector<SettingValue> values;  // in the order of settings()
  std::vector<analysis::SubsystemRule> subsystems;
  std::string subsystems_origin;                 // the file; "" when there is none
  std::vector<analysis::PlotRule> plots;         // of the nearest file that has some
  std::vector<analysis::CoverageRule> coverage;  // the same
  std::vector<std::string> files;                // that were read
};

// One file's content. `name` is for messages. Errors: E003, with the line and the nearest key.
Result<void> read_settings(std::string_view toml, const std::string& name, Settings& into);
// `config_file` is that of --config, "" for the search.
Result<Settings> load_settings(const std::string& config_file);
// Fills in what was not given on the command line.
Result<void> apply_settings(const Settings& from, Invocation& to);

}  // namespace hone::cli
