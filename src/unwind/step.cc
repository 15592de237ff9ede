#include "unwind/step.h"

#include <string.h>

#include "base/bytes.h"
#include "unwind/cfa_program.h"
#include "unwind/expression.h"

namespace hone::unwind {
namespace {

// What survives a call.
constexpr uint64_t callee_saved(Arch arch) {
  if (arch == Arch::kX86_64)
    return uint64_t{1} << 3 | uint64_t{1} << 6 | uint64_t{0xf} << 12;  // rbx rbp r12..r15
  return uint64_t{0x7ff} << 19;                                        // x19..x28, fp
}

StepResult of_eval(EvalResult result) {
  switch (result) {
    case EvalResult::kOk:
      return StepResult::kCaller;
    case EvalResult::kMissingRegister:
      return StepResult::kMissingRegister;
    case EvalResult::kMissingMemory:
      return StepResult::kMissingMemory;
    case EvalResult::kUnsupported:
      break;
  }
  return StepResult::kUnsupported;
}

class Stepper {
 public:
  Stepper(Arch arch, const Registers& registers, FrameKind kind, const Rule& rule,
          const TableView& table, uint64_t bias, const StackMemory& memory)
      : arch_(arch),
        numbers_(registers_of(arch)),
        registers_(registers),
        kind_(kind),
        rule_(rule),
        table_(table),
        memory_(memory),
        context_{registers, memory, bias, false} {}

  StepResult run(Registers* caller, bool* spliced);

 private:
  StepResult find_cfa();
  StepResult check_cfa() const;
  StepResult find_return_address(uint64_t* address, bool* spliced);
  void restore_slots(Registers* caller);
  void restore_extension(Registers* caller);
  bool load_saved(unsigned reg, uint64_t address, uint64_t* value);
  StepResult entry_value(const SavedEntry& entry, uint64_t* value);
  StepResult expression_at(int32_t offset, bool with_cfa, uint64_t* value);
  bool find_entry(unsigned reg, SavedEntry* entry) const;
  bool load(uint64_t address, uint64_t* value) {
    return read_stack(memory_, address, value, &context_.used_read);
  }

