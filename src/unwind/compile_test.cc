#include "unwind/compile.h"

#include <gtest/gtest.h>
#include <cstring>

#include <cstring>
#include <vector>

#include "unwind/cfi_builder.h"
#include "unwind/test_support.h"

namespace hone::unwind {
namespace {

using base::Err;

const Bytes kX86Initial = {0x0c, 7, 8, 0x90, 1};  // def_cfa rsp+8; ra at cfa-8

// A table from one CIE and one FDE [0x1000, 0x1100).
OwnedTable compile_one(const Bytes& program, const Bytes& initial = kX86Initial) {
  CfiBuilder cfi;
  cfi.cie("zR", initial);
  cfi.fde(0x1000, 0x100, program);
  cfi.terminator();
  return compile_owned(Arch::kX86_64, cfi.section());
}
const Rule& at(const OwnedTable& table, uint64_t pc) {
  return find_rule(table.view, Svma{pc});
}

std::vector<SavedEntry> extension_of(const OwnedTable& table, const Rule& rule) {
  uint32_t count;
  const uint8_t* place = table.view.expressions + extension_offset(rule);
  std::memcpy(&count, place, 4);
  std::vector<SavedEntry> entries(count);
  std::memcpy(entries.data(), place + 4, count * sizeof(SavedEntry));
  return entries;
}
const SavedEntry* entry_of(const std::vector<SavedEntry>& entries, unsigned reg) {
  for (const SavedEntry& entry : entries)
    if (entry.reg == reg) return &entry;
  return nullptr;
}

TEST(Compile, PrologueMakesOneRowAChange) {
  // push rbp; mov rbp, rsp; ...; leave
  const OwnedTable table = compile_one({0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x60, 0x0c, 7, 8});
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(table.result.fde_count, 1u);
  EXPECT_EQ(table.result.unsupported_count, 0u);
  EXPECT_EQ(at(table, 0x0fff).cfa, CfaKind::kNone);
  EXPECT_EQ(at(table, 0x1000).offset, 8);
  EXPECT_EQ(at(table, 0x1000).ra, RaKind::kOffset);
  EXPECT_EQ(at(table, 0x1000).ra_offset, -8);
  EXPECT_EQ(at(table, 0x1000).saved[1], 0);
  EXPECT_EQ(at(table, 0x1001).offset, 16);
  EXPECT_EQ(at(table, 0x1003).cfa_register, 7);
  EXPECT_EQ(at(table, 0x1004).cfa_register, 6);
  EXPECT_EQ(at(table, 0x1004).saved[1], 2);
  EXPECT_EQ(at(table, 0x1023).cfa_register, 6);
  EXPECT_EQ(at(table, 0x1024).cfa_register, 7);
  EXPECT_EQ(at(table, 0x10ff).offset, 8);
  EXPECT_EQ(at(table, 0x1100).cfa, CfaKind::kNone);
  EXPECT_EQ(at(table, 0xffffffffffff).cfa, CfaKind::kNone);
}

TEST(Compile, EqualAdjacentRowsMerge) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x1000, 0x10, {0x44, 0x0e, 8, 0x44});  // says what is in force already
  cfi.fde(0x1010, 0x10, {});
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(table.view.header->row_count, 2u);  // one for both functions, and the end
}

TEST(Compile, RememberRestoreAndCalleeSaved) {
  const OwnedTable table =
      compile_one({0x41, 0x0e, 16, 0x83, 2, 0x8c, 3, 0x0a, 0x41, 0x0e, 8, 0xc3, 0x41, 0x0b});
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x1001).saved[0], 2);  // rbx
  EXPECT_EQ(at(table, 0x1001).saved[2], 3);  // r12
  EXPECT_EQ(at(table, 0x1002).offset, 8);
  EXPECT_EQ(at(table, 0x1002).saved[0], 0);
  EXPECT_EQ(at(table, 0x1002).saved[2], 3);
  EXPECT_EQ(at(table, 0x1003).offset, 16);
  EXPECT_EQ(at(table, 0x1003).saved[0], 2);
}

