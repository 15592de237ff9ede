#include "recording/redaction.h"

#include <gtest/gtest.h>

namespace hone::recording {
namespace {

const Redaction kAll({.command = true, .environment = true, .paths = true});

TEST(Redaction, FoldersBecomeHashesAndFilesKeepTheirNames) {
  const std::string one = kAll.text("/srv/ada/engine/x.cc", TextKind::kPath);
  EXPECT_EQ(one.find("ada"), std::string::npos);
  EXPECT_TRUE(one.starts_with("/~")) << one;
  EXPECT_TRUE(one.ends_with("/x.cc")) << one;
  const std::string same_folder = kAll.text("/srv/ada/engine/y.cc", TextKind::kPath);
  EXPECT_EQ(one.substr(0, one.rfind('/')), same_folder.substr(0, same_folder.rfind('/')));
  EXPECT_NE(one, kAll.text("/srv/bob/engine/x.cc", TextKind::kPath));
  EXPECT_EQ(kAll.text("secret/x.cc", TextKind::kPath).find("secret"), std::string::npos);
  EXPECT_EQ(kAll.text("../../secret/x.cc", TextKind::kPath).find("secret"), std::string::npos);
}

TEST(Redaction, WhatEveryMachineHasStays) {
  for (const char* path : {"/usr/lib/x86_64-linux-gnu/libc.so.6", "[kernel]", "[vdso]", "//anon",
                           "/memfd:x", "x.cc", "", "./x.cc", "/usr/include/c++/12/bits/move.h"}) {
    EXPECT_EQ(kAll.text(path, TextKind::kPath), path);
  }
  const std::string out = kAll.text("/usr/lib/../../srv/ada/x.so", TextKind::kPath);
  EXPECT_EQ(out.find("ada"), std::string::npos) << out;
}

TEST(Redaction, OfACommandTheProgramStays) {
  EXPECT_EQ(kAll.text("/srv/ada/app --key s3cret", TextKind::kCommand), "app [redacted]");
  EXPECT_EQ(kAll.text("app", TextKind::kCommand), "app");
  EXPECT_EQ(kAll.text("'/srv/a da/app' x", TextKind::kCommand), " [redacted]");
  EXPECT_EQ(kAll.fact("run.command", "xz -6 file"), "xz [redacted]");
}

TEST(Redaction, SentencesEndBeforeTheirFirstPath) {
  const auto told = [](const char* text) { return kAll.text(text, TextKind::kSentence); };
  EXPECT_TRUE(told("in /srv/ada/my secret folder/x.so").starts_with("in ~"));
  EXPECT_EQ(told("in /srv/ada/my secret folder/x.so").find("secret"), std::string::npos);
  EXPECT_TRUE(told("-ffile-prefix-map=/srv/ada=.").starts_with("-ffile-prefix-map=~"));
  EXPECT_EQ(told("GNU C17 12.2.0 -O2"), "GNU C17 12.2.0 -O2");
  EXPECT_EQ(told("cannot read ../secret/x").find("secret"), std::string::npos);
  EXPECT_EQ(told("loads ~/secret/x").find("secret"), std::string::npos);
}

TEST(Redaction, NamesOfFunctionsStayUnlessTheyHoldAPath) {
  const auto told = [](const char* text) { return kAll.text(text, TextKind::kPlain); };
  for (const char* name : {"operator/(Vector, Vector)", "f<(a / b)>(int)", "kworker/0:1",
                           "std::chrono::operator/<int>(day)", "share_a"}) {
    EXPECT_EQ(told(name), name);
  }
  EXPECT_EQ(told("f::(lambda at /srv/ada/x.cc:3:4)::operator()").find("ada"), std::string::npos);
  EXPECT_EQ(told("/srv/ada/x.py").find("ada"), std::string::npos);
}

TEST(Redaction, OnceIsAsGoodAsTwice) {
  for (const TextKind kind :
       {TextKind::kPlain, TextKind::kCommand, TextKind::kPath, TextKind::kSentence}) {
    for (const char* text : {"/srv/ada/x.cc", "secret/x.cc", "in /srv/ada/x y", "app --key k",
                             "operator/(A)", "/srv/ada/app --key k", "-fmap=/srv/ada=. /b/c"}) {
      const std::string once = kAll.text(text, kind);
      EXPECT_EQ(kAll.text(once, kind), once) << text;
    }
  }
  const std::string folder = kAll.fact("run.folder", "/srv/ada");
  EXPECT_EQ(kAll.fact("run.folder", folder), folder);
}

TEST(Redaction, FactsThatNameSomebody) {
  EXPECT_TRUE(kAll.drops_fact("env.TOKEN"));
  EXPECT_FALSE(kAll.drops_fact("host.kernel"));
  EXPECT_EQ(kAll.fact("host.name", "ada-laptop").find("ada"), std::string::npos);
  EXPECT_EQ(kAll.fact("host.kernel", "6.1.0 x86_64"), "6.1.0 x86_64");
  EXPECT_EQ(kAll.fact("host.os", "Debian GNU/Linux 12 (bookworm)"),
            "Debian GNU/Linux 12 (bookworm)");
}

TEST(Redaction, TheHostIsPartOfTheEnvironment) {
  const Redaction hide({.environment = true});
  EXPECT_EQ(hide.fact("host.name", "ada-laptop").find("ada"), std::string::npos);
  EXPECT_EQ(hide.fact("cgroup.name", "/user-ada").find("ada"), std::string::npos);
  EXPECT_EQ(hide.fact("run.folder", "/srv/ada"), "/srv/ada");
}

TEST(Redaction, OnlyWhatIsAskedFor) {
  const auto command = Redaction::parse("command");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->text("/srv/ada/x.cc", TextKind::kPath), "/srv/ada/x.cc");
  EXPECT_EQ(command->words(), "command");
  EXPECT_FALSE(command->drops_fact("env.TOKEN"));
  EXPECT_EQ(Redaction::parse("all")->words(), "command,environment,paths");
  EXPECT_EQ(Redaction::parse("paths,command")->words(), "command,paths");
  EXPECT_EQ(Redaction::parse("paths,args,env")->words(), "command,environment,paths");
  EXPECT_EQ(Redaction::parse("env")->words(), "environment");
  EXPECT_FALSE(Redaction::parse("")->any());
  EXPECT_FALSE(Redaction::parse("secrets"));
  EXPECT_FALSE(Redaction::parse("paths,,command"));
}

}  // namespace
}  // namespace hone::recording
