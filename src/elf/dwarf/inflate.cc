// Compressed debug sections (gABI, "Section Compression").
#include <elf.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "elf/dwarf/file.h"

namespace hone::elf::dwarf {
namespace {

constexpr uint64_t kInflatedBytesMax = uint64_t{4} << 30;
constexpr uint32_t kCompressZlib = 1;
constexpr uint32_t kCompressZstd = 2;   // ELFCOMPRESS_ZSTD, newer than Debian 12's elf.h
constexpr size_t kOldHeaderBytes = 12;  // "ZLIB" and the size, big endian

bool inflate_zlib(Bytes packed, uint8_t* out, uint64_t out_bytes) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return false;
  constexpr uint64_t kStepMax = std::numeric_limits<uInt>::max();
  const uint8_t* in = packed.data();
  uint64_t in_left = packed.size();
  uint64_t out_left = out_bytes;
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_in = const_cast<Bytef*>(in);
    stream.avail_in = static_cast<uInt>(std::min(in_left, kStepMax));
    stream.next_out = out;
    stream.avail_out = static_cast<uInt>(std::min(out_left, kStepMax));
    state = inflate(&stream, Z_NO_FLUSH);
    const auto read = static_cast<uint64_t>(stream.next_in - in);
    const auto wrote = static_cast<uint64_t>(stream.next_out - out);
    if (read == 0 && wrote == 0) break;
    in += read;
    in_left -= read;
    out += wrote;
    out_left -= wrote;
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && out_left == 0;
}

bool inflate_zstd(Bytes packed, uint8_t* out, uint64_t out_bytes) {
  const size_t wrote = ZSTD_decompress(out, out_bytes, packed.data(), packed.size());
  return !ZSTD_isError(wrote) && wrote == out_bytes;
}

}  // namespace

Result<Bytes> section_content(const SectionView& section, std::vector<base::Mapping>& storage) {
  const bool old_form = section.name.starts_with(".zdebug");
  if (!section.compressed && !old_form) return section.bytes;
  const std::string name(section.name);
  Bytes packed = section.bytes;
  uint64_t bytes = 0;
  uint32_t type = kCompressZlib;
  if (section.compressed) {
    Elf64_Chdr header{};
    if (packed.size() < sizeof header) return fail(Code::Truncated, name + " is cut");
    std::memcpy(&header, packed.data(), sizeof header);
    type = header.ch_type;
    bytes = header.ch_size;
    packed = packed.subspan(sizeof header);
  } else {
    if (packed.size() < kOldHeaderBytes || std::memcmp(packed.data(), "ZLIB", 4) != 0) {
      return fail(Code::Corrupt, name + " has no ZLIB header");
    }
    for (size_t i = 4; i < kOldHeaderBytes; ++i) bytes = bytes << 8 | packed[i];
    packed = packed.subspan(kOldHeaderBytes);
  }
  if (bytes == 0) return Bytes{};
  if (bytes > kInflatedBytesMax) return fail(Code::LimitExceeded, name + " is larger than 4 GiB");
  // Reserved, not touched: a header that lies about the size costs nothing.
  HONE_TRY_ASSIGN(base::Mapping out, base::Mapping::anonymous(bytes));
  bool good = false;
  if (type == kCompressZlib) {
    good = inflate_zlib(packed, out.data(), bytes);
  } else if (type == kCompressZstd) {
    good = inflate_zstd(packed, out.data(), bytes);
  } else {
    return fail(Code::Unsupported, name + ": compression " + std::to_string(type));
  }
  if (!good) return fail(Code::Corrupt, name + " does not inflate");
  storage.push_back(std::move(out));
  return storage.back().bytes();
}

}  // namespace hone::elf::dwarf
