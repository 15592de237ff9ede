// Walks that take over frames of the walk before find what a walk without finds.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "unwind/cfi_builder.h"
#include "unwind/test_support.h"
#include "unwind/walk.h"

namespace hone::unwind {
namespace {

constexpr uint64_t kBias = 0x5500'0000'0000;
constexpr uint64_t kCode = 0x1000;
constexpr uint64_t kStack = 0x7ffd'0000'0000;
constexpr size_t kWords = 8192;
constexpr uint32_t kFramesMax = 2048;

struct Function {
  uint64_t pc;
  uint32_t words;  // of a frame, with the return address
  bool saves_fp, has_fp;
};

// A stack that calls and returns at random, of functions with common rules and some without.
class WalkAgain : public ::testing::Test {
 protected:
  WalkAgain() {
    cfi_.cie("zR", {0x0c, 7, 8, 0x90, 1});
    root_ = add({0x07, 16}, 2, false, false);
    for (uint8_t words = 1; words < 8; ++words) {
      const auto bytes = static_cast<uint8_t>(8 * words);
      add({0x0e, bytes}, words, false, false);
      if (words < 2) continue;
      add({0x0e, bytes, 0x86, 2}, words, true, false);
      add({0x0c, 6, 16, 0x86, 2}, words, true, true);
      // rsp + bytes by an expression: no common rule.
      add({0x0f, 2, 0x77, bytes, 0x86, 2}, words, true, false);
    }
    table_ = compile_owned(Arch::kX86_64, cfi_.section());
    EXPECT_EQ(table_.err, base::Err::kOk);
    EXPECT_EQ(table_.result.unsupported_count, 0u);
    calls_.push_back({root_.pc, kWords - 8, 0});
  }

  Function add(const Bytes& program, uint32_t words, bool saves_fp, bool has_fp) {
    const uint64_t start = kCode + 0x100 * functions_.size();
    cfi_.fde(start, 0x100, program);
    functions_.push_back({kBias + start, words, saves_fp, has_fp});
    return functions_.back();
  }

  struct Call {
    uint64_t pc;  // within the function
    uint64_t sp;  // word
    uint64_t fp;
  };
  uint64_t pick(uint64_t limit) { return random_() % limit; }

  void call() { call(functions_[1 + pick(functions_.size() - 1)]); }
  void call(const Function& callee) {
    const Call caller = calls_.back();
    if (caller.sp < callee.words + 8) return;
    const uint64_t cfa = caller.sp;
    uint64_t fp = caller.fp;
    stack_[cfa - 1] = caller.pc + 1;
    if (callee.saves_fp) {
      stack_[cfa - 2] = fp;
      fp = callee.has_fp ? kStack + 8 * (cfa - 2) : random_();
    }
    calls_.push_back({callee.pc + pick(0xf0), cfa - callee.words, fp});
  }
  void run() {
    const size_t kept = pick(4) == 0 ? pick(calls_.size()) : calls_.size() - pick(8);
    calls_.resize(std::max<size_t>(1, std::min(kept, calls_.size())));
    for (uint64_t count = pick(4) == 0 ? pick(400) : pick(8); count > 0; --count) call();
  }

  Modules modules() {
    return {.context = this, .lookup = [](void* self, uint64_t avma, MappedTable* out) {
              const auto* test = static_cast<WalkAgain*>(self);
              if (avma < kBias || avma >= test->code_end_) return false;
              *out = {test->table_.view, kBias, kBias, test->code_end_};
              return true;
            }};
  }
  Registers registers() const {
    const ArchRegisters numbers = registers_of(Arch::kX86_64);
    Registers registers;
    registers.set(numbers.pc, calls_.back().pc);
    registers.set(numbers.sp, kStack + 8 * calls_.back().sp);
    registers.set(numbers.fp, calls_.back().fp);
    return registers;
  }
  static bool read(void* self, uint64_t address, uint64_t* value) {
    const uint64_t offset = address - kStack;
    if (offset > 8 * (kWords - 1)) return false;
    std::memcpy(
        value, reinterpret_cast<const char*>(static_cast<WalkAgain*>(self)->stack_.data()) + offset,
        8);
    return true;
  }

