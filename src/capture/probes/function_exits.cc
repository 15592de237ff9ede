#include "capture/probes/function_exits.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

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

// As the kernel calls it (regs_query_register_offset); empty: what is no whole register.
std::string_view kernel_name(x86_reg of) {
  static constexpr struct {
    x86_reg of;
    std::string_view name;
  } kNames[] = {
      {X86_REG_RAX, "ax"},  {X86_REG_RBX, "bx"},  {X86_REG_RCX, "cx"},  {X86_REG_RDX, "dx"},
      {X86_REG_RSI, "si"},  {X86_REG_RDI, "di"},  {X86_REG_RBP, "bp"},  {X86_REG_RSP, "sp"},
      {X86_REG_R8, "r8"},   {X86_REG_R9, "r9"},   {X86_REG_R10, "r10"}, {X86_REG_R11, "r11"},
      {X86_REG_R12, "r12"}, {X86_REG_R13, "r13"}, {X86_REG_R14, "r14"}, {X86_REG_R15, "r15"}};
  for (const auto& each : kNames) {
    if (each.of == of) return each.name;
  }
  return {};
}

// Of an indirect jump. A far one, one through a segment, and one by an index tell nothing.
FunctionExit indirect_exit(const cs_insn& instruction) {
  FunctionExit out{Svma{instruction.address}, ExitKind::kPerhaps, kAlways};
  const cs_x86_op& operand = instruction.detail->x86.operands[0];
  if (instruction.id != X86_INS_JMP || operand.size != sizeof(uint64_t)) return out;
  if (operand.type == X86_OP_REG) {
    out.target.base = kernel_name(operand.reg);
    if (!out.target.base.empty()) out.kind = ExitKind::kIndirect;
    return out;
  }
  const x86_op_mem& place = operand.mem;
  if (operand.type == X86_OP_MEM && place.base == X86_REG_INVALID && place.scale == 8 &&
      place.index != X86_REG_INVALID && place.disp > 0) {
    out.table = Svma{static_cast<uint64_t>(place.disp)};
  }
  const bool is_plain = operand.type == X86_OP_MEM && place.index == X86_REG_INVALID &&
                        place.segment == X86_REG_INVALID && place.disp == int32_t(place.disp);
  if (!is_plain) return out;
  out.target.in_memory = true;
  out.target.displacement = static_cast<int32_t>(place.disp);
  out.target.base = kernel_name(place.base);
  if (place.base == X86_REG_RIP) {
    out.target.slot =
        Svma{instruction.address + instruction.size + static_cast<uint64_t>(place.disp)};
  }
  const bool is_known = !out.target.base.empty() || place.base == X86_REG_RIP;
  if (is_known) out.kind = ExitKind::kIndirect;
  return out;
}

}  // namespace

bool stays_inside(std::span<const CodeRange> parts, Svma target) {
  const bool is_inside = std::any_of(parts.begin(), parts.end(), [&](const CodeRange& part) {
    return raw(target) >= raw(part.start) && raw(target) - raw(part.start) < part.bytes;
  });
  return is_inside && target != parts.front().start;
}

std::string probe_argument(const FunctionExit& exit, FileOffset offset) {
  if (exit.kind != ExitKind::kIndirect) return {};
  const JumpTarget& target = exit.target;
  if (!target.base.empty() && !target.in_memory) return fmt::format("%{}", target.base);
  if (!target.base.empty()) return fmt::format("{:+d}(%{})", target.displacement, target.base);
  // "@+OFFSET" is memory that lies as far from the probe as OFFSET from the probe's offset,
  // whatever the file has there.
  const uint64_t at = raw(offset) + (raw(target.slot) - raw(exit.at));
  return at <= INT32_MAX ? fmt::format("@+{:#x}", at) : std::string{};
}

Result<std::vector<FunctionExit>> find_exits(std::span<const CodePart> parts) {
  std::vector<CodeRange> ranges;
  for (const CodePart& part : parts) ranges.push_back({part.start, part.code.size()});
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
      if (is_direct && stays_inside(ranges, Svma{jump.target})) continue;
      if (jump.kind == Jump::Kind::kUnknown) {
        return fail(Code::Unsupported, "it is left by a jump that no probe can tell of");
      }
      if (const std::string why = unprobeable({instruction->bytes, instruction->size});
          !why.empty()) {
        return fail(Code::Unsupported, "one of its returns cannot be probed: " + why);
      }
      out.push_back(
          jump.kind == Jump::Kind::kIndirect
              ? indirect_exit(*instruction)
              : FunctionExit{Svma{instruction->address}, ExitKind::kReturn, jump.condition});
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
