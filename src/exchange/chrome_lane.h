// Tracks of Chrome's format beside those of the program's threads: for what may lie across the
// spans of a thread, or across others of its own kind.
//
//   Lane lane(events, pid, "main: locks");
//   lane.add({.start = a, .end = b, .what = &what, .index = i});
//   lane.write([&](uint32_t index, ArgumentWriter& to) { to.text("owner", name); });
//
// What lies inside one another or apart is a complete event on the track; what lies across another
// is asynchronous. So the track is nested, whatever it is given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"
#include "exchange/chrome_parts.h"

namespace hone::exchange::chrome {

// Writes ,"args":{...} of one event; nothing when it has none.
class ArgumentWriter {
 public:
  explicit ArgumentWriter(Output& out) : out_(out) {}
  // Keys need no escape.
  void text(std::string_view key, std::string_view value);
  void json(std::string_view key, std::string_view value);  // which is JSON already
  void number(std::string_view key, uint64_t value);
  void hex(std::string_view key, uint64_t value);
  void microseconds(std::string_view key, int64_t ns);
  void yes(std::string_view key) { json(key, "true"); }
  void end();

 private:
  void begin(std::string_view key);
  Output& out_;
  bool is_first_ = true;
};

struct LaneSpan {
  TimeNs start{}, end{};
  const std::string* what = nullptr;  // "name":"...","cat":"...": kept by the caller
  uint32_t index = 0;                 // for the arguments
  uint8_t depth = 0;                  // what begins and ends together: the least is around
  bool apart = false;                 // asynchronous in any case
};

class Lane {
 public:
  using Arguments = base::FunctionRef<void(uint32_t index, ArgumentWriter& to)>;

  Lane(Events& events, uint32_t pid, std::string_view name)
      : events_(events), pid_(pid), name_(name) {}
  void add(const LaneSpan& span) { spans_.push_back(span); }
  void write(Arguments arguments);

 private:
  void put_head(char phase, const LaneSpan& span, TimeNs time);
  void put_arguments(const LaneSpan& span, Arguments arguments);

  Events& events_;
  uint32_t pid_, tid_ = 0;
  std::string name_;
  std::vector<LaneSpan> spans_;
};

// "name":"...","cat":"..." and, where the color is not 0, its name.
std::string what_of(std::string_view name, std::string_view category, uint32_t color = 0);
// "main loop (4711)"
std::string thread_text(const profile::Profile& profile, ThreadId thread);

}  // namespace hone::exchange::chrome
