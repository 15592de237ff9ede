#include <algorithm>
#include <array>
#include <cstring>

#include "recording/codec.h"
#include "recording/column_numbers.h"
#include "recording/format.h"

namespace hone::recording {
namespace {

// Of numbers as they stand: before the transform.
struct Extremes {
  uint64_t least = UINT64_MAX, most = 0;
  void see(uint64_t value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

Extremes extremes_of(std::span<const uint8_t> bytes) {
  uint8_t least = UINT8_MAX, most = 0;
  for (const uint8_t each : bytes) {
    least = std::min(least, each);
    most = std::max(most, each);
  }
  return {least, most};
}

// Of two planes exact where that is asked for; of more by the highest alone.
Extremes extremes_of(const ColumnBody& body, bool exact) {
  const unsigned width = body.width();
  if (width == 0) return {0, 0};
  if (width != 2 || !exact) {
    const Extremes highest = extremes_of(body.plane(width - 1));
    const unsigned below = 8 * (width - 1);
    return {highest.least << below, (highest.most + 1) * (uint64_t{1} << below) - 1};
  }
  uint16_t least = UINT16_MAX, most = 0;
  const uint8_t *const low = body.plane(0).data(), *const high = body.plane(1).data();
  for (size_t i = 0, count = body.plane(0).size(); i < count; ++i) {
    const auto each = static_cast<uint16_t>(low[i] | high[i] << 8);
    least = std::min(least, each);
    most = std::max(most, each);
  }
  return {least, most};
}

// In lanes of 16 bits, which take two bytes of each of eight to sixteen words: for sums of bytes
// the compiler finds nothing better than to widen each by itself.
uint64_t sum_of(std::span<const uint8_t> bytes) {
  constexpr uint64_t kLow = 0x00ff00ff00ff00ff;
  constexpr size_t kWords = 128;  // of two bytes a lane each: 128 x 510 is less than 2^16
  uint64_t sum = 0;
  size_t at = 0;
  while (bytes.size() - at >= kWords * sizeof(uint64_t)) {
    uint64_t lanes = 0;
    for (size_t i = 0; i < kWords; ++i, at += sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      lanes += (word & kLow) + (word >> 8 & kLow);
    }
    for (; lanes != 0; lanes >>= 16) sum += lanes & 0xffff;
  }
  for (; at < bytes.size(); ++at) sum += bytes[at];
  return sum;
}

// Which of base + steps x scale are between `least` and `most` steps; nothing where some of it
// leaves the numbers that are positive with a sign.
std::optional<Bounds> scaled_bounds(const EncodedColumn& column, int64_t least, int64_t most) {
  constexpr auto kMost = static_cast<__int128>(INT64_MAX);
  const auto at = [&](int64_t steps) {
    const auto product = static_cast<__int128>(steps) * static_cast<int64_t>(column.scale);
    return static_cast<__int128>(column.base) + ((product + (int64_t{1} << 31)) >> 32);
  };
  if (column.scale > INT64_MAX) return std::nullopt;
  const __int128 low = at(least), high = at(most);
  if (low < 0 || high > kMost) return std::nullopt;
  return Bounds{static_cast<uint64_t>(low), static_cast<uint64_t>(high)};
}

// How far it is from the first number on: by what all steps come to, whatever their order.
std::optional<Bounds> bounds_of_walk(const EncodedColumn& column, const ColumnBody& body) {
  constexpr unsigned kWidthMost = 4;
  const size_t rows = body.plane(0).size();
  if (body.width() == 0 || body.width() > kWidthMost || rows > kChunkRowsMax) return std::nullopt;
  uint64_t sum = 0;
  for (unsigned i = 0; i < body.width(); ++i) {
    sum += sum_of(body.plane(i)) << (8 * i);
  }
  uint8_t any = 0;
  for (const uint8_t each : body.plane(0)) any |= each;
  // Each number is twice its step, or that less one where the step is negative.
  const auto forward = static_cast<int64_t>(sum / 2);
  if ((any & 1) == 0) return scaled_bounds(column, 0, forward);
  const auto either_way = static_cast<int64_t>((sum + rows) / 2);
  return scaled_bounds(column, -either_way, either_way);
}

std::optional<Bounds> quick_bounds(const EncodedColumn& column, const ColumnBody& body) {
  if (column.layout == Layout::kConstant && column.transform == Transform::kNone) {
    return Bounds{body.constant(), body.constant()};
  }
  if (column.layout != Layout::kPlanes) return std::nullopt;
  if (column.transform == Transform::kScaledDelta) return bounds_of_walk(column, body);
  if (column.transform != Transform::kNone && column.transform != Transform::kScaled) {
    return std::nullopt;
  }
  // Ids are close to what they must not be, times far from it.
  const Extremes numbers = extremes_of(body, column.transform == Transform::kNone);
  if (column.transform == Transform::kNone) return Bounds{numbers.least, numbers.most};
  if (numbers.most > INT64_MAX) return std::nullopt;
  return scaled_bounds(column, static_cast<int64_t>(numbers.least),
                       static_cast<int64_t>(numbers.most));
}

}  // namespace

bool is_sound(const EncodedColumn& column, size_t rows) {
  ColumnBody body(column.layout, column.body, rows);
  if (!body.is_sound() || column.transform > Transform::kScaledDelta) return false;
  if (column.layout == Layout::kConstant || column.layout == Layout::kPlanes) return true;
  std::array<uint64_t, kSlice> slice;
  for (size_t at = 0; at < rows; at += kSlice) {
    if (!body.read(slice.data(), std::min(kSlice, rows - at))) return false;
  }
  return body.is_done();
}

std::optional<Bounds> bounds_of(const EncodedColumn& column, uint64_t first_row, size_t rows) {
  ColumnBody body(column.layout, column.body, rows);
  if (rows == 0 || !body.is_sound() || column.transform > Transform::kScaledDelta) {
    return std::nullopt;
  }
  if (const auto quick = quick_bounds(column, body)) return quick;
  Restorer restorer(column, first_row);
  Extremes values;
  std::array<uint64_t, kSlice> slice;
  for (size_t at = 0; at < rows; at += kSlice) {
    const size_t count = std::min(kSlice, rows - at);
    if (!body.read(slice.data(), count)) return std::nullopt;
    restorer.restore({slice.data(), count});
    for (size_t i = 0; i < count; ++i) values.see(slice[i]);
  }
  if (!body.is_done()) return std::nullopt;
  return Bounds{values.least, values.most};
}

}  // namespace hone::recording
