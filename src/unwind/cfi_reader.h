// Reads the entries of `.eh_frame` and `.debug_frame`: CIEs, FDEs, encoded pointers. Guest-safe.
//
// Positions are byte offsets into FrameSection::bytes. Every read stays inside the section.
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "unwind/compile.h"

namespace hone::unwind {

// One length-prefixed record of the section.
struct CfiEntry {
  uint32_t content = 0;       // position behind the CIE id or CIE pointer
  uint32_t end = 0;           // position behind the record
  uint32_t cie_position = 0;  // of the record that an FDE belongs to
  bool is_cie = false;
};

struct Cie {
  uint32_t program_begin = 0;  // the initial instructions
  uint32_t program_end = 0;
  uint32_t code_align = 1;
  int32_t data_align = 1;
  uint8_t pointer_encoding = 0;
  uint8_t return_column = 0;
  bool is_signal_frame = false;
  bool has_augmentation = false;  // FDEs carry augmentation data
};

struct Fde {
  uint64_t start = 0;  // Svma
  uint64_t size = 0;
  uint32_t program_begin = 0;
  uint32_t program_end = 0;
};

// A reader that stands at `position` of the section and ends at `end`.
inline base::ByteReader reader_at(const FrameSection& section, size_t position, size_t end) {
  return {section.bytes + position, end - position};
}

// Reads the record at `*position` and moves it behind. kNotFound at the end of the section;
// kTruncated or kCorrupt when the record's length makes no sense: nothing can be read after it.
base::Err next_entry(const FrameSection& section, uint32_t* position, CfiEntry* entry);

// The CIE whose record starts at `position`.
base::Err read_cie(const FrameSection& section, uint32_t position, Cie* cie);
base::Err read_fde(const FrameSection& section, const CfiEntry& entry, const Cie& cie, Fde* fde);

// An encoded pointer (LSB Core 5.0, 10.5). `position` is that of `in`'s first byte in the section.
// A pointer through memory (DW_EH_PE_indirect) is kUnsupported.
base::Err read_pointer(const FrameSection& section, base::ByteReader& in, uint32_t position,
                       uint8_t encoding, uint64_t* value);

}  // namespace hone::unwind
