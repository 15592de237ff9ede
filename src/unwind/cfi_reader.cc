#include "unwind/cfi_reader.h"

namespace hone::unwind {
namespace {

using base::ByteReader;
using base::Err;

constexpr uint8_t kEncodingIndirect = 0x80;
constexpr uint8_t kEncodingAligned = 0x50;
constexpr uint8_t kEncodingOmit = 0xff;
constexpr uint8_t kEncodingAbsolute = 0x00;
constexpr uint8_t kEncodingPcRelative4 = 0x1b;  // what GCC and clang write for both architectures

// The bare number of an encoding's low four bits.
Err read_format(ByteReader& in, uint8_t encoding, uint64_t* value) {
  switch (encoding & 0x0f) {
    case 0x00:
      *value = in.u64();
      break;
    case 0x01:
      *value = in.uleb();
      break;
    case 0x02:
      *value = in.u16();
      break;
    case 0x03:
      *value = in.u32();
      break;
    case 0x04:
      *value = in.u64();
      break;
    case 0x09:
      *value = static_cast<uint64_t>(in.sleb());
      break;
    case 0x0a:
      *value = static_cast<uint64_t>(int64_t{in.i16()});
      break;
    case 0x0b:
      *value = static_cast<uint64_t>(int64_t{in.i32()});
      break;
    case 0x0c:
      *value = in.u64();
      break;
    default:
      return Err::kUnsupported;
  }
  return in.ok() ? Err::kOk : Err::kTruncated;
}

// The letters of a "z" augmentation, with their data in `in`.
Err read_augmentation(const FrameSection& section, const char* letters, ByteReader in,
                      uint32_t position, Cie* cie) {
  const size_t size = in.remaining();
  for (const char* letter = letters; *letter; ++letter) {
    switch (*letter) {
      case 'R':
        cie->pointer_encoding = in.u8();
        break;
      case 'L':
        in.u8();
        break;
      case 'S':
        cie->is_signal_frame = true;
        break;
      case 'B':  // aarch64: return addresses signed with the B key
      case 'G':  // aarch64: tagged stack memory
        break;
      case 'P': {
        // Only skipped, so that it is a pointer to a pointer does not matter here.
        const uint8_t encoding = static_cast<uint8_t>(in.u8() & ~kEncodingIndirect);
        uint64_t personality;
        const uint32_t here = position + static_cast<uint32_t>(size - in.remaining());
        const Err err = read_pointer(section, in, here, encoding, &personality);
        if (err != Err::kOk) return err;
        break;
      }
      default:
        return Err::kUnsupported;
    }
  }
  return in.ok() ? Err::kOk : Err::kTruncated;
}

// The length field. `*offset_bytes` is 8 for the 64-bit format.
Err read_length(ByteReader& in, uint64_t* length, unsigned* offset_bytes) {
  *offset_bytes = 4;
  *length = in.u32();
  if (*length < 0xfffffff0) return in.ok() ? Err::kOk : Err::kTruncated;
  if (*length != 0xffffffff) return Err::kCorrupt;
  *offset_bytes = 8;
  *length = in.u64();
  return in.ok() ? Err::kOk : Err::kTruncated;
}

Err read_record(const FrameSection& section, uint32_t position, CfiEntry* entry) {
  ByteReader in = reader_at(section, position, section.size);
  uint64_t length;
  unsigned offset_bytes;
  const Err err = read_length(in, &length, &offset_bytes);
  if (err != Err::kOk) return err;
  if (length > in.remaining()) return Err::kTruncated;
  const uint32_t id_position = static_cast<uint32_t>(position + in.position());
  entry->end = id_position + static_cast<uint32_t>(length);
  in = reader_at(section, id_position, entry->end);
  // LSB: the id of .eh_frame is 4 bytes in both formats.
  const bool wide = section.is_debug_frame && offset_bytes == 8;
  const uint64_t id = wide ? in.u64() : in.u32();
  if (!in.ok()) return Err::kCorrupt;
  entry->content = static_cast<uint32_t>(id_position + in.position());
  entry->cie_position = 0;
  if (!section.is_debug_frame) {
    entry->is_cie = id == 0;
    if (id > id_position) return Err::kCorrupt;
    entry->cie_position = id_position - static_cast<uint32_t>(id);
    return Err::kOk;
  }
  entry->is_cie = id == (wide ? ~uint64_t{0} : uint64_t{0xffffffff});
  if (entry->is_cie) return Err::kOk;
  // A lone FDE that points nowhere does not make the rest unreadable: read_cie refuses it.
  entry->cie_position = id < section.size ? static_cast<uint32_t>(id) : UINT32_MAX;
  return Err::kOk;
}

}  // namespace

Err read_pointer(const FrameSection& section, ByteReader& in, uint32_t position, uint8_t encoding,
                 uint64_t* value) {
  if (encoding == kEncodingPcRelative4) {
    *value = raw(section.address) + position + static_cast<uint64_t>(int64_t{in.i32()});
    return in.ok() ? Err::kOk : Err::kTruncated;
  }
  if (encoding == kEncodingOmit || (encoding & kEncodingIndirect)) return Err::kUnsupported;
  if (encoding == kEncodingAligned) {
    const uint64_t address = raw(section.address) + position;
    in.skip(static_cast<size_t>(-address & 7));
    *value = in.u64();
    return in.ok() ? Err::kOk : Err::kTruncated;
  }
  const Err err = read_format(in, encoding, value);
  if (err != Err::kOk) return err;
  switch (encoding & 0x70) {
    case 0x00:
      return Err::kOk;
    case 0x10:
      *value += raw(section.address) + position;
      return Err::kOk;
    case 0x20:
      *value += raw(section.text_address);
      return Err::kOk;
    case 0x30:
      *value += raw(section.data_address);
      return Err::kOk;
    default:
      return Err::kUnsupported;
  }
}

Err next_entry(const FrameSection& section, uint32_t* position, CfiEntry* entry) {
  uint32_t at = *position;
  bool after_zero = false;
  for (;; at += 4) {
    if (section.size - at < 4) return Err::kNotFound;
    ByteReader in = reader_at(section, at, section.size);
    if (in.u32() != 0) break;
    after_zero = true;
  }
  const Err err = read_record(section, at, entry);
  if (after_zero && !section.is_debug_frame) {
    // crtend.o's zero ends .eh_frame: linkers drop all zeros but the last, and a caller that has
    // no section headers may hand over what lies behind. Going on is right only where objects
    // were glued together by hand, and then a CIE comes next.
    Cie cie;
    if (err != Err::kOk || !entry->is_cie || read_cie(section, at, &cie) != Err::kOk)
      return Err::kNotFound;
  }
  if (err == Err::kOk) *position = entry->end;
  return err;
}

Err read_cie(const FrameSection& section, uint32_t position, Cie* cie) {
  if (position >= section.size) return Err::kCorrupt;
  CfiEntry entry;
  const Err err = read_record(section, position, &entry);
  if (err != Err::kOk) return err;
  if (!entry.is_cie) return Err::kCorrupt;
  *cie = Cie{};
  ByteReader in = reader_at(section, entry.content, entry.end);
  const uint8_t version = in.u8();
  const char* augmentation = in.c_string();
  if (!augmentation) return Err::kTruncated;
  if (version != 1 && version != 3 && version != 4) return Err::kUnsupported;
  if (augmentation[0] == 'e' && augmentation[1] == 'h') {
    in.u64();  // GCC 2's exception table
    augmentation += 2;
  }
  if (version == 4 && (in.u8() != 8 || in.u8() != 0)) return Err::kUnsupported;
  const uint64_t code_align = in.uleb();
  const int64_t data_align = in.sleb();
  const uint64_t return_column = version == 1 ? in.u8() : in.uleb();
  if (!in.ok()) return Err::kTruncated;
  if (code_align > UINT16_MAX || data_align > INT16_MAX || data_align < INT16_MIN ||
      return_column > UINT8_MAX)
    return Err::kUnsupported;
  cie->code_align = static_cast<uint32_t>(code_align);
  cie->data_align = static_cast<int32_t>(data_align);
  cie->return_column = static_cast<uint8_t>(return_column);
  cie->pointer_encoding = kEncodingAbsolute;
  cie->program_end = entry.end;
  if (*augmentation == 'z') {
    cie->has_augmentation = true;
    const uint64_t size = in.uleb();
    const uint32_t begin = entry.content + static_cast<uint32_t>(in.position());
    const uint8_t* data = in.take(size);
    if (!data) return Err::kTruncated;
    const Err augmentation_err =
        read_augmentation(section, augmentation + 1, ByteReader(data, size), begin, cie);
    if (augmentation_err != Err::kOk) return augmentation_err;
  } else if (*augmentation) {
    return Err::kUnsupported;
  }
  cie->program_begin = entry.content + static_cast<uint32_t>(in.position());
  return Err::kOk;
}

Err read_fde(const FrameSection& section, const CfiEntry& entry, const Cie& cie, Fde* fde) {
  ByteReader in = reader_at(section, entry.content, entry.end);
  Err err = read_pointer(section, in, entry.content, cie.pointer_encoding, &fde->start);
  if (err != Err::kOk) return err;
  // The size has the same width, but is relative to nothing.
  err = read_format(in, cie.pointer_encoding, &fde->size);
  if (err != Err::kOk) return err;
  if (fde->size >> 63) return Err::kCorrupt;
  if (cie.has_augmentation) {
    const uint64_t size = in.uleb();
    in.skip(size);
  }
  if (!in.ok()) return Err::kTruncated;
  fde->program_begin = entry.content + static_cast<uint32_t>(in.position());
  fde->program_end = entry.end;
  return Err::kOk;
}

}  // namespace hone::unwind
