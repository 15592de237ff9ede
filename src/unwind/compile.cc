#include "unwind/compile.h"

#include <cstring>

#include "unwind/cfa_program.h"
#include "unwind/cfi_reader.h"
#include "unwind/rows.h"
#include "unwind/table.h"

namespace hone::unwind {
namespace {

using base::Err;

// No FDE with its length, CIE pointer, start and size is shorter.
constexpr size_t kFdeBytesMin = 10;
constexpr uint64_t kSpanMax = 0xffffffff;  // row_pc is 32 bits
constexpr size_t kCieCacheSize = 64;
// Far above any program's; keeps every count of the layout inside 32 bits.
constexpr uint64_t kSectionBytesMax = uint64_t{1} << 30;

// An FDE between the two passes: found in the order of the section, used in that of addresses.
struct PendingFde {
  uint64_t start;
  uint32_t size;  // cut to 4 GiB
  uint32_t program_begin, program_end;
  uint32_t cie : 31;
  uint32_t is_second : 1;
};
static_assert(sizeof(PendingFde) == 24);

// Places in the caller's memory: first the table's parts at their largest, in their final order,
// then what is needed only while compiling.
struct Layout {
  size_t row_pc, row_rule, page_first, rules, area;
  size_t fdes, keys, keys_spare, fde_end, cies, rule_hash, area_hash;
  size_t total;
  uint32_t row_capacity, page_capacity, rule_capacity, area_capacity, fde_capacity;
  uint32_t rule_hash_bits, area_hash_bits;
};

uint32_t bits_for(uint64_t count) {
  uint32_t bits = 6;
  while ((uint64_t{1} << bits) < count) ++bits;
  return bits;
}

Layout layout_of(size_t section_bytes) {
  Layout l{};
  // A row takes an advance and a change, of one byte each at least; an FDE's first row and the
  // gap behind it are paid by its ten bytes of header.
  const uint64_t rows = section_bytes / 2 + 16;
  const uint64_t rules = rows < kRulesMax ? rows : kRulesMax;
  const uint64_t fdes = section_bytes / kFdeBytesMin + 1;
  const uint64_t extension = 4 + Registers::kCount * sizeof(SavedEntry);
  l.row_capacity = static_cast<uint32_t>(rows);
  l.page_capacity = static_cast<uint32_t>(2 * rows + 512);
  l.rule_capacity = static_cast<uint32_t>(rules);
  const uint64_t area = section_bytes + rules * extension;
  l.area_capacity = static_cast<uint32_t>(area < INT32_MAX ? area : INT32_MAX);
  l.fde_capacity = static_cast<uint32_t>(fdes);
  l.rule_hash_bits = bits_for(2 * rules);
  l.area_hash_bits = bits_for(4 * rules);
  size_t at = sizeof(TableHeader);
  const auto reserve = [&at](uint64_t count, size_t bytes) {
    const size_t begin = at;
    at = (at + count * bytes + 15) & ~size_t{15};
    return begin;
  };
  l.row_pc = reserve(rows, sizeof(uint32_t));
  l.row_rule = reserve(rows, sizeof(uint16_t));
  l.page_first = reserve(l.page_capacity, sizeof(uint32_t));
  l.rules = reserve(rules, sizeof(Rule));
  l.area = reserve(l.area_capacity, 1);
  l.fdes = reserve(fdes, sizeof(PendingFde));
  l.keys = reserve(fdes, sizeof(uint64_t));
  l.keys_spare = reserve(fdes, sizeof(uint64_t));
  l.fde_end = reserve(fdes, sizeof(uint32_t));
  l.cies = reserve(fdes, sizeof(Cie));
  l.rule_hash = reserve(uint64_t{1} << l.rule_hash_bits, sizeof(uint16_t));
  l.area_hash = reserve(uint64_t{1} << l.area_hash_bits, sizeof(uint64_t));
  l.total = at;
  return l;
}

template <class T>
T* at_offset(uint8_t* memory, size_t offset) {
  return reinterpret_cast<T*>(memory + offset);
}

class Compiler {
 public:
  Compiler(Arch arch, uint8_t* memory, const Layout& layout)
      : arch_(arch),
        memory_(memory),
        layout_(layout),
        fdes_(at_offset<PendingFde>(memory, layout.fdes)),
        keys_(at_offset<uint64_t>(memory, layout.keys)),
        fde_end_(at_offset<uint32_t>(memory, layout.fde_end)),
        cies_(at_offset<Cie>(memory, layout.cies)) {}

