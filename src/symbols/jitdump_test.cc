#include "symbols/jitdump.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace hone::symbols {
namespace {

// A jitdump, record by record.
class TestDump {
 public:
  explicit TestDump(uint64_t flags = 0, uint32_t magic = 0x4a695444, uint32_t version = 1) {
    for (const uint32_t word : {magic, version, 40u, 62u, 0u, 1234u}) put(word);
    put<uint64_t>(1);
    put<uint64_t>(flags);
  }
  template <class T>
  TestDump& put(T value) {
    const auto* from = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
    return *this;
  }
  TestDump& text(std::string_view name) {
    bytes.insert(bytes.end(), name.begin(), name.end());
    bytes.push_back(0);
    return *this;
  }
  size_t begin(uint32_t id, uint64_t time) {
    const size_t at = bytes.size();
    put(id).put(0u).put(time);
    return at;
  }
  void end(size_t at) {
    const auto size = static_cast<uint32_t>(bytes.size() - at);
    std::memcpy(bytes.data() + at + 4, &size, sizeof size);
  }
  TestDump& load(uint64_t time, uint64_t start, uint64_t code_bytes, std::string_view name,
                 uint64_t index) {
    const size_t at = begin(0, time);
    put(1u).put(1u).put(start).put(start).put(code_bytes).put(index).text(name);
    bytes.resize(bytes.size() + code_bytes, 0x90);
    end(at);
    return *this;
  }
  TestDump& move(uint64_t time, uint64_t from, uint64_t to, uint64_t code_bytes, uint64_t index) {
    const size_t at = begin(1, time);
    put(1u).put(1u).put(to).put(from).put(to).put(code_bytes).put(index);
    end(at);
    return *this;
  }
  struct Entry {
    uint64_t address;
    uint32_t line;
    std::string file;
  };
  TestDump& lines(uint64_t start, const std::vector<Entry>& entries) {
    const size_t at = begin(2, 0);
    put(start).put<uint64_t>(entries.size());
    for (const Entry& entry : entries) put(entry.address).put(entry.line).put(0u).text(entry.file);
    end(at);
    return *this;
  }
  std::vector<uint8_t> bytes;
};

std::string name_at(const JitDump& dump, uint64_t address, int64_t time) {
  const JitCode* code = dump.find(Avma{address}, TimeNs{time});
  return code ? code->name : "";
}

TEST(JitDump, CodeIsNamedByTheTime) {
  TestDump file;
  file.load(100, 0x1000, 0x100, "first", 1)
      .load(200, 0x1080, 0x100, "second", 2)
      .move(300, 0x1000, 0x5000, 0x100, 1);
  JitDump dump;
  EXPECT_EQ(dump.take(file.bytes), file.bytes.size());
  EXPECT_EQ(dump.skipped(), 0u);
  EXPECT_EQ(name_at(dump, 0x1090, 99), "");
  EXPECT_EQ(name_at(dump, 0x1090, 100), "first");
  EXPECT_EQ(name_at(dump, 0x1090, 250), "second");
  EXPECT_EQ(name_at(dump, 0x1000, 250), "first");
  EXPECT_EQ(name_at(dump, 0x117f, 250), "second");
  EXPECT_EQ(name_at(dump, 0x1180, 250), "");
  EXPECT_EQ(name_at(dump, 0x5010, 299), "");
  EXPECT_EQ(name_at(dump, 0x5010, 300), "first");
  uint32_t generation = 9;
  ASSERT_NE(dump.find(Avma{0x1090}, TimeNs{250}, &generation), nullptr);
  EXPECT_EQ(generation, 1u);
  EXPECT_EQ(dump.of_generation(Avma{0x1090}, 0)->name, "first");
  EXPECT_EQ(dump.of_generation(Avma{0x1090}, 1)->name, "second");
  EXPECT_EQ(dump.of_generation(Avma{0x1090}, 2), nullptr);
  // Where its bytes stand in the file.
  const JitCode& code = dump.codes()[0];
  EXPECT_EQ(code.code_at, 40u + 16 + 40 + 6);
  bool several = true;
  EXPECT_EQ(dump.of_range(Avma{0x1090}, TimeNs{110}, TimeNs{120}, &several)->name, "first");
  EXPECT_FALSE(several);
  EXPECT_EQ(dump.of_range(Avma{0x1090}, TimeNs{180}, TimeNs{290}, &several)->name, "second");
  EXPECT_TRUE(several);
}

TEST(JitDump, LinesAreOfTheCodeThatFollows) {
  TestDump file;
  file.lines(0x1000, {{0x1000, 3, "/a.js"}, {0x1010, 4, "\xff"}, {0x1020, 9, "/b.js"}})
      .load(1, 0x1000, 0x100, "f", 1)
      // As V8 puts them: behind the header of an ELF file to be.
      .lines(0x2000, {{0x2040, 3, "/a.js"}, {0x2050, 4, "/a.js"}, {0x2140, 5, "/a.js"}})
      .load(1, 0x2000, 0x100, "JS:*g /a.js:3:1", 2)
      .load(1, 0x3000, 0x100, "without", 3);
  JitDump dump;
  dump.take(file.bytes);
  ASSERT_EQ(dump.codes().size(), 3u);
  const auto& lines = dump.codes()[0].lines;
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].offset, 0x10u);
  EXPECT_EQ(lines[1].line, 4u);
  EXPECT_EQ(dump.files()[lines[1].file], "/a.js");
  EXPECT_EQ(dump.files()[lines[2].file], "/b.js");
  ASSERT_EQ(dump.codes()[1].lines.size(), 2u);  // the last lies behind it
  EXPECT_EQ(dump.codes()[1].lines[0].offset, 0u);
  EXPECT_EQ(dump.codes()[1].lines[1].offset, 0x10u);
  EXPECT_TRUE(dump.codes()[2].lines.empty());
}

