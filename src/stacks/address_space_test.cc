#include "stacks/address_space.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hone::stacks {
namespace {

// Anonymous modules named by one letter; a space prints as "10-20:a 20-30:b" (hexadecimal).
class AddressSpaceTest : public testing::Test {
 protected:
  Module* module(char name) {
    for (auto& known : modules_) {
      if (known->path[0] == name) return known.get();
    }
    auto& added = modules_.emplace_back(std::make_unique<Module>());
    added->kind = ModuleKind::kAnonymous;
    added->path = name;
    return added.get();
  }
  void map(uint64_t begin, uint64_t end, char name) {
    space_.map(begin, end - begin, FileOffset{0}, module(name));
  }
  std::string text() const {
    std::ostringstream out;
    out << std::hex;
    for (const MappedRange& range : space_.ranges()) {
      if (out.tellp() > 0) out << ' ';
      out << range.begin << '-' << range.end << ':' << range.module->path;
    }
    return out.str();
  }

  std::vector<std::unique_ptr<Module>> modules_;
  AddressSpace space_;
};

TEST_F(AddressSpaceTest, KeepsOrder) {
  map(0x30, 0x40, 'c');
  map(0x10, 0x20, 'a');
  map(0x20, 0x30, 'b');
  EXPECT_EQ(text(), "10-20:a 20-30:b 30-40:c");
}

TEST_F(AddressSpaceTest, NewerReplacesWhatItOverlaps) {
  map(0x10, 0x50, 'a');
  map(0x20, 0x30, 'b');
  EXPECT_EQ(text(), "10-20:a 20-30:b 30-50:a");
  map(0x18, 0x38, 'c');
  EXPECT_EQ(text(), "10-18:a 18-38:c 38-50:a");
  map(0x00, 0x18, 'd');
  EXPECT_EQ(text(), "0-18:d 18-38:c 38-50:a");
  map(0x00, 0x60, 'e');
  EXPECT_EQ(text(), "0-60:e");
}

TEST_F(AddressSpaceTest, FindsByAddress) {
  map(0x10, 0x20, 'a');
  map(0x30, 0x40, 'b');
  EXPECT_EQ(space_.find(0xf), nullptr);
  ASSERT_NE(space_.find(0x10), nullptr);
  EXPECT_EQ(space_.find(0x1f)->module->path, "a");
  EXPECT_EQ(space_.find(0x20), nullptr);
  EXPECT_EQ(space_.find(0x30)->module->path, "b");
  EXPECT_EQ(space_.find(~uint64_t{0}), nullptr);
  space_.clear();
  EXPECT_EQ(space_.find(0x10), nullptr);
}

TEST_F(AddressSpaceTest, GenerationTellsOfEveryChange) {
  map(0x10, 0x20, 'a');
  const AddressSpace forked = space_;
  EXPECT_EQ(forked.generation(), space_.generation());
  map(0x10, 0x20, 'a');
  map(0x12, 0x14, 'a');  // within what is mapped alike
  EXPECT_EQ(forked.generation(), space_.generation());
  map(0x10, 0x20, 'b');
  EXPECT_NE(forked.generation(), space_.generation());
  EXPECT_EQ(forked.find(0x10)->module->path, "a") << "a fork is not told of its parent's changes";
}

TEST_F(AddressSpaceTest, RefusesWhatIsNoRange) {
  map(0x10, 0x10, 'a');
  space_.map(~uint64_t{0} - 4, 16, FileOffset{0}, module('a'));
  EXPECT_EQ(text(), "");
}

TEST_F(AddressSpaceTest, HasALimit) {
  for (uint64_t i = 0; i < AddressSpace::kRangesMax; ++i) map(i * 32, i * 32 + 16, 'a');
  EXPECT_EQ(space_.ranges().size(), AddressSpace::kRangesMax);
  const uint64_t behind = AddressSpace::kRangesMax * 32;
  map(behind, behind + 16, 'b');
  EXPECT_EQ(space_.find(behind), nullptr);
  // What takes no more room is still told.
  map(0, 16, 'b');
  EXPECT_EQ(space_.find(0)->module->path, "b");
  EXPECT_EQ(space_.ranges().size(), AddressSpace::kRangesMax);
}

}  // namespace
}  // namespace hone::stacks
