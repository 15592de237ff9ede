#include "capture/probes/function_exits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hone::capture {
namespace {

constexpr uint64_t kStart = 0x1000;
constexpr FileOffset kOffset{0x200};  // of each exit

std::string exits_of(std::vector<uint8_t> code, std::vector<uint8_t> cold = {}) {
  std::vector<CodePart> parts = {{Svma{kStart}, code}};
  if (!cold.empty()) parts.push_back({Svma{0x100}, cold});
  const auto found = find_exits(parts);
  if (!found) return "error: " + found.error().message;
  std::string out;
  for (const FunctionExit& exit : *found) {
    out += (out.empty() ? "" : " ") + std::to_string(raw(exit.at)) +
           (exit.kind == ExitKind::kPerhaps ? "?" : "") +
           (raw(exit.table) != 0 ? " table " + std::to_string(raw(exit.table)) : "") +
           (exit.kind == ExitKind::kIndirect ? " to " + probe_argument(exit, kOffset) : "") +
           (exit.condition == kAlways ? "" : " if " + std::to_string(exit.condition));
  }
  return out;
}

TEST(FunctionExits, AreItsReturns) {
  // test edi, edi; je +1; ret; ret 8; rep ret
  EXPECT_EQ(exits_of({0x85, 0xff, 0x74, 0x01, 0xc3, 0xc2, 0x08, 0x00, 0xf3, 0xc3}),
            "4100 4101 4104");
}

TEST(FunctionExits, AreItsJumpsIntoOthers) {
  EXPECT_EQ(exits_of({0x90, 0xe9, 0x00, 0x01, 0x00, 0x00}), "4097");                  // jmp
  EXPECT_EQ(exits_of({0x0f, 0x84, 0x00, 0x01, 0x00, 0x00, 0xc3}), "4096 if 4 4102");  // je
  EXPECT_EQ(exits_of({0x90, 0xeb, 0xfd}), "4097");    // to its own beginning: a call of itself
  EXPECT_EQ(exits_of({0x90, 0x90, 0xeb, 0xfd}), "");  // a loop
  EXPECT_EQ(exits_of({0x3e, 0xff, 0xe0}), "");        // notrack jmp rax: a switch
}

TEST(FunctionExits, AreJumpsToWhereAProbeTells) {
  EXPECT_EQ(exits_of({0xff, 0xe0}), "4096 to %ax");
  EXPECT_EQ(exits_of({0x41, 0xff, 0xe3}), "4096 to %r11");
  EXPECT_EQ(exits_of({0xff, 0x27}), "4096 to +0(%di)");
  EXPECT_EQ(exits_of({0xff, 0x60, 0x10}), "4096 to +16(%ax)");
  EXPECT_EQ(exits_of({0xff, 0x64, 0x24, 0xf8}), "4096 to -8(%sp)");
  EXPECT_EQ(exits_of({0x41, 0xff, 0xa4, 0x24, 0, 0, 0, 0x80}), "4096 to -2147483648(%r12)");
  // Through a slot: as far behind the probe as behind the jump.
  EXPECT_EQ(exits_of({0xff, 0x25, 0x00, 0x01, 0, 0}), "4096 to @+0x306");
}

TEST(FunctionExits, ThroughATableAreToldByNoProbe) {
  EXPECT_EQ(exits_of({0xff, 0x24, 0xf0}), "4096?");                            // jmp [rax+rsi*8]
  EXPECT_EQ(exits_of({0xff, 0x24, 0xfd, 0, 0x10, 0, 0}), "4096? table 4096");  // jmp [0x1000+rdi*8]
  EXPECT_EQ(exits_of({0xff, 0x24, 0x25, 0, 0x10, 0, 0}), "4096?");             // jmp [0x1000]
  EXPECT_EQ(exits_of({0x64, 0xff, 0x20}), "4096?");                            // jmp fs:[rax]
  EXPECT_EQ(exits_of({0x67, 0xff, 0x20}), "4096?");                            // jmp [eax]
  EXPECT_EQ(exits_of({0xff, 0x28}), "4096?");                                  // a far one
  EXPECT_EQ(exits_of({0xff, 0x25, 0x00, 0xf0, 0xff, 0xff}), "4096 to ");  // before the file's begin
}

TEST(FunctionExits, AreJumpsOutOfAllItsParts) {
  const std::vector<CodeRange> parts = {{Svma{0x1000}, 0x20}, {Svma{0x100}, 0x10}};
  EXPECT_TRUE(stays_inside(parts, Svma{0x1001}));
  EXPECT_TRUE(stays_inside(parts, Svma{0x101f}));
  EXPECT_TRUE(stays_inside(parts, Svma{0x100}));
  EXPECT_FALSE(stays_inside(parts, Svma{0x1000}));  // a call of itself
  EXPECT_FALSE(stays_inside(parts, Svma{0x1020}));
  EXPECT_FALSE(stays_inside(parts, Svma{0x110}));
  EXPECT_FALSE(stays_inside(parts, Svma{0}));
  EXPECT_FALSE(stays_inside({}, Svma{0}));
}

TEST(FunctionExits, AreInItsColdPartToo) {
  // jmp to the cold part; there: ret, jmp back
  EXPECT_EQ(exits_of({0xe9, 0xfb, 0xf0, 0xff, 0xff, 0xc3}, {0xc3, 0xe9, 0xff, 0x0e, 0, 0}),
            "4101 256");
}

TEST(FunctionExits, AreNotGuessedAt) {
  EXPECT_THAT(exits_of({0x06, 0xc3}), ::testing::StartsWith("error"));        // no instruction
  EXPECT_THAT(exits_of({0xe3, 0x40, 0xc3}), ::testing::StartsWith("error"));  // jrcxz
  EXPECT_THAT(exits_of(std::vector<uint8_t>(kExitsMax + 1, 0xc3)), ::testing::StartsWith("error"));
  EXPECT_EQ(exits_of({0xf4}), "");  // it never returns
}

TEST(FunctionExits, OfAnyBytesAreOnlyDecoded) {
  uint32_t seed = 1;
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> code(round % 64);
    for (uint8_t& byte : code)
      byte = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    const std::vector<CodePart> parts = {{Svma{~uint64_t{0} - 10}, code}};
    const auto found = find_exits(parts);
    if (!found) continue;
    for (const FunctionExit& exit : *found) (void)probe_argument(exit, FileOffset{~uint64_t{0}});
    (void)unprobeable(code);
  }
}

