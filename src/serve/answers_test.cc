#include "serve/answers.h"

#include <gtest/gtest.h>

#include "serve/asking_test.h"
#include "serve/pages.h"

namespace hone::serve {
namespace {

std::string header(const Answer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return {};
}

class Answers : public testing::Test {
 protected:
  Answer get(std::string_view target, std::string_view method = "GET") {
    return ask({.method = method,
                .target = target,
                .host = "127.0.0.1:8080",
                .authorization = "Bearer secret"});
  }
  Answer ask(const Asked& asked) { return answer_http(api_, guarded_, asked, {}); }

  Asking recordings_{{"run", "main;work 3"}};
  Api api_{recordings_.context()};
  Guarded guarded_{.token = "secret", .port = 8080, .listen_address = "127.0.0.1"};
};

TEST_F(Answers, EveryAnswerHasThePolicy) {
  for (const char* target : {"/", "/api/1/recordings", "/nothing", "/api/1/nothing"}) {
    const Answer answer = get(target);
    EXPECT_NE(header(answer, "Content-Security-Policy").find("default-src 'none'"),
              std::string::npos);
    EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
  }
}

TEST_F(Answers, WithoutTheTokenNothingIsSaid) {
  for (const char* target : {"/", "/api/1/recordings", "/index.html"}) {
    const Answer answer = ask({.method = "GET", .target = target, .host = "127.0.0.1:8080"});
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_EQ(answer.body.find("run"), std::string::npos);
    EXPECT_EQ(header(answer, "Set-Cookie"), "");
  }
  EXPECT_EQ(ask({.method = "GET", .target = "/", .host = "evil:8080"}).status, 421);
  EXPECT_EQ(ask({.method = "GET",
                 .target = "/?token=secret",
                 .host = "127.0.0.1:8080",
                 .origin = "http://evil"})
                .status,
            403);
}

TEST_F(Answers, TheTokenOfTheAddressBecomesACookie) {
  const Answer answer =
      ask({.method = "GET", .target = "/api/1/recordings?token=secret", .host = "127.0.0.1:8080"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(header(answer, "Set-Cookie"), "hone-8080=secret; Path=/; HttpOnly; SameSite=Strict");
  EXPECT_EQ(header(get("/api/1/recordings"), "Set-Cookie"), "");
}

TEST_F(Answers, APathIsNeverAFile) {
  for (const char* target :
       {"/etc/passwd", "/../../etc/passwd", "/%2e%2e/etc/passwd", "//etc/passwd",
        "/assets/../../../etc/passwd", "/api/1/../../etc/passwd"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }
  EXPECT_EQ(get("/api/1/overview?a=../../etc/passwd").status, 404);
  EXPECT_EQ(get("/api/1/overview?a=/run").status, 404);
}

TEST_F(Answers, PagesAreReadAlone) {
  EXPECT_EQ(get("/", "DELETE").status, 405);
  EXPECT_EQ(get("/api/1/recordings", "DELETE").status, 404);
}

TEST_F(Answers, WhatDoesNotChangeIsNotSentTwice) {
  const Answer first = get("/api/1/schema");
  const std::string tag = header(first, "ETag");
  ASSERT_NE(tag, "");
  const Answer second = ask({.method = "GET",
                             .target = "/api/1/schema",
                             .host = "127.0.0.1:8080",
                             .authorization = "Bearer secret",
                             .if_none_match = tag});
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.body, "");
  EXPECT_EQ(header(get("/api/1/recordings"), "Cache-Control"), "no-store");
}

TEST_F(Answers, PagesComePackedOrNot) {
  if (pages().empty()) GTEST_SKIP() << "this build has no pages: npm was absent";
  Asked asked{.method = "GET",
              .target = "/",
              .host = "127.0.0.1:8080",
              .authorization = "Bearer secret",
              .accept_encoding = "gzip, br"};
  const Answer packed = ask(asked);
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  asked.accept_encoding = "";
  const Answer plain = ask(asked);
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  EXPECT_EQ(plain.body.substr(0, 15), "<!doctype html>");
}

}  // namespace
}  // namespace hone::serve
