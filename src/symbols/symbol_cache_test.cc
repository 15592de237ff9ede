#include "symbols/symbol_cache.h"

#include <gtest/gtest.h>

#include <random>

#include "symbols/module_builder.h"

namespace hone::symbols {
namespace {

const std::vector<Svma> kAddresses = {Svma{0x10}, Svma{0x20}, Svma{0x30}};

ResolvedModule sample() {
  ModuleBuilder builder;
  const auto outer = builder.function({.name = "outer()",
                                       .mangled = "_Z5outerv",
                                       .start = Svma{0x8},
                                       .bytes = 64,
                                       .file = "/a.cc",
                                       .line = 3,
                                       .source = NameSource::kDwarf});
  const auto inner = builder.function({.name = "inner", .source = NameSource::kDwarf});
  const uint32_t file = builder.file("/a.cc");
  builder.add_frame({inner, file, 7, true});
  builder.add_frame({outer, file, 4, false});
  builder.end_address();
  builder.add_frame({outer, file, 5, false});
  builder.end_address();
  builder.end_address();  // nothing known
  ResolvedModule module = std::move(builder).take();
  module.state = SymbolState::kFull;
  module.producer = "GNU C++17 -O2";
  module.debug_file = "/debug";
  module.missing = "something";
  module.optimised = true;
  return module;
}

std::string encoded() {
  return SymbolCache::encode(
      kAddresses, sample(),
      {.module_bytes = 99, .asked_debuginfod = true, .looked_for = {"/x", "/y"}});
}

TEST(SymbolCache, GivesBackWhatWasWritten) {
  const auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache) << cache.error().message;
  EXPECT_EQ(cache->addresses(), kAddresses);
  EXPECT_EQ(cache->facts().module_bytes, 99u);
  EXPECT_TRUE(cache->facts().asked_debuginfod);
  EXPECT_EQ(cache->facts().looked_for, (std::vector<std::string>{"/x", "/y"}));
  const ResolvedModule out = cache->extract(kAddresses);
  EXPECT_EQ(out.first_frame, (std::vector<uint32_t>{0, 2, 3, 3}));
  EXPECT_EQ(out.state, SymbolState::kFull);
  EXPECT_EQ(out.producer, "GNU C++17 -O2");
  EXPECT_EQ(out.debug_file, "/debug");
  EXPECT_EQ(out.missing, "something");
  const Function& inner = out.functions[out.frames[0].function];
  EXPECT_EQ(inner.name, "inner");
  const Function& outer = out.functions[out.frames[1].function];
  EXPECT_EQ(outer.name, "outer()");
  EXPECT_EQ(outer.mangled, "_Z5outerv");
  EXPECT_EQ(outer.start, Svma{8});
  EXPECT_EQ(outer.bytes, 64u);
  EXPECT_EQ(outer.line, 3u);
  EXPECT_TRUE(out.frames[0].inlined);
  EXPECT_EQ(out.files[out.frames[2].file], "/a.cc");
  EXPECT_EQ(out.frames[2].line, 5u);
}

TEST(SymbolCache, ExtractsNoMoreThanIsAskedFor) {
  const auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache);
  const std::vector<Svma> wanted = {Svma{0x20}, Svma{0x25}};
  EXPECT_EQ(cache->unknown(wanted), std::vector<Svma>{Svma{0x25}});
  const ResolvedModule out = cache->extract(wanted);
  EXPECT_EQ(out.first_frame, (std::vector<uint32_t>{0, 1, 1}));
  EXPECT_EQ(out.functions.size(), 1u);
}

TEST(SymbolCache, RefusesEveryDamage) {
  const std::string good = encoded();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(SymbolCache::parse(good.substr(0, size))) << size;
  }
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    // The word of the state lies before the checksum; any other change must be seen.
    if (SymbolCache::parse(bad)) ADD_FAILURE() << "byte " << at;
  }
  EXPECT_FALSE(SymbolCache::parse(good + "x"));
}

TEST(SymbolCache, MergesInOrder) {
  const ResolvedModule module = sample();
  const std::vector<Svma> more = {Svma{0x8}, Svma{0x28}, Svma{0x40}};
  const MergedModule merged = merge_modules(kAddresses, module, more, module);
  EXPECT_EQ(merged.addresses, (std::vector<Svma>{Svma{0x8}, Svma{0x10}, Svma{0x20}, Svma{0x28},
                                                 Svma{0x30}, Svma{0x40}}));
  EXPECT_EQ(merged.module.first_frame, (std::vector<uint32_t>{0, 2, 4, 5, 6, 6, 6}));
  EXPECT_EQ(merged.module.functions.size(), 2u);
}

}  // namespace
}  // namespace hone::symbols
