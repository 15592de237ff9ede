// What threads of the program did, one by one, with names: for the outputs that tell it at once. A
// recording takes whole batches instead (recording_output.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/types.h"
#include "drain/spans.h"

namespace hone::session {

struct Argument {
  const std::string* key = nullptr;
  uint8_t type = 0;    // HONE_ARGUMENT_...
  uint64_t value = 0;  // of a number its bits
  std::string text;
};
// As JSON writes it where it can: 3, -0.5, true. A text without quotes.
std::string text_of(const Argument& argument);

struct ThreadSeen {
  uint32_t tid = 0;
  std::string name;
};

struct SpanSeen {
  const drain::SpanSite* site = nullptr;
  TimeNs start{}, end{};
  uint32_t depth = 0;
  bool stray = false;       // not nested in its thread's others
  uint32_t stands_for = 1;  // spans of its place and thread, itself among them
  bool open = false;        // it had not ended when the session did, at `end`
  std::span<const Argument> arguments;
};

struct MarkSeen {
  const drain::SpanSite* site = nullptr;
  uint8_t kind = 0;  // HONE_MARK_...
  TimeNs time{};
  uint64_t word = 0;    // the first of what follows it
  uint32_t number = 0;  // of HONE_MARK_COUNTED
  std::span<const Argument> arguments;
};

// One of the outputs. References hold during the call.
class Listener {
 public:
  virtual ~Listener() = default;
  // A thread is met, or has another name.
  virtual void on_thread(const ThreadSeen&) {}
  virtual void on_span(const ThreadSeen& thread, const SpanSeen& span) = 0;
  virtual void on_mark(const ThreadSeen& thread, const MarkSeen& mark) = 0;
  // Everything so far goes where it belongs.
  virtual void flush() {}
};

}  // namespace hone::session
