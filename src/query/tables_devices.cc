// Tables of GPUs, locks and pools of memory that programs tell of.
#include <array>

#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

const profile::GpuQueue& queue(const Source& s, size_t i) {
  return s.marks().gpu_queues[i + 1];
}
constexpr std::array<std::string_view, 5> kDevices = {"other", "integrated", "discrete", "virtual",
                                                      "cpu"};
constexpr std::array<std::string_view, 5> kCalibrations = {"", "read together", "once", "followed",
                                                           "by CUPTI"};
constexpr ColumnSpec kGpuQueues[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the queue.", Role::kId),
    text_column("name", HONE_TEXT(s.string(queue(s, i).name)), "As the program gave it.",
                Role::kName),
    text_column("device", HONE_TEXT(s.string(queue(s, i).device)), "As its driver says it."),
    text_column("device_kind", HONE_TEXT(text_of(queue(s, i).device_kind, kDevices)),
                "integrated, discrete, virtual, cpu (a renderer in software) or other."),
    text_column(
        "calibration", HONE_TEXT(text_of(queue(s, i).calibration, kCalibrations)),
        "How its clock is tied to ours: read together, once by waiting, followed (each second, "
        "by an event), or by CUPTI."),
    some_column("process", Type::kInteger, HONE_PUT(to.id(raw(queue(s, i).process))),
                "Of processes.id."),
};

const profile::GpuClock& gpu_clock(const Source& s, size_t i) {
  return s.marks().gpu_clocks[i];
}
constexpr ColumnSpec kGpuClocks[] = {
    kTimeColumn<&gpu_clock>,
    some_column("queue", Type::kInteger, HONE_PUT(to.id(raw(gpu_clock(s, i).queue))),
                "Of gpu_queues.id."),
    nanoseconds("error", HONE_NUMBER(gpu_clock(s, i).error_ns),
                "By how much times may be off, either way."),
    nanoseconds("correction", HONE_NUMBER(gpu_clock(s, i).correction_ns),
                "How far the clock was found to be off."),
    whole("left_out", HONE_NUMBER(gpu_clock(s, i).left_out),
          "Spans so far that the program had no queries for."),
};

const profile::GpuSpan& gpu_span(const Source& s, size_t i) {
  return s.marks().gpu_spans[i];
}
constexpr ColumnSpec kGpuSpans[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the span.", Role::kId),
    time_column("ts", HONE_NUMBER(s.since_start(gpu_span(s, i).start)),
                "When what was before it was finished.", Role::kTime),
    nanoseconds("dur", HONE_NUMBER(Source::between(gpu_span(s, i).start, gpu_span(s, i).end)),
                "How long it took."),
    time_column("end", HONE_NUMBER(s.since_start(gpu_span(s, i).end)), "When it was finished."),
    kSiteNameColumn<&gpu_span>,
    some_column("queue", Type::kInteger, HONE_PUT(to.id(raw(gpu_span(s, i).queue))),
                "Of gpu_queues.id."),
    time_column("issued", HONE_NUMBER(s.since_start(gpu_span(s, i).issued)),
                "When its commands were recorded; its start where that is not known (CUPTI)."),
    kThreadColumn<&gpu_span>,
    some_column("depth", Type::kInteger, HONE_PUT({
                  constexpr uint8_t kUnknown = 255;
                  gpu_span(s, i).depth == kUnknown ? to.none() : to.whole(gpu_span(s, i).depth);
                }),
                "How many spans were open around it; NULL when not known."),
    kSiteColumn<&gpu_span>,
};

const profile::LockUse& lock(const Source& s, size_t i) {
  return s.marks().locks[i];
}
std::string_view outcome(const profile::LockUse& use) {
  if ((use.flags & recording::kLockGaveUp) != 0) return "given up";
  if ((use.flags & recording::kLockStillWaiting) != 0) return "still waiting";
  if ((use.flags & recording::kLockStillHeld) != 0) return "still held";
  if ((use.flags & recording::kLockHoldUnknown) != 0) return "end not known";
  return "let go";
}
constexpr ColumnSpec kLocks[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the use.", Role::kId),
    time_column("ts", HONE_NUMBER(s.since_start(lock(s, i).asked())), "When it was asked for.",
                Role::kTime),
    nanoseconds("wait_time", HONE_NUMBER(lock(s, i).wait_ns), "Until it was had, or given up."),
    nanoseconds("hold_time", HONE_NUMBER(lock(s, i).hold_ns), "Then, until it was let go."),
    time_column("end", HONE_NUMBER(s.since_start(lock(s, i).end)), "When that ended."),
    kSiteNameColumn<&lock>,
    whole("lock", HONE_NUMBER(lock(s, i).lock), "Its address: with the process, which one."),
    kThreadColumn<&lock>,
    kThreadNameColumn<&lock>,
    some_column("owner", Type::kInteger, HONE_PUT(to.id(raw(lock(s, i).owner))),
                "Of threads.id: who held it when the wait began; NULL when not known."),
    whole("shared", HONE_NUMBER((lock(s, i).flags & recording::kLockShared) != 0 ? 1 : 0),
          "1 with others."),
    text_column("outcome", HONE_TEXT(outcome(lock(s, i))),
                "let go, given up, still waiting, still held or end not known."),
    kSiteColumn<&lock>,
    kInSpanColumn,
};

const profile::Allocation& allocation(const Source& s, size_t i) {
  return s.marks().allocations[i];
}
constexpr std::array<std::string_view, 4> kKinds = {"", "allocated", "freed", "all freed"};
constexpr ColumnSpec kAllocations[] = {
    kTimeColumn<&allocation>,
    text_column("name", HONE_TEXT(site_name(s, allocation(s, i).site)), "Of the pool.",
                Role::kName),
    text_column("kind", HONE_TEXT(text_of(allocation(s, i).kind, kKinds)),
                "allocated, freed or all freed."),
    whole("address", HONE_NUMBER(allocation(s, i).address), "Of the memory."),
    bytes_column("bytes", HONE_NUMBER(allocation(s, i).bytes), "That were allocated; else 0."),
    kThreadColumn<&allocation>,
    text_column("span", HONE_TEXT(site_name(s, allocation(s, i).span)),
                "The innermost that was open on the thread; empty: none."),
    kSiteColumn<&allocation>,
    kInSpanColumn,
};

}  // namespace

constexpr TableSpec kGpuQueuesTable = {
    .name = "gpu_queues",
    .doc = "Queues of GPUs that programs tell of.",
    .columns = kGpuQueues,
    .rows = [](const Source& s) { return s.marks().gpu_queues.size() - 1; }};
constexpr TableSpec kGpuClocksTable = {
    .name = "gpu_clocks",
    .doc = "Comparisons of a queue's clock with that of everything else.",
    .columns = kGpuClocks,
    .rows = [](const Source& s) { return s.marks().gpu_clocks.size(); }};
constexpr TableSpec kGpuSpansTable = {
    .name = "gpu_spans",
    .doc = "What queues of GPUs did.",
    .columns = kGpuSpans,
    .rows = [](const Source& s) { return s.marks().gpu_spans.size(); }};
constexpr TableSpec kLocksTable = {
    .name = "locks",
    .doc = "Locks that programs mark: one row a time that one was held, with the wait before.",
    .columns = kLocks,
    .rows = [](const Source& s) { return s.marks().locks.size(); }};
constexpr TableSpec kAllocationsTable = {
    .name = "allocations",
    .doc = "What programs take from pools of memory of their own, and give back.",
    .columns = kAllocations,
    .rows = [](const Source& s) { return s.marks().allocations.size(); }};

}  // namespace hone::query
