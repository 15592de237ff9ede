#include "cli/command.h"
#include "cli/doctor_checks.h"
#include "cli/doctor_trials.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"

namespace hone::cli {
namespace {

Result<int> run_doctor(const Invocation& invocation) {
  const std::vector<Check> checks = judge(try_machine());
  const report::TextStyle style = style_of(Stream::kOut, invocation.options.color, false);
  const bool works = all_required_ok(checks);
  if (invocation.options.json) {
    HONE_TRY(print(Stream::kOut, checks_json(checks)));
  } else {
    const char* verdict =
        works ? "\nhone record works here.\n" : "\nhone record cannot work here.\n";
    HONE_TRY(print(Stream::kOut, checks_text(checks, style) + verdict));
  }
  return works ? 0 : 1;
}

}  // namespace

const Command& doctor_command() {
  static const Command command = {
      .name = "doctor",
      .summary = "try what this machine permits, with the fix for each limit",
      .usage = "[flags]",
      .examples = {{"hone doctor", ""}, {"hone doctor --json", ""}},
      .details =
          "Each thing is tried, on processes that are started for it, and not read off a setting:\n"
          "what is `ok` works. Nothing is changed; the fixes are for you to run.\n"
          "\n"
          "Exit status 1 when a required check fails: then hone record cannot work here.",
      .flags = {json_flag(), color_flag()},
      .run = &run_doctor};
  return command;
}

}  // namespace hone::cli