TEST(Compile, EveryAdvance) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  Bytes program = {0x02, 0x10, 0x0e, 16, 0x03, 0x00, 0x01, 0x0e, 24,
                   0x04, 0,    0,    1,  0,    0x0e, 32,   0x01};
  // set_loc 0x30000, pc-relative to the operand: start + 4 (length) + 4 + 4 + 4 + 1 in the record.
  const uint64_t operand = 0x100000 + cfi.bytes.size() + 17 + program.size();
  const uint32_t distance = static_cast<uint32_t>(0x30000 - operand);
  for (unsigned i = 0; i < 4; ++i) program.push_back(static_cast<uint8_t>(distance >> (8 * i)));
  program.insert(program.end(), {0x0e, 40});
  cfi.fde(0x1000, 0x40000, program);
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x100f).offset, 8);
  EXPECT_EQ(at(table, 0x1010).offset, 16);
  EXPECT_EQ(at(table, 0x1110).offset, 24);
  EXPECT_EQ(at(table, 0x11110).offset, 32);
  EXPECT_EQ(at(table, 0x2ffff).offset, 32);
  EXPECT_EQ(at(table, 0x30000).offset, 40);
}

TEST(Compile, PltAndDrapHaveTheirKinds) {
  const OwnedTable plt =
      compile_one({0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22});
  ASSERT_EQ(plt.err, Err::kOk);
  EXPECT_EQ(at(plt, 0x1000).cfa, CfaKind::kPlt);
  EXPECT_EQ(at(plt, 0x1000).offset, 11);

  const OwnedTable drap = compile_one({0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0});
  ASSERT_EQ(drap.err, Err::kOk);
  const Rule& rule = at(drap, 0x1000);
  EXPECT_EQ(rule.cfa, CfaKind::kRegisterDeref);
  EXPECT_EQ(rule.cfa_register, 6);
  EXPECT_EQ(rule.offset, -8);
  ASSERT_TRUE(rule.flags & kHasExtension);
  const auto entries = extension_of(drap, rule);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].reg, 6);
  EXPECT_EQ(entries[0].kind, SavedKind::kExpression);
  const uint8_t* expression = drap.view.expressions + entries[0].value;
  EXPECT_EQ(Bytes(expression, expression + 3), (Bytes{2, 0x76, 0}));
}

TEST(Compile, OtherExpressionsKeepTheirBytes) {
  const OwnedTable table = compile_one({0x0f, 3, 0x77, 8, 0x96, 0x41, 0x0c, 7, 8});
  ASSERT_EQ(table.err, Err::kOk);
  const Rule& rule = at(table, 0x1000);
  EXPECT_EQ(rule.cfa, CfaKind::kExpression);
  const uint8_t* expression = table.view.expressions + rule.offset;
  EXPECT_EQ(Bytes(expression, expression + 4), (Bytes{3, 0x77, 8, 0x96}));
  EXPECT_EQ(at(table, 0x1001).cfa, CfaKind::kRegister);
}

TEST(Compile, RulesThatDoNotFitGoIntoTheExtension) {
  // r12 at cfa-8*300 (too far), rbx value cfa-16, r13 in rax, r14 undefined, r15 at cfa-24.
  const OwnedTable table =
      compile_one({0x8c, 0xac, 0x02, 0x14, 3, 2, 0x09, 13, 0, 0x07, 14, 0x8f, 3, 0x86, 2, 0x2e, 8});
  ASSERT_EQ(table.err, Err::kOk);
  const Rule& rule = at(table, 0x1000);
  ASSERT_TRUE(rule.flags & kHasExtension);
  EXPECT_EQ(rule.saved[1], 2);  // rbp stays where it is cheap to read
  const auto entries = extension_of(table, rule);
  EXPECT_EQ(entries.size(), 5u);
  ASSERT_TRUE(entry_of(entries, 12));
  EXPECT_EQ(entry_of(entries, 12)->value, -2400);
  ASSERT_TRUE(entry_of(entries, 3));
  EXPECT_EQ(entry_of(entries, 3)->kind, SavedKind::kValueOffset);
  EXPECT_EQ(entry_of(entries, 3)->value, -16);
  ASSERT_TRUE(entry_of(entries, 13));
  EXPECT_EQ(entry_of(entries, 13)->kind, SavedKind::kRegister);
  EXPECT_EQ(entry_of(entries, 13)->value, 0);
  ASSERT_TRUE(entry_of(entries, 14));
  EXPECT_EQ(entry_of(entries, 14)->kind, SavedKind::kUndefined);
  ASSERT_TRUE(entry_of(entries, 15));
  EXPECT_EQ(entry_of(entries, 15)->value, -24);
}

