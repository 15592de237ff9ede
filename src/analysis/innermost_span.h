// The innermost span that was open on a thread at a time, for many times of that thread.
//
//   InnermostSpan innermost(profile.instrumentation().spans, thread);
//   for (each event, newest first) SiteId span = innermost.at(event.time);
//
// One pass over the thread's spans, whatever the number of events.
#pragma once

#include <algorithm>
#include <vector>

#include "profile/spans.h"

namespace hone::analysis {

class InnermostSpan {
 public:
  InnermostSpan(const profile::Spans& spans, ThreadId thread) : spans_(spans) {
    const auto& threads = spans.threads();
    const auto part = std::find_if(threads.begin(), threads.end(),
                                   [thread](const auto& each) { return each.thread == thread; });
    if (part == threads.end()) return;
    first_ = part->first;
    next_ = part->first + part->count;
  }

  // Times go down from call to call. None: no finished span was open.
  SiteId at(TimeNs time) {
    // Spans stand in the order of their ends: going back, outer ones come before those inside them.
    while (next_ > first_ && spans_.end(next_ - 1) >= time) open_.push_back(--next_);
    while (!open_.empty() && spans_.start(open_.back()) > time) open_.pop_back();
    return open_.empty() ? SiteId::kNone : spans_.site(open_.back());
  }

 private:
  const profile::Spans& spans_;
  size_t first_ = 0, next_ = 0;  // spans from here on were looked at
  std::vector<size_t> open_;     // innermost last
};

}  // namespace hone::analysis
