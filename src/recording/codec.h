// Numbers of one column of one chunk to bytes and back. A column is first transformed so that
// likely values are small or repeat, then laid out as varints, byte planes or nibbles; zstd comes
// after, in the chunk. The encoder tries what may suit the column's unit and keeps what packs
// smallest.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "recording/schema.h"

namespace hone::recording {

// The low and high half of a column's tag byte. Numbers are part of the format.
enum class Layout : uint8_t {
  kConstant = 0,  // one varint, every value
  kVarint = 1,    // LEB128
  kPlanes = 2,    // a width, then all lowest bytes, all second bytes, ...
  kNibbles = 3,   // two a byte; of those from 15 on what is more, as varints behind the others
};
// Of kNibbles: this, or more.
constexpr uint32_t kNibbleMax = 15;
enum class Transform : uint8_t {
  kNone = 0,
  kDelta = 1,         // to the value before, zigzag
  kRowDistance = 2,   // own id less the value: parents in a trie
  kNewOrValue = 3,    // 0 for one more than the greatest so far, else the value
  kFromGreatest = 4,  // to the greatest so far, zigzag
  // Of a clock's own steps: the scale is what one is worth, times 2^32.
  kScaled = 5,       // the value is base + steps x scale
  kScaledDelta = 6,  // the same of the sum of the steps so far, each zigzag
};

inline bool is_scaled(Transform transform) {
  return transform == Transform::kScaled || transform == Transform::kScaledDelta;
}

// What so many steps are worth, rounded; negative ones as well.
inline uint64_t scaled(uint64_t steps, uint64_t scale) {
  const auto product = static_cast<__int128>(static_cast<int64_t>(steps)) * scale;
  return static_cast<uint64_t>((product + (int64_t{1} << 31)) >> 32);
}

// What a chunk is packed for: to be small (the encoder tries what may suit each column), or to be
// done with at once.
enum class Effort : uint8_t { kSmall, kFast };

// zstd contexts, made once. Not thread-safe.
class Packer {
 public:
  explicit Packer(int level);
  ~Packer();
  Packer(const Packer&) = delete;

  // Size after quick compression: what the choice of an encoding goes by.
  size_t trial_size(std::span<const uint8_t> bytes);
  // Compresses `raw` onto the end of `out` as one frame with a block boundary at each of `cuts`
  // (ends of columns: each gets statistics of its own). Returns false, leaving `out` alone, when
  // that would not be smaller.
  bool pack(std::span<const uint8_t> raw, std::span<const size_t> cuts, Effort effort,
            std::vector<uint8_t>& out);
  // Empty, with the room of the last that was laid out in it.
  std::vector<uint8_t>& empty_payload() {
    payload_.clear();
    return payload_;
  }
  // Room to work in.
  std::vector<uint64_t>& numbers() { return numbers_; }
  std::vector<uint8_t>& body() { return body_; }

 private:
  std::vector<uint8_t> payload_, body_;
  std::vector<uint64_t> numbers_;
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

// False when `stored` is no frame of exactly out.size() bytes.
bool unpack(std::span<const uint8_t> stored, std::span<uint8_t> out);

// How a column of a table was encoded: for chunks that come so fast that what suited the last of
// them is good enough for the next.
struct Encoding {
  Transform transform = Transform::kNone;
  Layout layout = Layout::kConstant;
  bool is_known = false;
};

// `first_row` is the number of rows of the table before values[0]. `encoding` becomes what was
// chosen; with Effort::kFast it is kept, when there is one.
void encode_numbers(std::span<const uint64_t> values, Unit unit, uint64_t first_row, Packer& packer,
                    Effort effort, Encoding& encoding, std::vector<uint8_t>& out);
// Fills `out`; false when the bytes do not hold that many numbers. `in` is then past use.
bool decode_numbers(base::ByteReader& in, uint64_t first_row, std::span<uint64_t> out);

struct EncodedColumn;
// The two halves of decode_numbers: where a column stands, and its numbers. read_column() points
// into the bytes of `in`; decode_column() into narrower types keeps the low bits of each number.
bool read_column(base::ByteReader& in, EncodedColumn& column);
bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint64_t> out);
bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint32_t> out);
bool decode_column(const EncodedColumn& column, uint64_t first_row, std::span<uint8_t> out);

// Of a column of at least one row: no value is outside, though the nearest may be further in. Reads
// the bytes without decoding them, of nearly all columns. Nothing where decode_column() fails.
struct Bounds {
  uint64_t least = 0, most = 0;
};
std::optional<Bounds> bounds_of(const EncodedColumn& column, uint64_t first_row, size_t rows);
// Whether decode_column() gives so many numbers, whatever these are.
bool is_sound(const EncodedColumn& column, size_t rows);

void put_uleb(std::vector<uint8_t>& out, uint64_t value);

// A column that whoever has its values lays out himself (column_bytes.h), or that was read.
struct EncodedColumn {
  Transform transform = Transform::kNone;
  Layout layout = Layout::kConstant;
  uint64_t base = 0;              // of a constant to be written: every value
  uint64_t scale = 0;             // of the scaled ones
  std::span<const uint8_t> body;  // empty of a constant to be written
};
void put_encoded(const EncodedColumn& column, std::vector<uint8_t>& out);

}  // namespace hone::recording
