#include "symbols/resolve.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "elf/symbol_table.h"
#include "elf/test_support.h"
#include "symbols/module_file.h"

namespace hone::symbols {
namespace {

namespace fs = std::filesystem;
using elf::testing::line_of;
using elf::testing::mark;
using elf::testing::open_victim;
using elf::testing::source_path;
using elf::testing::victim_path;

// A folder of its own for each test, also as the cache folder.
class Resolve : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "hone-symbols-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ::setenv("XDG_CACHE_HOME", (folder_ + "/cache").c_str(), 1);
    options_.debug_folders = {folder_ + "/debug"};
    ::unsetenv("DEBUGINFOD_URLS");
  }
  void TearDown() override { fs::remove_all(folder_); }

  ResolvedModule resolve(const std::string& path, std::vector<Svma> addresses) {
    build_id_ = {};
    if (const auto file = open_elf(path)) {
      build_id_.assign(file->image.build_id().begin(), file->image.build_id().end());
    }
    ModuleSource source{.path = path};
    source.build_id = build_id_;
    std::sort(addresses.begin(), addresses.end());
    auto result = resolve_module(source, addresses, options_);
    EXPECT_TRUE(result);
    return result ? std::move(*result) : ResolvedModule{};
  }
  std::string copy(const std::string& victim, const std::string& to) {
    fs::create_directories(fs::path(folder_ + "/" + to).parent_path());
    fs::copy_file(victim_path(victim), folder_ + "/" + to, fs::copy_options::overwrite_existing);
    return folder_ + "/" + to;
  }
  Svma address(const std::string& victim, const std::string& label) {
    const auto whole = open_victim(victim);
    return whole ? mark(whole->image, label) : Svma{0};
  }
  std::string debug_path(const std::string& victim) {
    const auto whole = open_victim(victim);
    const std::string id = hex_text(whole->image.build_id());
    return "debug/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug";
  }

  std::string folder_;
  Options options_;
  std::vector<uint8_t> build_id_;
};

std::string chain_text(const ResolvedModule& module, size_t index) {
  std::string out;
  for (uint32_t at = module.first_frame[index]; at < module.first_frame[index + 1]; ++at) {
    const SourceFrame& frame = module.frames[at];
    out += module.functions[frame.function].name + " " +
           fs::path(module.files[frame.file]).filename().string() + ":" +
           std::to_string(frame.line) + (frame.inlined ? " <- " : "\n");
  }
  return out;
}

std::string expected_leaf_chain(const char* leaf) {
  return std::string(leaf) + " shapes.cpp:" + std::to_string(line_of("shapes.cpp", "leaf")) +
         " <- shapes::Box::middle(int) shapes.cpp:" +
         std::to_string(line_of("shapes.cpp", "middle")) +
         " <- shapes::outer(shapes::Box&, int) shapes.cpp:" +
         std::to_string(line_of("shapes.cpp", "outer")) + "\n";
}

class EveryDwarf : public Resolve, public ::testing::WithParamInterface<const char*> {};

