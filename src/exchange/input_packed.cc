#include "exchange/input_packed.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/host/utf8.h"

namespace hone::exchange {
namespace {

constexpr size_t kPiece = size_t{256} << 10;  // of packed bytes, read at a time
constexpr uint64_t kXzMemory = uint64_t{128} << 20;
// Windows of zstd's --long beyond this need a flag there, too.
constexpr int kZstdWindowLog = 27;

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::Corrupt, std::string(what) + ": it cannot be unpacked");
}
tl::unexpected<Error> cut(std::string_view what) {
  return fail(Code::Truncated, std::string(what) + ": it ends in the middle");
}

// What is packed, a piece at a time.
class Pieces {
 public:
  explicit Pieces(std::unique_ptr<ByteSource> from) : from_(std::move(from)), room_(kPiece, '\0') {}
  // False at the end. What is left() stays until it is taken.
  Result<bool> more() {
    HONE_TRY_ASSIGN(const size_t got, from_->read(room_.data(), room_.size()));
    left_ = std::string_view(room_).substr(0, got);
    return got > 0;
  }
  std::string_view left() const { return left_; }
  void take(size_t bytes) { left_.remove_prefix(bytes); }

 private:
  std::unique_ptr<ByteSource> from_;
  std::string room_;
  std::string_view left_;
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> from) : in_(std::move(from)) {}
  ~GzipSource() override {
    if (begun_) ::inflateEnd(&stream_);
  }
  Result<size_t> read(char* to, size_t bytes) override {
    if (!begun_) {
      if (::inflateInit2(&stream_, 15 + 16) != Z_OK) return damaged("gzip");
      begun_ = true;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(bytes, 1u << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (in_.left().empty()) {
        HONE_TRY_ASSIGN(const bool got, in_.more());
        if (!got) {
          if (!between_) return cut("gzip");
          break;
        }
      }
      if (between_ && static_cast<uint8_t>(in_.left()[0]) != 0x1f) break;  // padding behind it
      stream_.next_in =
          reinterpret_cast<Bytef*>(const_cast<char*>(in_.left().data()));  // zlib's C signature
      stream_.avail_in = static_cast<uInt>(in_.left().size());
      const uInt before = stream_.avail_in;
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      in_.take(before - stream_.avail_in);
      between_ = state == Z_STREAM_END;
      if (state == Z_STREAM_END) {
        if (::inflateReset(&stream_) != Z_OK) return damaged("gzip");
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return damaged("gzip");
      }
    }
    return room - stream_.avail_out;
  }

 private:
  Pieces in_;
  z_stream stream_{};
  bool begun_ = false;
  bool between_ = false;  // members: the end may be here
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> from)
      : in_(std::move(from)), stream_(ZSTD_createDStream()) {
    if (stream_) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  Result<size_t> read(char* to, size_t bytes) override {
    if (!stream_) return fail(Code::LimitExceeded, "no memory for zstd");
    ZSTD_outBuffer out{to, bytes, 0};
    while (out.pos == 0) {
      if (in_.left().empty()) {
        HONE_TRY_ASSIGN(const bool got, in_.more());
        if (!got) {
          if (left_ != 0) return cut("zstd");
          break;
        }
      }
      ZSTD_inBuffer in{in_.left().data(), in_.left().size(), 0};
      left_ = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left_) != 0) return damaged("zstd");
      in_.take(in.pos);
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  Pieces in_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  size_t left_ = 0;  // 0: a frame is whole
};

class XzSource : public ByteSource {
 public:
  explicit XzSource(std::unique_ptr<ByteSource> from) : in_(std::move(from)) {}
  ~XzSource() override { ::lzma_end(&stream_); }
  Result<size_t> read(char* to, size_t bytes) override {
    if (!begun_) {
      if (::lzma_stream_decoder(&stream_, kXzMemory, LZMA_CONCATENATED) != LZMA_OK) {
        return damaged("xz");
      }
      begun_ = true;
    }
    stream_.next_out = reinterpret_cast<uint8_t*>(to);
    stream_.avail_out = bytes;
    while (!done_ && stream_.avail_out == bytes) {
      if (in_.left().empty() && !at_end_) {
        HONE_TRY_ASSIGN(const bool got, in_.more());
        at_end_ = !got;
      }
      stream_.next_in = reinterpret_cast<const uint8_t*>(in_.left().data());
      stream_.avail_in = in_.left().size();
      const size_t before = stream_.avail_in;
      const lzma_ret state = ::lzma_code(&stream_, at_end_ ? LZMA_FINISH : LZMA_RUN);
      in_.take(before - stream_.avail_in);
      if (state == LZMA_STREAM_END) {
        done_ = true;
      } else if (state == LZMA_BUF_ERROR && at_end_) {
        return cut("xz");
      } else if (state != LZMA_OK && state != LZMA_BUF_ERROR) {
        return damaged("xz");
      }
    }
    return bytes - stream_.avail_out;
  }

