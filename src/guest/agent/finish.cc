// What a sample's signal cut short goes on: a write to a pipe or a socket that blocked half way
// ends with what was written so far, also with SA_RESTART, and so does a recv() that is to wait for
// all. There are programs that take no second look (an unbuffered Python loses the rest). The
// handler has its thread return to finish_cut_call() in place of the code behind the call, which
// makes further calls for the rest and then goes there.
//
// It runs as the program's own code would: it may block, be interrupted by handlers of the
// program's (then the call ends as it would have without us) and by the next sample. It needs some
// 300 bytes of the thread's stack below the 128 that code may use without telling (psABI, 3.2.2);
// a signal's frame, which has just been there, is larger. No vector register is touched: this file
// is compiled so.
//
// Not finished, because the rest is not known from the outside: what splice(2), sendfile(2),
// vmsplice(2), pwritev2(2) and sendmmsg(2) had moved, a message with ancillary data, and calls
// whose number is in no instruction beside them (musl's cancellation points).
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"

#if defined(__x86_64__)

namespace hone::agent {
namespace {

constexpr uint64_t kVectorsMax = 1024;  // UIO_MAXIOV
constexpr uint64_t kMsgPeek = 2, kMsgWaitall = 0x100;

// The arguments of the call, as the entry below leaves them.
struct CutCall {
  uint64_t done;  // bytes
  uint64_t r9, r8, r10, rdx, rsi, rdi;
};

struct Vectors {
  const MessageVector* at;
  uint64_t count;
};

// What is left of them when `done` bytes have been sent.
struct Rest {
  Vectors vectors;
  uint64_t offset;  // of the first of them
};
Rest rest_of(Vectors all, uint64_t done) {
  while (all.count > 0 && done >= all.at->bytes) {
    done -= all.at->bytes;
    all = {all.at + 1, all.count - 1};
  }
  return {all, done};
}

uint64_t size_of(Vectors all) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < all.count; ++i) sum += all.at[i].bytes;
  return sum;
}

// Of writev() and sendmsg(); false: it is none that can be finished.
bool vectors_of(int number, uint64_t argument, uint64_t count, Vectors* out) {
  *out = {(const MessageVector*)argument, count};
  if (number == __NR_sendmsg) {
    const auto* message = (const MessageHeader*)argument;
    if (!readable(message, sizeof *message) || message->control_bytes != 0) return false;
    *out = {message->vectors, message->vector_count};
  } else if (number != __NR_writev) {
    return false;
  }
  return out->count <= kVectorsMax && readable(out->at, out->count * sizeof(MessageVector));
}

long send_whole(int number, const CutCall& cut, Vectors vectors) {
  if (number == __NR_writev) return call(__NR_writev, cut.rdi, vectors.at, vectors.count);
  MessageHeader message = {};
  message.vectors = (MessageVector*)vectors.at;
  message.vector_count = vectors.count;
  return call(__NR_sendmsg, cut.rdi, &message, cut.rdx);
}

// One further call; what it moved, or an error. The rest of a vector goes by itself, so that the
// program's own serve for those behind it.
long go_on(int number, const CutCall& cut, uint64_t done) {
  Vectors all;
  if (!vectors_of(number, cut.rsi, cut.rdx, &all)) {
    return call(number, cut.rdi, cut.rsi + done, cut.rdx - done, cut.r10, cut.r8, cut.r9);
  }
  const Rest rest = rest_of(all, done);
  if (rest.vectors.count == 0) return 0;
  if (rest.offset == 0) return send_whole(number, cut, rest.vectors);
  const uint8_t* const bytes = (const uint8_t*)rest.vectors.at->base + rest.offset;
  const uint64_t size = rest.vectors.at->bytes - rest.offset;
  if (number == __NR_writev) return call(__NR_write, cut.rdi, bytes, size);
  return call(__NR_sendto, cut.rdi, bytes, size, cut.rdx, 0L, 0);
}

