// What a session says on standard error while it runs: messages, and spans and frames that took
// long, at most some lines a second.
#pragma once

#include <string>
#include <unordered_map>

#include "session/events.h"

namespace hone::session {

class Console final : public Listener {
 public:
  // `start`: times are told from there on.
  Console(TimeNs start, DurationNs over, int descriptor = 2);
  void on_span(const ThreadSeen& thread, const SpanSeen& span) override;
  void on_mark(const ThreadSeen& thread, const MarkSeen& mark) override;
  void flush() override;

 private:
  void say(TimeNs time, std::string_view what, std::string_view text,
           std::span<const Argument> arguments, const ThreadSeen& thread);
  void on_frame(const ThreadSeen& thread, const MarkSeen& mark);
  bool may_say();

  const TimeNs start_;
  const DurationNs over_;
  const int descriptor_;
  std::string out_;
  double room_;  // lines that may be said now
  TimeNs filled_{};
  uint64_t left_out_ = 0;
  std::unordered_map<std::string, TimeNs> frames_;  // where the last of a set began
};

// Control characters as '?': what a terminal would act on.
std::string printable(std::string_view text);

}  // namespace hone::session
