#include "analysis/annotate.h"

#include <gtest/gtest.h>

#include "analysis/disassemble.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::function_named;
using profile::profile_of_text;
using Rows = std::vector<std::string>;

Rows lines_of(const Annotation& annotation) {
  Rows rows;
  for (const LineCost& line : annotation.lines) {
    rows.push_back(line.file + ":" + std::to_string(line.line) + " " +
                   std::to_string(line.self_samples) + "/" + std::to_string(line.total_samples));
  }
  return rows;
}

TEST(Annotate, LinesWithSelfAndTotal) {
  const auto p = profile_of_text(R"(
    @function work start=0x1000 bytes=64 file=a.c line=9
    main@a.c:2;work@a.c:10;copy@c.c:1 5
    main@a.c:2;work@a.c:11;[inlined]get@h.h:7 3
    main@a.c:2;work@a.c:10 2
    main@a.c:2 4
  )");
  const Annotation a = annotate(p, {}, function_named(p, "work"));
  EXPECT_EQ(a.function, "work");
  EXPECT_EQ(a.module, "app");
  EXPECT_EQ(a.file, "a.c");
  EXPECT_EQ(a.line, 9u);
  EXPECT_EQ(a.self_samples, 5u);  // the inlined call is its code
  EXPECT_EQ(a.total_samples, 10u);
  EXPECT_EQ(a.cpu_ns, 14'000'000);
  EXPECT_EQ(lines_of(a), (Rows{"a.c:10 2/7", "a.c:11 0/3", "h.h:7 3/3"}));
}

TEST(Annotate, RecursionCountsALineOnceASample) {
  const auto p = profile_of_text("main;fib@f.c:3;fib@f.c:3;fib@f.c:2 4");
  const Annotation a = annotate(p, {}, function_named(p, "fib"));
  EXPECT_EQ(a.total_samples, 4u);
  EXPECT_EQ(lines_of(a), (Rows{"f.c:2 4/4", "f.c:3 0/4"}));
}

TEST(Annotate, AFunctionInlinedEverywhereHasLinesAndNoCode) {
  const auto p = profile_of_text(R"(
    @function get start=0
    @code main 90c3
    main;work@a.c:1;[inlined]get@h.h:7;[inlined]deep@h.h:9 3
    main;work@a.c:2;[inlined]get@h.h:8 2
  )");
  const Annotation a = annotate(p, {}, function_named(p, "get"));
  EXPECT_EQ(lines_of(a), (Rows{"h.h:7 0/3", "h.h:8 2/2", "h.h:9 3/3"}));
  EXPECT_TRUE(a.instructions.empty());
  EXPECT_NE(a.no_code_reason.find("inlined everywhere"), std::string::npos);
}

// The code that it was inlined into, with the cost of its part: not that of `work` itself.
TEST(Annotate, AnInlinedFunctionHasTheCodeOfItsHolder) {
  std::string nops;
  for (int i = 0; i < 47; ++i) nops += " 90";
  const auto p = profile_of_text(R"(
    @module /usr/bin/app arch=1
    @function get start=0
    @function work start=0x1000 bytes=48
    @code work)" + nops + R"( c3
    main;work@a.c:1;[inlined]get@h.h:7 3
    main;work@a.c:2 4
  )");
  const Annotation a = annotate(p, {}, function_named(p, "get"));
  ASSERT_FALSE(a.instructions.empty());
  EXPECT_EQ(a.no_code_reason, "");
  EXPECT_LE(a.instructions.back().address, a.instructions.front().address + 33);
  uint64_t samples = 0;
  for (const InstructionCost& one : a.instructions) {
    EXPECT_EQ(one.inlined_into, "work");
    samples += one.self_samples;
  }
  EXPECT_EQ(samples, 3u);
  EXPECT_EQ(a.instructions.front().self_samples, 3u);
}

