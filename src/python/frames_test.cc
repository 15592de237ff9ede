#include "python/frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "python/test_support.h"

namespace hone::python {
namespace {

constexpr uint64_t kVersions[] = {0x030b02f0, 0x030c01f0, 0x030d00f0};

std::string text_of(TestMemory& memory, uint64_t address, size_t room = 100) {
  std::string out(room, '?');
  size_t length = 0;
  EXPECT_EQ(read_text(memory.source(), address, out.data(), out.size(), &length), Err::kOk);
  out.resize(length);
  return out;
}

std::vector<LineRange> ranges_of(const std::vector<uint8_t>& table, uint32_t first_line) {
  std::vector<LineRange> out;
  LineRanges ranges(table.data(), table.size(), first_line);
  for (LineRange range; ranges.next(&range);) out.push_back(range);
  return out;
}

TEST(Layout, IsOfMinorVersions) {
  ASSERT_NE(layout_of(0x030b02f0), nullptr);
  EXPECT_EQ(layout_of(0x030b07f0), layout_of(0x030b02f0));
  EXPECT_EQ(layout_of(0x030a0df0), nullptr);
  EXPECT_EQ(layout_of(0x030e00f0), nullptr);
  EXPECT_EQ(layout_of(0x1'030b'02f0), nullptr);
  EXPECT_EQ(layout_of(0), nullptr);
}

TEST(Frames, AreWalkedFromTheThreadToTheOutermost) {
  for (const uint64_t version : kVersions) {
    TestMemory memory(version);
    const Layout& layout = memory.layout();
    const uint64_t lines = memory.bytes({0x80, 0x00});
    const uint64_t code = memory.code(memory.text(U"/a.py"), memory.text(U"f"), 7, lines);
    const bool shims = layout.frame_is_entry == kAbsent;
    const uint64_t outside =
        shims ? memory.frame({.code = code, .previous = 0, .entry = true}) : uint64_t{0};
    const uint64_t outer = memory.frame({.code = code, .previous = outside, .entry = !shims});
    const uint64_t inner = memory.frame({.code = code, .previous = outer, .instruction = 0x99});

    const uint64_t thread = memory.allocate(512), other = memory.allocate(512);
    memory.put<uint64_t>(thread + layout.thread_native_id, 4242);
    memory.put<uint64_t>(other + layout.thread_native_id, 4243);
    memory.put<uint64_t>(other + layout.thread_next, thread);
    if (layout.thread_cframe != kAbsent) {
      const uint64_t cframe = memory.allocate(32);
      memory.put<uint64_t>(cframe + layout.cframe_frame, inner);
      memory.put<uint64_t>(thread + layout.thread_cframe, cframe);
    } else {
      memory.put<uint64_t>(thread + layout.thread_frame, inner);
    }
    const uint64_t interpreter = memory.allocate(8192), runtime = memory.allocate(1024);
    memory.put<uint64_t>(interpreter + layout.interpreter_threads, other);
    memory.put<uint64_t>(runtime + layout.runtime_interpreters, interpreter);

    const Source source = memory.source();
    EXPECT_EQ(find_thread(source, runtime, 4242), thread);
    EXPECT_EQ(find_thread(source, runtime, 99), 0u);
    EXPECT_TRUE(is_thread(source, thread, 4242));
    EXPECT_FALSE(is_thread(source, other, 4242));
    EXPECT_EQ(innermost_frame(source, thread), inner);
    Frame frame;
    ASSERT_EQ(read_frame(source, inner, &frame), Err::kOk);
    EXPECT_EQ(frame.code, code);
    EXPECT_EQ(frame.previous, outer);
    EXPECT_EQ(frame.instruction, 0x99u);
    EXPECT_FALSE(frame.outermost);
    ASSERT_EQ(read_frame(source, outer, &frame), Err::kOk);
    EXPECT_EQ(frame.outermost, !shims);
    EXPECT_FALSE(frame.is_shim);
    if (shims) {
      ASSERT_EQ(read_frame(source, outside, &frame), Err::kOk);
      EXPECT_TRUE(frame.outermost && frame.is_shim);
    }
  }
}

TEST(Frames, CirclesAndNonsenseEnd) {
  TestMemory memory(kVersions[0]);
  const Layout& layout = memory.layout();
  const Source source = memory.source();
  const uint64_t thread = memory.allocate(512);
  memory.put<uint64_t>(thread + layout.thread_next, thread);
  const uint64_t interpreter = memory.allocate(128), runtime = memory.allocate(128);
  memory.put<uint64_t>(interpreter + layout.interpreter_threads, thread);
  memory.put<uint64_t>(interpreter + layout.interpreter_next, interpreter);
  memory.put<uint64_t>(runtime + layout.runtime_interpreters, interpreter);
  EXPECT_EQ(find_thread(source, runtime, 1), 0u);
  EXPECT_EQ(find_thread(source, 0, 1), 0u);
  Frame frame;
  EXPECT_EQ(read_frame(source, 0, &frame), Err::kCorrupt);
  EXPECT_EQ(read_frame(source, runtime + 3, &frame), Err::kCorrupt);
  EXPECT_EQ(read_frame(source, uint64_t{1} << 60, &frame), Err::kCorrupt);
  EXPECT_EQ(read_frame(source, 0x5000'0000, &frame), Err::kTruncated);
  // What says that it is outermost twice over is no frame.
  const uint64_t bad = memory.frame({.code = 0x10000, .previous = 0});
  memory.put<uint8_t>(bad + layout.frame_is_entry, 2);
  EXPECT_EQ(read_frame(source, bad, &frame), Err::kCorrupt);
}

TEST(Code, IsToldByItsType) {
  for (const uint64_t version : kVersions) {
    TestMemory memory(version);
    const uint64_t file = memory.text(U"/a.py"), name = memory.text(U"C.f");
    const uint64_t at = memory.code(file, name, 12, memory.bytes({0x80, 0}), 20);
    Code code;
    ASSERT_EQ(read_code(memory.source(), at, &code), Err::kOk);
    EXPECT_EQ(code.file, file);
    EXPECT_EQ(code.qualified_name, name);
    EXPECT_EQ(code.first_line, 12u);
    EXPECT_EQ(code.bytecode_end - code.bytecode, 40u);
    memory.put<uint64_t>(at + 8, TestMemory::kCodeType + 8);
    EXPECT_EQ(read_code(memory.source(), at, &code), Err::kCorrupt);
    memory.put<uint64_t>(at + 8, TestMemory::kCodeType);
    memory.put<uint64_t>(at + 16, uint64_t{1} << 40);
    EXPECT_EQ(read_code(memory.source(), at, &code), Err::kCorrupt);
  }
}

TEST(Texts, AreReadInEveryWidth) {
  for (const uint64_t version : kVersions) {
    TestMemory memory(version);
    EXPECT_EQ(text_of(memory, memory.text(U"main")), "main");
    EXPECT_EQ(text_of(memory, memory.text(U"größe", 1)), "größe");
    EXPECT_EQ(text_of(memory, memory.text(U"число", 2)), "число");
    EXPECT_EQ(text_of(memory, memory.text(U"数𝛼", 4)), "数𝛼");
    EXPECT_EQ(text_of(memory, memory.text(std::u32string(1000, U'x')), 10), "xxxxxxxxxx");
    // A character is not cut through.
    EXPECT_EQ(text_of(memory, memory.text(U"aß", 1), 2), "a");
    const uint64_t bad = memory.text(U"main");
    memory.put<uint32_t>(bad + 32, 7u << 2 | 1u << 5);
    char out[8];
    size_t length = 1;
    EXPECT_EQ(read_text(memory.source(), bad, out, sizeof out, &length), Err::kCorrupt);
    EXPECT_EQ(length, 0u);
    // Longer than what is mapped.
    const uint64_t long_one = memory.text(U"main");
    memory.put<uint64_t>(long_one + 16, 1 << 20);
    EXPECT_EQ(read_text(memory.source(), long_one, out, sizeof out, &length), Err::kTruncated);
  }
}

TEST(Texts, TheNameOfAModuleIsAmongItsNames) {
  TestMemory memory(kVersions[0]);
  for (const bool texts_alone : {true, false}) {
    const uint64_t dict = memory.globals(memory.text(U"json.decoder"), texts_alone);
    char out[64];
    size_t length = 0;
    ASSERT_EQ(read_name_in(memory.source(), dict, "__name__", out, sizeof out, &length), Err::kOk);
    EXPECT_EQ(std::string(out, length), "json.decoder");
    EXPECT_EQ(read_name_in(memory.source(), dict, "__file__", out, sizeof out, &length),
              Err::kNotFound);
  }
}

// Objects/locations.md of CPython says how they are written.
TEST(Lines, OfEveryKindOfEntry) {
  // 14 long: +1 line (svarint 2), end +0, columns; 15 none; 13 no columns: -2 lines (svarint 5);
  // 10 to 12: 0 to 2 lines further, two columns; below 10: same line.
  const auto ranges = ranges_of({0xf1, 0x02, 0x00, 0x05, 0x09, 0xf8, 0xe8, 0x05, 0xd3, 0x04, 0x08,
                                 0xe0, 0x01, 0x02, 0x82, 0x11},
                                10);
  ASSERT_EQ(ranges.size(), 6u);
  EXPECT_EQ(ranges[0].line, 11u);
  EXPECT_EQ(ranges[0].end, 4u);
  EXPECT_EQ(ranges[1].line, 0u);
  EXPECT_EQ(ranges[2].line, 9u);
  EXPECT_EQ(ranges[3].line, 9u);
  EXPECT_EQ(ranges[3].end - ranges[3].begin, 8u);
  EXPECT_EQ(ranges[4].line, 11u);
  EXPECT_EQ(ranges[5].line, 11u);
  EXPECT_EQ(ranges[5].begin, ranges[4].end);
}

// What CPython 3.11 made of a function of seven lines with a loop, and what it says of it itself
// (co_lines(), less the ranges of the line before).
TEST(Lines, OfATrueFunction) {
  const auto ranges =
      ranges_of({128, 0,   216, 8,   9,   136, 65, 137, 5,  128, 65,  221, 13, 18,  144,
                 49,  137, 88,  140, 88,  240, 0,  1,   5,  15,  240, 0,   1,  5,   15,
                 136, 1,   216, 8,   9,   136, 81, 137, 6,  136, 1,   136, 1,  224, 12,
                 13,  216, 12,  13,  241, 3,   1,  13,  14, 240, 0,   1,   5,  15},
                1);
  std::vector<std::pair<uint32_t, uint32_t>> steps;
  for (const LineRange& range : ranges) {
    if (steps.empty() || steps.back().second != range.line)
      steps.emplace_back(range.begin, range.line);
  }
  const std::vector<std::pair<uint32_t, uint32_t>> expected = {{0, 1},  {2, 2},  {12, 3}, {46, 4},
                                                               {58, 6}, {60, 7}, {62, 6}};
  EXPECT_EQ(steps, expected);
}

TEST(Lines, EndWhereTheyMakeNoSense) {
  EXPECT_TRUE(ranges_of({}, 1).empty());
  EXPECT_TRUE(ranges_of({0x00, 0x80}, 1).empty());        // no beginning of an entry
  EXPECT_TRUE(ranges_of({0xf0, 0x7f, 0x7f}, 1).empty());  // a number without an end
  EXPECT_TRUE(ranges_of({0xd0, 0x01}, 1).empty());        // cut
  EXPECT_TRUE(ranges_of({0xe8, 0x09}, 1).empty());        // a line before the first
  EXPECT_TRUE(ranges_of({0xe8, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x01}, 1).empty());
}

}  // namespace
}  // namespace hone::python
