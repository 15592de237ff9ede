// What is written is read: every table, every encoding, typed and by column; and who may write.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/builder.h"
#include "recording/codec.h"
#include "recording/column_bytes.h"
#include "recording/test_support.h"

namespace hone::recording {
namespace {

using testing::HasSubstr;

TEST(RoundTrip, EveryTableRandomly) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TempFile file;
    const uint32_t rows_max = seed % 3 == 0 ? 7 : seed % 3 == 1 ? 100 : 65536;
    const Model model = write_random(file, seed, 4000, {.chunk_rows_max = rows_max});
    const auto reader = Reader::open(file.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_TRUE(reader->salvage().finished);
    EXPECT_EQ(reader->salvage().bytes_unreadable, 0u);
    EXPECT_EQ(reader->salvage().chunks_damaged, 0u);
    EXPECT_TRUE(reader->verify());
    for (const TableSpec& table : tables()) {
      std::string error;
      EXPECT_EQ(read_table(*reader, table.table, error), model.of(table.table)) << table.name;
      EXPECT_EQ(error, "");
      EXPECT_EQ(reader->row_count(table.table), model.of(table.table).size());
    }
    for_each_table([&]<class Row>() {
      std::vector<Cells> rows;
      ASSERT_TRUE(reader->for_each<Row>([&](const Row& row) { rows.push_back(cells_of(row)); }));
      EXPECT_EQ(rows, model.of(Row::kTable));
    });
  }
}

TEST(RoundTrip, ManyRowsOnThreads) {
  const TempFile file;
  Writer writer = create(file, {.chunk_rows_max = 5000});
  for (uint32_t i = 0; i < 250'000; ++i) {
    writer.append(SampleRow{.time = TimeNs{i * 1000 + i % 7}, .stack = StackId{i * 31 % 90'000}});
    writer.append(StringRow{.text = i % 3 ? "abc" : ""});
  }
  ASSERT_TRUE(writer.finish());
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  for (unsigned threads : {0u, 1u, 2u, 5u}) {
    const auto samples = reader->columns(Table::kSamples, threads);
    ASSERT_TRUE(samples);
    ASSERT_EQ(samples->row_count, 250'000u);
    const auto strings = reader->columns(Table::kStrings, threads);
    ASSERT_TRUE(strings);
    for (size_t i = 0; i < 250'000; ++i) {
      ASSERT_EQ(samples->columns[0].numbers[i], i * 1000 + i % 7);
      ASSERT_EQ(samples->columns[2].numbers[i], i * 31 % 90'000);
      ASSERT_EQ(strings->columns[0].text(i), i % 3 ? "abc" : "");
    }
  }
  EXPECT_TRUE(comes_by_chunks(*reader, Table::kSamples));
}

TEST(RoundTrip, ColumnsBetweenRows) {
  const TempFile file;
  auto writer = Writer::create(file.path(), {});
  ASSERT_TRUE(writer);
  const auto row = [](uint64_t i) {
    return SpanRow{.thread = ThreadId{1},
                   .end = TimeNs{static_cast<int64_t>(1'000'000 + 37 * i)},
                   .duration = DurationNs{static_cast<int64_t>(i % 1000)},
                   .site = SiteId{static_cast<uint32_t>(i % 16 + 1)},
                   .depth = static_cast<uint8_t>(i % 9)};
  };
  constexpr uint64_t kRows = 5000;
  for (uint64_t i = 0; i < 10; ++i) writer->append(row(i));
  std::array<ColumnBytes, 6> columns;
  for (uint64_t i = 10; i < kRows; ++i) {
    size_t at = 0;
    const SpanRow one = row(i);
    visit(one, [&](const auto& field) {
      ColumnBytes& column = columns[at++];
      *column.room(1) = static_cast<uint32_t>(field);
      column.advance(1);
    });
  }
  std::array<EncodedColumn, 6> encoded;
  std::array<std::vector<uint8_t>, 6> bodies;
  for (size_t i = 0; i < encoded.size(); ++i) {
    encoded[i].layout = columns[i].encode(bodies[i]);
    encoded[i].body = bodies[i];
  }
  encoded[0] = {.base = 1};
  writer->append_encoded(Table::kSpans, kRows - 10, row(10).end, row(kRows - 1).end, encoded);
  writer->append(row(kRows));
  EXPECT_EQ(writer->row_count(Table::kSpans), kRows + 1);
  ASSERT_TRUE(writer->finish());
  auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  uint64_t next = 0;
  ASSERT_TRUE(reader->for_each<SpanRow>([&](const SpanRow& got) {
    EXPECT_EQ(cells_of(got), cells_of(row(next)));
    ++next;
  }));
  EXPECT_EQ(next, kRows + 1);
}

TEST(RoundTrip, EmptyRecording) {
  const TempFile file;
  Writer writer = create(file);
  ASSERT_TRUE(writer.finish());
  ASSERT_TRUE(writer.finish());  // once more does nothing
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->salvage().finished);
  EXPECT_TRUE(reader->verify());
  EXPECT_EQ(reader->columns(Table::kSamples)->row_count, 0u);
}

TEST(RoundTrip, HugeValueIsCutAndSaid) {
  const TempFile file;
  Writer writer = create(file);
  writer.append(StringRow{.text = std::string(20u << 20, 'x')});
  ASSERT_TRUE(writer.finish());
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->for_each<StringRow>(
      [](const StringRow& row) { EXPECT_EQ(row.text.size(), size_t{16} << 20); }));
  size_t said = 0;
  ASSERT_TRUE(reader->for_each<DiagnosticRow>(
      [&](const DiagnosticRow& row) { said += row.name == "value_cut" && row.count == 1; }));
  EXPECT_EQ(said, 1u);
}

// The recorder's order of calls, with a chunk put out every few rows: whatever chunk comes last,
// no id in the file is without its row.
TEST(Writer, IdsComeBeforeTheirUse) {
  const TempFile file;
  {
    Builder builder(create(file, {.chunk_rows_max = 16}));
    Random random(7);
    for (int i = 0; i < 300; ++i) {
      std::vector<FrameId> frames;
      for (int depth = 0; depth < 8; ++depth) {
        frames.push_back(builder.frame(ModuleId{1}, random() % 50));
      }
      builder.append(SampleRow{.time = TimeNs{i + 1}, .stack = builder.stack(frames)});
      builder.append(MetaRow{.key = "k", .value = "v"});
    }
    ASSERT_TRUE(builder.writer().finish());
  }
  std::vector<uint8_t> bytes = file.bytes();
  const auto whole = Reader::open_bytes(bytes);
  ASSERT_TRUE(whole);
  size_t samples_seen = 0;
  for (const ChunkFacts& chunk : whole->chunks()) {
    const auto cut =
        Reader::open_bytes({bytes.begin(), bytes.begin() + chunk.offset + chunk.bytes});
    ASSERT_TRUE(cut);
    const uint64_t frames = cut->row_count(Table::kFrames);
    const uint64_t stacks = cut->row_count(Table::kStacks);
    ASSERT_TRUE(cut->for_each<StackRow>([&](const StackRow& row) {
      EXPECT_LE(raw(row.frame), frames);
      EXPECT_LE(raw(row.parent), stacks);
    }));
    ASSERT_TRUE(cut->for_each<SampleRow>([&](const SampleRow& row) {
      EXPECT_LE(raw(row.stack), stacks);
      ++samples_seen;
    }));
  }
  EXPECT_GT(samples_seen, 300u);
}

TEST(Writer, SecondWriterIsRefused) {
  const TempFile file;
  Writer first = create(file);
  first.append(MetaRow{.key = "a", .value = "b"});
  ASSERT_TRUE(first.flush());
  const auto second = Writer::create(file.path(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().number, "E014");
  ASSERT_TRUE(first.finish());
  EXPECT_TRUE(Reader::open(file.path())->verify());
  EXPECT_TRUE(Writer::create(file.path(), {}));  // the lock ends with the recording
}

TEST(Writer, ReplacesRecordingsAndNothingElse) {
  const TempFile file;
  ASSERT_TRUE(base::write_file_atomically(file.path(), base::as_bytes("my thesis")));
  auto writer = Writer::create(file.path(), {});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().number, "E015");
  EXPECT_EQ(*base::read_file(file.path()), "my thesis");

  ASSERT_TRUE(base::write_file_atomically(file.path(), {}));
  for (uint32_t rows : {1000u, 1u}) {
    Writer again = create(file);
    for (uint32_t i = 0; i < rows; ++i) again.append(SampleRow{.time = TimeNs{i + 1}});
    ASSERT_TRUE(again.finish());
    EXPECT_EQ(Reader::open(file.path())->row_count(Table::kSamples), rows);
  }
  EXPECT_FALSE(Writer::create(testing::TempDir(), {}));
  EXPECT_FALSE(Writer::create(testing::TempDir() + "no-such-folder/x.hone", {}));
}

TEST(Writer, FullDiskFromTheStart) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  const auto writer = Writer::create("/dev/full", {});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().sys_errno, ENOSPC);
  EXPECT_THAT(writer.error().message, HasSubstr("disk full"));
}

// Runs `body` in a child, which ends with its value; gives the wait status.
template <class F>
int in_child(F&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// A limit on the size of files stands in for a disk that fills up.
TEST(Writer, DiskThatFillsUp) {
  const TempFile file;
  const TempFile message;
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto writer = Writer::create(file.path(), {.chunk_rows_max = 1000});
    Random random(1);
    for (int64_t i = 1; i < 200'000; ++i) {
      writer->append(
          SampleRow{.time = TimeNs{i * 1'000'000}, .stack = StackId{uint32_t(random())}});
    }
    const auto failed = writer->flush();
    if (failed || writer->finish() || writer->flush()) return 1;
    if (writer->flush().error().message != failed.error().message) return 2;
    if (writer->bytes_written() > 100'000) return 3;
    if (writer->row_count(Table::kSamples) != 199'999) return 4;
    (void)base::write_file_atomically(message.path(), base::as_bytes(failed.error().message));
    return 0;
  });
  ASSERT_EQ(status, 0);
  const std::string said = *base::read_file(message.path());
  EXPECT_THAT(said, HasSubstr(" written, up to "));
  EXPECT_THAT(said, HasSubstr("is readable"));
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->salvage().finished);
  EXPECT_EQ(reader->salvage().bytes_unreadable, 0u);
  EXPECT_EQ(reader->salvage().chunks_damaged, 0u);
  EXPECT_GT(reader->row_count(Table::kSamples), 1000u);
  EXPECT_EQ(reader->row_count(Table::kSamples) % 1000, 0u);
  int64_t time = 0;
  ASSERT_TRUE(reader->for_each<SampleRow>(
      [&](const SampleRow& row) { ASSERT_EQ(raw(row.time), time += 1'000'000); }));
}

TEST(Writer, KilledAfterFlush) {
  const TempFile file;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = Writer::create(file.path(), {});
    for (int64_t i = 1; i <= 5000; ++i) writer->append(SampleRow{.time = TimeNs{i}});
    if (!writer->flush()) ::_exit(1);
    for (int64_t i = 1; i <= 5000; ++i) writer->append(SampleRow{.time = TimeNs{i}});
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  ::close(ready[0]);
  ::close(ready[1]);
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->row_count(Table::kSamples), 5000u);
  EXPECT_FALSE(reader->salvage().finished);
  EXPECT_EQ(reader->verify().error().code, Code::Truncated);
}

TEST(Builder, SameThingSameId) {
  const TempFile file;
  Builder builder(create(file, {.chunk_rows_max = 100}));
  EXPECT_EQ(builder.string(""), StringId::kNone);
  EXPECT_EQ(builder.stack({}), StackId::kNone);
  Random random(3);
  std::vector<std::string> texts;
  std::vector<std::pair<uint32_t, uint64_t>> frames;
  std::vector<std::pair<uint32_t, uint32_t>> nodes;
  const auto id_in = [](auto& list, const auto& key) {
    auto at = std::find(list.begin(), list.end(), key);
    if (at == list.end()) at = list.insert(list.end(), key);
    return static_cast<uint32_t>(at - list.begin()) + 1;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string text = "name " + std::to_string(random() % 2000);
    ASSERT_EQ(raw(builder.string(text)), id_in(texts, text));
    std::vector<FrameId> stack;
    uint32_t parent = 0;
    const size_t depth = random() % 12;
    for (size_t d = 0; d < depth; ++d) {
      const std::pair<uint32_t, uint64_t> key{random() % 2, random() % 4 * 0x1000};
      stack.push_back(builder.frame(ModuleId{key.first}, key.second));
      ASSERT_EQ(raw(stack.back()), id_in(frames, key));
    }
    for (size_t d = depth; d-- > 0;) {
      parent = id_in(nodes, std::pair{parent, raw(stack[d])});
    }
    ASSERT_EQ(raw(builder.stack(stack)), parent);
  }
  ASSERT_EQ(builder.frames().size(), frames.size());
  EXPECT_EQ(builder.frames()[0].address, frames[0].second);
  ASSERT_TRUE(builder.writer().finish());
  const auto reader = Reader::open(file.path());
  ASSERT_TRUE(reader);
  size_t at = 0;
  ASSERT_TRUE(
      reader->for_each<StringRow>([&](const StringRow& row) { ASSERT_EQ(row.text, texts[at++]); }));
  at = 0;
  ASSERT_TRUE(reader->for_each<StackRow>([&](const StackRow& row) {
    ASSERT_EQ(std::pair(raw(row.parent), raw(row.frame)), nodes[at++]);
  }));
  EXPECT_EQ(at, nodes.size());
}

}  // namespace
}  // namespace hone::recording