uint64_t bytes_of(int number, const CutCall& cut) {
  Vectors all;
  return vectors_of(number, cut.rsi, cut.rdx, &all) ? size_of(all) : cut.rdx;
}

}  // namespace

extern "C" __attribute__((visibility("hidden"))) uint64_t hone_agent_go_on(const CutCall* cut,
                                                                           long number) {
  const uint64_t wanted = bytes_of((int)number, *cut);
  const uint64_t before = other_handler.count;
  uint64_t done = cut->done;
  while (done < wanted && other_handler.count == before) {
    const long more = go_on((int)number, *cut, done);
    if (more <= 0) break;
    done += (uint64_t)more;
  }
  return done;
}

// Entered by a return from the signal, as if right behind the call: rax is what was written, rdi,
// rsi, rdx, r10, r8 and r9 are the call's arguments. The stack is the interrupted code's, below the
// bytes that it may use: the number of the call, and the address to go back to. Leaves in rax what
// was written in all, and every other register as it was but for those that a call takes.
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".type hone_agent_finish_call, @function\n"
    "hone_agent_finish_call:\n"
    "  .cfi_startproc\n"
    "  .cfi_def_cfa %rsp, 144\n"
    "  .cfi_offset %rip, -136\n"
    "  push %rbp\n"
    "  .cfi_adjust_cfa_offset 8\n"
    "  .cfi_offset %rbp, -152\n"
    "  mov %rsp, %rbp\n"
    "  .cfi_def_cfa %rbp, 152\n"
    "  push %rdi\n"
    "  push %rsi\n"
    "  push %rdx\n"
    "  push %r10\n"
    "  push %r8\n"
    "  push %r9\n"
    "  push %rax\n"  // CutCall
    "  mov %rsp, %rdi\n"
    "  mov 8(%rbp), %rsi\n"
    "  and $-16, %rsp\n"
    "  cld\n"
    "  call hone_agent_go_on\n"
    "  lea -48(%rbp), %rsp\n"
    "  pop %r9\n"
    "  pop %r8\n"
    "  pop %r10\n"
    "  pop %rdx\n"
    "  pop %rsi\n"
    "  pop %rdi\n"
    "  pop %rbp\n"
    "  .cfi_def_cfa %rsp, 144\n"
    "  .cfi_same_value %rbp\n"
    "  lea 8(%rsp), %rsp\n"  // the number of the call
    "  .cfi_adjust_cfa_offset -8\n"
    "  ret $128\n"
    "  .cfi_endproc\n"
    ".size hone_agent_finish_call, . - hone_agent_finish_call\n");
extern "C" __attribute__((visibility("hidden"))) void hone_agent_finish_call();

bool finish_cut_call(ucontext* context, int number) {
  auto& registers = context->uc_mcontext;
  const CutCall cut = {.done = registers.rax,
                       .r9 = registers.r9,
                       .r8 = registers.r8,
                       .r10 = registers.r10,
                       .rdx = registers.rdx,
                       .rsi = registers.rsi,
                       .rdi = registers.rdi};
  Vectors all;
  switch (number) {
    case __NR_write:
    case __NR_sendto:
      break;
    case __NR_recvfrom:
      if ((cut.r10 & kMsgWaitall) == 0 || (cut.r10 & kMsgPeek) != 0) return false;
      break;
    case __NR_writev:
    case __NR_sendmsg:
      if (!vectors_of(number, cut.rsi, cut.rdx, &all)) return false;
      break;
    default:
      return false;
  }
  if (cut.done >= bytes_of(number, cut) || !is_pipe_or_socket((int)cut.rdi)) return false;
  constexpr uint64_t kRedZone = 128;
  auto* const stack = (uint64_t*)(registers.rsp - kRedZone) - 2;
  if (!readable(stack, 16)) return false;
  stack[0] = (uint64_t)number;
  stack[1] = registers.rip;
  registers.rsp = (uint64_t)stack;
  registers.rip = (uint64_t)&hone_agent_finish_call;
  wire::add_relaxed(session.control->calls_resumed, uint64_t{1});
  return true;
}

}  // namespace hone::agent

#endif