TEST_P(EveryDwarf, GivesFunctionsLinesAndInlinedCalls) {
  const std::string name = GetParam();
  HONE_SKIP_WITHOUT(name);
  const Svma leaf = address(name, "mark_leaf"), plain = address(name, "mark_plain"),
             member = address(name, "mark_member");
  ASSERT_NE(raw(leaf), 0u);
  // Chains are printed in the order of the addresses, which the compilers choose.
  std::vector<Svma> addresses = {leaf, plain, member};
  std::sort(addresses.begin(), addresses.end());
  const ResolvedModule module = resolve(victim_path(name), addresses);
  EXPECT_EQ(module.state, SymbolState::kFull);
  EXPECT_EQ(module.missing, "");
  for (size_t i = 0; i < addresses.size(); ++i) {
    const std::string text = chain_text(module, i);
    if (addresses[i] == plain) {
      EXPECT_EQ(text, "plain_function shapes.cpp:" +
                          std::to_string(line_of("shapes.cpp", "plain")) + "\n");
    } else if (addresses[i] == member) {
      EXPECT_EQ(text, "SharedType::member(int) const other.cpp:" +
                          std::to_string(line_of("other.cpp", "member")) + "\n");
    } else if (text.starts_with("shapes::(anonymous namespace)::leaf(int)")) {  // clang
      EXPECT_EQ(text, expected_leaf_chain("shapes::(anonymous namespace)::leaf(int)"));
    } else {
      EXPECT_EQ(text, expected_leaf_chain("shapes::(anonymous namespace)::leaf"));
    }
  }
  for (const Function& function : module.functions) {
    EXPECT_EQ(function.source, NameSource::kDwarf) << function.name;
    EXPECT_NE(function.line, 0u) << function.name;
    EXPECT_TRUE(function.file.starts_with(HONE_VICTIM_SOURCES)) << function.file;
  }
}
INSTANTIATE_TEST_SUITE_P(Victims, EveryDwarf,
                         ::testing::Values("gcc5", "gcc4", "clang5", "clang4", "zlib", "zlib_gnu",
                                           "zstd", "types", "lto", "no_build_id", "static",
                                           "split5", "split4", "clang_split5", "packaged4",
                                           "packaged5", "dwz_a", "dwz_b", "aarch64"),
                         [](const auto& each) { return std::string(each.param); });

TEST_F(Resolve, TellsABuildWithoutOptimisation) {
  const ResolvedModule slow = resolve(victim_path("gcc_o0"), {address("gcc_o0", "mark_plain")});
  EXPECT_FALSE(slow.optimised) << slow.producer;
  EXPECT_TRUE(resolve(victim_path("gcc5"), {address("gcc5", "mark_plain")}).optimised);
}

TEST_F(Resolve, PrefersTheNameThatIsCalledToAnInternalOne) {
  const ResolvedModule module = resolve(victim_path("gcc5"), {address("gcc5", "mark_aliased")});
  EXPECT_EQ(module.functions[0].source, NameSource::kDwarf);
  EXPECT_EQ(module.functions[0].name, "known_to_all");
}

TEST_F(Resolve, FallsBackToSymbolsThenExportsThenBounds) {
  const Svma plain = address("symbols_only", "mark_plain");
  ResolvedModule module = resolve(victim_path("symbols_only"), {plain});
  EXPECT_EQ(module.state, SymbolState::kNames);
  EXPECT_EQ(chain_text(module, 0), "plain_function :0\n");
  EXPECT_EQ(module.functions[0].source, NameSource::kSymtab);
  EXPECT_NE(module.missing.find(folder_ + "/debug/.build-id/"), std::string::npos)
      << module.missing;

  const auto exports = open_victim("exports");
  ASSERT_TRUE(exports);
  Svma exported{};
  for (const auto& symbol : elf::read_function_symbols(exports->image)) {
    if (symbol.name == "plain_function") exported = symbol.svma;
  }
  module = resolve(victim_path("exports"), {exported});
  EXPECT_EQ(module.state, SymbolState::kExports);
  EXPECT_EQ(module.functions[0].source, NameSource::kDynsym);
  EXPECT_EQ(module.functions[0].name, "plain_function");

  const Svma local = address("gcc5", "mark_local");
  module = resolve(victim_path("stripped"), {Svma{1}, local});
  EXPECT_EQ(module.state, SymbolState::kStripped);
  EXPECT_EQ(module.functions[0].source, NameSource::kUnknown);
  EXPECT_EQ(module.functions[0].bytes, 0u);
  EXPECT_EQ(module.functions[1].source, NameSource::kFrameInfo);
  EXPECT_EQ(module.functions[1].name, "");
  EXPECT_LE(raw(module.functions[1].start), raw(local));
  EXPECT_GT(raw(module.functions[1].start) + module.functions[1].bytes, raw(local));
}

TEST_F(Resolve, NamesPltSlots) {
  const auto victim = open_victim("stripped");
  ASSERT_TRUE(victim);
  Svma slot{};
  for (const auto& each : elf::read_plt(victim->image)) {
    if (each.target == "puts") slot = each.svma;
  }
  const ResolvedModule module = resolve(victim_path("stripped"), {slot});
  EXPECT_EQ(chain_text(module, 0), "puts@plt :0\n");
  EXPECT_EQ(module.functions[0].source, NameSource::kPlt);
}

