// What the timer source keeps of each program that has greeted it. Private to it.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "capture/timer_source.h"

namespace hone::capture {

struct MappedCode {
  uint64_t begin = 0, end = 0;
  bool operator==(const MappedCode&) const = default;
};

struct EndedThread {
  pid_t tid;
  DurationNs cpu;
  TimeNs time;
  std::string name;
};

struct TimerSource::Target {
  pid_t pid = 0;  // as we see it
  base::UniqueFd life;
  std::optional<drain::Rings> rings;  // absent before the greeting, and after the end
  bool same_ids = true;               // it sees process ids as we do
  bool replaced = false;              // by exec
  int64_t stack_start = 0;            // of the program that greeted: see stack_start_of
  bool gone = false, keeps_running = false;

  std::vector<MappedCode> ranges;     // of code, sorted
  std::unordered_set<uint64_t> sent;  // tables, by their keys
  uint64_t changes_sent = 0;          // wire::ControlPage::module_changes of the tables sent last
  bool unknown = false;               // some code lies outside of `ranges`
  bool unwalked = false;              // some stack could not be walked in the program
  TimeNs next_refresh{};
  int64_t refresh_wait_ns = 0;

  std::unordered_set<uint32_t> met;  // rings whose threads the collector knows
  std::unordered_map<pid_t, pid_t> outer_tids;
  std::vector<EndedThread> ended;
  size_t last_range = 0;

  void look_at(uint64_t address);
};

inline void TimerSource::Target::look_at(uint64_t address) {
  if (last_range < ranges.size() && address >= ranges[last_range].begin &&
      address < ranges[last_range].end) {
    return;
  }
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](uint64_t at, const MappedCode& code) { return at < code.end; });
  if (after == ranges.end() || address < after->begin) {
    unknown = true;
  } else {
    last_range = static_cast<size_t>(after - ranges.begin());
  }
}

}  // namespace hone::capture
