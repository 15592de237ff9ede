#include "elf/image.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/bytes.h"

namespace hone::elf {
namespace {

// More segments or sections than any linker writes; a hostile header asks for no more work than
// this.
constexpr uint64_t kSegmentCountMax = 4096;
constexpr uint64_t kSectionCountMax = 1 << 20;
constexpr size_t kBuildIdBytesMax = 64;
constexpr uint64_t kPageBytes = 4096;

// DWARF pointer encodings (LSB Core 5.0, 10.5.1), as far as linkers use them in .eh_frame_hdr.
constexpr uint8_t kEncodingOmit = 0xff;
constexpr uint8_t kEncodingRelativeToHere = 0x10;
constexpr uint8_t kEncodingRelativeToHeader = 0x30;

std::span<const uint8_t> slice(std::span<const uint8_t> bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return {};
  return bytes.subspan(offset, size);
}

template <class T>
bool read_struct(std::span<const uint8_t> bytes, uint64_t offset, T* out) {
  const auto from = slice(bytes, offset, sizeof(T));
  if (from.empty()) return false;
  std::memcpy(out, from.data(), sizeof(T));
  return true;
}

// The descriptor of the NT_GNU_BUILD_ID note among `notes`.
std::span<const uint8_t> find_build_id(std::span<const uint8_t> notes, uint64_t alignment) {
  const size_t align = alignment == 8 ? 8 : 4;
  base::ByteReader in(notes.data(), notes.size());
  while (in.remaining() >= 12) {
    const uint32_t name_bytes = in.u32();
    const uint32_t desc_bytes = in.u32();
    const uint32_t type = in.u32();
    const uint8_t* name = in.take(name_bytes);
    in.skip(std::min((align - in.position() % align) % align, in.remaining()));
    const uint8_t* desc = in.take(desc_bytes);
    if (!in.ok()) return {};
    in.skip(std::min((align - in.position() % align) % align, in.remaining()));
    if (type == NT_GNU_BUILD_ID && name_bytes == 4 && std::memcmp(name, "GNU", 4) == 0 &&
        desc_bytes > 0 && desc_bytes <= kBuildIdBytesMax) {
      return {desc, desc_bytes};
    }
  }
  return {};
}

std::string_view string_at(std::span<const uint8_t> strings, uint64_t at) {
  if (at >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + at;
  return {begin, strnlen(begin, strings.size() - at)};
}

// One pointer of .eh_frame_hdr; nullopt for encodings that no linker writes there.
std::optional<uint64_t> read_pointer(base::ByteReader& in, uint8_t encoding, uint64_t header) {
  const uint64_t here = header + in.position();
  uint64_t value = 0;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
      value = in.u64();
      break;
    case 0x03:
      value = in.u32();
      break;
    case 0x0b:
      value = static_cast<uint64_t>(int64_t{in.i32()});
      break;
    default:
      return std::nullopt;
  }
  if (!in.ok()) return std::nullopt;
  switch (encoding & 0x70) {
    case 0:
      return value;
    case kEncodingRelativeToHere:
      return here + value;
    case kEncodingRelativeToHeader:
      return header + value;
    default:
      return std::nullopt;
  }
}

std::vector<SectionView> read_sections(std::span<const uint8_t> bytes, const Elf64_Ehdr& header) {
  Elf64_Shdr zero{};
  if (header.e_shoff == 0 || header.e_shentsize != sizeof(Elf64_Shdr) ||
      !read_struct(bytes, header.e_shoff, &zero)) {
    return {};
  }
  // Counts that do not fit the header stand in section 0 (gABI, "Section header table").
  const uint64_t declared = header.e_shnum ? header.e_shnum : zero.sh_size;
  const uint64_t fitting = (bytes.size() - header.e_shoff) / sizeof(Elf64_Shdr);
  const uint64_t count = std::min({declared, fitting, kSectionCountMax});
  const uint64_t names_index = header.e_shstrndx == SHN_XINDEX ? zero.sh_link : header.e_shstrndx;

  Elf64_Shdr names_header{};
  std::span<const uint8_t> names;
  if (names_index < count &&
      read_struct(bytes, header.e_shoff + names_index * sizeof(Elf64_Shdr), &names_header)) {
    names = slice(bytes, names_header.sh_offset, names_header.sh_size);
  }
  std::vector<SectionView> sections;
  sections.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    Elf64_Shdr raw_section{};
    if (!read_struct(bytes, header.e_shoff + i * sizeof(Elf64_Shdr), &raw_section)) break;
    SectionView section;
    section.name = string_at(names, raw_section.sh_name);
    section.svma = Svma{raw_section.sh_addr};
    section.offset = FileOffset{raw_section.sh_offset};
    section.type = raw_section.sh_type;
    section.flags = raw_section.sh_flags;
    section.link = raw_section.sh_link;
    section.memory_bytes = raw_section.sh_size;
    section.alignment = raw_section.sh_addralign;
    section.entry_bytes = raw_section.sh_entsize;
    section.compressed = (raw_section.sh_flags & SHF_COMPRESSED) != 0;
    if (raw_section.sh_type != SHT_NOBITS && raw_section.sh_type != SHT_NULL) {
      section.bytes = slice(bytes, raw_section.sh_offset, raw_section.sh_size);
    }
    sections.push_back(section);
  }
  return sections;
}

}  // namespace

