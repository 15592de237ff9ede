// Rows of tracks other than those of nested spans, with levels of detail: what threads did, queues
// of GPUs, frames, messages, locks.
//
//   TrackRows rows;
//   const size_t part = rows.add(std::move(some));
//   rows.finish(2);
//   span_bars(rows.levels(), rows.source(), part, window);
//
// 25 bytes a row. Immutable once finished.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "profile/span_window.h"

namespace hone::analysis {

struct TrackRow {
  TimeNs start{}, end{};
  uint32_t name = 0;      // what it is, in the numbers of its kind of track: a site, a thread
  uint32_t original = 0;  // which it is, where it comes from
  uint8_t depth = 0;
};

// Gives each a depth at which nothing else is meanwhile, from `first` on; what finds none of at
// most `most` has the last. Afterwards they are by start. Gives how many depths there are.
uint32_t assign_depths(std::vector<TrackRow>& rows, uint8_t first, uint8_t most);

class TrackRows {
 public:
  size_t add(std::vector<TrackRow> rows);
  void finish(unsigned threads);

  const profile::SpanLevels& levels() const { return levels_; }
  const profile::SpanSource& source() const { return *source_; }
  // Events of a part are numbered from 0, in the order of their ends.
  size_t size(size_t part) const { return source_->columns(part).size(); }
  TrackRow row(size_t part, size_t event) const;
  size_t first(size_t part) const { return source_->parts()[part].first; }

 private:
  std::vector<profile::SpanColumns> columns_;  // until finish()
  std::vector<std::vector<uint32_t>> original_;
  std::unique_ptr<const profile::ColumnSpanSource> source_;
  profile::SpanLevels levels_;
};

}  // namespace hone::analysis
