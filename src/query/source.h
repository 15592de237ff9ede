// A recording that is ready to be asked: its profile, and what queries need beside it, made when a
// query first wants it and kept. One serves any number of Databases, on any threads.
//
//   const query::Source source(profile);
//   HONE_TRY_ASSIGN(query::Database db, query::Database::open({{"a", &source}}, {}));
//
// Thread-safe. `profile` must outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/findings.h"
#include "analysis/frame_times.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::query {

class RowIndex;
class SpanGranules;
class ThreadStretches;
struct TableSpec;

// All times of queries are nanoseconds since the recording's start.
class Source {
 public:
  explicit Source(const profile::Profile& profile);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const profile::Profile& profile() const { return profile_; }
  const profile::Instrumentation& marks() const { return profile_.instrumentation(); }
  std::string_view string(StringId id) const { return profile_.string(id); }
  // Never overflows: what a damaged file says ends at the ends of the range.
  int64_t since_start(TimeNs time) const {
    int64_t out = 0;
    if (!__builtin_sub_overflow(raw(time), start_ns_, &out)) return out;
    return raw(time) < 0 ? INT64_MIN : INT64_MAX;
  }
  // From one to the other, as short or long as a number holds.
  static int64_t between(TimeNs from, TimeNs to) {
    int64_t out = 0;
    if (!__builtin_sub_overflow(raw(to), raw(from), &out)) return out;
    return raw(to) < raw(from) ? INT64_MIN : INT64_MAX;
  }

  // Below: of this room alone.

  // The rows of a plain table by one of its columns (row_index.h).
  const RowIndex& index(const TableSpec& table, uint8_t role) const;
  const SpanGranules& granules() const;
  // What recording a span costs the one around it: taken off self times, as reports do.
  int64_t span_cost_ns() const { return span_cost_ns_; }

  struct FunctionTimes {
    int64_t self_ns = 0, total_ns = 0;
    uint64_t self_samples = 0, total_samples = 0;
  };
  const std::vector<FunctionTimes>& function_times() const;  // index = FunctionId
  const std::vector<analysis::Finding>& findings() const;
  struct FrameRow {
    const std::string* set = nullptr;
    analysis::FrameTime time;
  };
  const std::vector<FrameRow>& frames() const;  // of every set
  // Of spans that ended within those times.
  using SpanStatsRows = std::vector<analysis::SpanStats>;
  std::shared_ptr<const SpanStatsRows> span_stats(int64_t from, int64_t to) const;
  // When threads were in spans of that name (a glob).
  std::shared_ptr<const ThreadStretches> stretches(std::string_view pattern) const;

 private:
  struct Kept;
  const profile::Profile& profile_;
  int64_t start_ns_, span_cost_ns_;
  std::unique_ptr<Kept> kept_;
};

}  // namespace hone::query
