// Spans of one thread on their way into a recording: taken from slots of a ring, laid out as
// columns of the table `spans` at once. What a span costs the recorder is decided here.
//
//   SpanEncoder encoder(ticks_per_step);
//   encoder.add(batch.spans(), [&](uint32_t site) { return id; });
//   if (encoder.rows() >= kChunkRows) encoder.put(writer, thread, line, bodies);
//
// Times are kept in steps of the program's clock: what it cannot tell apart needs no bits. All of a
// thread's stamps are rounded to the same steps, so that spans which are nested stay nested. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "hone/layout.h"
#include "recording/column_bytes.h"
#include "recording/writer.h"

namespace hone::drain {

// How ticks are times: `ticks` is `time`, and each is worth ns_per_tick.
struct ClockLine {
  uint64_t ticks = 0;
  TimeNs time{};
  double ns_per_tick = 1;
};

class SpanEncoder {
 public:
  // What a chunk is worth having for; of fewer rows its header is the larger part.
  static constexpr size_t kChunkRows = 16384, kOwnChunkRows = 1024;
  // Of one span, that wait for its end.
  static constexpr size_t kArgumentsMax = 65536;

  // `ticks_per_step`: the smallest difference that the clock shows, 1 or more.
  explicit SpanEncoder(double ticks_per_step);

  // Ids of sites by the program's own number, asked for once each; kNone as long as there is none.
  using SiteOf = base::FunctionRef<SiteId(uint32_t)>;
  void add(std::span<const hone_slot> slots, SiteOf site_of);
  // Arguments of the span of this thread that began at `start`, and has not come yet: they wait for
  // it, so that their rows say when it began to the ns.
  using Arguments = std::span<const recording::SpanArgumentRow>;
  // False: there were more than are kept of one span, or of spans that are open.
  bool add_arguments(uint64_t start, Arguments rows);
  // Those of one that is open, when there are any; up to the next call.
  Arguments take_arguments(uint64_t start);
  // Its thread has ended: what waits is for spans that never come.
  void end_of_thread() { waiting_.clear(); }
  size_t rows() const { return rows_; }
  // Room for columns that are laid out, to be used again.
  using Bodies = std::array<std::vector<uint8_t>, 6>;
  // Writes what is there, and begins anew. The line is one that is good for the time of the rows.
  void put(recording::Writer& writer, ThreadId thread, const ClockLine& line, Bodies& bodies);
  // Another recording: sites have other ids.
  void forget_sites() { sites_.clear(); }

 private:
  // Rounded; also of ticks before base_. Most lie so near that 64 bits hold the product; the others
  // go by the same numbers, so that what came first stays first.
  int64_t step_of(uint64_t ticks) const {
    constexpr int64_t kHalf = int64_t{1} << 31, kNear = int64_t{1} << 30;
    const auto away = static_cast<int64_t>(ticks - base_);
    if (away + kNear < 2 * kNear && away >= -kNear) [[likely]] {
      return (away * steps_per_tick_32_ + kHalf) >> 32;
    }
    return static_cast<int64_t>((static_cast<__int128>(away) * steps_per_tick_32_ + kHalf) >> 32);
  }
  template <bool kArguments>
  void add_some(std::span<const hone_slot> slots, SiteOf site_of);
  void meet_arguments(uint64_t start, int64_t end_step, uint64_t duration_steps, SiteId site);
  // From where_ and strays_.
  void lay_out_places();
  void put_rows(recording::Writer& writer, std::span<const recording::EncodedColumn> columns);

  struct Waiting {
    uint64_t start;       // ticks
    size_t first, count;  // in arguments_
  };
  struct Met {
    int64_t end;        // steps
    uint64_t duration;  // steps
    size_t first, count;
    SiteId site;
  };
  void put_arguments(recording::Writer& writer, uint64_t base, uint64_t scale);
  int64_t steps_per_tick_32_;                            // times 2^32
  double ticks_per_step_;                                // as that is
  uint64_t base_ = 0;                                    // ticks that are step 0
  int64_t last_end_ = 0, least_end_ = 0, most_end_ = 0;  // in steps
  size_t rows_ = 0;
  std::vector<uint32_t> sites_;   // by the program's number; 0: not known yet
  std::vector<Waiting> waiting_;  // of spans that are open, outermost first
  std::vector<Met> met_;          // of spans that are among the rows
  std::vector<recording::SpanArgumentRow> arguments_;
  recording::ColumnBytes ends_, durations_;
  std::vector<uint32_t> where_;  // site and depth
  std::vector<size_t> strays_;   // which rows are
  recording::ColumnBytes site_ids_, depths_, flags_;
};

}  // namespace hone::drain
