#include "symbols/kernel.h"

#include <gtest/gtest.h>

namespace hone::symbols {
namespace {

TEST(Kernel, FindsFunctionsByRange) {
  const auto symbols = KernelSymbols::parse(
      "0000000000000000 A fixed_percpu_data\n"
      "ffffffff81000000 T _stext\n"
      "ffffffff81000100 t do_one\n"
      "ffffffff81000100 T do_one_alias\n"
      "ffffffff81000200 D some_data\n"
      "ffffffffc0100000 t ext4_read\t[ext4]\n");
  ASSERT_TRUE(symbols);
  EXPECT_EQ(symbols->find(Avma{0xffffffff81000050}).name, "_stext");
  const auto one = symbols->find(Avma{0xffffffff810001ff});
  EXPECT_EQ(one.name, "do_one");
  EXPECT_EQ(one.start, Avma{0xffffffff81000100});
  EXPECT_EQ(one.bytes, 0x100u);
  EXPECT_EQ(one.module, "");
  EXPECT_EQ(symbols->find(Avma{0xffffffff81000201}).name, "");
  const auto module = symbols->find(Avma{0xffffffffc0100004});
  EXPECT_EQ(module.name, "ext4_read");
  EXPECT_EQ(module.module, "ext4");
  EXPECT_EQ(symbols->find(Avma{0xffffffffc0200000}).name, "");
  EXPECT_EQ(symbols->find(Avma{5}).name, "");
}

TEST(Kernel, SortsWhatIsNot) {
  const auto symbols = KernelSymbols::parse("20 t b\n10 t a\n30 t c");
  ASSERT_TRUE(symbols);
  EXPECT_EQ(symbols->find(Avma{0x18}).name, "a");
  EXPECT_EQ(symbols->find(Avma{0x30}).name, "c");
}

TEST(Kernel, SaysThatAddressesAreHidden) {
  const auto symbols = KernelSymbols::parse("0000000000000000 T _stext\n0000000000000000 t x\n");
  ASSERT_FALSE(symbols);
  EXPECT_EQ(symbols.error().code, Code::Permission);
  EXPECT_FALSE(symbols.error().fixes.empty());
  EXPECT_FALSE(KernelSymbols::parse(""));
}

TEST(Kernel, ToleratesAnything) {
  for (const char* text : {"\n\n\n", "ffffffff81000000", "ffffffff81000000 T", " T x\n",
                           "zz T x\nffffffff81000000 T y\t[", "ffffffff81000000 T \t[]\n"}) {
    if (const auto symbols = KernelSymbols::parse(text)) {
      (void)symbols->find(Avma{0xffffffff81000000});
    }
  }
}

}  // namespace
}  // namespace hone::symbols
