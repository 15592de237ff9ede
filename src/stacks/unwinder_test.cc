// Walks through modules on disk, over stacks of this process: what the copy does not hold is read
// back from it, as from any recorded process.
#include "stacks/unwinder.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <functional>
#include <optional>

#include "stacks/test_support.h"

namespace hone::stacks {
namespace {

using unwind::WalkEnd;
constexpr uint64_t kBias = 0x7f0000000000;

bool can_read_processes() {
  uint64_t from = 7, to = 0;
  iovec local{&to, 8}, remote{&from, 8};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 8;
}

class UnwinderTest : public testing::Test {
 protected:
  // Functions of the module; addresses as mapped.
  uint64_t function(const unwind::Bytes& program) { return kBias + elf_.function(program); }
  uint64_t bare() { return kBias + elf_.function_without_rule(); }
  // A return address in a function: behind a call.
  uint64_t in(uint64_t function, uint64_t offset = 0x20) {
    elf_.call_before(function + offset - kBias);
    return function + offset;
  }

  // "leaf caller start": functions by their order in the module, '?' for other code; and how it
  // ended.
  std::string unwind(uint64_t pc, const std::vector<uint64_t>& stack, size_t copied_words,
                     bool live = false, uint64_t fp = 0, Method method = Method::kDwarf) {
    if (!unwinder_) {
      elf_.write(folder_ / "module");
      Module* module = open_module(store_, folder_ / "module");
      space_.map(kBias + 0x1000, TestElf::kTextBytes, FileOffset{0x1000}, module);
      unwinder_ = std::make_unique<Unwinder>(store_, unwind::Arch::kX86_64);
    }
    const unwind::ArchRegisters numbers = unwind::registers_of(unwind::Arch::kX86_64);
    UnwindInput input{.stack_full = full_, .live_pid = live ? ::getpid() : 0};
    input.registers.set(numbers.pc, pc);
    input.registers.set(numbers.sp, reinterpret_cast<uint64_t>(stack.data()));
    input.registers.set(numbers.fp, fp);
    if (result_) input.registers.set(0, *result_);
    copy_.assign(stack.begin(), stack.begin() + static_cast<ptrdiff_t>(copied_words));
    if (before_walk_) before_walk_();
    input.stack = {reinterpret_cast<const uint8_t*>(copy_.data()), copy_.size() * 8};
    out_ = unwinder_->unwind(space_, input, method);
    std::string text;
    for (const StackFrame& frame : out_.frames) {
      const bool named = frame.module && frame.module->kind == ModuleKind::kFile;
      text += named ? std::to_string((frame.address - elf_.text()) / 0x100) : "?";
      text += ' ';
    }
    return text + unwind::text(out_.end);
  }
  static std::string complete(const std::string& frames) {
    return frames + " " + unwind::text(WalkEnd::kComplete);
  }
  static std::string ends(const std::string& frames, WalkEnd end) {
    return frames + " " + unwind::text(end);
  }

