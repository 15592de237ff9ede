#include "elf/symbol_names.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "elf/symbol_table.h"
#include "elf/test_support.h"

namespace hone::elf {
namespace {

TEST(SymbolNames, AreAllOfThem) {
  const auto victim = testing::open_victim("gcc5");
  ASSERT_TRUE(victim);
  const auto names = read_function_names(victim->image);
  // Whatever has a name there with a size of its own is among them.
  size_t found = 0;
  for (const Symbol& symbol : read_function_symbols(victim->image)) {
    found += std::any_of(names.begin(), names.end(), [&](const FunctionName& each) {
      return each.svma == symbol.svma && each.name == symbol.name;
    });
  }
  EXPECT_GT(found, 3u);
  EXPECT_TRUE(std::any_of(names.begin(), names.end(), [](const FunctionName& each) {
    return each.name == "plain_function" && each.bytes > 0 && !each.is_indirect;
  }));
}

TEST(SymbolNames, OfDamagedTablesAreLeftOut) {
  const auto victim = testing::open_victim("gcc5");
  ASSERT_TRUE(victim);
  std::vector<uint8_t> bytes(victim->image.bytes().begin(), victim->image.bytes().end());
  for (size_t cut = bytes.size(); cut > 0; cut -= std::min<size_t>(cut, 97)) {
    auto image = Image::parse(std::span(bytes).first(cut));
    if (image) (void)read_function_names(*image);
  }
}

}  // namespace
}  // namespace hone::elf