  Arch arch_;
  ArchRegisters numbers_;
  const Registers& registers_;
  FrameKind kind_;
  const Rule& rule_;
  const TableView& table_;
  const StackMemory& memory_;
  EvalContext context_;
  uint64_t cfa_ = 0;
};

StepResult Stepper::run(Registers* caller, bool* spliced) {
  if (rule_.ra == RaKind::kUndefined) return StepResult::kOutermost;
  StepResult result = find_cfa();
  if (result != StepResult::kCaller) return result;
  result = check_cfa();
  if (result != StepResult::kCaller) return result;
  uint64_t address = 0;
  result = find_return_address(&address, spliced);
  if (result != StepResult::kCaller) return result;

  // A signal handler's caller did not call: all its registers are as they were.
  const bool is_signal = rule_.flags & kSignalFrame;
  caller->valid = registers_.valid & callee_saved(arch_);
  memcpy(caller->value, registers_.value, sizeof(caller->value));
  restore_slots(caller);
  caller->set(numbers_.sp, cfa_);
  if (rule_.flags & kHasExtension) restore_extension(caller);
  if (!is_signal && arch_ == Arch::kAarch64) caller->valid &= ~(uint64_t{1} << numbers_.ra);
  caller->set(numbers_.pc, without_pac(arch_, address));
  return caller->value[numbers_.pc] == 0 ? StepResult::kOutermost : StepResult::kCaller;
}

StepResult Stepper::find_cfa() {
  const uint64_t offset = static_cast<uint64_t>(int64_t{rule_.offset});
  switch (rule_.cfa) {
    case CfaKind::kRegister:
    case CfaKind::kRegisterDeref:
      if (!registers_.has(rule_.cfa_register)) return StepResult::kMissingRegister;
      cfa_ = registers_.value[rule_.cfa_register] + offset;
      if (rule_.cfa == CfaKind::kRegisterDeref && !load(cfa_, &cfa_))
        return StepResult::kMissingMemory;
      return StepResult::kCaller;
    case CfaKind::kPlt:
      cfa_ = registers_.value[numbers_.sp] + 8 +
             ((registers_.value[numbers_.pc] & 15) >= offset ? 8 : 0);
      return StepResult::kCaller;
    case CfaKind::kExpression:
      return expression_at(rule_.offset, false, &cfa_);
    case CfaKind::kNone:
      break;
  }
  return StepResult::kUnsupported;
}

// Stacks grow down, so each caller's frame lies above: that ends every walk. Two exceptions: a
// leaf on aarch64 may have no frame at all, and a signal may have switched to another stack (the
// walk is then bounded by the number of frames).
StepResult Stepper::check_cfa() const {
  if (rule_.flags & kSignalFrame) return StepResult::kCaller;
  const uint64_t sp = registers_.value[numbers_.sp];
  if (cfa_ > sp) return StepResult::kCaller;
  const bool is_leaf = cfa_ == sp && arch_ == Arch::kAarch64 && kind_ == FrameKind::kPc;
  return is_leaf ? StepResult::kCaller : StepResult::kBadCfa;
}

StepResult Stepper::find_return_address(uint64_t* address, bool* spliced) {
  context_.used_read = false;
  StepResult result = StepResult::kCaller;
  unsigned reg = numbers_.ra;
  switch (rule_.ra) {
    case RaKind::kOffset:
      if (!load(cfa_ + static_cast<uint64_t>(int64_t{rule_.ra_offset}), address))
        result = StepResult::kMissingMemory;
      break;
    case RaKind::kRegister:
      reg = static_cast<unsigned>(rule_.ra_offset);
      [[fallthrough]];
    case RaKind::kSameValue:
      // Only a frame that has made no call still has it there; x86-64 has no such register.
      if (reg == numbers_.pc) return StepResult::kUnsupported;
      if (rule_.ra == RaKind::kSameValue && kind_ != FrameKind::kPc) return StepResult::kBadCfa;
      if (!registers_.has(reg)) return StepResult::kMissingRegister;
      *address = registers_.value[reg];
      break;
    case RaKind::kExpression: {
      SavedEntry entry;
      if (!find_entry(numbers_.ra, &entry)) return StepResult::kUnsupported;
      result = entry_value(entry, address);
      break;
    }
    case RaKind::kUndefined:
      return StepResult::kOutermost;
  }
  *spliced = context_.used_read;
  return result;
}

void Stepper::restore_slots(Registers* caller) {
  const unsigned slots = rule_.flags & kHasExtension ? 2 : sizeof(rule_.saved);
  for (unsigned slot = 0; slot < slots; ++slot) {
    if (rule_.saved[slot] == 0) continue;
    const unsigned reg = slot_register(arch_, slot);
    if (reg == kNoSlot) continue;
    uint64_t value;
    caller->valid &= ~(uint64_t{1} << reg);
    if (load_saved(reg, cfa_ - 8 * uint64_t{rule_.saved[slot]}, &value)) caller->set(reg, value);
  }
}

// Where a register was put on the stack. In an epilogue the place may lie below sp already (GCC
// says nothing of the pops): then it is back in the register. The other reason for a place below
// sp is a leaf that saves in the red zone, which the snapshot tells if it holds that; `read` would
// give what the thread has written there since.
bool Stepper::load_saved(unsigned reg, uint64_t address, uint64_t* value) {
  constexpr uint64_t kRedZone = 128;
  const uint64_t sp = registers_.value[numbers_.sp];
  if (kind_ != FrameKind::kPc || address >= sp) return load(address, value);
  StackMemory snapshot = memory_;
  snapshot.read = nullptr;
  if (address >= sp - kRedZone && read_stack(snapshot, address, value, &context_.used_read))
    return true;
  *value = registers_.value[reg];
  return registers_.has(reg);
}

void Stepper::restore_extension(Registers* caller) {
  const uint8_t* at = table_.expressions + extension_offset(rule_);
  uint32_t count;
  memcpy(&count, at, 4);
  at += 4;
  for (uint32_t i = 0; i < count; ++i, at += sizeof(SavedEntry)) {
    SavedEntry entry;
    memcpy(&entry, at, sizeof(entry));
    uint64_t value;
    // What cannot be found is missing, which matters only if a later frame asks for it.
    caller->valid &= ~(uint64_t{1} << entry.reg);
    if (entry_value(entry, &value) == StepResult::kCaller) caller->set(entry.reg, value);
  }
}

StepResult Stepper::entry_value(const SavedEntry& entry, uint64_t* value) {
  const uint64_t offset = static_cast<uint64_t>(int64_t{entry.value});
  switch (entry.kind) {
    case SavedKind::kOffset:
      return load_saved(entry.reg, cfa_ + offset, value) ? StepResult::kCaller
                                                         : StepResult::kMissingMemory;
    case SavedKind::kValueOffset:
      *value = cfa_ + offset;
      return StepResult::kCaller;
    case SavedKind::kRegister: {
      const unsigned reg = static_cast<unsigned>(entry.value);
      if (!registers_.has(reg)) return StepResult::kMissingRegister;
      *value = registers_.value[reg];
      return StepResult::kCaller;
    }
    case SavedKind::kExpression: {
      uint64_t address;
      const StepResult result = expression_at(entry.value, true, &address);
      if (result != StepResult::kCaller) return result;
      return load(address, value) ? StepResult::kCaller : StepResult::kMissingMemory;
    }
    case SavedKind::kValueExpression:
      return expression_at(entry.value, true, value);
    case SavedKind::kUndefined:
      break;
  }
  return StepResult::kMissingRegister;
}

StepResult Stepper::expression_at(int32_t offset, bool with_cfa, uint64_t* value) {
  base::ByteReader in(table_.expressions + offset,
                      table_.header->expression_bytes - static_cast<size_t>(offset));
  const uint64_t length = in.uleb();
  return of_eval(evaluate(context_, in.cursor(), length, with_cfa, cfa_, value));
}

bool Stepper::find_entry(unsigned reg, SavedEntry* entry) const {
  const uint8_t* at = table_.expressions + extension_offset(rule_);
  uint32_t count;
  memcpy(&count, at, 4);
  at += 4;
  for (uint32_t i = 0; i < count; ++i, at += sizeof(SavedEntry)) {
    memcpy(entry, at, sizeof(*entry));
    if (entry->reg == reg) return true;
  }
  return false;
}

}  // namespace

StepResult step_to_caller(Arch arch, Registers& registers, FrameKind kind, const Rule& rule,
                          const TableView& table, uint64_t bias, const StackMemory& memory,
                          bool* spliced) {
  Registers caller;
  Stepper stepper(arch, registers, kind, rule, table, bias, memory);
  const StepResult result = stepper.run(&caller, spliced);
  if (result == StepResult::kCaller) registers = caller;
  return result;
}

}  // namespace hone::unwind