TEST(Compile, SignedAndGnuOpcodes) {
  // def_cfa_sf rsp, -3 * -8; offset_extended_sf rbx -2 * -8... ; negative_offset rbp 2 -> cfa + 16
  const OwnedTable table =
      compile_one({0x12, 7, 0x7d, 0x11, 12, 2, 0x2f, 6, 2, 0x41, 0x13, 0x7c, 0x41, 0x07, 16});
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x1000).offset, 24);
  const auto entries = extension_of(table, at(table, 0x1000));
  ASSERT_TRUE(entry_of(entries, 12));
  EXPECT_EQ(entry_of(entries, 12)->value, -16);
  ASSERT_TRUE(entry_of(entries, 6));
  EXPECT_EQ(entry_of(entries, 6)->value, 16);
  EXPECT_EQ(at(table, 0x1001).offset, 32);
  EXPECT_EQ(at(table, 0x1002).ra, RaKind::kUndefined);
}

TEST(Compile, EveryPointerEncoding) {
  for (const uint8_t encoding : Bytes{0x00, 0x01, 0x02, 0x03, 0x04, 0x0b, 0x0c, 0x10, 0x13, 0x14,
                                      0x1b, 0x1c, 0x23, 0x24, 0x2b, 0x2c, 0x33, 0x3b, 0x3c, 0x50}) {
    const uint64_t section = encoding == 0x13 ? 0x10 : 0x100000;
    const uint64_t start = encoding >= 0x30 && encoding < 0x40   ? CfiBuilder::kData + 0x2000
                           : encoding >= 0x20 && encoding < 0x30 ? CfiBuilder::kText + 0x2000
                                                                 : 0x2000;
    CfiBuilder cfi(false, section);
    CfiBuilder::CieOptions options;
    options.encoding = encoding;
    cfi.cie("zR", kX86Initial, options);
    cfi.fde(start, 0x10, {});
    const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
    ASSERT_EQ(table.err, Err::kOk) << unsigned{encoding};
    EXPECT_EQ(at(table, start).offset, 8) << unsigned{encoding};
    EXPECT_EQ(table.view.header->base_svma, start) << unsigned{encoding};
  }
  for (const uint8_t encoding : Bytes{0x9b, 0xff, 0x40, 0x05}) {
    CfiBuilder cfi;
    CfiBuilder::CieOptions options;
    options.encoding = encoding;
    cfi.cie("zR", kX86Initial, options);
    cfi.fde(0x2000, 0x10, {});
    EXPECT_EQ(compile_owned(Arch::kX86_64, cfi.section()).err, Err::kNotFound)
        << unsigned{encoding};
  }
}

TEST(Compile, AugmentationsAndLongLengths) {
  CfiBuilder cfi;
  CfiBuilder::CieOptions wide;
  wide.wide = true;
  cfi.cie("zPLRS", kX86Initial, wide);
  cfi.fde(0x1000, 0x10, {});
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x1010, 0x10, {0x0e, 16});
  cfi.cie("zQ", kX86Initial);  // unknown: whatever follows cannot be understood
  cfi.fde(0x1020, 0x10, {});
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x1000).flags, kSignalFrame);
  EXPECT_EQ(at(table, 0x1010).flags, 0);
  EXPECT_EQ(at(table, 0x1020).cfa, CfaKind::kNone);
  EXPECT_EQ(table.result.fde_count, 3u);
  EXPECT_EQ(table.result.unsupported_count, 1u);
}

TEST(Compile, TerminatorEndsUnlessACieFollows) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x1000, 0x10, {});
  cfi.terminator();
  CfiBuilder glued = cfi;
  cfi.append({0x20, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4, 5, 6});  // what lies behind the section
  const OwnedTable ended = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(ended.err, Err::kOk);
  EXPECT_EQ(ended.result.fde_count, 1u);
  EXPECT_EQ(ended.result.unsupported_count, 0u);
  glued.cie("zR", kX86Initial);
  glued.fde(0x1010, 0x10, {0x0e, 16});
  glued.terminator();
  const OwnedTable both = compile_owned(Arch::kX86_64, glued.section());
  ASSERT_EQ(both.err, Err::kOk);
  EXPECT_EQ(both.result.fde_count, 2u);
  EXPECT_EQ(at(both, 0x1010).offset, 16);
}

TEST(Compile, UnsortedAndOverlappingFdes) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x3000, 0x100, {0x0e, 16});
  cfi.fde(0x1000, 0x100, {0x0e, 24});
  cfi.fde(0x2000, 0x100, {0x0e, 32});
  cfi.fde(0x2080, 0x10, {0x0e, 40});   // inside another: the closest start wins
  cfi.fde(0x1000, 0x100, {0x0e, 48});  // the same again: the first wins
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x3050).offset, 16);
  EXPECT_EQ(at(table, 0x1050).offset, 24);
  EXPECT_EQ(at(table, 0x207f).offset, 32);
  EXPECT_EQ(at(table, 0x2080).offset, 40);
  EXPECT_EQ(at(table, 0x2800).cfa, CfaKind::kNone);
}

