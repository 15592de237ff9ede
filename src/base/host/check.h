// Asserts guard our own mistakes, never input. HONE_CHECK always, HONE_DCHECK in debug builds.
#pragma once

namespace hone::base {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace hone::base

#define HONE_CHECK(condition) \
  ((condition) ? void(0) : ::hone::base::check_failed(#condition, __FILE__, __LINE__))
#ifdef NDEBUG
#define HONE_DCHECK(condition) ((void)sizeof(condition))
#else
#define HONE_DCHECK(condition) HONE_CHECK(condition)
#endif
