#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

std::string settings_json(const Settings& from) {
  using nlohmann::ordered_json;
  ordered_json list = ordered_json::array(), subsystems = ordered_json::array();
  for (size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    list.push_back({{"name", fmt::format("{}.{}", setting.section, setting.key)},
                    {"value", from.values[i].value},
                    {"origin", from.values[i].origin}});
  }
  for (const analysis::SubsystemRule& rule : from.subsystems) {
    subsystems.push_back({{"name", rule.name}, {"origin", from.subsystems_origin}});
  }
  const ordered_json out = {{"schema", "hone.config/1"},
                            {"tool", "hone"},
                            {"version", kVersion},
                            {"settings", std::move(list)},
                            {"subsystems", std::move(subsystems)}};
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<int> run_config(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (!options.operands.empty() && options.operands.front() != "show") {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = "hone config knows one verb: show",
                                .effect = "nothing was done",
                                .fixes = {"hone config show --origin"},
                                .number = "E002"});
  }
  HONE_TRY_ASSIGN(const Settings from, load_settings(options.config));
  if (options.json) {
    HONE_TRY(print(Stream::kOut, settings_json(from)));
    return 0;
  }
  std::string out;
  const auto add = [&](std::string line, const std::string& origin) {
    if (options.origin) line = fmt::format("{:<36}  # {}", line, origin);
    out += report::terminal_text(line) + "\n";
  };
  for (size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    const bool number = !from.values[i].value.empty() && from.values[i].value.find_first_not_of(
                                                             "0123456789.e+") == std::string::npos;
    const std::string value =
        number ? from.values[i].value : fmt::format("\"{}\"", from.values[i].value);
    add(fmt::format("{}.{} = {}", setting.section, setting.key, value), from.values[i].origin);
  }
  for (const analysis::SubsystemRule& rule : from.subsystems) {
    add(fmt::format("subsystem \"{}\"", rule.name), from.subsystems_origin);
  }
  HONE_TRY(print(Stream::kOut, out));
  return 0;
}

}  // namespace

const Command& config_command() {
  static const Command command = {
      .name = "config",
      .summary = "print the settings that hold here",
      .usage = "[show] [flags]",
      .examples = {{"hone config show --origin", "each with where it comes from"}},
      .details =
          "Flags stand above HONE_* variables, these above the nearest hone.toml from the\n"
          "current folder upward, and that above $XDG_CONFIG_HOME/hone/config.toml.",
      .operands = Operands::kConfigVerb,
      .flags = {{"origin", 0, "", "say where each value comes from", &Options::origin},
                json_flag(),
                config_flag()},
      .run = &run_config};
  return command;
}

}  // namespace hone::cli