TEST_F(Resolve, ReadsMiniDebugInfo) {
  HONE_SKIP_WITHOUT("mini");
  const ResolvedModule module = resolve(victim_path("mini"), {address("gcc5", "mark_local")});
  EXPECT_EQ(module.state, SymbolState::kNames);
  EXPECT_EQ(module.functions[0].name, "local_function(int)");
  EXPECT_EQ(module.functions[0].mangled, "_ZL14local_functioni");
  EXPECT_EQ(module.functions[0].source, NameSource::kMiniDebugInfo);
}

TEST_F(Resolve, FollowsDebugLinks) {
  const Svma leaf = address("gcc5", "mark_leaf");
  const std::string path = copy("linked", "bin/linked");
  EXPECT_EQ(resolve(path, {leaf}).state, SymbolState::kStripped);
  copy("linked.debug", "bin/.debug/linked.debug");
  const ResolvedModule module = resolve(path, {leaf});
  EXPECT_EQ(module.state, SymbolState::kFull);
  EXPECT_EQ(module.debug_file, folder_ + "/bin/.debug/linked.debug");
  EXPECT_EQ(chain_text(module, 0), expected_leaf_chain("shapes::(anonymous namespace)::leaf"));
}

TEST_F(Resolve, ChecksTheSumOfALinkedFileWithoutBuildId) {
  const Svma leaf = address("no_build_id", "mark_leaf");
  const std::string path = copy("crc", "bin/crc");
  copy("crc.debug", "bin/crc.debug");
  EXPECT_EQ(resolve(path, {leaf}).state, SymbolState::kFull);
  std::fstream out(folder_ + "/bin/crc.debug", std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(-1, std::ios::end);
  out.put('x');
  out.close();
  EXPECT_EQ(resolve(path, {leaf}).state, SymbolState::kStripped);
}

TEST_F(Resolve, UsesTheDescriptorOfAnUnlinkedFile) {
  const std::string path = copy("gcc5", "gone");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  fs::remove(path);
  const Svma plain = address("gcc5", "mark_plain");
  ModuleSource source{.path = path, .fd = fd};
  const auto module = resolve_module(source, {&plain, 1}, options_);
  ::close(fd);
  ASSERT_TRUE(module);
  EXPECT_EQ(module->state, SymbolState::kFull);
}

TEST_F(Resolve, RefusesAFileThatWasReplaced) {
  const auto other = open_victim("clang5");
  const auto mine = open_victim("gcc5");
  ASSERT_TRUE(mine && other);
  const Svma plain = address("gcc5", "mark_plain");
  ModuleSource source{.path = victim_path("clang5")};
  source.build_id = mine->image.build_id();
  auto module = resolve_module(source, {&plain, 1}, options_);
  ASSERT_TRUE(module);
  EXPECT_EQ(module->state, SymbolState::kMismatch);
  ASSERT_EQ(module->frames.size(), 1u);
  EXPECT_EQ(module->functions[0].source, NameSource::kUnknown);
  EXPECT_TRUE(read_code(source, plain, 4).empty());

  source.path = folder_ + "/none";
  module = resolve_module(source, {&plain, 1}, options_);
  ASSERT_TRUE(module);
  EXPECT_EQ(module->state, SymbolState::kNoFile);
  EXPECT_NE(module->missing.find("/none"), std::string::npos);
}

TEST_F(Resolve, ReadsCode) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  ModuleSource source{.path = victim_path("gcc5")};
  const std::vector<uint8_t> code = read_code(source, mark(victim->image, "mark_leaf"), 1);
  ASSERT_EQ(code.size(), 1u);
  EXPECT_EQ(code[0], 0x90);  // the nop behind the label
}

