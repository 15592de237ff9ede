// This program is instrumented itself, and reads what it wrote.
#define HONE_ENABLE
#include "drain/spans.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <thread>

#include "guest/runtime/runtime.h"
#include "hone/hone.h"

namespace hone::drain {
namespace {

constexpr uint64_t kForEver = UINT64_MAX;

// All that one read gave, of every thread.
struct Got {
  struct Span {
    std::string name;
    uint64_t start, end;
    uint32_t depth, tid;
    bool stray;
  };
  struct Mark {
    SpanMark mark;
    std::string name;
    std::vector<hone_slot> rest;
  };
  std::vector<Span> spans;
  std::vector<Mark> marks;
  std::map<uint32_t, bool> ended;  // by tid

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Span& span : spans) out.push_back(span.name);
    return out;
  }
};

class Spans : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    hone_own_page.when_full = HONE_DROP_NEWEST;
    hone_own_page.min_ticks = 0;
    hone_own_page.fit_ticks = UINT32_MAX;
    rings_->ask(kForEver, "", "");
    { HONE_SPAN("the first looks at what is asked"); }
    read();
  }
  void TearDown() override { rings_->stop(); }

  std::string name(uint32_t site) {
    const auto found = rings_->site(site);
    return found ? found->name : "?";
  }
  Got read(bool gone = false) {
    Got out;
    rings_->read(
        [&](SpanBatch& batch) {
          for_each_span(batch.spans(), [&](uint64_t start, uint64_t end, uint32_t site,
                                           uint8_t depth, bool is_stray) {
            out.spans.push_back({name(site), start, end, depth, batch.thread.tid, is_stray});
          });
          for (const SpanMark& mark : batch.marks) {
            const auto at = batch.rest.begin() + mark.rest;
            out.marks.push_back({mark, name(mark.site), {at, at + mark.rest_count}});
          }
          out.ended[batch.thread.tid] = batch.thread.ended;
          return true;
        },
        gone);
    return out;
  }

  std::optional<SpanRings> rings_;
};

TEST_F(Spans, FinishedSpansComeWithTheirNesting) {
  {
    HONE_SPAN("outer");
    { HONE_SPAN("first"); }
    { HONE_SPAN("second"); }
  }
  const Got got = read();
  EXPECT_EQ(got.names(), (std::vector<std::string>{"first", "second", "outer"}));
  ASSERT_EQ(got.spans.size(), 3u);
  EXPECT_EQ(got.spans[0].depth, 1u);
  EXPECT_EQ(got.spans[2].depth, 0u);
  EXPECT_LE(got.spans[2].start, got.spans[0].start);
  EXPECT_LE(got.spans[0].end, got.spans[1].start);
  EXPECT_LE(got.spans[1].end, got.spans[2].end);
  EXPECT_EQ(got.spans[0].tid, static_cast<uint32_t>(::gettid()));
  EXPECT_TRUE(read().spans.empty());
}

TEST_F(Spans, SitesSayWhereTheyAre) {
  { HONE_SPAN("Physics::World::step", "bodies", 3); }
  HONE_PLOT_UNIT("memory", "bytes", 5);
  bool seen = false;
  for (uint32_t id = 1; id < rings_->sites_used(); ++id) {
    const auto site = rings_->site(id);
    ASSERT_TRUE(site) << id;
    if (site->name != "Physics::World::step") continue;
    seen = true;
    EXPECT_EQ(site->kind, HONE_SITE_SPAN);
    EXPECT_EQ(site->category, "Physics");
    EXPECT_EQ(site->function, "TestBody");
    EXPECT_NE(site->file.find("spans_test.cc"), std::string::npos);
    EXPECT_GT(site->line, 0u);
    EXPECT_EQ(site->keys, std::vector<std::string>{"bodies"});
  }
  EXPECT_TRUE(seen);
  EXPECT_FALSE(rings_->site(0));
  EXPECT_FALSE(rings_->site(rings_->sites_used()));
  EXPECT_FALSE(rings_->site(UINT32_MAX));
  const Got got = read();
  ASSERT_EQ(got.marks.size(), 2u);
  EXPECT_EQ(rings_->site(got.marks[1].mark.site)->unit, "bytes");
}

