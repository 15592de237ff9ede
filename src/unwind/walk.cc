#include "unwind/walk.h"

#include <stddef.h>
#include <string.h>

#include "unwind/expression.h"
#include "unwind/step.h"

namespace hone::unwind {

struct Walker::Request {
  const StackMemory& memory;
  const Modules& modules;
  WalkedFrame* frames;
  uint32_t frames_max;
  bool keep = false;  // fill in what follow() needs the next time
  const WalkedFrame* before = nullptr;
  const WalkedFrame* before_end = nullptr;
};

namespace {

// Frames between two looks at the walk before.
constexpr uint32_t kStride = 16;

WalkEnd end_of(StepResult result) {
  switch (result) {
    case StepResult::kOutermost:
      return WalkEnd::kComplete;
    case StepResult::kMissingMemory:
      return WalkEnd::kStackEnd;
    case StepResult::kBadCfa:
      return WalkEnd::kBadCfa;
    case StepResult::kCaller:
    case StepResult::kMissingRegister:
    case StepResult::kUnsupported:
      break;
  }
  return WalkEnd::kUnsupported;
}

// The kinds and flags of a rule in one number: | flags | ra | cfa_register | cfa |.
uint32_t shape_of(const Rule& rule) {
  uint32_t shape;
  memcpy(&shape, &rule.cfa, sizeof(shape));
  return shape;
}
constexpr uint32_t kShapeMask = ~(uint32_t{kPacSigned} << 24);
// All common but for the register, which goes into bits 8..15.
constexpr uint32_t kCommonShape =
    static_cast<uint32_t>(CfaKind::kRegister) | static_cast<uint32_t>(RaKind::kOffset) << 16;

// Bytes of a stack, in registers of the hot loop.
class Window {
 public:
  explicit Window(const StackBytes& memory)
      : delta_(reinterpret_cast<uint64_t>(memory.bytes) - memory.start),
        start_(memory.start),
        readable_(memory.size >= 8 ? memory.size - 7 : 0) {}
  bool load(uint64_t address, uint64_t* value) const {
    if (address - start_ >= readable_) return false;
    memcpy(value, reinterpret_cast<const void*>(address + delta_), 8);
    return true;
  }

