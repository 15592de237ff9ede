/* Tracy's locks of C. Not to be included by itself: <tracy/TracyC.h>. */
#ifndef HONE_COMPAT_TRACY_C_LOCKS_H
#define HONE_COMPAT_TRACY_C_LOCKS_H

#include <stdlib.h>

#include "hone_c.h"

/* What is known of a lock; of one that is shared, the same. */
struct __tracy_lockable_context_data {
  hone_site* site;
};
struct __tracy_shared_lockable_context_data {
  struct __tracy_lockable_context_data lock;
};
typedef struct __tracy_lockable_context_data* TracyCLockCtx;
typedef struct __tracy_shared_lockable_context_data* TracyCSharedLockCtx;

HONE_TRACY_C hone_site* hone_tracy_c_lock_site(const char* name, size_t bytes,
                                               const struct ___tracy_source_location_data* at) {
  hone_description of = hone_tracy_c_described(
      name, bytes, at ? at->function : 0, at ? hone_tracy_c_bytes(at->function) : 0,
      at ? at->file : 0, at ? hone_tracy_c_bytes(at->file) : 0, at ? at->line : 0, 0);
  of.kind = HONE_SITE_LOCK;
  of.level = HONE_LEVEL_DEBUG;
  return hone_site_described(&of);
}

/* Null where there is no memory: then nothing is said of the lock. */
HONE_TRACY_C TracyCLockCtx
___tracy_announce_lockable_ctx(const struct ___tracy_source_location_data* srcloc) {
  const TracyCLockCtx out = (TracyCLockCtx)malloc(sizeof *out);
  const char* const name = srcloc->name ? srcloc->name : "lock";
  if (out) out->site = hone_tracy_c_lock_site(name, strlen(name), srcloc);
  return out;
}
HONE_TRACY_C void ___tracy_terminate_lockable_ctx(TracyCLockCtx lockdata) {
  free(lockdata);
}
HONE_TRACY_C int32_t ___tracy_before_lock_lockable_ctx(TracyCLockCtx lockdata) {
  if (!lockdata || hone_own_page.state == HONE_OFF) return 0;
  hone_mark(lockdata->site, HONE_MARK_LOCK_WAIT, (uintptr_t)lockdata);
  return 1;
}
HONE_TRACY_C void ___tracy_after_lock_lockable_ctx(TracyCLockCtx lockdata) {
  if (lockdata) hone_mark(lockdata->site, HONE_MARK_LOCK_TAKE, (uintptr_t)lockdata);
}
HONE_TRACY_C void ___tracy_after_unlock_lockable_ctx(TracyCLockCtx lockdata) {
  if (lockdata) hone_mark(lockdata->site, HONE_MARK_LOCK_LEAVE, (uintptr_t)lockdata);
}
HONE_TRACY_C void ___tracy_after_try_lock_lockable_ctx(TracyCLockCtx lockdata, int32_t acquired) {
  if (acquired) ___tracy_after_lock_lockable_ctx(lockdata);
}
HONE_TRACY_C void ___tracy_mark_lockable_ctx(TracyCLockCtx lockdata,
                                             const struct ___tracy_source_location_data* srcloc) {
  hone_description of;
  if (!lockdata || hone_own_page.state == HONE_OFF) return;
  of =
      hone_tracy_c_described("lock held", 9, srcloc->function, hone_tracy_c_bytes(srcloc->function),
                             srcloc->file, hone_tracy_c_bytes(srcloc->file), srcloc->line, 0);
  of.kind = HONE_SITE_MESSAGE;
  of.level = HONE_LEVEL_DEBUG;
  hone_say(hone_site_described(&of), lockdata->site->name, strlen(lockdata->site->name), 0);
}
HONE_TRACY_C void ___tracy_custom_name_lockable_ctx(TracyCLockCtx lockdata, const char* name,
                                                    size_t nameSz) {
  if (lockdata) lockdata->site = hone_tracy_c_lock_site(name, nameSz, 0);
}

