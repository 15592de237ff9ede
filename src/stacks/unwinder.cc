#include "stacks/unwinder.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace hone::stacks {
namespace {
// How much of the live process's stack is read at a time, and how many bytes of overlap with the
// copy must be unchanged before the rest is believed.
constexpr size_t kLiveBytes = 256 << 10;
constexpr size_t kOverlapBytes = 512;
constexpr unsigned kLiveReadsMax = 64;  // 16 MiB of stack: twice the usual limit
// How far behind the end of a copy pages are looked for that were never touched.
constexpr size_t kHoleBytes = 64 << 10;
// An interrupted stack is looked for from its saved stack pointer up to here.
constexpr uint64_t kOtherStackBytesMax = 64 << 20;

size_t read_process(pid_t pid, uint64_t address, uint8_t* out, size_t bytes) {
  iovec local{out, bytes};
  // A read that meets an unmapped page is cut there (process_vm_readv(2)), so it is asked page-wise
  // in one call: the top of the stack is wherever it stops.
  constexpr size_t kPage = 4096;
  iovec remote[kLiveBytes / kPage + 2];
  size_t count = 0;
  for (size_t done = 0; done < bytes;) {
    const size_t in_page = kPage - ((address + done) & (kPage - 1));
    const size_t step = std::min(in_page, bytes - done);
    remote[count++] = {reinterpret_cast<void*>(address + done), step};
    done += step;
  }
  const ssize_t got = ::process_vm_readv(pid, &local, 1, remote, count, 0);
  return got > 0 ? static_cast<size_t>(got) : 0;
}
}  // namespace

struct Unwinder::Context {
  Unwinder* unwinder;
  const AddressSpace* space;
  const UnwindInput* input;
  uint64_t stack_start;
  unwind::StackBytes live;  // in live_
  unsigned live_reads = 0;
  unwind::WalkedBefore before;
  bool live_refused = false;
  uint64_t other_start = 0;  // of the interrupted stack, when the walk may cross to it
};

Unwinder::Unwinder(ModuleStore& store, unwind::Arch arch)
    : store_(store), arch_(arch), walker_(std::make_unique<unwind::Walker>(arch)) {
  walked_.resize(kFramesMax);
}

bool Unwinder::lookup(void* context, uint64_t avma, unwind::MappedTable* out) {
  auto& c = *static_cast<Context*>(context);
  const MappedRange* range = c.space->find(avma);
  if (!range) return false;
  out->table = c.unwinder->store_.table(*range->module);
  out->bias = range->bias;
  out->begin = range->begin;
  out->end = range->end;
  return true;
}

// The word at `address`, when it is among the bytes that were read from the process.
bool Unwinder::take(const Context& c, uint64_t address, uint64_t* value) {
  const uint64_t offset = address - c.live.start;
  if (c.live.size < sizeof *value || offset > c.live.size - sizeof *value) return false;
  std::memcpy(value, c.live.bytes + offset, sizeof *value);
  return true;
}

// Brings the live stack at `address` into live_. The first read of the stack in the copy starts
// inside the copy: if those bytes have changed, the program has moved on and what lies above them
// may be another stack.
void Unwinder::read_live(Context& c, uint64_t address) {
  std::vector<uint8_t>& live = live_;
  live.resize(kLiveBytes);
  const std::span<const uint8_t> copy = c.input->stack;
  const bool verify = c.other_start == 0 && c.live_reads == 1;
  const uint64_t from = verify ? c.stack_start + copy.size() - kOverlapBytes : address;
  c.live = {from, live.data(), read_process(c.input->live_pid, from, live.data(), live.size())};
  if (verify &&
      (c.live.size < kOverlapBytes ||
       std::memcmp(live.data(), copy.data() + copy.size() - kOverlapBytes, kOverlapBytes) != 0)) {
    c.live_refused = true;
    c.live = {};
  }
}

bool Unwinder::read(void* context, uint64_t address, uint64_t* value) {
  auto& c = *static_cast<Context*>(context);
  if (c.other_start != 0) {
    if (address - c.other_start > kOtherStackBytesMax) return false;
  } else if (c.live_refused || address < c.stack_start + c.input->stack.size() - kOverlapBytes) {
    return false;
  }
  if (take(c, address, value)) return true;
  if (c.live_reads++ == kLiveReadsMax) return false;
  c.unwinder->read_live(c, address);
  return take(c, address, value);
}

