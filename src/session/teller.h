// Batches of a program's rings (drain/spans.h) as single events with names, for listeners.
//
//   Teller teller;
//   teller.add(console);
//   teller.put(source, batch);
//
// Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "drain/span_rows.h"
#include "session/events.h"

namespace hone::session {

// The memory of one libhone in this program, and what of it is known.
struct Source {
  Source(drain::SpanRings memory, const drain::TickClock* clock, drain::SiteIds& sites)
      : rings(std::move(memory)), rows(rings, clock, sites) {}
  struct Thread {
    uint32_t turn = 0, name = 0;
    bool met = false;
    ThreadSeen seen;
    // Of spans that have not ended: by site and start.
    std::unordered_map<uint64_t, std::vector<Argument>> arguments;
    std::unordered_map<uint64_t, uint32_t> stands_for;
  };
  drain::SpanRings rings;
  drain::SpanRows rows;  // of the recording, where there is one
  uint64_t inode = 0;
  drain::SpanCounts before;  // the session
  std::deque<std::optional<drain::SpanSite>> names;
  std::vector<Thread> seen;  // by ring
};

class Teller {
 public:
  void add(Listener& listener) { listeners_.push_back(&listener); }
  bool has_listeners() const { return !listeners_.empty(); }

  void put(Source& source, const drain::SpanBatch& batch);
  // What is open when the session ends.
  void put_open(Source& source, TimeNs end);

 private:
  Source::Thread& thread_of(Source& source, const drain::SpanThread& thread);
  const drain::SpanSite& site_of(Source& source, uint32_t id);
  void name(Source& source, Source::Thread& thread, uint32_t site);
  void put_mark(Source& source, Source::Thread& thread, const drain::SpanBatch& batch,
                const drain::SpanMark& mark);

  std::vector<Listener*> listeners_;
};

// The values that follow a mark. What says that it is longer than there is room for is left out.
std::vector<Argument> arguments_of(const drain::SpanSite& site, const drain::SpanBatch& batch,
                                   const drain::SpanMark& mark);

// A thread's name as the kernel has it; empty when the thread is gone.
std::string kernel_name(uint32_t tid);

}  // namespace hone::session
