// What queues of GPUs did, in Chrome's format: a process of their own for each program, a track for
// each queue.
#include <map>
#include <string>
#include <unordered_map>

#include "exchange/chrome_lane.h"

namespace hone::exchange::chrome {

void write_gpu(Events& events) {
  const profile::Profile& p = events.profile;
  const profile::Instrumentation& all = p.instrumentation();
  std::vector<std::vector<uint32_t>> rows(all.gpu_queues.size());
  for (size_t i = 0; i < all.gpu_spans.size(); ++i) {
    const profile::GpuSpan& span = all.gpu_spans[i];
    if (!events.options.takes(span.thread, span.end)) continue;
    rows[raw(span.queue)].push_back(static_cast<uint32_t>(i));
  }
  std::map<ProcessId, uint32_t> pids;
  std::unordered_map<uint32_t, std::string> whats;  // by SiteId
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].empty() || events.out.failed()) continue;
    const profile::GpuQueue& queue = all.gpu_queues[i];
    uint32_t& pid = pids[queue.process];
    if (pid == 0) {
      pid = events.ids.next();
      const StringId name = p.processes()[raw(queue.process)].name;
      events.name_process(pid, "GPU of " + std::string(p.string(name)));
    }
    std::string name = i == 0 ? "a queue not told of" : std::string(p.string(queue.name));
    if (queue.device != StringId::kNone) {
      name += " (" + std::string(p.string(queue.device)) + ")";
    }
    Lane lane(events, pid, name);
    for (const uint32_t row : rows[i]) {
      const profile::GpuSpan& span = all.gpu_spans[row];
      std::string& what = whats[raw(span.site)];
      if (what.empty()) {
        const profile::Site& site = all.sites[raw(span.site)];
        what = what_of(events.name_of(span.site), "gpu", site.color);
      }
      lane.add(
          {.start = span.start, .end = span.end, .what = &what, .index = row, .depth = span.depth});
    }
    lane.write([&](uint32_t index, ArgumentWriter& to) {
      const profile::GpuSpan& span = all.gpu_spans[index];
      if (span.thread == ThreadId::kNone) return;
      to.text("recorded by", thread_text(p, span.thread));
      if (span.issued <= span.start) {
        to.microseconds("recorded us before", raw(span.start) - raw(span.issued));
      }
    });
  }
}

}  // namespace hone::exchange::chrome
