// Files that were cut, damaged, made by others or made up: never a crash, never silence.
#include <gmock/gmock.h>

#include <cstring>

#include "recording/chunk.h"
#include "recording/test_support.h"

namespace hone::recording {
namespace {

using testing::HasSubstr;

bool is_clean(const Salvage& salvage) {
  return salvage.finished && salvage.bytes_unreadable == 0 && salvage.chunks_damaged == 0;
}

// The rows that are there are as they were written. Of Ids tables each stands in its own place,
// or an empty row where it was lost; of others they come in order.
void expect_rows_of(const Reader& reader, const Model& model) {
  for (const TableSpec& table : tables()) {
    std::string error;
    const std::vector<Cells> rows = read_table(reader, table.table, error);
    ASSERT_EQ(error, "");
    const std::vector<Cells>& wanted = model.of(table.table);
    Cells empty;
    for (const ColumnSpec& column : table.columns) {
      empty.push_back(column.type == ColumnType::kBytes ? "" : "0");
    }
    size_t at = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (table.kind == TableKind::kIds) {
        ASSERT_LT(i, wanted.size()) << table.name;
        ASSERT_TRUE(rows[i] == wanted[i] || rows[i] == empty) << table.name << " " << i;
      } else {
        while (at < wanted.size() && wanted[at] != rows[i]) ++at;
        ASSERT_LT(at++, wanted.size()) << table.name << " " << i;
      }
    }
  }
  for (const Table table : {Table::kStacks, Table::kSamples, Table::kFrames}) {
    ASSERT_TRUE(comes_by_chunks(reader, table)) << spec_of(table).name;
  }
}

// Sanitizers slow these tests tenfold, and look for what a part of them shows.
#ifdef HONE_SANITIZED
constexpr size_t kEvery = 5;
#else
constexpr size_t kEvery = 1;
#endif

TEST(Cut, AtEvery64thByte) {
  const TempFile file;
  const Model model = write_random(file, 5, 3000, {.chunk_rows_max = 40});
  const std::vector<uint8_t> bytes = file.bytes();
  const auto whole = Reader::open_bytes(bytes);
  ASSERT_TRUE(whole);
  for (size_t cut = 0; cut < bytes.size(); cut += 64 * kEvery) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    const auto reader = Reader::open_bytes({bytes.begin(), bytes.begin() + cut});
    if (cut == 0) {
      ASSERT_EQ(reader.error().number, "E010");
      continue;
    }
    ASSERT_TRUE(reader) << reader.error().message;
    size_t chunks = 0;
    while (chunks < whole->chunks().size() &&
           whole->chunks()[chunks].offset + whole->chunks()[chunks].bytes <= cut) {
      ++chunks;
    }
    ASSERT_EQ(reader->chunks().size(), chunks);
    EXPECT_FALSE(reader->salvage().finished);
    EXPECT_EQ(reader->salvage().chunks_damaged, 0u);
    if (chunks > 0 && chunks < whole->chunks().size()) {
      const ChunkFacts& last = reader->chunks().back();
      EXPECT_EQ(reader->salvage().bytes_unreadable, cut - last.offset - last.bytes);
    }
    ASSERT_FALSE(reader->verify());
    EXPECT_EQ(reader->verify().error().code, Code::Truncated);
    for (const TableSpec& table : tables()) {
      std::string error;
      const auto rows = read_table(*reader, table.table, error);
      const auto& wanted = model.of(table.table);
      ASSERT_LE(rows.size(), wanted.size());
      ASSERT_TRUE(std::equal(rows.begin(), rows.end(), wanted.begin())) << table.name;
    }
  }
}

TEST(Flip, NeverACrashAndNeverSilent) {
  const TempFile file;
  const Model model = write_random(file, 9, 2000, {.chunk_rows_max = 60});
  const std::vector<uint8_t> bytes = file.bytes();
  size_t opened = 0;
  for (uint64_t seed = 1; seed <= 1500; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<uint8_t> flipped = bytes;
    const size_t flips = 1 + random() % 4;
    // Every fourth run aims at the first bytes: headers are few and random bytes miss them.
    const size_t span = seed % 4 == 0 ? 600 : bytes.size();
    for (size_t i = 0; i < flips; ++i) {
      flipped[random() % span] ^= static_cast<uint8_t>(1 + random() % 255);
    }
    const bool same = flipped == bytes;
    const auto reader = Reader::open_bytes(flipped);
    if (!reader) {
      EXPECT_NE(reader.error().number, "");
      continue;
    }
    ++opened;
    EXPECT_EQ(is_clean(reader->salvage()), same);
    EXPECT_EQ(reader->verify().has_value(), same);
    expect_rows_of(*reader, model);
  }
  EXPECT_GT(opened, 1000u / kEvery);
}

