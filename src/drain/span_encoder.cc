#include "drain/span_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/bytes.h"
#include "drain/spans.h"
#include "recording/codec.h"

namespace hone::drain {
namespace {

using recording::EncodedColumn;
using recording::Transform;
using recording::zigzag;

// Of where_: below the site.
constexpr uint32_t kDepthBits = HONE_DEPTH_BITS;
constexpr uint32_t kSitesMost = UINT32_MAX >> kDepthBits;

uint64_t times_2_32(double value) {
  return static_cast<uint64_t>(std::clamp(std::round(value * 0x1p32), 1.0, 0x1p62));
}

}  // namespace

SpanEncoder::SpanEncoder(double ticks_per_step)
    : steps_per_tick_32_(std::llround(0x1p32 / std::clamp(ticks_per_step, 1.0, 0x1p20))),
      ticks_per_step_(0x1p32 / static_cast<double>(steps_per_tick_32_)) {}

void SpanEncoder::add(std::span<const hone_slot> slots, SiteOf site_of_number) {
  if (slots.empty()) return;
  if (rows_ == 0) {
    base_ = slots[0].first;
    last_end_ = least_end_ = most_end_ = 0;
  }
  if (waiting_.empty()) {
    add_some<false>(slots, site_of_number);
  } else {
    add_some<true>(slots, site_of_number);
  }
}

template <bool kArguments>
void SpanEncoder::add_some(std::span<const hone_slot> slots, SiteOf site_of_number) {
  uint32_t* const ends = ends_.room(slots.size());
  uint32_t* const durations = durations_.room(slots.size());
  if (where_.size() < rows_ + slots.size()) where_.resize((rows_ + slots.size()) * 3 / 2);
  uint32_t* const where = where_.data() + rows_;
  int64_t last_end = last_end_;
  size_t rows = 0;
  for (size_t i = 0; i < slots.size(); ++i, ++rows) {
    const uint64_t end = slots[i].first, word = slots[i].second;
    uint64_t start = end - (word >> 32);
    if (type_of(word) != HONE_TYPE_SPAN) [[unlikely]] {
      if (++i == slots.size()) break;
      start = slots[i].first;
      if ((word >> 32 & HONE_WIDE_STRAY) != 0) strays_.push_back(rows_ + rows);
    }
    if (start > end) [[unlikely]]
      start = end;
    const uint32_t number = site_of(word);
    if (number >= sites_.size()) [[unlikely]]
      sites_.resize(number + 1);
    uint32_t id = sites_[number];
    if (id == 0) [[unlikely]] {
      id = raw(site_of_number(number));
      sites_[number] = id <= kSitesMost ? id : 0;
      id = sites_[number];
    }
    const int64_t at = step_of(end);
    const auto from_last = static_cast<uint64_t>(at - last_end);
    const auto duration = static_cast<uint64_t>(at - step_of(start));
    ends[rows] = static_cast<uint32_t>(from_last << 1);
    if ((from_last >> 31 | duration >> 32) != 0) [[unlikely]] {
      // Long, or earlier than the one before it.
      const uint64_t coded = zigzag(from_last);
      ends[rows] = static_cast<uint32_t>(coded);
      if (coded >> 32 != 0) ends_.put_wide(rows, coded);
      if (duration >> 32 != 0) durations_.put_wide(rows, duration);
      most_end_ = std::max(most_end_, last_end);
      least_end_ = std::min(least_end_, at);
    }
    durations[rows] = static_cast<uint32_t>(duration);
    where[rows] = id << kDepthBits | depth_of(word);
    if constexpr (kArguments) meet_arguments(start, at, duration, SiteId{id});
    last_end = at;
  }
  ends_.advance(rows);
  durations_.advance(rows);
  last_end_ = last_end;
  most_end_ = std::max(most_end_, last_end);
  rows_ += rows;
}

void SpanEncoder::lay_out_places() {
  uint32_t* const sites = site_ids_.room(rows_);
  uint32_t* const depths = depths_.room(rows_);
  const uint32_t* const where = where_.data();
  for (size_t i = 0; i < rows_; ++i) sites[i] = where[i] >> kDepthBits;
  site_ids_.advance(rows_);
  // All but the outermost end one level further out, or begin and end further in.
  constexpr uint32_t kDepthMask = (1u << kDepthBits) - 1;
  for (size_t i = 0; i < rows_; ++i) {
    const uint32_t before = i == 0 ? 0 : where[i - 1] & kDepthMask;
    const uint32_t difference = (where[i] & kDepthMask) - before;
    depths[i] = difference << 1 ^ (0 - (difference >> 31));
  }
  depths_.advance(rows_);
  if (strays_.empty()) return;
  uint32_t* const flags = flags_.room(rows_);
  std::fill_n(flags, rows_, 0);
  for (const size_t row : strays_) flags[row] = recording::kSpanStray;
  flags_.advance(rows_);
}

bool SpanEncoder::add_arguments(uint64_t start, Arguments rows) {
  if (rows.empty()) return true;
  // Innermost last: a span may be told of after one inside it has begun, and been told of.
  auto at = waiting_.end();
  while (at != waiting_.begin() && std::prev(at)->start > start) --at;
  if (at != waiting_.begin()) {
    Waiting& last = *std::prev(at);
    if (last.start == start && last.first + last.count == arguments_.size()) {
      if (last.count + rows.size() > kArgumentsMax) return false;
      last.count += rows.size();
      arguments_.insert(arguments_.end(), rows.begin(), rows.end());
      return true;
    }
  }
  // Each that waits was open when the next began; what is deeper than any stack was lost.
  const bool has_room = waiting_.size() <= HONE_DEPTH_MAX;
  if (!has_room) {
    if (at == waiting_.begin()) return false;
    waiting_.erase(waiting_.begin());
    --at;
  }
  waiting_.insert(at, {start, arguments_.size(), rows.size()});
  arguments_.insert(arguments_.end(), rows.begin(), rows.end());
  return has_room;
}

SpanEncoder::Arguments SpanEncoder::take_arguments(uint64_t start) {
  for (size_t i = waiting_.size(); i-- > 0;) {
    if (waiting_[i].start != start) continue;
    const Waiting found = waiting_[i];
    waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(i));
    return Arguments(arguments_).subspan(found.first, found.count);
  }
  return {};
}

