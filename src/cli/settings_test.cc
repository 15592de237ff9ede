#include "cli/settings.h"

#include <gtest/gtest.h>

#include "cli/parse.h"

namespace hone::cli {
namespace {

Result<Settings> read(std::string_view toml) {
  Settings out;
  HONE_TRY(read_settings(toml, "hone.toml", out));
  return out;
}

std::string error_of(std::string_view toml) {
  auto out = read(toml);
  EXPECT_FALSE(out.has_value()) << toml;
  if (out) return {};
  EXPECT_EQ(out.error().number, "E003");
  return out.error().message;
}

TEST(Settings, ReadsRules) {
  auto out = read(R"(
[[subsystem]]
name = "parser"
function = ["parse::*", "*Lexer*"]
file = "*/parser/*"

[[subsystem]]
name = "rest"
module = "*"
)");
  ASSERT_TRUE(out.has_value()) << out.error().message;
  ASSERT_EQ(out->subsystems.size(), 2u);
  EXPECT_EQ(out->subsystems[0].name, "parser");
  EXPECT_EQ(out->subsystems[0].function, (std::vector<std::string>{"parse::*", "*Lexer*"}));
  EXPECT_EQ(out->subsystems[0].file, std::vector<std::string>{"*/parser/*"});
  EXPECT_EQ(out->subsystems[1].module, std::vector<std::string>{"*"});
}

TEST(Settings, ValuesAreThoseOfTheirFlags) {
  auto out = read("[record]\nfrequency_hz = 250\nunwind = \"fp\"\n[report]\ntop = 3\n");
  ASSERT_TRUE(out.has_value()) << out.error().message;
  EXPECT_EQ(out->values[0].value, "250");
  EXPECT_EQ(out->values[1].value, "fp");
  EXPECT_EQ(out->values[2].origin, "hone.toml:5");
}

TEST(Settings, FlagsStandAboveFiles) {
  auto settings_read = read("[record]\nfrequency_hz = 250\nunwind = \"fp\"\n");
  ASSERT_TRUE(settings_read.has_value());
  const std::vector<std::string> words = {"record", "-F", "500", "--", "app"};
  auto invocation = parse(words);
  ASSERT_TRUE(invocation.has_value());
  for (SettingValue& value : settings_read->values) {
    if (value.origin.empty()) value.origin = "default";
  }
  ASSERT_TRUE(apply_settings(*settings_read, *invocation).has_value());
  EXPECT_EQ(invocation->options.frequency_hz, 500);
  EXPECT_EQ(invocation->options.unwind, "fp");
}

TEST(Settings, UnknownKeysAreErrorsWithTheNearestName) {
  EXPECT_EQ(error_of("[record]\nfrequency = 3\n"),
            "hone.toml:2: unknown key 'frequency'. Did you mean 'frequency_hz'?");
  EXPECT_EQ(error_of("[reports]\n"), "hone.toml:1: unknown key 'reports'. Did you mean 'report'?");
  EXPECT_EQ(error_of("[[subsystem]]\nname = 'a'\nfunctions = 'x'\n"),
            "hone.toml:3: unknown key 'functions'. Did you mean 'function'?");
}

TEST(Settings, RefusesWhatItCannotUse) {
  for (const std::string_view toml :
       {"top = ", "report = 3", "[report]\ntop = 'many'", "[report]\ntop = [1]",
        "[report]\ntop = -1", "[record]\nfrequency_hz = 0", "[record]\nunwind = 'magic'",
        "subsystem = 3", "subsystem = [1]", "[subsystem]\nname = 'a'", "[[subsystem]]",
        "[[subsystem]]\nname = ''\nfile = 'x'", "[[subsystem]]\nname = 'a'",
        "[[subsystem]]\nname = 'a'\nfile = 3", "[[subsystem]]\nname = 'a'\nfile = ['x', 3]",
        "a = 1\na = 2", "\xff\xfe"}) {
    EXPECT_NE(error_of(toml), "") << toml;
  }
}

}  // namespace
}  // namespace hone::cli
