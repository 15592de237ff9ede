// Walks a stack by tables (or by frame pointers). Guest-safe and async-signal-safe: no heap, no
// locks, no calls but the two callbacks.
//
//   Walker walker(kNativeArch);
//   WalkResult result = walker.walk(registers, memory, modules, frames, 512);
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/types.h"
#include "unwind/registers.h"
#include "unwind/table.h"

namespace hone::unwind {

struct StackBytes {
  uint64_t start = 0;  // Avma of bytes[0]
  const uint8_t* bytes = nullptr;
  size_t size = 0;
};
// A stack by address: a snapshot that was taken with the registers, and behind it (when `read` is
// set) the memory of the process for what the snapshot does not hold.
struct StackMemory {
  uint64_t start = 0;
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  void* context = nullptr;
  // Reads 8 bytes at `address`; false when it cannot be read.
  bool (*read)(void* context, uint64_t address, uint64_t* value) = nullptr;
  // When set: what `read` answers from without asking anyone. It may change whenever `read` is
  // called; until then words are taken from there, which is faster.
  const StackBytes* at_hand = nullptr;
};

// The module that is mapped at an address. `lookup` is asked on a cache miss only.
struct MappedTable {
  TableView table;     // empty: no unwind information (JIT code, anonymous memory)
  uint64_t bias = 0;   // Avma - Svma
  uint64_t begin = 0;  // [begin, end) in Avma, of the mapped code
  uint64_t end = 0;
};
struct Modules {
  void* context = nullptr;
  // False when nothing executable is mapped there.
  bool (*lookup)(void* context, uint64_t avma, MappedTable* out) = nullptr;
  // Identifies this address space as it is now (process and change count): rules that were cached
  // under another generation are not used. Never 0.
  uint64_t generation = 1;
  // Code without a rule (of a JIT compiler, of an assembler) is taken to keep a frame pointer. A
  // guess, to be believed when the walk comes to its end. Under a generation of its own.
  bool assume_frame_pointers = false;
};

enum class FrameKind : uint8_t {
  kPc,             // the interrupted instruction itself (innermost, or above a signal frame)
  kReturnAddress,  // look up address - 1
};
struct WalkedFrame {
  uint64_t address = 0;  // Avma, as found (minus-one NOT applied; PAC stripped)
  // At that address, in a walk with a WalkedBefore. sp is where the frames inside of it end; fp is
  // 0 where it is not known.
  uint64_t sp = 0, fp = 0;
  // How a common rule led here: the return address lay at sp + ra_offset, fp at sp - 8 * fp_saved
  // (0: it was not saved). As in Rule, and so copied at once.
  struct Places {
    int16_t ra_offset = 0;
    uint8_t unused = 0, fp_saved = 0;
  } places;
  struct Marks {
    FrameKind kind = FrameKind::kPc;
    bool spliced = false;  // found with bytes from StackMemory::read rather than the snapshot
    bool by_common_rule = false;
    uint8_t unused = 0;
  } marks;
};
// An earlier walk, in the same address space of the same generation.
struct WalkedBefore {
  const WalkedFrame* frames = nullptr;
  uint32_t count = 0;
};
// The address to look up for symbols and rules: the one place of the minus-one. A return address
// may be the first byte after a noreturn call, in the next function.
constexpr uint64_t lookup_address(uint64_t address, FrameKind kind) {
  return kind == FrameKind::kReturnAddress ? address - 1 : address;
}

enum class WalkEnd : uint8_t {
  kComplete,     // the CFI says that there is no caller
  kNoModule,     // an address that no module maps
  kNoTable,      // a module without unwind information
  kNoRule,       // no FDE covers the address
  kUnsupported,  // a rule that cannot be evaluated
  kStackEnd,     // needed stack bytes beyond the snapshot (and `read` absent or failed)
  kBadCfa,       // the CFA did not move outwards: a damaged stack
  kFrameLimit,   // more frames than the caller's buffer holds
  kNoRegisters,  // pc or sp unknown
};
const char* text(WalkEnd end);

struct WalkResult {
  uint32_t frame_count = 0;
  WalkEnd end = WalkEnd::kNoRegisters;
  bool used_read = false;  // some frame is spliced
};

// Keeps a direct-mapped cache of rules across walks. One walker a thread; not reentrant.
// About 128 KiB: allocate it once.
class Walker {
 public:
  explicit Walker(Arch arch);

  // Writes frames innermost first. With `before`, from a frame on that the walk before came by, and
  // for as long as the stack holds the same words, callers are taken over from it. Where these
  // words lie is known, so that they are read side by side; a walk has to wait for each of them
  // before it knows the next. Only such a walk (`before` may be empty) can be another's `before`.
  WalkResult walk(const Registers& registers, const StackMemory& memory, const Modules& modules,
                  WalkedFrame* frames, uint32_t frames_max, const WalkedBefore* before = nullptr);
  // The same by frame pointers alone. Complete when the chain ends in a null frame pointer, as the
  // ABI has it.
  WalkResult walk_frame_pointers(const Registers& registers, const StackMemory& memory,
                                 const Modules& modules, WalkedFrame* frames, uint32_t frames_max);

 private:
  // Where the walk stands: the frame whose caller is to be found. All registers that are known.
  struct Frame {
    Registers registers;
    FrameKind kind = FrameKind::kPc;
    bool spliced = false;  // its address came by StackMemory::read
  };
  // The same for the common rules, which need three registers.
  struct Cursor {
    uint64_t pc = 0, sp = 0, fp = 0;
    FrameKind kind = FrameKind::kPc;
    bool moved = false;                   // by run_common(), since it was called
    bool ended = false;                   // at a return address of 0
    bool spliced = false;                 // some frame was found beyond the snapshot
    const WalkedFrame* before = nullptr;  // how far the walk before was looked through
    uint32_t count = 1;                   // of frames written
  };
  struct CachedRule {
    uint64_t key;  // the address to look up, plus one: 0 is never one
    uint64_t generation;
    Rule rule;
  };
  struct Request;
  enum class Step : uint8_t;

  template <Arch kArch, bool kKeep>
  void run_common(Cursor& at, const Request& request, uint32_t count_max);
  template <Arch kArch>
  void advance(Cursor& at, const Request& request);
  template <Arch kArch>
  bool follow(Cursor& at, const Request& request);
  template <Arch kArch>
  WalkResult run_rest(Cursor& at, const Registers& initial, const Request& request);
  template <Arch kArch>
  WalkResult run(const Registers& registers, const Request& request);
  const Rule* rule_at(uint64_t address, FrameKind kind, const Request& request, WalkEnd* end);
  const Rule* missing(uint64_t key, const Request& request, WalkEnd why, WalkEnd* end);
  bool find_module(uint64_t address, const Request& request, WalkEnd* end);
  Step step(Frame& frame, const Rule& rule, const Request& request, WalkEnd* end);
  bool replay(Frame& frame, const Registers& registers, uint32_t count, const Request& request);
  // The low bits alone: they are as good as random, and every cycle here is on the chain from one
  // frame to the next.
  CachedRule& slot_of(uint64_t key) { return cache_[key % kCacheSize]; }

  static constexpr size_t kCacheSize = 4096;
  Arch arch_;
  MappedTable module_;              // the last one that was looked up
  uint64_t module_generation_ = 0;  // 0: none
  CachedRule cache_[kCacheSize];
};

}  // namespace hone::unwind
