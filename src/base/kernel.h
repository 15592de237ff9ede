// What programs ask of the kernel without a libc: structures and numbers of its interface.
// Guest-safe and async-signal-safe.
#pragma once

#include <linux/time_types.h>
#include <stdint.h>

#include "base/syscall.h"

namespace hone::kernel {

inline constexpr int kEagain = 11, kEfault = 14, kEintr = 4, kEinval = 22;
inline constexpr int kClockMonotonic = 1, kClockProcessCpu = 2, kClockThreadCpu = 3;

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

struct UnixAddress {
  unsigned short family;
  char path[108];
};
// A path, or the same name in the abstract space of the network namespace. Its size; 0: too long.
inline unsigned make_unix_address(const char* path, bool abstract, UnixAddress& out) {
  out = {};
  out.family = kAfUnix;
  unsigned length = abstract ? 1 : 0;
  for (const char* at = path; *at != '\0'; ++at) {
    if (length + 1 >= sizeof out.path) return 0;
    out.path[length++] = *at;
  }
  return (unsigned)__builtin_offsetof(UnixAddress, path) + length + (abstract ? 0 : 1);
}

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

}  // namespace hone::kernel