namespace {
// Does a call instruction end right before `address`? Read from the module's file.
bool follows_call(const Module& module, uint64_t address, unwind::Arch arch) {
  if (arch == unwind::Arch::kAarch64) {
    uint32_t word = 0;
    if (!module.read_code(Svma{address - 4}, reinterpret_cast<uint8_t*>(&word), 4)) return false;
    return (word >> 26) == 0x25 || (word & 0xfffffc1f) == 0xd63f0000;  // bl, blr
  }
  uint8_t before[7] = {};
  if (!module.read_code(Svma{address - 7}, before, 7)) return false;
  if (before[2] == 0xe8) return true;  // call rel32
  // call r/m64: FF /2, two to seven bytes with its operand.
  for (size_t at = 0; at + 1 < sizeof before; ++at) {
    if (before[at] == 0xff && ((before[at + 1] >> 3) & 7) == 2) return true;
  }
  return false;
}

// Code that has no FDE but starts this near behind the entry is the entry's own (ld.so's _start).
constexpr uint64_t kEntryBytesMax = 128;
}  // namespace

// Some leaf code has no FDE though its module has unwind information: the child's side of glibc's
// clone3, PLT stubs made by lld. There the return address is where a call puts it. That is believed
// when a call instruction does end there, in code that an FDE covers; and it is marked.
bool Unwinder::step_out_of_leaf(const AddressSpace& space, const unwind::StackMemory& memory,
                                unwind::Registers& registers) const {
  const unwind::ArchRegisters numbers = unwind::registers_of(arch_);
  uint64_t caller = 0;
  uint64_t sp = registers.value[numbers.sp];
  if (arch_ == unwind::Arch::kX86_64) {
    if (memory.size < sizeof caller) return false;
    std::memcpy(&caller, memory.bytes, sizeof caller);
    sp += sizeof caller;
  } else {
    caller = registers.value[numbers.ra];
  }
  const MappedRange* range = caller ? space.find(caller - 1) : nullptr;
  if (!range || range->module->kind == ModuleKind::kAnonymous) return false;
  const unwind::TableView& table = store_.table(*range->module);
  if (!table ||
      unwind::find_rule(table, Svma{caller - 1 - range->bias}).cfa == unwind::CfaKind::kNone) {
    return false;
  }
  if (!follows_call(*range->module, caller - range->bias, arch_)) return false;
  registers.set(numbers.pc, caller);
  registers.set(numbers.sp, sp);
  return true;
}

// A new thread before its first instruction: in the C library's system call that made it, which no
// FDE covers, on the child's side (there the call gives 0) and with an empty stack.
bool Unwinder::is_new_thread(const AddressSpace& space, const unwind::Registers& registers) const {
  const unwind::ArchRegisters numbers = unwind::registers_of(arch_);
  const uint64_t pc = registers.value[numbers.pc];
  const MappedRange* range = space.find(pc);
  constexpr uint8_t kResult = 0;  // rax, x0: DWARF's first on both
  if (!range || !registers.has(kResult) || registers.value[kResult] != 0) return false;
  const bool arm = arch_ == unwind::Arch::kAarch64;
  uint8_t code[4] = {};
  const size_t bytes = arm ? 4 : 2;
  if (!range->module->read_code(Svma{pc - range->bias - bytes}, code, bytes)) return false;
  static constexpr uint8_t kSvc[] = {0x01, 0x00, 0x00, 0xd4}, kSyscall[] = {0x0f, 0x05};
  return std::memcmp(code, arm ? kSvc : kSyscall, bytes) == 0;
}

// A return address that no call put there: the first instruction of a function, before which lies
// what is no code. Laid by hand at the root of a new stack (makecontext(3)).
bool Unwinder::is_start_by_hand(const AddressSpace& space, const unwind::WalkResult& result) const {
  const unwind::WalkedFrame& last = walked_[result.frame_count - 1];
  if (last.marks.kind != unwind::FrameKind::kReturnAddress) return false;
  const MappedRange* range = space.find(last.address);
  if (!range || range->module->kind == ModuleKind::kAnonymous) return false;
  const unwind::TableView& table = store_.table(*range->module);
  if (!table) return false;
  return unwind::find_rule(table, Svma{last.address - range->bias}).cfa != unwind::CfaKind::kNone;
}

