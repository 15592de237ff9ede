// What a session counted, for a summary at its end: where the time of spans went, how long frames
// took. Kept small however long it runs.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "session/events.h"

namespace hone::session {

class Tally final : public Listener {
 public:
  void on_span(const ThreadSeen& thread, const SpanSeen& span) override;
  void on_mark(const ThreadSeen& thread, const MarkSeen& mark) override;

  uint64_t spans() const { return spans_; }
  uint64_t marks() const { return marks_; }
  // Tables for a person; empty when there was nothing.
  std::string text() const;

 private:
  struct Row {
    uint64_t count = 0;
    uint64_t counted = 0;  // of these, those that were not timed: the timed ones stand for them
    uint64_t late = 0;     // beside these: counted, and none stands for them
    void take_late();
    int64_t total_ns = 0, self_ns = 0, max_ns = 0;
  };
  uint64_t spans_ = 0, marks_ = 0, never_ended_ = 0;
  std::unordered_map<std::string, Row> by_name_, frames_;
  std::unordered_map<std::string, TimeNs> frame_begun_;
  // Time in spans one deeper, since the last that ended less deep; by thread and depth.
  std::unordered_map<uint32_t, std::vector<int64_t>> inside_;
};

}  // namespace hone::session
