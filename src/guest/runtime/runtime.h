// The inner parts of libhone: what the slow paths of hone/hone.h share.
//
// It lives in other people's programs: no thread, no heap, no exception, no libstdc++; of libc only
// what is there in all of them, weakly. Every function here is async-signal-safe, but the
// constructor.
#pragma once

#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/hone.h"

#include <stddef.h>

namespace hone::runtime {

inline constexpr uint32_t kRingsMax = 4096;
// Between the limit that a thread goes by and what is not read yet: for handlers of signals that
// write between the look and the taking.
inline constexpr uint64_t kMarginSlots = 1024;
// Of a ring, made to be there at a time.
inline constexpr uint64_t kTouchSlots = (64u << 10) / sizeof(hone_slot);
inline constexpr uint32_t kTextsBytes = 4u << 20;
inline constexpr int kMadvDontdump = 16;

// Where the shared memory lies in this process.
struct Memory {
  uint8_t* head;      // all up to the slots; null: there is none
  hone_slot** rings;  // of each ring, mapped when it is first taken
  int descriptor;     // -1: closed, with the library that this is of
};
extern Memory memory;

inline hone_thread* thread_at(uint32_t ring) {
  return reinterpret_cast<hone_thread*>(memory.head + hone_own_page.threads_at) + ring;
}

// From the environment, when there is one; else null. NAME without the '='.
const char* variable(const char* name);
inline size_t length_of(const char* text) {
  return text ? __builtin_strlen(text) : 0;
}
bool same_text(const char* a, const char* b);

// memory.cc: makes the shared memory, and hone_own_page a part of it. False when that failed; then
// nothing is ever recorded.
bool make_memory(int parent);
// Of a forked child: its parent's memory is given up.
void forget_memory();
// The slots of a ring, mapped when they are not yet; null: they cannot be.
hone_slot* map_ring(uint32_t ring);

// recorder.cc: tells the recorder of HONE_SPANS of the memory. False when there is none.
bool greet_recorder(bool forked);
// The recorder may sleep, and this ring fills.
void wake_recorder(const hone_thread& thread);

// threads.cc
hone_thread* take_thread();
void give_back_thread();
bool make_end_key();
// The thread has come to its limit. May wait, where rings that are full are waited for.
bool has_room(hone_thread* thread, uint32_t slots);
void drop_threads();

// hone_site.word of a place that is hot: this, and its number.
inline constexpr uint32_t kHotWord = 2;
// hot.cc: places of which one span in so many is timed.
inline bool is_hot(const hone_site& site) {
  return site.word - kHotWord < HONE_HOT_MAX;
}
// By what the thread has written last.
void look_for_hot(const hone_thread& thread);
// A span of such a place is to be timed, from `start` on. False: there is no room to say so.
bool take_hot(hone_thread* thread, const hone_site* site, uint64_t* start);
// A thread begins; it ends, and what it has counted is told.
void begin_hot(hone_thread* thread);
void tell_counted(hone_thread* thread);
// For another recorder.
void forget_hot();

// sites.cc: an id for a site, or one that says that it is filtered out.
void meet_site(hone_site* site);
// True when the filter lets it through; it may be hot.
inline bool is_recorded(const hone_site& site) {
  return site.word > 1 && site.home == &hone_own_page;
}
// Of this library; null when there is none.
hone_site* site_of_id(uint32_t id);
// Looks at all sites again: the filter may have changed.
void refilter();
// Those of this name and kind are described anew when they are met next.
void describe_again(const char* name, uint8_t kind);
// After a fork: all sites are to be described anew, in the child's own memory.
void forget_sites();
// What is told of the program is not waited for until it is met.
void describe_app_info();

// names.cc: memory that is made at first use, and stays; null: there is none.
void* map_once(void** where, size_t bytes);
// Some of it, zeroed, out of what all texts made at run time share; null: it is full.
void* room_for_ever(size_t bytes);
// One for each text and kind; null: there is no room.
hone_site* site_named(const char* text, const char* category, uint8_t kind);
// The site of the name that this thread was given, described; 0: it was given none.
uint32_t own_name();
// What the program says of itself stands in the shared memory, for whoever reads it at any time.
void tell(const char* key, hone_value value);

// described.cc: what the program said of plots of this name, before it is described.
void configure(hone_site* plot);

// fibers.cc: which fiber runs on this thread; of none 0.
uint32_t fiber_number();
// Its name's site, as own_name().
uint32_t fiber_name();
// The thread ends, or its rings are its parent's: no fiber runs on it any more.
void leave_fiber();
void forget_fibers();

// start.cc: looks what is to be done, when the state is HONE_ASK; waits for a thread that does.
void start();

uint64_t ticks_of_seconds(uint32_t seconds);

}  // namespace hone::runtime