  Err collect(const FrameSection& section, bool is_second);
  bool has_fdes() const { return fde_count_ != 0; }
  void sort();
  Err emit(const FrameSection* const (&sections)[2], RowBuilder& rows);
  size_t assemble(const RowBuilder& rows);
  RowMemory row_memory() const;

  uint64_t base() const { return base_; }
  uint32_t seen_count() const { return seen_count_; }
  uint32_t unsupported_count() const { return unsupported_count_; }

 private:
  Err find_cie(const FrameSection& section, uint32_t position, bool is_second, uint32_t* index);
  void add(const Fde& fde, uint32_t cie, bool is_second);
  void find_ends();
  void sort_by_radix();

  Arch arch_;
  uint8_t* memory_;
  Layout layout_;
  PendingFde* fdes_;
  uint64_t* keys_;     // (start - base) << 32 | index into fdes_
  uint32_t* fde_end_;  // by place in keys_: where the FDE's rows are cut, relative to base
  Cie* cies_;
  uint32_t fde_count_ = 0, key_count_ = 0, cie_count_ = 0;
  uint32_t seen_count_ = 0, unsupported_count_ = 0;
  uint64_t base_ = ~uint64_t{0};
  struct {
    uint64_t key = 0;  // position + 1, with the section's number above
    uint32_t index = 0;
  } cie_cache_[kCieCacheSize];
};

Err Compiler::find_cie(const FrameSection& section, uint32_t position, bool is_second,
                       uint32_t* index) {
  const uint64_t key = (uint64_t{position} + 1) | (is_second ? uint64_t{1} << 40 : 0);
  auto& cached = cie_cache_[(position >> 2) % kCieCacheSize];
  if (cached.key != key) {
    // A CIE that was pushed out of the cache is simply read again: there is room for one a FDE.
    if (cie_count_ == layout_.fde_capacity) return Err::kLimitExceeded;
    const Err err = read_cie(section, position, &cies_[cie_count_]);
    if (err != Err::kOk) return err;
    cached.key = key;
    cached.index = cie_count_++;
  }
  *index = cached.index;
  return Err::kOk;
}

void Compiler::add(const Fde& fde, uint32_t cie, bool is_second) {
  if (fde.start < base_) base_ = fde.start;
  PendingFde& pending = fdes_[fde_count_++];
  pending.start = fde.start;
  pending.size = static_cast<uint32_t>(fde.size < kSpanMax ? fde.size : kSpanMax);
  pending.program_begin = fde.program_begin;
  pending.program_end = fde.program_end;
  pending.cie = cie & 0x7fffffff;
  pending.is_second = is_second;
}

Err Compiler::collect(const FrameSection& section, bool is_second) {
  uint32_t position = 0;
  for (;;) {
    CfiEntry entry;
    Err err = next_entry(section, &position, &entry);
    if (err == Err::kNotFound) return Err::kOk;
    if (err != Err::kOk) {
      ++seen_count_;
      ++unsupported_count_;
      return err;
    }
    if (entry.is_cie) continue;
    uint32_t cie = 0;
    Fde fde;
    err = find_cie(section, entry.cie_position, is_second, &cie);
    if (err == Err::kOk) err = read_fde(section, entry, cies_[cie], &fde);
    // What linkers leave of a discarded function in .debug_frame: 0, -1 or -2.
    if (err == Err::kOk && section.is_debug_frame && fde.start + 2 <= 2) continue;
    ++seen_count_;
    if (err != Err::kOk || fde_count_ == layout_.fde_capacity) {
      ++unsupported_count_;
    } else if (fde.size != 0) {
      add(fde, cie, is_second);
    }
  }
}

void Compiler::sort() {
  bool sorted = true;
  for (uint32_t i = 0; i < fde_count_; ++i) {
    const uint64_t relative = fdes_[i].start - base_;
    if (relative >= kSpanMax) {
      ++unsupported_count_;
      continue;
    }
    keys_[key_count_] = relative << 32 | i;
    if (key_count_ != 0 && keys_[key_count_] < keys_[key_count_ - 1]) sorted = false;
    ++key_count_;
  }
  if (!sorted) sort_by_radix();
}

// By the start alone: a radix sort is stable, so that equal starts keep the sections' order.
void Compiler::sort_by_radix() {
  constexpr unsigned kDigitBits = 11;
  constexpr uint32_t kDigits = 1 << kDigitBits;
  uint64_t* from = keys_;
  uint64_t* to = at_offset<uint64_t>(memory_, layout_.keys_spare);
  for (unsigned shift = 32; shift < 64; shift += kDigitBits) {
    uint32_t place[kDigits] = {};
    for (uint32_t i = 0; i < key_count_; ++i) ++place[(from[i] >> shift) & (kDigits - 1)];
    if (place[(from[0] >> shift) & (kDigits - 1)] == key_count_) continue;
    uint32_t sum = 0;
    for (uint32_t& p : place) {
      const uint32_t count = p;
      p = sum;
      sum += count;
    }
    for (uint32_t i = 0; i < key_count_; ++i)
      to[place[(from[i] >> shift) & (kDigits - 1)]++] = from[i];
    uint64_t* const done = to;
    to = from;
    from = done;
  }
  keys_ = from;
}

// Cuts each FDE at the start of the next one that goes before it.
void Compiler::find_ends() {
  uint64_t next_any = kSpanMax, next_first = kSpanMax;  // starts above the current one
  uint64_t start = kSpanMax;
  bool start_has_first = false;
  for (uint32_t i = key_count_; i-- > 0;) {
    const PendingFde& fde = fdes_[static_cast<uint32_t>(keys_[i])];
    const uint64_t relative = keys_[i] >> 32;
    if (relative != start) {
      next_any = start;
      if (start_has_first) next_first = start;
      start = relative;
      start_has_first = false;
    }
    if (!fde.is_second) start_has_first = true;
    const uint64_t end = relative + fde.size;
    const uint64_t cut = fde.is_second ? next_any : next_first;
    fde_end_[i] = static_cast<uint32_t>(end < cut ? end : cut);
  }
}

Err Compiler::emit(const FrameSection* const (&sections)[2], RowBuilder& rows) {
  find_ends();
  CfaProgram program(arch_);
  uint32_t last_cie = UINT32_MAX;
  Err cie_err = Err::kOk;
  uint64_t covered_end = 0;
  for (uint32_t i = 0; i < key_count_; ++i) {
    const PendingFde& pending = fdes_[static_cast<uint32_t>(keys_[i])];
    const uint64_t relative = keys_[i] >> 32;
    const uint64_t begin = relative < covered_end ? covered_end : relative;
    if (begin >= fde_end_[i]) continue;
    const FrameSection& section = *sections[pending.is_second];
    if (pending.cie != last_cie) {
      cie_err = program.start_cie(section, cies_[pending.cie]);
      last_cie = pending.cie;
    }
    Err err = cie_err;
    if (err == Err::kOk) {
      rows.open_fde(section, base_ + begin, base_ + fde_end_[i]);
      const Fde fde{pending.start, pending.size, pending.program_begin, pending.program_end};
      err = program.run(section, fde, rows);
      if (err != Err::kOk) rows.drop_fde();
    }
    if (err != Err::kOk) {
      ++unsupported_count_;
    } else {
      covered_end = fde_end_[i];
    }
    if (rows.is_full()) return Err::kLimitExceeded;
  }
  rows.finish();
  return rows.is_full() ? Err::kLimitExceeded : Err::kOk;
}

RowMemory Compiler::row_memory() const {
  return RowMemory{
      .row_pc = at_offset<uint32_t>(memory_, layout_.row_pc),
      .row_rule = at_offset<uint16_t>(memory_, layout_.row_rule),
      .row_capacity = layout_.row_capacity,
      .rules = at_offset<Rule>(memory_, layout_.rules),
      .rule_capacity = layout_.rule_capacity,
      .rule_hash = at_offset<uint16_t>(memory_, layout_.rule_hash),
      .rule_hash_bits = layout_.rule_hash_bits,
      .area = memory_ + layout_.area,
      .area_capacity = layout_.area_capacity,
      .area_hash = at_offset<uint64_t>(memory_, layout_.area_hash),
      .area_hash_bits = layout_.area_hash_bits,
  };
}

// Moves the parts together, in their order, and makes the page index and the header.
size_t Compiler::assemble(const RowBuilder& rows) {
  const uint32_t row_count = rows.row_count();
  const uint32_t* row_pc = at_offset<uint32_t>(memory_, layout_.row_pc);
  size_t at = layout_.row_pc + row_count * sizeof(uint32_t);
  const auto align = [&] {
    const size_t aligned = (at + 7) & ~size_t{7};
    std::memset(memory_ + at, 0, aligned - at);
    at = aligned;
  };
  const auto place = [&](size_t from, size_t bytes) {
    align();
    std::memmove(memory_ + at, memory_ + from, bytes);
    at += bytes;
  };
  place(layout_.row_rule, row_count * sizeof(uint16_t));
  align();

  // The index grows with the rows, never with empty address space.
  const uint32_t last_pc = row_pc[row_count - 1];
  unsigned shift = kPageShift;
  while ((last_pc >> shift) > 2 * row_count + 256) ++shift;
  const uint32_t page_count = (last_pc >> shift) + 1;
  uint32_t* page_first = at_offset<uint32_t>(memory_, at);
  uint32_t row = 0;
  for (uint32_t page = 0; page < page_count; ++page) {
    const uint64_t page_start = uint64_t{page} << shift;
    while (row_pc[row] < page_start) ++row;
    page_first[page] = row;
  }
  page_first[page_count] = row_count;
  at += (page_count + size_t{1}) * sizeof(uint32_t);
  place(layout_.rules, rows.rule_count() * sizeof(Rule));
  place(layout_.area, rows.area_bytes());
  align();

  TableHeader header{};
  header.magic = kTableMagic;
  header.version = kTableVersion;
  header.arch = arch_;
  header.page_shift = static_cast<uint8_t>(shift);
  header.base_svma = base_;
  header.table_bytes = at;
  header.page_count = page_count;
  header.row_count = row_count;
  header.rule_count = rows.rule_count();
  header.expression_bytes = rows.area_bytes();
  header.fde_count = seen_count_;
  header.unsupported_count = unsupported_count_;
  header.simplified_count = rows.simplified_count();
  std::memcpy(memory_, &header, sizeof(header));
  header.checksum = table_checksum(memory_, at);
  std::memcpy(memory_, &header, sizeof(header));
  return at;
}

}  // namespace

size_t compile_memory_bytes(size_t section_size) {
  return layout_of(section_size).total;
}

Err compile(Arch arch, const FrameSection& first, const FrameSection& second, uint8_t* memory,
            size_t memory_bytes, CompileResult* out) {
  *out = CompileResult{};
  const size_t first_bytes = first.bytes ? first.size : 0;
  const size_t second_bytes = second.bytes ? second.size : 0;
  if (first_bytes > kSectionBytesMax || second_bytes > kSectionBytesMax ||
      first_bytes + second_bytes > kSectionBytesMax)
    return Err::kUnsupported;
  const Layout layout = layout_of(first_bytes + second_bytes);
  if (memory_bytes < layout.total) return Err::kLimitExceeded;

  Compiler compiler(arch, memory, layout);
  Err damage = Err::kOk;
  if (first_bytes) damage = compiler.collect(first, false);
  if (second_bytes) {
    const Err err = compiler.collect(second, true);
    if (damage == Err::kOk) damage = err;
  }
  if (!compiler.has_fdes()) {
    out->unsupported_count = compiler.unsupported_count();
    return damage != Err::kOk ? damage : Err::kNotFound;
  }
  compiler.sort();
  RowBuilder rows(compiler.row_memory(), arch, compiler.base());
  const FrameSection* const sections[2] = {&first, &second};
  const Err err = compiler.emit(sections, rows);
  if (err != Err::kOk) return err;
  out->table_bytes = compiler.assemble(rows);
  out->fde_count = compiler.seen_count();
  out->unsupported_count = compiler.unsupported_count();
  out->simplified_count = rows.simplified_count();
  return Err::kOk;
}

Err for_each_fde(Arch /*arch*/, const FrameSection& section, void* context,
                 void (*fde)(void* context, Svma start, uint64_t size)) {
  if (!section.bytes || section.size > kSectionBytesMax) return Err::kUnsupported;
  uint32_t position = 0;
  uint32_t cie_position = UINT32_MAX;
  Cie cie;
  Err cie_err = Err::kOk;
  for (;;) {
    CfiEntry entry;
    const Err err = next_entry(section, &position, &entry);
    if (err == Err::kNotFound) return Err::kOk;
    if (err != Err::kOk) return err;
    if (entry.is_cie) continue;
    if (entry.cie_position != cie_position) {
      cie_err = read_cie(section, entry.cie_position, &cie);
      cie_position = entry.cie_position;
    }
    Fde found;
    if (cie_err != Err::kOk) continue;
    if (read_fde(section, entry, cie, &found) != Err::kOk || found.size == 0) continue;
    if (section.is_debug_frame && found.start + 2 <= 2) continue;
    fde(context, Svma{found.start}, found.size);
  }
}

}  // namespace hone::unwind