TEST_F(Resolve, AnswersFromTheCacheWithoutTheFile) {
  const Svma leaf = address("gcc5", "mark_leaf");
  const std::string path = copy("gcc5", "program");
  const ResolvedModule first = resolve(path, {leaf});
  EXPECT_FALSE(first.from_cache);
  std::vector<uint8_t> id = build_id_;
  fs::remove(path);
  ModuleSource source{.path = path};
  source.build_id = id;
  const auto second = resolve_module(source, {&leaf, 1}, options_);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->from_cache);
  EXPECT_EQ(second->state, SymbolState::kFull);
  EXPECT_EQ(chain_text(*second, 0), chain_text(first, 0));
  EXPECT_EQ(second->producer, first.producer);
}

TEST_F(Resolve, AddsToTheCache) {
  const Svma leaf = address("gcc5", "mark_leaf"), plain = address("gcc5", "mark_plain"),
             member = address("gcc5", "mark_member");
  const std::string path = victim_path("gcc5");
  resolve(path, {leaf});
  EXPECT_FALSE(resolve(path, {plain, member}).from_cache);
  const ResolvedModule all = resolve(path, {leaf, plain, member});
  EXPECT_TRUE(all.from_cache);
  options_.use_cache = false;
  const ResolvedModule fresh = resolve(path, {leaf, plain, member});
  EXPECT_FALSE(fresh.from_cache);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(chain_text(all, i), chain_text(fresh, i));
}

TEST_F(Resolve, KnowsAllAddressesOfAFunctionMetOnce) {
  for (const char* name : {"gcc5", "clang5", "dwz_a", "stripped", "split5"}) {
    if (!elf::testing::has_victim(name)) continue;
    fs::remove_all(folder_ + "/cache");  // a stripped file shares its build id with the whole one
    const Svma leaf = address(name == std::string("stripped") ? "gcc5" : name, "mark_leaf");
    const ResolvedModule one = resolve(victim_path(name), {leaf});
    const Function& outer = one.functions[one.frames.back().function];
    ASSERT_GT(outer.bytes, 8u) << name;
    std::vector<Svma> inside;
    for (uint64_t at = 0; at < outer.bytes; ++at) inside.push_back(Svma{raw(outer.start) + at});
    const ResolvedModule cached = resolve(victim_path(name), inside);
    EXPECT_TRUE(cached.from_cache) << name;
    options_.use_cache = false;
    for (size_t i = 0; i < inside.size(); ++i) {
      EXPECT_EQ(chain_text(cached, i), chain_text(resolve(victim_path(name), {inside[i]}), 0))
          << name << " " << i;
    }
    options_.use_cache = true;
  }
}

// The second time that packed debug info must be inflated, it is taken whole.
TEST_F(Resolve, TakesPackedDebugInfoWholeAtTheSecondMiss) {
  HONE_SKIP_WITHOUT("zlib");
  const Svma leaf = address("zlib", "mark_leaf"), plain = address("zlib", "mark_plain"),
             member = address("zlib", "mark_member");
  resolve(victim_path("zlib"), {leaf});
  EXPECT_FALSE(resolve(victim_path("zlib"), {plain}).from_cache);
  const ResolvedModule third = resolve(victim_path("zlib"), {member});
  EXPECT_TRUE(third.from_cache);
  options_.use_cache = false;
  EXPECT_EQ(chain_text(third, 0), chain_text(resolve(victim_path("zlib"), {member}), 0));
}

TEST_F(Resolve, GivesTheLinesOfWholeFunctions) {
  const ResolvedModule module = resolve(victim_path("gcc5"), {address("gcc5", "mark_leaf")});
  const Function& outer = module.functions[module.frames.back().function];
  ASSERT_FALSE(module.lines.empty());
  EXPECT_EQ(module.lines.front().begin, outer.start);
  EXPECT_EQ(raw(module.lines.back().begin), raw(outer.start) + outer.bytes);
  EXPECT_EQ(module.lines.back().line, 0u);
  bool has_leaf = false, has_own = false;
  for (const LineRange& range : module.lines) {
    has_own |= range.line == line_of("shapes.cpp", "outer");
    has_leaf |= range.line == line_of("shapes.cpp", "leaf") &&
                module.files[range.file] == source_path("shapes.cpp");
  }
  EXPECT_TRUE(has_own);
  EXPECT_TRUE(has_leaf);
}

