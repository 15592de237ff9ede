// What programs say of their locks, into the table `locks`: one row a time that a lock was held.
// The wrapper of hone/lock.h says it with one mark at the end; marks by hand (HONE_LOCK_WAIT,
// HONE_LOCK_OBTAINED, HONE_LOCK_RELEASED) are put together here, each thread's.
//
//   locks.take(builder, mark, rest, duration_of, thread_of);
//   locks.end(builder, now);      // what is held and waited for now, is so at the end
//
// Of one program, and nothing that it says is trusted. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "hone/layout.h"
#include "recording/builder.h"

namespace hone::drain {

struct LockMark {
  ThreadId thread{};
  TimeNs time{};
  SiteId site{};
  uint8_t kind = 0;    // HONE_MARK_LOCK_...
  uint8_t detail = 0;  // of HONE_MARK_LOCK_HELD: HONE_LOCK_...
};

class LockMarks {
 public:
  LockMarks();
  LockMarks(LockMarks&&) noexcept;
  LockMarks& operator=(LockMarks&&) noexcept;
  ~LockMarks();
  using DurationOf = base::FunctionRef<DurationNs(uint64_t ticks)>;
  using ThreadOf = base::FunctionRef<ThreadId(uint32_t tid)>;

  void take(recording::Builder& builder, const LockMark& mark, std::span<const hone_slot> rest,
            DurationOf duration_of, ThreadOf thread_of);
  void still_waits(recording::Builder& builder, ThreadId thread, TimeNs since, TimeNs end,
                   SiteId site, uint64_t lock, ThreadId owner);
  void end(recording::Builder& builder, TimeNs end);
  // Another file: ids of the old one mean nothing. What is held now, nobody saw being obtained.
  void begin_part();

 private:
  struct Open;
  struct Threads;
  void take_by_hand(recording::Builder& builder, const LockMark& mark, uint64_t lock);

  std::unique_ptr<Threads> open_;
};

}  // namespace hone::drain
