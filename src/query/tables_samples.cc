// Tables of samples, of waits, and of what the system counted.
#include <array>

#include "analysis/wait_kinds.h"
#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

constexpr std::array<std::string_view, 9> kWalkEnds = {"complete", "no module",   "no table",
                                                       "no rule",  "unsupported", "stack end",
                                                       "bad cfa",  "frame limit", "no registers"};

// Files of other tools say at times that a stack is broken, and not how.
std::string_view text_of_end(uint8_t end) {
  return end < kWalkEnds.size() ? kWalkEnds[end] : std::string_view("not known");
}

bool has_flag(const Source& s, size_t i, uint8_t flag) {
  return (s.profile().samples().flags[i] & flag) != 0;
}
constexpr ColumnSpec kSamples[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the sample.", Role::kId),
    time_column("ts", HONE_NUMBER(s.since_start(s.profile().samples().time[i])), "When.",
                Role::kTime),
    whole("thread", HONE_NUMBER(raw(s.profile().samples().thread[i])),
          "Of threads.id; 0 when not known.", Role::kThread),
    text_column("thread_name", HONE_TEXT(thread_name(s, s.profile().samples().thread[i])),
                "The last name that the thread had."),
    some_column("stack", Type::kInteger, HONE_PUT(to.id(raw(s.profile().samples().stack[i]))),
                "Of stacks.id: where it was; NULL when not known. See stack_text(id)."),
    text_column("name", HONE_TEXT(stack_name(s, s.profile().samples().stack[i])),
                "Of the innermost function, inlined ones too.", Role::kName),
    nanoseconds("weight", HONE_NUMBER(s.profile().samples().weight_ns[i]),
                "CPU time that this sample stands for."),
    some_column("cpu", Type::kInteger, HONE_PUT({
                  const uint16_t cpu = s.profile().samples().cpu[i];
                  cpu == recording::kNoCpu ? to.none() : to.whole(cpu);
                }),
                "On which CPU; NULL when not known."),
    whole("kernel", HONE_NUMBER(has_flag(s, i, recording::kSampleInKernel) ? 1 : 0),
          "1 in the kernel."),
    text_column("stack_end", HONE_TEXT(text_of_end(s.profile().samples().end[i])),
                "complete, or why the rest of the stack is missing."),
    kInSpanColumn,
};

const profile::Wait& wait(const Source& s, size_t i) {
  return s.profile().waits()[i];
}
bool has_wait_flag(const Source& s, size_t i, uint8_t flag) {
  return (wait(s, i).flags & flag) != 0;
}
constexpr std::array<std::string_view, 4> kCauses = {"", "stack", "look", "hook"};
constexpr ColumnSpec kWaits[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the row.", Role::kId),
    time_column("ts", HONE_NUMBER(s.since_start(wait(s, i).time)),
                "When it began, or the first of them.", Role::kTime),
    nanoseconds("dur", HONE_NUMBER(wait(s, i).duration_ns),
                "How long it was, or they together were."),
    time_column("end", HONE_NUMBER(s.since_start(wait(s, i).until)), "When the last one ended."),
    kThreadColumn<&wait>,
    kThreadNameColumn<&wait>,
    whole("count", HONE_NUMBER(wait(s, i).count),
          "1; more where short waits of one cause are a row together."),
    some_column(
        "runnable_time", Type::kInteger,
        HONE_PUT({ wait(s, i).runnable_ns < 0 ? to.none() : to.whole(wait(s, i).runnable_ns); }),
        "Of dur: it could have run and had no CPU; NULL when not known.", Unit::kNanoseconds),
    whole("preempted", HONE_NUMBER(has_wait_flag(s, i, recording::kWaitRunnable) ? 1 : 0),
          "1 where it never wanted to stop."),
    some_column("stack", Type::kInteger, HONE_PUT(to.id(raw(wait(s, i).stack))),
                "Of stacks.id: where it stopped; NULL when not taken."),
    text_column("name", HONE_TEXT(stack_name(s, wait(s, i).stack)),
                "Of the innermost function of that stack.", Role::kName),
    text_column("place", HONE_TEXT(s.string(wait(s, i).place)),
                "The kernel's function that it waited in; empty when not known."),
    some_column("system_call", Type::kInteger, HONE_PUT({
                  const uint32_t call = wait(s, i).system_call;
                  call == 0 ? to.none() : to.whole(call - 1);
                }),
                "Number of the system call that it waited in; NULL when not known."),
    some_column("waker", Type::kInteger, HONE_PUT(to.id(raw(wait(s, i).waker))),
                "Of threads.id: who ended it; NULL when not known."),
    text_column("cause", HONE_TEXT(text_of(wait(s, i).cause, kCauses)),
                "What tells of it: stack, taken as it stopped; look, at /proc; hook, in the "
                "program; empty: nothing."),
    nanoseconds("stands_for", HONE_NUMBER(wait(s, i).stands_for_ns),
                "Time of waits without a cause that are likely like this one: an estimate."),
    whole("lost", HONE_NUMBER(has_wait_flag(s, i, recording::kWaitLost) ? 1 : 0),
          "1 where records were lost: it may have run in between."),
    kInSpanColumn,
};

