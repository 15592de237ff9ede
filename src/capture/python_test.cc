// Python frames by a made-up stack and made-up objects in the test's own memory, which is read as
// any process's is.
#include "capture/python.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "capture/collector.h"
#include "capture/test_support.h"
#include "python/test_support.h"

namespace hone::capture {
namespace {

using Found = PythonFrames::Found;

// A thread in 3.11's evaluator: `leaf` called by `caller`, both run by one call of the evaluator.
class PythonTest : public testing::Test {
 protected:
  static constexpr uint64_t kEvaluator = 0x1000, kCFrameAt = 0x30, kBytecodeAt = 0x50;
  static constexpr pid_t kTid = 4242;
  static constexpr size_t kWords = 64;

  PythonTest() : modules_({}), frames_(recording_.builder(), modules_) {
    interpreter_.path = "/usr/bin/python3.11";
    native_.path = "/usr/bin/app";
    const python::Layout& layout = memory_.layout();
    const uint64_t file = memory_.text(U"/app/app.py");
    // Two bytes of bytecode a line: 10, 11, 12, ...
    std::vector<uint8_t> lines = {0xe8, 0x00};
    for (int i = 0; i < 7; ++i) lines.insert(lines.end(), {0xe8, 0x02});
    const uint64_t table = memory_.bytes(lines);
    leaf_ = memory_.code(file, memory_.text(U"leaf"), 10, table, 8);
    other_ = memory_.code(file, memory_.text(U"other"), 10, table, 8);
    caller_ = memory_.code(file, memory_.text(U"caller"), 10, table, 8);
    const uint64_t names = memory_.globals(memory_.text(U"app"));
    outer_frame_ = memory_.frame({.code = caller_,
                                  .previous = 0,
                                  .instruction = caller_ + layout.code_bytecode + 2,
                                  .globals = names,
                                  .entry = true});
    inner_frame_ = memory_.frame({.code = leaf_,
                                  .previous = outer_frame_,
                                  .instruction = leaf_ + layout.code_bytecode + 4,
                                  .globals = names});
    stack_ = memory_.allocate(kWords * 8);
    cfa_ = stack_ + (kWords - 8) * 8;
    memory_.put(cfa_ - kCFrameAt + layout.cframe_frame, inner_frame_);
    memory_.put(cfa_ - kBytecodeAt, leaf_ + layout.code_bytecode);

    const uint64_t thread = memory_.allocate(512), interpreter = memory_.allocate(128);
    const uint64_t runtime = memory_.allocate(128);
    memory_.put<uint64_t>(thread + layout.thread_native_id, kTid);
    memory_.put(thread + layout.thread_cframe, cfa_ - kCFrameAt);
    memory_.put(interpreter + layout.interpreter_threads, thread);
    memory_.put(runtime + layout.runtime_interpreters, interpreter);
    module_ = {.layout = &layout,
               .version = 0x030b02f0,
               .evaluator = Svma{kEvaluator},
               .evaluator_end = Svma{kEvaluator + 0x1000},
               .runtime = Svma{runtime},
               .code_type = Svma{python::TestMemory::kCodeType}};
    process_ = std::make_unique<PythonProcess>(::getpid(), module_, &interpreter_, 0);
    sample_.pid = ::getpid();
    sample_.tid = kTid;
    registers(leaf_ + layout.code_bytecode + 4);
  }

  void registers(uint64_t instruction) {
    const auto numbers = unwind::registers_of(unwind::kNativeArch);
    sample_.registers.set(numbers.sp, stack_);
    sample_.registers.set(unwind::kNativeArch == unwind::Arch::kX86_64 ? 15 : 19, instruction);
  }

  // What a sample brings now: a copy of the stack as it is.
  Found look() {
    copy_.resize(kWords * 8);
    std::memcpy(copy_.data(), reinterpret_cast<const void*>(stack_), copy_.size());
    return look_again();
  }
  // The same sample, whatever the process has done since.
  Found look_again() {
    // Until pages that were read before are read anew.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    sample_.stack = copy_;
    const stacks::StackFrame frames[] = {{&interpreter_, kEvaluator + 0x500}, {&native_, 0x77}};
    const unwind::WalkedFrame walked[] = {{.sp = stack_}, {.sp = cfa_}};
    stacks::UnwoundStack stack;
    stack.frames = frames;
    stack.walked = walked;
    return frames_.replace(*process_, sample_, stack, out_);
  }

  // "name:line", innermost first; native ones by their module.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const stacks::StackFrame& frame : out_) {
      const auto functions = frames_.scripts().functions_of(*frame.module);
      out.push_back(functions.empty() ? frame.module->path
                                      : functions[(frame.address >> 32) - 1].name + ":" +
                                            std::to_string(static_cast<uint32_t>(frame.address)));
    }
    return out;
  }

  TestRecording recording_;
  stacks::ModuleStore modules_;
  PythonFrames frames_;
  python::TestMemory memory_{0x030b02f0};
  stacks::Module interpreter_, native_;
  PythonModule module_;
  std::unique_ptr<PythonProcess> process_;
  uint64_t leaf_ = 0, other_ = 0, caller_ = 0, outer_frame_ = 0, inner_frame_ = 0;
  uint64_t stack_ = 0, cfa_ = 0;
  RawSample sample_;
  std::vector<uint8_t> copy_;
  std::vector<stacks::StackFrame> out_;
};

