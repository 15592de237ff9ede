// Waits, locks and queues of GPUs in Perfetto's format: tracks below the thread, or the queue's
// program. A thread's waits have stamps of the kernel, which may be a moment before or behind the
// thread's own; a lock may be held across the end of a span, and let go in any order.
#include <algorithm>
#include <map>

#include "exchange/perfetto_lanes.h"
#include "exchange/wait_texts.h"

namespace hone::exchange::perfetto {
namespace {

using profile::LockUse;
using profile::Wait;

// A name below each thread.
class LanesOfThreads {
 public:
  LanesOfThreads(Trace& trace, std::string_view name) : trace_(trace), name_(name) {}
  Lanes& of(ThreadId thread) {
    const auto at = lanes_.find(thread);
    if (at != lanes_.end()) return at->second;
    return lanes_.try_emplace(thread, trace_, trace_.thread_track(thread), name_).first->second;
  }
  void write(Lanes::Describe describe) {
    for (auto& [thread, lanes] : lanes_) lanes.write(describe);
  }

 private:
  Trace& trace_;
  std::string_view name_;
  std::map<ThreadId, Lanes> lanes_;
};

}  // namespace

void write_waits(Trace& trace) {
  const std::span<const Wait> all = trace.profile.waits();
  WaitTexts texts(trace.profile);
  // Several short waits that are one row would lie around those that they are not.
  LanesOfThreads lanes(trace, "off CPU"), sums(trace, "off CPU, several waits as one");
  for (uint32_t i = 0; i < all.size(); ++i) {
    const Wait& wait = all[i];
    if (!trace.options.takes(wait.thread, wait.until)) continue;
    const bool is_one = wait.count <= 1 && (wait.flags & recording::kWaitAccount) == 0;
    (is_one ? lanes : sums)
        .of(wait.thread)
        .add({.start = std::min(wait.time, wait.until), .end = wait.until, .index = i});
  }
  const auto describe = [&](uint32_t index) {
    const Wait& wait = all[index];
    trace.put_name(texts.name_of(wait), "off-CPU");
    if (wait.count > 1) {
      trace.put_number("waits", wait.count);
      trace.put_signed("together ns", wait.duration_ns);
    }
    if (wait.runnable_ns > 0) trace.put_signed("could have run ns", wait.runnable_ns);
    if (wait.waker != ThreadId::kNone) {
      trace.put_text("woken by", thread_text(trace.profile, wait.waker));
    }
    if ((wait.flags & recording::kWaitBeganBefore) != 0)
      trace.put_yes("began before the recording");
    if ((wait.flags & recording::kWaitNotEnded) != 0) trace.put_yes("did not end");
    if (const std::string& stack = texts.stack(wait.stack); !stack.empty()) {
      trace.put_text("stack", stack);
    }
  };
  lanes.write(describe);
  sums.write(describe);
}

void write_locks(Trace& trace) {
  const std::vector<LockUse>& all = trace.profile.instrumentation().locks;
  const auto& sites = trace.profile.instrumentation().sites;
  constexpr uint8_t kNotHeld =
      recording::kLockGaveUp | recording::kLockStillWaiting | recording::kLockHoldUnknown;
  LanesOfThreads lanes(trace, "locks");
  for (uint32_t i = 0; i < std::min<size_t>(all.size(), UINT32_MAX / 2); ++i) {
    const LockUse& use = all[i];
    if (!trace.options.takes(use.thread, use.end)) continue;
    Lanes& of = lanes.of(use.thread);
    if (use.wait_ns > 0) {
      of.add({.start = use.asked(), .end = use.obtained(), .index = 2 * i});
    }
    if ((use.flags & kNotHeld) == 0) {
      of.add({.start = use.obtained(), .end = use.end, .index = 2 * i + 1});
    }
  }
  lanes.write([&](uint32_t index) {
    const LockUse& use = all[index / 2];
    const bool is_wait = index % 2 == 0;
    trace.put_name(std::string(trace.profile.string(sites[raw(use.site)].name)) +
                       (is_wait ? " (wait)" : " (held)"),
                   "lock");
    trace.put_address("lock", use.lock);
    if ((use.flags & recording::kLockShared) != 0) trace.put_yes("shared");
    if (is_wait && use.owner != ThreadId::kNone) {
      trace.put_text("held by", thread_text(trace.profile, use.owner));
    }
    if (is_wait && (use.flags & recording::kLockGaveUp) != 0) trace.put_yes("given up");
    if (is_wait && (use.flags & recording::kLockStillWaiting) != 0) trace.put_yes("still waiting");
    if (!is_wait && (use.flags & recording::kLockStillHeld) != 0) trace.put_yes("still held");
  });
}

void write_gpu(Trace& trace) {
  const profile::Profile& p = trace.profile;
  const profile::Instrumentation& all = p.instrumentation();
  std::map<ProcessId, uint64_t> programs;
  std::map<GpuQueueId, Lanes> queues;
  for (uint32_t i = 0; i < all.gpu_spans.size(); ++i) {
    const profile::GpuSpan& span = all.gpu_spans[i];
    if (!trace.options.takes(span.thread, span.end)) continue;
    auto at = queues.find(span.queue);
    if (at == queues.end()) {
      const profile::GpuQueue& queue = all.gpu_queues[raw(span.queue)];
      uint64_t& program = programs[queue.process];
      if (program == 0) {
        program = trace.new_track(
            0, "GPU of " + std::string(p.string(p.processes()[raw(queue.process)].name)));
      }
      std::string name =
          span.queue == GpuQueueId{} ? "a queue not told of" : std::string(p.string(queue.name));
      if (queue.device != StringId::kNone) {
        name += " (" + std::string(p.string(queue.device)) + ")";
      }
      at = queues.try_emplace(span.queue, trace, program, name).first;
    }
    at->second.add({.start = std::min(span.start, span.end),
                    .end = span.end,
                    .index = i,
                    .depth = span.depth});
  }
  for (auto& [id, lanes] : queues) {
    lanes.write([&](uint32_t index) {
      const profile::GpuSpan& span = all.gpu_spans[index];
      trace.put_name(p.string(all.sites[raw(span.site)].name), "gpu");
      if (span.thread == ThreadId::kNone) return;
      trace.put_text("recorded by", thread_text(p, span.thread));
      if (span.issued <= span.start) {
        trace.put_signed("recorded ns before", raw(span.start) - raw(span.issued));
      }
    });
  }
}

}  // namespace hone::exchange::perfetto