// Names in the entries that V8 had given back already, with zeros among them.
TEST(JitDump, LinesAsV8WritesThem) {
  const std::string file_name = "/app/a.js";
  const auto entries = [&](TestDump& file, uint64_t start, std::string_view name) {
    const size_t at = file.begin(2, 0);
    file.put(start).put<uint64_t>(3);
    for (const uint64_t i : {0, 1, 2}) {
      file.put(start + 0x40 + i * 0x10).put(static_cast<uint32_t>(7 + i)).put(1u).text(name);
    }
    file.bytes.resize((file.bytes.size() + 7) / 8 * 8);
    file.end(at);
  };
  TestDump file;
  entries(file, 0x1000, std::string_view("\xae\x0f\x01\0\0\0\0\0\xb9", 9));
  file.load(1, 0x1000, 0x100, "JS:*f /app/a.js:7:2", 1);
  // Of another length than the name of its file.
  entries(file, 0x2000, std::string_view("\xae\x0f\x01\0\0\0\0\0\xb9\xb9\xb9\xb9\xb9", 13));
  file.load(1, 0x2000, 0x100, "JS:*g /app/a.js:7:2", 2);
  JitDump dump;
  dump.take(file.bytes);
  ASSERT_EQ(dump.codes().size(), 2u);
  const auto& lines = dump.codes()[0].lines;
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[2].offset, 0x20u);
  EXPECT_EQ(lines[2].line, 9u);
  EXPECT_EQ(dump.files()[lines[2].file], file_name);
  EXPECT_TRUE(dump.codes()[1].lines.empty());
  EXPECT_EQ(dump.skipped(), 1u);
}

TEST(JitDump, GrowsWhileItIsRead) {
  TestDump file;
  file.load(1, 0x1000, 0x100, "f", 1).load(2, 0x2000, 0x100, "g", 2);
  // However it is cut, the same comes of it.
  for (const size_t step : {size_t{1}, size_t{7}, size_t{100}, size_t{301}}) {
    JitDump dump;
    size_t taken = 0;
    for (size_t end = step; taken < file.bytes.size(); end += step) {
      const size_t to = std::min(end, file.bytes.size());
      taken += dump.take(std::span(file.bytes).subspan(taken, to - taken));
      ASSERT_LE(taken, to);
    }
    ASSERT_EQ(dump.codes().size(), 2u);
    EXPECT_EQ(file.bytes[dump.codes()[1].code_at], 0x90);
    EXPECT_EQ(dump.state(), JitDump::State::kReading);
  }
}

TEST(JitDump, TimesOfTheProcessorAreNotUsed) {
  TestDump file(1);
  file.load(100, 0x1000, 0x100, "first", 1).load(200, 0x1000, 0x100, "second", 2);
  JitDump dump;
  dump.take(file.bytes);
  EXPECT_EQ(name_at(dump, 0x1000, 150), "second");
}

TEST(JitDump, WhatIsNoneIsRefused) {
  const auto refused = [](TestDump file) {
    JitDump dump;
    EXPECT_EQ(dump.take(file.bytes), file.bytes.size());
    EXPECT_EQ(dump.state(), JitDump::State::kRefused);
    EXPECT_TRUE(dump.codes().empty());
    return dump.problem();
  };
  EXPECT_EQ(refused(TestDump(0, 0x4454694a)), "of a machine of the other byte order");
  EXPECT_EQ(refused(TestDump(0, 7)), "no jitdump");
  EXPECT_EQ(refused(TestDump(0, 0x4a695444, 2)), "jitdump of version 2: 1 is known");
  TestDump short_record;
  short_record.put(0u).put(15u).put(uint64_t{1});
  EXPECT_EQ(refused(short_record), "a record of impossible length");
  TestDump long_record;
  long_record.put(0u).put(~0u).put(uint64_t{1});
  EXPECT_EQ(refused(long_record), "a record of impossible length");
}

TEST(JitDump, RecordsThatMakeNoSenseAreCounted) {
  TestDump file;
  file.load(1, UINT64_MAX - 4, 0x10, "over the end", 1)
      .move(1, 0x1000, 0x2000, 0x10, 77)
      .lines(0x4000, {{0x10, 3, "/a.js"}})
      .load(1, 0x4000, 0x10, "as are these", 1)
      .lines(0x3000, {{0x3000, 3, "\x01\x02"}})
      .load(1, 0x3000, 0x10, "its lines are none", 1);
  const size_t many = file.begin(2, 0);
  file.put<uint64_t>(0x1000).put(~uint64_t{0});
  file.end(many);
  const size_t nameless = file.begin(0, 0);
  file.put(1u).put(1u);
  file.end(nameless);
  const size_t unknown = file.begin(99, 0);
  file.end(unknown);
  file.load(1, 0x1000, 0x10, "good", 2);
  file.end(file.begin(3, 0));
  file.load(1, 0x1000, 0x10, "behind the end", 3);
  JitDump dump;
  dump.take(file.bytes);
  EXPECT_EQ(dump.skipped(), 6u);
  EXPECT_EQ(dump.state(), JitDump::State::kClosed);
  ASSERT_EQ(dump.codes().size(), 3u);
  EXPECT_EQ(name_at(dump, 0x1000, 1), "good");
  EXPECT_EQ(name_at(dump, 0x3000, 1), "its lines are none");
}

}  // namespace
}  // namespace hone::symbols
