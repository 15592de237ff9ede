// The program `hone`: takes the command line apart, runs one command, and turns what went wrong
// into words and an exit status.
#include <signal.h>

#include <exception>

#include "base/host/signals.h"
#include "cli/errors.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/terminal.h"

namespace {

using namespace hone;

int fail_with(const Error& error, const std::string& color, bool wraps_program) {
  cli::say(cli::error_text(error, cli::style_of(cli::Stream::kErr, color, false)));
  return cli::exit_status(error, wraps_program);
}

int run(std::span<const std::string> words) {
  auto invocation = cli::parse(words);
  if (!invocation) return fail_with(invocation.error(), "auto", false);
  const cli::Command& command = invocation->command;
  Result<int> status = 0;
  if (invocation->options.help) {
    auto printed = cli::print(cli::Stream::kOut, cli::command_help(command));
    if (!printed) status = tl::unexpected(std::move(printed.error()));
  } else {
    status = command.run(*invocation);
  }
  if (status) return *status;
  const bool wraps = command.wraps_program && !invocation->options.operands.empty();
  return fail_with(status.error(), invocation->options.color, wraps);
}

}  // namespace

int main(int argc, char** argv) {
  hone::base::outlive(SIGXFSZ);  // a file over its limit is an error with words
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return run(words);
  } catch (const std::exception& thrown) {
    // Ours are values; what arrives here came out of a library.
    return fail_with({.code = Code::Internal,
                      .message = std::string("an internal fault: ") + thrown.what(),
                      .effect = "the command was not finished",
                      .fixes = {"please report it, with the command"},
                      .number = "E099"},
                     "auto", argc > 1 && std::string_view(argv[1]) == "record");
  }
}
