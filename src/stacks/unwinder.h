// Turns registers and a copy of the top of the stack into a stack of module addresses. The one
// driver for every source of samples.
//
//   Unwinder unwinder(store);
//   UnwoundStack stack = unwinder.unwind(space, input, Method::kAuto);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "stacks/address_space.h"
#include "stacks/module.h"
#include "unwind/walk.h"

namespace hone::stacks {

enum class Method : uint8_t { kAuto, kDwarf, kFramePointers };

struct UnwindInput {
  unwind::Registers registers;
  std::span<const uint8_t> stack;  // from the stack pointer upwards
  bool stack_full = false;         // the copy is as long as was asked for: there may be more
  // The live process to read the outer part from when the copy was full, ends in a signal handler's
  // own stack, or at a page that was never touched; 0: none. Believed only when its memory was
  // found to agree with the copy.
  pid_t live_pid = 0;
  // Which of the stacks before this one is likely to share its outer frames: that of the same
  // thread. Two threads may well have one number, it costs only time.
  uint32_t thread = 0;
};

struct StackFrame {
  Module* module;    // nullptr: nothing is mapped there
  uint64_t address;  // look-up address as linked (return addresses minus one)
};

struct UnwoundStack {
  std::span<const StackFrame> frames;  // innermost first; valid until the next call
  // The same before look-up, with the stack pointers that were met; as many.
  std::span<const unwind::WalkedFrame> walked;
  // So many of the outermost are those of the last stack with frames of the same `thread` modulo
  // kRecentStacks.
  uint32_t shared = 0;
  unwind::WalkEnd end = unwind::WalkEnd::kNoRegisters;
  bool spliced = false;
  bool by_frame_pointers = false;
  bool leaf_assumed = false;  // see Unwinder::step_out_of_leaf
};

// Holds a walker's rule cache and scratch memory: one a thread.
class Unwinder {
 public:
  // A stack deeper than this is cut, and counted as broken by kFrameLimit.
  static constexpr uint32_t kFramesMax = 8192;
  static constexpr uint32_t kRecentStacks = 16;

  explicit Unwinder(ModuleStore& store, unwind::Arch arch = unwind::kNativeArch);

  UnwoundStack unwind(const AddressSpace& space, const UnwindInput& input, Method method);
  // A stack that was walked elsewhere: addresses to look up, innermost first.
  UnwoundStack take(const AddressSpace& space, std::span<const uint64_t> addresses,
                    unwind::WalkEnd end, uint32_t thread);
  // The last stack of that thread was not taken: the next shares nothing with it.
  void forget(uint32_t thread) { recent_[thread % kRecentStacks].generation = 0; }

 private:
  struct Context;
  struct Recent {
    uint64_t generation = 0;  // 0: none
    std::vector<unwind::WalkedFrame> walked;
    std::vector<StackFrame> frames;
  };
  unwind::WalkResult walk_tables(const unwind::Registers& registers,
                                 const unwind::StackMemory& memory, const unwind::Modules& modules,
                                 UnwoundStack& out);
  bool step_out_of_leaf(const AddressSpace& space, const unwind::StackMemory& memory,
                        unwind::Registers& registers) const;
  bool is_new_thread(const AddressSpace& space, const unwind::Registers& registers) const;
  bool is_start_by_hand(const AddressSpace& space, const unwind::WalkResult& result) const;
  bool is_start_of_musl(const AddressSpace& space, const unwind::WalkResult& result) const;
  bool is_entry(const AddressSpace& space, const unwind::WalkResult& result) const;
  bool find_interrupted_stack(Context& c, const unwind::WalkResult& result) const;
  static void fill_holes(const UnwindInput& input, uint64_t copy_end);
  bool is_same_frame(const Context& c, const unwind::WalkResult& result) const;
  void walk_on_live(const UnwindInput& input, unwind::StackMemory memory,
                    const unwind::Modules& modules, UnwoundStack& out, unwind::WalkResult& result);
  void walk_with_frame_pointers(const UnwindInput& input, const unwind::StackMemory& memory,
                                const unwind::Modules& modules, UnwoundStack& out,
                                unwind::WalkResult& result);
  uint32_t remember(const AddressSpace& space, uint32_t depth, Recent& recent);
  void read_live(Context& c, uint64_t address);
  static bool lookup(void* context, uint64_t avma, unwind::MappedTable* out);
  static bool read(void* context, uint64_t address, uint64_t* value);
  static bool take(const Context& context, uint64_t address, uint64_t* value);

  ModuleStore& store_;
  unwind::Arch arch_;
  std::unique_ptr<unwind::Walker> walker_;
  std::vector<unwind::WalkedFrame> walked_;
  Recent recent_[kRecentStacks];
  std::vector<uint8_t> live_;  // memory read from the process, reused
};

}  // namespace hone::stacks