// Frames of a function stand 4 bytes apart: the first at its start, the second at start + 4, ...
TEST(Annotate, InstructionsWithLinesAndCost) {
  const auto p = profile_of_text(R"(
    @module /usr/bin/app arch=1
    @function work start=0x1000 bytes=13
    @code work 48 8b 07 90 e8 f7 0f 00 00 0f 1f 00 c3
    @code_line work 0 a.c:10
    @code_line work 4 a.c:12
    @code_line work c a.c:13
    work@a.c:10 3
    work@a.c:12;copy 5
    work@a.c:13 2
  )");
  const Annotation a = annotate(p, {}, function_named(p, "work"));
  Rows rows;
  for (const InstructionCost& i : a.instructions) {
    rows.push_back(i.bytes_hex + "|" + i.text + "|" + i.file + ":" + std::to_string(i.line) + "|" +
                   std::to_string(i.self_samples) + "/" + std::to_string(i.total_samples));
  }
  EXPECT_EQ(rows, (Rows{"488b07|mov    rax, qword ptr [rdi]|a.c:10|3/3",  // 0x1000
                        "90|nop|a.c:10|0/0",                              // 0x1003
                        "e8f70f0000|call   0x2000|a.c:12|2/7",            // 0x1004, holds 0x1008
                        "0f1f00|nop    dword ptr [rax]|a.c:12|0/0",       // 0x1009
                        "c3|ret|a.c:13|0/0"}));                           // 0x100c
}

// Known where a sample or a call stood, and said nowhere else.
TEST(Annotate, InlineStacks) {
  const auto p = profile_of_text(R"(
    @module /usr/bin/app arch=1
    @function work start=0x1000 bytes=13
    @code work 90 90 90 90 e8 f7 0f 00 00 90 90 90 c3
    work@a.c:10;[inlined]get@h.h:7;[inlined]deep@h.h:3 3
    work@a.c:12;[inlined]get@h.h:8;copy 5
    other@a.c:10;[inlined]get@h.h:7 2
  )");
  const auto steps_of = [&](const Annotation& a) {
    Rows rows;
    for (const InstructionCost& i : a.instructions) {
      std::string& row = rows.emplace_back(i.text.substr(0, i.text.find(' ')));
      for (const SourceStep& step : i.inline_stack) {
        row += " " + step.function + "@" + step.file + ":" + std::to_string(step.line);
      }
    }
    return rows;
  };
  const Rows want{"nop deep@h.h:3 get@h.h:7 work@a.c:10",
                  "nop",
                  "nop",
                  "nop",
                  "call get@h.h:8 work@a.c:12",
                  "nop",
                  "nop",
                  "nop",
                  "ret"};
  EXPECT_EQ(steps_of(annotate(p, {}, function_named(p, "work"))), want);
  // Those of the code around what was inlined, too.
  EXPECT_EQ(steps_of(annotate(p, {}, function_named(p, "get"))), want);
}

TEST(Annotate, SaysWhyThereIsNoCode) {
  const auto p = profile_of_text("@code other 90\nmain;work 1\nmain;[kernel]copy 1\nother 1");
  EXPECT_NE(annotate(p, {}, function_named(p, "work")).no_code_reason.find("not of this one"),
            std::string::npos);
  EXPECT_NE(annotate(p, {}, function_named(p, "copy")).no_code_reason.find("kernel"),
            std::string::npos);
  EXPECT_EQ(annotate(p, {}, function_named(p, "other")).no_code_reason, "");
  EXPECT_NE(annotate(p, {}, FunctionId{999}).no_code_reason, "");
}

TEST(Disassemble, KnowsBothArchitecturesAndLosesNoByte) {
  const uint8_t arm[] = {0xfd, 0x7b, 0xbf, 0xa9, 0xff, 0xff, 0xff, 0xff, 0xc0, 0x03, 0x5f, 0xd6, 0};
  const std::vector<Instruction> decoded = disassemble(arm, 0x4000, 2);
  ASSERT_EQ(decoded.size(), 4u);
  EXPECT_EQ(decoded[0].text, "stp    x29, x30, [sp, #-0x10]!");
  EXPECT_EQ(decoded[1].text, "");
  EXPECT_EQ(decoded[2].text, "ret");
  EXPECT_EQ(decoded[2].address, 0x4008u);
  EXPECT_EQ(decoded[3].bytes, 1u);

  const uint8_t cut[] = {0x90, 0x48, 0x8b};  // ends inside an instruction
  uint32_t bytes = 0;
  for (const Instruction& i : disassemble(cut, 0, 1)) bytes += i.bytes;
  EXPECT_EQ(bytes, sizeof cut);
  EXPECT_TRUE(disassemble(cut, 0, 0).empty());
}

}  // namespace
}  // namespace hone::analysis
