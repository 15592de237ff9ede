// Every rule against elfutils' reading of the same file.
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <gtest/gtest.h>
#include <cstring>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/host/file.h"
#include "unwind/cfa_program.h"
#include "unwind/test_support.h"

namespace hone::unwind {
namespace {

class Oracle {
 public:
  explicit Oracle(const std::string& path) {
    elf_version(EV_CURRENT);
    fd_ = base::UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    elf_ = elf_begin(fd_.get(), ELF_C_READ, nullptr);
    cfi_ = elf_ ? dwarf_getcfi_elf(elf_) : nullptr;
  }
  ~Oracle() {
    if (cfi_) dwarf_cfi_end(cfi_);
    if (elf_) elf_end(elf_);
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  bool ok() const { return cfi_ != nullptr; }
  Dwarf_CFI* cfi() const { return cfi_; }

 private:
  base::UniqueFd fd_;
  Elf* elf_ = nullptr;
  Dwarf_CFI* cfi_ = nullptr;
};

// How libdw states a rule, in words that the table's rule can be put in as well.
std::string words_of_cfa(Dwarf_Frame* frame) {
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count == 0) return "none";
  const auto base = [&](size_t i) -> int64_t {
    if (ops[i].atom == DW_OP_bregx) return static_cast<int64_t>(ops[i].number);
    return ops[i].atom >= DW_OP_breg0 && ops[i].atom <= DW_OP_breg31 ? ops[i].atom - DW_OP_breg0
                                                                     : -1;
  };
  const auto offset = [&](size_t i) {
    return static_cast<int64_t>(ops[i].atom == DW_OP_bregx ? ops[i].number2 : ops[i].number);
  };
  if (count == 1 && base(0) >= 0)
    return "r" + std::to_string(base(0)) + "+" + std::to_string(offset(0));
  if (count == 2 && base(0) >= 0 && ops[1].atom == DW_OP_deref)
    return "*r" + std::to_string(base(0)) + "+" + std::to_string(offset(0));
  if (count == 9 && ops[1].atom == DW_OP_breg16 && ops[5].atom == DW_OP_ge)
    return "plt" + std::to_string(ops[4].atom - DW_OP_lit0);
  return "expression";
}
std::string words_of_cfa(const Rule& rule) {
  const std::string sum =
      "r" + std::to_string(rule.cfa_register) + "+" + std::to_string(rule.offset);
  switch (rule.cfa) {
    case CfaKind::kNone:
      return "none";
    case CfaKind::kRegister:
      return sum;
    case CfaKind::kRegisterDeref:
      return "*" + sum;
    case CfaKind::kPlt:
      return "plt" + std::to_string(rule.offset);
    case CfaKind::kExpression:
      return "expression";
  }
  return "?";
}

std::string words_of_register(Dwarf_Frame* frame, int reg) {
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  if (dwarf_frame_register(frame, reg, memory, &ops, &count) != 0) return "error";
  if (count == 0) return ops == nullptr ? "same" : "undefined";
  const bool is_value = ops[count - 1].atom == DW_OP_stack_value;
  if (ops[0].atom == DW_OP_call_frame_cfa && count - is_value <= 2) {
    const bool has_offset = count - is_value == 2;
    if (!has_offset || ops[1].atom == DW_OP_plus_uconst) {
      const int64_t offset = has_offset ? static_cast<int64_t>(ops[1].number) : 0;
      return (is_value ? "cfa+" : "*cfa+") + std::to_string(offset);
    }
  }
  if (count == 1 && ops[0].atom == DW_OP_regx) return "in r" + std::to_string(ops[0].number);
  return "expression";
}
// elfutils 0.188 leaves rbx out of what an x86-64 function preserves when nothing is said.
std::string words_of_preserved(Dwarf_Frame* frame, Arch arch, unsigned reg) {
  const std::string words = words_of_register(frame, static_cast<int>(reg));
  return arch == Arch::kX86_64 && reg == 3 && words == "undefined" ? "same" : words;
}
std::string words_of_register(const TableView& table, const Rule& rule, unsigned reg) {
  const ArchRegisters numbers = registers_of(table.header->arch);
  if (rule.flags & kHasExtension) {
    const uint8_t* at = table.expressions + extension_offset(rule);
    uint32_t count;
    std::memcpy(&count, at, 4);
    for (uint32_t i = 0; i < count; ++i) {
      SavedEntry entry;
      std::memcpy(&entry, at + 4 + i * sizeof(entry), sizeof(entry));
      if (entry.reg != reg) continue;
      switch (entry.kind) {
        case SavedKind::kOffset:
          return "*cfa+" + std::to_string(entry.value);
        case SavedKind::kValueOffset:
          return "cfa+" + std::to_string(entry.value);
        case SavedKind::kRegister:
          return "in r" + std::to_string(entry.value);
        case SavedKind::kUndefined:
          return "undefined";
        default:
          return "expression";
      }
    }
  }
  if (reg == numbers.ra) {
    switch (rule.ra) {
      case RaKind::kUndefined:
        return "undefined";
      case RaKind::kOffset:
        return "*cfa+" + std::to_string(rule.ra_offset);
      case RaKind::kSameValue:
        return "same";
      case RaKind::kExpression:
        return "expression";
      case RaKind::kRegister:
        return "in r" + std::to_string(rule.ra_offset);
    }
  }
  const unsigned slot = saved_slot(table.header->arch, reg);
  const bool has_slot = slot != kNoSlot && (slot < 2 || !(rule.flags & kHasExtension));
  if (!has_slot || rule.saved[slot] == 0) return "same";
  return "*cfa+" + std::to_string(-8 * int{rule.saved[slot]});
}

// The return address: libdw names the CIE's column, the table always its own.
std::string words_of_return_address(Dwarf_Frame* frame, unsigned usual) {
  Dwarf_Addr start, end;
  bool is_signal;
  const int column = dwarf_frame_info(frame, &start, &end, &is_signal);
  const std::string words = words_of_register(frame, column);
  const bool is_other = column != static_cast<int>(usual) && words == "undefined";
  return is_other ? "in r" + std::to_string(column) : words;
}

// Compares at every `stride`th byte of the code; gives the number of addresses with a rule.
size_t compare(const std::string& path, uint64_t stride) {
  const ElfFile file(path);
  const Oracle oracle(path);
  if (!file.ok() || !oracle.ok()) return 0;
  const OwnedTable table = compile_owned(file.arch(), file.section(".eh_frame"));
  EXPECT_EQ(table.err, base::Err::kOk);
  EXPECT_EQ(table.result.unsupported_count, 0u);
  if (table.err != base::Err::kOk) return 0;
  std::vector<unsigned> registers = {registers_of(file.arch()).ra};
  for (unsigned reg = 0; reg < 32; ++reg)
    if (file.arch() == Arch::kAarch64 ? reg >= 19 && reg <= 29
                                      : saved_slot(Arch::kX86_64, reg) != kNoSlot)
      registers.push_back(reg);
  size_t compared = 0, differences = 0;
  for (const char* name : {".plt", ".plt.got", ".plt.sec", ".text", ".init", ".fini"}) {
    const Elf64_Shdr* header = file.header_of(name);
    if (!header) continue;
    for (uint64_t pc = header->sh_addr; pc < header->sh_addr + header->sh_size; pc += stride) {
      const Rule& rule = find_rule(table.view, Svma{pc});
      Dwarf_Frame* raw_frame = nullptr;
      const bool found = dwarf_cfi_addrframe(oracle.cfi(), pc, &raw_frame) == 0;
      const std::unique_ptr<Dwarf_Frame, void (*)(void*)> frame(raw_frame, &std::free);
      std::string want = found ? words_of_cfa(frame.get()) : "none";
      std::string got = words_of_cfa(rule);
      if (found) {
        ++compared;
        for (const unsigned reg : registers) {
          const std::string name_of = " r" + std::to_string(reg) + "=";
          want += name_of + (reg == registers.front()
                                 ? words_of_return_address(frame.get(), reg)
                                 : words_of_preserved(frame.get(), file.arch(), reg));
          got += name_of + words_of_register(table.view, rule, reg);
        }
      }
      if (want == got) continue;
      if (++differences < 10)
        ADD_FAILURE() << path << " at " << std::hex << pc << "\n want " << want << "\n got  "
                      << got;
    }
  }
  EXPECT_EQ(differences, 0u) << "of " << compared;
  return compared;
}

TEST(Oracle, AgreesWithElfutilsOnLibc) {
  const size_t compared = compare("/lib/x86_64-linux-gnu/libc.so.6", 11);
  if (compared == 0) GTEST_SKIP() << "no x86-64 libc here";
  EXPECT_GT(compared, 50000u);
}
TEST(Oracle, AgreesWithElfutilsOnLibstdcxx) {
  const size_t compared = compare("/lib/x86_64-linux-gnu/libstdc++.so.6", 17);
  if (compared == 0) GTEST_SKIP() << "no x86-64 libstdc++ here";
  EXPECT_GT(compared, 20000u);
}
TEST(Oracle, AgreesWithElfutilsOnAarch64) {
  const size_t compared = compare("/usr/aarch64-linux-gnu/lib/libstdc++.so.6", 28) +
                          compare("/usr/aarch64-linux-gnu/lib/libc.so.6", 12);
  if (compared == 0) GTEST_SKIP() << "no aarch64 libraries here (libc6-arm64-cross)";
  EXPECT_GT(compared, 50000u);
}

}  // namespace
}  // namespace hone::unwind
