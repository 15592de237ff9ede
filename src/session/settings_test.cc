#include "session/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "hone/layout.h"

namespace hone::session {
namespace {

Settings read(const hone_session_options& options, const std::map<std::string, std::string>& set) {
  return read_settings(options, [&](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.c_str();
  });
}

TEST(Settings, ByDefaultThereIsARecording) {
  const Settings got = read({}, {});
  EXPECT_TRUE(got.wanted);
  EXPECT_EQ(got.recording, "hone_session_test.hone");
  EXPECT_EQ(got.chrome, "");
  EXPECT_FALSE(got.console);
  EXPECT_EQ(got.when_full, HONE_DROP_NEWEST);
  EXPECT_EQ(raw(got.flush), 100'000'000);
}

TEST(Settings, OutputsStandByThemselves) {
  hone_session_options options{};
  options.chrome = "on";
  EXPECT_EQ(read(options, {}).recording, "");
  EXPECT_EQ(read(options, {}).chrome, "trace.json");
  EXPECT_EQ(read({}, {{"HONE_CONSOLE", "1"}}).recording, "");
  EXPECT_TRUE(read({}, {{"HONE_CONSOLE", "1"}}).console);
  EXPECT_EQ(read(options, {{"HONE_RECORDING", "on"}}).recording, "hone_session_test.hone");
  const Settings none = read(options, {{"HONE_RECORDING", "off"}, {"HONE_CHROME", "off"}});
  EXPECT_EQ(none.recording + none.chrome, "");
}

TEST(Settings, TheEnvironmentCountsBeforeTheCode) {
  hone_session_options options{};
  options.recording = "code.hone";
  options.when_full = "block";
  options.filter = "A=trace";
  options.flush_ns = 5;
  EXPECT_EQ(read(options, {}).when_full, HONE_BLOCK);
  EXPECT_EQ(read(options, {}).filter, "A=trace");
  const Settings got = read(options, {{"HONE_SESSION", "off"},
                                      {"HONE_RECORDING", "env-%p.hone"},
                                      {"HONE_FULL", "overwrite"},
                                      {"HONE_FILTER", "B=info"},
                                      {"HONE_BUFFER", "64MiB"},
                                      {"HONE_FLUSH", "1.5s"},
                                      {"HONE_CONSOLE_OVER", "250us"}});
  EXPECT_FALSE(got.wanted);
  EXPECT_EQ(path_of(got.recording), "env-" + std::to_string(::getpid()) + ".hone");
  EXPECT_EQ(got.when_full, HONE_OVERWRITE_OLDEST);
  EXPECT_EQ(got.filter, "B=info");
  EXPECT_EQ(got.buffer_bytes, 64u << 20);
  EXPECT_EQ(raw(got.flush), 1'500'000'000);
  EXPECT_EQ(raw(got.console_over), 250'000);
  EXPECT_TRUE(got.problems.empty());
}

TEST(Settings, WhatIsNotUnderstoodIsSaidAndLeftAsItWas) {
  hone_session_options options{};
  options.when_full = "block";
  const Settings got = read(options, {{"HONE_FULL", "sometimes"},
                                      {"HONE_FLUSH", "soon"},
                                      {"HONE_BUFFER", "-1"},
                                      {"HONE_SUMMARY", "maybe"},
                                      {"HONE_CONSOLE_OVER", "1e99s"}});
  EXPECT_EQ(got.when_full, HONE_BLOCK);
  EXPECT_EQ(raw(got.flush), 100'000'000);
  EXPECT_EQ(got.buffer_bytes, 0u);
  EXPECT_FALSE(got.summary);
  EXPECT_EQ(got.problems.size(), 5u);
}

TEST(Settings, PathsKeepWhatIsNoPlaceholder) {
  EXPECT_EQ(path_of("100%% %x %"), "100% %x %");
}

// The guide's table says what the code does.
TEST(Settings, TheGuideListsEachVariable) {
  std::ifstream in(HONE_TEST_DATA "/../docs/guide/instrumenting.md");
  std::ostringstream guide;
  guide << in.rdbuf();
  for (const SettingText& text : setting_texts()) {
    const std::string row =
        std::string("| `") + text.variable + "` | " + text.values + " | " + text.what + " |\n";
    EXPECT_NE(guide.str().find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace hone::session
