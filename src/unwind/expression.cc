#include "unwind/expression.h"

#include "base/bytes.h"

namespace hone::unwind {
namespace {

using base::ByteReader;

constexpr unsigned kStackMax = 64;
constexpr unsigned kStepsMax = 1024;

// DW_OP_* (DWARF 5, 7.7.1).
enum Op : uint8_t {
  kAddr = 0x03,
  kDeref = 0x06,
  kConst1u = 0x08,
  kConst1s,
  kConst2u,
  kConst2s,
  kConst4u,
  kConst4s,
  kConst8u,
  kConst8s,
  kConstu,
  kConsts,
  kDup = 0x12,
  kDrop,
  kOver,
  kPick,
  kSwap,
  kRot,
  kAbs = 0x19,
  kAnd,
  kDiv,
  kMinus,
  kMod,
  kMul,
  kNeg,
  kNot,
  kOr,
  kPlus,
  kPlusUconst,
  kShl,
  kShr,
  kShra,
  kXor,
  kBra,
  kEq,
  kGe,
  kGt,
  kLe,
  kLt,
  kNe,
  kSkip,
  kLit0 = 0x30,
  kBreg0 = 0x70,
  kBregx = 0x92,
  kDerefSize = 0x94,
  kNop = 0x96,
};

class Machine {
 public:
  Machine(EvalContext& context, const uint8_t* bytes, size_t size)
      : context_(context), bytes_(bytes), size_(size), in_(bytes, size) {}

  void push(uint64_t value) {
    if (depth_ == kStackMax)
      result_ = EvalResult::kUnsupported;
    else
      stack_[depth_++] = value;
  }
  EvalResult run();
  bool top(uint64_t* value) const {
    if (depth_ == 0) return false;
    *value = stack_[depth_ - 1];
    return true;
  }

 private:
  uint64_t pop() {
    if (depth_ != 0) return stack_[--depth_];
    result_ = EvalResult::kUnsupported;
    return 0;
  }
  void step(uint8_t op);
  bool constant(uint8_t op);
  bool stack_op(uint8_t op);
  bool binary(uint8_t op);
  void push_register(uint64_t reg, int64_t offset);
  void deref(unsigned bytes);
  void pick(uint64_t index) {
    if (index < depth_)
      push(stack_[depth_ - 1 - index]);
    else
      result_ = EvalResult::kUnsupported;
  }
  void jump(int16_t distance) {
    const int64_t to = static_cast<int64_t>(size_ - in_.remaining()) + distance;
    if (to < 0 || to > static_cast<int64_t>(size_))
      result_ = EvalResult::kUnsupported;
    else
      in_ = ByteReader(bytes_ + to, size_ - static_cast<size_t>(to));
  }

