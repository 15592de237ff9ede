#include <zstd.h>

#include <algorithm>
#include <memory>

#include "recording/codec.h"
#include "recording/column_numbers.h"

namespace hone::recording {
namespace {

// Calls each(i, number) for what `kWidth` planes hold. Written out for each width, so that the
// compiler makes vectors of it where `each` needs nothing of the row before.
template <unsigned kWidth, class F>
void for_each_number(const ColumnBody& body, size_t count, F&& each) {
  const uint8_t* const planes = body.plane(0).data();
  for (size_t i = 0; i < count; ++i) {
    uint32_t number = planes[i];
    if constexpr (kWidth > 1) number |= uint32_t{planes[count + i]} << 8;
    if constexpr (kWidth > 2) number |= uint32_t{planes[2 * count + i]} << 16;
    if constexpr (kWidth > 3) number |= uint32_t{planes[3 * count + i]} << 24;
    each(i, number);
  }
}

// What columns that come by the million are: planes of numbers that 32 bits hold, from which the
// values follow in 64 bits. One pass, without room for the numbers themselves. False: another kind.
template <unsigned kWidth, class T>
bool decode_planes(const EncodedColumn& column, const ColumnBody& body, std::span<T> out) {
  T* const __restrict to = out.data();
  const uint64_t base = column.base, scale = column.scale;
  switch (column.transform) {
    case Transform::kNone:
      for_each_number<kWidth>(body, out.size(),
                              [&](size_t i, uint32_t number) { to[i] = static_cast<T>(number); });
      return true;
    case Transform::kDelta: {
      auto state = static_cast<T>(base);
      for_each_number<kWidth>(body, out.size(), [&](size_t i, uint32_t number) {
        state = static_cast<T>(state + static_cast<T>(unzigzag(number)));
        to[i] = state;
      });
      return true;
    }
    case Transform::kScaled: {
      if (scale >> (63 - 8 * kWidth) != 0) return false;
      constexpr uint64_t kHalf = uint64_t{1} << 31;
      for_each_number<kWidth>(body, out.size(), [&](size_t i, uint32_t number) {
        to[i] = static_cast<T>(base + ((number * scale + kHalf) >> 32));
      });
      return true;
    }
    case Transform::kScaledDelta: {
      if (scale >> 63 != 0) return false;
      // Both signed: one multiplication less than scaled() takes.
      const auto factor = static_cast<int64_t>(scale);
      uint64_t steps = 0;
      for_each_number<kWidth>(body, out.size(), [&](size_t i, uint32_t number) {
        steps += unzigzag(number);
        const auto product = static_cast<__int128>(static_cast<int64_t>(steps)) * factor;
        const auto value = static_cast<uint64_t>((product + (int64_t{1} << 31)) >> 32);
        to[i] = static_cast<T>(base + value);
      });
      return true;
    }
    default:
      return false;
  }
}

template <class T>
bool decode_at_once(const EncodedColumn& column, const ColumnBody& body, std::span<T> out) {
  if (column.layout != Layout::kPlanes) return false;
  switch (body.width()) {
    case 1:
      return decode_planes<1>(column, body, out);
    case 2:
      return decode_planes<2>(column, body, out);
    case 3:
      return decode_planes<3>(column, body, out);
    case 4:
      return decode_planes<4>(column, body, out);
    default:
      return false;
  }
}

template <class T>
bool decode_as(const EncodedColumn& column, uint64_t first_row, std::span<T> out) {
  ColumnBody body(column.layout, column.body, out.size());
  if (!body.is_sound() || column.transform > Transform::kScaledDelta) return false;
  if (decode_at_once(column, body, out)) return true;
  Restorer restorer(column, first_row);
  uint64_t slice[kSlice];
  for (size_t at = 0; at < out.size(); at += kSlice) {
    const size_t count = std::min(kSlice, out.size() - at);
    uint64_t* to = slice;
    if constexpr (sizeof(T) == sizeof(uint64_t)) to = out.data() + at;
    if (!body.read(to, count)) return false;
    restorer.restore({to, count});
    if constexpr (sizeof(T) != sizeof(uint64_t)) {
      for (size_t i = 0; i < count; ++i) out[at + i] = static_cast<T>(slice[i]);
    }
  }
  return body.is_done();
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

bool unpack(std::span<const uint8_t> stored, std::span<uint8_t> out) {
  // 100 KiB, which take as long to set up as some thousand rows to unpack: one a thread.
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  return context && ZSTD_decompressDCtx(context.get(), out.data(), out.size(), stored.data(),
                                        stored.size()) == out.size();
}

bool read_column(base::ByteReader& in, EncodedColumn& column) {
  const uint8_t tag = in.u8();
  column.transform = Transform{static_cast<uint8_t>(tag >> 4)};
  column.layout = Layout{static_cast<uint8_t>(tag & 15)};
  column.base = in.uleb();
  column.scale = is_scaled(column.transform) ? in.uleb() : 0;
  const auto bytes = static_cast<size_t>(in.uleb());
  const uint8_t* body = in.take(bytes);
  if (!in.ok()) return false;
  column.body = {body, bytes};
  return true;
}

bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint64_t> out) {
  return decode_as(column, first_row, out);
}
bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint32_t> out) {
  return decode_as(column, first_row, out);
}
bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint8_t> out) {
  return decode_as(column, first_row, out);
}

bool decode_numbers(base::ByteReader& in, uint64_t first_row, std::span<uint64_t> out) {
  EncodedColumn column;
  return read_column(in, column) && decode_column(column, first_row, out);
}

}  // namespace hone::recording
