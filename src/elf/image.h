// One ELF file or memory image (the vDSO), read from bytes that are already mapped. No file is
// opened here, nothing is trusted: every offset and size is checked against the bytes.
//
//   HONE_TRY_ASSIGN(elf::Image image, elf::Image::parse(mapping.bytes()));
//   std::optional<Svma> at = image.svma_of(FileOffset{0x1234});
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"
#include "unwind/compile.h"

namespace hone::elf {

// A PT_LOAD segment.
struct Segment {
  FileOffset offset{};
  Svma svma{};
  uint64_t file_bytes = 0;
  uint64_t memory_bytes = 0;
  bool executable = false;
};

struct SectionView {  // views into the image's bytes
  std::string_view name;
  Svma svma{};
  FileOffset offset{};
  std::span<const uint8_t> bytes;  // empty for SHT_NOBITS; still compressed when `compressed`
  uint32_t type = 0;
  uint64_t flags = 0;
  uint32_t link = 0;
  uint64_t memory_bytes = 0;  // also of SHT_NOBITS
  uint64_t alignment = 0;
  uint64_t entry_bytes = 0;
  bool compressed = false;
};

// `.eh_frame_hdr`: where `.eh_frame` is, and its index.
struct EhFrameHeader {
  std::span<const uint8_t> bytes;  // empty when there is none
  Svma svma{};
  Svma eh_frame{};  // 0 when not said
  // Pairs of int32 (function start, FDE), relative to `svma`, sorted by start; empty when the file
  // has none or in a form that no linker writes.
  std::span<const uint8_t> table;
};

// Holds views into `bytes`, which must outlive it. Cheap to make: headers only (64-bit, little
// endian; others are Unsupported).
class Image {
 public:
  static Result<Image> parse(std::span<const uint8_t> bytes);

  std::span<const uint8_t> bytes() const { return bytes_; }
  unwind::Arch arch() const { return arch_; }
  uint16_t type() const { return type_; }  // ET_EXEC, ET_DYN, ET_REL
  Svma entry() const { return entry_; }
  std::span<const uint8_t> build_id() const { return build_id_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<SectionView>& sections() const { return sections_; }
  const SectionView* section(std::string_view name) const;

  // The linked address of a byte of the file, by the segments; nullopt when no segment loads it.
  std::optional<Svma> svma_of(FileOffset offset) const;
  // The linked address of the first byte of a mapping of this file, as /proc/PID/maps and mmap
  // events tell it: page-aligned, so it may start before the segment does, in bytes that an earlier
  // segment loads too. `executable`: which kind of segment the mapping is of.
  std::optional<Svma> svma_of_mapping(FileOffset offset, bool executable) const;
  std::span<const uint8_t> bytes_at(Svma address, uint64_t bytes) const;  // empty when not in file
  std::span<const uint8_t> rest_at(Svma address) const;  // up to the end of its segment in the file

  // Where the unwind information is: `.eh_frame` by section or, when section headers are stripped,
  // by PT_GNU_EH_FRAME; `.debug_frame` when there is one and it is not compressed. Empty sections
  // where there is none.
  unwind::FrameSection eh_frame() const;
  unwind::FrameSection debug_frame() const;
  EhFrameHeader eh_frame_header() const;

 private:
  Result<void> read_segments();

  std::span<const uint8_t> bytes_;
  unwind::Arch arch_{};
  uint16_t type_ = 0;
  Svma entry_{};
  Svma eh_frame_hdr_{};
  uint64_t eh_frame_hdr_bytes_ = 0;
  std::span<const uint8_t> build_id_;
  std::vector<Segment> segments_;
  std::vector<SectionView> sections_;
};

}  // namespace hone::elf