// musl's code has no unwind information, so that a walk ends at the caller of main, or of a
// thread's function. Both hand its result on to what ends the program or the thread, and never
// returns: "mov %eax,%edi; call", with or without the prefix for 64 bits.
bool Unwinder::is_start_of_musl(const AddressSpace& space, const unwind::WalkResult& result) const {
  const unwind::WalkedFrame& last = walked_[result.frame_count - 1];
  if (arch_ != unwind::Arch::kX86_64 || last.marks.kind != unwind::FrameKind::kReturnAddress) {
    return false;
  }
  const MappedRange* range = space.find(last.address);
  if (!range || range->module->path.find("musl") == std::string::npos) return false;
  uint8_t code[4] = {};
  if (!range->module->read_code(Svma{last.address - range->bias}, code, sizeof code)) return false;
  const size_t at = code[0] == 0x48 ? 1 : 0;
  return code[at] == 0x89 && code[at + 1] == 0xc7 && code[at + 2] == 0xe8;
}

bool Unwinder::is_entry(const AddressSpace& space, const unwind::WalkResult& result) const {
  if (result.frame_count == 0) return false;
  const uint64_t address = walked_[result.frame_count - 1].address;
  const MappedRange* range = space.find(address);
  if (!range || raw(range->module->entry) == 0) return false;
  const uint64_t svma = address - range->bias;
  return svma >= raw(range->module->entry) && svma < raw(range->module->entry) + kEntryBytesMax;
}

unwind::WalkResult Unwinder::walk_tables(const unwind::Registers& registers,
                                         const unwind::StackMemory& memory,
                                         const unwind::Modules& modules, UnwoundStack& out) {
  const auto& context = *static_cast<Context*>(modules.context);
  const AddressSpace& space = *context.space;
  unwind::WalkResult result =
      walker_->walk(registers, memory, modules, walked_.data(), kFramesMax, &context.before);
  if (result.end != unwind::WalkEnd::kNoRule) return result;
  unwind::Registers caller = registers;
  if (result.frame_count == 1 && step_out_of_leaf(space, memory, caller)) {
    unwind::WalkResult outer =
        walker_->walk(caller, memory, modules, walked_.data() + 1, kFramesMax - 1, &context.before);
    // Only the leaf's own address was exact: this one is a return address.
    walked_[1].marks.kind = unwind::FrameKind::kReturnAddress;
    ++outer.frame_count;
    result = outer;
    out.leaf_assumed = true;
  }
  if (result.end == unwind::WalkEnd::kNoRule && is_start_by_hand(space, result)) {
    // Where it would have gone on to: the look-up of a place that is no call's is not one before.
    walked_[result.frame_count - 1].marks.kind = unwind::FrameKind::kPc;
    result.end = unwind::WalkEnd::kComplete;
  }
  if (result.end == unwind::WalkEnd::kNoRule &&
      (is_entry(space, result) || is_start_of_musl(space, result) ||
       (result.frame_count == 1 && is_new_thread(space, registers)))) {
    result.end = unwind::WalkEnd::kComplete;
  }
  return result;
}

namespace {
// Where a signal frame keeps what the interrupted code has to have back, as words before the saved
// pc: [from, to). On both architectures the stack pointer is the last before it (asm/sigcontext.h).
struct SavedWords {
  size_t from, to;
};
constexpr SavedWords kSavedX86[] = {{12, 8}, {6, 4}, {1, 0}};  // r12..r15, rbp rbx, rsp
constexpr SavedWords kSavedArm[] = {{13, 0}};                  // x19..x30, sp
constexpr size_t kSavedWordsMax = 13;
}  // namespace

// A handler on a stack of its own (sigaltstack(2)): what it interrupted lies on another stack, of
// which the copy has nothing but the saved registers. That stack stands still while the handler
// runs. Were it over by now, another signal may stand in its place: then the saved stack pointer
// and the registers that functions preserve say whether it interrupted the same frame.
bool Unwinder::find_interrupted_stack(Context& c, const unwind::WalkResult& result) const {
  uint32_t interrupted = result.frame_count;
  while (interrupted > 0 && walked_[interrupted - 1].marks.kind != unwind::FrameKind::kPc)
    --interrupted;
  if (interrupted <= 1) return false;
  const uint64_t pc = walked_[interrupted - 1].address;
  const std::span<const uint8_t> copy = c.input->stack;
  const std::span<const SavedWords> saved =
      arch_ == unwind::Arch::kX86_64 ? std::span<const SavedWords>(kSavedX86) : kSavedArm;
  for (size_t at = kSavedWordsMax * 8; at + 8 <= copy.size(); at += 8) {
    uint64_t words[2];  // sp, pc
    std::memcpy(words, copy.data() + at - 8, sizeof words);
    if (words[1] != pc || words[0] - c.stack_start < copy.size() || words[0] == 0) continue;
    uint8_t live[kSavedWordsMax * 8];
    const size_t first = at - sizeof live;
    if (read_process(c.input->live_pid, c.stack_start + first, live, sizeof live) != sizeof live) {
      return false;
    }
    const bool same = std::all_of(saved.begin(), saved.end(), [&](const SavedWords& w) {
      return std::memcmp(live + sizeof live - w.from * 8, copy.data() + at - w.from * 8,
                         (w.from - w.to) * 8) == 0;
    });
    if (!same) return false;
    c.other_start = words[0];
    return true;
  }
  return false;
}

