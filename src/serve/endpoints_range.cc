// What a stretch of time holds, in numbers.
#include <algorithm>

#include "analysis/frame_times.h"
#include "analysis/span_matches.h"
#include "analysis/wait_rows.h"
#include "analysis/weights.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/timelines.h"

namespace hone::serve {
namespace {

struct Sums {
  uint64_t samples = 0, waits = 0, loose = 0, gpu_spans = 0, messages = 0, locks = 0;
  uint64_t allocations = 0, frees = 0;
  int64_t cpu_ns = 0, blocked_ns = 0, runnable_ns = 0, gpu_ns = 0, lock_wait_ns = 0;
  uint64_t allocated_bytes = 0;
};

void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

void add_marks(const profile::Profile& p, const analysis::Selection& selection,
               const analysis::SampleFilter& filter, Sums& out) {
  const profile::Instrumentation& all = p.instrumentation();
  const auto takes = [&](ThreadId thread, TimeNs time) {
    return filter.takes_thread(thread) && time >= selection.time_first &&
           time <= selection.time_last;
  };
  for (const profile::LooseSpan& span : all.loose) out.loose += takes(span.thread, span.end);
  for (const profile::Message& message : all.messages) {
    out.messages += takes(message.thread, message.time);
  }
  for (const profile::GpuSpan& span : all.gpu_spans) {
    if (!takes(span.thread, span.end)) continue;
    ++out.gpu_spans;
    if (span.depth == 0) add_capped(out.gpu_ns, raw(span.end - span.start));
  }
  for (const profile::LockUse& use : all.locks) {
    if (!takes(use.thread, use.end)) continue;
    ++out.locks;
    add_capped(out.lock_wait_ns, use.wait_ns);
  }
  for (const profile::Allocation& mark : all.allocations) {
    if (!takes(mark.thread, mark.time)) continue;
    if (mark.kind == recording::kAllocated) {
      ++out.allocations;
      if (__builtin_add_overflow(out.allocated_bytes, mark.bytes, &out.allocated_bytes)) {
        out.allocated_bytes = UINT64_MAX;
      }
    } else if (mark.kind == recording::kFreed) {
      ++out.frees;
    }
  }
}

Result<Response> range(const Call& call) {
  const Opened& of = *call.a;
  const profile::Profile& p = of.profile;
  const analysis::Timeline& timeline = timeline_of(call, of);
  HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(of));
  const analysis::SampleFilter filter(p, selection);
  Sums sums;
  for (size_t i = 0; i < p.samples().size(); ++i) {
    if (!filter.takes(i)) continue;
    ++sums.samples;
    add_capped(sums.cpu_ns, p.samples().weight_ns[i]);
  }
  analysis::WaitRows(p, selection, filter).for_each([&](const analysis::WaitPart& part) {
    if (part.blocked_ns + part.runnable_ns > 0) sums.waits += part.wait->count;
    add_capped(sums.blocked_ns, part.blocked_ns);
    add_capped(sums.runnable_ns, part.runnable_ns + part.account_ns);
  });
  add_marks(p, selection, filter, sums);
  std::vector<uint8_t> threads(p.threads().size(), 0);
  for (uint32_t i = 0; i < threads.size(); ++i) threads[i] = filter.takes_thread(ThreadId{i});
  const uint64_t spans =
      analysis::count_spans(timeline, threads, selection.time_first, selection.time_last);
  Json frames = Json::array();
  uint64_t frame_count = 0;
  for (const analysis::FrameSet& set : analysis::frame_sets(p, selection, filter)) {
    int64_t longest = 0;
    uint64_t over = 0;
    for (const analysis::FrameTime& frame : set.frames) {
      longest = std::max(longest, frame.duration_ns);
      over += frame.duration_ns > call.context.budget_ns;
    }
    frame_count += set.frames.size();
    frames.push_back(
        {{"set", set.name}, {"count", set.frames.size()}, {"max", longest}, {"over", over}});
  }
  const TimeNs from = std::max(selection.time_first, timeline.start());
  const TimeNs to = std::min(selection.time_last, timeline.end());
  Json out = {{"start", since_start(of, from)},
              {"end", since_start(of, to)},
              {"spans", spans + sums.loose},
              {"samples", sums.samples},
              {"cpu_ns", sums.cpu_ns},
              {"waits", sums.waits},
              {"waits_ns", sums.blocked_ns},
              {"runnable_ns", sums.runnable_ns},
              {"frames", frame_count},
              {"frame_sets", std::move(frames)},
              {"gpu_spans", sums.gpu_spans},
              {"gpu_ns", sums.gpu_ns},
              {"messages", sums.messages},
              {"locks", sums.locks},
              {"lock_wait_ns", sums.lock_wait_ns},
              {"allocations", sums.allocations},
              {"frees", sums.frees},
              {"allocated_bytes", sums.allocated_bytes}};
  return json_response(out);
}

}  // namespace

const Endpoint kRange = {
    .path = "range",
    .sides = Sides::kA,
    .selects = true,
    .summary = "What a stretch of time holds, in numbers: for the drawer below the timeline.",
    .returns =
        "`{start, end, spans, samples, cpu_ns, waits, waits_ns, runnable_ns, frames, frame_sets: "
        "[{set, count, max, over}], gpu_spans, gpu_ns, messages, locks, lock_wait_ns, allocations, "
        "frees, allocated_bytes}`. Of spans, frames, uses of locks and spans of GPUs those that "
        "ended in it; of waits the part that lies in it. Allocations are those of the program's "
        "own pools.",
    .answer = &range};

}  // namespace hone::serve
