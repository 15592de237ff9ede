// Walks real stacks of this process and compares them, frame by frame, with libgcc's unwinder.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "unwind/test_support.h"

#if defined(__x86_64__)
// A function whose frame is found by rbx, which its callees then save: the walker has to recover
// it through all frames in between. It realigns, so that no offset from rsp would do.
asm(R"(
.text
.type call_with_frame_in_rbx, @function
call_with_frame_in_rbx:
  .cfi_startproc
  pushq %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset %rbx, -16
  movq %rsp, %rbx
  .cfi_def_cfa_register %rbx
  andq $-256, %rsp
  subq $768, %rsp
  movq %rdi, %rax
  movq %rsi, %rdi
  call *%rax
  movq %rbx, %rsp
  .cfi_def_cfa_register %rsp
  popq %rbx
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
.size call_with_frame_in_rbx, .-call_with_frame_in_rbx
)");
extern "C" void call_with_frame_in_rbx(void (*function)(void*), void* context);

namespace hone::unwind {
namespace {

constexpr uint32_t kFramesMax = 1024;

struct Walked {
  WalkResult result;
  WalkedFrame frames[kFramesMax];
  uintptr_t want[kFramesMax];  // libgcc's, of the same stack
  uint32_t want_count = 0;
};

OwnModules& own_modules() {
  static OwnModules modules;
  return modules;
}
Walker& own_walker() {
  static auto* walker = new Walker(kNativeArch);
  return *walker;
}

_Unwind_Reason_Code take_frame(_Unwind_Context* context, void* into) {
  auto& walked = *static_cast<Walked*>(into);
  const uintptr_t ip = _Unwind_GetIP(context);
  if (ip == 0 || walked.want_count == kFramesMax) return _URC_END_OF_STACK;
  walked.want[walked.want_count++] = ip;
  return _URC_NO_REASON;
}

// Both unwinders, from this function outwards. Their first frames lie both in here.
[[gnu::noinline]] void capture(void* into) {
  auto& walked = *static_cast<Walked*>(into);
  ucontext_t here;
  getcontext(&here);
  const Registers registers = registers_from(here);
  const StackMemory stack = own_stack(registers.value[7]);
  walked.want_count = 0;
  walked.result =
      own_walker().walk(registers, stack, own_modules().modules(), walked.frames, kFramesMax);
  _Unwind_Backtrace(&take_frame, &walked);
  asm volatile("" ::: "memory");
}

void expect_same(const Walked& walked, const char* what) {
  EXPECT_EQ(walked.result.end, WalkEnd::kComplete) << what << ": " << text(walked.result.end);
  ASSERT_EQ(walked.result.frame_count, walked.want_count) << what;
  for (uint32_t i = 1; i < walked.want_count; ++i)
    EXPECT_EQ(walked.frames[i].address, walked.want[i]) << what << ", frame " << i;
}

// How many frames of the walk have a rule that satisfies `is_wanted`.
template <class Predicate>
size_t count_rules(const Walked& walked, Predicate is_wanted) {
  size_t count = 0;
  for (uint32_t i = 0; i < walked.result.frame_count; ++i) {
    const uint64_t address = lookup_address(walked.frames[i].address, walked.frames[i].marks.kind);
    uint64_t bias;
    const TableView* table = own_modules().table_at(address, &bias);
    if (table && *table && is_wanted(find_rule(*table, Svma{address - bias}))) ++count;
  }
  return count;
}

TEST(OwnWalk, ThisFunction) {
  Walked walked;
  capture(&walked);
  expect_same(walked, "plain");
  EXPECT_GT(walked.result.frame_count, 5u);
}

[[gnu::noinline]] int recurse(int depth, void* into) {
  volatile int room[3] = {depth, depth, depth};
  if (depth == 0)
    capture(into);
  else
    recurse(depth - 1, into);
  return room[0] + room[2];
}
TEST(OwnWalk, Recursion) {
  Walked walked;
  recurse(500, &walked);
  expect_same(walked, "recursion");
  EXPECT_GT(walked.result.frame_count, 500u);
}
TEST(OwnWalk, FrameLimitIsSaid) {
  ucontext_t here;
  getcontext(&here);
  const Registers registers = registers_from(here);
  WalkedFrame frames[3];
  const WalkResult result = own_walker().walk(registers, own_stack(registers.value[7]),
                                              own_modules().modules(), frames, 3);
  EXPECT_EQ(result.end, WalkEnd::kFrameLimit);
  EXPECT_EQ(result.frame_count, 3u);
}

// Twenty functions of differing frames, none with a frame pointer.
template <int kDepth>
[[gnu::noinline]] int nested(void* into) {
  volatile char room[16 * (kDepth % 7) + 8];
  room[0] = static_cast<char>(kDepth);
  if constexpr (kDepth == 0)
    capture(into);
  else
    nested<kDepth - 1>(into);
  return room[0];
}
TEST(OwnWalk, TwentyFunctionsWithoutFramePointers) {
  Walked walked;
  nested<20>(&walked);
  expect_same(walked, "nested");
  EXPECT_GT(walked.result.frame_count, 21u);
  nested<20>(&walked);  // and by the cache
  expect_same(walked, "nested, cached");
}

[[gnu::noinline]] int over_aligned(int bytes, void* into) {
  alignas(128) volatile char aligned[128];
  auto* varying = static_cast<volatile char*>(__builtin_alloca(static_cast<size_t>(bytes)));
  aligned[5] = 3;
  varying[0] = 4;
  capture(into);
  return aligned[5] + varying[0];
}
TEST(OwnWalk, RealignedStackWithAlloca) {
  Walked walked;
  over_aligned(333, &walked);
  expect_same(walked, "DRAP");
#if defined(__GNUC__) && !defined(__clang__)
  EXPECT_GE(count_rules(walked, [](const Rule& r) { return r.cfa == CfaKind::kRegisterDeref; }),
            1u);
#endif
}

[[gnu::noinline]] void clobber_and_capture(void* into) {
  asm volatile("movq $-1, %%rbx" ::: "rbx", "r12", "r13");
  capture(into);
  asm volatile("" ::: "rbx", "memory");
}
TEST(OwnWalk, FrameByARegisterThatCalleesSave) {
  Walked walked;
  call_with_frame_in_rbx(&clobber_and_capture, &walked);
  EXPECT_EQ(walked.result.end, WalkEnd::kComplete) << text(walked.result.end);
  expect_same(walked, "rbx");
  EXPECT_EQ(count_rules(walked, [](const Rule& r) { return r.cfa_register == 3; }), 1u);
}

Walked* signal_walk = nullptr;
Walked* interrupted_walk = nullptr;
bool read_self(void*, uint64_t address, uint64_t* value) {
  iovec to = {value, 8};
  iovec from = {reinterpret_cast<void*>(address), 8};
  return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 8;
}
void on_signal(int, siginfo_t*, void* context) {
  // From here through the kernel's frame, and from where the signal struck.
  capture(signal_walk);
  const Registers registers = registers_from(*static_cast<ucontext_t*>(context));
  const StackMemory none{.read = &read_self};
  interrupted_walk->result = own_walker().walk(registers, none, own_modules().modules(),
                                               interrupted_walk->frames, kFramesMax);
}
[[gnu::noinline]] int raise_here(int depth) {
  volatile int keep = depth;
  if (depth > 0)
    raise_here(depth - 1);
  else
    raise(SIGUSR1);
  return keep;
}
void walk_through_signal(int flags, const char* what) {
  auto in_handler = std::make_unique<Walked>();
  auto interrupted = std::make_unique<Walked>();
  signal_walk = in_handler.get();
  interrupted_walk = interrupted.get();
  struct sigaction action {
  }, old{};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(SIGUSR1, &action, &old);
  raise_here(4);
  sigaction(SIGUSR1, &old, nullptr);

  if (!(flags & SA_ONSTACK)) expect_same(*in_handler, what);
  EXPECT_EQ(interrupted->result.end, WalkEnd::kComplete) << what;
  // The frames outside of the signal are the same, and the first of them is a pc.
  const uint32_t inner = interrupted->result.frame_count;
  const uint32_t all = in_handler->result.frame_count;
  if (flags & SA_ONSTACK) {
    EXPECT_EQ(in_handler->result.end, WalkEnd::kStackEnd);  // its snapshot is of one stack
    return;
  }
  ASSERT_GT(all, inner);
  for (uint32_t i = 0; i < inner; ++i)
    EXPECT_EQ(in_handler->frames[all - inner + i].address, interrupted->frames[i].address);
  EXPECT_EQ(in_handler->frames[all - inner].marks.kind, FrameKind::kPc);
  EXPECT_EQ(in_handler->frames[all - inner - 1].marks.kind, FrameKind::kReturnAddress);
  EXPECT_TRUE(interrupted->frames[1].marks.spliced);
  EXPECT_TRUE(interrupted->result.used_read);
}
TEST(OwnWalk, ThroughASignalFrame) {
  walk_through_signal(0, "signal");
}

void on_signal_by_reads(int, siginfo_t*, void*) {
  ucontext_t here;
  getcontext(&here);
  const StackMemory none{.read = &read_self};
  signal_walk->result = own_walker().walk(registers_from(here), none, own_modules().modules(),
                                          signal_walk->frames, kFramesMax);
}
TEST(OwnWalk, FromAnAlternateSignalStack) {
  Walked walked;
  signal_walk = &walked;
  std::vector<char> room(64 * 1024);
  stack_t alternate{}, old_stack{};
  alternate.ss_sp = room.data();
  alternate.ss_size = room.size();
  sigaltstack(&alternate, &old_stack);
  struct sigaction action {
  }, old{};
  action.sa_sigaction = &on_signal_by_reads;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGUSR1, &action, &old);
  raise_here(4);
  sigaction(SIGUSR1, &old, nullptr);
  sigaltstack(&old_stack, nullptr);
  EXPECT_EQ(walked.result.end, WalkEnd::kComplete) << text(walked.result.end);
  Walked here;
  capture(&here);
  // The outermost frames are this test's callers.
  ASSERT_GT(walked.result.frame_count, here.result.frame_count);
  for (uint32_t i = 1; i + 2 < here.result.frame_count; ++i)
    EXPECT_EQ(walked.frames[walked.result.frame_count - i].address,
              here.frames[here.result.frame_count - i].address);
}

TEST(OwnWalk, ThreadEndsAtItsStart) {
  Walked walked;
  std::thread([&] { recurse(10, &walked); }).join();
  expect_same(walked, "thread");
}

int compare_and_capture(const void* a, const void* b) {
  static Walked walked;
  capture(&walked);
  expect_same(walked, "through qsort");
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}
TEST(OwnWalk, ThroughLibraries) {
  int numbers[4] = {3, 1, 4, 2};
  std::qsort(numbers, 4, sizeof(int), &compare_and_capture);
  Walked walked;
  const std::function<void()> function = [&] { capture(&walked); };
  function();
  expect_same(walked, "through std::function");
}

// Every instruction of a piece of code, by the trap flag: prologues, epilogues, PLT stubs, the
// dynamic linker's resolver and libc's assembly.
struct Stepped {
  volatile bool is_on = false;  // the code that sets the flag moves rsp unannounced
  uint32_t steps = 0, without_rule = 0, wrong = 0;
  WalkEnd wrong_end = WalkEnd::kComplete;
  uint64_t wrong_pc = 0;
  uint64_t want_outer[3] = {};  // the outermost frames, innermost of them first
  WalkedFrame frames[kFramesMax];
};
Stepped* stepped = nullptr;
void on_step(int, siginfo_t*, void* context) {
  if (!stepped->is_on) return;
  const Registers registers = registers_from(*static_cast<ucontext_t*>(context));
  const StackMemory stack = own_stack(registers.value[7]);
  const WalkResult result =
      own_walker().walk(registers, stack, own_modules().modules(), stepped->frames, kFramesMax);
  ++stepped->steps;
  if (result.end == WalkEnd::kNoRule && result.frame_count == 1) {
    ++stepped->without_rule;  // lld writes no unwind information for the PLT
    return;
  }
  bool is_right = result.end == WalkEnd::kComplete && result.frame_count > 4;
  for (uint32_t i = 0; is_right && i < 3; ++i)
    is_right = stepped->frames[result.frame_count - 3 + i].address == stepped->want_outer[i];
  if (is_right) return;
  if (stepped->wrong++ == 0) {
    stepped->wrong_end = result.end;
    stepped->wrong_pc = stepped->frames[0].address;
  }
}
[[gnu::noinline]] int code_to_step(int n) {
  char text_room[64], other[64];
  snprintf(text_room, sizeof(text_room), "%d %s %.3f", n, "word", 1.5 * n);
  memcpy(other, text_room, sizeof(other));
  int numbers[8] = {5, 3, 8, 1, 9, 2, 7, 4};
  std::qsort(numbers, 8, sizeof(int), [](const void* a, const void* b) {
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
  });
  return numbers[n % 8] + static_cast<int>(strlen(other)) + atoi("77") + abs(getpid());
}
TEST(OwnWalk, AtEveryInstruction) {
  auto state = std::make_unique<Stepped>();
  auto here = std::make_unique<Walked>();
  stepped = state.get();
  capture(here.get());
  for (uint32_t i = 0; i < 3; ++i)
    state->want_outer[i] = here->frames[here->result.frame_count - 3 + i].address;
  struct sigaction action {
  }, old{};
  action.sa_sigaction = &on_step;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, &old);
  asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
  state->is_on = true;
  code_to_step(3);
  state->is_on = false;
  asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
  sigaction(SIGTRAP, &old, nullptr);
  EXPECT_GT(state->steps, 1000u);
  EXPECT_EQ(state->wrong, 0u) << "of " << state->steps << ", the first at " << std::hex
                              << state->wrong_pc << ": " << text(state->wrong_end);
  EXPECT_LT(state->without_rule, state->steps / 50);
  RecordProperty("steps", static_cast<int>(state->steps));
  RecordProperty("without_rule", static_cast<int>(state->without_rule));
}

TEST(OwnWalk, TheLastModuleIsRemembered) {
  Walker walker(kNativeArch);
  OwnModules own;
  ucontext_t here;
  getcontext(&here);
  const Registers registers = registers_from(here);
  const StackMemory stack = own_stack(registers.value[7]);
  WalkedFrame frames[64];
  const WalkResult result = walker.walk(registers, stack, own.modules(), frames, 64);
  EXPECT_EQ(result.end, WalkEnd::kComplete);
  EXPECT_LT(own.lookup_count(), result.frame_count);
  const size_t cold = own.lookup_count();
  walker.walk(registers, stack, own.modules(), frames, 64);
  EXPECT_LE(own.lookup_count() - cold, 1u);
}

}  // namespace
}  // namespace hone::unwind
#endif