// Has the kernel put pages of zeros where a stack was never touched, by reading them: behind such a
// hole, which may lie amid the locals of any function, its copies of the stack end.
void Unwinder::fill_holes(const UnwindInput& input, uint64_t copy_end) {
  constexpr uint64_t kPage = 4096;
  constexpr size_t kPages = kHoleBytes / kPage;
  uint8_t bytes[kPages];
  iovec local{bytes, sizeof bytes}, remote[kPages];
  for (size_t i = 0; i < kPages; ++i) {
    remote[i] = {reinterpret_cast<void*>(copy_end + i * kPage), 1};
  }
  (void)::process_vm_readv(input.live_pid, &local, 1, remote, kPages, 0);
}

// A copy that ends before the stack does: until the rest is read the function in whose locals it
// ends may have gone, and another have come to its place. So all of its frame that was copied has
// to be as it was.
bool Unwinder::is_same_frame(const Context& c, const unwind::WalkResult& result) const {
  const std::span<const uint8_t> copy = c.input->stack;
  const uint64_t sp = walked_[result.frame_count - 1].sp;
  if (sp < c.stack_start || sp - c.stack_start + kOverlapBytes > copy.size()) return false;
  const std::span<const uint8_t> frame = copy.subspan(sp - c.stack_start);
  std::vector<uint8_t> live(frame.size());
  return read_process(c.input->live_pid, sp, live.data(), live.size()) == live.size() &&
         std::equal(frame.begin(), frame.end(), live.begin());
}

// Walks once more, with what can be read of the stack, or of the interrupted one. Believed when it
// leads to the root, over calls alone.
void Unwinder::walk_on_live(const UnwindInput& input, unwind::StackMemory memory,
                            const unwind::Modules& modules, UnwoundStack& out,
                            unwind::WalkResult& result) {
  auto& c = *static_cast<Context*>(modules.context);
  const bool same = !input.stack_full && result.frame_count > 0 && is_same_frame(c, result);
  if (!same && !find_interrupted_stack(c, result)) return;
  const std::vector<unwind::WalkedFrame> within(walked_.begin(),
                                                walked_.begin() + result.frame_count);
  memory.read = &Unwinder::read;
  memory.at_hand = &c.live;
  c.live = {};
  c.live_reads = 0;
  const unwind::WalkResult on = walk_tables(input.registers, memory, modules, out);
  bool believed = on.end == unwind::WalkEnd::kComplete && on.frame_count > within.size();
  for (size_t i = within.size(); believed && i < on.frame_count; ++i) {
    if (walked_[i].marks.kind != unwind::FrameKind::kReturnAddress) continue;
    const MappedRange* range = c.space->find(walked_[i].address - 1);
    believed = range && range->module->kind != ModuleKind::kAnonymous &&
               follows_call(*range->module, walked_[i].address - range->bias, arch_);
  }
  if (believed) {
    result = on;
  } else {
    std::copy(within.begin(), within.end(), walked_.begin());
  }
}

namespace {
bool same_place(const unwind::WalkedFrame& a, const unwind::WalkedFrame& b) {
  return a.address == b.address && a.marks.kind == b.marks.kind;
}
}  // namespace

// Code without unwind information may still keep frame pointers: that of JIT compilers does, amid
// code that has tables. They are believed only when they lead all the way.
void Unwinder::walk_with_frame_pointers(const UnwindInput& input, const unwind::StackMemory& memory,
                                        const unwind::Modules& modules, UnwoundStack& out,
                                        unwind::WalkResult& result) {
  const std::vector<unwind::WalkedFrame> by_tables(walked_.begin(),
                                                   walked_.begin() + result.frame_count);
  unwind::Modules assuming = modules;
  assuming.generation |= uint64_t{1} << 63;
  assuming.assume_frame_pointers = true;
  const unwind::WalkedBefore none;
  unwind::WalkResult assumed =
      walker_->walk(input.registers, memory, assuming, walked_.data(), kFramesMax, &none);
  if (assumed.end != unwind::WalkEnd::kComplete) {
    assumed =
        walker_->walk_frame_pointers(input.registers, memory, modules, walked_.data(), kFramesMax);
  }
  // Fewer frames than rules led to are no whole stack.
  if (assumed.end == unwind::WalkEnd::kComplete && assumed.frame_count >= by_tables.size()) {
    result = assumed;
    out.by_frame_pointers = true;
    // A walk by tables alone must not take over what was assumed.
    for (uint32_t i = 0; i < result.frame_count; ++i) walked_[i].marks.by_common_rule = false;
  } else {
    std::copy(by_tables.begin(), by_tables.end(), walked_.begin());
  }
}

