#include "recording/format.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace hone::recording {
namespace {

// Every header ends in the checksum of what is before it.
template <class Header>
uint64_t own_checksum(const Header& header) {
  return checksum({reinterpret_cast<const uint8_t*>(&header), sizeof(Header) - sizeof(uint64_t)});
}

}  // namespace

uint64_t checksum(std::span<const uint8_t> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void seal(FileHeader& header) {
  header.magic = kFileMagic;
  header.header_bytes = sizeof(FileHeader);
  header.checksum = own_checksum(header);
}

void seal(ChunkHeader& header, std::span<const uint8_t> payload) {
  header.magic = kChunkMagic;
  header.stored_bytes = static_cast<uint32_t>(payload.size());
  header.payload_checksum = checksum(payload);
  header.header_checksum = own_checksum(header);
}

void seal(EndMark& mark) {
  mark.magic = kEndMagic;
  mark.checksum = own_checksum(mark);
}

bool is_sound(const FileHeader& header) {
  return header.magic == kFileMagic && header.header_bytes >= sizeof(FileHeader) &&
         header.checksum == own_checksum(header);
}

bool is_sound(const ChunkHeader& header) {
  return header.magic == kChunkMagic && header.header_checksum == own_checksum(header) &&
         header.row_count <= kChunkRowsMax && header.stored_bytes <= kChunkBytesMax &&
         header.raw_bytes <= kChunkBytesMax && header.column_count <= kColumnsMax;
}

bool is_sound(const EndMark& mark) {
  return mark.magic == kEndMagic && mark.checksum == own_checksum(mark);
}

std::string_view writer_version() {
  return HONE_VERSION;
}

std::string writer_of(const FileHeader& header) {
  const char* end = std::find(header.writer, header.writer + sizeof(header.writer), '\0');
  std::string version(header.writer, end);
  // It is shown to people and may be anything: keep what a version can hold.
  std::erase_if(version, [](char c) { return c <= ' ' || c > '~'; });
  return version.empty() ? "unknown" : version;
}

}  // namespace hone::recording
