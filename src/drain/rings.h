// A program's shared memory (wire/control.h) from outside: its threads and what they wrote. The
// program may write anything there, at any time: all is copied, then checked, and what makes no
// sense is counted.
//
//   HONE_TRY_ASSIGN(Rings rings, Rings::open(std::move(memory)));
//   rings.permit({.period = period, .lease_until = lease_until});
//   rings.read([&](const ThreadRing& thread, const GuestSample& sample) { ... },
//              [&](const ThreadRing& ended) { ... });
//
// Not thread-safe; one reader a program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "base/types.h"
#include "unwind/registers.h"
#include "wire/ring.h"

namespace hone::drain {

// What a program may do until when, for as long as nothing else is said.
struct Permission {
  DurationNs period{};
  TimeNs lease_until{};
  bool enabled = true;       // false: a pause
  TimeNs resumed{};          // the end of the last pause; 0: there was none
  uint32_t stack_bytes = 0;  // of a copied stack, at most
};

struct ThreadRing {
  uint32_t ring = 0;
  uint32_t tid = 0;       // as the program sees it
  TimeNs start{}, end{};  // end: 0 while it runs
  DurationNs cpu{};       // since its account began
  std::string name;
};

struct GuestSample {
  TimeNs time{};
  DurationNs weight{};
  uint16_t cpu = 0xffff;
  uint8_t end = 0;  // unwind::WalkEnd
  bool by_frame_pointers = false;
  // Of a stack that was walked: addresses to look up, innermost first.
  std::span<const uint64_t> addresses;
  // Else the registers, and the stack from the stack pointer up. Valid during the call.
  bool has_registers = false;
  unwind::Registers registers;
  std::span<const uint8_t> stack;
  bool stack_cut = false;
};

// Since the memory was opened.
struct RingCounts {
  uint64_t lost = 0;     // samples
  int64_t lost_ns = 0;   // CPU time that no sample stands for
  uint64_t damaged = 0;  // records that make no sense
  uint64_t threads_refused = 0, calls_resumed = 0;
};

class Rings {
 public:
  using TakeSample = base::FunctionRef<void(const ThreadRing&, const GuestSample&)>;
  using TakeThread = base::FunctionRef<void(const ThreadRing&)>;

  // `memory` as the program handed it over. Errors: Corrupt when it is not such memory, or is not
  // sealed, so that it might be cut under our eyes.
  static Result<Rings> open(base::UniqueFd memory);

  // The program reads it whenever it likes; until the first time it writes nothing.
  void permit(const Permission& permission);
  // From now on stacks are copied, none is walked in the program.
  void ask_for_copies();
  // Says that there are new tables to ask for.
  void announce_message();
  uint64_t module_changes() const;
  int32_t pid() const { return pid_; }  // as the program sees itself
  TimeNs start() const { return start_; }
  int64_t process_cpu_ns() const;  // when it began to exit; 0: it did not, or was killed

  // All that was written since the last time, thread by thread, each in the order of time. Then of
  // threads that ended, once each: their rings go back to the program.
  void read(TakeSample sample, TakeThread ended);
  // Those that run, as of the last read().
  void for_each_live(TakeThread live) const;
  const RingCounts& counts() const { return counts_; }

 private:
  Rings() = default;
  struct Seen {
    bool live = false;
    uint64_t tail = 0;
    uint64_t lost = 0;
    int64_t lost_ns = 0;
    ThreadRing thread;
  };
  wire::ControlPage& page() const;
  wire::RingEntry& entry(uint32_t ring) const;
  void read_ring(uint32_t ring, Seen& seen, TakeSample sample);
  bool parse(std::span<const uint8_t> record, GuestSample& out) const;

  base::Mapping memory_;
  uint32_t ring_count_ = 0, ring_bytes_ = 0;
  uint64_t rings_at_ = 0;
  int32_t pid_ = 0;
  TimeNs start_{};
  RingCounts counts_;
  std::vector<Seen> seen_;
  std::vector<uint64_t> copy_;  // of a ring's new part; words, so that records are aligned
};

}  // namespace hone::drain
