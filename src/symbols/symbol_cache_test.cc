#include "symbols/symbol_cache.h"

#include <gtest/gtest.h>

namespace hone::symbols {
namespace {

Function named(std::string name) {
  Function out;
  out.name = std::move(name);
  out.source = NameSource::kDwarf;
  return out;
}

// Two functions that touch, and one apart; a call inlined in the first.
ModuleMap sample(uint64_t at = 0x10) {
  ModuleMap module;
  module.files = {"", "/a.cc", "/b.h"};
  module.functions = {
      {named(" [clone .cold]"), true},
      {named("inner"), false},
      {named(""), true},
      {named("never met"), false},
  };
  Function& outer = module.functions[0].function;
  outer.mangled = "_Z5outerv";
  outer.start = Svma{at};
  outer.bytes = 0x20;
  outer.file = "/a.cc";
  outer.line = 3;
  Function& member = module.functions[2].function;
  member.mangled = "_ZN1A1fEv";
  member.start = Svma{at + 0x20};
  member.bytes = 8;
  elf::CodeMap& code = module.code;
  code.open(Svma{at}, Svma{at + 0x20}, Svma{at}, 0);
  code.rows = {{0, 1, 4}, {8, 2, 7}, {0x10, 1, 5}};
  code.calls = {{8, 0x10, 1, 1, 1, 6}, {0x18, 0x19, 1, 3, 1, 6}};
  code.close();
  code.open(Svma{at + 0x20}, Svma{at + 0x28}, Svma{at + 0x20}, 2);
  code.close();
  code.settle();
  module.state = SymbolState::kFull;
  module.producer = "GNU C++17 -O2";
  module.debug_file = "/debug";
  module.missing = "something";
  return module;
}

const CacheFacts kFacts = {
    .module_bytes = 99, .asked_debuginfod = true, .looked_for = {"/x", "/y"}};

std::string encoded() {
  SymbolCache cache;
  cache.add(sample(), kFacts);
  return cache.encode();
}

std::string text(const ResolvedModule& module) {
  std::string out;
  for (size_t i = 0; i + 1 < module.first_frame.size(); ++i) {
    for (uint32_t at = module.first_frame[i]; at < module.first_frame[i + 1]; ++at) {
      const SourceFrame& frame = module.frames[at];
      out += module.functions[frame.function].name + " " + module.files[frame.file] + ":" +
             std::to_string(frame.line) + (frame.inlined ? " < " : "; ");
    }
    out += "| ";
  }
  return out;
}

TEST(SymbolCache, GivesBackWhatWasWritten) {
  const auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache) << cache.error().message;
  EXPECT_EQ(cache->facts().module_bytes, 99u);
  EXPECT_TRUE(cache->facts().asked_debuginfod);
  EXPECT_EQ(cache->facts().looked_for, (std::vector<std::string>{"/x", "/y"}));
  const std::vector<Svma> wanted = {Svma{0x10}, Svma{0x18}, Svma{0x2f}, Svma{0x37}};
  const ResolvedModule out = cache->extract(wanted);
  EXPECT_EQ(text(out),
            "outer() [clone .cold] /a.cc:4; | inner /b.h:7 < outer() [clone .cold] /a.cc:6; | "
            "outer() [clone .cold] /a.cc:5; | A::f() :0; | ");
  EXPECT_EQ(out.state, SymbolState::kFull);
  EXPECT_EQ(out.producer, "GNU C++17 -O2");
  EXPECT_EQ(out.debug_file, "/debug");
  EXPECT_EQ(out.missing, "something");
  ASSERT_EQ(out.functions.size(), 3u);  // the one that no address meets is left out
  EXPECT_EQ(out.functions[0].mangled, "_Z5outerv");
  EXPECT_EQ(out.functions[0].start, Svma{0x10});
  EXPECT_EQ(out.functions[0].bytes, 0x20u);
  EXPECT_EQ(out.functions[0].line, 3u);
}

TEST(SymbolCache, GivesTheLinesOfWholeFunctions) {
  const auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache);
  const std::vector<Svma> wanted = {Svma{0x14}, Svma{0x15}, Svma{0x30}};
  const ResolvedModule out = cache->extract(wanted);
  std::string lines;
  for (const LineRange& range : out.lines) {
    lines += std::to_string(raw(range.begin)) + " " + out.files[range.file] + ":" +
             std::to_string(range.line) + "; ";
  }
  EXPECT_EQ(lines, "16 /a.cc:4; 24 /b.h:7; 32 /a.cc:5; 48 :0; ");
}

TEST(SymbolCache, KnowsEveryAddressOfAFunctionMetOnce) {
  const auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache);
  std::vector<Svma> wanted;
  for (uint64_t at = 0; at < 0x40; ++at) wanted.push_back(Svma{at});
  const std::vector<Svma> unknown = cache->unknown(wanted);
  ASSERT_EQ(unknown.size(), 0x10u + 8);
  EXPECT_EQ(unknown[0xf], Svma{0xf});
  EXPECT_EQ(unknown[0x10], Svma{0x38});
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

TEST(SymbolCache, AddsToWhatIsThere) {
  auto cache = SymbolCache::parse(encoded());
  ASSERT_TRUE(cache);
  ModuleMap poorer = sample(0x24);  // its first function lies over the second one here
  poorer.state = SymbolState::kNames;
  poorer.producer = "other";
  poorer.missing = "more";
  CacheFacts later;
  later.module_bytes = 100;
  cache->add(poorer, later);
  const auto again = SymbolCache::parse(cache->encode());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->facts().module_bytes, 100u);
  EXPECT_TRUE(again->facts().looked_for.empty());
  const std::vector<Svma> wanted = {Svma{0x10}, Svma{0x37}, Svma{0x44}, Svma{0x4b}, Svma{0x4c}};
  const ResolvedModule out = again->extract(wanted);
  EXPECT_EQ(text(out),
            "outer() [clone .cold] /a.cc:4; | A::f() :0; | A::f() :0; | A::f() :0; | | ");
  EXPECT_EQ(out.state, SymbolState::kFull);
  EXPECT_EQ(out.producer, "GNU C++17 -O2");
  EXPECT_EQ(out.missing, "something");
  // What both know of is kept once.
  ModuleMap same = sample();
  cache = SymbolCache::parse(encoded());
  cache->add(same, kFacts);
  EXPECT_EQ(cache->encode().size(), encoded().size());
}

}  // namespace
}  // namespace hone::symbols