 private:
  Pieces in_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool begun_ = false, at_end_ = false, done_ = false;
};

constexpr uint32_t kReplacement = 0xfffd;

class Utf16Source : public ByteSource {
 public:
  Utf16Source(std::unique_ptr<ByteSource> from, bool is_big) : in_(std::move(from)), big_(is_big) {}
  Result<size_t> read(char* to, size_t bytes) override {
    while (at_ == text_.size()) {
      text_.clear();
      at_ = 0;
      HONE_TRY_ASSIGN(const bool got, in_.more());
      if (!got) return size_t{0};
      for (; !in_.left().empty(); in_.take(1)) put(static_cast<uint8_t>(in_.left()[0]));
    }
    bytes = std::min(bytes, text_.size() - at_);
    std::memcpy(to, text_.data() + at_, bytes);
    at_ += bytes;
    return bytes;
  }

 private:
  void put(uint8_t byte) {
    if (!has_half_) {
      half_ = byte;
      has_half_ = true;
      return;
    }
    has_half_ = false;
    const uint32_t unit = big_ ? uint32_t{half_} << 8 | byte : uint32_t{byte} << 8 | half_;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if (high_ != 0) {
      const uint32_t high = std::exchange(high_, 0);
      if (is_low)
        return base::append_utf8(text_, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      base::append_utf8(text_, kReplacement);
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
      high_ = unit;
    } else if (is_low) {
      base::append_utf8(text_, kReplacement);
    } else if (unit != 0xfeff || !is_first_) {
      base::append_utf8(text_, unit);
    }
    is_first_ = false;
  }

  Pieces in_;
  bool big_;
  bool has_half_ = false, is_first_ = true;
  uint8_t half_ = 0;
  uint32_t high_ = 0;
  std::string text_;
  size_t at_ = 0;
};

// Leaves out the first bytes.
class Behind : public ByteSource {
 public:
  Behind(std::unique_ptr<ByteSource> from, size_t bytes) : from_(std::move(from)), skip_(bytes) {}
  Result<size_t> read(char* to, size_t bytes) override {
    while (skip_ > 0) {
      char room[8];
      HONE_TRY_ASSIGN(const size_t got, from_->read(room, std::min(skip_, sizeof(room))));
      if (got == 0) return size_t{0};
      skip_ -= got;
    }
    return from_->read(to, bytes);
  }

 private:
  std::unique_ptr<ByteSource> from_;
  size_t skip_;
};

}  // namespace

std::unique_ptr<ByteSource> unpacked(std::string_view head, std::unique_ptr<ByteSource>& from) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x1f\x8b\x08"sv)) return std::make_unique<GzipSource>(std::move(from));
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return std::make_unique<ZstdSource>(std::move(from));
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv))
    return std::make_unique<XzSource>(std::move(from));
  return nullptr;
}

std::unique_ptr<ByteSource> plain_text(std::string_view head, std::unique_ptr<ByteSource>& from) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xef\xbb\xbf"sv)) return std::make_unique<Behind>(std::move(from), 3);
  if (head.starts_with("\xff\xfe"sv)) return std::make_unique<Utf16Source>(std::move(from), false);
  if (head.starts_with("\xfe\xff"sv)) return std::make_unique<Utf16Source>(std::move(from), true);
  // Without a mark: text whose first characters are of ASCII, as all of these formats have them.
  if (head.size() >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0) {
    return std::make_unique<Utf16Source>(std::move(from), false);
  }
  if (head.size() >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0) {
    return std::make_unique<Utf16Source>(std::move(from), true);
  }
  return nullptr;
}

}  // namespace hone::exchange