TEST(Compile, FirstSectionGoesBeforeTheSecond) {
  CfiBuilder eh;
  eh.cie("zR", kX86Initial);
  eh.fde(0x1000, 0x100, {0x0e, 16});
  CfiBuilder debug(true);
  CfiBuilder::CieOptions options;
  options.encoding = 0x00;
  options.version = 4;
  debug.cie("", kX86Initial, options);
  debug.fde(0x0f80, 0x100, {0x0e, 24});  // its second half is covered
  debug.fde(0x1000, 0x100, {0x0e, 32});
  debug.fde(0x2000, 0x100, {0x0e, 40});
  debug.fde(0, 0x100, {0x0e, 48});  // a discarded function
  const OwnedTable table = compile_owned(Arch::kX86_64, eh.section(), debug.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x0f80).offset, 24);
  EXPECT_EQ(at(table, 0x0fff).offset, 24);
  EXPECT_EQ(at(table, 0x1000).offset, 16);
  EXPECT_EQ(at(table, 0x2000).offset, 40);
  EXPECT_EQ(at(table, 0x10).cfa, CfaKind::kNone);
  EXPECT_EQ(table.result.fde_count, 4u);
}

TEST(Compile, BadFdeIsLeftOutAndCounted) {
  const std::vector<Bytes> programs = {
      {0x0b},              // restore_state without remember_state
      {0x3f},              // no such opcode
      {0x0e},              // operand missing
      {0x0f, 40, 1},       // expression longer than the FDE
      {0x44, 0x0c, 77, 8}  // CFA by a register that does not exist
  };
  for (const Bytes& program : programs) {
    CfiBuilder cfi;
    cfi.cie("zR", kX86Initial);
    cfi.fde(0x1000, 0x10, {0x0e, 16});
    cfi.fde(0x1010, 0x10, program);
    cfi.fde(0x1020, 0x10, {0x0e, 24});
    const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
    ASSERT_EQ(table.err, Err::kOk);
    EXPECT_EQ(table.result.unsupported_count, 1u);
    EXPECT_EQ(at(table, 0x100f).offset, 16);
    EXPECT_EQ(at(table, 0x1010).cfa, CfaKind::kNone);
    EXPECT_EQ(at(table, 0x101f).cfa, CfaKind::kNone);
    EXPECT_EQ(at(table, 0x1020).offset, 24);
  }
}

TEST(Compile, DamageKeepsWhatCameBefore) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x1000, 0x10, {});
  const size_t good = cfi.bytes.size();
  cfi.fde(0x1010, 0x10, {});
  for (size_t size = good + 1; size < cfi.bytes.size(); ++size) {
    FrameSection section = cfi.section();
    section.size = size;
    const OwnedTable table = compile_owned(Arch::kX86_64, section);
    ASSERT_EQ(table.err, Err::kOk) << size;
    EXPECT_EQ(at(table, 0x1000).offset, 8);
    EXPECT_EQ(at(table, 0x1010).cfa, CfaKind::kNone);
    // Fewer than four bytes cannot be told from padding.
    EXPECT_EQ(table.result.unsupported_count, size - good >= 4 ? 1u : 0u) << size;
  }
  FrameSection section = cfi.section();
  section.size = 10;
  EXPECT_EQ(compile_owned(Arch::kX86_64, section).err, Err::kTruncated);
  EXPECT_EQ(compile_owned(Arch::kX86_64, FrameSection{}).err, Err::kNotFound);
}

TEST(Compile, FarApartFunctionsDoNotCostMemory) {
  CfiBuilder cfi;
  CfiBuilder::CieOptions options;
  options.encoding = 0x04;
  cfi.cie("zR", kX86Initial, options);
  cfi.fde(0x1000, 0x10, {});
  cfi.fde(0xf0000000, 0x10, {0x0e, 16});
  cfi.fde(0xf000000000, 0x10, {});  // more than 4 GiB off: left out
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_LT(table.result.table_bytes, 4096u);
  EXPECT_EQ(at(table, 0x1000).offset, 8);
  EXPECT_EQ(at(table, 0x2000).cfa, CfaKind::kNone);
  EXPECT_EQ(at(table, 0xf0000000).offset, 16);
  EXPECT_EQ(table.result.unsupported_count, 1u);
}

