// Walks over hand-made tables and stacks: each rule kind, each way to end.
#include "unwind/walk.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "unwind/cfi_builder.h"
#include "unwind/expression.h"
#include "unwind/test_support.h"

namespace hone::unwind {
namespace {

constexpr uint64_t kCode = 0x1000, kBias = 0x7f0000000000, kStack = 0x7ffe00000000;

// One module at kBias; functions are added 0x100 apart. A stack of 64 words at kStack.
class WalkTest : public testing::Test {
 protected:
  void begin(Arch arch, const std::string& augmentation = "zR") {
    arch_ = arch;
    CfiBuilder::CieOptions options;
    if (arch == Arch::kAarch64) {
      options.return_column = 30;
      cfi_.cie(augmentation, {0x0c, 31, 0}, options);
    } else {
      cfi_.cie(augmentation, {0x0c, 7, 8, 0x90, 1}, options);
    }
  }
  // The function's address, as mapped.
  uint64_t function(const Bytes& program) {
    const uint64_t start = kCode + 0x100 * function_count_++;
    cfi_.fde(start, 0x100, program);
    return kBias + start;
  }
  WalkResult walk(const Registers& registers, uint32_t frames_max = 16) {
    if (!table_.view) {
      table_ = compile_owned(arch_, cfi_.section());
      EXPECT_EQ(table_.err, base::Err::kOk);
      EXPECT_EQ(table_.result.unsupported_count, 0u);
    }
    if (!walker_) walker_ = std::make_unique<Walker>(arch_);
    return walker_->walk(registers, memory(), modules(), frames_, frames_max);
  }
  StackMemory memory() const {
    return {.start = kStack,
            .bytes = reinterpret_cast<const uint8_t*>(stack_.data()),
            .size = stack_.size() * 8};
  }
  Modules modules() {
    return {.context = this,
            .lookup =
                [](void* self, uint64_t avma, MappedTable* out) {
                  if (avma < kBias || avma >= kBias + 0x100000) return false;
                  const auto* test = static_cast<WalkTest*>(self);
                  *out = {test->table_.view, kBias, kBias, kBias + 0x100000};
                  return true;
                },
            .generation = generation_};
  }
  Registers at(uint64_t pc, uint64_t sp_word, uint64_t fp = 0) const {
    const ArchRegisters numbers = registers_of(arch_);
    Registers registers;
    registers.set(numbers.pc, pc);
    registers.set(numbers.sp, kStack + 8 * sp_word);
    registers.set(numbers.fp, fp);
    return registers;
  }
  static uint64_t word(uint64_t index) { return kStack + 8 * index; }