  EvalContext& context_;
  const uint8_t* bytes_;
  size_t size_;
  ByteReader in_;
  EvalResult result_ = EvalResult::kOk;
  unsigned depth_ = 0;
  uint64_t stack_[kStackMax];
};

EvalResult Machine::run() {
  for (unsigned steps = 0; !in_.at_end() && result_ == EvalResult::kOk; ++steps) {
    if (steps == kStepsMax) return EvalResult::kUnsupported;
    step(in_.u8());
    if (!in_.ok()) return EvalResult::kUnsupported;
  }
  return result_;
}

void Machine::step(uint8_t op) {
  if (op >= kLit0 && op < kLit0 + 32) return push(op - kLit0);
  if (op >= kBreg0 && op < kBreg0 + 32) return push_register(op - kBreg0, in_.sleb());
  if (constant(op) || stack_op(op)) return;
  switch (op) {
    case kNop:
      return;
    case kBregx: {
      const uint64_t reg = in_.uleb();
      return push_register(reg, in_.sleb());
    }
    case kDeref:
      return deref(8);
    case kDerefSize:
      return deref(in_.u8());
    case kAbs: {
      const uint64_t v = pop();
      return push(static_cast<int64_t>(v) < 0 ? 0 - v : v);
    }
    case kNeg:
      return push(0 - pop());
    case kNot:
      return push(~pop());
    case kPlusUconst:
      return push(pop() + in_.uleb());
    case kSkip:
      return jump(in_.i16());
    case kBra: {
      const int16_t distance = in_.i16();
      if (pop() != 0) jump(distance);
      return;
    }
    default:
      if (!binary(op)) result_ = EvalResult::kUnsupported;
  }
}

bool Machine::constant(uint8_t op) {
  switch (op) {
    case kAddr:
      push(in_.u64() + context_.bias);
      return true;
    case kConst1u:
      push(in_.u8());
      return true;
    case kConst1s:
      push(static_cast<uint64_t>(int64_t{static_cast<int8_t>(in_.u8())}));
      return true;
    case kConst2u:
      push(in_.u16());
      return true;
    case kConst2s:
      push(static_cast<uint64_t>(int64_t{in_.i16()}));
      return true;
    case kConst4u:
      push(in_.u32());
      return true;
    case kConst4s:
      push(static_cast<uint64_t>(int64_t{in_.i32()}));
      return true;
    case kConst8u:
    case kConst8s:
      push(in_.u64());
      return true;
    case kConstu:
      push(in_.uleb());
      return true;
    case kConsts:
      push(static_cast<uint64_t>(in_.sleb()));
      return true;
    default:
      return false;
  }
}

bool Machine::stack_op(uint8_t op) {
  switch (op) {
    case kDup:
      pick(0);
      return true;
    case kDrop:
      pop();
      return true;
    case kOver:
      pick(1);
      return true;
    case kPick:
      pick(in_.u8());
      return true;
    case kSwap: {
      const uint64_t a = pop(), b = pop();
      push(a);
      push(b);
      return true;
    }
    case kRot: {
      const uint64_t a = pop(), b = pop(), c = pop();
      push(a);
      push(c);
      push(b);
      return true;
    }
    default:
      return false;
  }
}

bool Machine::binary(uint8_t op) {
  if (op < kAnd || op > kNe || op == kNeg || op == kNot) return false;
  const uint64_t b = pop(), a = pop();
  const int64_t sa = static_cast<int64_t>(a), sb = static_cast<int64_t>(b);
  switch (op) {
    case kAnd:
      push(a & b);
      break;
    case kOr:
      push(a | b);
      break;
    case kXor:
      push(a ^ b);
      break;
    case kPlus:
      push(a + b);
      break;
    case kMinus:
      push(a - b);
      break;
    case kMul:
      push(a * b);
      break;
    case kDiv:
      if (b == 0) return false;
      push(sb == -1 ? 0 - a : static_cast<uint64_t>(sa / sb));
      break;
    case kMod:
      if (b == 0) return false;
      push(a % b);
      break;
    case kShl:
      push(b < 64 ? a << b : 0);
      break;
    case kShr:
      push(b < 64 ? a >> b : 0);
      break;
    case kShra:
      push(static_cast<uint64_t>(sa >> (b < 64 ? b : 63)));
      break;
    case kEq:
      push(a == b);
      break;
    case kNe:
      push(a != b);
      break;
    case kGe:
      push(sa >= sb);
      break;
    case kGt:
      push(sa > sb);
      break;
    case kLe:
      push(sa <= sb);
      break;
    case kLt:
      push(sa < sb);
      break;
    default:
      return false;
  }
  return true;
}

void Machine::push_register(uint64_t reg, int64_t offset) {
  if (reg >= Registers::kCount || !context_.registers.has(static_cast<unsigned>(reg))) {
    result_ = EvalResult::kMissingRegister;
    return;
  }
  push(context_.registers.value[reg] + static_cast<uint64_t>(offset));
}

void Machine::deref(unsigned bytes) {
  const uint64_t address = pop();
  uint64_t value = 0;
  if (result_ != EvalResult::kOk) return;
  if (bytes != 8 && bytes != 4 && bytes != 2 && bytes != 1) {
    result_ = EvalResult::kUnsupported;
    return;
  }
  if (!read_stack(context_.memory, address, &value, &context_.used_read)) {
    result_ = EvalResult::kMissingMemory;
    return;
  }
  push(bytes == 8 ? value : value & ((uint64_t{1} << (bytes * 8)) - 1));
}

}  // namespace

bool read_stack(const StackMemory& memory, uint64_t address, uint64_t* value, bool* used_read) {
  const uint64_t offset = address - memory.start;
  if (memory.size >= 8 && offset <= memory.size - 8) {
    memcpy(value, memory.bytes + offset, 8);
    return true;
  }
  if (!memory.read || !memory.read(memory.context, address, value)) return false;
  *used_read = true;
  return true;
}

EvalResult evaluate(EvalContext& context, const uint8_t* bytes, size_t size, bool with_cfa,
                    uint64_t cfa, uint64_t* value) {
  Machine machine(context, bytes, size);
  if (with_cfa) machine.push(cfa);
  const EvalResult result = machine.run();
  if (result != EvalResult::kOk) return result;
  return machine.top(value) ? EvalResult::kOk : EvalResult::kUnsupported;
}

}  // namespace hone::unwind
