// Against all spans, looked at one by one.
#include "profile/span_search.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace hone::profile {
namespace {

struct Made {
  SpanColumns rows;
  std::vector<int64_t> parent;  // index; -1 none
};

class Trees {
 public:
  explicit Trees(uint64_t seed) : random_(seed) {}
  Made make(size_t count) {
    Made out;
    int64_t time = 1000;
    while (out.rows.size() < count)
      time = tree(out, time, 0) + 1 + static_cast<int64_t>(random_() % 500);
    return out;
  }
  std::mt19937_64& random() { return random_; }

 private:
  int64_t tree(Made& out, int64_t start, uint8_t depth) {
    int64_t time = start + 1;
    std::vector<size_t> children;
    for (uint64_t i = depth < 5 ? random_() % 4 : 0; i > 0; --i) {
      time = tree(out, time, static_cast<uint8_t>(depth + 1)) + 1;
      children.push_back(out.rows.size() - 1);
    }
    time += static_cast<int64_t>(random_() % 100);
    for (const size_t child : children) out.parent[child] = static_cast<int64_t>(out.rows.size());
    out.rows.end_ns.push_back(static_cast<uint64_t>(time));
    out.rows.duration_ns.push_back(static_cast<uint64_t>(time - start));
    out.rows.site.push_back(static_cast<uint32_t>(1 + random_() % 200));
    out.rows.depth.push_back(depth);
    out.parent.push_back(-1);
    return time;
  }
  std::mt19937_64 random_;
};

class SpanSearchTest : public testing::TestWithParam<uint64_t> {};

TEST_P(SpanSearchTest, FindsWhatALookAtAllOfThemFinds) {
  Trees trees(GetParam());
  const Made one = trees.make(3), many = trees.make(9000);
  const ColumnSpanSource source({one.rows, many.rows});
  const SpanLevels levels = SpanLevels::of(source, 2);
  SpanSearch search(levels, source);
  const size_t before = one.rows.size();
  for (int round = 0; round < 300; ++round) {
    const size_t i = trees.random()() % many.rows.size();
    const SpanAt span = search.at(before + i);
    EXPECT_EQ(span.site, many.rows.site[i]);
    EXPECT_EQ(span.duration_ns(), static_cast<int64_t>(many.rows.duration_ns[i]));
    const auto parent = search.parent(1, span);
    const int64_t want = many.parent[i];
    ASSERT_EQ(parent ? static_cast<int64_t>(parent->number - before) : -1, want);
    size_t inside = i;
    while (inside > 0 && static_cast<int64_t>(many.rows.end_ns[inside - 1]) > raw(span.start))
      --inside;
    EXPECT_EQ(search.first_inside(1, span) - before, inside);

    const uint32_t site = static_cast<uint32_t>(1 + trees.random()() % 200);
    const auto has_site = [&](const SpanLevels::Node& node) {
      return (node.sites >> (site & 63) & 1) != 0;
    };
    const auto is_it = [&](const SpanAt& at) { return at.site == site; };
    const auto next = search.first(1, before + i, has_site, is_it);
    size_t at = i;
    while (at < many.rows.size() && many.rows.site[at] != site) ++at;
    ASSERT_EQ(next ? next->number - before : many.rows.size(), at);
    const auto last = search.last(1, before + i, has_site, is_it);
    int64_t back = static_cast<int64_t>(i) - 1;
    while (back >= 0 && many.rows.site[static_cast<size_t>(back)] != site) --back;
    ASSERT_EQ(last ? static_cast<int64_t>(last->number - before) : -1, back);

    const TimeNs time{static_cast<int64_t>(trees.random()() % (many.rows.end_ns.back() + 500))};
    const auto innermost = search.innermost(1, time);
    int64_t deepest = -1;
    for (size_t k = 0; k < many.rows.size(); ++k) {
      const auto end = static_cast<int64_t>(many.rows.end_ns[k]);
      const int64_t start = end - static_cast<int64_t>(many.rows.duration_ns[k]);
      if (start > raw(time) || end < raw(time)) continue;
      if (deepest < 0 || many.rows.depth[k] > many.rows.depth[static_cast<size_t>(deepest)]) {
        deepest = static_cast<int64_t>(k);
      }
    }
    ASSERT_EQ(innermost ? static_cast<int64_t>(innermost->number - before) : -1, deepest);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpanSearchTest, testing::Range<uint64_t>(1, 5));

TEST(SpanSearchEmptyTest, OfNoSpansFindsNothing) {
  const ColumnSpanSource source({SpanColumns{}});
  const SpanLevels levels = SpanLevels::of(source, 1);
  SpanSearch search(levels, source);
  EXPECT_FALSE(search.innermost(0, TimeNs{5}));
  EXPECT_FALSE(search.last(
      0, 9, [](const auto&) { return true; }, [](const auto&) { return true; }));
}

}  // namespace
}  // namespace hone::profile