 private:
  uint64_t delta_, start_, readable_;
};

constexpr uint64_t key_of(uint64_t address, FrameKind kind) {
  return lookup_address(address, kind) + 1;
}

}  // namespace

const char* text(WalkEnd end) {
  switch (end) {
    case WalkEnd::kComplete:
      return "complete";
    case WalkEnd::kNoModule:
      return "address in no module";
    case WalkEnd::kNoTable:
      return "module without unwind information";
    case WalkEnd::kNoRule:
      return "address without unwind information";
    case WalkEnd::kUnsupported:
      return "unwind rule not supported";
    case WalkEnd::kStackEnd:
      return "end of the stack snapshot";
    case WalkEnd::kBadCfa:
      return "damaged stack";
    case WalkEnd::kFrameLimit:
      return "too many frames";
    case WalkEnd::kNoRegisters:
      return "no user registers";
  }
  return "unknown";
}

Walker::Walker(Arch arch) : arch_(arch), cache_{} {}

bool Walker::find_module(uint64_t address, const Request& request, WalkEnd* end) {
  const bool is_last = module_generation_ == request.modules.generation &&
                       address >= module_.begin && address < module_.end;
  if (is_last) return true;
  module_generation_ = 0;
  MappedTable found;
  if (!request.modules.lookup ||
      !request.modules.lookup(request.modules.context, address, &found)) {
    *end = WalkEnd::kNoModule;
    return false;
  }
  module_ = found;
  module_generation_ = request.modules.generation;
  return true;
}

// Where no table has a rule.
const Rule* Walker::missing(uint64_t key, const Request& request, WalkEnd why, WalkEnd* end) {
  if (!request.modules.assume_frame_pointers) {
    *end = why;
    return nullptr;
  }
  // push rbp; mov rbp, rsp, and the frame record of AAPCS64: fp, then the return address.
  Rule rule{};
  rule.offset = 16;
  rule.cfa = CfaKind::kRegister;
  rule.cfa_register = static_cast<uint8_t>(registers_of(arch_).fp);
  rule.ra = RaKind::kOffset;
  rule.ra_offset = -8;
  rule.saved[1] = 2;
  CachedRule& slot = slot_of(key);
  slot = CachedRule{key, request.modules.generation, rule};
  return &slot.rule;
}

// The rule for a frame, from the cache or else from its module's table. nullptr: none, see *end.
const Rule* Walker::rule_at(uint64_t address, FrameKind kind, const Request& request,
                            WalkEnd* end) {
  const uint64_t key = key_of(address, kind);
  CachedRule& slot = slot_of(key);
  if (slot.key == key && slot.generation == request.modules.generation) return &slot.rule;
  if (!find_module(key - 1, request, end)) return nullptr;
  if (!module_.table || module_.table.header->arch != arch_) {
    return missing(key, request, WalkEnd::kNoTable, end);
  }
  const Rule& rule = find_rule(module_.table, Svma{key - 1 - module_.bias});
  if (rule.cfa == CfaKind::kNone) return missing(key, request, WalkEnd::kNoRule, end);
  slot = CachedRule{key, request.modules.generation, rule};
  return &slot.rule;
}

enum class Walker::Step : uint8_t { kCaller, kMissingRegister, kEnd };

// Takes `frame` to its caller by the complete evaluation.
Walker::Step Walker::step(Frame& frame, const Rule& rule, const Request& request, WalkEnd* end) {
  const uint64_t pc = frame.registers.value[registers_of(arch_).pc];
  // Only expressions and extensions need the table, which the rule cache does not keep.
  const bool needs_table = (rule.flags & kHasExtension) || rule.cfa == CfaKind::kExpression;
  if (needs_table) {
    if (!find_module(lookup_address(pc, frame.kind), request, end)) return Step::kEnd;
    if (!module_.table) {
      *end = WalkEnd::kNoTable;
      return Step::kEnd;
    }
  }
  const StepResult result = step_to_caller(arch_, frame.registers, frame.kind, rule, module_.table,
                                           module_.bias, request.memory, &frame.spliced);
  if (result == StepResult::kCaller) {
    frame.kind = rule.flags & kSignalFrame ? FrameKind::kPc : FrameKind::kReturnAddress;
    return Step::kCaller;
  }
  *end = end_of(result);
  return result == StepResult::kMissingRegister ? Step::kMissingRegister : Step::kEnd;
}

// Recovers every register of the frame that is `count` steps out from `registers`: the hot loop
// keeps pc, sp and fp alone, since few rules ask for more.
bool Walker::replay(Frame& frame, const Registers& registers, uint32_t count,
                    const Request& request) {
  frame = Frame{registers, FrameKind::kPc, false};
  const ArchRegisters numbers = registers_of(arch_);
  WalkEnd end;
  for (uint32_t i = 0; i < count; ++i) {
    const Rule* rule = rule_at(frame.registers.value[numbers.pc], frame.kind, request, &end);
    if (!rule || step(frame, Rule(*rule), request, &end) != Step::kCaller) return false;
  }
  return true;
}

// Writes the callers of `at` for as long as their rules are cached and common: the CFA by sp or
// fp, the return address and fp on the snapshot, or beyond it where bytes are at hand. Everything
// else is left to run(). The chain from one return address to the next is what it costs, so that
// nothing else is kept or asked here.
template <Arch kArch, bool kKeep>
void Walker::run_common(Cursor& at, const Request& request, uint32_t count_max) {
  constexpr ArchRegisters kNumbers = registers_of(kArch);
  constexpr uint32_t kBySp = kCommonShape | kNumbers.sp << 8;
  constexpr uint32_t kByFp = kCommonShape | kNumbers.fp << 8;
  const StackMemory& memory = request.memory;
  const bool beyond = memory.at_hand && at.sp - memory.start >= memory.size &&
                      at.sp - memory.at_hand->start < memory.at_hand->size;
  const auto marks = __builtin_bit_cast(
      uint32_t, WalkedFrame::Marks{
                    .kind = FrameKind::kReturnAddress, .spliced = beyond, .by_common_rule = true});
  const Window window(beyond ? *memory.at_hand
                             : StackBytes{memory.start, memory.bytes, memory.size});
  const uint64_t generation = request.modules.generation;
  WalkedFrame* frame = request.frames + at.count;
  WalkedFrame* const frames_end = request.frames + count_max;
  uint64_t key = key_of(at.pc, at.kind);
  uint64_t pc = at.pc, sp = at.sp, fp = at.fp;
  while (frame != frames_end) {
    const CachedRule& slot = slot_of(key);
    if (slot.key != key || slot.generation != generation) break;
    const Rule& rule = slot.rule;
    const uint32_t shape = shape_of(rule) & kShapeMask;
    uint64_t cfa = sp;
    if (shape != kBySp) {
      if (shape != kByFp) break;
      cfa = fp;
    }
    cfa += static_cast<uint64_t>(int64_t{rule.offset});
    uint64_t caller_pc, caller_fp = fp;
    if (cfa <= sp) break;
    if (!window.load(cfa + static_cast<uint64_t>(int64_t{rule.ra_offset}), &caller_pc)) break;
    if (rule.saved[1] && !window.load(cfa - 8 * uint64_t{rule.saved[1]}, &caller_fp)) break;
    key = pc = without_pac(kArch, caller_pc);
    sp = cfa;
    fp = caller_fp;
    if (pc == 0) {
      at.ended = true;
      break;
    }
    frame->address = pc;
    if constexpr (kKeep) {
      frame->sp = sp;
      frame->fp = fp;
      memcpy(static_cast<void*>(&frame->places),
             reinterpret_cast<const uint8_t*>(&rule) + offsetof(Rule, ra_offset),
             sizeof frame->places);
    }
    memcpy(static_cast<void*>(&frame->marks), &marks, sizeof marks);
    ++frame;
  }
  const uint32_t count = static_cast<uint32_t>(frame - request.frames);
  at.moved = count != at.count;
  if (at.moved) {
    at.kind = FrameKind::kReturnAddress;
    at.spliced |= beyond;
  }
  at.pc = pc;
  at.sp = sp;
  at.fp = fp;
  at.count = count;
}

// Takes over frames of the walk before, if it came by `at`. Whether any were.
template <Arch kArch>
bool Walker::follow(Cursor& at, const Request& request) {
  const WalkedFrame* const end = request.before_end;
  while (at.before != end && at.before->sp < at.sp) ++at.before;
  const WalkedFrame* from = at.before;
  if (from == end || from->sp != at.sp || from->address != at.pc || from->fp != at.fp ||
      from->marks.kind != at.kind || at.kind != FrameKind::kReturnAddress) {
    return false;
  }
  const StackMemory& memory = request.memory;
  const Window copy({memory.start, memory.bytes, memory.size});
  const uint32_t count = at.count;
  for (++from; from != end && from->marks.by_common_rule && at.count != request.frames_max;
       ++from) {
    bool beyond = false;
    const auto holds = [&](int64_t offset, uint64_t expected, bool is_code) {
      const uint64_t address = from->sp + static_cast<uint64_t>(offset);
      uint64_t value = 0;
      if (!copy.load(address, &value) && !read_stack(memory, address, &value, &beyond)) {
        return false;
      }
      return (is_code ? without_pac(kArch, value) : value) == expected;
    };
    if (!holds(from->places.ra_offset, from->address, true)) break;
    if (from->places.fp_saved != 0 && !holds(-8 * int64_t{from->places.fp_saved}, from->fp, false))
      break;
    WalkedFrame& frame = request.frames[at.count++];
    frame = *from;
    frame.marks.spliced = beyond;
    at.spliced |= beyond;
  }
  if (at.count == count) return false;
  const WalkedFrame& last = request.frames[at.count - 1];
  at.pc = last.address;
  at.sp = last.sp;
  at.fp = last.fp;
  return true;
}

// As far as common rules lead.
template <Arch kArch>
void Walker::advance(Cursor& at, const Request& request) {
  if (!request.keep) return run_common<kArch, false>(at, request, request.frames_max);
  bool moved = false;
  for (;;) {
    const bool more = at.before != request.before_end;
    const bool strides = more && request.frames_max - at.count > kStride;
    const uint32_t stop = strides ? at.count + kStride : request.frames_max;
    run_common<kArch, true>(at, request, stop);
    moved |= at.moved;
    if (at.ended || at.count != stop || stop == request.frames_max) break;
    moved |= follow<kArch>(at, request);
  }
  at.moved = moved;
}

template <Arch kArch>
WalkResult Walker::run(const Registers& initial, const Request& request) {
  constexpr ArchRegisters kNumbers = registers_of(kArch);
  Cursor at;
  at.pc = initial.value[kNumbers.pc];
  at.sp = initial.value[kNumbers.sp];
  at.fp = initial.has(kNumbers.fp) ? initial.value[kNumbers.fp] : 0;
  at.before = request.before;
  request.frames[0] = {.address = at.pc, .sp = at.sp, .fp = at.fp};
  advance<kArch>(at, request);
  WalkResult result{.frame_count = at.count, .end = WalkEnd::kComplete, .used_read = at.spliced};
  if (at.ended) return result;
  // Most walks end here, at a start function that says that it has no caller.
  const CachedRule& last = slot_of(key_of(at.pc, at.kind));
  if (last.key == key_of(at.pc, at.kind) && last.generation == request.modules.generation &&
      last.rule.ra == RaKind::kUndefined)
    return result;
  return run_rest<kArch>(at, initial, request);
}

// The walk from `at` on, with the complete evaluation wherever the common one stops.
template <Arch kArch>
WalkResult Walker::run_rest(Cursor& at, const Registers& initial, const Request& request) {
  constexpr ArchRegisters kNumbers = registers_of(kArch);
  WalkResult result;
  Frame frame;
  frame.registers = initial;
  bool is_full = true;     // `frame` has all registers that can be known
  bool keep_full = false;  // once they were asked for, they are carried on: one replay a walk
  for (;;) {
    if (at.ended) {
      result.end = WalkEnd::kComplete;
      break;
    }
    if (at.moved) {
      is_full = false;
      frame.registers.valid = 0;
      frame.registers.set(kNumbers.pc, at.pc);
      frame.registers.set(kNumbers.sp, at.sp);
      frame.registers.set(kNumbers.fp, at.fp);
      frame.kind = at.kind;
      at.moved = false;
    }
    const bool was_cached = slot_of(key_of(at.pc, at.kind)).key == key_of(at.pc, at.kind);
    const Rule* found = rule_at(at.pc, at.kind, request, &result.end);
    if (!found) break;
    const Rule rule = *found;  // the cache may change below
    if (!was_cached && !keep_full) {
      advance<kArch>(at, request);
      if (at.moved || at.ended) continue;
    }
    Step done = step(frame, rule, request, &result.end);
    if (done == Step::kMissingRegister && !is_full &&
        replay(frame, initial, at.count - 1, request)) {
      is_full = keep_full = true;
      done = step(frame, rule, request, &result.end);
    }
    if (done != Step::kCaller) break;
    if (at.count == request.frames_max) {
      result.end = WalkEnd::kFrameLimit;
      break;
    }
    at.pc = frame.registers.value[kNumbers.pc];
    at.sp = frame.registers.value[kNumbers.sp];
    at.fp = frame.registers.has(kNumbers.fp) ? frame.registers.value[kNumbers.fp] : 0;
    at.kind = frame.kind;
    result.used_read |= frame.spliced;
    request.frames[at.count++] = {.address = at.pc,
                                  .sp = at.sp,
                                  .fp = at.fp,
                                  .marks = {.kind = at.kind, .spliced = frame.spliced}};
    if (!keep_full) advance<kArch>(at, request);
  }
  result.frame_count = at.count;
  result.used_read |= at.spliced;
  return result;
}

WalkResult Walker::walk(const Registers& registers, const StackMemory& memory,
                        const Modules& modules, WalkedFrame* frames, uint32_t frames_max,
                        const WalkedBefore* before) {
  const ArchRegisters numbers = registers_of(arch_);
  if (frames_max == 0) return {.frame_count = 0, .end = WalkEnd::kFrameLimit};
  if (!registers.has(numbers.pc) || !registers.has(numbers.sp)) return {};
  Request request{memory, modules, frames, frames_max};
  if (before) {
    request.keep = true;
    request.before = before->frames;
    request.before_end = before->frames + before->count;
  }
  return arch_ == Arch::kX86_64 ? run<Arch::kX86_64>(registers, request)
                                : run<Arch::kAarch64>(registers, request);
}

WalkResult Walker::walk_frame_pointers(const Registers& registers, const StackMemory& memory,
                                       const Modules& modules, WalkedFrame* frames,
                                       uint32_t frames_max) {
  const ArchRegisters numbers = registers_of(arch_);
  WalkResult result;
  if (frames_max == 0) return {.frame_count = 0, .end = WalkEnd::kFrameLimit};
  if (!registers.has(numbers.pc) || !registers.has(numbers.sp)) return result;
  const Request request{memory, modules, frames, frames_max};
  uint64_t fp = registers.has(numbers.fp) ? registers.value[numbers.fp] : 0;
  uint64_t floor = registers.value[numbers.sp];
  frames[0] = {.address = registers.value[numbers.pc], .sp = floor, .fp = fp};
  result.frame_count = 1;
  for (;;) {
    uint64_t caller_fp = 0, pc = 0;
    bool spliced = false;
    if (fp == 0) {
      // The start of a thread has none. Neither need code that uses the register for itself: where
      // no frame pointer led, zero says nothing.
      result.end = result.frame_count > 1 ? WalkEnd::kComplete : WalkEnd::kNoRule;
      break;
    }
    if (fp < floor || fp % 8 != 0) {
      result.end = WalkEnd::kBadCfa;
      break;
    }
    // Both architectures: the caller's frame pointer, then the return address.
    if (!read_stack(memory, fp, &caller_fp, &spliced) ||
        !read_stack(memory, fp + 8, &pc, &spliced)) {
      result.end = WalkEnd::kStackEnd;
      break;
    }
    pc = without_pac(arch_, pc);
    if (pc == 0) {
      result.end = result.frame_count > 1 ? WalkEnd::kComplete : WalkEnd::kNoRule;
      break;
    }
    // Code without frame pointers leaves any number there: what is no code ends the chain.
    if (modules.lookup && !find_module(pc - 1, request, &result.end)) break;
    if (result.frame_count == frames_max) {
      result.end = WalkEnd::kFrameLimit;
      break;
    }
    floor = fp + 16;
    frames[result.frame_count++] = {
        .address = pc, .sp = floor, .fp = caller_fp, .marks = {FrameKind::kReturnAddress, spliced}};
    result.used_read |= spliced;
    fp = caller_fp;
  }
  return result;
}

}  // namespace hone::unwind
