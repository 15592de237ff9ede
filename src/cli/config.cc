#include <fmt/format.h>

#include "cli/command.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

Result<int> run_config(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.operands.size() != 1 || options.operands.front() != "show") {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = "hone config knows one verb: show",
                                .effect = "nothing was done",
                                .fixes = {"hone config show --origin"},
                                .number = "E002"});
  }
  HONE_TRY_ASSIGN(const Settings from, load_settings(options.config));
  std::string out;
  const auto add = [&](std::string line, const std::string& origin) {
    if (options.origin) line = fmt::format("{:<36}  # {}", line, origin);
    out += line + "\n";
  };
  for (size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    const bool number =
        from.values[i].value.find_first_not_of("0123456789.e+") == std::string::npos;
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
      .usage = "show [flags]",
      .examples = {{"hone config show --origin", "each with where it comes from"}},
      .details =
          "Flags stand above HONE_* variables, these above the nearest hone.toml from the\n"
          "current folder upward, and that above $XDG_CONFIG_HOME/hone/config.toml.",
      .operands = Operands::kConfigVerb,
      .flags = {{"origin", 0, "", "say where each value comes from", &Options::origin},
                config_flag()},
      .run = &run_config};
  return command;
}

}  // namespace hone::cli