  std::mt19937_64 random_{20};
  uint64_t code_end_ = kBias + 0x100000;
  CfiBuilder cfi_;
  OwnedTable table_;
  std::vector<Function> functions_;
  Function root_{};
  std::vector<uint64_t> stack_ = std::vector<uint64_t>(kWords);
  std::vector<Call> calls_;
};

TEST_F(WalkAgain, FindsWhatAWalkWithoutFinds) {
  const auto fresh_walker = std::make_unique<Walker>(Arch::kX86_64);
  const auto walker = std::make_unique<Walker>(Arch::kX86_64);
  std::vector<WalkedFrame> fresh(kFramesMax), again(kFramesMax), before;
  uint64_t frames = 0, complete = 0;
  for (int round = 0; round < 4000; ++round) {
    run();
    uint64_t damaged = kWords, good = 0;
    if (pick(4) == 0) {
      damaged = calls_.back().sp + pick(kWords - calls_.back().sp);
      good = std::exchange(stack_[damaged], pick(2) ? random_() : kStack + 8 * pick(kWords));
    }
    const uint64_t sp = calls_.back().sp, words = kWords - sp;
    const bool cut = pick(3) == 0;
    const StackBytes at_hand{kStack + 8 * sp, reinterpret_cast<const uint8_t*>(&stack_[sp]),
                             8 * words};
    const StackMemory memory{.start = kStack + 8 * sp,
                             .bytes = at_hand.bytes,
                             .size = 8 * (cut ? pick(words) : words),
                             .context = this,
                             .read = pick(2) ? &WalkAgain::read : nullptr};
    StackMemory memory_again = memory;
    if (memory.read && pick(2)) memory_again.at_hand = &at_hand;
    const uint32_t frames_max = pick(8) == 0 ? 1 + static_cast<uint32_t>(pick(300)) : kFramesMax;
    const WalkResult want =
        fresh_walker->walk(registers(), memory, modules(), fresh.data(), frames_max);
    const WalkedBefore last{before.data(), static_cast<uint32_t>(before.size())};
    const WalkResult got =
        walker->walk(registers(), memory_again, modules(), again.data(), frames_max, &last);
    ASSERT_EQ(text(got.end), std::string(text(want.end))) << round;
    ASSERT_EQ(got.frame_count, want.frame_count) << round;
    ASSERT_EQ(got.used_read, want.used_read) << round;
    for (uint32_t i = 0; i < want.frame_count; ++i) {
      ASSERT_EQ(again[i].address, fresh[i].address) << round << ", frame " << i;
      ASSERT_EQ(again[i].marks.kind, fresh[i].marks.kind) << round << ", frame " << i;
      ASSERT_EQ(again[i].marks.spliced, fresh[i].marks.spliced) << round << ", frame " << i;
    }
    frames += got.frame_count;
    complete += got.end == WalkEnd::kComplete;
    before.assign(again.begin(), again.begin() + got.frame_count);
    if (damaged < kWords) stack_[damaged] = good;
  }
  EXPECT_GT(complete, 1000u);
  EXPECT_GT(frames, 100'000u);
}

// It does take them over: the rules of the outer frames are not there any more.
TEST_F(WalkAgain, AsksNoRuleOfFramesThatItTakesOver) {
  constexpr size_t kInner = 2, kOuter = 6;  // by sp alone, with common rules
  for (int i = 0; i < 40; ++i) call(functions_[kOuter]);
  for (int i = 0; i < 20; ++i) call(functions_[kInner]);
  const uint64_t sp = calls_.back().sp;
  const StackMemory memory{.start = kStack + 8 * sp,
                           .bytes = reinterpret_cast<const uint8_t*>(&stack_[sp]),
                           .size = 8 * (kWords - sp)};
  WalkedFrame frames[128];
  const WalkedBefore none;
  const auto first = std::make_unique<Walker>(Arch::kX86_64);
  EXPECT_EQ(first->walk(registers(), memory, modules(), frames, 128, &none).frame_count, 61u);
  code_end_ = functions_[kOuter].pc;
  const WalkedBefore before{frames, 61};
  WalkedFrame again[128];
  const auto second = std::make_unique<Walker>(Arch::kX86_64);
  EXPECT_EQ(second->walk(registers(), memory, modules(), again, 128, &none).frame_count, 21u);
  EXPECT_EQ(second->walk(registers(), memory, modules(), again, 128, &before).frame_count, 61u);
  ++stack_[kWords - 9];  // the return address into the root
  EXPECT_EQ(second->walk(registers(), memory, modules(), again, 128, &before).frame_count, 60u);
}

}  // namespace
}  // namespace hone::unwind
