#include "serve/library.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "profile/stack_text.h"

namespace hone::serve {
namespace {

constexpr int64_t kLongNs = 30'000'000'000;

std::atomic<bool> gate_is_open{true};
std::atomic<int> opened{0};

Result<Library::Loaded> open_text(const std::string& path) {
  while (!gate_is_open) std::this_thread::yield();
  ++opened;
  if (path.find("bad") != path.npos) return fail(Code::Corrupt, "it is damaged");
  return Library::Loaded{profile::profile_of_text("main;work 1"), "a note"};
}

TEST(Library, NamesRecordingsByTheirFiles) {
  Library library(&open_text);
  EXPECT_EQ(library.add("/a/app.hone"), "app");
  EXPECT_EQ(library.add("/b/app.hone"), "app-2");
  EXPECT_EQ(library.add("/a/app.hone"), "app");  // it is there already
  EXPECT_EQ(library.add("other"), "other");
  EXPECT_EQ(library.entries().size(), 3u);
  EXPECT_EQ(library.get("nothing", 0).error().code, Code::NotFound);
}

TEST(Library, OpensInTheBackground) {
  Library library(&open_text);
  library.add("app.hone");
  gate_is_open = false;
  const auto early = library.get("app", 0);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Code::Cancelled);
  EXPECT_EQ(library.entries()[0].state, RecordingState::kLoading);
  gate_is_open = true;
  const auto later = library.get("app", kLongNs);
  ASSERT_TRUE(later);
  EXPECT_EQ((*later)->note, "a note");
  EXPECT_EQ(library.entries()[0].state, RecordingState::kReady);
}

TEST(Library, SaysWhyOneCannotBeOpened) {
  Library library(&open_text);
  library.add("bad.hone");
  EXPECT_EQ(library.get("bad", kLongNs).error().message, "it is damaged");
  EXPECT_EQ(library.entries()[0].state, RecordingState::kFailed);
}

TEST(Library, LetsGoOfTheOldest) {
  Library library(&open_text);
  std::vector<std::string> ids;
  for (size_t i = 0; i < Library::kOpenMax + 2; ++i) {
    ids.push_back(library.add("run" + std::to_string(i) + ".hone"));
  }
  const auto first = library.get(ids[0], kLongNs);
  ASSERT_TRUE(first);
  for (const std::string& id : ids) ASSERT_TRUE(library.get(id, kLongNs)) << id;
  size_t ready = 0;
  for (const RecordingEntry& entry : library.entries()) {
    ready += entry.state == RecordingState::kReady ? 1 : 0;
  }
  EXPECT_EQ(ready, Library::kOpenMax);
  EXPECT_EQ(library.entries()[0].state, RecordingState::kClosed);
  EXPECT_EQ((*first)->profile.samples().size(), 1u);  // who holds it may go on
  EXPECT_TRUE(library.get(ids[0], kLongNs));
}

TEST(Library, OpensOnceForManyWhoAsk) {
  Library library(&open_text);
  library.add("app.hone");
  opened = 0;
  std::vector<std::thread> threads;
  std::atomic<int> got{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { got += library.get("app", kLongNs) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(got, 8);
  EXPECT_EQ(opened, 1);
}

}  // namespace
}  // namespace hone::serve
