// Marked programs of every way to build them: GCC and clang, optimised or not, fixed or not,
// stripped, C and C++, places in inline functions and templates.
#include "elf/hone_sites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/host/file.h"
#include "hone/layout.h"

namespace hone::elf {
namespace {

constexpr const char* kInclude = " -I" HONE_TEST_DATA "/../include ";

constexpr const char* kSource = R"(
#include <hone/hone.h>
static void often(void) { HONE_SPAN("A::often", "n", 3); }
void never(void) { HONE_FUNCTION(); HONE_PLOT_UNIT("A::plot", "ms", 4); }
#ifdef __cplusplus
template <int N> void each() { HONE_SPAN("A::each"); }
inline void in_header() { HONE_SPAN("A::in_header"); HONE_EVENT("A::said"); }
int main() { often(); each<1>(); each<2>(); in_header(); HONE_FRAME(); return 0; }
#else
int main(void) { often(); HONE_FRAME(); return 0; }
#endif
)";

// What libhone has; nothing of it is run. A file of its own, so that no compiler sees that it does
// nothing with a place.
constexpr const char* kLibrary = R"(
#define HONE_ENABLE 1
#include <hone/hone.h>
hone_page hone_own_page;
__thread hone_thread* hone_own_thread;
hone_begun hone_begin_slowly(hone_site* site) { hone_begun none = {0, site->line}; return none; }
void hone_end_slowly(hone_thread* t, uint64_t a, uint64_t b, hone_site* s) {
  (void)t, (void)a, (void)b, (void)s;
}
uint64_t hone_clock_slowly(void) { return 0; }
hone_thread* hone_thread_slowly(hone_site* site) { return site->line ? 0 : hone_own_thread; }
void hone_frame_slowly(hone_site* site) { (void)site; }
int hone_room_slowly(hone_thread* thread, uint32_t slots) { return thread && slots; }
void hone_put_arguments(hone_site* s, uint32_t a, uint32_t b, uint64_t c, const hone_value* v,
                        uint32_t n) {
  (void)s, (void)a, (void)b, (void)c, (void)v, (void)n;
}
)";

class HoneSitesTest : public ::testing::Test {
 protected:
  HoneSitesTest() {
    char path[] = "/tmp/hone-sites-XXXXXX";
    folder_ = ::mkdtemp(path);
    std::ofstream(folder_ + "/library.c") << kLibrary;
    const std::string command = std::string("cc -O0 -fPIC -c ") + kInclude + folder_ +
                                "/library.c -o " + folder_ + "/library.o";
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  ~HoneSitesTest() override { std::filesystem::remove_all(folder_); }

  // The names of what is built in, each as often as it is there; false when it cannot be built.
  bool build(const std::string& compiler, const std::string& flags) {
    const bool is_c = compiler == "gcc" || compiler == "clang";
    const std::string source = folder_ + (is_c ? "/a.c" : "/a.cc"), program = folder_ + "/a";
    std::ofstream(source) << kSource;
    const std::string command = compiler + " " + flags + kInclude + source + " " + folder_ +
                                "/library.o -o " + program + " 2>" + folder_ + "/log";
    names_.clear();
    if (std::system(command.c_str()) != 0) return false;
    auto file = base::Mapping::of_file(program);
    if (!file) return false;
    auto image = Image::parse(file->bytes());
    if (!image) return false;
    for (const BuiltInSite& site : built_in_sites(*image)) {
      names_.insert({std::string(site.name), site.kind});
      EXPECT_GT(site.line, 0u);
      EXPECT_TRUE(site.file.ends_with("/a.c") || site.file.ends_with("/a.cc")) << site.file;
    }
    return true;
  }
  std::string log() { return base::read_file(folder_ + "/log").value_or(""); }

  std::string folder_;
  std::multiset<std::pair<std::string, int>> names_;
};

TEST_F(HoneSitesTest, AreFoundHoweverAProgramIsBuilt) {
  for (const char* compiler : {"g++", "clang++", "gcc", "clang"}) {
    const std::string probe = std::string("command -v ") + compiler + " >/dev/null";
    if (std::system(probe.c_str()) != 0) continue;
    const bool is_c = std::string_view(compiler).find("++") == std::string_view::npos;
    std::vector<const char*> ways = {"-O0", "-O2 -no-pie -fno-pie"};
    if (!is_c) {
      ways.insert(ways.end(),
                  {"-O2 -s", "-O2 -shared -fPIC",
                   "-O2 -Wl,--gc-sections -fdata-sections -ffunction-sections", "-O2 -flto"});
    }
    for (const char* flags : ways) {
      SCOPED_TRACE(std::string(compiler) + " " + flags);
      if (!build(compiler, std::string(flags) + " -DHONE_ENABLE")) {
        ADD_FAILURE() << log();
        continue;
      }
      EXPECT_EQ(names_.count({"A::often", HONE_SITE_SPAN}), 1u);
      EXPECT_EQ(names_.count({"frame", HONE_SITE_FRAMES}), 1u);
      EXPECT_EQ(names_.count({"A::each", HONE_SITE_SPAN}), is_c ? 0u : 2u);
      EXPECT_EQ(names_.count({"A::in_header", HONE_SITE_SPAN}), is_c ? 0u : 1u);
      EXPECT_EQ(names_.count({"A::said", HONE_SITE_MESSAGE}), is_c ? 0u : 1u);
      // A function that nothing calls may be left out where the linker may, and with it its places.
      const std::string_view words = flags;
      if (words.find("gc-sections") == words.npos && words.find("lto") == words.npos) {
        EXPECT_EQ(names_.count({"never", HONE_SITE_SPAN}), 1u);
        EXPECT_EQ(names_.count({"A::plot", HONE_SITE_PLOT}), 1u);
      }
    }
  }
}

TEST_F(HoneSitesTest, NothingIsLeftWhereItIsOff) {
  ASSERT_TRUE(build("g++", "-O0")) << log();
  EXPECT_TRUE(names_.empty());
}

}  // namespace
}  // namespace hone::elf