HONE_TRACY_C TracyCSharedLockCtx
___tracy_announce_shared_lockable_ctx(const struct ___tracy_source_location_data* srcloc) {
  return (TracyCSharedLockCtx)(void*)___tracy_announce_lockable_ctx(srcloc);
}
HONE_TRACY_C TracyCLockCtx hone_tracy_c_lock_of(TracyCSharedLockCtx lockdata) {
  return (TracyCLockCtx)(void*)lockdata;
}
HONE_TRACY_C void ___tracy_terminate_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  ___tracy_terminate_lockable_ctx(hone_tracy_c_lock_of(lockdata));
}
HONE_TRACY_C int32_t ___tracy_before_lock_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  return ___tracy_before_lock_lockable_ctx(hone_tracy_c_lock_of(lockdata));
}
HONE_TRACY_C void ___tracy_after_lock_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  ___tracy_after_lock_lockable_ctx(hone_tracy_c_lock_of(lockdata));
}
HONE_TRACY_C void ___tracy_after_unlock_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  ___tracy_after_unlock_lockable_ctx(hone_tracy_c_lock_of(lockdata));
}
HONE_TRACY_C void ___tracy_after_try_lock_shared_lockable_ctx(TracyCSharedLockCtx lockdata,
                                                              int32_t acquired) {
  ___tracy_after_try_lock_lockable_ctx(hone_tracy_c_lock_of(lockdata), acquired);
}
HONE_TRACY_C int32_t ___tracy_before_lock_shared_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  if (!lockdata || hone_own_page.state == HONE_OFF) return 0;
  hone_shared_wait(lockdata->lock.site, lockdata);
  return 1;
}
HONE_TRACY_C void ___tracy_after_lock_shared_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  if (lockdata) hone_shared_taken(lockdata->lock.site, lockdata);
}
HONE_TRACY_C void ___tracy_after_unlock_shared_shared_lockable_ctx(TracyCSharedLockCtx lockdata) {
  if (lockdata) hone_shared_left(lockdata);
}
HONE_TRACY_C void ___tracy_after_try_lock_shared_shared_lockable_ctx(TracyCSharedLockCtx lockdata,
                                                                     int32_t acquired) {
  if (acquired) ___tracy_after_lock_shared_shared_lockable_ctx(lockdata);
}
HONE_TRACY_C void ___tracy_mark_shared_lockable_ctx(
    TracyCSharedLockCtx lockdata, const struct ___tracy_source_location_data* srcloc) {
  ___tracy_mark_lockable_ctx(hone_tracy_c_lock_of(lockdata), srcloc);
}
HONE_TRACY_C void ___tracy_custom_name_shared_lockable_ctx(TracyCSharedLockCtx lockdata,
                                                           const char* name, size_t nameSz) {
  ___tracy_custom_name_lockable_ctx(hone_tracy_c_lock_of(lockdata), name, nameSz);
}

#define HONE_TRACY_C_PLACE(prefix, name)                                              \
  static const struct ___tracy_source_location_data TracyConcat(prefix, __LINE__) = { \
      name, __func__, TracyFile, (uint32_t)TracyLine, 0};
#define TracyCLockAnnounce(lock)              \
  HONE_TRACY_C_PLACE(hone_tracy_lock_, #lock) \
  lock = ___tracy_announce_lockable_ctx(&TracyConcat(hone_tracy_lock_, __LINE__));
#define TracyCLockTerminate(lock) ___tracy_terminate_lockable_ctx(lock);
#define TracyCLockBeforeLock(lock) ___tracy_before_lock_lockable_ctx(lock);
#define TracyCLockAfterLock(lock) ___tracy_after_lock_lockable_ctx(lock);
#define TracyCLockAfterUnlock(lock) ___tracy_after_unlock_lockable_ctx(lock);
#define TracyCLockAfterTryLock(lock, acquired) ___tracy_after_try_lock_lockable_ctx(lock, acquired);
#define TracyCLockMark(lock)              \
  HONE_TRACY_C_PLACE(hone_tracy_held_, 0) \
  ___tracy_mark_lockable_ctx(lock, &TracyConcat(hone_tracy_held_, __LINE__));
#define TracyCLockCustomName(lock, name, nameSz) \
  ___tracy_custom_name_lockable_ctx(lock, name, nameSz);

#define TracyCSharedLockAnnounce(lock)        \
  HONE_TRACY_C_PLACE(hone_tracy_lock_, #lock) \
  lock = ___tracy_announce_shared_lockable_ctx(&TracyConcat(hone_tracy_lock_, __LINE__));
#define TracyCSharedLockTerminate(lock) ___tracy_terminate_shared_lockable_ctx(lock);
#define TracyCSharedLockBeforeLock(lock) ___tracy_before_lock_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterLock(lock) ___tracy_after_lock_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterUnlock(lock) ___tracy_after_unlock_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterTryLock(lock, acquired) \
  ___tracy_after_try_lock_shared_lockable_ctx(lock, acquired);
#define TracyCSharedLockBeforeSharedLock(lock) \
  ___tracy_before_lock_shared_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterSharedLock(lock) ___tracy_after_lock_shared_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterSharedUnlock(lock) \
  ___tracy_after_unlock_shared_shared_lockable_ctx(lock);
#define TracyCSharedLockAfterTrySharedLock(lock, acquired) \
  ___tracy_after_try_lock_shared_shared_lockable_ctx(lock, acquired);
#define TracyCSharedLockMark(lock)        \
  HONE_TRACY_C_PLACE(hone_tracy_held_, 0) \
  ___tracy_mark_shared_lockable_ctx(lock, &TracyConcat(hone_tracy_held_, __LINE__));
#define TracyCSharedLockCustomName(lock, name, nameSz) \
  ___tracy_custom_name_shared_lockable_ctx(lock, name, nameSz);

#endif
