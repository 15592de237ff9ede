// How Hone says that something failed, and the exit status that goes with it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/host/result.h"
#include "cli/command.h"
#include "report/text_style.h"

namespace hone::cli {

// Exit statuses of analysis commands.
inline constexpr int kOk = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kWrongUse = 2;
inline constexpr int kCannotHere = 3;
inline constexpr int kBadFile = 5;
inline constexpr int kInterrupted = 130;
// Of commands that run a program.
inline constexpr int kHoneFailed = 125;
inline constexpr int kNotExecutable = 126;
inline constexpr int kProgramNotFound = 127;

// A numbered error as `hone help E012` explains it.
struct ErrorTopic {
  std::string_view number;
  std::string_view title;
  int exit_status = kCannotHere;  // of an analysis command
  std::string_view what, effect, fix;
};
std::span<const ErrorTopic> error_topics();
const ErrorTopic* find_error_topic(std::string_view number);
std::string error_topic_text(const ErrorTopic& topic);

// error[E012]: ... / the excerpt / effect: / fix: / or: / see: , each on its line. What came out of
// files and names is made safe for a terminal.
std::string error_text(const Error& error, const report::TextStyle& style);
int exit_status(const Error& error, bool wraps_program);
// E002: what was asked for makes no sense; nothing was done.
tl::unexpected<Error> usage_error(std::string message, std::vector<std::string> fixes);

}  // namespace hone::cli
