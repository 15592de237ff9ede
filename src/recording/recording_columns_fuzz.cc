// A column of any bytes: whether it is sound, what bounds it and what it decodes to agree.
//
// First two bytes of how many rows it is to have, and two of the row that it begins at; then the
// column.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "recording/codec.h"

namespace {
using namespace hone::recording;

template <class T>
void check_narrow(const EncodedColumn& column, uint64_t first_row, bool decodes,
                  const std::vector<uint64_t>& values) {
  std::vector<T> narrow(values.size());
  if (decode_column(column, first_row, std::span(narrow)) != decodes) std::abort();
  for (size_t i = 0; decodes && i < values.size(); ++i) {
    if (narrow[i] != static_cast<T>(values[i])) std::abort();
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const size_t rows = 1 + static_cast<size_t>(data[0] | data[1] << 8);
  const auto first_row = static_cast<uint64_t>(data[2] | data[3] << 8);
  hone::base::ByteReader in(data + 4, size - 4);
  EncodedColumn column;
  if (!read_column(in, column)) return 0;
  std::vector<uint64_t> values(rows);
  const bool decodes = decode_column(column, first_row, std::span(values));
  check_narrow<uint32_t>(column, first_row, decodes, values);
  check_narrow<uint8_t>(column, first_row, decodes, values);
  if (is_sound(column, rows) != decodes) std::abort();
  const auto bounds = bounds_of(column, first_row, rows);
  if (bounds.has_value() != decodes) std::abort();
  for (size_t i = 0; decodes && i < rows; ++i) {
    if (values[i] < bounds->least || values[i] > bounds->most) std::abort();
  }
  return 0;
}
