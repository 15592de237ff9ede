#include "cli/errors.h"

#include <fmt/format.h>
#include <algorithm>

namespace hone::cli {

std::span<const ErrorTopic> error_topics() {
  static constexpr ErrorTopic kTopics[] = {
      {"E001", "unknown command", kWrongUse,
       "The first word after `hone` names no command. `hone help` lists them; the nearest name is\n"
       "offered and never run in its place."},
      {"E002", "wrong use of a flag", kWrongUse,
       "A flag is unknown to this command, lacks its value, or has one that it cannot take. Flags "
       "of\n"
       "the recorded program come after the program's name: `hone record -F 500 -- ./app --fast`."},
      {"E003", "a setting is wrong", kWrongUse,
       "hone.toml, or an environment variable named HONE_..., has an unknown key or a value that "
       "the\n"
       "setting cannot take. The message names the file and the line. `hone config show --origin`\n"
       "prints every setting and where its value comes from."},
      {"E010", "not a recording", kBadFile,
       "The file does not begin as a .hone file does. Recordings are made by `hone record`; files "
       "of\n"
       "other tools cannot be opened."},
      {"E011", "recording of a newer Hone", kBadFile,
       "The file's format has a higher major version than this Hone reads. Install the version "
       "that\n"
       "the message names, or a later one. Newer minor versions open: what is unknown is skipped."},
      {"E012", "no recording to open", kBadFile,
       "Without FILE, the newest *.hone file of the current folder is taken, and there is none; "
       "or\n"
       "the FILE that was given cannot be opened."},
      {"E013", "damaged or cut recording", kBadFile,
       "A checksum does not hold, or the file ends before the recording was finished. Opening "
       "such\n"
       "a file still works: everything but the damaged parts is read, and reports say what was "
       "lost.\n"
       "`hone info --verify` names the first damage."},
      {"E014", "the recording is being written", kCannotHere,
       "Another recorder has this output file open. Give each recording its own file with -o."},
      {"E015", "the output file is no recording", kWrongUse,
       "`hone record -o FILE` replaces an older recording, but never a file that is something "
       "else."},
      {"E016", "no such function", kWrongUse,
       "No function of the recording, or more than one, has the name that was given. A name is\n"
       "looked for exactly, then as a part of a name, then as a glob with * and ?."},
      {"E020", "sampling is not possible", kCannotHere,
       "The kernel refused perf_event_open(2). kernel.perf_event_paranoid must be 2 or less for "
       "your\n"
       "own programs (1 or less for kernel frames), unless Hone has CAP_PERFMON; containers must\n"
       "also let the system call through. `hone doctor` says what is permitted here."},
      {"E030", "program not found", kProgramNotFound,
       "The program to record is neither a path that exists nor a name in $PATH. Exit status 127."},
      {"E031", "program not executable", kNotExecutable,
       "The program to record exists, but the kernel would not run it: it lacks the x permission, "
       "is\n"
       "a folder, or was built for another machine. Exit status 126."},
      {"E040", "output cannot be written", kCannotHere,
       "A report, a picture or a recording could not be written: no permission, no such folder, "
       "or\n"
       "no space left. What was already recorded stays in the file and opens."},
      {"E099", "a fault of Hone itself", kCannotHere,
       "Something happened that Hone takes to be impossible. Please report it with the command."},
  };
  return kTopics;
}

const ErrorTopic* find_error_topic(std::string_view number) {
  for (const ErrorTopic& topic : error_topics()) {
    if (topic.number == number) return &topic;
  }
  return nullptr;
}

std::string error_text(const Error& error, const report::TextStyle& style) {
  std::string head = "error";
  if (!error.number.empty()) head += "[" + error.number + "]";
  std::string out = report::paint(style, report::Ink::kAct, head) + ": " + error.message + "\n";
  if (!error.effect.empty()) out += "  effect: " + error.effect + "\n";
  for (size_t i = 0; i < error.fixes.size(); ++i) {
    out += (i == 0 ? "  fix:    " : "  or:     ") + error.fixes[i] + "\n";
  }
  if (find_error_topic(error.number) != nullptr) {
    out += report::paint(style, report::Ink::kDim, "  see:    hone help " + error.number) + "\n";
  }
  return out;
}

int exit_status(const Error& error, bool wraps_program) {
  const ErrorTopic* topic = find_error_topic(error.number);
  if (wraps_program) {
    if (error.number == "E030") return kProgramNotFound;
    if (error.number == "E031") return kNotExecutable;
    // Before anything ran, a wrong command line is that, whichever command it is.
    if (topic != nullptr && topic->number <= "E003") return kWrongUse;
    return kHoneFailed;
  }
  if (topic != nullptr) return topic->exit_status;
  switch (error.code) {
    case Code::InvalidArgument:
    case Code::NotFound:
      return kWrongUse;
    case Code::Truncated:
    case Code::Corrupt:
      return kBadFile;
    case Code::Cancelled:
      return kInterrupted;
    case Code::Permission:
    case Code::Unsupported:
    case Code::LimitExceeded:
    case Code::Io:
    case Code::Internal:
      return kCannotHere;
  }
  return kCannotHere;
}

}  // namespace hone::cli
