#include "cli/open.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/host/file.h"
#include "cli/source_files.h"
#include "recording/builder.h"

namespace hone::cli {
namespace {

// A folder of its own, and the current one while this lives.
class Folder {
 public:
  Folder() : before_(std::filesystem::current_path()) {
    char name[] = "/tmp/hone-cli-XXXXXX";
    path_ = ::mkdtemp(name);
    std::filesystem::current_path(path_);
  }
  ~Folder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::filesystem::path before_;
  std::string path_;
};

void touch(const std::string& path, time_t when) {
  auto written = base::write_file_atomically(path, base::as_bytes("x"));
  ASSERT_TRUE(written.has_value());
  const timespec times[2] = {{when, 0}, {when, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(RecordingPath, IsTheNewestOfTheFolder) {
  const Folder folder;
  auto none = recording_path({}, 0);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().number, "E012");
  touch("a.hone", 1000);
  touch("b.hone", 3000);
  touch("c.hone", 2000);
  touch("d.txt", 9000);
  std::filesystem::create_directory("e.hone");
  EXPECT_EQ(*recording_path({}, 0), "b.hone");
  EXPECT_EQ(*recording_path({.operands = {"c.hone"}}, 0), "c.hone");
  EXPECT_EQ(*recording_path({.operands = {"main"}}, 1), "b.hone");
}

}  // namespace

// Not static, so that the symbol table has it; never inlined, so that it has code of its own.
__attribute__((noinline)) int hone_open_test_victim(int value) {
  asm volatile("" : "+r"(value));
  return value + 1;
}

namespace {

struct OwnImage {
  uint64_t base = 0;
  std::string build_id;
};

// The test program itself as a module: where it lies, and its build id.
OwnImage own_image() {
  OwnImage out;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& image = *static_cast<OwnImage*>(data);
        image.base = info->dlpi_addr;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& header = info->dlpi_phdr[i];
          if (header.p_type != PT_NOTE) continue;
          const auto* at = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
          const char* end = at + header.p_memsz;
          while (at + 12 <= end) {
            uint32_t sizes[3];
            std::memcpy(sizes, at, sizeof sizes);
            const char* text = at + 12 + (sizes[0] + 3) / 4 * 4;
            if (sizes[2] == NT_GNU_BUILD_ID) image.build_id.assign(text, sizes[1]);
            at = text + (sizes[1] + 3) / 4 * 4;
          }
        }
        return 1;  // the first is the program
      },
      &out);
  return out;
}

// What a recorder leaves that was killed before it named anything.
void write_unnamed(const std::string& path, const OwnImage& image, const std::string& build_id) {
  using namespace recording;
  auto writer = Writer::create(path, {});
  ASSERT_TRUE(writer.has_value());
  Builder out(std::move(*writer));
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const auto module = out.append_id<ModuleId>(
      ModuleRow{.path = out.string(self), .build_id = build_id, .kind = kModuleFile});
  out.append_id<ProcessId>(ProcessRow{.pid = 1, .start = TimeNs{1'000'000'000}});
  out.append_id<ThreadId>(ThreadRow{.process = ProcessId{1}, .tid = 1});
  const auto address = reinterpret_cast<uint64_t>(&hone_open_test_victim) + 1 - image.base;
  const FrameId frames[] = {out.frame(module, address)};
  out.append(SampleRow{.time = TimeNs{2'000'000'000},
                       .thread = ThreadId{1},
                       .stack = out.stack(frames),
                       .weight = DurationNs{1'000'000}});
  ASSERT_TRUE(out.writer().flush().has_value());
}

std::string name_of_sample(const profile::Profile& p) {
  const FrameId frame = p.stacks().frame[raw(p.samples().stack.at(0))];
  const uint32_t row = p.frames().first_line[raw(frame)];
  return std::string(p.string(p.functions()[raw(p.lines().function[row])].name));
}

TEST(OpenProfile, NamesARecordingThatHasNoNames) {
  EXPECT_EQ(hone_open_test_victim(1), 2);
  const OwnImage image = own_image();
  const Folder folder;
  write_unnamed("own.hone", image, image.build_id);
  auto open = open_profile("own.hone");
  ASSERT_TRUE(open.has_value()) << open.error().message;
  EXPECT_EQ(name_of_sample(open->profile), "hone::cli::hone_open_test_victim(int)");
  EXPECT_NE(open->note.find("for 1 of 1 modules"), std::string::npos) << open->note;
  EXPECT_EQ(std::count(open->note.begin(), open->note.end(), '\n'), 1);
}

TEST(OpenProfile, ASecondBuildOfTheFileNamesNothing) {
  const Folder folder;
  write_unnamed("own.hone", own_image(), "another build id 123");
  auto open = open_profile("own.hone");
  ASSERT_TRUE(open.has_value()) << open.error().message;
  EXPECT_EQ(name_of_sample(open->profile).find("hone_open_test_victim"), std::string::npos);
  EXPECT_NE(open->note.find("for 0 of 1 modules"), std::string::npos) << open->note;
}

TEST(TimeRange, TakesSecondsSinceTheStart) {
  const TimeNs start{1'000'000'000};
  analysis::Selection s;
  ASSERT_TRUE(set_time_range("1.5-3", start, s).has_value());
  EXPECT_EQ(s.time_first, TimeNs{2'500'000'000});
  EXPECT_EQ(s.time_last, TimeNs{4'000'000'000});
  s = {};
  ASSERT_TRUE(set_time_range("2-", start, s).has_value());
  EXPECT_EQ(s.time_first, TimeNs{3'000'000'000});
  EXPECT_EQ(s.time_last, TimeNs{INT64_MAX});
  s = {};
  ASSERT_TRUE(set_time_range("-0.5", start, s).has_value());
  EXPECT_EQ(s.time_last, TimeNs{1'500'000'000});
  for (const std::string_view wrong : {"-", "3", "3-2", "a-b", "1-2-3", "1e99-", "nan-", "1 -2"}) {
    EXPECT_FALSE(set_time_range(wrong, start, s).has_value()) << wrong;
  }
}

TEST(SourceFiles, MapsAndSaysWhereItLooked) {
  const Folder folder;
  std::filesystem::create_directory("src");
  ASSERT_TRUE(base::write_file_atomically("src/a.cc", base::as_bytes("one\ntwo\n")).has_value());
  auto files = SourceFiles::make({"/build/app=" + (folder / "src")}, "");
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->find("/build/app/a.cc").lines, (std::vector<std::string>{"one", "two"}));
  const report::SourceFile absent = files->find("/build/app/b.cc");
  EXPECT_TRUE(absent.lines.empty());
  EXPECT_EQ(absent.tried, (std::vector<std::string>{folder / "src/b.cc", "/build/app/b.cc"}));
  EXPECT_FALSE(SourceFiles::make({"nowhere"}, "").has_value());
  auto relative = SourceFiles::make({}, folder / "src");
  EXPECT_EQ(relative->find("a.cc").lines.size(), 2u);
}

TEST(SourceFiles, ReadsNothingThatIsNoText) {
  const Folder folder;
  auto files = SourceFiles::make({}, "");
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  EXPECT_TRUE(files->find(folder / "pipe").lines.empty());
  EXPECT_TRUE(files->find("/dev/zero").lines.empty());
  EXPECT_TRUE(files->find("/tmp").lines.empty());
  ASSERT_TRUE(base::write_file_atomically("bin", base::as_bytes({"a\0b\n", 4})).has_value());
  EXPECT_TRUE(files->find(folder / "bin").lines.empty());
}

}  // namespace
}  // namespace hone::cli