// Bytes that are gone, come twice, or come from elsewhere.
TEST(Flip, SpansMovedAndRemoved) {
  const TempFile file;
  const Model model = write_random(file, 11, 2000, {.chunk_rows_max = 60});
  const std::vector<uint8_t> bytes = file.bytes();
  for (uint64_t seed = 1; seed <= 300; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::vector<uint8_t> changed = bytes;
    const size_t from = 64 + random() % (bytes.size() - 64);
    const size_t length = 1 + random() % std::min<size_t>(3000, bytes.size() - from);
    if (seed % 2) {
      changed.erase(changed.begin() + from, changed.begin() + from + length);
    } else {
      const std::vector<uint8_t> span(bytes.begin() + from, bytes.begin() + from + length);
      const size_t to = 64 + random() % (bytes.size() - 64);
      changed.insert(changed.begin() + to, span.begin(), span.end());
    }
    const auto reader = Reader::open_bytes(changed);
    ASSERT_TRUE(reader);
    EXPECT_FALSE(is_clean(reader->salvage()));
    EXPECT_FALSE(reader->verify());
    expect_rows_of(*reader, model);
  }
}

// A chunk that is gone whole leaves no bytes to stumble over: the order and the index tell.
TEST(Flip, WholeChunkRemoved) {
  const TempFile file;
  const Model model = write_random(file, 13, 1000, {.chunk_rows_max = 30});
  const std::vector<uint8_t> bytes = file.bytes();
  const auto whole = Reader::open_bytes(bytes);
  ASSERT_TRUE(whole);
  for (const ChunkFacts& chunk : whole->chunks()) {
    std::vector<uint8_t> changed = bytes;
    changed.erase(changed.begin() + chunk.offset, changed.begin() + chunk.offset + chunk.bytes);
    const auto reader = Reader::open_bytes(changed);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->salvage().chunks_damaged, 1u) << chunk.offset;
    EXPECT_FALSE(reader->verify());
    expect_rows_of(*reader, model);
  }
}

TEST(Foreign, IsNoRecording) {
  for (const std::string text : {"", "x", "HONERE", "\177ELF and so on, for a while, and longer"}) {
    const auto reader = Reader::open_bytes({text.begin(), text.end()});
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().number, "E010");
    EXPECT_THAT(reader.error().message, HasSubstr("is not a recording"));
  }
  EXPECT_EQ(Reader::open("/nonexistent.hone").error().code, Code::NotFound);
  EXPECT_FALSE(Reader::open("/tmp"));
}

void append_struct(std::vector<uint8_t>& file, const auto& value) {
  file.resize(file.size() + sizeof(value));
  std::memcpy(file.data() + file.size() - sizeof(value), &value, sizeof(value));
}

std::vector<uint8_t> file_header(uint16_t major, uint16_t minor, const char* writer) {
  FileHeader header{};
  header.major = major;
  header.minor = minor;
  std::strncpy(header.writer, writer, sizeof(header.writer) - 1);
  seal(header);
  std::vector<uint8_t> file;
  append_struct(file, header);
  return file;
}

TEST(Versions, NewerMajorNamesItsWriter) {
  const auto reader = Reader::open_bytes(file_header(kMajorVersion + 1, 0, "7.2.1"));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::Unsupported);
  EXPECT_EQ(reader.error().number, "E011");
  EXPECT_THAT(reader.error().message, HasSubstr("Hone 7.2.1"));
  ASSERT_FALSE(reader.error().fixes.empty());
}

// Chunks as a later Hone might write them.
class LaterFile {
 public:
  explicit LaterFile(std::vector<uint8_t> schema)
      : bytes(file_header(kMajorVersion, kMinorVersion + 3, "0.9")),
        fingerprint_(schema_fingerprint(schema)) {
    put(ChunkHeader{.kind = ChunkKind::kSchema}, schema);
  }
  void rows(uint16_t table, uint64_t first_row, std::vector<std::vector<uint64_t>> columns,
            const std::string& heap = {}) {
    Packer packer(1);
    std::vector<uint8_t> payload;
    for (size_t i = 0; i < columns.size(); ++i) {
      Encoding encoding;
      encode_numbers(columns[i], Unit::kCount, first_row, packer, Effort::kSmall, encoding,
                     payload);
      if (i > 0 || heap.empty()) continue;
      put_uleb(payload, heap.size());
      payload.insert(payload.end(), heap.begin(), heap.end());
    }
    put(ChunkHeader{.kind = ChunkKind::kRows,
                    .table = table,
                    .row_count = static_cast<uint32_t>(columns[0].size()),
                    .first_row = first_row,
                    .column_count = static_cast<uint32_t>(columns.size())},
        payload);
  }
  std::vector<uint8_t> bytes;

