#include "elf/symbol_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "elf/test_support.h"

namespace hone::elf {
namespace {

using testing::mark;
using testing::open_victim;

std::string_view name_at(const std::vector<Symbol>& symbols, Svma address) {
  const Symbol* found = find_symbol(symbols, address);
  return found ? found->name : std::string_view{};
}

TEST(SymbolTable, NamesFunctionsByTheirRange) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  const auto symbols = read_function_symbols(victim->image);
  EXPECT_EQ(name_at(symbols, mark(victim->image, "mark_plain")), "plain_function");
  EXPECT_EQ(name_at(symbols, mark(victim->image, "mark_local")), "_ZL14local_functioni");
  EXPECT_EQ(name_at(symbols, victim->image.entry()), "_start");
  EXPECT_TRUE(std::ranges::is_sorted(symbols, {}, [](const Symbol& s) { return raw(s.svma); }));
}

TEST(SymbolTable, NeverNamesTheNearest) {
  const std::vector<Symbol> symbols = {{Svma{100}, 10, "a", false},
                                       {Svma{200}, 100, "outer", false},
                                       {Svma{220}, 5, "inner", false}};
  EXPECT_EQ(name_at(symbols, Svma{99}), "");
  EXPECT_EQ(name_at(symbols, Svma{100}), "a");
  EXPECT_EQ(name_at(symbols, Svma{110}), "");
  EXPECT_EQ(name_at(symbols, Svma{222}), "inner");
  EXPECT_EQ(name_at(symbols, Svma{240}), "outer");
  EXPECT_EQ(name_at(symbols, Svma{300}), "");
  EXPECT_EQ(name_at({}, Svma{1}), "");
}

TEST(SymbolTable, ExportsAloneDoNotCoverWhatTheyDoNotName) {
  const auto victim = open_victim("exports");
  ASSERT_TRUE(victim);
  const auto symbols = read_function_symbols(victim->image);
  ASSERT_FALSE(symbols.empty());
  bool exported = false;
  for (const Symbol& symbol : symbols) {
    EXPECT_TRUE(symbol.from_dynsym);
    exported |= symbol.name == "plain_function";
    EXPECT_EQ(symbol.name.find("local_function"), std::string_view::npos);
  }
  EXPECT_TRUE(exported);
}

class Plt : public ::testing::TestWithParam<const char*> {};
TEST_P(Plt, NamesTheSlotOfPuts) {
  HONE_SKIP_WITHOUT(GetParam());
  const auto victim = open_victim(GetParam());
  ASSERT_TRUE(victim);
  const auto slots = read_plt(victim->image);
  const auto puts = std::ranges::find(slots, "puts", &PltSlot::target);
  ASSERT_NE(puts, slots.end());
  EXPECT_EQ(find_plt(slots, Svma{raw(puts->svma) + puts->bytes - 1})->target, "puts");
  bool inside = false;
  for (const SectionView& section : victim->image.sections()) {
    inside |= section.name.starts_with(".plt") && raw(puts->svma) >= raw(section.svma) &&
              raw(puts->svma) < raw(section.svma) + section.memory_bytes;
  }
  EXPECT_TRUE(inside);
}
INSTANTIATE_TEST_SUITE_P(Layouts, Plt,
                         ::testing::Values("gcc5", "stripped", "plt_ibt", "plt_now", "plt_lld",
                                           "clang5", "aarch64"),
                         [](const auto& each) { return std::string(each.param); });

TEST(FunctionRanges, BoundStrippedFunctions) {
  const auto whole = open_victim("gcc5");
  const auto stripped = open_victim("stripped");
  ASSERT_TRUE(whole && stripped);
  const auto ranges = read_function_ranges(stripped->image);
  const auto symbols = read_function_symbols(whole->image);
  for (const char* label : {"mark_plain", "mark_local", "mark_leaf", "mark_member"}) {
    const Svma address = mark(whole->image, label);
    const FunctionRange* range = find_range(ranges, address);
    ASSERT_NE(range, nullptr) << label;
    EXPECT_EQ(range->start, find_symbol(symbols, address)->svma) << label;
  }
  EXPECT_EQ(find_range(ranges, Svma{0}), nullptr);
  EXPECT_EQ(find_range(ranges, Svma{~uint64_t{0}}), nullptr);
}

TEST(MiniDebugInfo, Inflates) {
  HONE_SKIP_WITHOUT("mini");
  const auto victim = open_victim("mini");
  const auto whole = open_victim("gcc5");
  ASSERT_TRUE(victim && whole);
  const auto bytes = read_mini_debug_info(victim->image, size_t{1} << 20);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto inner = Image::parse(*bytes);
  ASSERT_TRUE(inner);
  const auto symbols = read_function_symbols(*inner);
  EXPECT_EQ(name_at(symbols, mark(whole->image, "mark_plain")), "plain_function");
  EXPECT_EQ(read_mini_debug_info(victim->image, 100).error().code, Code::LimitExceeded);
  EXPECT_EQ(read_mini_debug_info(whole->image, 100).error().code, Code::NotFound);
}

TEST(Links, NameDebugFiles) {
  const auto linked = open_victim("linked");
  ASSERT_TRUE(linked);
  const auto link = read_debug_link(linked->image);
  ASSERT_TRUE(link);
  EXPECT_EQ(link->file_name, "linked.debug");
  const auto debug = open_victim("linked.debug");
  ASSERT_TRUE(debug);
  EXPECT_EQ(debug_link_crc(debug->mapping.bytes()), link->crc);
  EXPECT_FALSE(read_debug_link(debug->image));

  HONE_SKIP_WITHOUT("dwz_a");
  const auto shared = open_victim("dwz_a");
  const auto common = open_victim("dwz_common");
  ASSERT_TRUE(shared && common);
  const auto alternate = read_alt_link(shared->image);
  ASSERT_TRUE(alternate);
  EXPECT_EQ(alternate->file_name, "dwz_common");
  EXPECT_TRUE(std::ranges::equal(alternate->build_id, common->image.build_id()));
}

}  // namespace
}  // namespace hone::elf
