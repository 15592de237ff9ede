// The one table of commands and flags. The parser, the help, the reference page, the man page and
// the completion scripts are all made from it, so none can say what another does not.
//
//   for (const Command* command : commands()) use(command->name, command->flags);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/host/result.h"
#include "cli/options.h"

namespace hone::cli {

// Where a flag's value goes. The type decides how it is read: a bool takes no value, a number is
// checked against the flag's bounds, a vector takes one value each time the flag is given.
using Target = std::variant<bool Options::*, std::string Options::*, double Options::*,
                            uint32_t Options::*, std::vector<std::string> Options::*>;

// What a value is, for completion.
enum class ValueKind : uint8_t { kWord, kFile };

struct Flag {
  std::string_view name;      // "frequency": --frequency
  char letter = 0;            // 'F': -F; 0 for none
  std::string_view argument;  // "HZ"; empty when it takes no value
  std::string_view help;      // one sentence without its full stop
  Target target;
  std::vector<std::string_view> choices;  // empty: any value
  ValueKind kind = ValueKind::kWord;
  double least = 0, most = 4e9;  // of numbers
};

enum class Operands : uint8_t {
  kNone,
  kFile,             // [FILE], the newest recording when absent
  kFiles,            // [FILE...]
  kFunctionAndFile,  // FUNCTION [FILE]
  kProgram,          // [--] COMMAND [ARGS...]
  kTopic,            // [TOPIC]
  kShell,            // bash, zsh or fish
  kConfigVerb,       // show
  kQuery,            // [FILE | NAME=FILE...] [SQL], or tables with --schema
  kOrder,            // start, stop, status, snapshot or finish, and whom
};

struct Invocation;

struct Example {
  std::string_view line;
  std::string_view says;  // may be empty
};

struct Command {
  std::string_view name;
  std::string_view summary;  // one sentence, small first letter, without its full stop
  std::string_view usage;    // what follows the name
  std::vector<Example> examples;
  std::string_view details;  // paragraphs after the flags; may be empty
  Operands operands = Operands::kNone;
  std::vector<Flag> flags;
  Result<int> (*run)(const Invocation&) = nullptr;  // gives the exit status
  // Exit statuses of Hone's own failures follow `timeout` and `env`: 125, 126, 127.
  bool wraps_program = false;
};

struct Invocation {
  const Command& command;
  Options options;
  std::vector<std::string_view> given;  // names of flags that stood on the command line

  bool was_given(std::string_view flag) const;
};

std::span<const Command* const> commands();  // in the order in which help shows them
const Command* find_command(std::string_view name);

const Command& record_command();
const Command& top_command();
const Command& ctl_command();
const Command& trim_command();
const Command& merge_command();
const Command& view_command();
const Command& report_command();
const Command& flamegraph_command();
const Command& export_command();
const Command& import_command();
const Command& annotate_command();
const Command& query_command();
const Command& info_command();
const Command& doctor_command();
const Command& overhead_command();
const Command& config_command();
const Command& completion_command();
const Command& help_command();
const Command& version_command();

}  // namespace hone::cli