TEST_F(PythonTest, FunctionsStandInPlaceOfTheEvaluator) {
  const std::vector<std::string> expected = {"app.leaf:12", "app.caller:11", "/usr/bin/app"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(look(), Found::kAgreeing) << i;
    EXPECT_EQ(names(), expected) << i;
  }
  EXPECT_EQ(module_.cframe.offset(), kCFrameAt);
  EXPECT_EQ(module_.bytecode.offset(), kBytecodeAt);
  EXPECT_EQ(frames_.counts().samples, 5u);
  EXPECT_EQ(frames_.counts().later, 0u);
}

TEST_F(PythonTest, TheSampleSaysWhatRanWhenTheProcessHasRunOn) {
  for (int i = 0; i < 5; ++i) (void)look();
  // In the same memory another function runs by now, at another of its lines, of another caller.
  memory_.put(inner_frame_ + memory_.layout().frame_code, other_);
  memory_.put(inner_frame_ + memory_.layout().frame_instruction,
              other_ + memory_.layout().code_bytecode + 10);
  memory_.put<uint64_t>(inner_frame_ + memory_.layout().frame_previous, 0);
  registers(leaf_ + memory_.layout().code_bytecode + 6);
  EXPECT_EQ(look_again(), Found::kLater);
  const std::vector<std::string> expected = {"app.leaf:13", "app.caller:11", "/usr/bin/app"};
  EXPECT_EQ(names(), expected);
  EXPECT_EQ(frames_.counts().later, 1u);
}

TEST_F(PythonTest, AProcessThatIsGoneIsNamedByWhatWasKnown) {
  for (int i = 0; i < 5; ++i) (void)look();
  // No process has this id.
  process_->memory = LiveMemory(0x7ffffff0);
  EXPECT_EQ(look_again(), Found::kLater);
  const std::vector<std::string> expected = {"app.leaf:12", "app.caller:11", "/usr/bin/app"};
  EXPECT_EQ(names(), expected);
  // Nothing is known of another one.
  PythonProcess other(0x7ffffff0, module_, &interpreter_, 0);
  const stacks::StackFrame frames[] = {{&interpreter_, kEvaluator + 0x500}, {&native_, 0x77}};
  const unwind::WalkedFrame walked[] = {{.sp = stack_}, {.sp = cfa_}};
  stacks::UnwoundStack stack;
  stack.frames = frames;
  stack.walked = walked;
  EXPECT_EQ(frames_.replace(other, sample_, stack, out_), Found::kNone);
  EXPECT_EQ(frames_.counts().unnamed, 1u);
  EXPECT_EQ(frames_.counts().unread, 1u);
}

TEST_F(PythonTest, StacksOfAddressesAloneAreCounted) {
  const stacks::StackFrame frames[] = {{&interpreter_, kEvaluator + 0x500}, {&native_, 0x77}};
  stacks::UnwoundStack stack;
  stack.frames = frames;
  EXPECT_EQ(frames_.replace(*process_, sample_, stack, out_), Found::kNone);
  EXPECT_EQ(frames_.counts().unseen, 1u);
}

TEST_F(PythonTest, WhatIsNoFrameIsLeftAsItIs) {
  for (int i = 0; i < 5; ++i) (void)look();
  memory_.put<uint64_t>(cfa_ - kBytecodeAt, 0x1234);
  memory_.put<uint64_t>(cfa_ - kCFrameAt + memory_.layout().cframe_frame, 0x10);
  EXPECT_EQ(look(), Found::kNone);
  EXPECT_EQ(frames_.counts().unnamed, 1u);
  // A circle of callers ends.
  memory_.put(cfa_ - kBytecodeAt, leaf_ + memory_.layout().code_bytecode);
  memory_.put(cfa_ - kCFrameAt + memory_.layout().cframe_frame, inner_frame_);
  memory_.put(inner_frame_ + memory_.layout().frame_previous, inner_frame_);
  (void)look();
  EXPECT_LE(out_.size(), stacks::Unwinder::kFramesMax + 1);
}

TEST(LearnedSlot, IsTheOneThatMostVotedFor) {
  LearnedSlot slot;
  slot.vote(0x10);
  slot.vote(0x20);
  slot.vote(0x20);
  EXPECT_EQ(slot.offset(), 0u);
  slot.vote(0x20);
  EXPECT_EQ(slot.offset(), 0x20u);
  EXPECT_FALSE(slot.settled());
  for (int i = 0; i < 100; ++i) slot.vote(0x30);
  EXPECT_EQ(slot.offset(), 0x30u);
  EXPECT_TRUE(slot.settled());
}

TEST(Scripts, GainTheirUnitLater) {
  TestRecording recording;
  stacks::ModuleStore modules({});
  Scripts scripts(recording.builder(), modules);
  const ScriptPlace first = scripts.place({"/a.py", "", "f", 3});
  const ScriptPlace other = scripts.place({"/a.py", "", "f", 9});
  EXPECT_EQ(first.module, other.module);
  EXPECT_EQ(first.number, 1u);
  EXPECT_EQ(other.number, 2u);
  EXPECT_EQ(scripts.place({"/a.py", "a", "f", 3}).number, 1u);
  EXPECT_EQ(scripts.functions_of(*first.module)[0].name, "a.f");
  EXPECT_EQ(scripts.functions_of(*first.module)[1].name, "f");
  EXPECT_EQ(recording.rows<recording::ScriptFunctionRow>().size(), 3u);
}

}  // namespace
}  // namespace hone::capture