TEST_F(Spans, ArgumentsKeepTheirTypes) {
  const std::string text = "a text of more than eight bytes";
  { HONE_SPAN("spawn", "count", -7, "kind", text, "share", 0.25, "yes", true); }
  const Got got = read();
  ASSERT_EQ(got.marks.size(), 1u);
  const auto& [mark, name, rest] = got.marks[0];
  EXPECT_EQ(mark.kind, HONE_MARK_ARGUMENTS);
  ASSERT_EQ(got.spans.size(), 1u);
  EXPECT_EQ(mark.ticks, got.spans[0].start);
  ASSERT_EQ(rest.size(), 4 + (text.size() + 7) / 8);
  EXPECT_EQ(rest[0].second >> 4 & 255, HONE_ARGUMENT_INTEGER);
  EXPECT_EQ(static_cast<int64_t>(rest[0].first), -7);
  EXPECT_EQ(rest[1].second >> 4 & 255, HONE_ARGUMENT_STRING);
  EXPECT_EQ(rest[1].second >> 32, text.size());
  std::string copied(text.size(), ' ');
  for (size_t i = 0; i < text.size(); ++i) {
    copied[i] = reinterpret_cast<const char*>(&rest[2 + i / 8].first)[i % 8];
  }
  EXPECT_EQ(copied, text);
  double real = 0;
  std::memcpy(&real, &rest[rest.size() - 2].first, sizeof real);
  EXPECT_EQ(real, 0.25);
  EXPECT_EQ(rest.back().second >> 4 & 255, HONE_ARGUMENT_BOOLEAN);
}

TEST_F(Spans, MarksOfEveryKind) {
  HONE_PLOT("entities", 12u);
  HONE_PLOT("load", 0.5);
  HONE_FRAME();
  HONE_EVENT("loaded");
  HONE_EVENT_AT(HONE_LEVEL_WARN, "slow", "ms", 20);
  HONE_ASYNC_BEGIN("job", 5);
  HONE_ASYNC_END("job", 5);
  HONE_ALLOCATE("pool", &rings_, 64);
  HONE_FREE("pool", &rings_);
  HONE_THREAD("main of the test");
  const Got got = read();
  std::vector<std::pair<uint32_t, std::string>> kinds;
  for (const auto& each : got.marks) kinds.emplace_back(each.mark.kind, each.name);
  EXPECT_EQ(kinds, (std::vector<std::pair<uint32_t, std::string>>{
                       {HONE_MARK_INTEGER, "entities"},
                       {HONE_MARK_REAL, "load"},
                       {HONE_MARK_FRAME, "frame"},
                       {HONE_MARK_MESSAGE, "loaded"},
                       {HONE_MARK_MESSAGE, "slow"},
                       {HONE_MARK_ASYNC_BEGIN, "job"},
                       {HONE_MARK_ASYNC_END, "job"},
                       {HONE_MARK_ALLOCATE, "pool"},
                       {HONE_MARK_FREE, "pool"},
                       {HONE_MARK_THREAD_NAME, "main of the test"}}));
  EXPECT_EQ(got.marks[0].rest[0].first, 12u);
  EXPECT_EQ(got.marks[4].mark.detail, HONE_LEVEL_WARN);
  EXPECT_EQ(got.marks[7].rest[1].first, 64u);
  for (size_t i = 1; i < got.marks.size(); ++i) {
    EXPECT_LE(got.marks[i - 1].mark.ticks, got.marks[i].mark.ticks);
  }
}

