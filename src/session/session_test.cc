// This program is instrumented, and records itself.
#define HONE_ENABLE
#include "hone/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "hone/hone.h"
#include "recording/reader.h"
#include "session/settings.h"

namespace hone::session {
namespace {

std::string text_of_file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// What a recording holds, by names.
struct Recorded {
  std::map<std::string, uint64_t> spans;  // finished ones, by name
  std::map<std::string, uint64_t> open;
  std::map<std::string, std::string> meta;
  std::map<std::string, uint64_t> thread_names;
  uint64_t messages = 0, threads = 0;
  std::map<std::string, uint64_t> counted;  // by name: beside the timed spans
};

Recorded read_recording(const std::string& path) {
  Recorded out;
  auto reader = recording::Reader::open(path);
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
  if (!reader) return out;
  std::vector<std::string> strings{""}, sites{""};
  (void)reader->for_each<recording::StringRow>(
      [&](const recording::StringRow& row) { strings.emplace_back(row.text); });
  (void)reader->for_each<recording::SiteRow>(
      [&](const recording::SiteRow& row) { sites.push_back(strings.at(raw(row.name))); });
  (void)reader->for_each<recording::SpanRow>([&](const recording::SpanRow& row) {
    ++((row.flags & recording::kSpanOpen) != 0 ? out.open : out.spans)[sites.at(raw(row.site))];
  });
  (void)reader->for_each<recording::SpanArgumentRow>([&](const recording::SpanArgumentRow& row) {
    if (row.type == recording::kStandsFor) out.counted[sites.at(raw(row.site))] += row.value - 1;
  });
  (void)reader->for_each<recording::SpanCountRow>([&](const recording::SpanCountRow& row) {
    out.counted[sites.at(raw(row.site))] += row.count;
  });
  (void)reader->for_each<recording::MetaRow>([&](const recording::MetaRow& row) {
    out.meta[std::string(row.key)] = std::string(row.value);
  });
  (void)reader->for_each<recording::ThreadNameRow>(
      [&](const recording::ThreadNameRow& row) { ++out.thread_names[strings.at(raw(row.name))]; });
  (void)reader->for_each<recording::MessageRow>(
      [&](const recording::MessageRow&) { ++out.messages; });
  (void)reader->for_each<recording::ThreadRow>([&](const recording::ThreadRow&) { ++out.threads; });
  return out;
}

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/hone-session-XXXXXX";
    folder_ = ::mkdtemp(folder);
    for (const SettingText& text : setting_texts()) ::unsetenv(text.variable);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(SessionTest, EveryOutputHasWhatWasMarked) {
  const std::string recording = path("a.hone"), chrome = path("a.json");
  SessionOptions options = {};
  options.recording = recording.c_str();
  options.chrome = chrome.c_str();
  {
    const Session session(options);
    ASSERT_TRUE(session.started());
    for (int i = 0; i < 1000; ++i) {
      HONE_SPAN("outer", "i", i);
      HONE_SPAN("inner");
    }
    HONE_EVENT("said", "text", "with \"quotes\" and \xff");
    HONE_PLOT("plotted", 2.5);
  }
  const Recorded got = read_recording(recording);
  EXPECT_EQ(got.spans.at("outer"), 1000u);
  EXPECT_EQ(got.spans.at("inner"), 1000u);
  EXPECT_EQ(got.messages, 1u);
  EXPECT_EQ(got.meta.at("run.recorded_by"), "program");
  EXPECT_EQ(got.meta.at("spans.lost"), "0");
  const auto events = nlohmann::json::parse(text_of_file(chrome));
  std::map<std::string, int> counts;
  for (const auto& event : events) ++counts[event.at("name")];
  EXPECT_EQ(counts["outer"], 1000);
  EXPECT_EQ(counts["inner"], 1000);
  EXPECT_EQ(counts["said"], 1);
  EXPECT_EQ(counts["plotted"], 1);
}

// The innermost come first, as they ended; each lies in the next outer one, to the last digit.
TEST_F(SessionTest, ChromeEventsAreNested) {
  const std::string chrome = path("a.json");
  SessionOptions options = {};
  options.chrome = chrome.c_str();
  hone_session_start(&options);
  for (int i = 0; i < 2000; ++i) {
    HONE_SPAN("a");
    HONE_SPAN("b");
    { HONE_SPAN("c"); }
    { HONE_SPAN("d"); }
  }
  hone_session_stop();
  struct Lies {
    double start, end;
  };
  std::vector<Lies> open;  // finished ones whose parent has not come yet
  size_t checked = 0;
  for (const auto& event : nlohmann::json::parse(text_of_file(chrome))) {
    if (event.at("ph") != "X") continue;
    const double start = event.at("ts"), end = start + event.at("dur").get<double>();
    const size_t inside = event.at("name") == "b" ? 2 : event.at("name") == "a" ? 1 : 0;
    ASSERT_GE(open.size(), inside);
    for (size_t k = 0; k < inside; ++k, ++checked) {
      EXPECT_GE(open.back().start, start - 1e-9);
      EXPECT_LE(open.back().end, end + 2e-4);  // a double has no more digits
      open.pop_back();
    }
    if (!open.empty()) {
      EXPECT_GE(start, open.back().end - 2e-4);
    }
    open.push_back({start, end});
  }
  EXPECT_EQ(checked, 6000u);
}

TEST_F(SessionTest, BlockLosesNothing) {
  const std::string recording = path("a.hone");
  SessionOptions options = {};
  options.recording = recording.c_str();
  options.when_full = "block";
  constexpr uint64_t kEach = 3 * HONE_RING_SLOTS;
  {
    const Session session(options);
    std::vector<std::thread> all;
    for (int i = 0; i < 2; ++i) {
      all.emplace_back([] {
        for (uint64_t k = 0; k < kEach; ++k) {
          HONE_SPAN("waited for");
        }
      });
    }
    for (std::thread& each : all) each.join();
  }
  const Recorded got = read_recording(recording);
  EXPECT_EQ(got.spans.at("waited for"), 2 * kEach);
  EXPECT_EQ(got.meta.at("spans.lost"), "0");
}

// The first event of a session looks what is to be done; those of other threads wait for it.
TEST_F(SessionTest, WhatIsMarkedWhileItStartsIsNotLost) {
  const std::string recording = path("a.hone");
  SessionOptions options = {};
  options.recording = recording.c_str();
  constexpr int kThreads = 4, kSessions = 40;
  for (int i = 0; i < kSessions; ++i) {
    std::atomic<bool> runs = false;
    std::vector<std::thread> all;
    for (int k = 0; k < kThreads; ++k) {
      all.emplace_back([&] {
        while (!runs) {
        }
        for (int span = 0; span < 10; ++span) {
          HONE_SPAN("at once");
        }
      });
    }
    {
      const Session session(options);
      runs = true;
      for (std::thread& each : all) each.join();
    }
    ASSERT_EQ(read_recording(recording).spans["at once"], 10u * kThreads) << i;
  }
}

// Of a place that is met often few spans are timed, and all are counted, on each thread; others are
// timed each time.
TEST_F(SessionTest, OfHotPlacesEverySpanIsCounted) {
  const std::string recording = path("a.hone");
  SessionOptions options = {};
  options.recording = recording.c_str();
  options.when_full = "block";
  options.adaptive = 10'000;
  constexpr uint64_t kOuter = 20, kEach = 100'000;
  {
    const Session session(options);
    const auto work = [] {
      for (uint64_t i = 0; i < kOuter; ++i) {
        HONE_SPAN("rare");
        for (uint64_t k = 0; k < kEach; ++k) {
          HONE_SPAN("often", "k", k);
        }
      }
    };
    std::thread ends_before(work);
    work();
    ends_before.join();
  }
  Recorded got = read_recording(recording);
  EXPECT_EQ(got.spans["rare"], 2 * kOuter);
  EXPECT_EQ(got.counted["rare"], 0u);
  EXPECT_EQ(got.spans["often"] + got.counted["often"], 2 * kOuter * kEach);
  EXPECT_LT(got.spans["often"], 2 * kOuter * kEach / 10);
  EXPECT_GT(got.spans["often"], 2 * kOuter);
  // Another session's are as they were.
  options.adaptive = 0;
  {
    const Session session(options);
    for (uint64_t k = 0; k < kEach; ++k) {
      HONE_SPAN("often", "k", k);
    }
  }
  got = read_recording(recording);
  EXPECT_EQ(got.spans["often"], kEach);
  EXPECT_EQ(got.counted["often"], 0u);
}

TEST_F(SessionTest, AfterItsEndNothingIsRecordedAndAnotherMayStart) {
  const std::string first = path("1.hone"), second = path("2.hone");
  SessionOptions options = {};
  options.recording = first.c_str();
  ASSERT_TRUE(hone_session_start(&options));
  EXPECT_FALSE(hone_session_start(&options));  // one at a time
  { HONE_SPAN("of the first"); }
  hone_session_stop();
  hone_session_stop();
  { HONE_SPAN("of none"); }
  options.recording = second.c_str();
  ASSERT_TRUE(hone_session_start(&options));
  { HONE_SPAN("of the second"); }
  hone_session_stop();
  EXPECT_EQ(read_recording(first).spans, (std::map<std::string, uint64_t>{{"of the first", 1}}));
  EXPECT_EQ(read_recording(second).spans, (std::map<std::string, uint64_t>{{"of the second", 1}}));
}

TEST_F(SessionTest, NamesAndFactsGivenBeforeAreKnown) {
  const std::string first = path("1.hone"), second = path("2.hone");
  HONE_APP_INFO("answer", 42);
  HONE_APP_INFO("share", 0.25);
  HONE_APP_INFO("least", INT64_MIN);
  HONE_APP_INFO("debug", false);
  HONE_APP_INFO("build", "old");
  HONE_APP_INFO("build", "new");
  std::atomic<int> step = 0;
  std::thread named([&] {
    HONE_THREAD("named early");
    step = 1;
    while (step != 2) std::this_thread::yield();
    { HONE_SPAN("work"); }
    step = 3;
    while (step != 4) std::this_thread::yield();
    { HONE_SPAN("work"); }
  });
  while (step != 1) std::this_thread::yield();
  SessionOptions options = {};
  options.recording = first.c_str();
  hone_session_start(&options);
  step = 2;
  while (step != 3) std::this_thread::yield();
  hone_session_stop();
  // Its ring was taken for another recorder.
  options.recording = second.c_str();
  hone_session_start(&options);
  step = 4;
  named.join();
  hone_session_stop();
  for (const std::string& each : {first, second}) {
    const Recorded got = read_recording(each);
    EXPECT_EQ(got.thread_names.count("named early"), 1u) << each;
    EXPECT_EQ(got.meta.at("app.answer"), "42");
    EXPECT_EQ(got.meta.at("app.share"), "0.25");
    EXPECT_EQ(got.meta.at("app.least"), "-9223372036854775808");
    EXPECT_EQ(got.meta.at("app.debug"), "no");
    EXPECT_EQ(got.meta.at("app.build"), "new");
  }
}

TEST_F(SessionTest, ThreadsBeyondTheBufferAreCounted) {
  const std::string recording = path("a.hone");
  SessionOptions options = {};
  options.recording = recording.c_str();
  options.buffer_bytes = 1;  // one ring, or as many as there are already
  testing::internal::CaptureStderr();
  hone_session_start(&options);
  std::atomic<int> there = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < 8; ++i) {
    all.emplace_back([&] {
      { HONE_SPAN("one of many"); }
      ++there;
      while (there < 8) std::this_thread::yield();
    });
  }
  for (std::thread& each : all) each.join();
  hone_session_stop();
  const std::string said = testing::internal::GetCapturedStderr();
  const Recorded got = read_recording(recording);
  const uint64_t refused = std::stoull(got.meta.at("spans.threads_refused"));
  EXPECT_GT(refused, 0u);
  const uint64_t recorded = got.spans.count("one of many") ? got.spans.at("one of many") : 0;
  EXPECT_LT(recorded, 8u);
  EXPECT_NE(said.find("without a ring"), std::string::npos) << said;
}

TEST_F(SessionTest, WhatCannotBeWrittenIsSaidAndTheRestGoesOn) {
  const std::string chrome = path("a.json"), other = path("other.json");
  std::ofstream(other) << "dear diary";
  SessionOptions options = {};
  options.recording = "/proc/none/a.hone";
  options.chrome = chrome.c_str();
  testing::internal::CaptureStderr();
  EXPECT_TRUE(hone_session_start(&options));
  hone_session_stop();
  options.chrome = other.c_str();
  EXPECT_FALSE(hone_session_start(&options));
  hone_session_stop();
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("/proc/none/a.hone"), std::string::npos) << said;
  EXPECT_NE(said.find("is no trace"), std::string::npos) << said;
  EXPECT_EQ(text_of_file(other), "dear diary");
  EXPECT_NE(text_of_file(chrome), "");
}

