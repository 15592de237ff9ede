#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/bytes.h"
#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/text.h"

namespace hone::base {
namespace {

TEST(ByteReader, ReadsLittleEndianAndStopsAtTheEnd) {
  const std::array<uint8_t, 5> data = {1, 2, 0, 0, 9};
  ByteReader in(data.data(), data.size());
  EXPECT_EQ(in.u32(), 0x201u);
  EXPECT_EQ(in.u16(), 0u);  // one byte is left: not enough
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0u);  // and nothing can be read after a failure
}

TEST(ByteReader, ReadsLebNumbers) {
  const std::array<uint8_t, 6> data = {0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f};
  ByteReader in(data.data(), data.size());
  EXPECT_EQ(in.uleb(), 624485u);
  EXPECT_EQ(in.sleb(), -1);
  EXPECT_EQ(in.sleb(), -128);
  EXPECT_TRUE(in.ok());
}

TEST(ByteReader, EndlessLebIsTruncatedNotALoop) {
  const std::array<uint8_t, 12> data = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  ByteReader in(data.data(), data.size());
  in.uleb();
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, StringWithoutEndFails) {
  const std::array<char, 3> data = {'a', 'b', 'c'};
  ByteReader in(data.data(), data.size());
  EXPECT_EQ(in.c_string(), nullptr);
  EXPECT_FALSE(in.ok());
}

TEST(Text, WritesQuantitiesForPeople) {
  EXPECT_EQ(duration_text(DurationNs{870}), "870 ns");
  EXPECT_EQ(duration_text(DurationNs{999'600}), "1.00 ms");
  EXPECT_EQ(duration_text(DurationNs{4'831'000'000}), "4.83 s");
  EXPECT_EQ(bytes_text(99), "99 B");
  EXPECT_EQ(bytes_text(352'100), "352 kB");
  EXPECT_EQ(count_text(1204551), "1,204,551");
  EXPECT_EQ(count_text(12), "12");
  EXPECT_EQ(percent_text(0.1234), "12.3%");
  EXPECT_EQ(percent_text(0.0004), "0.04%");
}

TEST(Text, OffersTheNearestWord) {
  const std::array<std::string_view, 3> verbs = {"record", "report", "annotate"};
  EXPECT_EQ(nearest("rec", verbs.data(), verbs.size()), "record");
  EXPECT_EQ(nearest("reprot", verbs.data(), verbs.size()), "report");
  const std::string_view flags[] = {"--to", "--top", "--total"};
  EXPECT_EQ(nearest("--tpo", flags, std::size(flags)), "--top");
  EXPECT_EQ(nearest("zzzzzz", verbs.data(), verbs.size()), "");
}

TEST(File, AtomicWriteReplacesAndReadBack) {
  const auto folder = std::filesystem::temp_directory_path() / "hone-base-test";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "file";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("one")));
  ASSERT_TRUE(write_file_atomically(path, as_bytes("two")));
  EXPECT_EQ(*read_file(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  std::filesystem::remove_all(folder);
}

TEST(File, ErrorsNameTheFileAndTheReason) {
  const auto missing = read_file("/nonexistent/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::NotFound);
  EXPECT_EQ(missing.error().message, "/nonexistent/file: No such file or directory");
}

TEST(FunctionRef, CallsTheCallable) {
  int sum = 0;
  auto add = [&](int x) { sum += x; };
  FunctionRef<void(int)> ref = add;
  ref(2);
  ref(3);
  EXPECT_EQ(sum, 5);
}

}  // namespace
}  // namespace hone::base