  Arch arch_ = Arch::kX86_64;
  CfiBuilder cfi_;
  uint64_t function_count_ = 0;
  std::vector<uint64_t> stack_ = std::vector<uint64_t>(64);
  OwnedTable table_;
  std::unique_ptr<Walker> walker_;
  uint64_t generation_ = 1;
  WalkedFrame frames_[64] = {};
};

TEST_F(WalkTest, StackAndFramePointerFrames) {
  begin(Arch::kX86_64);
  const uint64_t leaf = function({});
  const uint64_t by_fp = function({0x0c, 6, 16, 0x86, 2});
  const uint64_t start = function({0x07, 16});
  stack_[0] = by_fp + 5;
  stack_[10] = 0x1234;  // start's rbp
  stack_[11] = start + 3;
  const WalkResult result = walk(at(leaf, 0, word(10)));
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_EQ(frames_[0].address, leaf);
  EXPECT_EQ(frames_[0].marks.kind, FrameKind::kPc);
  EXPECT_EQ(frames_[1].address, by_fp + 5);
  EXPECT_EQ(frames_[1].marks.kind, FrameKind::kReturnAddress);
  EXPECT_EQ(frames_[2].address, start + 3);
  EXPECT_FALSE(result.used_read);
}

TEST_F(WalkTest, ReturnAddressAtTheEndOfAFunctionIsLookedUpInIt) {
  begin(Arch::kX86_64);
  const uint64_t calls_noreturn = function({0x0e, 24});
  const uint64_t next = function({0x07, 16});
  const uint64_t leaf = function({});
  stack_[0] = next;  // the first byte behind calls_noreturn
  stack_[3] = 0;
  const WalkResult result = walk(at(leaf, 0));
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  EXPECT_EQ(result.frame_count, 2u);
  EXPECT_EQ(frames_[1].address, calls_noreturn + 0x100);
  // As a pc the same address is in the next function, which has no caller.
  EXPECT_EQ(walk(at(next, 0)).frame_count, 1u);
}

TEST_F(WalkTest, BothHalvesOfAPltEntry) {
  begin(Arch::kX86_64);
  const uint64_t plt =
      function({0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22});
  const uint64_t caller = function({0x07, 16});
  stack_[0] = caller + 9;
  stack_[1] = caller + 17;
  EXPECT_EQ(walk(at(plt + 6, 0)).end, WalkEnd::kComplete);
  EXPECT_EQ(frames_[1].address, caller + 9);
  EXPECT_EQ(walk(at(plt + 16 + 11, 0)).end, WalkEnd::kComplete);
  EXPECT_EQ(frames_[1].address, caller + 17);
}

TEST_F(WalkTest, DerefAndExpressions) {
  begin(Arch::kX86_64);
  // GCC's DRAP: the CFA at rbp-8, the caller's rbp at rbp.
  const uint64_t drap = function({0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0});
  // The CFA is no known pattern (rbp + 16; nop); the return address by an expression on the CFA.
  const uint64_t odd = function({0x0f, 3, 0x76, 16, 0x96, 0x10, 16, 2, 0x38, 0x1c});
  const uint64_t start = function({0x07, 16});
  stack_[3] = word(20);  // rbp - 8
  stack_[4] = word(30);  // rbp
  stack_[19] = odd + 1;
  stack_[31] = start + 1;
  const WalkResult result = walk(at(drap, 0, word(4)));
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_EQ(frames_[1].address, odd + 1);
  EXPECT_EQ(frames_[2].address, start + 1);
}

TEST_F(WalkTest, SignalFrameRestoresEverythingAndGivesAPc) {
  begin(Arch::kX86_64, "zRS");
  // As glibc's __restore_rt: the CFA is the saved rsp, and each register an expression on rsp.
  const uint64_t restore =
      function({0x0f, 4, 0x77, 0xa0, 0x01, 0x06, 0x10, 16, 3, 0x77, 0xa8, 0x01,
                0x10, 6, 3,    0x77, 0xf8, 0x00, 0x10, 3,  3, 0x77, 0x80, 0x01});
  cfi_.cie("zR", {0x0c, 7, 8, 0x90, 1});
  const uint64_t by_rbx = function({0x0c, 3, 16});
  const uint64_t start = function({0x07, 16});
  stack_[0] = by_rbx;     // struck at the first byte of a function: no minus-one
  stack_[20] = word(1);   // rsp: another stack, that lies lower
  stack_[21] = by_rbx;    // rip
  stack_[15] = word(50);  // rbp
  stack_[16] = word(40);  // rbx
  stack_[41] = start + 4;
  const WalkResult result = walk(at(restore, 0));
  EXPECT_EQ(result.end, WalkEnd::kComplete) << text(result.end);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_EQ(frames_[1].address, by_rbx);
  EXPECT_EQ(frames_[1].marks.kind, FrameKind::kPc);
  EXPECT_EQ(frames_[2].address, start + 4);
  EXPECT_EQ(frames_[2].marks.kind, FrameKind::kReturnAddress);
}

TEST_F(WalkTest, EveryWayToEnd) {
  begin(Arch::kX86_64);
  const uint64_t leaf = function({});
  const uint64_t by_fp = function({0x0c, 6, 16, 0x86, 2});
  const uint64_t by_r10 = function({0x0c, 10, 16});
  stack_[0] = 0;
  EXPECT_EQ(walk(at(leaf, 0)).end, WalkEnd::kComplete);
  stack_[0] = 0x1234;
  EXPECT_EQ(walk(at(leaf, 0)).end, WalkEnd::kNoModule);
  EXPECT_EQ(walk(at(leaf, 0)).frame_count, 2u);
  stack_[0] = kBias + 0x80000;
  EXPECT_EQ(walk(at(leaf, 0)).end, WalkEnd::kNoRule);
  EXPECT_EQ(walk(at(leaf, 64)).end, WalkEnd::kStackEnd);
  stack_[8] = by_fp + 4;
  EXPECT_EQ(walk(at(leaf, 8, word(2))).end, WalkEnd::kBadCfa);
  EXPECT_EQ(walk(at(leaf, 8, word(63))).end, WalkEnd::kStackEnd);
  stack_[8] = by_r10 + 4;  // a register that no call preserves
  EXPECT_EQ(walk(at(leaf, 8)).end, WalkEnd::kUnsupported);
  EXPECT_EQ(walk(at(leaf, 0), 1).end, WalkEnd::kFrameLimit);
  EXPECT_EQ(walk(at(leaf, 0), 0).end, WalkEnd::kFrameLimit);
  EXPECT_EQ(walk(Registers{}).end, WalkEnd::kNoRegisters);
  table_.view = {};
  table_.err = base::Err::kNotFound;
  Walker fresh(Arch::kX86_64);
  const Modules none{.lookup = [](void*, uint64_t, MappedTable* out) {
    *out = {{}, 0, 0, ~uint64_t{0}};
    return true;
  }};
  EXPECT_EQ(fresh.walk(at(leaf, 0), memory(), none, frames_, 16).end, WalkEnd::kNoTable);
}

TEST_F(WalkTest, BytesBehindTheSnapshotAreRead) {
  begin(Arch::kX86_64);
  const uint64_t leaf = function({});
  const uint64_t wide = function({0x0e, 0x80, 0x80, 0x01});  // 16 KiB of frame
  const uint64_t start = function({0x07, 16});
  stack_[0] = wide + 1;
  walk(at(leaf, 0));
  static uint64_t outer;
  outer = start + 1;
  StackMemory with_read = memory();
  with_read.read = [](void*, uint64_t address, uint64_t* value) {
    if (address != kStack + 8 + 16384 - 8) return false;
    *value = outer;
    return true;
  };
  const WalkResult result = walker_->walk(at(leaf, 0), with_read, modules(), frames_, 16);
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_TRUE(result.used_read);
  EXPECT_FALSE(frames_[1].marks.spliced);
  EXPECT_TRUE(frames_[2].marks.spliced);
}

TEST_F(WalkTest, AnotherGenerationDoesNotUseOldRules) {
  begin(Arch::kX86_64);
  const uint64_t leaf = function({});
  stack_[0] = 0;
  EXPECT_EQ(walk(at(leaf, 0)).end, WalkEnd::kComplete);
  ++generation_;
  table_ = OwnedTable{};
  cfi_ = CfiBuilder();
  function_count_ = 3;
  begin(Arch::kX86_64);
  function({});
  EXPECT_EQ(walk(at(leaf, 0)).end, WalkEnd::kNoRule);
}

TEST_F(WalkTest, Aarch64LeafThenSignedFrame) {
  begin(Arch::kAarch64);
  const uint64_t leaf = function({});
  const uint64_t framed = function({0x2d, 0x0e, 32, 0x9d, 4, 0x9e, 3});
  const uint64_t start = function({0x07, 30});
  Registers registers = at(leaf, 0);
  registers.set(30, framed + 8);
  stack_[0] = 0;
  stack_[1] = (start + 4) | 0x00ab000000000000;  // signed
  const WalkResult result = walk(registers);
  EXPECT_EQ(result.end, WalkEnd::kComplete) << text(result.end);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_EQ(frames_[1].address, framed + 8);
  EXPECT_EQ(frames_[2].address, start + 4);
}
TEST_F(WalkTest, Aarch64LeafRuleOutsideOfALeafEndsTheWalk) {
  begin(Arch::kAarch64);
  const uint64_t leaf = function({});
  Registers registers = at(leaf, 0);
  registers.set(30, leaf + 8);  // "returns" into a leaf, for ever
  const WalkResult result = walk(registers);
  EXPECT_EQ(result.end, WalkEnd::kBadCfa);
  EXPECT_EQ(result.frame_count, 2u);
  registers.set(30, 0);
  EXPECT_EQ(walk(registers).end, WalkEnd::kComplete);
}
TEST_F(WalkTest, Aarch64RegistersOfTheExtension) {
  begin(Arch::kAarch64);
  // Saves x19 and loses it; its caller's frame is found by x19.
  const uint64_t saves = function({0x0e, 32, 0x93, 2, 0x9e, 1});
  const uint64_t between = function({0x0e, 16, 0x9e, 1});
  const uint64_t by_x19 = function({0x0c, 19, 16, 0x9e, 1});
  const uint64_t start = function({0x07, 30});
  stack_[2] = word(20);
  stack_[3] = between + 4;
  stack_[5] = by_x19 + 4;
  stack_[21] = start + 4;
  const WalkResult result = walk(at(saves, 0));
  EXPECT_EQ(result.end, WalkEnd::kComplete) << text(result.end);
  ASSERT_EQ(result.frame_count, 4u);
  EXPECT_EQ(frames_[3].address, start + 4);
}

TEST_F(WalkTest, FramePointerChain) {
  begin(Arch::kX86_64);
  const uint64_t code = function({});
  walk(at(code, 0));
  stack_[4] = word(10);
  stack_[5] = code + 1;
  stack_[10] = 0;
  stack_[11] = code + 2;
  const auto by_fp = [&](uint64_t fp) {
    return walker_->walk_frame_pointers(at(code, 0, fp), memory(), modules(), frames_, 8);
  };
  WalkResult result = by_fp(word(4));
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  ASSERT_EQ(result.frame_count, 3u);
  EXPECT_EQ(frames_[2].address, code + 2);
  stack_[10] = word(4);  // a ring
  EXPECT_EQ(by_fp(word(4)).end, WalkEnd::kBadCfa);
  stack_[11] = 77;
  EXPECT_EQ(by_fp(word(4)).end, WalkEnd::kNoModule);
  EXPECT_EQ(by_fp(word(63)).end, WalkEnd::kStackEnd);
  EXPECT_EQ(by_fp(word(4) + 1).end, WalkEnd::kBadCfa);
  // Code that uses the register for itself may hold zero there as anything else.
  EXPECT_EQ(by_fp(0).end, WalkEnd::kNoRule);
}

TEST(Expression, Arithmetic) {
  Registers registers;
  registers.set(7, 1000);
  uint64_t words[2] = {42, 7};
  const StackMemory memory{
      .start = 5000, .bytes = reinterpret_cast<const uint8_t*>(words), .size = 16};
  EvalContext context{registers, memory};
  const auto eval = [&](const Bytes& bytes) -> int64_t {
    uint64_t value = 0;
    const EvalResult result = evaluate(context, bytes.data(), bytes.size(), true, 5000, &value);
    return result == EvalResult::kOk ? static_cast<int64_t>(value)
                                     : -1000 - static_cast<int64_t>(result);
  };
  EXPECT_EQ(eval({0x06}), 42);                          // *cfa
  EXPECT_EQ(eval({0x23, 8, 0x06}), 7);                  // *(cfa + 8)
  EXPECT_EQ(eval({0x77, 0x7c}), 996);                   // rsp - 4
  EXPECT_EQ(eval({0x35, 0x33, 0x24}), 40);              // 5 << 3
  EXPECT_EQ(eval({0x35, 0x33, 0x1c}), 2);               // 5 - 3
  EXPECT_EQ(eval({0x09, 0xf8, 0x32, 0x1b}), -4);        // -8 / 2
  EXPECT_EQ(eval({0x31, 0x32, 0x33, 0x17, 0x1c}), -1);  // rot: 3 1 2; 1 - 2
  EXPECT_EQ(eval({0x31, 0x32, 0x16, 0x1c}), 1);         // swap: 2 - 1
  EXPECT_EQ(eval({0x31, 0x28, 1, 0, 0x35, 0x39}), 9);   // bra over lit5
  EXPECT_EQ(eval({0x35, 0x33, 0x2b}), 1);               // 5 > 3
  EXPECT_EQ(eval({0x94, 1}), 42);                       // one byte at the CFA
  constexpr int64_t kMissingRegister = -1001, kMissingMemory = -1002, kUnsupported = -1003;
  EXPECT_EQ(eval({0x70, 0}), kMissingRegister);
  EXPECT_EQ(eval({0x30, 0x06}), kMissingMemory);
  EXPECT_EQ(eval({0x31, 0x30, 0x1b}), kUnsupported);        // division by zero
  EXPECT_EQ(eval({0x13, 0x13}), kUnsupported);              // drops more than there is
  EXPECT_EQ(eval({0x2f, 0xfd, 0xff}), kUnsupported);        // jumps to itself
  EXPECT_EQ(eval({0x12, 0x2f, 0xfc, 0xff}), kUnsupported);  // pushes for ever
  EXPECT_EQ(eval({0x2f, 0x00, 0x40}), kUnsupported);        // jumps out
  EXPECT_EQ(eval({0xe0}), kUnsupported);
}

}  // namespace
}  // namespace hone::unwind
