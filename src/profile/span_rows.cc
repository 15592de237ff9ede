#include "profile/span_rows.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "profile/loader.h"
#include "profile/spans.h"

namespace hone::profile {
namespace {

// Some seventy million spans. They are gone through each time that somebody selects anew.
constexpr uint64_t kUnpackedMax = uint64_t{512} << 20;

}  // namespace

void SpanRows::Piece::resize(size_t rows) {
  end.resize(rows);
  duration.resize(rows);
  where.resize(rows);
  thread.resize(rows);
}

void SpanRows::Piece::set(size_t at, const recording::SpanRow& span) {
  end[at] = span.end;
  duration[at] = static_cast<uint32_t>(raw(span.duration));
  where[at] = raw(span.site) << Spans::kDepthBits | span.depth;
  thread[at] = span.thread;
}

// Rows that the columns cannot hold are rare.
void SpanRows::put(Piece& piece, size_t at, const recording::SpanRow& row,
                   std::vector<RareSpan>& rare_rows) {
  if (row.flags == 0 && raw(row.site) < (1u << (32 - Spans::kDepthBits)) && is_possible(row) &&
      raw(row.duration) < int64_t{Spans::kLong}) [[likely]] {
    piece.set(at, row);
  } else {
    piece.thread[at] = ThreadId::kNone;
    rare_rows.push_back({piece.first_row + at, row});
  }
}

void SpanRows::append(const recording::SpanRow& row) {
  if (pieces.empty()) pieces.emplace_back();
  Piece& piece = pieces.back();
  const size_t at = piece.size();
  piece.resize(at + 1);
  put(piece, at, row, rare);
  ++row_count;
}

Result<SpanRows> SpanRows::read(const recording::Reader& reader, unsigned threads, SpanIds ids) {
  constexpr recording::Table kTable = recording::Table::kSpans;
  SpanRows out;
  HONE_TRY_ASSIGN(out.row_count, reader.sound_row_count(kTable));
  HONE_TRY(Loader::check_rows(out.row_count));
  out.store = std::make_shared<recording::ChunkStore>(kUnpackedMax);
  std::mutex mutex;  // of `out` and of the rooms that nobody is in
  std::vector<std::unique_ptr<PackedSpans::Room>> rooms;
  const auto keep = [&](uint64_t first_row, recording::StoredChunk chunk) {
    std::unique_ptr<PackedSpans::Room> room;
    {
      const std::lock_guard lock(mutex);
      if (!rooms.empty()) {
        room = std::move(rooms.back());
        rooms.pop_back();
      }
    }
    if (!room) room = std::make_unique<PackedSpans::Room>();
    std::vector<RareSpan> met;
    auto whole = PackedSpans::of(std::move(chunk), first_row, ids, *room, met, *out.store);
    const std::lock_guard lock(mutex);
    rooms.push_back(std::move(room));
    if (!whole) return false;
    if (whole->size() > 0) out.packed.push_back(std::move(*whole));
    out.rare.insert(out.rare.end(), met.begin(), met.end());
    return true;
  };
  const auto take = [&](const recording::ChunkRows& rows) {
    Piece piece{.first_row = static_cast<size_t>(rows.first_row)};
    piece.resize(rows.row_count);
    std::vector<RareSpan> met;
    for (size_t i = 0; i < rows.row_count; ++i) {
      recording::SpanRow span;
      size_t column = 0;
      visit(span, [&](auto& field) {
        field = static_cast<std::decay_t<decltype(field)>>(rows.columns[column++][i]);
      });
      out.put(piece, i, span, met);
    }
    const std::lock_guard lock(mutex);
    out.pieces.push_back(std::move(piece));
    out.rare.insert(out.rare.end(), met.begin(), met.end());
  };
  HONE_TRY(reader.for_each_chunk(kTable, threads, keep, take));
  return out;
}

void SpanRows::sort() {
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.first_row < b.first_row; });
  std::sort(packed.begin(), packed.end(), [](const PackedSpans& a, const PackedSpans& b) {
    return a.first_row() < b.first_row();
  });
  std::sort(rare.begin(), rare.end(),
            [](const RareSpan& a, const RareSpan& b) { return a.row < b.row; });
}

}  // namespace hone::profile
