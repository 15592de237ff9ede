#include <fmt/format.h>

#include "cli/errors.h"
#include "cli/help.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

bool takes_value(const Flag& flag) {
  return !flag.argument.empty();
}

std::vector<std::string> words_of(const Command& command) {
  std::vector<std::string> out;
  for (const Flag& flag : command.flags) {
    out.push_back(fmt::format("--{}", flag.name));
    if (flag.letter != 0) out.push_back(fmt::format("-{}", flag.letter));
  }
  out.emplace_back("--help");
  return out;
}

std::vector<std::string_view> operand_words(const Command& command) {
  std::vector<std::string_view> out;
  if (command.operands == Operands::kShell) return {"bash", "zsh", "fish"};
  if (command.operands == Operands::kConfigVerb) return {"show"};
  if (command.operands == Operands::kOrder) {
    return {"start", "stop", "status", "snapshot", "finish"};
  }
  if (command.operands == Operands::kTopic) {
    for (const Command* one : commands()) out.push_back(one->name);
    for (const HelpTopic& topic : help_topics()) out.push_back(topic.name);
    for (const ErrorTopic& error : error_topics()) out.push_back(error.number);
  }
  return out;
}

bool takes_file(const Command& command) {
  return command.operands == Operands::kFile || command.operands == Operands::kFunctionAndFile ||
         command.operands == Operands::kQuery || command.operands == Operands::kFiles;
}

std::string command_names() {
  std::string out;
  for (const Command* command : commands()) {
    if (!out.empty()) out += ' ';
    out += command->name;
  }
  return out;
}

// In a command that runs a program, what follows its first word is completed as that program's.
std::string bash_script() {
  std::string out =
      "# bash completion for hone: source it, or put it into /etc/bash_completion.d/\n"
      "_hone() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  out += fmt::format("    COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))\n    return\n  fi\n",
                     command_names());
  out += "  case ${COMP_WORDS[1]} in\n";
  for (const Command* command : commands()) {
    out += fmt::format("  {})\n    case $prev in\n", command->name);
    for (const Flag& flag : command->flags) {
      if (!takes_value(flag)) continue;
      std::string names = fmt::format("--{}", flag.name);
      if (flag.letter != 0) names += fmt::format("|-{}", flag.letter);
      const std::string reply =
          !flag.choices.empty() ? fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))",
                                              fmt::join(flag.choices, " "))
          : flag.kind == ValueKind::kFile ? std::string("COMPREPLY=($(compgen -f -- \"$cur\"))")
                                          : std::string(":");
      out += fmt::format("    {}) {}; return ;;\n", names, reply);
    }
    out += fmt::format(
        "    esac\n    if [[ $cur == -* ]]; then\n"
        "      COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))\n",
        fmt::join(words_of(*command), " "));
    if (command->operands == Operands::kProgram) {
      out += "    else\n      COMPREPLY=($(compgen -c -f -- \"$cur\"))\n";
    } else if (takes_file(*command)) {
      out +=
          "    else\n      COMPREPLY=($(compgen -f -X '!*.hone' -- \"$cur\") $(compgen -d -- "
          "\"$cur\"))\n";
    } else if (const auto words = operand_words(*command); !words.empty()) {
      out += fmt::format("    else\n      COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))\n",
                         fmt::join(words, " "));
    }
    out += "    fi\n    ;;\n";
  }
  return out + "  esac\n}\ncomplete -o filenames -F _hone hone\n";
}

// Inside zsh's '...[help]...' specifications.
std::string zsh_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_flag(const Flag& flag) {
  std::string value;
  if (takes_value(flag)) {
    const std::string action = !flag.choices.empty()
                                   ? fmt::format("({})", fmt::join(flag.choices, " "))
                               : flag.kind == ValueKind::kFile ? std::string("_files")
                                                               : std::string(" ");
    value = fmt::format(":{}:{}", zsh_quoted(flag.argument), action);
  }
  std::string out = fmt::format("      '--{}[{}]{}' \\\n", flag.name, zsh_quoted(flag.help), value);
  if (flag.letter != 0) {
    out += fmt::format("      '-{}[{}]{}' \\\n", flag.letter, zsh_quoted(flag.help), value);
  }
  return out;
}