TEST(Unprobeable, IsWhatTheKernelRefuses) {
  EXPECT_EQ(unprobeable(std::vector<uint8_t>{0x55}), "");
  EXPECT_EQ(unprobeable(std::vector<uint8_t>{0xf3, 0x0f, 0x1e, 0xfa}), "");
  EXPECT_EQ(unprobeable(std::vector<uint8_t>{0x41, 0x57}), "");
  EXPECT_NE(unprobeable(std::vector<uint8_t>{0xc5, 0xf8, 0x77}), "");  // vzeroupper
  EXPECT_NE(unprobeable(std::vector<uint8_t>{0xf0, 0x48, 0x0f, 0xb1, 0x0f}), "");
  EXPECT_NE(unprobeable(std::vector<uint8_t>{0xcc}), "");
  EXPECT_NE(unprobeable({}), "");
}

TEST(IsTaken, GoesByTheFlags) {
  constexpr uint64_t kCarry = 1, kZero = 1 << 6, kSign = 1 << 7, kOverflow = 1 << 11;
  EXPECT_TRUE(is_taken(kAlways, 0));
  EXPECT_TRUE(is_taken(4, kZero));   // je
  EXPECT_FALSE(is_taken(5, kZero));  // jne
  EXPECT_TRUE(is_taken(2, kCarry));  // jb
  EXPECT_TRUE(is_taken(7, 0));       // ja
  EXPECT_FALSE(is_taken(7, kZero));
  EXPECT_TRUE(is_taken(12, kSign));  // jl
  EXPECT_FALSE(is_taken(12, kSign | kOverflow));
  EXPECT_TRUE(is_taken(15, 0));         // jg
  EXPECT_TRUE(is_taken(0, kOverflow));  // jo
}

}  // namespace
}  // namespace hone::capture
