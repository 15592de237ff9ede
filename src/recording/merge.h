// How recordings are put on one clock: which times of each are to be moved, by how much, and on
// whose word. Nothing is moved here; copy.h does that.
//
//   HONE_TRY_ASSIGN(MergeSide side, look_at_side(reader, "server.hone"));
//   HONE_TRY_ASSIGN(std::vector<MergeTie> ties, tie_sides(sides, false));
//   copier.add(reader, ties[i].input);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "recording/copy.h"
#include "recording/reader.h"

namespace hone::recording {

// What a recording tells of its clock.
struct MergeSide {
  std::string name;
  std::string boot_id, pid_namespace;  // empty: it does not tell
  // Calendar less CLOCK_MONOTONIC, and by how much its readings of it differ.
  std::optional<int64_t> calendar_ns;
  int64_t calendar_spread_ns = 0;
  TimeNs start{}, end{};  // of the recording
  TimeNs first{};         // of all times in it
};

struct MergeTie {
  enum class By : uint8_t { kFirst, kBoot, kCalendar, kStart };
  CopyInput input;
  By by{};
  // Of the calendar's readings in the two recordings. How far two machines' calendars agree, no
  // recording tells.
  int64_t uncertainty_ns = 0;
};

// Memory: the tables of facts and clocks. Errors are the reader's.
Result<MergeSide> look_at_side(const Reader& in, const std::string& name);

// One for each side, in their order: onto the clock of the first one. `by_start`: whatever the
// clocks say, all begin at one moment. Errors: InvalidArgument (E078) where nothing ties a side to
// the first.
Result<std::vector<MergeTie>> tie_sides(std::span<const MergeSide> sides, bool by_start);

}  // namespace hone::recording
