#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <deque>

#include "base/host/text.h"
#include "cli/errors.h"

namespace hone::cli {
namespace {

std::string help_hint(const Command& command) {
  return fmt::format("hone help {}   (examples and every flag)", command.name);
}

tl::unexpected<Error> unknown_command(const std::string& word) {
  std::vector<std::string_view> names;
  for (const Command* command : commands()) names.push_back(command->name);
  const std::string_view near = base::nearest(word, names.data(), names.size());
  std::string message = fmt::format("unknown command '{}'.", word);
  if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was done",
                              .fixes = {"hone help   (lists the commands)"},
                              .number = "E001"});
}

tl::unexpected<Error> unknown_flag(const Command& command, const std::string& word) {
  std::vector<std::string> names;
  for (const Flag& flag : command.flags) names.push_back("--" + std::string(flag.name));
  names.emplace_back("--help");
  std::vector<std::string_view> views(names.begin(), names.end());
  const std::string bare = word.substr(0, word.find('='));
  const std::string_view near = base::nearest(bare, views.data(), views.size());
  std::string message = fmt::format("unknown flag '{}' of hone {}.", bare, command.name);
  if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
  return usage_error(std::move(message), {help_hint(command)});
}

bool looks_like_flag(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

// What CLI11 found for one flag, as text.
struct Found {
  const Flag* flag = nullptr;
  const CLI::Option* option = nullptr;
};

std::string cli11_names(const Flag& flag) {
  return flag.letter == 0 ? fmt::format("--{}", flag.name)
                          : fmt::format("-{},--{}", flag.letter, flag.name);
}

Result<std::vector<std::string>> take_words(const Command& command, std::vector<std::string> words,
                                            Invocation& out) {
  CLI::App app;
  app.set_help_flag();
  app.prefix_command(command.operands == Operands::kProgram);
  app.allow_extras();
  const CLI::Option* help = app.add_flag("-h,--help");
  std::deque<std::vector<std::string>> values;  // CLI11 keeps references
  std::vector<Found> found;
  for (const Flag& flag : command.flags) {
    CLI::Option* option = nullptr;
    if (std::holds_alternative<bool Options::*>(flag.target)) {
      option = app.add_flag(cli11_names(flag));
    } else {
      option = app.add_option(cli11_names(flag), values.emplace_back());
      option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      option->allow_extra_args(false);
    }
    found.push_back({&flag, option});
  }
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    // "--top: 1 required TEXT missing"
    const std::string said = error.what();
    return usage_error(fmt::format("{} needs a value", said.substr(0, said.find(':'))),
                       {help_hint(command)});
  } catch (const CLI::Error& error) {
    return usage_error(fmt::format("hone {}: {}", command.name, error.what()),
                       {help_hint(command)});
  }
  out.options.help = help->count() > 0;
  for (const Found& one : found) {
    if (one.option->count() == 0) continue;
    out.given.push_back(one.flag->name);
    if (const auto* flag = std::get_if<bool Options::*>(&one.flag->target)) {
      for (const std::string& value : one.option->results()) {
        if (value == "true") continue;  // what CLI11 stores for a flag that stands alone
        return usage_error(fmt::format("--{} takes no value", one.flag->name),
                           {help_hint(command)});
      }
      out.options.*(*flag) = true;
      continue;
    }
    for (const std::string& value : one.option->results()) {
      HONE_TRY(store(out.options, *one.flag, value, fmt::format("--{}", one.flag->name)));
    }
  }
  return app.remaining();
}

// Separates operands from flags that nobody knows.
Result<void> take_operands(const Command& command, const std::vector<std::string>& rest,
                           Invocation& out) {
  bool flags_ended = false;
  for (const std::string& word : rest) {
    if (!flags_ended && word == "--") {
      flags_ended = true;
      continue;
    }
    if (!flags_ended && looks_like_flag(word)) return unknown_flag(command, word);
    out.options.operands.push_back(word);
    // The program's own flags are not ours.
    if (command.operands == Operands::kProgram) flags_ended = true;
  }
  size_t most = 1;
  if (command.operands == Operands::kNone) most = 0;
  if (command.operands == Operands::kFunctionAndFile) most = 2;
  if (command.operands == Operands::kOrder) most = 2;
  if (command.operands == Operands::kProgram) most = SIZE_MAX;
  if (command.operands == Operands::kQuery) most = SIZE_MAX;
  if (command.operands == Operands::kFiles) most = SIZE_MAX;
  if (out.options.operands.size() > most) {
    return usage_error(fmt::format("hone {} takes no '{}': usage: hone {} {}", command.name,
                                   out.options.operands[most], command.name, command.usage),
                       {help_hint(command)});
  }
  return {};
}

Result<double> number_of(const Flag& flag, const std::string& value, std::string_view what) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
    return usage_error(fmt::format("{} takes a number, not '{}'", what, value),
                       {fmt::format("{} {}", what, flag.least > 0 ? flag.least : 10)});
  }
  if (number < flag.least || number > flag.most) {
    return usage_error(fmt::format("{} takes {} to {}, not {}", what, flag.least, flag.most, value),
                       {fmt::format("give a value from {} to {}", flag.least, flag.most)});
  }
  return number;
}

}  // namespace

Result<void> store(Options& options, const Flag& flag, const std::string& value,
                   std::string_view what) {
  if (!flag.choices.empty() &&
      std::find(flag.choices.begin(), flag.choices.end(), value) == flag.choices.end()) {
    const std::string_view near = base::nearest(value, flag.choices.data(), flag.choices.size());
    std::string message = fmt::format("{} does not know '{}'.", what, value);
    if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
    return usage_error(std::move(message),
                       {fmt::format("one of: {}", fmt::join(flag.choices, ", "))});
  }
  if (const auto* text = std::get_if<std::string Options::*>(&flag.target)) {
    options.*(*text) = value;
  } else if (const auto* list = std::get_if<std::vector<std::string> Options::*>(&flag.target)) {
    (options.*(*list)).push_back(value);
  } else if (const auto* real = std::get_if<double Options::*>(&flag.target)) {
    HONE_TRY_ASSIGN(options.*(*real), number_of(flag, value, what));
  } else if (const auto* whole = std::get_if<uint32_t Options::*>(&flag.target)) {
    HONE_TRY_ASSIGN(const double number, number_of(flag, value, what));
    if (number != std::floor(number)) {
      return usage_error(fmt::format("{} takes a whole number, not '{}'", what, value),
                         {fmt::format("{} {}", what, std::floor(number))});
    }
    options.*(*whole) = static_cast<uint32_t>(number);
  }
  return {};
}

Result<Invocation> parse(std::span<const std::string> words) {
  std::string name = words.empty() ? "help" : words.front();
  if (name == "--help" || name == "-h") name = "help";
  if (name == "--version" || name == "-V") name = "version";
  const Command* command = find_command(name);
  if (command == nullptr) {
    if (looks_like_flag(name)) {
      return usage_error(fmt::format("the command comes before its flags: '{}'", name),
                         {"hone help   (lists the commands)"});
    }
    return unknown_command(name);
  }
  Invocation out{.command = *command};
  std::vector<std::string> rest;
  if (!words.empty()) rest.assign(words.begin() + 1, words.end());
  HONE_TRY_ASSIGN(const std::vector<std::string> remaining,
                  take_words(*command, std::move(rest), out));
  if (out.options.help) return out;
  HONE_TRY(take_operands(*command, remaining, out));
  return out;
}

}  // namespace hone::cli
