#include "unwind/rows.h"

#include <cstring>

namespace hone::unwind {
namespace {

struct RuleBits {
  uint64_t low, high;
};
RuleBits bits_of(const Rule& rule) {
  RuleBits bits;
  std::memcpy(&bits, &rule, sizeof(bits));
  return bits;
}

uint64_t hash_bytes(const uint8_t* bytes, uint32_t size) {
  uint64_t hash = size * 0x9e3779b97f4a7c15;
  for (uint32_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash * 0x9e3779b97f4a7c15;
}

constexpr unsigned kExtensionBytesMax = 4 + Registers::kCount * sizeof(SavedEntry);

}  // namespace

void RowBuilder::open_fde(const FrameSection& section, uint64_t begin, uint64_t end) {
  section_ = &section;
  window_begin_ = begin;
  window_end_ = end;
  before_ = {covered_end_, row_count_, simplified_count_, lost_count_, last_rule_};
}

void RowBuilder::drop_fde() {
  covered_end_ = before_.covered_end;
  row_count_ = before_.row_count;
  simplified_count_ = before_.simplified_count;
  lost_count_ = before_.lost_count;
  last_rule_ = before_.last_rule;
}

void RowBuilder::push(uint64_t pc, uint16_t rule) {
  if (row_count_ == memory_.row_capacity) {
    is_full_ = true;
    return;
  }
  memory_.row_pc[row_count_] = static_cast<uint32_t>(pc);
  memory_.row_rule[row_count_] = rule;
  ++row_count_;
}

void RowBuilder::append(uint64_t begin, uint64_t end, uint16_t rule) {
  if (begin != covered_end_ && last_rule_ != kNoRuleId) {
    push(covered_end_, kNoRuleId);
    last_rule_ = kNoRuleId;
  } else if (row_count_ == 0 && begin != 0) {
    push(0, kNoRuleId);
  }
  if (rule != last_rule_ || row_count_ == 0) push(begin, rule);
  last_rule_ = rule;
  covered_end_ = end;
}

void RowBuilder::finish() {
  if (row_count_ == 0 || last_rule_ != kNoRuleId) push(covered_end_, kNoRuleId);
}

uint16_t RowBuilder::intern(const Rule& rule, uint32_t limit, const CfaState* state) {
  const RuleBits bits = bits_of(rule);
  const uint64_t mixed = (bits.low * 0x9e3779b97f4a7c15 ^ bits.high) * 0xc2b2ae3d27d4eb4f;
  const uint32_t mask = (uint32_t{1} << memory_.rule_hash_bits) - 1;
  uint32_t at = static_cast<uint32_t>(mixed >> (64 - memory_.rule_hash_bits));
  for (;; at = (at + 1) & mask) {
    const uint16_t id = memory_.rule_hash[at];
    if (id == 0) break;
    const RuleBits other = bits_of(memory_.rules[id]);
    if (other.low == bits.low && other.high == bits.high) return id;
  }
  if (rule_count_ < limit && rule_count_ < memory_.rule_capacity) {
    memory_.rules[rule_count_] = rule;
    memory_.rule_hash[at] = static_cast<uint16_t>(rule_count_);
    return static_cast<uint16_t>(rule_count_++);
  }
  if (limit == kRulesMax) {
    ++lost_count_;
    return kNoRuleId;
  }
  if (state) return simplified_id(*state);
  ++simplified_count_;
  Rule simple = rule;
  for (unsigned slot = 0; slot < sizeof(simple.saved); ++slot)
    if (slot != 1) simple.saved[slot] = 0;
  return intern(simple, kRulesMax);
}

uint16_t RowBuilder::area_rule_id(const CfaState& state) {
  Rule rule;
  if (finish_rule(state, &rule)) return intern(rule, kWholeRulesMax, &state);
  return simplified_id(state);
}

uint16_t RowBuilder::simplified_id(const CfaState& state) {
  ++simplified_count_;
  const ArchRegisters registers = registers_of(arch_);
  CfaState simple;
  simple.assign(state);
  simple.wide &= uint64_t{1} << registers.fp | uint64_t{1} << registers.ra;
  for (unsigned slot = 0; slot < sizeof(simple.rule.saved); ++slot)
    if (slot != 1) simple.rule.saved[slot] = 0;
  Rule rule;
  if (finish_rule(simple, &rule)) return intern(rule, kRulesMax);
  ++lost_count_;
  return kNoRuleId;
}

// Puts what does not fit into the expression area; false when the area is full.
bool RowBuilder::finish_rule(const CfaState& state, Rule* rule) {
  *rule = state.rule;
  if (rule->cfa == CfaKind::kExpression) {
    uint32_t offset;
    if (!intern_expression(state.cfa_position, state.cfa_length, &offset)) return false;
    rule->offset = static_cast<int32_t>(offset);
  }
  if (state.wide == 0) return true;

  alignas(4) uint8_t bytes[kExtensionBytesMax];
  uint32_t count = 0;
  const auto add = [&](unsigned reg, SavedKind kind, int64_t value) {
    const SavedEntry entry{static_cast<uint8_t>(reg), kind, 0, static_cast<int32_t>(value)};
    std::memcpy(bytes + 4 + count * sizeof(entry), &entry, sizeof(entry));
    ++count;
  };
  for (uint64_t left = state.wide; left; left &= left - 1) {
    const unsigned reg = static_cast<unsigned>(__builtin_ctzll(left));
    const WideRule& saved = state.saved[reg];
    int64_t value = saved.value;
    if (saved.length != 0) {
      uint32_t offset;
      if (!intern_expression(static_cast<uint32_t>(value), saved.length, &offset)) return false;
      value = offset;
    }
    add(reg, saved.kind, value);
  }
  // The extension's place takes the room of the last four slots.
  for (unsigned slot = 2; slot < sizeof(rule->saved); ++slot) {
    if (rule->saved[slot] == 0) continue;
    add(slot_register(arch_, slot), SavedKind::kOffset, -8 * int64_t{rule->saved[slot]});
  }
  std::memcpy(bytes, &count, 4);
  uint32_t offset;
  if (!intern_bytes(bytes, 4 + count * uint32_t{sizeof(SavedEntry)}, 4, &offset)) return false;
  std::memcpy(rule->saved + 2, &offset, 4);
  rule->flags |= kHasExtension;
  return true;
}

bool RowBuilder::intern_bytes(const uint8_t* bytes, uint32_t size, uint32_t align,
                              uint32_t* offset) {
  const uint64_t hash = hash_bytes(bytes, size) >> 32;
  const uint32_t capacity = uint32_t{1} << memory_.area_hash_bits;
  uint32_t at = static_cast<uint32_t>(hash) & (capacity - 1);
  for (;; at = (at + 1) & (capacity - 1)) {
    const uint64_t slot = memory_.area_hash[at];
    if (slot == 0) break;
    const uint32_t found = static_cast<uint32_t>(slot) - 1;
    if (slot >> 32 == hash && found % align == 0 && found + uint64_t{size} <= area_bytes_ &&
        std::memcmp(memory_.area + found, bytes, size) == 0) {
      *offset = found;
      return true;
    }
  }
  const uint32_t begin = (area_bytes_ + align - 1) & ~(align - 1);
  if (begin + uint64_t{size} > memory_.area_capacity) return false;
  std::memcpy(memory_.area + begin, bytes, size);
  area_bytes_ = begin + size;
  // A table that is nearly full is slow to search: from there on repeats are stored again.
  if (area_entries_ < capacity / 2) {
    memory_.area_hash[at] = hash << 32 | (begin + 1);
    ++area_entries_;
  }
  *offset = begin;
  return true;
}

bool RowBuilder::intern_expression(uint32_t position, uint32_t length, uint32_t* offset) {
  // An expression is stored with its length before it. Longer ones than this do not occur.
  constexpr uint32_t kExpressionBytesMax = 512;
  if (length > kExpressionBytesMax) return false;
  uint8_t bytes[2 + kExpressionBytesMax];
  uint32_t size = 0;
  if (length >= 0x80) {
    bytes[size++] = static_cast<uint8_t>(length | 0x80);
    bytes[size++] = static_cast<uint8_t>(length >> 7);
  } else {
    bytes[size++] = static_cast<uint8_t>(length);
  }
  std::memcpy(bytes + size, section_->bytes + position, length);
  return intern_bytes(bytes, size + length, 1, offset);
}

}  // namespace hone::unwind
