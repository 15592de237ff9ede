#include <fmt/format.h>

#include "cli/errors.h"
#include "cli/help.h"
#include "cli/version.h"

namespace hone::cli {
namespace {

// In a table's cell a bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string command_markdown(const Command& command) {
  std::string out = fmt::format("## hone {}\n\n{}.\n\n```\n", command.name, command.summary);
  out[out.find("\n\n") + 2] =
      static_cast<char>(std::toupper(static_cast<unsigned char>(command.summary.front())));
  for (const Example& example : command.examples) {
    out += fmt::format("{:<44}{}\n", example.line,
                       example.says.empty() ? "" : fmt::format("  # {}", example.says));
    while (out[out.size() - 2] == ' ') out.erase(out.size() - 2, 1);
  }
  out += fmt::format("```\n\nUsage: `hone {} {}`\n\n", command.name, command.usage);
  if (!command.flags.empty()) {
    out += "| flag | |\n|---|---|\n";
    for (const Flag& flag : command.flags) {
      std::string names = flag_text(flag);
      names.erase(0, names.find('-'));
      std::string help = cell(flag.help);
      if (!flag.choices.empty()) {
        help += ". One of";
        for (const std::string_view choice : flag.choices) help += fmt::format(" `{}`", choice);
      }
      out += fmt::format("| `{}` | {} |\n", cell(names), help);
    }
    out += "\n";
  }
  if (!command.details.empty()) out += fmt::format("{}\n\n", command.details);
  return out;
}

// A backslash and a dot or quote at a line's start mean something to roff; - is a hyphen there.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string command_roff(const Command& command) {
  std::string out = fmt::format(".SS \"hone {} {}\"\n{}.\n", command.name, roff(command.usage),
                                roff(command.summary));
  for (const Flag& flag : command.flags) {
    std::string names = flag_text(flag);
    names.erase(0, names.find('-'));
    out += fmt::format(".TP\n.B {}\n{}\n", roff(names), roff(flag.help));
  }
  if (!command.details.empty()) out += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command.details));
  out += ".PP\nExamples:\n.PP\n.nf\n.RS\n";
  for (const Example& example : command.examples) {
    out += roff(example.line);
    if (!example.says.empty()) out += "   # " + roff(example.says);
    out += "\n";
  }
  return out + ".RE\n.fi\n";
}

}  // namespace

std::string reference_markdown() {
  std::string out =
      "# The command line\n\n"
      "<!-- Generated from src/cli: change it there, then run ./dev docs -->\n\n"
      "`hone help` prints the same in the terminal. Flags come after the command; `--` ends "
      "them.\n\n";
  for (const Command* command : commands()) out += command_markdown(*command);
  out += "# Topics\n\n";
  for (const HelpTopic& topic : help_topics()) {
    out += fmt::format("## {}\n\n```\n{}```\n\n", topic.name, topic.text());
  }
  out +=
      "# Errors\n\n`hone help E010` prints one. An error has its number, what it means, and what "
      "to do.\n\n";
  for (const ErrorTopic& error : error_topics()) {
    // The heading says the first line already.
    const std::string text = error_topic_text(error);
    out += fmt::format("## {}: {}\n\n```\n{}```\n\n", error.number, error.title,
                       std::string_view(text).substr(text.find("\n\n") + 2));
  }
  out.pop_back();
  return out;
}

std::string man_page() {
  std::string out = fmt::format(
      ".TH HONE 1 \"\" \"hone {}\" \"User Commands\"\n"
      ".SH NAME\nhone \\- say where a native program's time goes\n"
      ".SH SYNOPSIS\n.B hone\n.I COMMAND\n[\\fIflags\\fR] [\\fIarguments\\fR]\n"
      ".SH DESCRIPTION\n"
      "Hone records any native program for Linux and says what is slow, why, and on which line.\n"
      ".SH COMMANDS\n",
      kVersion);
  for (const Command* command : commands()) out += command_roff(*command);
  for (const HelpTopic& topic : help_topics()) {
    const std::string text = topic.text();
    // The topic's own first line is its heading.
    const size_t body = text.find('\n') + 2;
    out += fmt::format(".SH \"{}\"\n.nf\n{}.fi\n", roff(text.substr(0, body - 2)),
                       roff(std::string_view(text).substr(body)));
  }
  out += ".SH ERRORS\n";
  for (const ErrorTopic& error : error_topics()) {
    const std::string text = error_topic_text(error);
    out += fmt::format(".TP\n.B {}\n{}.\n.nf\n{}.fi\n", error.number, roff(error.title),
                       roff(std::string_view(text).substr(text.find("\n\n") + 2)));
  }
  return out;
}

}  // namespace hone::cli