  TestFolder folder_;
  TestElf elf_{{}};
  ModuleStore store_{{}};
  AddressSpace space_;
  std::unique_ptr<Unwinder> unwinder_;
  std::vector<uint64_t> copy_;
  bool full_ = true;                   // the copy is as long as was asked for
  std::optional<uint64_t> result_;     // of a system call, in its register
  std::function<void()> before_walk_;  // after the copy was made
  UnwoundStack out_;
};

TEST_F(UnwinderTest, ToWhereTheTableSaysThatNobodyCalls) {
  const uint64_t leaf = function({}), middle = function({0x0e, 24}), start = function({0x07, 16});
  EXPECT_EQ(unwind(leaf + 4, {in(middle), 0, 0, in(start), 0, 0}, 6), complete("0 1 2"));
  EXPECT_FALSE(out_.spliced);
}

TEST_F(UnwinderTest, AddressesThatNothingMaps) {
  const uint64_t leaf = function({});
  EXPECT_EQ(unwind(leaf, {0x1234, 0}, 2), ends("0 ?", WalkEnd::kNoModule));
  EXPECT_EQ(unwind(0x99, {0, 0}, 2), ends("?", WalkEnd::kNoModule));
}

TEST_F(UnwinderTest, CopyThatEndsTooEarly) {
  const uint64_t leaf = function({}), middle = function({0x0e, 24}), start = function({0x07, 16});
  const std::vector<uint64_t> stack = {in(middle), 0, 0, in(start), 0, 0};
  EXPECT_EQ(unwind(leaf, stack, 3), ends("0 1", WalkEnd::kStackEnd));
  EXPECT_EQ(unwind(leaf, stack, 0), ends("0", WalkEnd::kStackEnd));
}

TEST_F(UnwinderTest, LeafWithoutRule) {
  const uint64_t start = function({0x07, 16}), leaf = bare();
  EXPECT_EQ(unwind(leaf + 4, {in(start), 0}, 2), complete("1 0"));
  EXPECT_TRUE(out_.leaf_assumed);
  // No call ends there, so it is no return address.
  EXPECT_EQ(unwind(leaf + 4, {start + 0x40, 0}, 2), ends("1", WalkEnd::kNoRule));
  // Nor is what leads out of all code, or to code without a rule.
  EXPECT_EQ(unwind(leaf + 4, {0x1234, 0}, 2), ends("1", WalkEnd::kNoRule));
  EXPECT_EQ(unwind(leaf + 4, {in(leaf, 0x40), 0}, 2), ends("1", WalkEnd::kNoRule));
  EXPECT_EQ(unwind(leaf + 4, {}, 0), ends("1", WalkEnd::kNoRule));
}

TEST_F(UnwinderTest, EntryHasNoCaller) {
  const uint64_t leaf = function({}), entry = bare();
  elf_.entry(entry - kBias);
  EXPECT_EQ(unwind(entry, {0, 0}, 2), complete("1"));
  EXPECT_EQ(unwind(leaf, {in(entry), 0}, 2), complete("0 1"));
  // That far behind the entry it is other code.
  EXPECT_EQ(unwind(leaf, {in(entry, 0x90), 0}, 2), ends("0 1", WalkEnd::kNoRule));
}

TEST_F(UnwinderTest, ThreadBeforeItsFirstInstruction) {
  function({});
  const uint64_t maker = bare();
  elf_.code(maker + 0x10 - kBias, {0x0f, 0x05});  // syscall
  result_ = 0;
  EXPECT_EQ(unwind(maker + 0x12, {0, 0}, 2), complete("1"));
  EXPECT_EQ(unwind(maker + 0x14, {0, 0}, 2), ends("1", WalkEnd::kNoRule)) << "further on";
  result_ = 1234;  // the thread that made it
  EXPECT_EQ(unwind(maker + 0x12, {0, 0}, 2), ends("1", WalkEnd::kNoRule));
}

TEST_F(UnwinderTest, FramePointersWhereThereIsNoTable) {
  const uint64_t start = function({0x07, 16}), anonymous = 0x10000;
  space_.map(anonymous, 0x1000, FileOffset{0}, store_.anonymous("//anon"));
  std::vector<uint64_t> stack = {1, 2, 0, 0, 5, 6};
  stack[2] = 0;  // no caller's frame
  stack[3] = in(start);
  const auto fp = reinterpret_cast<uint64_t>(&stack[2]);
  EXPECT_EQ(unwind(anonymous + 8, stack, 6, false, fp, Method::kAuto), complete("? 0"));
  EXPECT_TRUE(out_.by_frame_pointers);
  // By tables alone it stops there, and where they lead astray they are not believed.
  EXPECT_NE(unwind(anonymous + 8, stack, 6, false, fp), complete("? 0"));
  stack[3] = 5;
  EXPECT_NE(unwind(anonymous + 8, stack, 6, false, fp, Method::kAuto), complete("? 0"));
  EXPECT_FALSE(out_.by_frame_pointers);
}

// A function with a table, called by made code, called by a function with a table.
TEST_F(UnwinderTest, MadeCodeAmidCodeWithTables) {
  const uint64_t start = function({0x07, 16}), leaf = function({0x0e, 16}), made = 0x10000;
  space_.map(made, 0x1000, FileOffset{0}, store_.anonymous("//anon", 7));
  std::vector<uint64_t> stack = {9, made + 0x20, 9, 9, 0, in(start), 9};
  const auto fp = reinterpret_cast<uint64_t>(&stack[4]);
  EXPECT_EQ(unwind(in(leaf), stack, 7, false, fp, Method::kAuto), complete("1 ? 0"));
  EXPECT_TRUE(out_.by_frame_pointers);
  // What was assumed is not taken over by a walk that assumes nothing.
  EXPECT_EQ(unwind(in(leaf), stack, 7, false, fp, Method::kDwarf), ends("1 ?", WalkEnd::kNoTable));
  EXPECT_FALSE(out_.by_frame_pointers);
  EXPECT_NE(store_.anonymous("//anon", 7), store_.anonymous("//anon", 8));
}

// 200 calls of a function with a frame of three words.
class SpliceTest : public UnwinderTest {
 protected:
  static constexpr size_t kCalls = 200, kCopied = 300;
  void SetUp() override {
    if (!can_read_processes()) GTEST_SKIP() << "process_vm_readv is forbidden here";
    const uint64_t deep = function({0x0e, 24});
    const uint64_t start = function({0x07, 16});
    leaf_ = deep + 4;
    const uint64_t within = in(deep), outermost = in(start);
    for (size_t i = 0; i < kCalls; ++i) {
      stack_.insert(stack_.end(), {i, i, i + 1 == kCalls ? outermost : within});
    }
    stack_.resize(stack_.size() + 64);
  }
  uint64_t leaf_ = 0;
  std::vector<uint64_t> stack_;
};

TEST_F(SpliceTest, TheOuterPartIsReadFromTheProcess) {
  unwind(leaf_, stack_, kCopied, true);
  EXPECT_EQ(out_.end, WalkEnd::kComplete);
  EXPECT_TRUE(out_.spliced);
  EXPECT_EQ(out_.frames.size(), kCalls + 1);
  unwind(leaf_, stack_, kCopied, false);
  EXPECT_EQ(out_.end, WalkEnd::kStackEnd);
  EXPECT_EQ(out_.frames.size(), kCopied / 3 + 1);
}

// The copy ends at a page that was never touched, in the frame of the outermost function but one.
class HoleTest : public UnwinderTest {
 protected:
  static constexpr size_t kWords = 1000, kCopied = 400;
  HoleTest() {
    full_ = false;
    const uint64_t leaf = function({}), around = function({0x0e, 0xc0, 0x3e});  // 8000 bytes
    const uint64_t start = function({0x07, 16});
    leaf_ = leaf + 4;
    stack_.resize(kWords + 64);
    stack_[0] = in(around);
    stack_[kWords] = in(start);
  }
  uint64_t leaf_ = 0;
  std::vector<uint64_t> stack_;
};

TEST_F(HoleTest, WhatLiesBehindItIsReadFromTheProcess) {
  EXPECT_EQ(unwind(leaf_, stack_, kCopied, true), complete("0 1 2"));
  EXPECT_TRUE(out_.spliced);
  EXPECT_EQ(unwind(leaf_, stack_, kCopied, false), ends("0 1", WalkEnd::kStackEnd));
  EXPECT_FALSE(out_.spliced);
}

TEST_F(HoleTest, NotWhenTheFrameHasChanged) {
  before_walk_ = [&] { stack_[5] = 1; };
  EXPECT_EQ(unwind(leaf_, stack_, kCopied, true), ends("0 1", WalkEnd::kStackEnd));
}

TEST_F(HoleTest, NotWhenNoCallEndsThere) {
  stack_[kWords] += 1;
  EXPECT_EQ(unwind(leaf_, stack_, kCopied, true), ends("0 1", WalkEnd::kStackEnd));
  EXPECT_FALSE(out_.spliced);
}

TEST_F(SpliceTest, NotWhenTheProgramHasMovedOn) {
  // One byte among the last 512 of the copy.
  before_walk_ = [&] { stack_[kCopied - 60] ^= 0x100; };
  unwind(leaf_, stack_, kCopied, true);
  EXPECT_EQ(out_.end, WalkEnd::kStackEnd);
  EXPECT_FALSE(out_.spliced);
  EXPECT_EQ(out_.frames.size(), kCopied / 3 + 1);
}

TEST_F(SpliceTest, WhatChangedFurtherInDoesNotMatter) {
  before_walk_ = [&] { stack_[kCopied - 70] ^= 0x100; };
  unwind(leaf_, stack_, kCopied, true);
  EXPECT_EQ(out_.end, WalkEnd::kComplete);
}

// A handler (0) on a stack of its own, a trampoline (1), what it interrupted (2) and start (3).
class OtherStackTest : public UnwinderTest {
 protected:
  // Words of the handler's stack: the return address, then struct ucontext_t, of which the
  // registers stand at 40 bytes (asm/sigcontext.h).
  static constexpr size_t kGregs = 1 + 5, kR12 = kGregs + 4, kRax = kGregs + 13, kRsp = kGregs + 15,
                          kRip = kGregs + 16;

