// The compact unwind table of one module. Guest-safe, position-independent: the same bytes serve
// in memory, in the cache on disk and in another process.
//
// `.eh_frame` is compiled once (compile.h) into rows sorted by address. Walking a frame is one
// search in `row_pc` (narrowed by a page index), one load of a 16-byte rule, and the two or three
// loads from the stack that the rule asks for.
//
//   +--------------+-------------+---------------+-----------------+-----------+-------------+
//   | TableHeader  | row_pc[u32] | row_rule[u16] | page_first[u32] | Rule[16B] | expressions |
//   +--------------+-------------+---------------+-----------------+-----------+-------------+
//   Each part starts at the next multiple of 8. row_pc is relative to header.base_svma and rises
//   strictly from 0. A row covers the addresses up to the next row's; a gap between functions is
//   a row of rule kNoRuleId, and so is the last row.
//
// The expression area holds DWARF expressions (uleb length, then bytes) and extensions: for rules
// whose registers do not fit the 16 bytes, a u32 count and that many SavedEntry, at a multiple
// of 4.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/types.h"
#include "unwind/registers.h"

namespace hone::unwind {

inline constexpr uint32_t kTableMagic = 0x31545548;  // "HUT1"
inline constexpr uint16_t kTableVersion = 1;
inline constexpr unsigned kPageShift = 8;  // 256 bytes of code an index entry, at least
inline constexpr uint16_t kNoRuleId = 0;   // rules[0]: not covered by any FDE

// How the caller's CFA (the value of sp before the call) is found.
enum class CfaKind : uint8_t {
  kNone = 0,       // no unwind information here
  kRegister,       // reg + offset
  kRegisterDeref,  // *(reg + offset): DRAP, and the signal frame's saved sp
  kPlt,            // sp + 8 + ((pc & 15) >= offset ? 8 : 0): the x86-64 PLT's expression
  kExpression,     // DWARF bytes at `offset` of the expression area: uleb length, then bytes
};

// How a register that is in the extension is found.
enum class SavedKind : uint8_t {
  kOffset = 1,       // *(CFA + value)
  kValueOffset,      // CFA + value
  kRegister,         // in the register that `value` names
  kExpression,       // *(expression at `value`)
  kValueExpression,  // expression at `value`
  kUndefined,        // lost
};
struct SavedEntry {
  uint8_t reg;  // DWARF number, below Registers::kCount
  SavedKind kind;
  uint16_t reserved;
  int32_t value;
};
static_assert(sizeof(SavedEntry) == 8);

// How the return address is found.
enum class RaKind : uint8_t {
  kUndefined = 0,  // outermost frame: the stack is complete here
  kOffset,         // *(CFA + ra_offset)
  kSameValue,      // still in the link register (aarch64 leaf)
  kExpression,     // as the extension's entry for the return-address register says
  kRegister,       // in another register (ra_offset holds its number)
};

// One row's rule, 16 bytes. `saved[i]` says where the caller's callee-saved register i of the
// architecture's list (x86-64: rbx rbp r12 r13 r14 r15; aarch64: fp = saved[1], and all others in
// the extension) was put, in units of -8 bytes from the CFA; 0 = unchanged. With kHasExtension,
// saved[2..5] is the place of the extension in the expression area, a u32, and the extension's
// entries go before saved[0] and saved[1].
//   0        4       5        6        7         8            10     16
//   | offset | kind  | reg    | ra     | flags   | ra_offset  | saved[6] |
struct Rule {
  int32_t offset;  // added to `reg` for the CFA, or the expression's place
  CfaKind cfa;
  uint8_t cfa_register;
  RaKind ra;
  uint8_t flags;      // kSignalFrame | kHasExtension | kPacSigned
  int16_t ra_offset;  // from the CFA, in bytes
  uint8_t saved[6];
};
static_assert(sizeof(Rule) == 16);

inline constexpr uint8_t kSignalFrame = 1;  // the "return address" is where the signal struck
inline constexpr uint8_t kHasExtension =
    2;                                    // register rules that do not fit: in the extension area
inline constexpr uint8_t kPacSigned = 4;  // aarch64: strip the pointer authentication code

struct TableHeader {
  uint32_t magic;
  uint16_t version;
  Arch arch;
  uint8_t page_shift;    // a page of the index is 1 << page_shift bytes of code
  uint64_t base_svma;    // address of row_pc 0
  uint64_t table_bytes;  // everything
  uint64_t checksum;     // of the whole table, this field taken as 0; see table_checksum()
  uint32_t page_count, row_count, rule_count, expression_bytes;
  uint32_t fde_count;          // how many FDEs it was compiled from
  uint32_t unsupported_count;  // FDEs that were left out (rows say kNoRuleId), never silently
  uint32_t simplified_count;   // rows that lost registers other than fp, see compile.h
  uint32_t reserved;
};
static_assert(sizeof(TableHeader) == 64);

// A table that was checked: every index below is inside. Does not own the bytes.
struct TableView {
  const TableHeader* header = nullptr;
  const uint32_t* page_first = nullptr;  // [page_count + 1] first row at or after the page's start
  const uint32_t* row_pc = nullptr;
  const uint16_t* row_rule = nullptr;
  const Rule* rules = nullptr;
  const uint8_t* expressions = nullptr;

  explicit operator bool() const { return header != nullptr; }
};

// Checks the bytes of a table (they may come from a hostile file) and makes the view. Bytes must
// be aligned to 8 and outlive the view. O(rows).
base::Err parse_table(const uint8_t* bytes, size_t size, TableView* out);

// The same of bytes that are known to be a whole table, made by parse_table's own side: only the
// layout is looked at. O(1).
base::Err view_table(const uint8_t* bytes, size_t size, TableView* out);

// The checksum of a table of `size` bytes (at least a header), which need not be valid.
uint64_t table_checksum(const uint8_t* bytes, size_t size);

// Where in the expression area the rule's extension lies; only with kHasExtension.
uint32_t extension_offset(const Rule& rule);

// The rule in force at `pc`; the kNoRuleId rule when no FDE covers it.
const Rule& find_rule(const TableView& table, Svma pc);

}  // namespace hone::unwind
