/* Tracy's interface of C, recorded by Hone: <tracy/Tracy.hpp> says how, docs/guide what each macro
 * becomes. C11 and C++11. The functions whose names begin with ___tracy are there for programs that
 * call them; they are inline here, so that nothing but libhone is linked. What they give and take
 * (a zone's context) is as large as it needs to be, not as large as Tracy's. */
#ifndef HONE_COMPAT_TRACY_C_H
#define HONE_COMPAT_TRACY_C_H

#include <stddef.h>
#include <stdint.h>

#ifndef TracyFunction
#define TracyFunction __FUNCTION__
#endif
#ifndef TracyFile
#define TracyFile __FILE__
#endif
#ifndef TracyLine
#define TracyLine __LINE__
#endif
#ifndef TracyConcat
#define TracyConcat(x, y) TracyConcatIndirect(x, y)
#endif
#ifndef TracyConcatIndirect
#define TracyConcatIndirect(x, y) x##y
#endif

enum TracyPlotFormatEnum {
  TracyPlotFormatNumber,
  TracyPlotFormatMemory,
  TracyPlotFormatPercentage,
  TracyPlotFormatWatt
};
enum TracyMessageSeverity {
  TracyMessageSeverityTrace,
  TracyMessageSeverityDebug,
  TracyMessageSeverityInfo,
  TracyMessageSeverityWarning,
  TracyMessageSeverityError,
  TracyMessageSeverityFatal
};

#ifdef TRACY_ENABLE
#include "hone_c.h"
#include "hone_c_gpu.h"
#include "hone_c_locks.h"
#else
#include "hone_c_off.h"
#endif

/* There without TRACY_ENABLE, too: the kernel's name of a thread is nothing of a profiler's. */
#include <string.h>
#include <sys/prctl.h>
static inline __attribute__((unused)) void ___tracy_set_thread_name(const char* name) {
  char cut[16];
  strncpy(cut, name, sizeof cut - 1);
  cut[sizeof cut - 1] = '\0';
  prctl(PR_SET_NAME, cut, 0, 0, 0);
#ifdef TRACY_ENABLE
  hone_name_thread(name);
#endif
}
#define TracyCSetThreadName(name) ___tracy_set_thread_name(name);

#endif
