// For the fuzzers: looks up and walks with a table that came from hostile bytes.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>

#include "unwind/table.h"
#include "unwind/walk.h"

namespace hone::unwind {

// `data` is what the stack holds.
inline void fuzz_walk(const TableView& table, const uint8_t* data, size_t size) {
  const TableHeader& header = *table.header;
  const uint64_t base = header.base_svma;
  for (uint32_t row = 0; row < header.row_count; row += 1 + row / 8) {
    const uint64_t pc = base + table.row_pc[row];
    if (&find_rule(table, Svma{pc}) != &table.rules[table.row_rule[row]]) std::abort();
  }
  static auto* x86_walker = new Walker(Arch::kX86_64);
  static auto* aarch64_walker = new Walker(Arch::kAarch64);
  Walker& walker = header.arch == Arch::kX86_64 ? *x86_walker : *aarch64_walker;
  static uint64_t generation = 0;
  ++generation;
  const Modules modules{.context = const_cast<TableView*>(&table),
                        .lookup =
                            [](void* view, uint64_t, MappedTable* out) {
                              *out = {*static_cast<TableView*>(view), 0, 0, ~uint64_t{0}};
                              return true;
                            },
                        .generation = generation};
  const StackMemory memory{.start = 0x7000, .bytes = data, .size = size};
  WalkedFrame frames[64];
  for (uint32_t row = 0; row < header.row_count && row < 64; ++row) {
    Registers registers;
    for (unsigned reg = 0; reg < Registers::kCount; ++reg) registers.set(reg, 0x7000 + 8 * reg);
    registers.set(registers_of(header.arch).pc, base + table.row_pc[row]);
    const WalkResult result = walker.walk(registers, memory, modules, frames, 64);
    if (result.frame_count == 0 || result.frame_count > 64) std::abort();
    walker.walk_frame_pointers(registers, memory, modules, frames, 64);
  }
}

}  // namespace hone::unwind
