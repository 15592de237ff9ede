#include "analysis/message_list.h"

#include <gtest/gtest.h>

#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using namespace recording;

// "loaded" at 1000 and at 3000, the later one with a value; "begun" on another thread between them.
profile::Profile drawn() {
  profile::Tables tables = profile::tables_of_text(R"(
    @meta run.start_ns 1000
    @meta run.wall_ns 5000
    @process app pid=7
    @thread main process=app tid=7 start_ns=1000 end_ns=6000
    @thread io process=app tid=8 start_ns=1000 end_ns=6000
    main 1 time=1000
  )");
  const auto text = [&](std::string_view what) {
    return StringId{tables.append(StringRow{.text = what})};
  };
  const auto site = [&](std::string_view name) {
    return SiteId{tables.append(SiteRow{.name = text(name), .kind = 4})};
  };
  const SiteId loaded = site("loaded"), begun = site("begun");
  tables.append(MessageRow{.thread = ThreadId{1}, .time = TimeNs{3000}, .site = loaded});
  tables.append(MessageRow{.thread = ThreadId{2}, .time = TimeNs{2000}, .site = begun});
  tables.append(MessageRow{.thread = ThreadId{1}, .time = TimeNs{1000}, .site = loaded});
  tables.append(SpanArgumentRow{.thread = ThreadId{1},
                                .time = TimeNs{3000},
                                .site = loaded,
                                .key = text("level"),
                                .type = 2,
                                .value = 42});
  auto profile = profile::Loader::build(std::move(tables), nullptr);
  EXPECT_TRUE(profile);
  return std::move(*profile);
}

class MessageList : public testing::Test {
 protected:
  std::vector<int64_t> times(const Selection& selection, std::string_view text = "") const {
    std::vector<int64_t> out;
    for (const ListedMessage& one : list_messages(timeline_, selection, *TextMatch::of(text))) {
      out.push_back(raw(one.time));
    }
    return out;
  }
  using Times = std::vector<int64_t>;
  const profile::Profile profile_ = drawn();
  const Timeline timeline_{profile_, {}, 1};
};

TEST_F(MessageList, ByTimeWithinWhatIsSelected) {
  EXPECT_EQ(times({}), (Times{1000, 2000, 3000}));
  EXPECT_EQ(times({.thread = "io"}), (Times{2000}));
  EXPECT_EQ(times({.threads = {ThreadId{1}}}), (Times{1000, 3000}));
  EXPECT_EQ(times({.time_first = TimeNs{2000}, .time_last = TimeNs{2999}}), (Times{2000}));
  EXPECT_EQ(times({.inside = "no such span"}), (Times{}));
  EXPECT_EQ(times({}, "LOAD"), (Times{1000, 3000}));
  EXPECT_EQ(times({}, "io"), (Times{2000}));
}

TEST_F(MessageList, ValuesAreThoseOfTheirMessage) {
  const auto all = list_messages(timeline_, {}, *TextMatch::of(""));
  const std::vector<MessageArguments> values = message_arguments(profile_, all);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_TRUE(values[0].empty());
  EXPECT_TRUE(values[1].empty());
  EXPECT_EQ(values[2], (MessageArguments{{"level", "42"}}));
}

}  // namespace
}  // namespace hone::analysis