TEST_F(Spans, NamesMadeAtRunTimeAreOneSiteEach) {
  const uint32_t before = rings_->sites_used();
  for (int i = 0; i < 10; ++i) {
    const std::string text = std::to_string(before) + " chunk " + std::to_string(i % 3);
    HONE_SPAN_NAMED(text.c_str());
  }
  EXPECT_EQ(rings_->sites_used() - before, 3u);
  const Got got = read();
  ASSERT_EQ(got.spans.size(), 10u);
  EXPECT_EQ(got.spans[4].name, std::to_string(before) + " chunk 1");
}

TEST_F(Spans, TimeYieldsTheValue) {
  EXPECT_EQ(HONE_TIME("sum", 20 + 22), 42);
  EXPECT_EQ(read().names(), std::vector<std::string>{"sum"});
}

TEST_F(Spans, LongSpansTakeTwoSlots) {
  hone_scope scope = {};
  HONE_SPAN_BEGIN(scope, "long");
  // As if it had begun an hour ago.
  const uint64_t hour = 3600ull * 3'000'000'000;
  scope.start -= hour;
  scope.thread->open[scope.thread->depth - 1].start -= hour;
  HONE_SPAN_END(scope);
  const Got got = read();
  ASSERT_EQ(got.spans.size(), 1u);
  EXPECT_GE(got.spans[0].end - got.spans[0].start, hour);
  EXPECT_FALSE(got.spans[0].stray);
}

TEST_F(Spans, OpenOnesAreSeen) {
  HONE_SPAN("still open");
  {
    HONE_SPAN("inside");
    const auto open = rings_->open_spans();
    ASSERT_EQ(open.size(), 2u);
    EXPECT_EQ(name(open[0].site), "still open");
    EXPECT_EQ(name(open[1].site), "inside");
    EXPECT_EQ(open[1].depth, 1u);
    EXPECT_LE(open[0].start, open[1].start);
  }
  EXPECT_EQ(rings_->open_spans().size(), 1u);
}

TEST_F(Spans, EndedOnAnotherThreadOrOutOfOrderIsStray) {
  hone_scope scope = {}, inner = {};
  HONE_SPAN_BEGIN(scope, "handed over");
  std::thread([&] { HONE_SPAN_END(scope); }).join();
  // The stack of what is open here is put right by the next one that ends.
  HONE_SPAN_BEGIN(scope, "outer");
  HONE_SPAN_BEGIN(inner, "left open");
  HONE_SPAN_END(scope);
  { HONE_SPAN("after"); }
  const Got got = read();
  std::map<std::string, bool> stray;
  for (const auto& span : got.spans) stray[span.name] = span.stray;
  EXPECT_EQ(stray, (std::map<std::string, bool>{
                       {"handed over", true}, {"outer", true}, {"after", false}}));
  hone_own_thread->depth = 0;
}

TEST_F(Spans, DeeperThanTheStackOfOpenOnes) {
  const std::function<void(int)> down = [&](int left) {
    HONE_SPAN("down");
    if (left > 1) down(left - 1);
  };
  down(HONE_DEPTH_MAX + 50);
  const Got got = read();
  ASSERT_EQ(got.spans.size(), HONE_DEPTH_MAX + 50u);
  EXPECT_EQ(got.spans.front().depth, HONE_DEPTH_MAX);
  EXPECT_EQ(got.spans.back().depth, 0u);
  EXPECT_EQ(hone_own_thread->depth, 0u);
}

TEST_F(Spans, ThreadsThatComeAndGoShareRings) {
  const uint32_t before = hone_own_page.rings_used;
  for (int i = 0; i < 200; ++i) {
    std::thread([] { HONE_SPAN("short"); }).join();
    const Got got = read();
    ASSERT_EQ(got.names(), std::vector<std::string>{"short"});
    EXPECT_TRUE(got.ended.begin()->second);
  }
  EXPECT_LE(hone_own_page.rings_used, before + 1);
}

