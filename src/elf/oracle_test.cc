// Every address of the victims against elfutils' reading of the same DWARF: line, inlined calls,
// function.
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <vector>

#include "elf/debug_info.h"
#include "elf/test_support.h"

namespace hone::elf {
namespace {

class Libdw {
 public:
  explicit Libdw(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        dwarf_(dwarf_begin(fd_.get(), DWARF_C_READ)) {
    Dwarf_Off offset = 0, next = 0;
    size_t header_bytes = 0;
    while (dwarf_ &&
           dwarf_nextcu(dwarf_, offset, &next, &header_bytes, nullptr, nullptr, nullptr) == 0) {
      Dwarf_Die unit;
      if (dwarf_offdie(dwarf_, offset + header_bytes, &unit) &&
          dwarf_tag(&unit) == DW_TAG_compile_unit) {
        units_.push_back(unit);
      }
      offset = next;
    }
  }
  ~Libdw() { dwarf_end(dwarf_); }
  Libdw(const Libdw&) = delete;
  Libdw& operator=(const Libdw&) = delete;

  // "leaf:12 < middle:20 < outer:26", innermost first; "" where no function is known.
  std::string chain(uint64_t address) {
    for (Dwarf_Die& unit : units_) {
      if (dwarf_haspc(&unit, address) == 1) return chain_in(unit, address);
    }
    return {};
  }

 private:
  static std::string name_of(Dwarf_Die* die) {
    Dwarf_Attribute attribute;
    for (const unsigned which : {DW_AT_linkage_name, DW_AT_name}) {
      const char* text = dwarf_formstring(dwarf_attr_integrate(die, which, &attribute));
      if (text) return text;
    }
    return {};
  }

  // The function and the inlined calls around an address, outermost first.
  // dwarf_getscopes() finds them too, but loses memory where it finds none.
  static bool descend(Dwarf_Die* parent, uint64_t address, std::vector<Dwarf_Die>& path) {
    Dwarf_Die child;
    if (dwarf_child(parent, &child) != 0) return false;
    do {
      const int tag = dwarf_tag(&child);
      const bool is_code = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
      if (is_code || tag == DW_TAG_lexical_block) {
        if (dwarf_haspc(&child, address) != 1) continue;
        if (is_code) path.push_back(child);
        descend(&child, address, path);
        return true;
      }
      const bool is_scope =
          tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
      if (is_scope && descend(&child, address, path)) return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
  }

  static std::string chain_in(Dwarf_Die& unit, uint64_t address) {
    int line = 0;
    if (Dwarf_Line* row = dwarf_getsrc_die(&unit, address)) dwarf_lineno(row, &line);
    std::vector<Dwarf_Die> path;
    descend(&unit, address, path);
    std::string out;
    for (auto die = path.rbegin(); die != path.rend(); ++die) {
      if (!out.empty()) out += " < ";
      out += name_of(&*die) + ":" + std::to_string(line);
      Dwarf_Attribute attribute;
      Dwarf_Word call_line = 0;
      if (dwarf_formudata(dwarf_attr(&*die, DW_AT_call_line, &attribute), &call_line) == 0) {
        line = static_cast<int>(call_line);
      }
    }
    return out;
  }

  base::UniqueFd fd_;
  Dwarf* dwarf_;
  std::vector<Dwarf_Die> units_;
};

class DwarfOracle : public ::testing::TestWithParam<const char*> {};

TEST_P(DwarfOracle, SaysTheSameOfEveryAddress) {
  HONE_SKIP_WITHOUT(GetParam());
  const auto victim = testing::open_victim(GetParam());
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info);
  Libdw oracle(testing::victim_path(GetParam()));
  const SectionView* text = victim->image.section(".text");
  ASSERT_TRUE(text);
  std::vector<Svma> addresses;
  std::vector<std::string> expected;
  for (uint64_t at = 0; at < text->memory_bytes; ++at) {
    std::string chain = oracle.chain(raw(text->svma) + at);
    if (chain.empty()) continue;
    addresses.push_back(Svma{raw(text->svma) + at});
    expected.push_back(std::move(chain));
  }
  ASSERT_GT(addresses.size(), 50u);
  const DebugMap map =
      info->map(addresses, 1, [](auto, auto) { return std::span<const uint8_t>{}; });
  std::vector<std::string> found(addresses.size());
  map.code.for_each_frame(addresses, [&](size_t index, const CodeMap::Frame& frame) {
    std::string& out = found[index];
    if (!out.empty()) out += " < ";
    if (frame.function != CodeMap::kNone) {
      const DebugFunction& function = map.functions[frame.function];
      // Without a linkage name ours has its scopes, which libdw's has not.
      const size_t scopes = function.name.rfind("::");
      out += !function.linkage_name.empty() ? function.linkage_name
             : scopes == std::string::npos  ? function.name
                                            : function.name.substr(scopes + 2);
    }
    out += ":" + std::to_string(frame.line);
  });
  for (size_t i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ(found[i], expected[i]) << std::hex << raw(addresses[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Victims, DwarfOracle,
                         ::testing::Values("gcc5", "gcc4", "gcc_o0", "clang5", "clang4", "zlib",
                                           "zlib_gnu", "types", "lto", "static", "aarch64"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace hone::elf
