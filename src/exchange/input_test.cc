#include "exchange/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace hone::exchange {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

std::string some_text() {
  std::string out;
  for (int i = 0; i < 400'000; ++i) out += std::to_string(int64_t{i} * 7919) + "\n";
  return out;  // some three megabytes: more than one window
}

std::string gzip(const std::string& text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr,
                                    reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

Result<std::string> all_of(std::string bytes) {
  HONE_TRY_ASSIGN(Input in, Input::of_bytes(std::move(bytes), "the file"));
  std::string out;
  while (true) {
    EXPECT_EQ(in.offset(), out.size());
    // Not all at once: what is left comes again.
    const size_t some = in.rest().size() / 3 * 2;
    out += in.rest().substr(0, some);
    in.take(some);
    HONE_TRY_ASSIGN(const bool more, in.more());
    if (more) continue;
    out += in.rest();
    return out;
  }
}

TEST(Input, UnpacksWhatItIsGiven) {
  const std::string text = some_text();
  EXPECT_EQ(all_of(text), text);
  EXPECT_EQ(all_of(gzip(text)), text);
  EXPECT_EQ(all_of(zstd(text)), text);
  EXPECT_EQ(all_of(xz(text)), text);
  EXPECT_EQ(all_of(gzip(zstd(text))), text);
  // Several, one after the other.
  EXPECT_EQ(all_of(gzip("one ") + gzip(text)), "one " + text);
  EXPECT_EQ(all_of(zstd("one ") + zstd(text)), "one " + text);
  EXPECT_EQ(all_of(xz("one ") + xz(text)), "one " + text);
  EXPECT_EQ(all_of(""), "");
}

TEST(Input, SaysWhatIsCutOrDamaged) {
  const std::string text = some_text();
  for (const std::string& packed : {gzip(text), zstd(text), xz(text)}) {
    const auto cut = all_of(packed.substr(0, packed.size() / 2));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Code::Truncated);
    EXPECT_THAT(cut.error().message, HasSubstr("the file"));
    std::string damaged = packed;
    for (size_t i = packed.size() / 2; i < packed.size() / 2 + 64; ++i) damaged[i] ^= 0x55;
    EXPECT_FALSE(all_of(damaged));
  }
  EXPECT_EQ(all_of(gzip(gzip(gzip(gzip(text))))).error().code, Code::LimitExceeded);
}

TEST(Input, TextsInOtherEncodings) {
  const std::string utf8 = "[\"a\u00e9\U0001d11e\"]";
  EXPECT_EQ(all_of("\xef\xbb\xbf" + utf8), utf8);
  const std::u16string wide = u"[\"a\u00e9\U0001d11e\"]";
  std::string little, big;
  for (const char16_t unit : wide) {
    little += static_cast<char>(unit & 255);
    little += static_cast<char>(unit >> 8);
    big += static_cast<char>(unit >> 8);
    big += static_cast<char>(unit & 255);
  }
  EXPECT_EQ(all_of("\xff\xfe"s + little), utf8);
  EXPECT_EQ(all_of("\xfe\xff"s + big), utf8);
  EXPECT_EQ(all_of(little), utf8);
  EXPECT_EQ(all_of(big), utf8);
  // Half a pair is no character.
  EXPECT_EQ(all_of("\xff\xfe"s + "\x34\xd8"s + "a\0"s),
            "\xef\xbf\xbd"
            "a");
}

TEST(Input, LooksAnywhereInAPlainFile) {
  const std::string path = testing::TempDir() + "hone-input-test";
  const auto written = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return Input::open(path);
  };
  auto plain = written("some text");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->look_at(5, 2).value(), "te");
  EXPECT_EQ(plain->look_at(5, 1000).value(), "text");
  EXPECT_EQ(plain->look_at(1000, 2).value(), "");
  EXPECT_FALSE(plain->look_at(~uint64_t{0}, 2));
  ASSERT_TRUE(plain->fill(100));
  EXPECT_EQ(plain->rest(), "some text");
  // What is read is not what lies in the file.
  EXPECT_FALSE(written(gzip("some text"))->look_at(0, 2));
  EXPECT_FALSE(written("\xef\xbb\xbfsome text")->look_at(0, 2));
  EXPECT_FALSE(Input::of_bytes("some text", "it")->look_at(0, 2));
  std::remove(path.c_str());
}

TEST(Input, IsFoundOrNot) {
  const auto none = Input::open("/nowhere/at all");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::NotFound);
}

}  // namespace
}  // namespace hone::exchange