 private:
  void put(ChunkHeader header, const std::vector<uint8_t>& payload) {
    header.raw_bytes = static_cast<uint32_t>(payload.size());
    header.schema = fingerprint_;
    seal(header, payload);
    append_struct(bytes, header);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
  }
  uint32_t fingerprint_;
};

std::vector<uint8_t> later_schema() {
  std::vector<uint8_t> out;
  const auto name = [&](std::string_view text) {
    put_uleb(out, text.size());
    out.insert(out.end(), text.begin(), text.end());
  };
  const auto column = [&](ColumnType type, std::string_view text) {
    out.push_back(static_cast<uint8_t>(type));
    out.push_back(static_cast<uint8_t>(Unit::kCount));
    name(text);
  };
  put_uleb(out, 3);
  out.push_back(2);
  name("holograms");
  put_uleb(out, 1);
  column(ColumnType::kUnsigned, "depth");
  out.push_back(1);
  name("strings");
  put_uleb(out, 2);
  column(ColumnType::kBytes, "text");
  column(ColumnType::kUnsigned, "language");
  out.push_back(2);
  name("samples");
  put_uleb(out, 3);
  column(ColumnType::kSigned, "mood");
  column(ColumnType::kUnsigned, "stack");
  column(ColumnType::kSigned, "time");
  return out;
}

TEST(Versions, NewerMinorWithUnknownTableAndColumns) {
  LaterFile file(later_schema());
  file.rows(1, 0, {{1, 2, 3}});
  file.rows(2, 0, {{2, 3}, {7, 8}}, "abcde");
  file.rows(3, 0, {{1, 1}, {41, 42}, {1000, 2000}});
  const auto reader = Reader::open_bytes(file.bytes);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->salvage().version_newer, kMinorVersion + 3u);
  EXPECT_EQ(reader->salvage().chunks_damaged, 0u);
  ASSERT_EQ(reader->chunks().size(), 3u);
  EXPECT_EQ(reader->chunks()[0].table, Table::kInvalid);
  EXPECT_EQ(reader->chunks()[0].table_name, "holograms");
  std::vector<std::string> texts;
  ASSERT_TRUE(
      reader->for_each<StringRow>([&](const StringRow& row) { texts.emplace_back(row.text); }));
  EXPECT_EQ(texts, (std::vector<std::string>{"ab", "cde"}));
  std::vector<Cells> samples;
  ASSERT_TRUE(
      reader->for_each<SampleRow>([&](const SampleRow& row) { samples.push_back(cells_of(row)); }));
  EXPECT_EQ(samples, (std::vector<Cells>{{"1000", "0", "41", "0", "0", "0", "0"},
                                         {"2000", "0", "42", "0", "0", "0", "0"}}));
  EXPECT_EQ(reader->verify().error().code, Code::Truncated);  // only for its missing end
}

TEST(Hostile, ClaimsOfManyRowsAreRefused) {
  LaterFile file(later_schema());
  const std::vector<uint64_t> same(kChunkRowsMax, 5);
  for (uint64_t i = 0; i < 8; ++i) file.rows(3, i * kChunkRowsMax, {same, same, same});
  EXPECT_LT(file.bytes.size(), 10'000u);
  const auto reader = Reader::open_bytes(file.bytes);
  ASSERT_TRUE(reader);
  const auto columns = reader->columns(Table::kSamples);
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().code, Code::LimitExceeded);
}

TEST(Hostile, FirstRowFarAway) {
  LaterFile file(later_schema());
  file.rows(2, 0xf000'0000, {{2, 3}, {7, 8}}, "abcde");
  const auto reader = Reader::open_bytes(file.bytes);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->salvage().chunks_damaged, 1u);  // the rows before it are missing
  EXPECT_EQ(reader->columns(Table::kStrings).error().code, Code::LimitExceeded);
}

// Headers alone, each sound and claiming the rest of the file: opening stays linear.
TEST(Hostile, ManySoundHeaders) {
  std::vector<uint8_t> bytes = file_header(kMajorVersion, kMinorVersion, "x");
  for (uint32_t i = 0; i < 20'000; ++i) {
    ChunkHeader header{.kind = ChunkKind::kRows, .table = 1};
    seal(header, {});
    header.stored_bytes = (20'000 - i) * 36;
    const auto* begin = reinterpret_cast<const uint8_t*>(&header);
    header.header_checksum = checksum({begin, sizeof(header) - 8});
    append_struct(bytes, header);
  }
  const auto reader = Reader::open_bytes(bytes);
  ASSERT_TRUE(reader);
  EXPECT_GT(reader->salvage().chunks_damaged, 0u);
}

}  // namespace
}  // namespace hone::recording