TEST_F(SessionTest, AForkedChildIsNotRecordedAndMayRecordItself) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer ends a forked child that starts a thread";
#endif
#endif
  const std::string parent = path("parent.hone"), child = path("child.hone");
  SessionOptions options = {};
  options.recording = parent.c_str();
  hone_session_start(&options);
  { HONE_SPAN("before"); }
  const pid_t pid = ::fork();
  if (pid == 0) {
    { HONE_SPAN("in the child, by nobody"); }
    hone_session_stop();  // of the parent: not ours to stop
    options.recording = child.c_str();
    const int started = hone_session_start(&options);
    { HONE_SPAN("in the child"); }
    hone_session_stop();
    ::_exit(started ? 0 : 1);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  { HONE_SPAN("after"); }
  hone_session_stop();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_recording(parent).spans,
            (std::map<std::string, uint64_t>{{"after", 1}, {"before", 1}}));
  EXPECT_EQ(read_recording(child).spans, (std::map<std::string, uint64_t>{{"in the child", 1}}));
}

TEST_F(SessionTest, SpansThatAreOpenAtTheEndAreShownAsOpen) {
  const std::string recording = path("a.hone");
  SessionOptions options = {};
  options.recording = recording.c_str();
  hone_session_start(&options);
  {
    HONE_SPAN("still open");
    hone_session_stop();
  }
  const Recorded got = read_recording(recording);
  EXPECT_EQ(got.open, (std::map<std::string, uint64_t>{{"still open", 1}}));
  EXPECT_TRUE(got.spans.empty());
}

}  // namespace
}  // namespace hone::session
