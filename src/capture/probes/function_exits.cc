#include "capture/probes/function_exits.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <string_view>

namespace hone::capture {
namespace {

// A function of more code is counted, not timed: nobody wrote it by hand, and it has many exits.
constexpr size_t kCodeBytesMax = size_t{1} << 20;
constexpr uint8_t kNoTrack = 0x3e;

class Decoder {
 public:
  Decoder() {
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) != CS_ERR_OK) return;
    cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
    instruction_ = cs_malloc(handle_);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (instruction_ != nullptr) cs_free(instruction_, 1);
    if (handle_ != 0) cs_close(&handle_);
  }
  // nullptr where there is no instruction.
  const cs_insn* next(std::span<const uint8_t>& code, uint64_t& address) {
    const uint8_t* at = code.data();
    size_t left = code.size();
    if (instruction_ == nullptr || !cs_disasm_iter(handle_, &at, &left, &address, instruction_)) {
      return nullptr;
    }
    code = code.subspan(code.size() - left);
    return instruction_;
  }

 private:
  csh handle_ = 0;
  cs_insn* instruction_ = nullptr;
};

struct Jump {
  enum class Kind : uint8_t { kNone, kReturn, kDirect, kIndirect, kUnknown } kind{};
  uint8_t condition = kAlways;
  uint64_t target = 0;
};

bool is_switch(const cs_x86& x86) {
  // `notrack jmp` is what compilers make of switches alone.
  return std::find(std::begin(x86.prefix), std::end(x86.prefix), kNoTrack) != std::end(x86.prefix);
}

Jump jump_of(const cs_insn& instruction) {
  const cs_x86& x86 = instruction.detail->x86;
  const uint8_t first = x86.opcode[0], second = x86.opcode[1];
  const uint64_t target = x86.op_count > 0 && x86.operands[0].type == X86_OP_IMM
                              ? static_cast<uint64_t>(x86.operands[0].imm)
                              : 0;
  if (first == 0xc2 || first == 0xc3) return {.kind = Jump::Kind::kReturn};
  if (first == 0xe9 || first == 0xeb) return {.kind = Jump::Kind::kDirect, .target = target};
  if (first >= 0x70 && first <= 0x7f) {
    return {Jump::Kind::kDirect, static_cast<uint8_t>(first & 15), target};
  }
  if (first == 0x0f && second >= 0x80 && second <= 0x8f) {
    return {Jump::Kind::kDirect, static_cast<uint8_t>(second & 15), target};
  }
  // LOOP and JRCXZ go by a counter, which no probe tells of.
  if (first >= 0xe0 && first <= 0xe3) return {.kind = Jump::Kind::kUnknown, .target = target};
  if (first == 0xff && (instruction.id == X86_INS_JMP || instruction.id == X86_INS_LJMP)) {
    return {.kind = is_switch(x86) ? Jump::Kind::kNone : Jump::Kind::kIndirect};
  }
  return {};
}

// Of an indirect jump: through a slot of a table of addresses it is a call of another function's;
// through a register, or an index, it may be a switch.
ExitKind kind_of_indirect(const cs_insn& instruction) {
  const cs_x86_op& operand = instruction.detail->x86.operands[0];
  const bool is_slot = operand.type == X86_OP_MEM && operand.mem.index == X86_REG_INVALID;
  return is_slot ? ExitKind::kReturn : ExitKind::kPerhaps;
}

}  // namespace

Result<std::vector<FunctionExit>> find_exits(std::span<const CodePart> parts) {
  const auto is_inside = [&](uint64_t address) {
    return std::any_of(parts.begin(), parts.end(), [&](const CodePart& part) {
      return address >= raw(part.start) && address - raw(part.start) < part.code.size();
    });
  };
  std::vector<FunctionExit> out;
  Decoder decoder;
  for (const CodePart& part : parts) {
    if (part.code.size() > kCodeBytesMax) {
      return fail(Code::Unsupported, "its code is too large to look for its returns");
    }
    std::span<const uint8_t> code = part.code;
    uint64_t address = raw(part.start);
    while (!code.empty()) {
      const cs_insn* instruction = decoder.next(code, address);
      if (instruction == nullptr) {
        return fail(Code::Unsupported, "there is something between its instructions");
      }
      const Jump jump = jump_of(*instruction);
      if (jump.kind == Jump::Kind::kNone) continue;
      const bool is_direct = jump.kind == Jump::Kind::kDirect || jump.kind == Jump::Kind::kUnknown;
      // A jump to its own beginning is a call of itself that takes this one's place.
      if (is_direct && is_inside(jump.target) && jump.target != raw(parts.front().start)) continue;
      if (jump.kind == Jump::Kind::kUnknown) {
        return fail(Code::Unsupported, "it is left by a jump that no probe can tell of");
      }
      const ExitKind kind =
          jump.kind == Jump::Kind::kIndirect ? kind_of_indirect(*instruction) : ExitKind::kReturn;
      if (const std::string why = unprobeable({instruction->bytes, instruction->size});
          !why.empty()) {
        return fail(Code::Unsupported, "one of its returns cannot be probed: " + why);
      }
      out.push_back({Svma{instruction->address}, kind, jump.condition});
      if (out.size() > kExitsMax) return fail(Code::Unsupported, "it is left in too many places");
    }
  }
  return out;
}

std::string unprobeable(std::span<const uint8_t> code) {
  size_t at = 0;
  const auto is_one_of = [&](std::string_view set) {
    return set.find(static_cast<char>(code[at])) != std::string_view::npos;
  };
  using namespace std::string_view_literals;
  while (at < code.size() && is_one_of("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3"sv)) {
    if (is_one_of("\x26\x2e\x36\x3e\xf0"sv)) return "an instruction with a prefix of its own";
    ++at;
  }
  if (at < code.size() && (code[at] & 0xf0) == 0x40) ++at;  // REX
  if (at == code.size()) return "there is no instruction";
  if (is_one_of("\x62\xc4\xc5"sv)) return "a vector instruction";
  if (is_one_of(
          "\x06\x07\x0e\x16\x17\x1e\x1f\x27\x2f\x37\x3f\x60\x61\x6c\x6d\x6e\x6f\x82\x9a"
          "\xcc\xcd\xce\xcf\xd4\xd5\xd6\xe4\xe5\xe6\xe7\xea\xec\xed\xee\xef\xf1\xf4\xfa\xfb"sv)) {
    return "an instruction that stops the program itself";
  }
  return {};
}

bool is_taken(uint8_t condition, uint64_t flags) {
  if (condition == kAlways) return true;
  const bool carry = flags & 1, parity = flags >> 2 & 1, zero = flags >> 6 & 1;
  const bool sign = flags >> 7 & 1, overflow = flags >> 11 & 1;
  bool holds = false;
  switch (condition >> 1 & 7) {
    case 0:
      holds = overflow;
      break;
    case 1:
      holds = carry;
      break;
    case 2:
      holds = zero;
      break;
    case 3:
      holds = carry || zero;
      break;
    case 4:
      holds = sign;
      break;
    case 5:
      holds = parity;
      break;
    case 6:
      holds = sign != overflow;
      break;
    case 7:
      holds = zero || sign != overflow;
      break;
  }
  return holds != ((condition & 1) != 0);
}

}  // namespace hone::capture
