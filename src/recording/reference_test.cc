// What is checked in agrees with the code: the reference page, and files of every version.
#include <cstdlib>

#include "recording/synthetic.h"
#include "recording/test_support.h"

namespace hone::recording {
namespace {

const std::string kTests = HONE_TEST_DATA;

TEST(Reference, PageIsGenerated) {
  const std::string path = kTests + "/../docs/reference/recording.md";
  if (std::getenv("HONE_UPDATE_DOCS")) {
    ASSERT_TRUE(base::write_file_atomically(path, base::as_bytes(schema_markdown())));
  }
  const auto page = base::read_file(path);
  ASSERT_TRUE(page) << path;
  EXPECT_EQ(*page, schema_markdown())
      << "src/recording changed: run HONE_UPDATE_DOCS=1 hone_recording_test "
         "--gtest_filter='Reference.*' and look at the difference";
}

// tests/data/recording/v1.hone is what 1.0 wrote: write_synthetic of fixture_shape() below, by
// HONE_WRITE_FIXTURE=1. It is never written again: when this fails, the reader has stopped reading
// old files. For a new major version, add a file beside it.
SyntheticShape fixture_shape() {
  return {.samples = 200, .functions = 60, .depth = 12, .flush_every = 50};
}

uint64_t sum_of(const Reader& reader, Table table, size_t column) {
  const auto columns = reader.columns(table);
  if (!columns) return 0;
  uint64_t sum = 0;
  for (uint64_t number : columns->columns[column].numbers) sum = sum * 31 + number;
  for (char c : columns->columns[column].heap) sum = sum * 31 + static_cast<uint8_t>(c);
  return sum;
}

TEST(Fixture, Version1LoadsForEver) {
  const std::string path = kTests + "/data/recording/v1.hone";
  if (std::getenv("HONE_WRITE_FIXTURE") && !base::read_file(path)) {
    write_synthetic(path, fixture_shape(), {});
  }
  const auto reader = Reader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE(reader->verify());
  EXPECT_LE(reader->file_bytes(), 65536u);
  EXPECT_EQ(reader->row_count(Table::kSamples), 200u);
  EXPECT_EQ(reader->row_count(Table::kStacks), 1149u);
  EXPECT_EQ(sum_of(*reader, Table::kStrings, 0), 11062374769320924914u);
  EXPECT_EQ(sum_of(*reader, Table::kFrames, 1), 4673254961560970054u);
  EXPECT_EQ(sum_of(*reader, Table::kStacks, 0), 13006101167774062806u);
  EXPECT_EQ(sum_of(*reader, Table::kStacks, 1), 16680516570277824280u);
  EXPECT_EQ(sum_of(*reader, Table::kSamples, 0), 15107733340993516820u);
  EXPECT_EQ(sum_of(*reader, Table::kSamples, 2), 3559990853633632456u);
  EXPECT_EQ(sum_of(*reader, Table::kLines, 3), 4212344192500745194u);
}

// The shape of five seconds of a compiler. The file is to be smaller than 353,876 bytes, what perf
// writes of such a run with frame pointers and no stacks worth the name.
TEST(Size, CompilerRun) {
  const TempFile file;
  const SyntheticFacts facts = write_synthetic(file.path(), {}, {});
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  EXPECT_GT(facts.stacks, 60'000u);
  EXPECT_GT(facts.frames, 15'000u);
  std::array<uint64_t, static_cast<size_t>(Table::kCount)> bytes{};
  for (const ChunkFacts& chunk : reader->chunks()) {
    bytes[static_cast<size_t>(chunk.table)] += chunk.bytes;
  }
  for (const TableSpec& table : tables()) {
    if (bytes[static_cast<size_t>(table.table)] == 0) continue;
    std::printf("  %-12s %8llu rows %8llu bytes\n", std::string(table.name).c_str(),
                static_cast<unsigned long long>(reader->row_count(table.table)),
                static_cast<unsigned long long>(bytes[static_cast<size_t>(table.table)]));
  }
  std::printf("  %-12s %22llu bytes\n", "file",
              static_cast<unsigned long long>(reader->file_bytes()));
  EXPECT_LT(reader->file_bytes(), 353'876u);
}

}  // namespace
}  // namespace hone::recording