const profile::Track& track(const Source& s, size_t i) {
  return s.profile().tracks()[i + 1];
}
constexpr std::array<std::string_view, 7> kUnits = {"",   "count", "bytes", "ns",
                                                    "Hz", "°C",    "share"};
constexpr std::array<std::string_view, 4> kKinds = {"", "gauge", "cumulative", "rate"};
constexpr std::array<std::string_view, 8> kScopes = {
    "", "machine", "cpu", "program", "process", "thread", "control group", "device"};
constexpr ColumnSpec kTracks[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the series.", Role::kId),
    text_column("name", HONE_TEXT(s.string(track(s, i).name)),
                "Dotted: cpu.busy, memory.resident, or an event: cache-misses.", Role::kName),
    text_column("unit", HONE_TEXT(text_of(static_cast<size_t>(track(s, i).unit), kUnits)),
                "count, bytes, ns, Hz, °C or share."),
    text_column("kind", HONE_TEXT(text_of(static_cast<size_t>(track(s, i).kind), kKinds)),
                "gauge: how much there is; cumulative: differences count; rate: a second."),
    text_column("scope", HONE_TEXT(text_of(static_cast<size_t>(track(s, i).scope), kScopes)),
                "machine, cpu, program, process, thread, control group or device."),
    some_column("process", Type::kInteger, HONE_PUT(to.id(raw(track(s, i).process))),
                "Of processes.id, where that is its scope."),
    some_column("thread", Type::kInteger, HONE_PUT(to.id(raw(track(s, i).thread))),
                "Of threads.id, where that is its scope."),
    some_column("cpu", Type::kInteger, HONE_PUT({
                  const uint16_t cpu = track(s, i).cpu;
                  cpu == recording::kNoCpu ? to.none() : to.whole(cpu);
                }),
                "Which CPU, where that is its scope."),
    text_column("what", HONE_TEXT(s.string(track(s, i).what)),
                "Which device or control group; empty where there is but one."),
    whole("count", HONE_NUMBER(track(s, i).count), "Its readings."),
    some_column("qualifies", Type::kInteger, HONE_PUT(to.id(raw(track(s, i).qualifies))),
                "Of tracks.id: that it says in which share of the time was counted."),
};

const profile::Track* track_of_value(const Source& s, size_t i) {
  const std::span<const profile::Track> tracks = s.profile().tracks();
  // Tracks of no values begin where the next one does.
  size_t begin = 1, end = tracks.size();
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (tracks[middle].first + tracks[middle].count <= i) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin < tracks.size() && tracks[begin].first <= i ? &tracks[begin] : tracks.data();
}
constexpr ColumnSpec kCounters[] = {
    whole("track", HONE_NUMBER(track_of_value(s, i) - s.profile().tracks().data()),
          "Of tracks.id."),
    text_column("name", HONE_TEXT(s.string(track_of_value(s, i)->name)), "Of the track.",
                Role::kName),
    time_column("ts", HONE_NUMBER(s.since_start(s.profile().track_values().time[i])),
                "When it was read.", Role::kTime),
    real_column("value",
                HONE_REAL(static_cast<double>(s.profile().track_values().value[i]) /
                          track_of_value(s, i)->divisor),
                "In the track's unit. Readings between two equal ones are left out."),
};

}  // namespace

constexpr TableSpec kSamplesTable = {
    .name = "samples",
    .doc = "A thread was seen at a stack.",
    .columns = kSamples,
    .rows = [](const Source& s) { return s.profile().samples().size(); }};
constexpr TableSpec kWaitsTable = {
    .name = "waits",
    .doc = "Time in which a thread did not run.",
    .columns = kWaits,
    .rows = [](const Source& s) { return s.profile().waits().size(); }};
constexpr TableSpec kTracksTable = {
    .name = "tracks",
    .doc = "What was measured beside the samples: a series of values each.",
    .columns = kTracks,
    .rows = [](const Source& s) { return s.profile().tracks().size() - 1; }};
constexpr TableSpec kCountersTable = {
    .name = "counters",
    .doc = "The values of tracks.",
    .columns = kCounters,
    .rows = [](const Source& s) { return s.profile().track_values().time.size(); }};

}  // namespace hone::query
