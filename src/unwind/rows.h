// Collects the rows of a table under construction and gives each distinct rule its id. Guest-safe:
// all memory is handed in.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "unwind/cfa_program.h"
#include "unwind/table.h"

namespace hone::unwind {

// Rule ids are 16 bits. When whole rules have used up the first part, further ones lose all
// registers but fp and the return address; when those too have run out, rows become kNoRuleId.
inline constexpr uint32_t kWholeRulesMax = 56 * 1024;
inline constexpr uint32_t kRulesMax = 65536;

// Where a table is built; see layout_of() in compile.cc. Everything is zero at the start.
struct RowMemory {
  uint32_t* row_pc;
  uint16_t* row_rule;
  uint32_t row_capacity;
  Rule* rules;
  uint32_t rule_capacity;
  uint16_t* rule_hash;  // open addressing; 0 = free, else a rule's id
  uint32_t rule_hash_bits;
  uint8_t* area;  // the expression area
  uint32_t area_capacity;
  uint64_t* area_hash;  // open addressing; 0 = free, else hash << 32 | offset + 1
  uint32_t area_hash_bits;
};

class RowBuilder {
 public:
  // Rows are relative to `base`; nothing past base + 4 GiB is ever handed in.
  RowBuilder(const RowMemory& memory, Arch arch, uint64_t base)
      : memory_(memory), arch_(arch), base_(base) {
    rule_count_ = 1;  // kNoRuleId
  }

  // Rows of the next FDE are cut to [begin, end), which lies behind all earlier rows.
  void open_fde(const FrameSection& section, uint64_t begin, uint64_t end);
  // Takes back the rows since open_fde().
  void drop_fde();
  // [begin, end) in Svma, ascending within an FDE.
  void row(uint64_t begin, uint64_t end, const CfaState& state) {
    if (begin < window_begin_) begin = window_begin_;
    if (end > window_end_) end = window_end_;
    if (begin < end) append(begin - base_, end - base_, rule_id(state));
  }
  // Ends the table with its last kNoRuleId row.
  void finish();

  uint32_t row_count() const { return row_count_; }
  uint32_t rule_count() const { return rule_count_; }
  uint32_t area_bytes() const { return area_bytes_; }
  uint32_t simplified_count() const { return simplified_count_; }
  uint32_t lost_count() const { return lost_count_; }  // rows that became kNoRuleId
  bool is_full() const { return is_full_; }            // rows ran out of memory

 private:
  void append(uint64_t begin, uint64_t end, uint16_t rule);
  void push(uint64_t pc, uint16_t rule);
  uint16_t rule_id(const CfaState& state) {
    // Most rows follow one with the same rule or differ in a known way: see intern().
    return state.needs_area() ? area_rule_id(state) : intern(state.rule, kWholeRulesMax);
  }
  uint16_t area_rule_id(const CfaState& state);
  bool finish_rule(const CfaState& state, Rule* rule);
  uint16_t simplified_id(const CfaState& state);
  uint16_t intern(const Rule& rule, uint32_t limit, const CfaState* state = nullptr);
  bool intern_bytes(const uint8_t* bytes, uint32_t size, uint32_t align, uint32_t* offset);
  bool intern_expression(uint32_t position, uint32_t length, uint32_t* offset);

  RowMemory memory_;
  Arch arch_;
  uint64_t base_;
  const FrameSection* section_ = nullptr;
  uint64_t window_begin_ = 0, window_end_ = 0;
  uint64_t covered_end_ = 0;  // relative; rows up to here are made
  uint16_t last_rule_ = kNoRuleId;
  uint32_t row_count_ = 0, rule_count_ = 0, area_bytes_ = 0, area_entries_ = 0;
  uint32_t simplified_count_ = 0, lost_count_ = 0;
  bool is_full_ = false;
  struct {
    uint64_t covered_end;
    uint32_t row_count, simplified_count, lost_count;
    uint16_t last_rule;
  } before_{};
};

}  // namespace hone::unwind
