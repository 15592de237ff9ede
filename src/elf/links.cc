// What a stripped file says about where its symbols went.
#include <lzma.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "elf/symbol_table.h"

namespace hone::elf {
namespace {

// xz -9 needs 65 MiB to decode; a stream that asks for more is not one of a symbol file.
constexpr uint64_t kLzmaMemoryMax = uint64_t{96} << 20;
constexpr size_t kInflateStep = size_t{256} << 10;

std::span<const uint8_t> plain_section(const Image& image, std::string_view name) {
  const SectionView* section = image.section(name);
  return section && !section->compressed ? section->bytes : std::span<const uint8_t>{};
}

}  // namespace

Result<std::vector<uint8_t>> read_mini_debug_info(const Image& image, size_t bytes_max) {
  const auto packed = plain_section(image, ".gnu_debugdata");
  if (packed.empty()) return fail(Code::NotFound, "no .gnu_debugdata");
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kLzmaMemoryMax, 0) != LZMA_OK) {
    return fail(Code::Internal, "cannot start the xz decoder");
  }
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  std::vector<uint8_t> out;
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK && out.size() < bytes_max) {
    const size_t old_size = out.size();
    const size_t step = std::min(std::max(kInflateStep, old_size), bytes_max - old_size);
    out.resize(old_size + step);
    stream.next_out = out.data() + old_size;
    stream.avail_out = step;
    state = lzma_code(&stream, LZMA_FINISH);
    out.resize(old_size + step - stream.avail_out);
  }
  lzma_end(&stream);
  if (state == LZMA_OK) return fail(Code::LimitExceeded, ".gnu_debugdata is larger than expected");
  if (state != LZMA_STREAM_END) return fail(Code::Corrupt, ".gnu_debugdata is damaged");
  return out;
}

std::optional<DebugLink> read_debug_link(const Image& image) {
  const auto section = plain_section(image, ".gnu_debuglink");
  base::ByteReader in(section.data(), section.size());
  const char* name = in.c_string();
  if (!name) return std::nullopt;
  DebugLink link{.file_name = name};
  in.skip((4 - in.position() % 4) % 4);
  link.crc = in.u32();
  if (!in.ok() || link.file_name.empty()) return std::nullopt;
  return link;
}

std::optional<AltLink> read_alt_link(const Image& image) {
  const auto section = plain_section(image, ".gnu_debugaltlink");
  base::ByteReader in(section.data(), section.size());
  const char* name = in.c_string();
  if (!name || *name == 0 || in.at_end()) return std::nullopt;
  return AltLink{name, {in.cursor(), in.remaining()}};
}

uint32_t debug_link_crc(std::span<const uint8_t> file) {
  return lzma_crc32(file.data(), file.size(), 0);
}

}  // namespace hone::elf
