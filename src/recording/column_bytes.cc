#include "recording/column_bytes.h"

#include <bit>

namespace hone::recording {

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

}  // namespace hone::recording
