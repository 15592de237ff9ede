// Help, the reference page, the man page and the completion scripts: four renderings of the table
// in command.h.
#pragma once

#include <string>
#include <string_view>

#include "base/host/result.h"
#include "cli/command.h"

namespace hone::cli {

std::string overview_help();                       // `hone help`
std::string command_help(const Command& command);  // `hone help VERB`, `hone VERB --help`
// A command, a topic, or an error's number. Errors: E002 with the nearest.
Result<std::string> topic_help(std::string_view name);

// A page of `hone help` that is no command.
struct HelpTopic {
  std::string_view name;
  std::string_view summary;
  std::string (*text)();
};
std::span<const HelpTopic> help_topics();

std::string reference_markdown();  // docs/reference/cli.md
std::string man_page();            // hone.1, in roff
// `shell` is bash, zsh or fish. Errors: E002.
Result<std::string> completion_script(std::string_view shell);

// "-F, --frequency HZ"
std::string flag_text(const Flag& flag);

}  // namespace hone::cli
