// The loader's part for tracks and their values.
#include <algorithm>
#include <limits>

#include "profile/loader.h"

namespace hone::profile {
namespace {

using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

// A number of an enumeration whose first is 1; what a newer recorder wrote is taken as `other`.
template <class E>
E known(uint8_t number, E last, E other) {
  return number >= 1 && number <= static_cast<uint8_t>(last) ? static_cast<E>(number) : other;
}

}  // namespace

void Loader::read_tracks() {
  profile_.tracks_.resize(1);
  const size_t count = tables_[recording::Table::kTracks].row_count + 1;
  tables_.for_each<recording::TrackRow>([&](const recording::TrackRow& row, size_t) {
    Track& track = profile_.tracks_.emplace_back();
    track.name = string_id(row.name);
    track.what = string_id(row.what);
    track.unit = known(row.unit, TrackUnit::kShare, TrackUnit::kCount);
    track.kind = known(row.kind, TrackKind::kRate, TrackKind::kGauge);
    track.scope = known(row.scope, TrackScope::kDevice, TrackScope::kMachine);
    track.process = checked(row.process, profile_.processes_.size());
    track.thread = checked(row.thread, profile_.threads_.size());
    track.cpu = row.cpu;
    track.divisor = std::max<uint32_t>(row.divisor, 1);
    track.qualifies = checked(row.qualifies, count);
  });
}

void Loader::read_counters() {
  std::vector<Track>& tracks = profile_.tracks_;
  TrackValues& values = profile_.track_values_;
  using Row = recording::CounterRow;
  // Rows of one track need not stand together: counted first, then put behind one another.
  std::vector<uint32_t> room(tracks.size() + 1, 0);
  tables_.for_each<Row>(
      [&](const Row& row, size_t) { ++room[raw(checked(row.track, tracks.size()))]; });
  uint32_t at = 0;
  for (size_t i = 1; i < tracks.size(); ++i) {
    tracks[i].first = at;
    at += room[i];
  }
  values.time.resize(at);
  values.value.resize(at);
  tables_.for_each<Row>([&](const Row& row, size_t) {
    if (raw(row.track) == 0 || raw(row.track) >= tracks.size()) return;
    Track& track = tracks[raw(row.track)];
    const size_t next = size_t{track.first} + track.count;
    bool back = row.value < 0 || row.time != believable(row.time);
    if (track.count > 0) {
      back = back || row.time < values.time[next - 1];
      back = back || (track.kind == TrackKind::kCumulative && row.value < values.value[next - 1]);
    }
    if (back) {
      ++bad_readings_;
      return;
    }
    values.time[next] = row.time;
    values.value[next] = row.value;
    ++track.count;
  });
}

}  // namespace hone::profile
