/* Locks that say who waits for whom: a wrapper for every Lockable and SharedLockable.
 *
 *   #include <hone/lock.h>
 *
 *   class Queue {
 *     HONE_LOCKABLE(std::mutex, mutex_);
 *     ...
 *   };
 *   std::lock_guard<hone::Lock<std::mutex>> guard(mutex_);
 *
 * Without HONE_ENABLE hone::Lock<T> is T. With it, and nobody recording, a lock costs a load and a
 * branch more each way. While recorded, one that nobody else holds costs two readings of the clock
 * and one record of 32 bytes, written after it was let go.
 *
 * C++14. Works with std::lock_guard, unique_lock, shared_lock, scoped_lock, std::lock and
 * condition_variable_any (condition_variable takes no lock but std::mutex itself). A lock is let go
 * by the thread that took it. C has HONE_LOCK_WAIT and its like in hone/hone.h. */
#ifndef HONE_LOCK_H
#define HONE_LOCK_H

#include "hone/hone.h"

#ifdef __cplusplus

#ifndef HONE_ENABLE

namespace hone {
template <class T>
using Lock = T;
}  // namespace hone

#define HONE_LOCKABLE(type, variable) type variable
#define HONE_LOCKABLE_NAMED(type, variable, name) type variable
#define HONE_LOCKABLE_GLOBAL(type, variable) type variable

#else

extern "C" {

/* What is held shared: a thread's own, since many hold one lock at once. */
#define HONE_SHARED_HOLDS 6
typedef struct hone_shared_hold {
  const void* lock;
  hone_site* site;
  uint64_t start, wait;
  uint32_t owner;
} hone_shared_hold;
typedef struct hone_shared_holds {
  uint32_t count;
  hone_shared_hold at[HONE_SHARED_HOLDS];
} hone_shared_holds;
extern HONE_HIDDEN __thread hone_shared_holds hone_own_holds
    __attribute__((tls_model("initial-exec")));

/* Not to be called. A wait begins: what the thread waited for before, to be given back at its end.
 */
HONE_HIDDEN hone_lock_wait hone_wait_begins(hone_thread* thread, hone_site* site, const void* lock,
                                            uint32_t owner);
HONE_HIDDEN void hone_wait_ends(hone_thread* thread, const hone_lock_wait* before);
/* `wait` and `hold` in ticks. */
HONE_HIDDEN void hone_lock_slowly(hone_site* site, const void* lock, uint64_t end, uint64_t hold,
                                  uint64_t wait, uint32_t owner, uint32_t flags)
    __attribute__((cold));
HONE_HIDDEN void hone_hold_shared(hone_site* site, const void* lock, uint64_t start, uint64_t wait,
                                  uint32_t owner);
/* The newest of this lock, taken off; false when there is none. */
HONE_HIDDEN int hone_shared_ends(const void* lock, hone_shared_hold* hold);

/* Nobody waited. */
HONE_INLINE void hone_lock_held(hone_site* site, const void* lock, uint64_t end, uint64_t hold,
                                uint32_t flags) {
  hone_thread* const thread = hone_mark_thread(site, 2);
  uint64_t at;
  if (!thread) return;
  if (HONE_UNLIKELY(hold >> 32)) {
    hone_lock_slowly(site, lock, end, hold, 0, 0, flags);
    return;
  }
  at = hone_take_slots(thread, 2);
  hone_put_slot(thread, at + 1, (uint64_t)(uintptr_t)lock, hone_word(HONE_TYPE_REST, 0, 0, hold));
  hone_put_slot(
      thread, at, end,
      hone_word(HONE_TYPE_MARK, HONE_MARK_LOCK_HELD, hone_id_of(site), 1 | (uint64_t)flags << 8));
  thread->last = end;
}

} /* extern "C" */