  void SetUp() override {
    if (!can_read_processes()) GTEST_SKIP() << "process_vm_readv is forbidden here";
    const uint64_t handler = function({});
    elf_.signal_frames();
    // What the C library says of its trampoline: CFA, pc and rbp are in the saved registers.
    const uint64_t trampoline = function({0x0f, 4, 0x77, 0xa0, 0x01, 0x06,  //
                                          0x10, 16, 3, 0x77, 0xa8, 0x01,    //
                                          0x10, 6, 3, 0x77, 0xf8, 0x00});
    elf_.ordinary_frames();
    const uint64_t interrupted = function({0x0e, 16});
    const uint64_t start = function({0x07, 16});
    pc_ = handler + 8;
    outer_ = {11, in(start), 0, 0};
    inner_.resize(64);
    inner_[0] = trampoline + 0x20;
    for (size_t i = kGregs; i < kRsp; ++i) inner_[i] = 0x4000 + i;
    inner_[kRsp] = reinterpret_cast<uint64_t>(outer_.data());
    inner_[kRip] = interrupted + 0x30;
  }
  uint64_t pc_ = 0;
  std::vector<uint64_t> inner_, outer_;
};

TEST_F(OtherStackTest, TheInterruptedStackIsReadFromTheProcess) {
  EXPECT_EQ(unwind(pc_, inner_, 64, true), complete("0 1 2 3"));
  EXPECT_TRUE(out_.spliced);
  EXPECT_EQ(unwind(pc_, inner_, 64, false), ends("0 1 2", WalkEnd::kStackEnd));
}

TEST_F(OtherStackTest, AnotherSignalOfTheSameFrameWillDo) {
  before_walk_ = [&] {
    inner_[kRax] = 1;
    inner_[kRip] += 4;
  };
  EXPECT_EQ(unwind(pc_, inner_, 64, true), complete("0 1 2 3"));
}

TEST_F(OtherStackTest, NotWhenAnotherFrameIsInterruptedByNow) {
  for (const size_t word : {kR12, kRsp}) {
    const uint64_t was = inner_[word];
    before_walk_ = [&] { inner_[word] += 16; };
    EXPECT_EQ(unwind(pc_, inner_, 64, true), ends("0 1 2", WalkEnd::kStackEnd)) << word;
    EXPECT_FALSE(out_.spliced);
    inner_[word] = was;
  }
}

TEST_F(OtherStackTest, NotOverWhatNoCallReturnsTo) {
  before_walk_ = [&] { outer_[1] += 1; };
  EXPECT_EQ(unwind(pc_, inner_, 64, true), ends("0 1 2", WalkEnd::kStackEnd));
  before_walk_ = [&] { outer_[1] = 0x1234; };
  EXPECT_EQ(unwind(pc_, inner_, 64, true), ends("0 1 2", WalkEnd::kStackEnd));
}

}  // namespace
}  // namespace hone::stacks
