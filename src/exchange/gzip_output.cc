#include "exchange/gzip_output.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/host/check.h"

namespace hone::exchange {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr int kGzip = 15 + 16;  // window bits, and a gzip header: zlib.h, deflateInit2
constexpr int kMemory = 8;

}  // namespace

struct GzipOutput::Stream {
  z_stream packer{};
  std::array<Bytef, kPieceBytes> packed{};
};

GzipOutput::GzipOutput(Output& out) : out_(out), stream_(std::make_unique<Stream>()) {
  // Fails for want of memory alone, which ends the program.
  HONE_CHECK(::deflateInit2(&stream_->packer, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory,
                            Z_DEFAULT_STRATEGY) == Z_OK);
}

GzipOutput::~GzipOutput() {
  ::deflateEnd(&stream_->packer);
}

void GzipOutput::pack(std::string_view bytes, bool is_last) {
  z_stream& packer = stream_->packer;
  do {
    // zlib counts in 32 bits, and does not write to what it is given to read.
    const std::string_view piece = bytes.substr(0, size_t{1} << 30);
    bytes.remove_prefix(piece.size());
    packer.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    packer.avail_in = static_cast<uInt>(piece.size());
    const bool ends = is_last && bytes.empty();
    do {
      packer.next_out = stream_->packed.data();
      packer.avail_out = kPieceBytes;
      ::deflate(&packer, ends ? Z_FINISH : Z_NO_FLUSH);
      out_.put(
          {reinterpret_cast<const char*>(stream_->packed.data()), kPieceBytes - packer.avail_out});
    } while (packer.avail_out == 0);
  } while (!bytes.empty());
}

Result<void> GzipOutput::finish() {
  pack({}, true);
  return out_.finish();
}

}  // namespace hone::exchange