Result<Image> Image::parse(std::span<const uint8_t> bytes) {
  Elf64_Ehdr header{};
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    return fail(Code::InvalidArgument, "not an ELF file");
  }
  if (!read_struct(bytes, 0, &header)) return fail(Code::Truncated, "ELF header is cut");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return fail(Code::Unsupported, "ELF file is not 64-bit little endian");
  }
  Image image;
  image.bytes_ = bytes;
  image.type_ = header.e_type;
  image.entry_ = Svma{header.e_entry};
  if (header.e_machine == EM_X86_64) {
    image.arch_ = unwind::Arch::kX86_64;
  } else if (header.e_machine == EM_AARCH64) {
    image.arch_ = unwind::Arch::kAarch64;
  } else {
    return fail(Code::Unsupported, "ELF file is for machine " + std::to_string(header.e_machine) +
                                       "; x86-64 and aarch64 are supported");
  }
  image.sections_ = read_sections(bytes, header);
  if (auto read = image.read_segments(); !read) return tl::unexpected(std::move(read.error()));
  if (image.build_id_.empty()) {
    for (const SectionView& section : image.sections_) {
      if (section.type != SHT_NOTE) continue;
      image.build_id_ = find_build_id(section.bytes, section.alignment);
      if (!image.build_id_.empty()) break;
    }
  }
  return image;
}

Result<void> Image::read_segments() {
  Elf64_Ehdr header{};
  read_struct(bytes_, 0, &header);
  if (header.e_phnum == 0 || header.e_phoff == 0) return {};
  if (header.e_phentsize != sizeof(Elf64_Phdr)) {
    return fail(Code::Corrupt, "program headers have an unknown size");
  }
  uint64_t count = header.e_phnum;
  Elf64_Shdr zero{};
  if (count == PN_XNUM && read_struct(bytes_, header.e_shoff, &zero)) count = zero.sh_info;
  if (count > kSegmentCountMax) return fail(Code::LimitExceeded, "too many program headers");
  for (uint64_t i = 0; i < count; ++i) {
    Elf64_Phdr program{};
    uint64_t at = 0;
    if (__builtin_add_overflow(header.e_phoff, i * sizeof program, &at) ||
        !read_struct(bytes_, at, &program)) {
      return fail(Code::Truncated, "program headers are cut");
    }
    if (program.p_type == PT_LOAD) {
      segments_.push_back({FileOffset{program.p_offset}, Svma{program.p_vaddr}, program.p_filesz,
                           program.p_memsz, (program.p_flags & PF_X) != 0});
    } else if (program.p_type == PT_NOTE && build_id_.empty()) {
      build_id_ = find_build_id(slice(bytes_, program.p_offset, program.p_filesz), program.p_align);
    } else if (program.p_type == PT_GNU_EH_FRAME) {
      eh_frame_hdr_ = Svma{program.p_vaddr};
      eh_frame_hdr_bytes_ = program.p_filesz;
    }
  }
  return {};
}

