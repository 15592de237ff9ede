/* Names of threads, in programs that are recorded and in those that are not. Not to be included by
 * itself: <tracy/Tracy.hpp>. */
#ifndef HONE_COMPAT_TRACY_THREADS_HPP
#define HONE_COMPAT_TRACY_THREADS_HPP

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef TRACY_ENABLE
#include "hone_enable.h"
#endif

namespace tracy {

inline uint32_t GetThreadHandle() {
  return static_cast<uint32_t>(syscall(SYS_gettid));
}

/* The kernel keeps 15 bytes of it, a recording all. */
inline void SetThreadName(const char* name) {
  char cut[16];
  strncpy(cut, name, sizeof cut - 1);
  cut[sizeof cut - 1] = '\0';
  prctl(PR_SET_NAME, cut, 0, 0, 0);
#ifdef TRACY_ENABLE
  hone_name_thread(name);
#endif
}
/* `group` says in which order Tracy shows threads: Hone's views sort them by what they did. */
inline void SetThreadNameWithHint(const char* name, int32_t group) {
  (void)group;
  SetThreadName(name);
}

/* As the kernel knows it; good up to this thread's next call. */
inline const char* GetThreadName(uint32_t id) {
  static thread_local char name[32];
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%u/comm", id);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t bytes = file < 0 ? 0 : read(file, name, sizeof name - 1);
  if (file >= 0) close(file);
  if (bytes > 0 && name[bytes - 1] == '\n') --bytes;
  if (bytes <= 0) bytes = snprintf(name, sizeof name, "%u", id);
  name[bytes] = '\0';
  return name;
}

}  // namespace tracy

#endif
