#include <gtest/gtest.h>

#include <algorithm>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

using Lines = std::vector<std::string>;

// main holds the lock from 100,000 to 400,000; io and net wait for it meanwhile; io blocks in the
// kernel for most of its wait. Another lock goes unnoticed.
const std::string kText = R"(
  @meta run.start_ns 1000000000
  @meta run.wall_ns 2000000
  @meta waits.method switches
  @thread main tid=7
  @thread io tid=8
  @thread net tid=9
  @lock mu time=1000400000 hold=300000
  @lock mu time=1000500000 hold=100000 wait=200000 thread=io owner=main
  @lock mu time=1000600000 hold=100000 wait=350000 thread=net owner=main
  @lock mu time=1000900000 hold=100000
  @lock other time=1000400000 hold=300000 thread=net address=0x99
  @wait io;lock_wait;[kernel]futex_wait start=1000210000 ns=180000 runnable=5000 thread=io
  @wait io;sleep;[kernel]hrtimer_nanosleep start=1000600000 ns=100000 thread=io
  main 1 time=1000150000
  io 1 time=1000500000 thread=io
)";

std::string event_text(const Json& event) {
  return event["thread"]["name"].get<std::string>() + " " + event["start"].dump() + "-" +
         event["end"].dump();
}
// "mu 0x10 waits: own", then holders and waiters.
Lines lock_of(const Json& event) {
  const Json& lock = event["lock"];
  if (lock.is_null()) return {"none"};
  Lines out{lock["name"].get<std::string>() + " " + lock["role"].get<std::string>() + ": " +
            event_text(lock["own"])};
  for (const Json& one : lock["holders"]) out.push_back("held by " + event_text(one));
  for (const Json& one : lock["waiters"]) out.push_back("waited for by " + event_text(one));
  return out;
}

TEST(EventEndpoint, AHoldTellsWhoWaitedForIt) {
  const Asking asking({{"run", kText}});
  // In the order of their ends.
  const Json hold = asking.json("event?track=lock:10&event=1");
  EXPECT_EQ(lock_of(hold),
            (Lines{"mu 0x10 holds: main 100000-400000", "waited for by net 150000-500000",
                   "waited for by io 200000-400000"}));
  EXPECT_EQ(hold["lock"]["waiter_count"], 2);
  EXPECT_EQ(hold["lock"]["track"], "lock:10");
}

TEST(EventEndpoint, AWaitTellsWhoHeldTheLockMeanwhile) {
  const Asking asking({{"run", kText}});
  const Json track = asking.json("timeline");
  Json wait;
  for (int i = 0; i < 6; ++i) {
    const Json event = asking.json("event?track=lock:10&event=" + std::to_string(i));
    if (event["depth"] > 0 && event["thread"]["name"] == "net") wait = event;
  }
  EXPECT_EQ(lock_of(wait), (Lines{"mu 0x10 waits: net 150000-500000", "held by main 100000-400000",
                                  "held by io 400000-500000", "waited for by io 200000-400000"}));
  EXPECT_EQ(wait["owner"]["name"], "main");
  // Those that it names can be asked for.
  const Json holder = wait["lock"]["holders"][0];
  EXPECT_EQ(asking.json("event?track=" + holder["track"].get<std::string>() +
                        "&event=" + holder["event"].dump())["thread"]["name"],
            "main");
}

TEST(EventEndpoint, AStateThatIsAWaitForALockLeadsToIt) {
  const Asking asking({{"run", kText}});
  Lines found;
  for (int i = 0; i < 20; ++i) {
    const Response answer = asking.ask("event?track=state:2&event=" + std::to_string(i));
    if (answer.status != 200) break;
    const Json event = Json::parse(answer.body, nullptr, false);
    found.push_back(event["name"].get<std::string>() + " | " + lock_of(event)[0]);
  }
  const auto has = [&](const std::string& line) {
    return std::count(found.begin(), found.end(), line) == 1;
  };
  EXPECT_TRUE(has("blocked: lock (futex) | mu 0x10 waits: io 200000-400000"))
      << testing::PrintToString(found);
  for (const std::string& line : found) {
    EXPECT_NE(line.find("futex") == line.npos, line.find("| none") == line.npos) << line;
  }
  EXPECT_TRUE(asking.json("event?track=samples:1&event=0")["lock"].is_null());
}

TEST(EventEndpoint, OfManyWaitersThoseThatSharedMost) {
  std::string text = "@thread main tid=7\n@lock mu time=1001000 hold=1000\n";
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    text += "@lock mu time=1002000 hold=1 wait=" + std::to_string(1000 + i) + " thread=t" + number +
            " flags=2\n";
  }
  const Asking asking({{"run", text + "main 1 time=1000500"}});
  const Json lock = asking.json("event?track=lock:10&event=0")["lock"];
  EXPECT_EQ(lock["waiter_count"], 60);
  EXPECT_EQ(lock["waiters"].size(), 20u);
  EXPECT_EQ(lock["waiters"][0]["thread"]["name"], "t59");
}

}  // namespace
}  // namespace hone::serve