namespace hone {

/* Of locks that were not given a name. */
template <class T>
struct UnnamedLock {
  static hone_site site;
};
template <class T>
hone_site UnnamedLock<T>::site = {0,  0,  nullptr, "lock", HONE_CATEGORY,  "",
                                  "", "", nullptr, 0,      HONE_SITE_LOCK, HONE_LEVEL_DEBUG,
                                  0,  0,  nullptr};

template <class T>
class Lock {
 public:
  constexpr Lock() : site_(&UnnamedLock<T>::site) {}
  template <class... Arguments>
  constexpr explicit Lock(hone_site* site, Arguments&&... arguments)
      : lock_(static_cast<Arguments&&>(arguments)...), site_(site) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  HONE_INLINE_MEMBER void lock() {
    hone_thread* const thread = hone_mark_thread(site_, 0);
    if (HONE_LIKELY(!thread)) {
      lock_.lock();
      if (HONE_UNLIKELY(start_ != 0)) ++inner_;
    } else if (HONE_LIKELY(lock_.try_lock())) {
      obtained(thread);
    } else {
      wait(thread, [this] {
        lock_.lock();
        return true;
      });
    }
  }
  HONE_INLINE_MEMBER bool try_lock() {
    if (!lock_.try_lock()) return false;
    obtained_now();
    return true;
  }
  template <class Duration>
  bool try_lock_for(const Duration& duration) {
    return try_or_wait([&] { return lock_.try_lock_for(duration); });
  }
  template <class Time>
  bool try_lock_until(const Time& time) {
    return try_or_wait([&] { return lock_.try_lock_until(time); });
  }
  HONE_INLINE_MEMBER void unlock() {
    const uint64_t start = start_;
    if (HONE_LIKELY(start == 0)) {
      lock_.unlock();
      return;
    }
    if (HONE_UNLIKELY(inner_ != 0)) {
      --inner_;
      lock_.unlock();
      return;
    }
    // Once it is let go another thread may take it, or destroy it: nothing of it is read then.
    hone_site* const site = site_;
    const uint64_t waited = wait_;
    const uint32_t waited_for = waited_for_;
    start_ = wait_ = 0;
    store_owner(0);
    const uint64_t end = hone_ticks();
    lock_.unlock();
    if (HONE_LIKELY(waited == 0)) {
      hone_lock_held(site, this, end, end - start, 0);
    } else {
      hone_lock_slowly(site, this, end, end - start, waited, waited_for, 0);
    }
  }

  HONE_INLINE_MEMBER void lock_shared() {
    hone_thread* const thread = hone_mark_thread(site_, 0);
    if (HONE_LIKELY(!thread)) {
      lock_.lock_shared();
    } else if (HONE_LIKELY(lock_.try_lock_shared())) {
      obtained_shared(thread, 0, 0);
    } else {
      wait_shared(thread, [this] {
        lock_.lock_shared();
        return true;
      });
    }
  }
  HONE_INLINE_MEMBER bool try_lock_shared() {
    if (!lock_.try_lock_shared()) return false;
    if (hone_thread* const thread = hone_mark_thread(site_, 0)) obtained_shared(thread, 0, 0);
    return true;
  }
  template <class Duration>
  bool try_lock_shared_for(const Duration& duration) {
    return try_or_wait_shared([&] { return lock_.try_lock_shared_for(duration); });
  }
  template <class Time>
  bool try_lock_shared_until(const Time& time) {
    return try_or_wait_shared([&] { return lock_.try_lock_shared_until(time); });
  }
  HONE_INLINE_MEMBER void unlock_shared() {
    hone_shared_hold hold;
    if (HONE_LIKELY(hone_own_holds.count == 0) || !hone_shared_ends(this, &hold)) {
      lock_.unlock_shared();
      return;
    }
    if (hone_own_thread && load_owner() == hone_own_thread->tid) store_owner(0);
    const uint64_t end = hone_ticks();
    lock_.unlock_shared();
    if (HONE_LIKELY(hold.wait == 0)) {
      hone_lock_held(hold.site, this, end, end - hold.start, HONE_LOCK_SHARED);
    } else {
      hone_lock_slowly(hold.site, this, end, end - hold.start, hold.wait, hold.owner,
                       HONE_LOCK_SHARED);
    }
  }

  template <class U = T>
  typename U::native_handle_type native_handle() {
    return lock_.native_handle();
  }

 protected:
  const char* name() const { return site_->name; }
  // Before others use it, or while it is held.
  void rename(hone_site* site) { site_ = site; }

 private:
  /* The time of a wait, also when the lock throws. */
  struct Waiting {
    Waiting(hone_thread* by, hone_site* site, const void* lock, uint32_t owner_now)
        : thread(by),
          owner(owner_now),
          start(hone_ticks()),
          before(hone_wait_begins(by, site, lock, owner_now)) {}
    ~Waiting() { hone_wait_ends(thread, &before); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    hone_thread* const thread;
    const uint32_t owner;
    const uint64_t start;
    const hone_lock_wait before;
  };

