// A signal makes some system calls fail with EINTR even where its handler says SA_RESTART
// (signal(7): sleeps, polls, timed waits). A sample must not be seen by the program in that way.
// So the handler looks at what it interrupted: right behind a system call that failed with EINTR it
// sets the registers back to before the call, as the kernel does for SA_RESTART, and the call is
// made again on return.
//
// What stays of it: a relative timeout starts anew, so that the call may end up to one period
// later than asked for; a thread that was found waiting is left alone until it has run again, so
// that is once a wait. All signals are blocked in the handler, so none can be taken between the
// interrupted call and the resumed one; where one is pending, EINTR is what the program must see.
//
// A handler of the program's own that interrupted a call returns to the same place, with EINTR for
// the program. A sample that lands right there must not resume the call, or a wake-up is lost. So
// it is noted where these handlers return to, and there EINTR stays, once, and for as long as the
// thread cannot have got far: a tick of a slow machine's clock may take more time than the program
// takes to call and wait again, but then it sees once more what it has just seen there.
//
// Calls that had done a part of their work when they were interrupted: see finish.cc.
//
// x86-64 keeps the arguments of a call in registers through its end; its number is found by
// call_number.cc. aarch64 does not keep the first argument.
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"

extern "C" __attribute__((weak)) void __tsan_init();

namespace hone::agent {
namespace {

constexpr int64_t kSettledNs = 1'000'000;

#if defined(__x86_64__)

// Those that SA_RESTART leaves out and that have done nothing when they fail so.
bool may_be_made_again(int number) {
  switch (number) {
    case __NR_poll:
    case __NR_ppoll:
    case __NR_select:
    case __NR_pselect6:
    case __NR_epoll_wait:
    case __NR_epoll_pwait:
    case __NR_epoll_pwait2:
    case __NR_nanosleep:
    case __NR_clock_nanosleep:
    case __NR_pause:
    case __NR_rt_sigsuspend:
    case __NR_rt_sigtimedwait:
    case __NR_futex:
    case __NR_semop:
    case __NR_semtimedop:
    case __NR_msgsnd:
    case __NR_msgrcv:
    case __NR_io_getevents:
    case __NR_read:  // of an inotify descriptor
    case __NR_recvfrom:
    case __NR_recvmsg:
    case __NR_recvmmsg:
    case __NR_sendto:
    case __NR_sendmsg:
    case __NR_accept:
    case __NR_accept4:
      return true;
    default:
      return false;
  }
}

// A program built with ThreadSanitizer: its runtime takes the signals, and calls the program's
// handlers later, when sigsuspend() has returned. That it was interrupted is all that is seen of
// it.
bool is_kept_back(int number) {
  return number == __NR_rt_sigsuspend && &__tsan_init != nullptr;
}

// With a mask of signals of its own: what the thread has blocked says nothing of the call.
bool unblocks_signals(int number) {
  return number == __NR_ppoll || number == __NR_pselect6 || number == __NR_epoll_pwait ||
         number == __NR_epoll_pwait2 || number == __NR_rt_sigsuspend ||
         number == __NR_rt_sigtimedwait;
}

bool other_signal_pending(const ucontext* context, int number) {
  uint64_t pending = 0;
  call(__NR_rt_sigpending, &pending, kSignalSetBytes);
  pending &= ~(uint64_t{1} << (session.signal - 1));
  uint64_t blocked = 0;
  memcpy(&blocked, &context->uc_sigmask, sizeof blocked);
  return (unblocks_signals(number) ? pending : pending & ~blocked) != 0;
}

#endif

}  // namespace

__thread OtherHandler other_handler __attribute__((tls_model("initial-exec"))) = {};

// A sanitizer that calls the program's handlers gives them a context of its own, or none.
void note_other_handler([[maybe_unused]] const ucontext* context) {
  OtherHandler& noted = other_handler;
  ++noted.count;
  noted.pc = noted.sp = 0;
#if defined(__x86_64__)
  if (!readable(context, sizeof *context)) return;
  noted.pc = context->uc_mcontext.rip;
  noted.sp = context->uc_mcontext.rsp;
  noted.cpu_ns = clock_ns(kClockThreadCpu);
#endif
}

Interrupted resume_call(ucontext* context, [[maybe_unused]] int64_t cpu_ns) {
#if defined(__x86_64__)
  auto& registers = context->uc_mcontext;
  const auto* const at = (const uint8_t*)registers.rip;
  constexpr uint8_t kCall0 = 0x0f, kCall1 = 0x05;
  const auto result = (long)registers.rax;
  OtherHandler& other = other_handler;
  const bool alone =
      registers.rip != other.pc || registers.rsp != other.sp || cpu_ns - other.cpu_ns >= kSettledNs;
  if (!alone) other.pc = 0;
  if (result != -kEintr) {
    // A system call leaves in rcx where it returns to: so it has just done so.
    if (result > 0 && alone && registers.rcx == registers.rip &&
        finish_cut_call(context, number_of_call(registers))) {
      return Interrupted::kBlockedCall;
    }
    // The kernel has set it back already: the call is the next thing to happen.
    const bool again =
        (unsigned long)result < 1024 && readable(at, 2) && at[0] == kCall0 && at[1] == kCall1;
    return again ? Interrupted::kBlockedCall : Interrupted::kCode;
  }
  if (!readable(at - 2, 2) || at[-2] != kCall0 || at[-1] != kCall1) return Interrupted::kCode;
  const int number = number_of_call(registers);
  if (alone && number >= 0 && may_be_made_again(number) && !is_kept_back(number) &&
      !other_signal_pending(context, number)) {
    registers.rax = (uint64_t)number;
    registers.rip -= 2;
    wire::add_relaxed(session.control->calls_resumed, uint64_t{1});
  }
  return Interrupted::kBlockedCall;
#else
  // A call that waits is one that failed so, or that is about to be made again.
  auto& registers = context->uc_mcontext;
  constexpr uint32_t kCall = 0xd4000001;
  const auto* const at = (const uint32_t*)registers.pc;
  if ((long)registers.regs[0] == -kEintr && readable(at - 1, 4) && at[-1] == kCall)
    return Interrupted::kBlockedCall;
  return readable(at, 4) && at[0] == kCall ? Interrupted::kBlockedCall : Interrupted::kCode;
#endif
}

}  // namespace hone::agent
