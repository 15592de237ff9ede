// Tables of CSV: what GPUs did, locks, and pools of memory.
#include <array>
#include <string_view>

#include "exchange/csv_parts.h"
#include "exchange/pool_marks.h"

namespace hone::exchange::csv {

void write_gpu(Csv& csv) {
  csv.out.put(
      "pid,tid,thread,queue,device,name,category,start_ns,duration_ns,depth,issued_ns,file,line"
      "\r\n");
  const profile::Instrumentation& all = csv.p.instrumentation();
  constexpr uint8_t kDepthUnknown = 255;
  for (const profile::GpuSpan& span : all.gpu_spans) {
    if (!csv.options.takes(span.thread, span.end)) continue;
    const profile::GpuQueue& queue = all.gpu_queues[raw(span.queue)];
    const profile::Site& site = csv.site(span.site);
    // A thread that wrote nothing itself is not known; its process is, by the queue.
    if (span.thread == ThreadId::kNone) {
      csv.row.number(csv.ids.pid(queue.process)).empty().empty();
    } else {
      csv.put_thread(span.thread);
    }
    csv.row.text(csv.p.string(queue.name))
        .text(csv.p.string(queue.device))
        .text(csv.p.string(site.name))
        .text(csv.p.string(site.category))
        .number(csv.since_start(span.start))
        .number(raw(span.end - span.start));
    if (span.depth == kDepthUnknown) {
      csv.row.empty();
    } else {
      csv.row.number(span.depth);
    }
    csv.row.number(csv.since_start(span.issued))
        .text(csv.p.string(site.file))
        .number(site.line)
        .end();
  }
}

void write_locks(Csv& csv) {
  csv.out.put(
      "pid,tid,thread,name,lock,asked_ns,obtained_ns,end_ns,wait_ns,hold_ns,owner_tid,shared,"
      "outcome,file,line\r\n");
  for (const profile::LockUse& use : csv.p.instrumentation().locks) {
    if (!csv.options.takes(use.thread, use.end)) continue;
    const profile::Site& site = csv.site(use.site);
    const bool is_obtained =
        (use.flags & (recording::kLockGaveUp | recording::kLockStillWaiting)) == 0;
    csv.put_thread(use.thread)
        .text(csv.p.string(site.name))
        .hex(use.lock)
        .number(csv.since_start(use.asked()));
    if (is_obtained) {
      csv.row.number(csv.since_start(use.obtained()));
    } else {
      csv.row.empty();
    }
    csv.row.number(csv.since_start(use.end)).number(use.wait_ns);
    if (is_obtained && (use.flags & recording::kLockHoldUnknown) == 0) {
      csv.row.number(use.hold_ns);
    } else {
      csv.row.empty();
    }
    if (use.owner == ThreadId::kNone) {
      csv.row.empty();
    } else {
      csv.row.number(csv.ids.tid(use.owner));
    }
    csv.row.number((use.flags & recording::kLockShared) != 0 ? 1 : 0)
        .text((use.flags & recording::kLockGaveUp) != 0         ? "given up"
              : (use.flags & recording::kLockStillWaiting) != 0 ? "still waiting"
              : (use.flags & recording::kLockStillHeld) != 0    ? "still held"
              : (use.flags & recording::kLockHoldUnknown) != 0  ? "end not known"
                                                                : "let go")
        .text(csv.p.string(site.file))
        .number(site.line)
        .end();
  }
}

void write_pools(Csv& csv) {
  csv.out.put("pid,tid,thread,pool,time_ns,kind,address,bytes,live_bytes,span\r\n");
  static constexpr std::array<std::string_view, 4> kKinds = {"", "allocated", "freed", "all freed"};
  const profile::Instrumentation& all = csv.p.instrumentation();
  for_each_pool(csv.p, [&](const Pool& pool) {
    LiveBytes live;
    for (const uint32_t row : pool.marks) {
      const profile::Allocation& mark = all.allocations[row];
      live.take(mark);
      if (!csv.options.takes(mark.thread, mark.time)) continue;
      csv.put_thread(mark.thread)
          .text(pool.name)
          .number(csv.since_start(mark.time))
          .text(mark.kind < kKinds.size() ? kKinds[mark.kind] : "")
          .hex(mark.address);
      if (mark.kind == recording::kAllocated) {
        csv.row.whole(mark.bytes);
      } else {
        csv.row.empty();
      }
      csv.row.whole(live.bytes()).text(csv.p.string(csv.site(mark.span).name)).end();
    }
  });
}

}  // namespace hone::exchange::csv
