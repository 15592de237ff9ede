#include "profile/packed_spans.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "recording/column_bytes.h"
#include "recording/writer.h"

namespace hone::profile {
namespace {

using recording::ChunkHeader;
using recording::ColumnBytes;
using recording::EncodedColumn;
using recording::StoredChunk;
using recording::Transform;

constexpr size_t kRows = 3000;
constexpr SpanIds kIds{.threads = 4, .sites = 20};

struct Rows {
  uint32_t thread = 2;
  std::vector<uint64_t> end_ns, duration_ns;
  std::vector<uint32_t> site, depth, flags;
};

Rows sound_rows() {
  std::mt19937_64 random(7);
  Rows rows;
  uint64_t end = 5'000'000'000;
  for (size_t i = 0; i < kRows; ++i) {
    end += random() % 1000;
    rows.end_ns.push_back(end);
    rows.duration_ns.push_back(random() % 5000);
    rows.site.push_back(static_cast<uint32_t>(1 + random() % 19));
    rows.depth.push_back(static_cast<uint32_t>(random() % 9));
    rows.flags.push_back(0);
  }
  return rows;
}

void put(ColumnBytes& column, std::vector<uint64_t> values) {
  uint32_t* const at = column.room(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    at[i] = static_cast<uint32_t>(values[i]);
    if (values[i] >> 32 != 0) column.put_wide(i, values[i]);
  }
  column.advance(values.size());
}

// As a recorder lays them out, but not packed.
std::vector<uint8_t> payload_of(const Rows& rows) {
  std::array<ColumnBytes, 6> bytes;
  std::array<std::vector<uint8_t>, 6> bodies;
  std::vector<uint64_t> steps;
  uint64_t last = 0;
  for (const uint64_t end : rows.end_ns) {
    steps.push_back(recording::zigzag(end - std::exchange(last, end)));
  }
  put(bytes[1], steps);
  put(bytes[2], rows.duration_ns);
  put(bytes[3], {rows.site.begin(), rows.site.end()});
  put(bytes[4], {rows.depth.begin(), rows.depth.end()});
  put(bytes[5], {rows.flags.begin(), rows.flags.end()});
  std::array<EncodedColumn, 6> columns{};
  columns[0].base = rows.thread;
  columns[1].transform = Transform::kScaledDelta;
  columns[1].scale = uint64_t{1} << 32;
  std::vector<uint8_t> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) {
      columns[i].layout = bytes[i].encode(bodies[i]);
      columns[i].body = bodies[i];
    }
    put_encoded(columns[i], out);
  }
  return out;
}

StoredChunk chunk_of(std::span<const uint8_t> payload) {
  ChunkHeader header{};
  header.row_count = kRows;
  header.column_count = 6;
  header.raw_bytes = header.stored_bytes = static_cast<uint32_t>(payload.size());
  return {header, payload};
}

class PackedSpansTest : public testing::Test {
 protected:
  std::optional<PackedSpans> pack(std::span<const uint8_t> payload) {
    rare_.clear();
    return PackedSpans::of(chunk_of(payload), 100, kIds, room_, rare_, store_);
  }
  recording::ChunkStore store_{50'000};  // more than one of them, and less than two
  PackedSpans::Room room_;
  std::vector<RareSpan> rare_;
};

TEST_F(PackedSpansTest, GivesWhatWasPutIn) {
  const Rows rows = sound_rows();
  const auto packed = pack(payload_of(rows));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->thread(), ThreadId{2});
  EXPECT_EQ(packed->size(), kRows);
  EXPECT_TRUE(rare_.empty());
  room_ = {};
  packed->unpack(true, room_);
  EXPECT_EQ(room_.columns.end_ns, rows.end_ns);
  EXPECT_EQ(room_.columns.duration_ns, rows.duration_ns);
  EXPECT_EQ(room_.columns.site, rows.site);
  ASSERT_EQ(room_.columns.depth.size(), kRows);
  for (size_t i = 0; i < kRows; ++i) ASSERT_EQ(room_.columns.depth[i], rows.depth[i]);
}

TEST_F(PackedSpansTest, RowsThatStandApartAreHidden) {
  Rows rows = sound_rows();
  rows.flags[10] = recording::kSpanStray;
  rows.site[20] = 20;  // there is no such
  rows.site[30] = 0;
  rows.duration_ns[40] = rows.end_ns[40] + 1;  // before time began
  rows.duration_ns[50] = 5'000'000'000;        // long, and sound
  const auto packed = pack(payload_of(rows));
  ASSERT_TRUE(packed);
  ASSERT_EQ(packed->size(), kRows - 4);
  ASSERT_EQ(rare_.size(), 4u);
  EXPECT_EQ(rare_[0].row, 110u);
  EXPECT_EQ(rare_[0].span.flags, recording::kSpanStray);
  for (const bool with_ends : {true, false}) {
    packed->unpack(with_ends, room_);
    EXPECT_EQ(room_.columns.size(), kRows - 4);
    EXPECT_EQ(room_.columns.duration_ns[10], rows.duration_ns[11]);
    EXPECT_EQ(room_.columns.site[kRows - 5], rows.site[kRows - 1]);
    EXPECT_EQ(room_.columns.duration_ns[46], 5'000'000'000u);
  }
}

TEST_F(PackedSpansTest, OfNoThreadOrContradictoryIsNotTaken) {
  Rows rows = sound_rows();
  rows.thread = 4;
  EXPECT_FALSE(pack(payload_of(rows)));
  rows.thread = 0;
  EXPECT_FALSE(pack(payload_of(rows)));
  rows.thread = 1;
  std::vector<uint8_t> payload = payload_of(rows);
  EXPECT_TRUE(pack(payload));
  payload.push_back(0);
  EXPECT_FALSE(pack(payload));
}

// Whatever the bytes are: what is taken has ids that exist, and times that can be.
TEST_F(PackedSpansTest, AnyBytesAreSafe) {
  const std::vector<uint8_t> sound = payload_of(sound_rows());
  std::mt19937_64 random(11);
  size_t taken = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<uint8_t> payload = sound;
    for (uint64_t change = random() % 4 + 1; change > 0; --change) {
      // Half of them where a column says what it is.
      const uint64_t at = random() % (change % 2 == 0 ? payload.size() : 40);
      payload[at] = static_cast<uint8_t>(random());
    }
    if (random() % 8 == 0) payload.resize(random() % payload.size());
    const auto packed = pack(payload);
    if (!packed) continue;
    ++taken;
    EXPECT_EQ(packed->size() + rare_.size(), kRows);
    packed->unpack(true, room_);
    ASSERT_EQ(room_.columns.size(), packed->size());
    for (size_t i = 0; i < packed->size(); ++i) {
      ASSERT_GT(room_.columns.site[i], 0u);
      ASSERT_LT(room_.columns.site[i], kIds.sites);
      ASSERT_LE(room_.columns.duration_ns[i], room_.columns.end_ns[i]);
      ASSERT_LT(room_.columns.end_ns[i], uint64_t{1} << 62);
    }
  }
  EXPECT_GT(taken, 100u);
}

}  // namespace
}  // namespace hone::profile