TEST(Compile, TooManyRulesDropRegistersFirst) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  // 70,000 distinct rules by rbx and r12, of 16 distinct CFA offsets.
  uint64_t start = 0x1000;
  uint32_t made = 0;
  for (uint8_t offset = 0; offset < 16; ++offset) {
    for (uint8_t rbx = 2; rbx < 72; ++rbx) {
      Bytes program = {0x0e, static_cast<uint8_t>(16 + offset), 0x83, rbx, 0x86, 2};
      for (uint8_t r12 = 2; r12 < 66; ++r12, ++made)
        program.insert(program.end(), {0x8c, r12, 0x41});
      cfi.fde(start, 0x100, program);
      start += 0x100;
    }
  }
  ASSERT_GT(made, 65536u);
  const OwnedTable table = compile_owned(Arch::kX86_64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_GT(table.result.simplified_count, 10000u);
  EXPECT_EQ(table.result.unsupported_count, 0u);
  EXPECT_EQ(at(table, 0x1000).saved[0], 2);
  const Rule& last = at(table, start - 0x100 + 10);
  EXPECT_EQ(last.offset, 31);
  EXPECT_EQ(last.saved[0], 0);
  EXPECT_EQ(last.saved[2], 0);
  EXPECT_EQ(last.saved[1], 2);
  EXPECT_EQ(last.ra_offset, -8);
}

TEST(Compile, Aarch64LeafSavedAndPac) {
  CfiBuilder cfi;
  CfiBuilder::CieOptions options;
  options.code_align = 4;
  options.return_column = 30;
  cfi.cie("zR", {0x0c, 31, 0}, options);
  // paciasp; stp x29, x30, [sp, -32]!; stp x19, x20, [sp, 16]
  cfi.fde(0x1000, 0x100, {0x41, 0x2d, 0x41, 0x0e, 32, 0x9d, 4, 0x9e, 3, 0x41, 0x93, 2, 0x94, 1});
  const OwnedTable table = compile_owned(Arch::kAarch64, cfi.section());
  ASSERT_EQ(table.err, Err::kOk);
  EXPECT_EQ(at(table, 0x1000).ra, RaKind::kSameValue);
  EXPECT_EQ(at(table, 0x1000).offset, 0);
  EXPECT_EQ(at(table, 0x1004).flags, kPacSigned);
  EXPECT_EQ(at(table, 0x1008).offset, 32);
  EXPECT_EQ(at(table, 0x1008).ra, RaKind::kOffset);
  EXPECT_EQ(at(table, 0x1008).ra_offset, -24);
  EXPECT_EQ(at(table, 0x1008).saved[1], 4);
  const Rule& rule = at(table, 0x100c);
  ASSERT_TRUE(rule.flags & kHasExtension);
  const auto entries = extension_of(table, rule);
  ASSERT_TRUE(entry_of(entries, 19));
  EXPECT_EQ(entry_of(entries, 19)->value, -16);
  ASSERT_TRUE(entry_of(entries, 20));
  EXPECT_EQ(entry_of(entries, 20)->value, -8);
}

TEST(ForEachFde, NamesEveryFunctionInOrder) {
  CfiBuilder cfi;
  cfi.cie("zR", kX86Initial);
  cfi.fde(0x3000, 0x100, {});
  cfi.fde(0x1000, 0x80, {});
  cfi.terminator();
  std::vector<std::pair<uint64_t, uint64_t>> found;
  EXPECT_EQ(for_each_fde(Arch::kX86_64, cfi.section(), &found,
                         [](void* context, Svma start, uint64_t size) {
                           static_cast<decltype(found)*>(context)->emplace_back(raw(start), size);
                         }),
            Err::kOk);
  EXPECT_EQ(found, (std::vector<std::pair<uint64_t, uint64_t>>{{0x3000, 0x100}, {0x1000, 0x80}}));
}

TEST(Table, DamageOfEveryByteIsSeen) {
  OwnedTable table = compile_one({0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6});
  ASSERT_EQ(table.err, Err::kOk);
  const size_t size = table.result.table_bytes;
  for (size_t i = 0; i < size; ++i) {
    table.memory.get()[i] ^= 0x10;
    TableView view;
    EXPECT_NE(parse_table(table.memory.get(), size, &view), Err::kOk) << i;
    EXPECT_FALSE(view);
    table.memory.get()[i] ^= 0x10;
  }
  for (size_t cut = 0; cut < size; ++cut) {
    TableView view;
    EXPECT_NE(parse_table(table.memory.get(), cut, &view), Err::kOk) << cut;
  }
  TableView view;
  EXPECT_EQ(parse_table(table.memory.get(), size, &view), Err::kOk);
}

}  // namespace
}  // namespace hone::unwind
