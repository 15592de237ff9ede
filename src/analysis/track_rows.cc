#include "analysis/track_rows.h"

#include <algorithm>
#include <utility>

namespace hone::analysis {

uint32_t assign_depths(std::vector<TrackRow>& rows, uint8_t first, uint8_t most) {
  std::stable_sort(rows.begin(), rows.end(), [](const TrackRow& a, const TrackRow& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  });
  std::vector<TimeNs> until;
  for (TrackRow& row : rows) {
    auto free = std::find_if(until.begin(), until.end(), [&](TimeNs t) { return t <= row.start; });
    if (free == until.end()) {
      if (until.size() < most) {
        free = until.insert(until.end(), row.end);
      } else {
        --free;
      }
    }
    *free = std::max(*free, row.end);
    row.depth = static_cast<uint8_t>(first + (free - until.begin()));
  }
  return static_cast<uint32_t>(until.size());
}

size_t TrackRows::add(std::vector<TrackRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const TrackRow& a, const TrackRow& b) {
    return a.end != b.end ? a.end < b.end : a.start > b.start;
  });
  profile::SpanColumns& to = columns_.emplace_back();
  std::vector<uint32_t>& original = original_.emplace_back();
  to.resize(rows.size());
  original.resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    // Times that cannot be, as a damaged file may state them, become ones that levels can hold.
    constexpr int64_t kEndMax = int64_t{1} << 62;
    const int64_t end = std::clamp<int64_t>(raw(rows[i].end), 0, kEndMax);
    const int64_t start = std::clamp<int64_t>(raw(rows[i].start), 0, end);
    to.end_ns[i] = static_cast<uint64_t>(end);
    to.duration_ns[i] = static_cast<uint64_t>(end - start);
    to.site[i] = rows[i].name;
    to.depth[i] = rows[i].depth;
    original[i] = rows[i].original;
  }
  return columns_.size() - 1;
}

void TrackRows::finish(unsigned threads) {
  source_ = std::make_unique<const profile::ColumnSpanSource>(std::move(columns_));
  levels_ = profile::SpanLevels::of(*source_, threads);
}

TrackRow TrackRows::row(size_t part, size_t event) const {
  const profile::SpanColumns& from = source_->columns(part);
  const auto end = static_cast<int64_t>(from.end_ns[event]);
  return {.start = TimeNs{end - static_cast<int64_t>(from.duration_ns[event])},
          .end = TimeNs{end},
          .name = from.site[event],
          .original = original_[part][event],
          .depth = from.depth[event]};
}

}  // namespace hone::analysis
