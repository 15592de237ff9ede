// Runs the call-frame instructions of a CIE and its FDEs. Guest-safe.
//
// The state is kept in the shape of the table's Rule, so that the common instruction is one store
// and a finished row needs no conversion; what does not fit lies beside it (`wide`).
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "unwind/cfi_reader.h"
#include "unwind/registers.h"
#include "unwind/table.h"

namespace hone::unwind {

inline constexpr unsigned kNoSlot = 0xff;

// Which of Rule::saved belongs to a register; kNoSlot for none.
constexpr unsigned saved_slot(Arch arch, unsigned reg) {
  if (arch == Arch::kAarch64) return reg == 29 ? 1 : kNoSlot;
  if (reg == 3) return 0;
  if (reg == 6) return 1;
  return reg >= 12 && reg <= 15 ? reg - 10 : kNoSlot;
}
// The register of a slot (the inverse of saved_slot).
constexpr unsigned slot_register(Arch arch, unsigned slot) {
  if (arch == Arch::kAarch64) return slot == 1 ? 29 : kNoSlot;
  constexpr unsigned kRegisters[6] = {3, 6, 12, 13, 14, 15};
  return kRegisters[slot];
}

// A register's rule that does not fit Rule. Expressions are places in the section.
struct WideRule {
  SavedKind kind = SavedKind::kUndefined;
  uint32_t length = 0;  // of an expression
  int64_t value = 0;    // as SavedEntry::value; a section position for expressions
};

struct CfaState {
  Rule rule{};
  uint64_t wide = 0;                          // bit n: saved[n] holds register n's rule
  uint32_t cfa_position = 0, cfa_length = 0;  // with CfaKind::kExpression
  WideRule saved[Registers::kCount];

  // True when `rule` is not yet what goes into the table.
  bool needs_area() const { return wide != 0 || rule.cfa == CfaKind::kExpression; }
  void assign(const CfaState& from);
};

class RowBuilder;

class CfaProgram {
 public:
  explicit CfaProgram(Arch arch) : arch_(arch), registers_(registers_of(arch)) {}

  // Runs a CIE's instructions; the FDEs after it start from their outcome.
  base::Err start_cie(const FrameSection& section, const Cie& cie);
  // Runs an FDE's instructions under the last CIE and hands its rows to `rows`.
  base::Err run(const FrameSection& section, const Fde& fde, RowBuilder& rows);

 private:
  base::Err execute(base::ByteReader in, uint32_t position, RowBuilder* rows);
  base::Err extended(uint8_t opcode, base::ByteReader& in);
  base::Err advance(uint64_t to, RowBuilder* rows);
  base::Err set_offset(uint64_t reg, int64_t offset);
  base::Err set_wide(uint64_t reg, SavedKind kind, int64_t value, uint32_t length);
  base::Err set_expression(base::ByteReader& in, SavedKind kind);
  base::Err set_same(uint64_t reg);
  base::Err restore(uint64_t reg);
  base::Err def_cfa(uint64_t reg, int64_t offset);
  base::Err def_cfa_offset(int64_t offset);
  base::Err def_cfa_expression(base::ByteReader& in);
  bool is_plt_or_deref(base::ByteReader in);
  base::Err remember();
  base::Err recall();
  int64_t factored(uint64_t n) const { return static_cast<int64_t>(n * uint64_t(cie_.data_align)); }
  uint32_t position_of(const uint8_t* at) const {
    return static_cast<uint32_t>(at - section_->bytes);
  }

  static constexpr unsigned kRememberMax = 12;  // compilers nest once; each costs 0.5 KiB of stack

  Arch arch_;
  ArchRegisters registers_;
  const FrameSection* section_ = nullptr;
  Cie cie_;
  uint64_t location_ = 0, end_ = 0;
  unsigned remembered_ = 0;
  CfaState now_, initial_;
  CfaState stack_[kRememberMax];
};

}  // namespace hone::unwind