TEST_F(Spans, WhatAFullRingLosesIsCounted) {
  const uint64_t lost_before = rings_->counts().spans_lost;
  constexpr uint64_t kWritten = HONE_RING_SLOTS + 5000;
  for (uint64_t i = 0; i < kWritten; ++i) {
    HONE_SPAN("many");
  }
  const uint64_t lost = rings_->counts().spans_lost - lost_before;
  EXPECT_GT(lost, 4999u);
  EXPECT_EQ(read().spans.size() + lost, kWritten);
  EXPECT_GT(rings_->fullest(), 0.9);
  { HONE_SPAN("again"); }
  EXPECT_EQ(read().names(), std::vector<std::string>{"again"});
}

TEST_F(Spans, WhereItIsAskedForTheProgramWaits) {
  hone_own_page.when_full = HONE_BLOCK;
  constexpr uint64_t kWritten = 3 * HONE_RING_SLOTS;
  std::atomic<bool> done = false;
  const uint64_t lost_before = rings_->counts().spans_lost;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kWritten; ++i) {
      HONE_SPAN("waited for");
    }
    done = true;
  });
  uint64_t got = 0;
  while (!done) got += read().spans.size();
  writer.join();
  got += read().spans.size();
  EXPECT_EQ(got, kWritten);
  EXPECT_EQ(rings_->counts().spans_lost, lost_before);
}

TEST_F(Spans, OldestAreOverwrittenWhereThatIsAskedFor) {
  hone_own_page.when_full = HONE_OVERWRITE_OLDEST;
  constexpr uint64_t kWritten = 3 * HONE_RING_SLOTS + 17;
  for (uint64_t i = 0; i < kWritten; ++i) {
    HONE_SPAN("round");
  }
  { HONE_SPAN("last"); }
  const Got got = read();
  EXPECT_EQ(got.spans.size(), HONE_RING_SLOTS);
  EXPECT_EQ(got.spans.back().name, "last");
  EXPECT_EQ(rings_->counts().overwritten, kWritten + 1 - HONE_RING_SLOTS);
}

TEST_F(Spans, ShortOnesAreLeftOutWhenAsked) {
  hone_own_page.min_ticks = 1u << 31;
  hone_own_page.fit_ticks = UINT32_MAX - (1u << 31);
  { HONE_SPAN("short"); }
  EXPECT_TRUE(read().spans.empty());
  EXPECT_GT(rings_->counts().spans_short, 0u);
}

TEST_F(Spans, FilterByCategoryAndLevel) {
  const auto write = [] {
    { HONE_SPAN("Engine::load"); }
    { HONE_SPAN_AT(HONE_LEVEL_TRACE, "Engine::detail"); }
    { HONE_SPAN("Render::draw"); }
    HONE_FRAME();
  };
  write();
  EXPECT_EQ(read().spans.size(), 3u);
  rings_->ask(kForEver, "Engine=trace", "");
  { HONE_SPAN("looks again"); }
  read();
  write();
  const Got engine = read();
  EXPECT_EQ(engine.names(), (std::vector<std::string>{"Engine::load", "Engine::detail"}));
  EXPECT_EQ(engine.marks.size(), 1u);  // frames are let through, but for "off"
  rings_->ask(kForEver, "info,Render=off", "");
  { HONE_SPAN("looks again"); }
  read();
  write();
  EXPECT_EQ(read().names(), std::vector<std::string>{"Engine::load"});
}

TEST_F(Spans, NothingIsWrittenWhenTheLeaseIsOver) {
  rings_->permit(hone_ticks());
  { HONE_SPAN("nobody reads"); }
  EXPECT_EQ(hone_own_page.state, HONE_OFF);
  { HONE_SPAN("nor this"); }
  EXPECT_TRUE(read().spans.empty());
  EXPECT_TRUE(rings_->permit(kForEver));  // too late, which is told
  { HONE_SPAN("somebody is back"); }
  EXPECT_EQ(read().names(), std::vector<std::string>{"somebody is back"});
  EXPECT_FALSE(rings_->permit(kForEver));
  rings_->pause();
  EXPECT_FALSE(rings_->permit(kForEver));
}

