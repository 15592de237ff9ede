#include "recording/column_bytes.h"

#include <algorithm>
#include <bit>

namespace hone::recording {
namespace {

// One in so many values may be too large for a nibble.
constexpr size_t kNibblesEach = 64;

}  // namespace

Layout ColumnBytes::encode(std::vector<uint8_t>& body) const {
  if (!wide_.empty()) {
    body.clear();
    auto wide = wide_.begin();
    for (size_t i = 0; i < used_; ++i) {
      const bool is_wide = wide != wide_.end() && wide->first == i;
      put_uleb(body, is_wide ? (wide++)->second : values_[i]);
    }
    return Layout::kVarint;
  }
  uint32_t bits = 0;
  // Bytes may be anything's: without a word they might be those of the values themselves.
  const uint32_t* const __restrict values = values_.data();
  for (size_t i = 0; i < used_; ++i) bits |= values[i];
  if (bits != 0 && put_nibbles(body)) return Layout::kNibbles;
  const auto width = (static_cast<unsigned>(std::bit_width(bits)) + 7) / 8;
  body.resize(1 + width * used_);
  body[0] = static_cast<uint8_t>(width);
  const size_t rows = used_;
  for (unsigned byte = 0; byte < width; ++byte) {
    uint8_t* const __restrict plane = body.data() + 1 + byte * used_;
    for (size_t i = 0; i < rows; ++i) plane[i] = static_cast<uint8_t>(values[i] >> (8 * byte));
  }
  return Layout::kPlanes;
}

// Half the bytes for zstd to look at; what of a value it could save, it saves of two at a time.
bool ColumnBytes::put_nibbles(std::vector<uint8_t>& body) const {
  const uint32_t* const __restrict values = values_.data();
  uint32_t large = 0;
  for (size_t i = 0; i < used_; ++i) large += values[i] >= kNibbleMax;
  if (large > used_ / kNibblesEach) return false;
  const size_t pairs = used_ / 2;
  body.resize((used_ + 1) / 2);
  uint8_t* const __restrict out = body.data();
  for (size_t i = 0; i < pairs; ++i) {
    out[i] = static_cast<uint8_t>(std::min(values[2 * i], kNibbleMax) |
                                  std::min(values[2 * i + 1], kNibbleMax) << 4);
  }
  if (used_ % 2 != 0) out[pairs] = static_cast<uint8_t>(std::min(values[used_ - 1], kNibbleMax));
  for (size_t i = 0; large > 0; ++i) {
    if (values[i] < kNibbleMax) continue;
    put_uleb(body, values[i] - kNibbleMax);
    --large;
  }
  return true;
}

}  // namespace hone::recording