const SectionView* Image::section(std::string_view name) const {
  for (const SectionView& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

std::optional<Svma> Image::svma_of(FileOffset offset) const {
  const uint64_t at = raw(offset);
  const Segment* found = nullptr;
  for (const Segment& segment : segments_) {
    const uint64_t from = raw(segment.offset);
    if (at < from || at - from >= segment.file_bytes) continue;
    if (!found || (segment.executable && !found->executable)) found = &segment;
  }
  if (!found) return std::nullopt;
  return Svma{raw(found->svma) + (at - raw(found->offset))};
}

std::optional<Svma> Image::svma_of_mapping(FileOffset offset, bool executable) const {
  const uint64_t at = raw(offset);
  for (const Segment& segment : segments_) {
    if (segment.executable != executable) continue;
    const uint64_t skew = raw(segment.offset) % kPageBytes;
    const uint64_t from = raw(segment.offset) - skew;
    if (at < from || at - from >= skew + segment.file_bytes) continue;
    return Svma{raw(segment.svma) - skew + (at - from)};
  }
  return svma_of(offset);
}

std::span<const uint8_t> Image::bytes_at(Svma address, uint64_t bytes) const {
  for (const Segment& segment : segments_) {
    const uint64_t from = raw(segment.svma);
    if (raw(address) < from || raw(address) - from >= segment.file_bytes) continue;
    const uint64_t into = raw(address) - from;
    if (bytes > segment.file_bytes - into) return {};
    uint64_t at = 0;
    if (__builtin_add_overflow(raw(segment.offset), into, &at)) return {};
    return slice(bytes_, at, bytes);
  }
  return {};
}

std::span<const uint8_t> Image::rest_at(Svma address) const {
  for (const Segment& segment : segments_) {
    const uint64_t from = raw(segment.svma);
    if (raw(address) < from || raw(address) - from >= segment.file_bytes) continue;
    const uint64_t into = raw(address) - from;
    uint64_t at = 0;
    if (__builtin_add_overflow(raw(segment.offset), into, &at) || at > bytes_.size()) return {};
    return bytes_.subspan(at, std::min<uint64_t>(segment.file_bytes - into, bytes_.size() - at));
  }
  return {};
}

EhFrameHeader Image::eh_frame_header() const {
  EhFrameHeader out;
  if (const SectionView* section = this->section(".eh_frame_hdr"); section) {
    out.bytes = section->compressed ? std::span<const uint8_t>{} : section->bytes;
    out.svma = section->svma;
  }
  if (out.bytes.empty() && eh_frame_hdr_bytes_) {
    out.bytes = bytes_at(eh_frame_hdr_, eh_frame_hdr_bytes_);
    out.svma = eh_frame_hdr_;
  }
  base::ByteReader in(out.bytes.data(), out.bytes.size());
  const uint8_t version = in.u8();
  const uint8_t frame_encoding = in.u8();
  const uint8_t count_encoding = in.u8();
  const uint8_t table_encoding = in.u8();
  if (!in.ok() || version != 1) return {};
  if (frame_encoding != kEncodingOmit) {
    if (auto frame = read_pointer(in, frame_encoding, raw(out.svma))) out.eh_frame = Svma{*frame};
  }
  // The only form that GNU ld, gold, lld and mold write: sorted pairs of int32, header-relative.
  if (count_encoding == 0x03 && table_encoding == 0x3b && raw(out.eh_frame) != 0) {
    const uint64_t count = in.u32();
    if (in.ok() && count <= in.remaining() / 8) out.table = {in.cursor(), count * 8};
  }
  return out;
}

unwind::FrameSection Image::eh_frame() const {
  unwind::FrameSection out;
  if (const SectionView* text = section(".text")) out.text_address = text->svma;
  const SectionView* got = section(".got.plt");
  if (!got) got = section(".got");
  if (got) out.data_address = got->svma;
  if (const SectionView* frames = section(".eh_frame");
      frames && !frames->compressed && !frames->bytes.empty()) {
    out.bytes = frames->bytes.data();
    out.size = frames->bytes.size();
    out.address = frames->svma;
    return out;
  }
  // Without section headers the size is not written anywhere: the section ends at its zero
  // terminator, at the latest with the segment.
  const EhFrameHeader header = eh_frame_header();
  if (raw(header.eh_frame) == 0) return out;
  const auto bytes = rest_at(header.eh_frame);
  out.bytes = bytes.data();
  out.size = bytes.size();
  out.address = header.eh_frame;
  return out;
}

unwind::FrameSection Image::debug_frame() const {
  unwind::FrameSection out;
  out.is_debug_frame = true;
  const SectionView* frames = section(".debug_frame");
  if (!frames || frames->compressed || frames->bytes.empty()) return out;
  out.bytes = frames->bytes.data();
  out.size = frames->bytes.size();
  out.address = frames->svma;
  return out;
}

}  // namespace hone::elf
