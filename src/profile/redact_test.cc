#include "profile/redact.h"

#include <gtest/gtest.h>

#include "profile/stack_text.h"

namespace hone::profile {
namespace {

const char kText[] = R"(
  main@/srv/ada/app/main.cc:3;/srv/ada/lib/x.so!work@/srv/ada/app/work.cc:7 3
  @module /srv/ada/lib/x.so missing=no debug file in /srv/ada/debug
  @meta run.command /srv/ada/app --token s3cret
  @meta run.folder /srv/ada
  @meta host.name ada-laptop
  @meta env.TOKEN s3cret
  @process app command=/srv/ada/app --token s3cret
  @diagnostic lost severity=3 count=1 detail=in /srv/ada/lib/x.so
  @track memory.resident scope=6 what=/ada.slice/docker-0123 values=1:5
  @message /srv/ada/data time=5
)";

// All that a profile can say.
std::string all_of(const Profile& p) {
  std::string out;
  // Texts are not counted from outside: a thousand is more than these profiles have.
  for (uint32_t id = 0; id < 1000; ++id) {
    out += std::string(p.string(StringId{id})) + "\n";
  }
  for (const auto& [key, value] : p.meta()) out += key + " " + value + "\n";
  for (const Diagnostic& d : p.diagnostics()) out += d.name + " " + d.detail + "\n";
  return out;
}

TEST(Redact, NothingOfItIsLeft) {
  const std::string before = all_of(profile_of_text(kText));
  for (const char* secret : {"ada", "s3cret", "ada-laptop", "docker-0123"}) {
    ASSERT_NE(before.find(secret), before.npos) << secret;
  }
  const Redacted shown = redact(profile_of_text(kText), *recording::Redaction::parse("all"));
  const std::string after = all_of(shown.profile);
  for (const char* secret : {"ada", "s3cret", "docker-0123"}) {
    EXPECT_EQ(after.find(secret), after.npos) << secret << " in\n" << after;
  }
  EXPECT_EQ(shown.profile.meta("redaction"), "command,environment,paths");
}

TEST(Redact, NamesOfFilesAndFunctionsStayAndSoDoKeys) {
  const Profile before = profile_of_text(kText);
  const Redacted shown = redact(profile_of_text(kText), *recording::Redaction::parse("paths"));
  const Profile& p = shown.profile;
  const FunctionId work = function_named(p, "work");
  ASSERT_NE(work, FunctionId{});
  EXPECT_EQ(p.functions()[raw(work)].key, before.functions()[raw(work)].key);
  EXPECT_EQ(p.module_name(p.functions()[raw(work)].module), "x.so");
  EXPECT_EQ(p.string(p.processes()[1].command).find("ada"), std::string_view::npos);
  ASSERT_EQ(shown.files.size(), 2u);
  for (const HiddenFile& file : shown.files) {
    EXPECT_EQ(file_name(file.shown), file_name(file.name));
    EXPECT_TRUE(file.name.starts_with("/srv/ada/app/")) << file.name;
  }
}

TEST(Redact, OnlyWhatIsAskedForAndWhatWasBeforeIsStillSaid) {
  const std::string text = std::string(kText) + "  @meta redaction paths\n";
  const Redacted shown = redact(profile_of_text(text), *recording::Redaction::parse("args"));
  const std::string after = all_of(shown.profile);
  EXPECT_NE(after.find("/srv/ada/app/work.cc"), after.npos);
  EXPECT_EQ(shown.profile.meta("run.command"), "app [redacted]");
  EXPECT_EQ(shown.profile.string(shown.profile.processes()[1].command), "app [redacted]");
  EXPECT_EQ(shown.profile.meta("env.TOKEN"), "s3cret");
  EXPECT_EQ(shown.profile.meta("redaction"), "command,paths");
  EXPECT_TRUE(shown.files.empty());
}

}  // namespace
}  // namespace hone::profile