TEST_F(Resolve, SurvivesAFileThatIsCutWhileItIsRead) {
  const std::string path = copy("static", "cut");
  auto file = open_elf(path);
  ASSERT_TRUE(file);
  const size_t symbols = elf::read_function_symbols(file->image).size();
  ASSERT_GT(symbols, 100u);
  fs::resize_file(path, 4096);
  EXPECT_LT(elf::read_function_symbols(file->image).size(), symbols);
  EXPECT_EQ(file->mapping.bytes()[file->mapping.bytes().size() - 1], 0);
  // One that nothing guards ends the process as before.
  const auto bare = base::Mapping::of_file(path);
  ASSERT_TRUE(bare);
  EXPECT_DEATH(
      {
        fs::resize_file(path, 0);
        volatile uint8_t byte = bare->bytes()[0];
        (void)byte;
        std::_Exit(0);
      },
      "");
}

TEST_F(Resolve, LeavesTheCacheWhenDebugInfoAppears) {
  const Svma leaf = address("gcc5", "mark_leaf");
  const std::string path = copy("stripped", "bin/stripped");
  EXPECT_EQ(resolve(path, {leaf}).state, SymbolState::kStripped);
  EXPECT_TRUE(resolve(path, {leaf}).from_cache);
  copy("linked.debug", debug_path("gcc5"));
  const ResolvedModule better = resolve(path, {leaf});
  EXPECT_FALSE(better.from_cache);
  EXPECT_EQ(better.state, SymbolState::kFull);
  EXPECT_EQ(better.debug_file, folder_ + "/" + debug_path("gcc5"));
}

TEST_F(Resolve, LeavesTheCacheForAnUnstrippedFileOfTheSameBuild) {
  const Svma leaf = address("gcc5", "mark_leaf");
  EXPECT_EQ(resolve(victim_path("stripped"), {leaf}).state, SymbolState::kStripped);
  EXPECT_EQ(resolve(victim_path("gcc5"), {leaf}).state, SymbolState::kFull);
}

TEST_F(Resolve, IgnoresADamagedCache) {
  const Svma leaf = address("gcc5", "mark_leaf");
  const std::string text = chain_text(resolve(victim_path("gcc5"), {leaf}), 0);
  const std::string cache = folder_ + "/cache/hone/symbols/" + hex_text(build_id_);
  ASSERT_TRUE(fs::exists(cache));
  fs::resize_file(cache, fs::file_size(cache) / 2);
  const ResolvedModule again = resolve(victim_path("gcc5"), {leaf});
  EXPECT_FALSE(again.from_cache);
  EXPECT_EQ(chain_text(again, 0), text);
  EXPECT_TRUE(resolve(victim_path("gcc5"), {leaf}).from_cache);
}

TEST_F(Resolve, WorksWithoutACacheFolder) {
  ::setenv("XDG_CACHE_HOME", "/proc/none", 1);
  const Svma leaf = address("gcc5", "mark_leaf");
  EXPECT_EQ(resolve(victim_path("gcc5"), {leaf}).state, SymbolState::kFull);
}

TEST(Demangle, KnowsCppAndRust) {
  EXPECT_EQ(demangle("_ZN2ns3fooEi"), "ns::foo(int)");
  EXPECT_EQ(demangle("_ZN2ns3fooEi.isra.0"), "ns::foo(int) [clone .isra.0]");
  EXPECT_EQ(demangle("_ZNK1A1fEv.cold"), "A::f() const [clone .cold]");
  EXPECT_EQ(demangle("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE"),
            "core::fmt::Formatter::pad");
  EXPECT_EQ(demangle("_RNvC6_123foo3bar"), "123foo::bar");
  EXPECT_EQ(demangle("main"), "main");
  EXPECT_EQ(demangle("foo.part.0"), "foo.part.0");
  EXPECT_EQ(demangle("_Zbroken"), "_Zbroken");
  EXPECT_EQ(demangle(""), "");
}

}  // namespace
}  // namespace hone::symbols