TEST_F(Spans, OneReaderAtATime) {
  auto second = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->own(1));
  EXPECT_EQ(second->owner(), ::getpid());
  rings_->stop();
  EXPECT_TRUE(second->own(1));
  second->stop();
  ASSERT_TRUE(rings_->own(::getpid()));
}

TEST_F(Spans, HandlersOfSignalsWriteBetween) {
  struct sigaction action {};
  action.sa_handler = [](int) { HONE_SPAN("in the handler"); };
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  std::atomic<bool> done = false;
  const pthread_t self = ::pthread_self();
  std::thread sender([&] {
    for (int i = 0; i < 500; ++i) {
      ::pthread_kill(self, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    done = true;
  });
  uint64_t written = 0, handled = 0, seen = 0, others = 0;
  while (!done || written % 1000 != 0) {
    HONE_SPAN("outside");
    if (++written % 1000 != 0) continue;
    for (const auto& span : read().spans) {
      handled += span.name == "in the handler";
      seen += span.name == "outside";
      others += span.stray;
    }
  }
  sender.join();
  for (const auto& span : read().spans) {
    handled += span.name == "in the handler";
    seen += span.name == "outside";
    others += span.stray;
  }
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(seen, written);
  EXPECT_GT(handled, 0u);
  EXPECT_EQ(others, 0u);
  EXPECT_EQ(rings_->counts().damaged, 0u);
}

TEST_F(Spans, ForkedChildHasMemoryOfItsOwn) {
  HONE_SPAN("around the fork");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // No recorder is told of it here, so it is off; and what it marks is not its parent's.
    { HONE_SPAN("in the child"); }
    const bool own = runtime::memory.descriptor >= 0 && hone_own_page.pid == ::getpid() &&
                     hone_own_page.state == HONE_OFF;
    ::_exit(own ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  { HONE_SPAN("in the parent"); }
  EXPECT_EQ(read().names(), std::vector<std::string>{"in the parent"});
}

TEST_F(Spans, SlotThatIsNeverWrittenHoldsNothingUpForEver) {
  { HONE_SPAN("before"); }
  hone_take_slots(hone_own_thread, 1);
  { HONE_SPAN("behind"); }
  EXPECT_EQ(read().names(), std::vector<std::string>{"before"});
  const uint64_t damaged = rings_->counts().damaged;
  EXPECT_EQ(read(true).names(), std::vector<std::string>{"behind"});
  EXPECT_EQ(rings_->counts().damaged, damaged + 1);
}

TEST(SpanMemory, RefusesWhatIsNone) {
  const base::UniqueFd plain{::memfd_create("plain", MFD_CLOEXEC)};
  EXPECT_FALSE(SpanRings::open(base::UniqueFd{::dup(plain.get())}));
  base::UniqueFd sealed{::memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ::fcntl(sealed.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  EXPECT_FALSE(SpanRings::open(base::UniqueFd{::dup(sealed.get())}));
  hone_page page{};
  ASSERT_EQ(::pread(runtime::memory.descriptor, &page, sizeof page, 0), sizeof page);
  for (const uint64_t nonsense : {uint64_t{0}, uint64_t{1}, UINT64_MAX, UINT64_MAX / 2}) {
    hone_page bad = page;
    bad.slots_at = nonsense;
    ASSERT_EQ(::pwrite(sealed.get(), &bad, sizeof bad, 0), sizeof bad);
    EXPECT_FALSE(SpanRings::open(base::UniqueFd{::dup(sealed.get())})) << nonsense;
  }
}

}  // namespace
}  // namespace hone::drain
