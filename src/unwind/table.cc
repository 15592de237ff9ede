#include "unwind/table.h"

#include <string.h>

#include "base/bytes.h"

namespace hone::unwind {
namespace {

using base::ByteReader;
using base::Err;

constexpr size_t kChecksumAt = offsetof(TableHeader, checksum);

uint64_t rotate(uint64_t v, unsigned n) {
  return v << n | v >> (64 - n);
}

size_t align8(size_t n) {
  return (n + 7) & ~size_t{7};
}

// An expression at `offset`: its length and all its bytes are inside.
bool is_expression(const TableView& view, int64_t offset) {
  if (offset < 0 || offset >= view.header->expression_bytes) return false;
  ByteReader in(view.expressions + offset, view.header->expression_bytes - size_t(offset));
  const uint64_t length = in.uleb();
  return in.ok() && length <= in.remaining();
}

bool is_extension(const TableView& view, const Rule& rule, unsigned ra_register) {
  const uint32_t offset = extension_offset(rule);
  const uint32_t size = view.header->expression_bytes;
  if (offset % 4 != 0 || offset > size || size - offset < 4) return false;
  uint32_t count;
  memcpy(&count, view.expressions + offset, 4);
  if (count > Registers::kCount || size - offset - 4 < count * sizeof(SavedEntry)) return false;
  bool has_ra = false;
  for (uint32_t i = 0; i < count; ++i) {
    SavedEntry entry;
    memcpy(&entry, view.expressions + offset + 4 + i * sizeof(entry), sizeof(entry));
    if (entry.reg >= Registers::kCount) return false;
    has_ra |= entry.reg == ra_register;
    switch (entry.kind) {
      case SavedKind::kOffset:
      case SavedKind::kValueOffset:
      case SavedKind::kUndefined:
        break;
      case SavedKind::kRegister:
        if (entry.value < 0 || entry.value >= int32_t{Registers::kCount}) return false;
        break;
      case SavedKind::kExpression:
      case SavedKind::kValueExpression:
        if (!is_expression(view, entry.value)) return false;
        break;
      default:
        return false;
    }
  }
  return has_ra || rule.ra != RaKind::kExpression;
}

bool is_rule(const TableView& view, const Rule& rule, unsigned ra_register) {
  if (rule.cfa > CfaKind::kExpression || rule.ra > RaKind::kRegister) return false;
  if (rule.cfa_register >= Registers::kCount) return false;
  if (rule.cfa == CfaKind::kExpression && !is_expression(view, rule.offset)) return false;
  if (rule.ra == RaKind::kRegister &&
      (rule.ra_offset < 0 || rule.ra_offset >= int16_t{Registers::kCount}))
    return false;
  if (rule.flags & kHasExtension) return is_extension(view, rule, ra_register);
  return rule.ra != RaKind::kExpression;
}

// No early exit inside, so that the compiler can make vector code of it.
bool rows_ascend(const uint32_t* row_pc, uint32_t count) {
  uint32_t bad = row_pc[0] != 0;
  for (uint32_t i = 1; i < count; ++i) bad |= row_pc[i] <= row_pc[i - 1];
  return bad == 0;
}

uint16_t largest(const uint16_t* values, uint32_t count) {
  uint16_t max = 0;
  for (uint32_t i = 0; i < count; ++i) max = values[i] > max ? values[i] : max;
  return max;
}

// Every entry is the first row at or after its page's start, and every row is in a page.
bool pages_fit(const TableView& view) {
  const TableHeader& header = *view.header;
  const uint64_t last_page = uint64_t{view.row_pc[header.row_count - 1]} >> header.page_shift;
  if (last_page >= header.page_count) return false;
  uint32_t bad = view.page_first[0] != 0 || view.page_first[header.page_count] != header.row_count;
  for (uint32_t page = 1; page < header.page_count; ++page) {
    const uint32_t row = view.page_first[page];
    if (row == 0 || row >= header.row_count) return false;
    const uint64_t start = uint64_t{page} << header.page_shift;
    bad |= view.row_pc[row] < start || view.row_pc[row - 1] >= start;
  }
  return bad == 0;
}

}  // namespace

// Four lanes of multiply and rotate, so that the multiplications overlap (about 10 GB/s); each
// step is a bijection of the lane, so no single changed word goes unseen.
uint64_t table_checksum(const uint8_t* bytes, size_t size) {
  constexpr uint64_t kOdd = 0x9e3779b185ebca87, kOther = 0xc2b2ae3d27d4eb4f;
  uint64_t lane[4] = {kOdd, kOther, kOdd ^ size, kOther ^ size};
  size_t at = 0;
  const auto word_at = [bytes](size_t offset) {
    uint64_t word;
    memcpy(&word, bytes + offset, 8);
    return offset == kChecksumAt ? 0 : word;
  };
  for (; at + 32 <= size; at += 32) {
    for (unsigned i = 0; i < 4; ++i)
      lane[i] = rotate(lane[i] + word_at(at + i * 8) * kOther, 31) * kOdd;
  }
  for (; at + 8 <= size; at += 8) lane[0] = rotate(lane[0] + word_at(at) * kOther, 31) * kOdd;
  for (; at < size; ++at) lane[1] = rotate(lane[1] + bytes[at] * kOther, 31) * kOdd;
  uint64_t sum = 0;
  for (const uint64_t l : lane) sum = rotate(sum ^ l, 27) * kOdd;
  return sum ^ sum >> 32;
}

uint32_t extension_offset(const Rule& rule) {
  uint32_t offset;
  memcpy(&offset, rule.saved + 2, sizeof(offset));
  return offset;
}

Err view_table(const uint8_t* bytes, size_t size, TableView* out) {
  *out = TableView{};
  if (size < sizeof(TableHeader)) return Err::kTruncated;
  if (reinterpret_cast<uintptr_t>(bytes) % 8 != 0) return Err::kUnsupported;
  TableView view;
  view.header = reinterpret_cast<const TableHeader*>(bytes);
  const TableHeader& header = *view.header;
  if (header.magic != kTableMagic) return Err::kCorrupt;
  if (header.version != kTableVersion) return Err::kUnsupported;
  if (header.arch != Arch::kX86_64 && header.arch != Arch::kAarch64) return Err::kUnsupported;
  if (header.table_bytes > size) return Err::kTruncated;
  if (header.row_count == 0 || header.page_count == 0 || header.rule_count == 0 ||
      header.rule_count > 65536 || header.page_shift < kPageShift || header.page_shift > 32)
    return Err::kCorrupt;
  const size_t row_rule = align8(sizeof(TableHeader) + size_t{header.row_count} * 4);
  const size_t page_first = align8(row_rule + size_t{header.row_count} * 2);
  const size_t rules = align8(page_first + (size_t{header.page_count} + 1) * 4);
  const size_t area = rules + size_t{header.rule_count} * sizeof(Rule);
  if (align8(area + header.expression_bytes) != header.table_bytes) return Err::kCorrupt;
  view.row_pc = reinterpret_cast<const uint32_t*>(bytes + sizeof(TableHeader));
  view.row_rule = reinterpret_cast<const uint16_t*>(bytes + row_rule);
  view.page_first = reinterpret_cast<const uint32_t*>(bytes + page_first);
  view.rules = reinterpret_cast<const Rule*>(bytes + rules);
  view.expressions = bytes + area;
  *out = view;
  return Err::kOk;
}

Err parse_table(const uint8_t* bytes, size_t size, TableView* out) {
  TableView view;
  const Err err = view_table(bytes, size, &view);
  *out = TableView{};
  if (err != Err::kOk) return err;
  const TableHeader& header = *view.header;
  if (table_checksum(bytes, header.table_bytes) != header.checksum) return Err::kCorrupt;
  if (!rows_ascend(view.row_pc, header.row_count)) return Err::kCorrupt;
  if (largest(view.row_rule, header.row_count) >= header.rule_count) return Err::kCorrupt;
  if (view.row_rule[header.row_count - 1] != kNoRuleId) return Err::kCorrupt;
  if (!pages_fit(view)) return Err::kCorrupt;
  const unsigned ra_register = registers_of(header.arch).ra;
  if (view.rules[kNoRuleId].cfa != CfaKind::kNone) return Err::kCorrupt;
  for (uint32_t i = 0; i < header.rule_count; ++i)
    if (!is_rule(view, view.rules[i], ra_register)) return Err::kCorrupt;
  *out = view;
  return Err::kOk;
}

const Rule& find_rule(const TableView& table, Svma pc) {
  const TableHeader& header = *table.header;
  const uint64_t relative = raw(pc) - header.base_svma;
  const uint64_t page = relative >> header.page_shift;
  if (page >= header.page_count) return table.rules[kNoRuleId];
  // The row in force is the last one at or below: the first of the page or an earlier one.
  const uint32_t first = table.page_first[page];
  const uint32_t* row = table.row_pc + first;
  size_t count = table.page_first[page + 1] - first;
  const uint32_t want = static_cast<uint32_t>(relative);
  while (count != 0) {
    const size_t half = count / 2;
    const bool after = row[half] <= want;
    row = after ? row + half + 1 : row;
    count = after ? count - half - 1 : half;
  }
  // Page 0 starts with row 0 at address 0, so that at least one row is at or below.
  return table.rules[table.row_rule[row - table.row_pc - 1]];
}

}  // namespace hone::unwind
