// `.eh_frame` (or `.debug_frame`) bytes -> the compact table of table.h. Guest-safe: no heap; all
// memory is the caller's.
//
// Sources: DWARF 5, section 6.4 (call frame information); LSB Core 5.0, 10.6 (.eh_frame); System V
// psABI x86-64, 3.7. Input is hostile: never crashes, never loops, reads only inside the section.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/types.h"
#include "unwind/registers.h"

namespace hone::unwind {

struct FrameSection {
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  Svma address{};       // where the section is linked: DW_EH_PE_pcrel counts from it
  Svma text_address{};  // for DW_EH_PE_textrel
  Svma data_address{};  // for DW_EH_PE_datarel
  bool is_debug_frame = false;
};

struct CompileResult {
  size_t table_bytes = 0;  // the finished table lies at the start of `memory`
  uint32_t fde_count = 0;
  uint32_t unsupported_count = 0;  // FDEs that were left out
  // Rows that lost registers other than fp (at worst everything): there were too many rules.
  uint32_t simplified_count = 0;
};

// Virtual memory that compile() may need for sections of `section_size` bytes together: reserve
// it without touching it (Mapping::anonymous), since most of it stays untouched.
size_t compile_memory_bytes(size_t section_size);

// `memory` must be zeroed, 8-byte aligned and at least
// compile_memory_bytes(first.size + second.size). Two sections may be compiled into one table
// (`second.bytes` may be nullptr): where both cover an address, the first wins. Within a section
// the FDE with the closest start wins, and among equal starts the first.
//
// An FDE that cannot be used is left out and counted; a section that is damaged is read up to the
// damage, which counts as one FDE left out. Fails only when nothing can be made: kNotFound (no
// FDE), kCorrupt or kTruncated (damaged before the first FDE), kUnsupported (sections of more than
// 1 GiB), kLimitExceeded (`memory` too small). Needs about 16 KiB of stack.
base::Err compile(Arch arch, const FrameSection& first, const FrameSection& second, uint8_t* memory,
                  size_t memory_bytes, CompileResult* out);

// Calls `fde(context, start, size)` for each FDE in the order of the section: functions of a
// stripped file are named by these.
base::Err for_each_fde(Arch arch, const FrameSection& section, void* context,
                       void (*fde)(void* context, Svma start, uint64_t size));

}  // namespace hone::unwind
