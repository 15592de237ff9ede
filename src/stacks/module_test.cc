#include "stacks/module.h"

#include <gtest/gtest.h>

#include "stacks/address_space.h"
#include "stacks/test_support.h"

namespace hone::stacks {
namespace {

class ModuleTest : public testing::Test {
 protected:
  // Where code at `svma` is when the text segment's pages are mapped at `begin`, the loader's way.
  static std::optional<uint64_t> linked(ModuleStore& store, const std::string& path,
                                        uint64_t mapped_offset, uint64_t inside) {
    Module* module = open_module(store, path);
    AddressSpace space;
    space.map(0x7f0000000000, 0x3000, FileOffset{mapped_offset}, module);
    const MappedRange* range = space.find(0x7f0000000000 + inside);
    if (!range) return std::nullopt;
    return 0x7f0000000000 + inside - range->bias;
  }

  TestFolder folder_;
};

TEST_F(ModuleTest, AddressesOfEveryLayout) {
  struct Case {
    const char* name;
    TestElf::Layout layout;
    uint64_t mapped_offset, inside;  // inside: of the mapping, where the first function stands
  };
  const Case cases[] = {
      {"pie", {0, 0x1000, 0}, 0x1000, 0},
      {"non-pie", {0x400000, 0x1000, 0}, 0x1000, 0},
      // lld: the text starts amid a page of the file, one page further in memory, so that the
      // mapping's offset lies in the segment before.
      {"lld", {0x200000, 0x17c0, 0x1000}, 0x1000, 0x7c0},
      {"lld-pie", {0, 0xfc0, 0x2000}, 0, 0xfc0},
  };
  ModuleStore store({});
  for (const Case& c : cases) {
    TestElf file(c.layout);
    const uint64_t start = file.function({});
    file.write(folder_ / c.name);
    EXPECT_EQ(linked(store, folder_ / c.name, c.mapped_offset, c.inside), start) << c.name;
  }
}

TEST_F(ModuleTest, FactsAndCode) {
  TestElf file({.base = 0x400000});
  const uint64_t start = file.function({});
  file.call_before(start + 0x20);
  file.entry(start + 0x10);
  file.write(folder_ / "a");
  ModuleStore store({});
  Module* module = open_module(store, folder_ / "a");
  EXPECT_EQ(module->problem, "");
  EXPECT_EQ(raw(module->entry), start + 0x10);
  EXPECT_EQ(raw(module->image_base), 0x400000u);
  EXPECT_EQ(module->arch, unwind::Arch::kX86_64);
  uint8_t code[5];
  ASSERT_TRUE(module->read_code(Svma{start + 0x1b}, code, 5));
  EXPECT_EQ(code[0], 0xe8);
  EXPECT_FALSE(module->read_code(Svma{start + TestElf::kTextBytes - 2}, code, 5));
  EXPECT_FALSE(module->read_code(Svma{0x10}, code, 5));
  EXPECT_FALSE(module->read_code(Svma{~uint64_t{0} - 2}, code, 5));
  // One module an identity.
  EXPECT_EQ(open_module(store, folder_ / "a"), module);
  EXPECT_EQ(store.modules().size(), 1u);
}

TEST_F(ModuleTest, AnotherFileUnderThatNameIsNotRead) {
  TestElf file({});
  file.function({});
  file.write(folder_ / "a");
  FileIdentity identity = identity_of(folder_ / "a");
  ++identity.inode;
  ModuleStore store({});
  const std::string candidates[] = {folder_ / "a"};
  Module* module = store.of_file(identity, "/usr/bin/a", candidates);
  EXPECT_FALSE(module->fd);
  EXPECT_NE(module->problem.find("no longer the file that was mapped"), std::string::npos);
  EXPECT_FALSE(store.table(*module));
}

TEST_F(ModuleTest, NamesThatAreNoFiles) {
  const std::string fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ModuleStore store({});
  EXPECT_FALSE(open_module(store, fifo)->fd) << "and opening it did not wait for a writer";
  EXPECT_FALSE(open_module(store, folder_.path())->fd);
  const std::string candidates[] = {folder_ / "absent", "/proc/self/no/such"};
  Module* absent = store.of_file({.device = 1, .inode = 99}, "/lost", candidates);
  EXPECT_FALSE(absent->fd);
  EXPECT_NE(absent->problem, "");
}

TEST_F(ModuleTest, FilesCutAnywhere) {
  TestElf file({});
  file.function({0x0e, 16});
  const std::vector<uint8_t> all = file.bytes();
  ModuleStore store({});
  for (size_t bytes = 0; bytes < all.size(); bytes += 64) {
    const std::string path = folder_ / std::to_string(bytes);
    ASSERT_TRUE(base::write_file_atomically(path, std::span(all).first(bytes)));
    Module* module = open_module(store, path);
    (void)store.table(*module);
    (void)module->svma_of(FileOffset{0x1000});
    uint8_t code[8];
    (void)module->read_code(Svma{0x1000}, code, sizeof code);
  }
}

TEST_F(ModuleTest, TablesAreKept) {
  TestElf file({});
  const uint64_t start = file.function({0x0e, 32});
  file.write(folder_ / "a");
  const ModuleStoreOptions options{.cache_folder = folder_ / "cache"};
  for (const bool warm : {false, true}) {
    ModuleStore store(options);
    const unwind::TableView& table = store.table(*open_module(store, folder_ / "a"));
    ASSERT_TRUE(table);
    EXPECT_EQ(unwind::find_rule(table, Svma{start}).offset, 32);
    EXPECT_EQ(store.costs().tables_compiled, warm ? 0u : 1u);
    EXPECT_EQ(store.costs().tables_from_cache, warm ? 1u : 0u);
  }
  // What is damaged there is made again.
  ASSERT_EQ(std::system(("for f in '" + folder_.path() +
                         "'/cache/unwind-1/*; do truncate -s 40 \"$f\"; done")
                            .c_str()),
            0);
  ModuleStore store(options);
  EXPECT_TRUE(store.table(*open_module(store, folder_ / "a")));
  EXPECT_EQ(store.costs().tables_compiled, 1u);
}

TEST_F(ModuleTest, CacheThatCannotBeMade) {
  ASSERT_TRUE(base::write_file_atomically(folder_ / "sealed", base::as_bytes("a file")));
  TestElf file({});
  file.function({});
  file.write(folder_ / "a");
  ModuleStore store({.cache_folder = folder_ / "sealed"});
  EXPECT_TRUE(store.table(*open_module(store, folder_ / "a")));
}

TEST(ModuleStoreTest, NamesMadeUpWithoutEnd) {
  ModuleStore store({});
  for (int i = 0; i < 10000; ++i) store.anonymous("//made-up-" + std::to_string(i));
  EXPECT_LT(store.modules().size(), 5000u);
  EXPECT_EQ(store.anonymous("//one-more"), store.anonymous("//anon"));
}

TEST(ModuleStoreTest, Vdso) {
  ModuleStore store({});
  Module* module = store.vdso();
  EXPECT_EQ(module->kind, ModuleKind::kVdso);
  if (module->image.empty()) GTEST_SKIP() << "this kernel maps none";
  EXPECT_EQ(module->problem, "");
  EXPECT_TRUE(store.table(*module));
  EXPECT_EQ(store.vdso(), module);
}

TEST(ModuleStoreTest, MoreFilesThanMayBeHeld) {
  TestFolder folder;
  TestElf file({});
  const uint64_t start = file.function({0x0e, 32});
  ModuleStore store({.fds_max = 2});
  for (int i = 0; i < 4; ++i) {
    const std::string path = folder / std::to_string(i);
    file.write(path);
    Module* module = open_module(store, path);
    EXPECT_EQ(static_cast<bool>(module->fd), i < 2);
    // What stacks need of it was read while it was open.
    EXPECT_EQ(unwind::find_rule(store.table(*module), Svma{start}).offset, 32);
    EXPECT_EQ(module->segments.size(), 2u);
  }
}

}  // namespace
}  // namespace hone::stacks