void SpanEncoder::meet_arguments(uint64_t start, int64_t end_step, uint64_t duration_steps,
                                 SiteId site) {
  // The innermost that waits is mostly the one.
  if (waiting_.empty() || start > waiting_.back().start) return;
  // What it says, and how many it stands for.
  for (;;) {
    const Arguments rows = take_arguments(start);
    if (rows.empty()) return;
    met_.push_back({end_step, duration_steps, static_cast<size_t>(rows.data() - arguments_.data()),
                    rows.size(), site});
  }
}

void SpanEncoder::put_arguments(recording::Writer& writer, uint64_t base, uint64_t scale) {
  for (const Met& met : met_) {
    const uint64_t end = base + recording::scaled(static_cast<uint64_t>(met.end), scale);
    const auto start = static_cast<int64_t>(end - recording::scaled(met.duration, scale));
    for (recording::SpanArgumentRow& row : std::span(arguments_).subspan(met.first, met.count)) {
      row.time = TimeNs{start};
      row.site = met.site;  // it may have been given another name since
      writer.append(row);
    }
  }
  met_.clear();
  std::vector<recording::SpanArgumentRow> kept;
  for (Waiting& each : waiting_) {
    const Arguments rows = Arguments(arguments_).subspan(each.first, each.count);
    each.first = kept.size();
    kept.insert(kept.end(), rows.begin(), rows.end());
  }
  arguments_.swap(kept);
}

void SpanEncoder::put(recording::Writer& writer, ThreadId thread, const ClockLine& line,
                      Bodies& bodies) {
  if (rows_ == 0) return;
  lay_out_places();
  const double away = static_cast<double>(static_cast<int64_t>(base_ - line.ticks));
  const auto base = static_cast<uint64_t>(raw(line.time) + std::llround(away * line.ns_per_tick));
  const uint64_t scale = times_2_32(ticks_per_step_ * line.ns_per_tick);
  const auto time_at = [&](int64_t step) {
    return TimeNs{static_cast<int64_t>(base) +
                  std::llround(static_cast<double>(step) * ticks_per_step_ * line.ns_per_tick)};
  };
  std::array<EncodedColumn, 6> columns = {{
      {.base = raw(thread)},
      {.transform = Transform::kScaledDelta, .base = base, .scale = scale},
      {.transform = Transform::kScaled, .scale = scale},
      {},
      {.transform = Transform::kDelta},
      {},
  }};
  const std::array<const recording::ColumnBytes*, 6> sources = {
      nullptr, &ends_, &durations_, &site_ids_, &depths_, strays_.empty() ? nullptr : &flags_};
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!sources[i]) continue;
    columns[i].layout = sources[i]->encode(bodies[i]);
    columns[i].body = bodies[i];
  }
  if (rows_ >= kOwnChunkRows) {
    writer.append_encoded(recording::Table::kSpans, static_cast<uint32_t>(rows_),
                          time_at(least_end_), time_at(most_end_), columns);
  } else {
    put_rows(writer, columns);
  }
  put_arguments(writer, base, scale);
  for (recording::ColumnBytes* each : {&ends_, &durations_, &site_ids_, &depths_, &flags_}) {
    each->clear();
  }
  rows_ = 0;
  strays_.clear();
}

// Few rows go with those of other threads.
void SpanEncoder::put_rows(recording::Writer& writer, std::span<const EncodedColumn> columns) {
  std::array<std::vector<uint64_t>, 6> values;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::vector<uint8_t> bytes;
    recording::put_encoded(columns[i], bytes);
    base::ByteReader in(bytes.data(), bytes.size());
    values[i].resize(rows_);
    // These are our own: they decode.
    if (!recording::decode_numbers(in, 0, values[i])) return;
  }
  for (size_t i = 0; i < rows_; ++i) {
    writer.append(recording::SpanRow{.thread = ThreadId{static_cast<uint32_t>(values[0][i])},
                                     .end = TimeNs{static_cast<int64_t>(values[1][i])},
                                     .duration = DurationNs{static_cast<int64_t>(values[2][i])},
                                     .site = SiteId{static_cast<uint32_t>(values[3][i])},
                                     .depth = static_cast<uint8_t>(values[4][i]),
                                     .flags = static_cast<uint8_t>(values[5][i])});
  }
}

}  // namespace hone::drain
