// The shared memory between a program and Hone: one file without a name (memfd) that the program
// makes, and seals against shrinking. The program writes samples, the recorder reads them; nothing
// else of ours runs between them.
//
//   0        +-----------------------------+
//            | ControlPage                 |  4 KiB: who, where the rest lies, on or off
//   4096     +-----------------------------+
//            | RingEntry[ring_count]       |  256 bytes each: whose ring, how far it is
//   rings_at +-----------------------------+
//            | ring 0 | ring 1 | ...       |  ring_bytes each (a power of two), see ring.h
//            +-----------------------------+
//
// Plain memory, so that what was written outlives the program, however it ends. Fields change only
// by addition; `version` says which are there. What the program writes may be anything: a reader
// copies, then checks, and indexes nothing by it unchecked. Guest-safe; libc's headers alone.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace hone::wire {

inline constexpr uint64_t kControlMagic = 0x31305443454e4f48;  // "HONECT01"
inline constexpr uint32_t kControlVersion = 1;
inline constexpr size_t kControlPageBytes = 4096;
inline constexpr uint32_t kRingBytes = 128 << 10;
inline constexpr uint32_t kRingsMax = 16384;  // threads that are sampled at a time
inline constexpr size_t kNameBytes = 16;      // of a thread, as the kernel's comm

struct alignas(64) ControlPage {
  // Written by the program before it hands the memory over.
  uint64_t magic;
  uint32_t version;
  uint32_t ring_count;
  uint32_t ring_bytes;
  uint32_t entry_bytes;
  uint64_t rings_at;
  int32_t pid;     // as the program sees itself
  int32_t signal;  // that its timers send
  int64_t start_ns;

  // Written by the program while it runs.
  alignas(64) uint64_t threads_refused;  // there was no ring, or no timer, for them
  uint64_t calls_resumed;                // system calls that a sample interrupted, and that go on
  uint64_t tables_refused;               // messages of the recorder's that could not be taken
  uint64_t module_changes;  // how often modules may have come or gone; never the same again
  uint32_t rings_used;      // rings from here on were never taken
  uint32_t reserved;
  uint64_t process_cpu_ns;  // CLOCK_PROCESS_CPUTIME_ID when it began to exit; 0: it did not

  // Written by the recorder.
  alignas(64) int64_t lease_until_ns;  // CLOCK_MONOTONIC: nobody reads what is written later
  uint64_t period_ns;                  // between two samples of a thread, in CPU time
  uint32_t enabled;                    // 0: paused
  uint32_t stack_bytes_max;            // of a sample with a copy of its stack
  uint64_t messages;                   // sent through the socket so far
  uint32_t copy_stacks;  // 1: stacks are not walked but copied, for who sees more in them
  uint32_t reserved_2;
  int64_t resumed_ns;  // CLOCK_MONOTONIC: a pause ended; what was before it is not asked for
};
static_assert(sizeof(ControlPage) <= kControlPageBytes);

enum class RingState : uint32_t {
  kFree = 0,    // the program may take it
  kTaking = 1,  // it is about to
  kLive = 2,    // a thread's
  kEnded = 3,   // that thread has ended; the recorder frees it when it has read the rest
};

struct alignas(64) RingEntry {
  uint32_t state;  // RingState
  uint32_t tid;    // as the program sees it
  int64_t start_ns;
  int64_t end_ns;
  int64_t cpu_start_ns;  // of CLOCK_THREAD_CPUTIME_ID, where its account begins
  int64_t cpu_ns;        // the same clock at the last sample, at the end exactly
  char name[kNameBytes];

  // By the thread.
  alignas(64) uint64_t head;  // bytes ever written
  uint64_t samples_lost;      // the ring was full
  int64_t cpu_lost_ns;        // CPU time that no sample stands for, of those and of longer gaps
  uint64_t woken_at;          // the tail at which the recorder was last asked to hurry

  // By the recorder.
  alignas(64) uint64_t tail;  // bytes ever read

  alignas(64) uint8_t reserved[64];
};
static_assert(sizeof(RingEntry) == 256);

constexpr uint64_t entries_at() {
  return kControlPageBytes;
}
constexpr uint64_t rings_at(uint32_t ring_count) {
  return (kControlPageBytes + uint64_t{ring_count} * sizeof(RingEntry) + 4095) / 4096 * 4096;
}
constexpr uint64_t control_bytes(uint32_t ring_count, uint32_t ring_bytes) {
  return rings_at(ring_count) + uint64_t{ring_count} * ring_bytes;
}

// The two sides run at the same time, in two processes.
template <class T>
T load_acquire(const T& from) {
  return __atomic_load_n(&from, __ATOMIC_ACQUIRE);
}
template <class T>
T load_relaxed(const T& from) {
  return __atomic_load_n(&from, __ATOMIC_RELAXED);
}
template <class T>
void store_release(T& to, T value) {
  __atomic_store_n(&to, value, __ATOMIC_RELEASE);
}
template <class T>
void store_relaxed(T& to, T value) {
  __atomic_store_n(&to, value, __ATOMIC_RELAXED);
}
template <class T>
void add_relaxed(T& to, T value) {
  __atomic_fetch_add(&to, value, __ATOMIC_RELAXED);
}

}  // namespace hone::wire