  uint32_t load_owner() const { return __atomic_load_n(&owner_, __ATOMIC_RELAXED); }
  void store_owner(uint32_t tid) { __atomic_store_n(&owner_, tid, __ATOMIC_RELAXED); }
  // By who holds it alone, like all that follows but for owner_.
  HONE_INLINE_MEMBER void obtained(hone_thread* thread) {
    if (HONE_UNLIKELY(start_ != 0)) {
      ++inner_;  // it is recursive
      return;
    }
    start_ = hone_ticks();
    store_owner(thread->tid);
  }
  HONE_INLINE_MEMBER void obtained_now() {
    hone_thread* const thread = hone_mark_thread(site_, 0);
    if (thread) {
      obtained(thread);
    } else if (HONE_UNLIKELY(start_ != 0)) {
      ++inner_;
    }
  }
  template <class F>
  __attribute__((noinline, cold)) bool wait(hone_thread* thread, F&& take) {
    const Waiting waiting(thread, site_, this, load_owner());
    if (!take()) {
      gave_up(waiting, 0);
      return false;
    }
    obtained(thread);
    if (inner_ == 0) {
      wait_ = start_ - waiting.start;
      waited_for_ = waiting.owner;
    }
    return true;
  }
  template <class F>
  bool try_or_wait(F&& take) {
    if (try_lock()) return true;
    hone_thread* const thread = hone_mark_thread(site_, 0);
    if (thread) return wait(thread, take);
    if (!take()) return false;
    obtained_now();
    return true;
  }
  HONE_INLINE_MEMBER void obtained_shared(hone_thread* thread, uint64_t waited, uint32_t owner) {
    store_owner(thread->tid);
    hone_hold_shared(site_, this, hone_ticks(), waited, owner);
  }
  template <class F>
  __attribute__((noinline, cold)) bool wait_shared(hone_thread* thread, F&& take) {
    const Waiting waiting(thread, site_, this, load_owner());
    if (!take()) {
      gave_up(waiting, HONE_LOCK_SHARED);
      return false;
    }
    obtained_shared(thread, hone_ticks() - waiting.start, waiting.owner);
    return true;
  }
  template <class F>
  bool try_or_wait_shared(F&& take) {
    if (try_lock_shared()) return true;
    hone_thread* const thread = hone_mark_thread(site_, 0);
    return thread ? wait_shared(thread, take) : take();
  }
  void gave_up(const Waiting& waiting, uint32_t flags) {
    const uint64_t now = hone_ticks();
    hone_lock_slowly(site_, this, now, 0, now - waiting.start, waiting.owner,
                     flags | HONE_LOCK_GAVE_UP);
  }

  T lock_;
  hone_site* site_;
  uint64_t start_ = 0;       // since when it is held, in ticks; 0: nobody recorded holds it
  uint64_t wait_ = 0;        // and waited for before
  uint32_t inner_ = 0;       // how often its owner took it again
  uint32_t waited_for_ = 0;  // who held it then
  uint32_t owner_ = 0;       // tid of who holds it; of those who share it the last
};

}  // namespace hone

/* A lock in a class, a function or a namespace; one of a namespace that is taken before main() is
 * declared by HONE_LOCKABLE_GLOBAL, which needs no code to be initialised. */
#define HONE_LOCKABLE(type, variable) HONE_LOCKABLE_NAMED(type, variable, #variable)
#define HONE_LOCKABLE_NAMED(type, variable, name)                                             \
  ::hone::Lock<type> variable {                                                               \
    []() -> hone_site* {                                                                      \
      static hone_site site = {0,        __LINE__, 0, name, HONE_CATEGORY,  "",               \
                               __FILE__, "",       0, 0,    HONE_SITE_LOCK, HONE_LEVEL_DEBUG, \
                               0,        0,        0};                                        \
      return &site;                                                                           \
    }()                                                                                       \
  }
#define HONE_LOCKABLE_GLOBAL(type, variable)                              \
  static hone_site HONE_JOIN(hone_site_of_, variable) = {                 \
      0,        __LINE__, 0, #variable, HONE_CATEGORY,  "",               \
      __FILE__, "",       0, 0,         HONE_SITE_LOCK, HONE_LEVEL_DEBUG, \
      0,        0,        0};                                             \
  ::hone::Lock<type> variable {                                           \
    &HONE_JOIN(hone_site_of_, variable)                                   \
  }

#endif /* HONE_ENABLE */
#endif /* __cplusplus */
#endif
