#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "cli/errors.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

constexpr size_t kWidth = 90;

// Breaks at spaces; every line after the first begins with `indent` spaces.
std::string wrapped(std::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column != indent && column + 1 + end > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column != indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  return out;
}

// Two columns, the left one as wide as its widest entry.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    out += right.empty() ? fmt::format("  {}\n", left)
                         : fmt::format("  {:<{}}  {}\n", left, width, wrapped(right, width + 4));
  }
  return out;
}

std::string help_of(const Flag& flag) {
  std::string out(flag.help);
  const bool named = std::all_of(flag.choices.begin(), flag.choices.end(), [&](std::string_view c) {
    return flag.help.find(c) != std::string_view::npos;
  });
  if (!named) out += fmt::format(": {}", fmt::join(flag.choices, ", "));
  return out;
}

Result<int> run_help(const Invocation& invocation) {
  if (invocation.options.man) {
    HONE_TRY(print(Stream::kOut, man_page()));
    return 0;
  }
  if (invocation.options.operands.empty()) {
    HONE_TRY(print(Stream::kOut, overview_help()));
    return 0;
  }
  HONE_TRY_ASSIGN(const std::string text, topic_help(invocation.options.operands.front()));
  HONE_TRY(print(Stream::kOut, text));
  return 0;
}

}  // namespace

std::string flag_text(const Flag& flag) {
  std::string out = flag.letter == 0 ? "    " : fmt::format("-{}, ", flag.letter);
  out += fmt::format("--{}", flag.name);
  if (!flag.argument.empty()) out += fmt::format(" {}", flag.argument);
  return out;
}

std::string overview_help() {
  std::string out = "Hone says where a native program's time goes.\n\nstart here\n";
  out += two_columns({{"hone record ./app", "run it and record"},
                      {"hone report", "what is slow, and what to look at first"},
                      {"hone flamegraph", "the same as a picture"}});
  out += "\ncommands\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command* command : commands()) {
    rows.emplace_back(command->name, command->summary);
  }
  out += two_columns(rows);
  out += "\ntopics\n";
  rows.clear();
  for (const HelpTopic& topic : help_topics()) rows.emplace_back(topic.name, topic.summary);
  rows.emplace_back("E020 and the like", "an error's number, explained");
  out += two_columns(rows);
  out += "\nhone help NAME explains a command or a topic.\n";
  return out;
}

std::string command_help(const Command& command) {
  std::string out = fmt::format("hone {}: {}\n\nexamples\n", command.name, command.summary);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Example& example : command.examples) rows.emplace_back(example.line, example.says);
  out += two_columns(rows);
  out += fmt::format("\nusage: hone {} {}\n", command.name, command.usage);
  if (out[out.size() - 2] == ' ') out.erase(out.size() - 2, 1);
  rows.clear();
  for (const Flag& flag : command.flags) rows.emplace_back(flag_text(flag), help_of(flag));
  rows.emplace_back("-h, --help", "this text");
  out += "\nflags\n" + two_columns(rows);
  if (!command.details.empty()) out += fmt::format("\n{}\n", command.details);
  return out;
}

Result<std::string> topic_help(std::string_view name) {
  if (const Command* command = find_command(name)) return command_help(*command);
  for (const HelpTopic& topic : help_topics()) {
    if (topic.name == name) return topic.text();
  }
  if (const ErrorTopic* error = find_error_topic(name)) {
    return error_topic_text(*error);
  }
  std::vector<std::string_view> known;
  for (const Command* command : commands()) known.push_back(command->name);
  for (const HelpTopic& topic : help_topics()) known.push_back(topic.name);
  for (const ErrorTopic& error : error_topics()) known.push_back(error.number);
  const std::string_view near = base::nearest(name, known.data(), known.size());
  std::string message = fmt::format("there is no help on '{}'.", name);
  if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was done",
                              .fixes = {"hone help   (lists commands and topics)"},
                              .number = "E002"});
}

const Command& help_command() {
  static const Command command = {
      .name = "help",
      .summary = "explain a command, a topic or an error's number",
      .usage = "[flags] [NAME]",
      .examples = {{"hone help", ""},
                   {"hone help record", "examples and every flag"},
                   {"hone help permissions", ""},
                   {"hone help E020", ""},
                   {"hone help --man | man -l -", "all of it"}},
      .operands = Operands::kTopic,
      .flags = {{"man", 0, "", "print the manual page hone(1) in roff", &Options::man}},
      .run = &run_help};
  return command;
}

}  // namespace hone::cli
