// Tables of what ran, and of the measurement itself.
#include <array>

#include "base/host/json_text.h"
#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

constexpr ColumnSpec kMeta[] = {
    text_column("key", HONE_TEXT(s.profile().meta()[i].first),
                "Dotted name: host.cpu_model, run.command.", Role::kName),
    text_column("value", HONE_TEXT(s.profile().meta()[i].second),
                "As text; numbers in the unit that the key ends in."),
};

const profile::Diagnostic& diagnostic(const Source& s, size_t i) {
  return s.profile().diagnostics()[i];
}
constexpr std::array<std::string_view, 5> kSeverities = {"", "info", "notice", "data loss",
                                                         "error"};
constexpr ColumnSpec kDiagnostics[] = {
    text_column("name", HONE_TEXT(diagnostic(s, i).name),
                "What happened: samples_lost, stack_broken.stack_end, ...", Role::kName),
    text_column("severity", HONE_TEXT(text_of(diagnostic(s, i).severity, kSeverities)),
                "info, notice, data loss or error."),
    whole("count", HONE_NUMBER(diagnostic(s, i).count), "How often."),
    some_column("first_ts", Type::kInteger, HONE_PUT({
                  const TimeNs time = diagnostic(s, i).first_time;
                  raw(time) == 0 ? to.none() : to.whole(s.since_start(time));
                }),
                "When first; NULL when it has no time.", Unit::kTime),
    text_column("detail", HONE_TEXT(diagnostic(s, i).detail), "On which thing, and what to do."),
};

const profile::Pause& pause(const Source& s, size_t i) {
  return s.profile().pauses()[i];
}
constexpr std::array<std::string_view, 6> kPauseCauses = {"",         "--delay", "--start-paused",
                                                          "hone ctl", "signal",  "program"};
constexpr ColumnSpec kPauses[] = {
    time_column("ts", HONE_NUMBER(s.since_start(pause(s, i).start)), "When recording stopped.",
                Role::kTime),
    nanoseconds("dur", HONE_NUMBER(Source::between(pause(s, i).start, pause(s, i).end)),
                "Until it went on, or ended."),
    text_column("cause", HONE_TEXT(text_of(pause(s, i).cause, kPauseCauses)),
                "Who asked: --delay, --start-paused, hone ctl, signal or program."),
};

const profile::Process& process(const Source& s, size_t i) {
  return s.profile().processes()[i + 1];
}
constexpr ColumnSpec kProcesses[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the process: not the kernel's, which is used again.",
          Role::kId),
    whole("pid", HONE_NUMBER(process(s, i).pid), "The kernel's id, as the recorder saw it."),
    some_column("parent", Type::kInteger, HONE_PUT(to.id(raw(process(s, i).parent))),
                "Of processes.id; NULL when it was not recorded."),
    text_column("name", HONE_TEXT(s.string(process(s, i).name)), "The last name that it had.",
                Role::kName),
    text_column("command", HONE_TEXT(s.string(process(s, i).command)),
                "Its command line; empty when not known or redacted."),
    time_column("ts", HONE_NUMBER(s.since_start(process(s, i).start)), "When it was first seen.",
                Role::kTime),
    time_column("end", HONE_NUMBER(s.since_start(process(s, i).end)),
                "When it exited, or the end of the recording."),
    whole("exited", HONE_NUMBER(process(s, i).exited ? 1 : 0), "1 it did; 0 it still ran."),
    some_column("status", Type::kInteger, HONE_PUT({
                  process(s, i).status < 0 ? to.none() : to.whole(process(s, i).status);
                }),
                "Wait status; NULL when not known."),
    some_column("cpu_time", Type::kInteger, HONE_PUT({
                  process(s, i).cpu_ns < 0 ? to.none() : to.whole(process(s, i).cpu_ns);
                }),
                "True CPU time, by the kernel; NULL when not known.", Unit::kNanoseconds),
    nanoseconds("unsampled_time", HONE_NUMBER(process(s, i).unsampled_ns),
                "CPU time that no sample saw; negative where samples weigh more."),
    bytes_column("peak_memory", HONE_NUMBER(process(s, i).peak_memory_bytes),
                 "Resident; 0 when not known."),
};