// Makes `recent` the walk in walked_. How many of its outermost frames it had already.
uint32_t Unwinder::remember(const AddressSpace& space, uint32_t depth, Recent& recent) {
  uint32_t shared = 0;
  if (recent.generation == space.generation()) {
    const uint32_t both = std::min(depth, static_cast<uint32_t>(recent.walked.size()));
    while (shared < both && same_place(walked_[depth - 1 - shared],
                                       recent.walked[recent.walked.size() - 1 - shared])) {
      ++shared;
    }
  }
  recent.generation = space.generation();
  recent.walked.assign(walked_.begin(), walked_.begin() + depth);
  const uint32_t own = depth - shared;
  std::vector<StackFrame>& frames = recent.frames;
  frames.erase(frames.begin(), frames.end() - shared);
  frames.insert(frames.begin(), own, StackFrame{});
  const MappedRange* last = nullptr;
  for (uint32_t i = 0; i < own; ++i) {
    const uint64_t at = unwind::lookup_address(walked_[i].address, walked_[i].marks.kind);
    if (!last || at < last->begin || at >= last->end) last = space.find(at);
    frames[i] = last ? StackFrame{last->module, at - last->bias} : StackFrame{nullptr, at};
  }
  return shared;
}

UnwoundStack Unwinder::take(const AddressSpace& space, std::span<const uint64_t> addresses,
                            unwind::WalkEnd end, uint32_t thread) {
  const auto depth = static_cast<uint32_t>(std::min<size_t>(addresses.size(), kFramesMax));
  // Marked as found by no rule: no later walk takes them over.
  for (uint32_t i = 0; i < depth; ++i) walked_[i] = {.address = addresses[i]};
  Recent& recent = recent_[thread % kRecentStacks];
  UnwoundStack out;
  out.end = end;
  out.shared = remember(space, depth, recent);
  out.frames = recent.frames;
  return out;
}

UnwoundStack Unwinder::unwind(const AddressSpace& space, const UnwindInput& input, Method method) {
  const unwind::ArchRegisters regs = unwind::registers_of(arch_);
  Context context{.unwinder = this,
                  .space = &space,
                  .input = &input,
                  .stack_start = input.registers.value[regs.sp]};
  unwind::StackMemory memory{.start = context.stack_start,
                             .bytes = input.stack.data(),
                             .size = input.stack.size(),
                             .context = &context};
  if (input.stack_full && input.live_pid > 0 && input.stack.size() > kOverlapBytes) {
    memory.read = &Unwinder::read;
    memory.at_hand = &context.live;
  }
  const unwind::Modules modules{
      .context = &context, .lookup = &Unwinder::lookup, .generation = space.generation()};

  Recent& recent = recent_[input.thread % kRecentStacks];
  if (recent.generation == space.generation()) {
    context.before = {recent.walked.data(), static_cast<uint32_t>(recent.walked.size())};
  }

  UnwoundStack out;
  unwind::WalkResult result;
  if (method == Method::kFramePointers) {
    result =
        walker_->walk_frame_pointers(input.registers, memory, modules, walked_.data(), kFramesMax);
    out.by_frame_pointers = true;
  } else {
    result = walk_tables(input.registers, memory, modules, out);
    if (result.end == unwind::WalkEnd::kStackEnd && input.live_pid > 0) {
      walk_on_live(input, memory, modules, out, result);
      if (!input.stack_full) fill_holes(input, context.stack_start + input.stack.size());
    }
    if (method == Method::kAuto &&
        (result.end == unwind::WalkEnd::kNoTable || result.end == unwind::WalkEnd::kNoRule)) {
      walk_with_frame_pointers(input, memory, modules, out, result);
    }
  }
  out.end = result.end;
  out.spliced = result.used_read;
  out.shared = remember(space, result.frame_count, recent);
  out.frames = recent.frames;
  out.walked = recent.walked;
  return out;
}

}  // namespace hone::stacks
