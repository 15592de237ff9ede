#include "serve/guard.h"

#include <gtest/gtest.h>

namespace hone::serve {
namespace {

const Guarded kHere{
    .token = "0123456789abcdef0123456789abcdef", .port = 8080, .listen_address = "127.0.0.1"};

Credentials with_token() {
  return {.host = "127.0.0.1:8080", .authorization = "Bearer 0123456789abcdef0123456789abcdef"};
}

TEST(Guard, TrustsWhoShowsTheToken) {
  EXPECT_EQ(judge(kHere, with_token()), Verdict::kTrusted);
  EXPECT_EQ(judge(kHere, {.host = "localhost:8080",
                          .cookie = "x=1; hone-8080=0123456789abcdef0123456789abcdef; y=2"}),
            Verdict::kTrusted);
  EXPECT_EQ(judge(kHere, {.host = "[::1]:8080", .token = kHere.token}), Verdict::kTrusted);
}

TEST(Guard, RefusesWithoutTheWholeToken) {
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080"}), Verdict::kNoToken);
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080", .authorization = "Bearer 0123"}),
            Verdict::kNoToken);
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080", .authorization = kHere.token}),
            Verdict::kNoToken);
  // Another server's cookie: cookies know no ports.
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080",
                          .cookie = "hone-8081=0123456789abcdef0123456789abcdef"}),
            Verdict::kNoToken);
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080", .cookie = "hone-8080="}), Verdict::kNoToken);
}

// A page of the web points a name of its own at 127.0.0.1, and so becomes "the same site".
TEST(Guard, RefusesNamesThatAreNotItsOwn) {
  for (const char* host : {"evil.example:8080", "127.0.0.1:8081", "127.0.0.1", "",
                           "127.0.0.1.evil.example:8080", "[::1].evil:8080", "10.0.0.1:8080"}) {
    Credentials shown = with_token();
    shown.host = host;
    EXPECT_EQ(judge(kHere, shown), Verdict::kUnknownHost) << host;
  }
}

TEST(Guard, RefusesOtherPages) {
  Credentials shown = with_token();
  shown.origin = "http://evil.example";
  EXPECT_EQ(judge(kHere, shown), Verdict::kForeignOrigin);
  shown.origin = "http://127.0.0.1:8081";
  EXPECT_EQ(judge(kHere, shown), Verdict::kForeignOrigin);
  shown.origin = "null";
  EXPECT_EQ(judge(kHere, shown), Verdict::kForeignOrigin);
  shown.origin = "http://127.0.0.1:8080";
  EXPECT_EQ(judge(kHere, shown), Verdict::kTrusted);
  EXPECT_EQ(judge(kHere, {.host = "127.0.0.1:8080", .fetch_site = "cross-site"}),
            Verdict::kForeignOrigin);
}

TEST(Guard, OfAnotherInterfaceTakesAddressesAndNoNames) {
  const Guarded open{.token = kHere.token, .port = 8080, .listen_address = "0.0.0.0"};
  Credentials shown = with_token();
  for (const char* host : {"192.168.1.7:8080", "[fe80::1]:8080", "localhost:8080"}) {
    shown.host = host;
    EXPECT_EQ(judge(open, shown), Verdict::kTrusted) << host;
  }
  shown.host = "evil.example:8080";
  EXPECT_EQ(judge(open, shown), Verdict::kUnknownHost);
  const Guarded named{.token = kHere.token, .port = 8080, .listen_address = "build-box"};
  shown.host = "build-box:8080";
  EXPECT_EQ(judge(named, shown), Verdict::kTrusted);
}

TEST(Guard, TokensDiffer) {
  const std::string one = make_token();
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), one.npos);
  EXPECT_NE(one, make_token());
}

}  // namespace
}  // namespace hone::serve
