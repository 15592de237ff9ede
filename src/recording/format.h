// The bytes of a recording: fixed headers, limits, checksums. Inside the room only; the layout is
// described for everybody in docs/reference/recording.md.
//
// Everything is little-endian. The first 48 bytes of the file header are the same in every version,
// so that an old Hone can name the one that it would take to read a newer file.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hone::recording {

static_assert(std::endian::native == std::endian::little, "headers are copied as they are");

inline constexpr uint16_t kMajorVersion = 1;
inline constexpr uint16_t kMinorVersion = 0;

inline constexpr uint64_t kFileMagic = 0x0043455245'4e4f48;     // "HONEREC\0"
inline constexpr uint64_t kChunkMagic = 0x93a7'4b4e'4843'f1d8;  // not text, and no byte twice
inline constexpr uint64_t kEndMagic = 0x00444e45'454e4f48;      // "HONEEND\0"

// Limits that a reader holds every file to, whatever its headers say.
inline constexpr uint32_t kChunkRowsMax = 1u << 20;
inline constexpr uint32_t kWriterRowsMax = 1u << 18;   // what this writer makes: no chunk too large
inline constexpr uint32_t kChunkBytesMax = 64u << 20;  // stored, and again unpacked
inline constexpr uint32_t kTablesMax = 1024;
inline constexpr uint32_t kColumnsMax = 256;
inline constexpr uint32_t kNameBytesMax = 128;
// Columns of a table in memory: at most this, plus the ratio times the bytes of its chunks.
inline constexpr uint64_t kTableBytesFloor = 256u << 20;
inline constexpr uint64_t kTableBytesRatio = 256;
// One text or blob; the writer cuts longer ones and says so in `diagnostics`.
inline constexpr size_t kValueBytesMax = 16u << 20;

enum class ChunkKind : uint8_t { kSchema = 1, kRows = 2, kIndex = 3 };
inline constexpr uint8_t kFlagZstd = 1;  // of ChunkHeader::flags

struct FileHeader {
  uint64_t magic;
  uint16_t major;
  uint16_t minor;
  uint32_t header_bytes;
  char writer[32];  // Hone's version, zero-padded
  uint64_t reserved;
  uint64_t checksum;  // of the bytes before it
};
static_assert(sizeof(FileHeader) == 64);

struct ChunkHeader {
  uint64_t magic;
  ChunkKind kind;
  uint8_t flags;
  uint16_t table;  // 1-based place in the file's own schema; 0 when kind is not kRows
  uint32_t row_count;
  uint64_t first_row;  // rows of this table before this chunk
  int64_t time_first;  // of the table's first time column; 0 and 0 when it has none
  int64_t time_last;
  uint32_t stored_bytes;  // of the payload, on disk
  uint32_t raw_bytes;     // of the payload, unpacked
  uint32_t column_count;
  uint32_t schema;            // low half of the schema payload's checksum
  uint64_t payload_checksum;  // of the stored payload
  uint64_t header_checksum;   // of the bytes before it
};
static_assert(sizeof(ChunkHeader) == 72);

// The last bytes of a finished file.
struct EndMark {
  uint64_t magic;
  uint64_t index_offset;  // where the index chunk's header begins; 0 when there is none
  uint64_t chunk_count;   // chunks before the index, the schema among them
  uint64_t checksum;      // of the bytes before it
};
static_assert(sizeof(EndMark) == 32);

uint64_t checksum(std::span<const uint8_t> bytes);
// Fill in the magic numbers and checksums.
void seal(FileHeader& header);
void seal(ChunkHeader& header, std::span<const uint8_t> payload);
void seal(EndMark& mark);
// Whether magic, checksum and limits hold.
bool is_sound(const FileHeader& header);
bool is_sound(const ChunkHeader& header);
bool is_sound(const EndMark& mark);

std::string_view writer_version();  // of this build
std::string writer_of(const FileHeader& header);

}  // namespace hone::recording
