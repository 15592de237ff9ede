// The agent's state in its process, and the parts of it that know of each other.
//
//   hooks.cc        what libc calls: constructor, fork, thread starts; the hook table
//   session.cc      shared memory, the socket, the first greeting
//   threads.cc      rings and timers of threads
//   sampler.cc      the signal handler
//   modules.cc      unwind tables, as the recorder sends them
//   resume.cc       system calls that the sample's signal interrupted
//   call_number.cc  which calls they were
//   finish.cc       those that had done a part of their work by then
//
// The guest's rules: no allocation but by mmap, no lock that a signal handler could wait for, no
// libc call on the sampling path, nothing printed, and on any failure the program goes on without
// us. Everything here is async-signal-safe unless it says otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "guest/agent/kernel.h"
#include "guest/agent/memory.h"
#include "unwind/walk.h"
#include "wire/control.h"

namespace hone::agent {

// What the agent keeps of the thread that owns a ring.
struct ThreadState {
  int tid;
  int wall_timer, cpu_timer;  // -1: none
  bool awake;                 // the wall timer runs; else the CPU timer is set
  bool first;                 // no sample was taken yet
  bool in_handler;
  int64_t pause_wait_ns;  // how long it was last left alone in a pause; 0: it was not
  int64_t cpu_ns;         // its CPU clock when the last sample was taken, or skipped over
};

struct Session {
  bool on;
  int pid;
  const char* address;  // of the recorder
  int signal;           // 0: none is left
  uint32_t ring_count;
  wire::ControlPage* control;
  wire::RingEntry* entries;
  uint8_t* rings;
  ThreadState* threads;  // [ring_count]
  uint64_t memory_bytes;
};
extern Session session;

// session.cc
// Not async-signal-safe. False: the program runs without us.
bool open_session(const char* address, bool forked, int parent);
// In a forked child: what it has of its parent's is let go.
void drop_session();
void wake_recorder(wire::RingEntry& entry);
// A new connection that says why it was made; -1: there is none to be had. No descriptor of ours is
// open for longer than it takes: programs count theirs, and close what they do not know.
int call_recorder(uint32_t magic);
struct FileIdentity {
  uint64_t device, inode;
  bool operator==(const FileIdentity&) const = default;
};
FileIdentity identity_of(int fd);  // zeros: it is none
bool is_pipe_or_socket(int fd);

// threads.cc
inline constexpr uint32_t kNoRing = ~0u;
// For the calling thread. `cpu_ns`: where its account begins on its CPU clock.
void begin_thread(int64_t cpu_ns);
// A number in [0, limit) that has nothing to do with `seed` but is the same for the same one.
int64_t within(int64_t seed, int64_t limit);
void end_thread();  // of the calling thread; nothing when it has none
void set_awake(uint32_t ring, bool awake, int64_t cpu_wait_ns);
// Another signal for all timers: the program wants the one at hand. When it has taken all, nothing
// is sampled any more. Not async-signal-safe.
void change_signal();

// sampler.cc
bool install_handler(int signal);
int free_signal();

// modules.cc
struct ModuleRange {
  uint64_t begin, end, bias;
  unwind::TableView table;  // empty: it has none
};
struct ModuleSet {
  uint64_t generation;      // never 0
  uint64_t module_changes;  // see wire::Tables
  uint32_t count;
  const ModuleRange* ranges;  // sorted
  bool holds_at(uint64_t changes) const { return module_changes == changes; }
  const ModuleRange* find(uint64_t address) const;
};
// The newest; nullptr before the first.
const ModuleSet* modules();
// Waits for the first tables, at `socket`.
void receive_first_tables(int socket);
// Asks for tables when the recorder has new ones, and takes them when they have come. Never waits;
// one thread at a time does it, others return at once.
void follow_tables();
void forget_messages();

// resume.cc
// What the interrupted code was about: see there.
enum class Interrupted : uint8_t { kCode, kBlockedCall };
// When the signal made a system call fail with EINTR that would have gone on but for us, it goes
// on when the handler returns. `cpu_ns`: of the thread's CPU clock, now.
Interrupted resume_call(ucontext* context, int64_t cpu_ns);
// A handler of the program's has just returned on this thread, to where `context` says, if it is
// one.
void note_other_handler(const ucontext* context);
struct OtherHandler {
  uint64_t count;   // that returned so far
  uint64_t pc, sp;  // to where the last one did
  int64_t cpu_ns;   // and when, on the thread's CPU clock
};
extern __thread OtherHandler other_handler __attribute__((tls_model("initial-exec")));

#if defined(__x86_64__)
// call_number.cc
// Of the call that ended right before where `registers` are; -1: it cannot be told.
int number_of_call(const sigcontext& registers);
#endif

// finish.cc
// The thread is right behind the system call of that number, which succeeded. When it moved a part
// of what it was to move, and waits for no other reason, the rest is moved when the handler
// returns.
bool finish_cut_call(ucontext* context, int number);

// samples.cc
void write_sample(uint32_t ring, const ucontext* context, int64_t now_ns, int64_t weight_ns);
void make_walkers();

}  // namespace hone::agent
