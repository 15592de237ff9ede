#include "unwind/cfa_program.h"

#include "unwind/rows.h"

namespace hone::unwind {

using base::ByteReader;
using base::Err;

namespace {

// Initial instructions longer than this are no compiler's; they run anew whenever the CIE changes,
// so that their length has to be bounded.
constexpr uint32_t kInitialBytesMax = 512;

enum Opcode : uint8_t {
  kNop = 0x00,
  kSetLoc = 0x01,
  kAdvanceLoc1 = 0x02,
  kAdvanceLoc2 = 0x03,
  kAdvanceLoc4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefined = 0x07,
  kSameValue = 0x08,
  kRegister = 0x09,
  kRememberState = 0x0a,
  kRestoreState = 0x0b,
  kDefCfa = 0x0c,
  kDefCfaRegister = 0x0d,
  kDefCfaOffset = 0x0e,
  kDefCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetExtendedSf = 0x11,
  kDefCfaSf = 0x12,
  kDefCfaOffsetSf = 0x13,
  kValOffset = 0x14,
  kValOffsetSf = 0x15,
  kValExpression = 0x16,
  kAarch64NegateRaStateWithPc = 0x2c,
  kGnuWindowSave = 0x2d,  // on aarch64: DW_CFA_AARCH64_negate_ra_state
  kGnuArgsSize = 0x2e,
  kGnuNegativeOffsetExtended = 0x2f,
};

Err checked(const ByteReader& in, Err err) {
  return in.ok() ? err : Err::kTruncated;
}

// More than any frame: keeps sums of offsets inside 64 bits and offsets inside a Rule.
bool fits(int64_t offset) {
  return offset >= INT32_MIN && offset <= INT32_MAX;
}

}  // namespace

void CfaState::assign(const CfaState& from) {
  rule = from.rule;
  wide = from.wide;
  cfa_position = from.cfa_position;
  cfa_length = from.cfa_length;
  for (uint64_t bits = wide; bits; bits &= bits - 1) {
    const int reg = __builtin_ctzll(bits);
    saved[reg] = from.saved[reg];
  }
}

Err CfaProgram::start_cie(const FrameSection& section, const Cie& cie) {
  section_ = &section;
  cie_ = cie;
  if (cie.program_end - cie.program_begin > kInitialBytesMax) return Err::kUnsupported;
  // A few assembly routines of aarch64 are called with the return address in another register.
  const bool has_own_column = cie.return_column != registers_.ra;
  if (has_own_column && (arch_ != Arch::kAarch64 || cie.return_column >= registers_.ra))
    return Err::kUnsupported;
  now_.rule = Rule{};
  now_.wide = 0;
  now_.rule.ra = has_own_column ? RaKind::kRegister : RaKind::kSameValue;
  now_.rule.ra_offset = has_own_column ? cie.return_column : 0;
  now_.rule.flags = cie.is_signal_frame ? kSignalFrame : 0;
  initial_.assign(now_);
  remembered_ = 0;
  location_ = 0;
  end_ = ~uint64_t{0};
  const Err err =
      execute(reader_at(section, cie.program_begin, cie.program_end), cie.program_begin, nullptr);
  initial_.assign(now_);
  return err;
}

Err CfaProgram::run(const FrameSection& section, const Fde& fde, RowBuilder& rows) {
  now_.assign(initial_);
  remembered_ = 0;
  location_ = fde.start;
  end_ = fde.start + fde.size;
  const Err err =
      execute(reader_at(section, fde.program_begin, fde.program_end), fde.program_begin, &rows);
  if (err != Err::kOk) return err;
  return advance(end_, &rows);
}

Err CfaProgram::advance(uint64_t to, RowBuilder* rows) {
  if (to < location_) return Err::kCorrupt;
  if (rows && location_ < end_ && to != location_) {
    if (now_.rule.cfa == CfaKind::kNone) return Err::kCorrupt;
    rows->row(location_, to < end_ ? to : end_, now_);
  }
  location_ = to;
  return Err::kOk;
}

Err CfaProgram::execute(ByteReader in, uint32_t position, RowBuilder* rows) {
  const size_t size = in.remaining();
  Err err = Err::kOk;
  while (!in.at_end() && err == Err::kOk) {
    const uint8_t opcode = in.u8();
    const uint8_t low = opcode & 0x3f;
    switch (opcode >> 6) {
      case 1:
        err = advance(location_ + low * cie_.code_align, rows);
        continue;
      case 2:
        err = set_offset(low, factored(in.uleb()));
        break;
      case 3:
        err = restore(low);
        continue;
      default: {
        uint64_t delta;
        if (opcode == kNop) continue;
        if (opcode == kAdvanceLoc1) {
          delta = in.u8();
        } else if (opcode == kAdvanceLoc2) {
          delta = in.u16();
        } else if (opcode == kAdvanceLoc4) {
          delta = in.u32();
        } else if (opcode == kSetLoc) {
          uint64_t to = 0;
          const uint32_t here = position + static_cast<uint32_t>(size - in.remaining());
          err = read_pointer(*section_, in, here, cie_.pointer_encoding, &to);
          if (err == Err::kOk) err = advance(to, rows);
          continue;
        } else {
          err = extended(opcode, in);
          break;
        }
        err = advance(location_ + delta * cie_.code_align, rows);
      }
    }
    err = checked(in, err);
  }
  return err;
}

Err CfaProgram::extended(uint8_t opcode, ByteReader& in) {
  switch (opcode) {
    case kDefCfa: {
      const uint64_t reg = in.uleb();
      return def_cfa(reg, static_cast<int64_t>(in.uleb()));
    }
    case kDefCfaSf: {
      const uint64_t reg = in.uleb();
      return def_cfa(reg, factored(static_cast<uint64_t>(in.sleb())));
    }
    case kDefCfaRegister:
      return def_cfa(in.uleb(), now_.rule.offset);
    case kDefCfaOffset:
      return def_cfa_offset(static_cast<int64_t>(in.uleb()));
    case kDefCfaOffsetSf:
      return def_cfa_offset(factored(static_cast<uint64_t>(in.sleb())));
    case kDefCfaExpression:
      return def_cfa_expression(in);
    case kOffsetExtended: {
      const uint64_t reg = in.uleb();
      return set_offset(reg, factored(in.uleb()));
    }
    case kOffsetExtendedSf: {
      const uint64_t reg = in.uleb();
      return set_offset(reg, factored(static_cast<uint64_t>(in.sleb())));
    }
    case kGnuNegativeOffsetExtended: {
      const uint64_t reg = in.uleb();
      return set_offset(reg, static_cast<int64_t>(0 - uint64_t(factored(in.uleb()))));
    }
    case kValOffset: {
      const uint64_t reg = in.uleb();
      return set_wide(reg, SavedKind::kValueOffset, factored(in.uleb()), 0);
    }
    case kValOffsetSf: {
      const uint64_t reg = in.uleb();
      return set_wide(reg, SavedKind::kValueOffset, factored(uint64_t(in.sleb())), 0);
    }
    case kRegister: {
      const uint64_t reg = in.uleb();
      const uint64_t other = in.uleb();
      if (other >= Registers::kCount) return set_wide(reg, SavedKind::kUndefined, 0, 0);
      return set_wide(reg, SavedKind::kRegister, static_cast<int64_t>(other), 0);
    }
    case kUndefined:
      return set_wide(in.uleb(), SavedKind::kUndefined, 0, 0);
    case kExpression:
      return set_expression(in, SavedKind::kExpression);
    case kValExpression:
      return set_expression(in, SavedKind::kValueExpression);
    case kSameValue:
      return set_same(in.uleb());
    case kRestoreExtended:
      return restore(in.uleb());
    case kRememberState:
      return remember();
    case kRestoreState:
      return recall();
    case kGnuArgsSize:
      in.uleb();
      return Err::kOk;
    case kAarch64NegateRaStateWithPc:
    case kGnuWindowSave:
      if (arch_ != Arch::kAarch64) return Err::kUnsupported;
      now_.rule.flags ^= kPacSigned;
      return Err::kOk;
    default:
      return Err::kUnsupported;
  }
}

Err CfaProgram::set_offset(uint64_t reg, int64_t offset) {
  if (reg >= Registers::kCount) return Err::kOk;  // vector registers and the like
  const uint64_t bit = uint64_t{1} << reg;
  if (reg == registers_.ra && offset >= INT16_MIN && offset <= INT16_MAX) {
    now_.rule.ra = RaKind::kOffset;
    now_.rule.ra_offset = static_cast<int16_t>(offset);
    now_.wide &= ~bit;
    return Err::kOk;
  }
  const unsigned slot = saved_slot(arch_, static_cast<unsigned>(reg));
  if (slot != kNoSlot && offset < 0 && offset >= -8 * 255 && offset % 8 == 0) {
    now_.rule.saved[slot] = static_cast<uint8_t>(-offset / 8);
    now_.wide &= ~bit;
    return Err::kOk;
  }
  return set_wide(reg, SavedKind::kOffset, offset, 0);
}

Err CfaProgram::set_wide(uint64_t reg, SavedKind kind, int64_t value, uint32_t length) {
  if (reg >= Registers::kCount) return Err::kOk;
  if (!fits(value) && length == 0) return Err::kUnsupported;
  if (reg == cie_.return_column && reg != registers_.ra) return Err::kUnsupported;
  const uint64_t bit = uint64_t{1} << reg;
  if (reg == registers_.ra) {
    now_.rule.ra_offset = 0;
    now_.wide &= ~bit;
    if (kind == SavedKind::kUndefined) {
      now_.rule.ra = RaKind::kUndefined;
      return Err::kOk;
    }
    if (kind == SavedKind::kRegister) {
      now_.rule.ra = RaKind::kRegister;
      now_.rule.ra_offset = static_cast<int16_t>(value);
      return Err::kOk;
    }
    now_.rule.ra = RaKind::kExpression;
  }
  const unsigned slot = saved_slot(arch_, static_cast<unsigned>(reg));
  if (slot != kNoSlot) now_.rule.saved[slot] = 0;
  now_.wide |= bit;
  now_.saved[reg] = WideRule{kind, length, value};
  return Err::kOk;
}

Err CfaProgram::set_expression(ByteReader& in, SavedKind kind) {
  const uint64_t reg = in.uleb();
  const uint64_t length = in.uleb();
  const uint8_t* bytes = in.take(length);
  if (!bytes || length == 0) return Err::kCorrupt;
  return set_wide(reg, kind, position_of(bytes), static_cast<uint32_t>(length));
}

Err CfaProgram::set_same(uint64_t reg) {
  if (reg >= Registers::kCount) return Err::kOk;
  now_.wide &= ~(uint64_t{1} << reg);
  if (reg == registers_.ra) {
    now_.rule.ra = RaKind::kSameValue;
    now_.rule.ra_offset = 0;
  }
  const unsigned slot = saved_slot(arch_, static_cast<unsigned>(reg));
  if (slot != kNoSlot) now_.rule.saved[slot] = 0;
  return Err::kOk;
}

Err CfaProgram::restore(uint64_t reg) {
  if (reg >= Registers::kCount) return Err::kOk;
  const uint64_t bit = uint64_t{1} << reg;
  now_.wide &= ~bit;
  if (initial_.wide & bit) {
    now_.wide |= bit;
    now_.saved[reg] = initial_.saved[reg];
  }
  if (reg == registers_.ra) {
    now_.rule.ra = initial_.rule.ra;
    now_.rule.ra_offset = initial_.rule.ra_offset;
  }
  const unsigned slot = saved_slot(arch_, static_cast<unsigned>(reg));
  if (slot != kNoSlot) now_.rule.saved[slot] = initial_.rule.saved[slot];
  return Err::kOk;
}

Err CfaProgram::def_cfa(uint64_t reg, int64_t offset) {
  if (reg >= Registers::kCount || !fits(offset)) return Err::kUnsupported;
  now_.rule.cfa = CfaKind::kRegister;
  now_.rule.cfa_register = static_cast<uint8_t>(reg);
  now_.rule.offset = static_cast<int32_t>(offset);
  return Err::kOk;
}

Err CfaProgram::def_cfa_offset(int64_t offset) {
  // DWARF permits it only where a register and an offset are in force.
  if (now_.rule.cfa != CfaKind::kRegister) return Err::kCorrupt;
  if (!fits(offset)) return Err::kUnsupported;
  now_.rule.offset = static_cast<int32_t>(offset);
  return Err::kOk;
}

Err CfaProgram::def_cfa_expression(ByteReader& in) {
  const uint64_t length = in.uleb();
  const uint8_t* bytes = in.take(length);
  if (!bytes || length == 0) return Err::kCorrupt;
  now_.rule.cfa_register = 0;
  now_.rule.offset = 0;
  if (is_plt_or_deref(ByteReader(bytes, length))) return Err::kOk;
  now_.rule.cfa = CfaKind::kExpression;
  now_.cfa_position = position_of(bytes);
  now_.cfa_length = static_cast<uint32_t>(length);
  return Err::kOk;
}

// The two expressions that occur in practice have kinds of their own:
//   breg7 8; breg16 0; lit15; and; litN; ge; lit3; shl; plus   what linkers write for the PLT
//   bregR N; deref                                            GCC's realigned stacks (DRAP), and
//                                                             the saved sp of a signal frame
bool CfaProgram::is_plt_or_deref(ByteReader in) {
  static constexpr uint8_t kPltBegin[] = {0x77, 8, 0x80, 0, 0x3f, 0x1a};
  static constexpr uint8_t kPltEnd[] = {0x2a, 0x33, 0x24, 0x22};
  constexpr size_t kLimitAt = sizeof(kPltBegin);
  const uint8_t* bytes = in.cursor();
  if (in.remaining() == kLimitAt + 1 + sizeof(kPltEnd) && arch_ == Arch::kX86_64 &&
      memcmp(bytes, kPltBegin, sizeof(kPltBegin)) == 0 &&
      memcmp(bytes + kLimitAt + 1, kPltEnd, sizeof(kPltEnd)) == 0 && bytes[kLimitAt] >= 0x30 &&
      bytes[kLimitAt] <= 0x3f) {
    now_.rule.cfa = CfaKind::kPlt;
    now_.rule.offset = bytes[kLimitAt] - 0x30;
    return true;
  }
  const uint8_t base = in.u8();
  if (base < 0x70 || base > 0x8f) return false;
  const int64_t offset = in.sleb();
  if (in.u8() != 0x06 || !in.ok() || !in.at_end() || !fits(offset)) return false;
  now_.rule.cfa = CfaKind::kRegisterDeref;
  now_.rule.cfa_register = static_cast<uint8_t>(base - 0x70);
  now_.rule.offset = static_cast<int32_t>(offset);
  return true;
}

Err CfaProgram::remember() {
  if (remembered_ == kRememberMax) return Err::kLimitExceeded;
  stack_[remembered_++].assign(now_);
  return Err::kOk;
}

Err CfaProgram::recall() {
  if (remembered_ == 0) return Err::kCorrupt;
  now_.assign(stack_[--remembered_]);
  return Err::kOk;
}

}  // namespace hone::unwind
