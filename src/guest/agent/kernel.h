// The kernel's own structures, as its headers give them, and what these leave out. No libc header
// may stand beside this one: both define struct sigaction.
#pragma once

#include <asm/sigcontext.h>
#include <linux/signal.h>
// after it
#include <asm/ucontext.h>
#include <linux/time_types.h>
#include <stdint.h>

#include "guest/agent/syscall.h"

namespace hone::agent {

inline constexpr int kEagain = 11, kEfault = 14, kEintr = 4, kEinval = 22;
inline constexpr int kClockMonotonic = 1, kClockProcessCpu = 2, kClockThreadCpu = 3;
inline constexpr int kSigevThreadId = 4, kSiTimer = -2;
inline constexpr unsigned long kSignalSetBytes = 8;

struct MessageVector {
  void* base;
  unsigned long bytes;
};
struct MessageHeader {
  void* name;
  int name_bytes;
  MessageVector* vectors;
  unsigned long vector_count;
  void* control;
  unsigned long control_bytes;
  unsigned flags;
};
struct ControlHeader {
  unsigned long bytes;
  int level, type;
};
inline constexpr int kAfUnix = 1, kSockSeqpacket = 5, kSockCloexec = 02000000,
                     kSockNonblock = 04000;
inline constexpr int kSolSocket = 1, kScmRights = 1, kSoRcvtimeo = 20, kSoSndtimeo = 21;
inline constexpr int kMsgDontwait = 0x40, kMsgNosignal = 0x4000, kMsgCmsgCloexec = 0x40000000;

inline constexpr int kProtRead = 1, kProtWrite = 2;
inline constexpr int kMapShared = 1, kMapPrivate = 2, kMapAnonymous = 0x20, kMapNoreserve = 0x4000;

inline int64_t clock_ns(int clock) {
  __kernel_timespec time{};
  call(__NR_clock_gettime, clock, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}
inline int thread_id() {
  return (int)call(__NR_gettid);
}
inline int process_id() {
  return (int)call(__NR_getpid);
}
inline void* map_memory(unsigned long bytes, int flags = kMapPrivate | kMapAnonymous, int fd = -1,
                        int protection = kProtRead | kProtWrite) {
  const long at = call(__NR_mmap, 0L, bytes, protection, flags, fd, 0L);
  return failed(at) ? nullptr : (void*)at;
}

}  // namespace hone::agent
