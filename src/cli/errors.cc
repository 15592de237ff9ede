#include "cli/errors.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/escape.h"

namespace hone::cli {

namespace {

constexpr ErrorTopic kTopics[] = {
    {"E001", "unknown command", kWrongUse, "The first word after `hone` names no command.",
     "Nothing is done. The nearest name is offered and never run in its place.",
     "hone help   lists the commands."},
    {"E002", "wrong use of a flag", kWrongUse,
     "A flag is unknown to this command, lacks its value, or has one that it cannot take; or "
     "two\n"
     "flags contradict each other.",
     "Nothing is done, and no program is run.",
     "hone help COMMAND   shows every flag with examples.\n"
     "Flags of the recorded program come after its name: hone record -F 500 -- ./app --fast"},
    {"E003", "a setting is wrong", kWrongUse,
     "hone.toml, or an environment variable named HONE_..., has an unknown key or a value that\n"
     "the setting cannot take. The message names the file and the line.",
     "Nothing is done: a setting that was misspelt must not go unnoticed.",
     "Correct the line. hone config show --origin   prints every setting and where its value\n"
     "comes from; hone help formats   shows what hone.toml may hold."},
    {"E010", "not a recording", kBadFile,
     "The file does not begin as a .hone file does, and what it holds is of none of the formats\n"
     "that hone help import lists.",
     "Nothing is shown.",
     "hone record -- ./app   makes a recording. Where a file of another tool begins unusually,\n"
     "hone import --from FORMAT FILE   takes it as what it is said to be."},
    {"E011", "recording of a newer Hone", kBadFile,
     "The file's format has a higher major version than this Hone reads. (Newer minor versions\n"
     "open: what is unknown in them is skipped.)",
     "Nothing is shown.", "Install the version that the message names, or a later one."},
    {"E012", "no recording to open", kBadFile,
     "Without FILE, the newest *.hone file of the current folder is taken, and there is none; "
     "or\n"
     "the FILE that was given cannot be opened.",
     "There is nothing to show.",
     "Give the path of a recording, or make one: hone record -- ./app"},
    {"E013", "damaged or cut recording", kBadFile,
     "A checksum does not hold, or the file ends before the recording was finished: its "
     "recorder\n"
     "was killed, the disk was full, or the file was changed on its way.",
     "Opening such a file still works where anything in it can be read: all but the damaged\n"
     "parts is used, and reports say what was lost.",
     "hone info --verify FILE   names the first damage. Copy the file again, or record again."},
    {"E014", "the recording is being written", kCannotHere,
     "Another recorder has this output file open.",
     "Nothing is recorded; the other recording goes on.",
     "Give each recording a file of its own: hone record -o OTHER.hone -- ./app"},
    {"E015", "the output file is no recording", kWrongUse,
     "`hone record -o FILE` replaces an older recording, but never a file that is something\n"
     "else.",
     "Nothing is recorded; the file stays as it was.",
     "Name another file with -o, or remove that one yourself."},
    {"E016", "no such function", kWrongUse,
     "No function of the recording, or more than one, has the name that was given. A name is\n"
     "looked for exactly, then without its parameters, then as a glob with * and ?, then as a\n"
     "part of a name.",
     "Nothing is shown.",
     "Give more of the name: the message lists the candidates with most time.\n"
     "hone report --top 0   lists every function."},
    {"E017", "no such span", kWrongUse,
     "No span of the recording has the name that was given to --in or --span: a glob with * and\n"
     "?, that has to fit the whole name.",
     "Nothing is shown.",
     "hone report --spans --top 0   lists every span. A program marks its own by hone/hone.h."},
    {"E018", "another tool's file cannot be read", kBadFile,
     "The file is of a format that Hone reads, and damaged, or written in a way that nobody\n"
     "expects; the message names the place.",
     "No recording is made of it.",
     "Write it anew with the tool that made it. What is cut short is taken up to there: this is\n"
     "about something that makes no sense."},
    {"E020", "sampling is not possible", kCannotHere,
     "The kernel refused perf_event_open(2). kernel.perf_event_paranoid must be 2 or less for\n"
     "your own programs (1 or less for kernel frames), unless Hone has CAP_PERFMON; containers\n"
     "must also let the system call through. Programs that Hone starts are then sampled by\n"
     "timers; what runs already, a system, or a static program cannot be.",
     "Nothing is recorded, and the program is not run. hone record exits with 125.",
     "sudo sysctl kernel.perf_event_paranoid=1   (until reboot)\n"
     "hone doctor   says what is permitted here; hone help permissions   names every way."},
    {"E030", "program not found", kProgramNotFound,
     "The program to record is neither a path that exists nor a name in $PATH.",
     "Nothing is recorded. hone record exits with 127, as a shell does.",
     "Check the spelling; a program of the current folder needs its path: ./app"},
    {"E031", "program not executable", kNotExecutable,
     "The program to record exists, but the kernel would not run it: it lacks the x permission,\n"
     "is a folder, or was built for another machine.",
     "Nothing is recorded. hone record exits with 126, as a shell does.",
     "chmod +x FILE   where it is a program of yours; a script needs a first line as #!/bin/sh"},
    {"E032", "no such process", kWrongUse,
     "No process has the id that was given to -p; a thread's id is no process's.",
     "Nothing is recorded.",
     "hone record -p $(pgrep -n NAME)   takes the newest process of that name."},
    {"E033", "process of another user", kCannotHere,
     "The process that was given to -p runs as another user. The kernel lets its own user and\n"
     "root look into it.",
     "Nothing is recorded; the process was left as it is.", "sudo hone record -p PID"},
    {"E034", "no such control group", kWrongUse,
     "No control group has the name that was given to --cgroup, where groups are mounted that\n"
     "events can be bound to: version 2, or perf_event of version 1.",
     "Nothing is recorded.", "cat /proc/PID/cgroup   shows the group of a process."},
    {"E040", "output cannot be written", kCannotHere,
     "A report, a picture or a recording could not be written: no permission, no such folder, "
     "or\n"
     "no space left.",
     "A report or picture is not written, and an older file of that name stays. What was "
     "already\n"
     "recorded stays in the recording and opens.",
     "Choose another place with -o FILE or --html FILE, or make room."},
    {"E045", "events cannot be counted", kCannotHere,
     "None of the events that -e names can be counted here. Events of the processor\n"
     "(instructions, cache-misses, ...) need a counter that the machine shows: virtual machines\n"
     "mostly show none. What happens in the kernel is counted where kernel.perf_event_paranoid\n"
     "is 1 or less, or for root.",
     "Nothing is recorded, and no program is run. (When some of several events can be counted,\n"
     "the recording is made with those and says what is missing.)",
     "Count what the kernel itself counts: -e page-faults,context-switches,task-clock\n"
     "Or leave -e out: the system's counters are recorded anyway."},
    {"E046", "no such event", kWrongUse,
     "A name behind -e is no event, or the list is none. A list has commas; events in braces are\n"
     "counted together or not at all; :u behind a name counts the user side, :k the kernel's.\n"
     "Events of the processor: instructions, cycles, ref-cycles, cache-references, cache-misses,\n"
     "branches, branch-misses, stalled-cycles-frontend, stalled-cycles-backend, L1-dcache-loads,\n"
     "L1-dcache-load-misses, L1-icache-load-misses, LLC-loads, LLC-load-misses, dTLB-loads,\n"
     "dTLB-load-misses, iTLB-load-misses, or rHEX as its manual numbers them.\n"
     "Events of the kernel: task-clock, page-faults, minor-faults, major-faults,\n"
     "context-switches, cpu-migrations, alignment-faults, emulation-faults.",
     "Nothing is recorded, and no program is run.",
     "hone record -e instructions,{cache-references,cache-misses} -- ./app"},
    {"E050", "no such recording runs", kCannotHere,
     "hone ctl looks for the sockets of recorders in $XDG_RUNTIME_DIR/hone, and in hone-UID of\n"
     "the temporary folder.\n"
     "None answers there, or none is the one that was named.",
     "Nothing is done.",
     "hone ctl status   lists the recordings of yours that run.\n"
     "sudo hone ctl status   lists those of every user."},
    {"E051", "several recordings run", kWrongUse,
     "Without a name or a process id, hone ctl acts on the only recording that runs; a name may\n"
     "be that of several.",
     "Nothing is done.", "hone ctl stop PID   with the recorder's process id, or the program's."},
    {"E052", "the recorder refused", kCannotHere,
     "The recording cannot do what was asked: a snapshot needs --last or --rotate. Or the\n"
     "recorder gave no answer: it is stopped, or has just ended.",
     "The recording goes on as it was.", "hone ctl status   says how it stands."},
    {"E053", "nothing in that range", kWrongUse,
     "The range of --from and --to, or of --time, lies outside of the recording.",
     "Nothing is written or shown.",
     "hone info FILE   says how long the recording is; --from=-10s takes its last ten seconds."},
    {"E055", "not weighed by that", kWrongUse,
     "The recording has nothing of what --weight names, by stack.", "Nothing is shown.",
     "hone report --weight with one of those that the message lists, or record what is missing\n"
     "with the command that it gives."},
    {"E060", "/proc is not mounted", kCannotHere,
     "What runs already (its threads, its mapped files, its name) is known from /proc alone, and\n"
     "this place has none: a chroot, or a container without it.",
     "Nothing is recorded; the process was left as it is. Programs that hone record starts can\n"
     "be recorded all the same.",
     "mount -t proc proc /proc   or record from outside of the chroot."},
    {"E061", "functions cannot be probed here", kCannotHere,
     "--probe has the kernel stop the program where a function begins and returns (uprobes).\n"
     "That takes root, in a container also that it is privileged, a kernel with\n"
     "CONFIG_UPROBE_EVENTS, and a processor of x86-64.",
     "The program is not started.",
     "sudo hone record --probe FUNCTION -- ./app. Without privileges: compile with\n"
     "-finstrument-functions (docs/guide/functions.md)."},
    {"E062", "no such library", kWrongUse,
     "The MODULE of --probe MODULE:FUNCTION is none of the files that the program maps, as its\n"
     "loader tells, and no library that ldconfig knows; or it is no file of machine code.",
     "The program is not started.",
     "A library that the program opens later (dlopen) is given by its path."},
    {"E063", "no such function", kWrongUse,
     "No symbol of the module fits the FUNCTION of --probe: neither as it is linked nor as it is\n"
     "written in the source, with or without its parameters. Functions that the compiler inlined\n"
     "everywhere have no code of their own.",
     "The program is not started.",
     "The message names the nearest ones. Of a stripped library only what it exports has names:\n"
     "install its debug symbols."},
    {"E064", "too many functions to probe", kWrongUse,
     "The patterns of --probe fit more functions than --probe-max (200). Each call of each of\n"
     "them stops the program twice.",
     "The program is not started.", "Ask for fewer, or raise --probe-max."},
    {"E066", "the agent is not there", kCannotHere,
     "The timer sampler works by a library that is loaded into the program, libhone-agent.so.\n"
     "It was not found beside hone: in ../lib, ../lib/hone, or where the package puts it.",
     "Nothing is recorded by timers.", "Install Hone whole: ./dev install, or the package."},
    {"E067", "a program that cannot be sampled by timers", kCannotHere,
     "Nothing can be preloaded into a program that is linked statically, or that runs with more\n"
     "privileges than who starts it (setuid, file capabilities). Nor into one that another user\n"
     "may not read.",
     "Nothing is recorded.",
     "Sample by perf: `hone doctor` says what forbids it here, and the way out. Or link the\n"
     "program dynamically."},
    {"E068", "timers sample what Hone starts", kWrongUse,
     "--sampler timer was given with --pid, --cgroup or --all. The timer sampler's library is\n"
     "loaded when a program starts; into one that runs already, none is.",
     "Nothing is recorded.", "hone record --sampler timer -- ./app"},
    {"E070", "not in the recording", kWrongUse,
     "A format was asked for what the recording does not hold: samples, waits or spans.",
     "Nothing is written.", "hone info FILE   says what is in a recording."},
    {"E071", "no filter of spans", kWrongUse,
     "A filter of spans is a list with commas: CATEGORY=LEVEL for a category (a * at its end\n"
     "stands for any rest), LEVEL alone for all others. Levels: off, error, warn, info, debug,\n"
     "trace. It comes from --filter, HONE_FILTER or [spans] filter of hone.toml.",
     "Nothing is recorded, and no program is run.",
     "hone record --filter info,Physics=trace,Audio=off -- ./app"},
    {"E072", "nothing is to be covered", kWrongUse,
     "hone report --coverage compares a recording with the spans and plots that [[coverage]] of\n"
     "hone.toml names. No hone.toml from the current folder upward has such rules.",
     "Nothing is shown.", "hone help formats   shows what hone.toml may hold."},
    {"E075", "another recorder records this program", kCannotHere,
     "A program is recorded by one recorder at a time: `hone record`, or a session of its own\n"
     "(hone/session.h). The message names the process that has it.",
     "The session does not start; the program runs on, and the other recorder goes on.",
     "Let the other one do it, or end it first. HONE_SESSION=off keeps a session from trying."},
    {"E076", "a session cannot write", kCannotHere,
     "A session (hone/session.h) could not open or write one of its files: the folder is read\n"
     "only, the disk is full, the file is something else or is being written.",
     "That output ends, or is not begun; the others go on, and so does the program.",
     "Name other paths with HONE_RECORDING and HONE_CHROME; %p in a path is the process id, so\n"
     "that several processes have a file each."},
    {"E077", "the recording has no samples", kWrongUse,
     "The program recorded itself (hone/session.h): its spans, frames, plots and messages. Where\n"
     "its CPU time went, by function, is what samples say, and those take a recorder.",
     "Nothing is written.",
     "hone report shows what there is.\n"
     "hone record -- COMMAND   takes samples together with spans."},
    {"E078", "clocks that nothing ties together", kWrongUse,
     "hone merge puts recordings on one clock. Those of one machine since it was started share\n"
     "theirs; others are tied by the calendar, where both recorded it. One of these files tells\n"
     "neither: it is of another tool, or of an older Hone.",
     "Nothing is written.",
     "hone merge --align start   puts the files' beginnings at one moment, because you say so."},
    {"E085", "what probes cost cannot be measured", kCannotHere,
     "hone overhead runs a small program of Hone's own, hone-probes, alone and recorded, and\n"
     "keeps its recordings in the temporary folder. The program is absent or cannot be run, or\n"
     "no folder can be made.",
     "Nothing is measured.", "Install Hone whole: hone-probes stands beside libhone-agent.so."},
    {"E090", "the query cannot be run", kWrongUse,
     "SQLite does not understand the statement, or a table, a column or a function that it names\n"
     "does not exist. The mark stands under the place, where SQLite tells it.",
     "Nothing is printed.",
     "hone query --schema         lists tables and functions\n"
     "hone query --schema spans   the columns of one\n"
     "Text stands in 'single quotes', names may stand in \"double\" ones."},
    {"E091", "the query took too long", kCannotHere, "It ran for longer than --timeout allows.",
     "What it had printed up to then is not all there is.",
     "Ask for less: a range of ts, one thread or one name costs no more than what is in it.\n"
     "explain query plan SELECT ...   shows which conditions spare it from looking at each row."},
    {"E092", "a recording is only read", kWrongUse,
     "The statement would change something or open a file: insert, create, attach, or a pragma\n"
     "that is more than a look.",
     "Nothing is done.", "To keep results: hone query --format csv FILE 'select ...' > rows.csv"},
    {"E095", "the server cannot listen there", kCannotHere,
     "hone view asked the system for an address and a port, and did not get them: another\n"
     "program has the port, or the machine has no such address.",
     "Nothing is served.",
     "hone view --port 0 takes any port that is free (the default); --listen 127.0.0.1 is an\n"
     "address that each machine has (the default)."},
    {"E096", "this build has no pages", kCannotHere,
     "The pages of hone view are built by npm and put into the program. Where this one was\n"
     "built, npm was absent.",
     "Nothing is served. Everything else works: hone report, hone query, hone flamegraph.",
     "apt-get install npm, and build again."},
    {"E099", "a fault of Hone itself", kCannotHere,
     "Something happened that Hone takes to be impossible.",
     "The command was not finished. Recordings are not changed by commands that read them.",
     "Please report it, with the command and hone version."},
};

}  // namespace

std::span<const ErrorTopic> error_topics() {
  return kTopics;
}

const ErrorTopic* find_error_topic(std::string_view number) {
  for (const ErrorTopic& topic : error_topics()) {
    if (topic.number == number) return &topic;
  }
  return nullptr;
}

namespace {

// "  effect  " in front of the first line, as many spaces before the others.
std::string labelled(std::string_view label, std::string_view text) {
  std::string out = fmt::format("  {:<8}", label);
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(10, ' ');
  }
  return out + "\n";
}

}  // namespace