std::string zsh_script() {
  std::string out =
      "#compdef hone\n"
      "# zsh completion for hone: put it as _hone into a folder of $fpath\n"
      "_hone() {\n"
      "  if (( CURRENT == 2 )); then\n"
      "    local -a verbs=(\n";
  for (const Command* command : commands()) {
    out += fmt::format("      '{}:{}'\n", command->name, zsh_quoted(command->summary));
  }
  out +=
      "    )\n    _describe command verbs\n    return\n  fi\n  local verb=$words[2]\n"
      "  shift words\n  (( CURRENT-- ))\n  case $verb in\n";
  for (const Command* command : commands()) {
    out += fmt::format("  {})\n    _arguments -s \\\n", command->name);
    for (const Flag& flag : command->flags) out += zsh_flag(flag);
    out += "      '--help[this text]'";
    if (command->operands == Operands::kProgram) {
      out += " \\\n      '*::program:_normal'";
    } else if (takes_file(*command)) {
      out += command->operands == Operands::kFunctionAndFile ? " \\\n      ':function: '" : "";
      out += " \\\n      ':recording:_files -g \"*.hone\"'";
    } else if (const auto words = operand_words(*command); !words.empty()) {
      out += fmt::format(" \\\n      ':name:({})'", fmt::join(words, " "));
    }
    out += "\n    ;;\n";
  }
  return out + "  esac\n}\n_hone \"$@\"\n";
}

std::string fish_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_script() {
  std::string out =
      "# fish completion for hone: put it into ~/.config/fish/completions/hone.fish\n"
      "complete -c hone -f\n";
  for (const Command* command : commands()) {
    out += fmt::format("complete -c hone -n __fish_use_subcommand -a {} -d '{}'\n", command->name,
                       fish_quoted(command->summary));
  }
  for (const Command* command : commands()) {
    const std::string head =
        fmt::format("complete -c hone -n '__fish_seen_subcommand_from {}'", command->name);
    for (const Flag& flag : command->flags) {
      out += fmt::format("{} -l {}", head, flag.name);
      if (flag.letter != 0) out += fmt::format(" -s {}", flag.letter);
      if (!flag.choices.empty()) {
        out += fmt::format(" -x -a '{}'", fmt::join(flag.choices, " "));
      } else if (takes_value(flag)) {
        out += flag.kind == ValueKind::kFile ? " -r -F" : " -x";
      }
      out += fmt::format(" -d '{}'\n", fish_quoted(flag.help));
    }
    out += head + " -l help -d 'this text'\n";
    if (command->operands == Operands::kProgram) {
      out += head + " -a '(__fish_complete_subcommand --fcs-skip=2)'\n";
    } else if (takes_file(*command)) {
      out += head + " -F\n";
    } else if (const auto words = operand_words(*command); !words.empty()) {
      out += fmt::format("{} -a '{}'\n", head, fmt::join(words, " "));
    }
  }
  return out;
}

Result<int> run_completion(const Invocation& invocation) {
  const auto& operands = invocation.options.operands;
  HONE_TRY_ASSIGN(const std::string script,
                  completion_script(operands.empty() ? "" : operands.front()));
  HONE_TRY(print(Stream::kOut, script));
  return 0;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return tl::unexpected(
      Error{.code = Code::InvalidArgument,
            .message = shell.empty() ? std::string("hone completion needs the name of a shell")
                                     : fmt::format("there is no completion for '{}'", shell),
            .effect = "nothing was done",
            .fixes = {"one of: bash, zsh, fish"},
            .number = "E002"});
}

const Command& completion_command() {
  static const Command command = {
      .name = "completion",
      .summary = "print a completion script for a shell",
      .usage = "bash|zsh|fish",
      .examples = {{"source <(hone completion bash)", "for this shell"},
                   {"hone completion fish > ~/.config/fish/completions/hone.fish", ""}},
      .operands = Operands::kShell,
      .run = &run_completion};
  return command;
}

}  // namespace hone::cli
