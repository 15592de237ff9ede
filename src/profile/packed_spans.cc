#include "profile/packed_spans.h"

#include <algorithm>
#include <array>

#include "profile/spans.h"

namespace hone::profile {
namespace {

using recording::EncodedColumn;

// Columns by their place in the schema.
enum SpanColumn : size_t { kThread, kEnd, kDuration, kSite, kDepth, kFlags, kCount };
using Encoded = std::array<EncodedColumn, kCount>;

// 104 days; and times so that no sum of one and a duration overflows.
constexpr int64_t kSpanMax = int64_t{1} << 53;
constexpr int64_t kTimeMax = int64_t{1} << 62;

// The value of all rows; nothing where the column does not say so at once.
std::optional<uint64_t> constant_of(const EncodedColumn& column, uint64_t first_row) {
  uint64_t value = 0;
  if (column.layout != recording::Layout::kConstant ||
      column.transform != recording::Transform::kNone ||
      !decode_column(column, first_row, std::span(&value, 1))) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

void SpanColumns::resize(size_t rows) {
  end_ns.resize(rows);
  duration_ns.resize(rows);
  site.resize(rows);
  depth.resize(rows);
}

bool is_possible(const recording::SpanRow& row) {
  const int64_t end = raw(row.end), duration = raw(row.duration);
  return raw(row.thread) > 0 && raw(row.site) > 0 && end >= 0 && end < kTimeMax && duration >= 0 &&
         duration <= std::min(kSpanMax, end);
}

bool PackedSpans::is_hidden(const recording::SpanRow& row) const {
  return row.flags != 0 || raw(row.site) >= sites_ || !is_possible(row);
}

// By what bounds each column: enough for nearly all chunks, and a fraction of decoding them. Also
// false where a column contradicts itself.
bool PackedSpans::hides_none(std::span<const EncodedColumn> columns) const {
  const uint64_t row = chunk_.first_row();
  const size_t rows = chunk_.row_count();
  const auto bounds = [&](SpanColumn column) { return bounds_of(columns[column], row, rows); };
  const auto flags = bounds(kFlags), site = bounds(kSite);
  if (!flags || flags->most != 0 || !site || site->least == 0 || site->most >= sites_) return false;
  const auto end = bounds(kEnd), duration = bounds(kDuration);
  return end && duration && end->most < uint64_t{kTimeMax} &&
         duration->most <= std::min(uint64_t{kSpanMax}, end->least) &&
         is_sound(columns[kDepth], rows);
}

recording::SpanRow PackedSpans::row_of(const Room& room, size_t row) const {
  return {.thread = thread_,
          .end = TimeNs{static_cast<int64_t>(room.columns.end_ns[row])},
          .duration = DurationNs{static_cast<int64_t>(room.columns.duration_ns[row])},
          .site = SiteId{room.columns.site[row]},
          .depth = room.columns.depth[row],
          .flags = room.flags[row]};
}

std::optional<PackedSpans> PackedSpans::of(recording::StoredChunk chunk, size_t first_row,
                                           SpanIds ids, Room& room, std::vector<RareSpan>& rare,
                                           recording::ChunkStore& store) {
  PackedSpans out(std::move(chunk), first_row);
  Encoded columns;
  const uint64_t row = out.chunk_.first_row();
  const size_t rows = out.chunk_.row_count();
  if (rows == 0 || !out.chunk_.open(room.bytes, columns)) return std::nullopt;
  const std::optional<uint64_t> thread = constant_of(columns[kThread], row);
  if (!thread || static_cast<uint32_t>(*thread) == 0 ||
      static_cast<uint32_t>(*thread) >= ids.threads) {
    return std::nullopt;
  }
  out.thread_ = ThreadId{static_cast<uint32_t>(*thread)};
  out.sites_ = std::min(ids.sites, size_t{1} << (32 - Spans::kDepthBits));
  out.size_ = rows;
  if (out.hides_none(columns)) {
    out.chunk_.keep_in(store, room.bytes);
    return out;
  }
  SpanColumns& to = room.columns;
  to.resize(rows);
  room.flags.resize(rows);
  if (!decode_column(columns[kEnd], row, std::span(to.end_ns)) ||
      !decode_column(columns[kDuration], row, std::span(to.duration_ns)) ||
      !decode_column(columns[kSite], row, std::span(to.site)) ||
      !decode_column(columns[kDepth], row, std::span(to.depth)) ||
      !decode_column(columns[kFlags], row, std::span(room.flags))) {
    return std::nullopt;
  }
  for (size_t i = 0; i < rows; ++i) {
    const recording::SpanRow one = out.row_of(room, i);
    if (!out.is_hidden(one)) continue;
    rare.push_back({first_row + i, one});
    out.hidden_.push_back(static_cast<uint32_t>(i));
  }
  out.hidden_.shrink_to_fit();
  out.size_ -= out.hidden_.size();
  out.chunk_.keep_in(store, room.bytes);
  return out;
}

template <class T>
void PackedSpans::take_out_hidden(std::vector<T>& rows) const {
  for (size_t i = 0; i < hidden_.size(); ++i) {
    const size_t until = i + 1 < hidden_.size() ? hidden_[i + 1] : rows.size();
    // So many were before it: what is behind it moves up by one more.
    std::copy(rows.data() + hidden_[i] + 1, rows.data() + until, rows.data() + hidden_[i] - i);
  }
}

void PackedSpans::unpack(bool with_ends, Room& room) const {
  const uint64_t row = chunk_.first_row();
  const size_t rows = chunk_.row_count();
  SpanColumns& to = room.columns;
  to.resize(rows);
  Encoded columns;
  bool is_sound = chunk_.open(room.bytes, columns) &&
                  decode_column(columns[kDuration], row, std::span(to.duration_ns)) &&
                  decode_column(columns[kSite], row, std::span(to.site)) &&
                  decode_column(columns[kDepth], row, std::span(to.depth));
  if (with_ends) is_sound = is_sound && decode_column(columns[kEnd], row, std::span(to.end_ns));
  take_out_hidden(to.end_ns);
  take_out_hidden(to.duration_ns);
  take_out_hidden(to.site);
  take_out_hidden(to.depth);
  to.resize(size_);
  // Nothing else than of() was given: these bytes decode.
  if (is_sound) return;
  std::fill(to.end_ns.begin(), to.end_ns.end(), 0);
  std::fill(to.duration_ns.begin(), to.duration_ns.end(), 0);
  std::fill(to.site.begin(), to.site.end(), 0);
  std::fill(to.depth.begin(), to.depth.end(), uint8_t{0});
}

}  // namespace hone::profile
