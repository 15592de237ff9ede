#include "exchange/call_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/costs_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;

struct Written {
  std::vector<std::string> costs;
  int64_t without_callers = 0;
};

// main calls a, b and c, the heaviest first; each of them calls leaf.
Written write_calls(size_t waiting_most) {
  Written out;
  Imported got;
  std::string path = testing::TempDir() + "hone-call-graph-XXXXXX";
  ::close(::mkstemp(path.data()));
  const auto take = [&]() -> Result<void> {
    HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create(path, {}));
    Intake to(recording::Builder(std::move(writer)));
    const MetricId metric = to.metric("Ir", "Ir", recording::TrackUnit::kCount);
    NameList names;
    CallGraph graph(names, waiting_most);
    const auto function = [&](std::string_view name) {
      return graph.function({.name = names.add(name)});
    };
    const uint32_t main = function("main"), leaf = function("leaf");
    const auto own = [&](uint32_t of, int64_t value) {
      const CallGraph::Value values[] = {{0, value}};
      graph.add_self(of, {}, values);
    };
    own(main, 1);
    int64_t spent = 300;
    for (const std::string_view name : {"a", "b", "c"}) {
      own(function(name), 10);
      graph.add_call(main, {}, function(name), 1, spent + 10);
      graph.add_call(function(name), {}, leaf, 1, spent);
      own(leaf, spent);
      spent -= 100;
    }
    graph.write(to, ThreadId::kNone, {&metric, 1});
    out.without_callers = graph.without_callers();
    HONE_TRY(to.finish());
    HONE_TRY_ASSIGN(const recording::Reader reader, recording::Reader::open(path));
    HONE_TRY_ASSIGN(got.profile, profile::Profile::load(reader, {}));
    return {};
  };
  const auto taken = take();
  EXPECT_TRUE(taken);
  ::unlink(path.c_str());
  if (taken) out.costs = costs(got);
  return out;
}

TEST(CallGraph, SharesFollowWhatWasSpentInCalls) {
  const Written all = write_calls(CallGraph::kWaitingMost);
  EXPECT_THAT(all.costs,
              ElementsAre("Ir: main 1", "Ir: main;a 10", "Ir: main;a;leaf 300", "Ir: main;b 10",
                          "Ir: main;b;leaf 200", "Ir: main;c 10", "Ir: main;c;leaf 100"));
  EXPECT_EQ(all.without_callers, 0);
}

// Own costs stay exact: what no stack was worked out for stands alone, and is counted.
TEST(CallGraph, StacksThatWaitHaveALimit) {
  const Written some = write_calls(4);
  EXPECT_THAT(some.costs, ElementsAre("Ir: leaf 300", "Ir: main 1", "Ir: main;a 10",
                                      "Ir: main;a;leaf 300", "Ir: main;b 10", "Ir: main;c 10"));
  EXPECT_EQ(some.without_callers, 300);
  const Written none = write_calls(0);
  EXPECT_THAT(none.costs,
              ElementsAre("Ir: a 10", "Ir: b 10", "Ir: c 10", "Ir: leaf 600", "Ir: main 1"));
  EXPECT_EQ(none.without_callers, 630);
}

}  // namespace
}  // namespace hone::exchange
