#include "cli/parse.h"

#include <gtest/gtest.h>

#include "cli/errors.h"

namespace hone::cli {
namespace {

using Words = std::vector<std::string>;

Result<Invocation> parsed(Words words) {
  return parse(words);
}

Options options_of(Words words) {
  auto out = parsed(std::move(words));
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message);
  return out ? out->options : Options{};
}

Error error_of(Words words) {
  auto out = parsed(std::move(words));
  EXPECT_FALSE(out.has_value());
  return out ? Error{} : out.error();
}

TEST(Parse, TheProgramsFlagsAreTheProgramsOwn) {
  for (const Words& words :
       {Words{"record", "-F", "500", "--", "./app", "-F", "9", "--json", "--", "x"},
        Words{"record", "-F500", "./app", "-F", "9", "--json", "--", "x"},
        Words{"record", "--frequency=500", "--", "./app", "-F", "9", "--json", "--", "x"}}) {
    const Options options = options_of(words);
    EXPECT_EQ(options.frequency_hz, 500);
    EXPECT_FALSE(options.json);
    EXPECT_EQ(options.operands, (Words{"./app", "-F", "9", "--json", "--", "x"}));
  }
  EXPECT_EQ(options_of({"record", "--", "--odd-name", "-x"}).operands, (Words{"--odd-name", "-x"}));
  EXPECT_EQ(options_of({"record", "./app", "++", "-h"}).operands, (Words{"./app", "++", "-h"}));
  EXPECT_FALSE(options_of({"record", "./app", "--help"}).help);
  EXPECT_EQ(options_of({"record", "a", "", "-"}).operands, (Words{"a", "", "-"}));
}

TEST(Parse, FlagsMayStandAnywhereAroundTheFile) {
  const Options options = options_of({"report", "--top", "3", "a.hone", "--tree"});
  EXPECT_EQ(options.operands, Words{"a.hone"});
  EXPECT_EQ(options.top, 3u);
  EXPECT_TRUE(options.tree);
  EXPECT_EQ(options_of({"report", "--", "--odd.hone"}).operands, Words{"--odd.hone"});
}

TEST(Parse, RepeatedFlags) {
  EXPECT_EQ(options_of({"report", "--top", "3", "--top", "5"}).top, 5u);
  EXPECT_EQ(options_of({"annotate", "f", "--source-path", "a=b", "--source-path", "c=d", "x.hone"})
                .source_path,
            (Words{"a=b", "c=d"}));
}

TEST(Parse, SaysWhichFlagsWereGiven) {
  auto out = parsed({"report", "--top", "10"});
  ASSERT_TRUE(out.has_value());
  EXPECT_TRUE(out->was_given("top"));
  EXPECT_FALSE(out->was_given("by"));
}

TEST(Parse, OffersTheNearest) {
  EXPECT_EQ(error_of({"rec"}).message, "unknown command 'rec'. Did you mean 'record'?");
  EXPECT_EQ(error_of({"rec"}).number, "E001");
  EXPECT_EQ(error_of({"qqqqqqqq"}).message, "unknown command 'qqqqqqqq'.");
  EXPECT_EQ(error_of({"report", "--topp=3"}).message,
            "unknown flag '--topp' of hone report. Did you mean '--top'?");
  EXPECT_EQ(error_of({"record", "--outptu", "x", "--", "app"}).number, "E002");
  EXPECT_EQ(error_of({"report", "--sort", "slef"}).message,
            "--sort does not know 'slef'. Did you mean 'self'?");
}

TEST(Parse, RefusesWrongValues) {
  for (const Words& words :
       {Words{"record", "-F", "0", "x"}, Words{"record", "-F", "nan", "x"},
        Words{"record", "-F", "1e99", "x"}, Words{"record", "-d", "-1", "x"},
        Words{"report", "--top", "1.5"}, Words{"report", "--top", ""},
        Words{"report", "--top", "5000000000"}, Words{"report", "--over", "inf"},
        Words{"report", "--top", "3x"}, Words{"info", "a", "b"}, Words{"version", "x"},
        Words{"report", "--json=maybe"}, Words{"--color", "never", "report"}}) {
    const Error error = error_of(words);
    EXPECT_EQ(error.number, "E002") << words[1];
    EXPECT_EQ(exit_status(error, words[0] == "record"), kWrongUse);
    EXPECT_FALSE(error.fixes.empty());
  }
}

TEST(Parse, HelpIsHelpWithWrongOperandsToo) {
  EXPECT_TRUE(options_of({"report", "-h"}).help);
  EXPECT_TRUE(options_of({"version", "x", "--help"}).help);
  EXPECT_EQ(parsed({})->command.name, "help");
  EXPECT_EQ(parsed({"--version"})->command.name, "version");
}

TEST(ExitStatus, FollowsTheTables) {
  EXPECT_EQ(exit_status({.number = "E030"}, true), kProgramNotFound);
  EXPECT_EQ(exit_status({.number = "E031"}, true), kNotExecutable);
  EXPECT_EQ(exit_status({.number = "E020"}, true), kHoneFailed);
  EXPECT_EQ(exit_status({.code = Code::Io}, true), kHoneFailed);
  EXPECT_EQ(exit_status({.number = "E020"}, false), kCannotHere);
  EXPECT_EQ(exit_status({.number = "E011"}, false), kBadFile);
  EXPECT_EQ(exit_status({.code = Code::Corrupt}, false), kBadFile);
}

TEST(ErrorText, HasTheFourLines) {
  EXPECT_EQ(error_text({.message = "m", .effect = "e", .fixes = {"f", "g"}, .number = "E020"}, {}),
            "error[E020]: m\n  effect: e\n  fix:    f\n  or:     g\n  see:    hone help E020\n");
  EXPECT_EQ(error_text({.message = "m"}, {}), "error: m\n");
}

}  // namespace
}  // namespace hone::cli
