#include "recording/merge.h"

#include <algorithm>
#include <charconv>

namespace hone::recording {
namespace {

// Far from overflow, whatever a damaged file says: 73 years.
constexpr int64_t kTimeMax = INT64_MAX / 4;
// Where the first event is put that would be before the first machine was started.
constexpr int64_t kFirstNs = 1'000'000'000;

int64_t number_of(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<int64_t>(value, 0, kTimeMax);
}

bool is_sound(TimeNs time) {
  return raw(time) > 0 && raw(time) < kTimeMax;
}

tl::unexpected<Error> untied(const MergeSide& side, const MergeSide& first) {
  const MergeSide& silent = side.calendar_ns ? first : side;
  return tl::unexpected(Error{
      .code = Code::InvalidArgument,
      .message = "nothing ties the clock of " + side.name + " to that of " + first.name + ": " +
                 silent.name + " does not say when it was recorded",
      .effect = "nothing was written",
      .fixes = {"hone merge --align start ...   lets both begin at one moment, as you say so"},
      .number = "E078"});
}

}  // namespace

Result<MergeSide> look_at_side(const Reader& in, const std::string& name) {
  MergeSide out{.name = name};
  int64_t wall_ns = 0;
  HONE_TRY(in.for_each<MetaRow>([&](const MetaRow& row) {
    if (row.key == "host.boot_id") out.boot_id = row.value;
    if (row.key == "host.pid_namespace") out.pid_namespace = row.value;
    if (row.key == "run.start_ns") out.start = TimeNs{number_of(row.value)};
    if (row.key == "run.wall_ns") wall_ns = number_of(row.value);
  }));
  int64_t least = INT64_MAX, most = INT64_MIN;
  HONE_TRY(in.for_each<ClockRow>([&](const ClockRow& row) {
    if (row.clock != 1 || !is_sound(row.monotonic) || row.value > INT64_MAX / 2) return;
    const int64_t apart = static_cast<int64_t>(row.value) - raw(row.monotonic);
    if (raw(out.start) == 0) out.start = row.monotonic;
    least = std::min(least, apart);
    most = std::max(most, apart);
  }));
  if (least <= most) {
    // Half way between the readings: a calendar that was set meanwhile was wrong before or after.
    out.calendar_ns = least + (most - least) / 2;
    out.calendar_spread_ns = most - least;
  }
  TimeNs first{INT64_MAX}, last{};
  for (const ChunkFacts& chunk : in.chunks()) {
    // The first time of these is of no event.
    if (chunk.table == Table::kDiagnostics || chunk.table == Table::kInvalid) continue;
    if (is_sound(chunk.time_first)) first = std::min(first, chunk.time_first);
    if (is_sound(chunk.time_last)) last = std::max(last, chunk.time_last);
  }
  if (raw(first) == INT64_MAX) first = out.start;
  if (raw(out.start) == 0) out.start = first;
  out.first = std::min(first, out.start);
  out.end = wall_ns > 0 ? out.start + DurationNs{wall_ns} : std::max(last, out.start);
  return out;
}

Result<std::vector<MergeTie>> tie_sides(std::span<const MergeSide> sides, bool by_start) {
  std::vector<MergeTie> out(sides.size());
  int64_t least = INT64_MAX;
  for (size_t i = 0; i < sides.size(); ++i) {
    const MergeSide &side = sides[i], &first = sides[0];
    MergeTie& tie = out[i];
    const bool same_boot = i == 0 || (!side.boot_id.empty() && side.boot_id == first.boot_id);
    if (i == 0) {
      tie.by = MergeTie::By::kFirst;
    } else if (by_start) {
      tie.by = MergeTie::By::kStart;
      tie.input.shift_ns = raw(first.start) - raw(side.start);
    } else if (same_boot) {
      tie.by = MergeTie::By::kBoot;
    } else if (side.calendar_ns && first.calendar_ns) {
      tie.by = MergeTie::By::kCalendar;
      tie.input.shift_ns = *side.calendar_ns - *first.calendar_ns;
      tie.uncertainty_ns = side.calendar_spread_ns + first.calendar_spread_ns;
    } else {
      return untied(side, first);
    }
    tie.input.same_boot = same_boot && tie.input.shift_ns == 0;
    tie.input.same_pids = tie.input.same_boot && i > 0 && !side.pid_namespace.empty() &&
                          side.pid_namespace == first.pid_namespace;
    least = std::min(least, raw(side.first) + tie.input.shift_ns);
  }
  // Times are positive. What would be before the first one's clock began moves all of them.
  if (least >= 0) return out;
  for (MergeTie& tie : out) {
    tie.input.shift_ns += kFirstNs - least;
    tie.input.same_boot = false;
  }
  return out;
}

}  // namespace hone::recording