std::string error_topic_text(const ErrorTopic& topic) {
  const Error error{.code = Code::Internal, .message = {}, .number = std::string(topic.number)};
  std::string status = fmt::format("status {}", topic.exit_status);
  const int wrapped = exit_status(error, true);
  if (wrapped != topic.exit_status) status += fmt::format("; of hone record {}", wrapped);
  return fmt::format("{}: {}\n\n{}{}{}{}", topic.number, topic.title, labelled("what", topic.what),
                     labelled("effect", topic.effect), labelled("fix", topic.fix),
                     labelled("exit", status));
}

std::string error_text(const Error& error, const report::TextStyle& style) {
  const auto safe = [](const std::string& text) { return report::terminal_text(text); };
  std::string head = "error";
  if (!error.number.empty()) head += "[" + error.number + "]";
  std::string out =
      report::paint(style, report::Ink::kAct, head) + ": " + safe(error.message) + "\n";
  for (std::string_view rest = error.excerpt; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    out += "    " + report::terminal_text(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!error.effect.empty()) out += "  effect: " + safe(error.effect) + "\n";
  for (size_t i = 0; i < error.fixes.size(); ++i) {
    out += (i == 0 ? "  fix:    " : "  or:     ") + safe(error.fixes[i]) + "\n";
  }
  if (find_error_topic(error.number) != nullptr) {
    out += report::paint(style, report::Ink::kDim, "  see:    hone help " + error.number) + "\n";
  }
  return out;
}

tl::unexpected<Error> usage_error(std::string message, std::vector<std::string> fixes) {
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was done",
                              .fixes = std::move(fixes),
                              .number = "E002"});
}

int exit_status(const Error& error, bool wraps_program) {
  const ErrorTopic* topic = find_error_topic(error.number);
  if (wraps_program) {
    if (error.number == "E030") return kProgramNotFound;
    if (error.number == "E031") return kNotExecutable;
    // Before anything ran, a wrong command line is that, whichever command it is.
    if (topic != nullptr &&
        (topic->number <= "E003" || topic->number == "E046" || topic->number == "E071")) {
      return kWrongUse;
    }
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
