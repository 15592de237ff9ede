// What a window of time shows of tracks: slices (bars of spans, states, frames, ...) and values, in
// buckets of 2^step nanoseconds.
//
//   const Tiles tiles = timeline_tiles(timeline, tracks, window, 2);
//   tiles.slices.name[i] is an index of tiles.names
//
// At most 20 ms of two CPUs, also over 50 million spans: where it would take longer, spans are
// folded coarser (Tiles::fold).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/timeline.h"

namespace hone::analysis {

// Bits of TileSlices::flags.
inline constexpr uint8_t kSliceBeganBefore = 1, kSliceGoesOn = 2, kSliceFolded = 4, kSliceOpen = 8,
                         kSliceOverTarget = 16;
inline constexpr uint32_t kNoEvent = UINT32_MAX;

// Columns of as many rows. By track, depth and start; those of one depth do not overlap.
struct TileSlices {
  std::vector<uint16_t> track, depth;  // index in the tracks that were asked for
  std::vector<uint32_t> start, end;    // buckets; the end is behind the last
  std::vector<uint32_t> name;          // index in Tiles::names
  std::vector<uint32_t> count, event;  // events, and the longest of them
  std::vector<uint8_t> busy;           // share of the slice's time, of 255
  std::vector<uint8_t> flags;
  std::vector<uint32_t> color;  // 0xrrggbb, 0 none
  size_t size() const { return track.size(); }
};

struct TileValues {
  std::vector<uint16_t> track;
  std::vector<uint32_t> bucket;
  std::vector<double> least, most, last;
  std::vector<uint32_t> count;  // 0: what held when the window began
  size_t size() const { return track.size(); }
};

struct Tiles {
  TileSlices slices;
  TileValues values;
  std::vector<std::string> names{""};
  std::vector<std::string> modules{""};  // of each name that is a function's; "" of others
  uint32_t fold = 1;  // buckets within which spans were folded: more than 1 is coarser than asked
};

inline constexpr size_t kTileTracksMax = 4096;

// At most kTileTracksMax tracks; further ones are left out.
Tiles timeline_tiles(const Timeline& timeline, std::span<const TimelineTrack* const> tracks,
                     const profile::SpanWindow& window, unsigned threads);

// What a slice of that track and name is called; and the colour that the program gave it.
std::string slice_name(const Timeline& timeline, const TimelineTrack& track, uint32_t name);

}  // namespace hone::analysis
