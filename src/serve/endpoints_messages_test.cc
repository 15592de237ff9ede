#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

const char kText[] = R"(
  @message loaded time=2000 thread=main
  @message spawned time=1500 thread=worker
  @message loaded time=1000 thread=main
  main 1 time=1000
  run 1 time=1000 thread=worker
)";

std::vector<std::string> lines(const Json& answer) {
  std::vector<std::string> out;
  for (const Json& row : answer["rows"]) {
    out.push_back(row["side"].get<std::string>() + " " +
                  std::to_string(row["time"].get<int64_t>()) + " " +
                  row["thread_name"].get<std::string>() + " " + row["text"].get<std::string>());
  }
  return out;
}
using Lines = std::vector<std::string>;

TEST(MessagesEndpoint, ByTimeWithTheirThread) {
  const Asking asking({{"run", kText}});
  const Json answer = asking.json("messages?a=run");
  EXPECT_EQ(answer["rows_total"], 3);
  EXPECT_TRUE(answer["absent"].is_null());
  EXPECT_EQ(lines(answer),
            (Lines{"a 0 main loaded", "a 500 worker spawned", "a 1000 main loaded"}));
  EXPECT_EQ(lines(asking.json("messages?a=run&order=desc&limit=2")),
            (Lines{"a 1000 main loaded", "a 500 worker spawned"}));
  EXPECT_EQ(lines(asking.json("messages?a=run&offset=2")), (Lines{"a 1000 main loaded"}));
}

// The number leads to the same message on the timeline.
TEST(MessagesEndpoint, NumbersAreThoseOfTheTimeline) {
  const Asking asking({{"run", kText}});
  const Json answer = asking.json("messages?a=run");
  for (const Json& row : answer["rows"]) {
    const Json event = asking.json("event?a=run&track=messages&event=" + row["event"].dump());
    EXPECT_EQ(event["name"], row["text"]);
    EXPECT_EQ(event["start"], row["time"]);
  }
}

TEST(MessagesEndpoint, SelectionAndFilterNarrow) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(lines(asking.json("messages?a=run&t=0-600")),
            (Lines{"a 0 main loaded", "a 500 worker spawned"}));
  EXPECT_EQ(lines(asking.json("messages?a=run&thread=worker")), (Lines{"a 500 worker spawned"}));
  EXPECT_EQ(lines(asking.json("messages?a=run&filter=LOAD")).size(), 2u);
  EXPECT_EQ(lines(asking.json("messages?a=run&filter=worker")), (Lines{"a 500 worker spawned"}));
  EXPECT_EQ(asking.json("messages?a=run&filter=nothing")["rows_total"], 0);
  EXPECT_EQ(asking.error("messages?a=run&sort=size"), "400 sort: 'size' is none of time");
}

TEST(MessagesEndpoint, OfTwoRecordingsEachByItsOwnStart) {
  const Asking asking({{"run", kText}, {"other", "@message begun time=9300\nmain 1 time=9000\n"}});
  EXPECT_EQ(
      lines(asking.json("messages?a=run&b=other")),
      (Lines{"a 0 main loaded", "b 300 main begun", "a 500 worker spawned", "a 1000 main loaded"}));
}

TEST(MessagesEndpoint, WithoutAnyItSaysWhatWouldWriteSome) {
  const Asking asking({{"run", "main 1"}});
  const Json answer = asking.json("messages?a=run");
  EXPECT_EQ(answer["rows_total"], 0);
  EXPECT_EQ(answer["absent"]["command"], "HONE_EVENT(\"level loaded\");");
}

}  // namespace
}  // namespace hone::serve