const profile::Thread& thread(const Source& s, size_t i) {
  return s.profile().threads()[i + 1];
}
const profile::Process& process_of(const Source& s, size_t i) {
  return s.profile().processes()[raw(thread(s, i).process)];
}
constexpr ColumnSpec kThreads[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the thread: not the kernel's, which is used again.",
          Role::kId),
    whole("tid", HONE_NUMBER(thread(s, i).tid), "The kernel's id."),
    text_column("name", HONE_TEXT(s.string(thread(s, i).name)), "The last name that it had.",
                Role::kName),
    some_column("process", Type::kInteger, HONE_PUT(to.id(raw(thread(s, i).process))),
                "Of processes.id."),
    text_column("process_name", HONE_TEXT(s.string(process_of(s, i).name)), "Of its process."),
    time_column("ts", HONE_NUMBER(s.since_start(thread(s, i).start)), "When it was first seen.",
                Role::kTime),
    time_column("end", HONE_NUMBER(s.since_start(thread(s, i).end)),
                "When it exited, or the end of the recording."),
    some_column("cpu_time", Type::kInteger,
                HONE_PUT({ thread(s, i).cpu_ns < 0 ? to.none() : to.whole(thread(s, i).cpu_ns); }),
                "That it ran; NULL when not known.", Unit::kNanoseconds),
};

const analysis::Finding& finding(const Source& s, size_t i) {
  return s.findings()[i];
}
void put_evidence(const analysis::Finding& of, const Cell& to) {
  std::string text = "{";
  for (const auto& [name, value] : of.evidence) {
    if (text.size() > 1) text += ',';
    base::append_json(text, name);
    text += ':';
    base::append_json(text, value);
  }
  to.copied(text + "}");
}
constexpr ColumnSpec kFindings[] = {
    text_column("name", HONE_TEXT(finding(s, i).id), "Which: dominating-function, ...",
                Role::kName),
    whole("severity", HONE_NUMBER(finding(s, i).severity),
          "3 act on it, 2 look at it, 1 of the measurement."),
    text_column("sentence", HONE_TEXT(finding(s, i).sentence), "One line with the numbers."),
    text_column("next_step", HONE_TEXT(finding(s, i).next_step), "What to do."),
    text_column("how", HONE_TEXT(finding(s, i).how), "How it was computed, with its thresholds."),
    real_column("gain_share", HONE_REAL(finding(s, i).gain_share),
                "What of the CPU time is at stake."),
    some_column("evidence", Type::kText, HONE_PUT(put_evidence(finding(s, i), to)),
                "Its numbers, as JSON: evidence ->> 'self_share'."),
};

}  // namespace

constexpr TableSpec kMetaTable = {
    .name = "meta",
    .doc = "Facts of the run and of the machine, one a row.",
    .columns = kMeta,
    .rows = [](const Source& s) { return s.profile().meta().size(); }};
constexpr TableSpec kDiagnosticsTable = {
    .name = "diagnostics",
    .doc = "What was lost, cut or guessed.",
    .columns = kDiagnostics,
    .rows = [](const Source& s) { return s.profile().diagnostics().size(); }};
constexpr TableSpec kPausesTable = {
    .name = "pauses",
    .doc = "Stretches in which nothing was recorded because somebody asked for that.",
    .columns = kPauses,
    .rows = [](const Source& s) { return s.profile().pauses().size(); }};
constexpr TableSpec kProcessesTable = {
    .name = "processes",
    .doc = "Processes that were recorded.",
    .columns = kProcesses,
    .rows = [](const Source& s) { return s.profile().processes().size() - 1; }};
constexpr TableSpec kThreadsTable = {
    .name = "threads", .doc = "Their threads.", .columns = kThreads, .rows = [](const Source& s) {
      return s.profile().threads().size() - 1;
    }};
constexpr TableSpec kFindingsTable = {
    .name = "findings",
    .doc = "What to look at first, as reports say it; the first is the most important.",
    .columns = kFindings,
    .rows = [](const Source& s) { return s.findings().size(); }};

}  // namespace hone::query
