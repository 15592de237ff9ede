// Names for the slots of .plt, .plt.sec and .plt.got: each slot jumps through a word of the GOT,
// and the relocation of that word says which symbol it is for. The instructions are decoded rather
// than counted, since the layouts of the linkers (lazy, IBT, BTI, lld's) differ and these do not.
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "elf/symbol_table.h"

namespace hone::elf {
namespace {

struct GotWord {
  uint64_t svma = 0;
  std::string_view target;
};

// psABI numbers; elf.h has them too, under a name for each machine.
struct RelocationTypes {
  uint32_t glob_dat, jump_slot, irelative;
};

RelocationTypes relocation_types(unwind::Arch arch) {
  if (arch == unwind::Arch::kX86_64) {
    return {R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT, R_X86_64_IRELATIVE};
  }
  return {R_AARCH64_GLOB_DAT, R_AARCH64_JUMP_SLOT, R_AARCH64_IRELATIVE};
}

std::string_view symbol_name(const Image& image, const SectionView& table, uint64_t index) {
  if (table.entry_bytes != sizeof(Elf64_Sym) || table.compressed) return {};
  if (index >= table.bytes.size() / sizeof(Elf64_Sym)) return {};
  Elf64_Sym symbol{};
  std::memcpy(&symbol, table.bytes.data() + index * sizeof symbol, sizeof symbol);
  if (table.link >= image.sections().size()) return {};
  const auto strings = image.sections()[table.link].bytes;
  if (symbol.st_name >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + symbol.st_name;
  return {begin, strnlen(begin, strings.size() - symbol.st_name)};
}

// `in_order` gets the targets of .rela.plt as they stand: lazy slots push their index there.
std::vector<GotWord> read_got_words(const Image& image, std::vector<std::string_view>& in_order) {
  const RelocationTypes types = relocation_types(image.arch());
  std::vector<GotWord> words;
  std::vector<Symbol> functions;  // read for the first IRELATIVE: static programs alone have them
  for (const SectionView& section : image.sections()) {
    if (section.type != SHT_RELA || section.compressed || !(section.flags & SHF_ALLOC)) continue;
    const bool is_plt = section.name == ".rela.plt";
    const bool has_table = section.link < image.sections().size();
    const size_t count = section.bytes.size() / sizeof(Elf64_Rela);
    for (size_t i = 0; i < count; ++i) {
      Elf64_Rela entry{};
      std::memcpy(&entry, section.bytes.data() + i * sizeof entry, sizeof entry);
      const uint32_t type = static_cast<uint32_t>(ELF64_R_TYPE(entry.r_info));
      std::string_view target;
      if (type == types.glob_dat || type == types.jump_slot) {
        if (has_table) {
          target = symbol_name(image, image.sections()[section.link], ELF64_R_SYM(entry.r_info));
        }
      } else if (type == types.irelative) {
        if (functions.empty()) functions = read_function_symbols(image);
        const auto resolver = Svma{static_cast<uint64_t>(entry.r_addend)};
        if (const Symbol* symbol = find_symbol(functions, resolver)) target = symbol->name;
      }
      if (is_plt) in_order.push_back(target);
      if (!target.empty()) words.push_back({entry.r_offset, target});
    }
  }
  std::sort(words.begin(), words.end(),
            [](const GotWord& a, const GotWord& b) { return a.svma < b.svma; });
  return words;
}

std::string_view target_of(const std::vector<GotWord>& words, uint64_t svma) {
  const auto at = std::lower_bound(words.begin(), words.end(), svma,
                                   [](const GotWord& word, uint64_t v) { return word.svma < v; });
  return at != words.end() && at->svma == svma ? at->target : std::string_view{};
}

int32_t read_i32(std::span<const uint8_t> bytes, size_t at) {
  int32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void add_x86_64(const SectionView& section, const std::vector<GotWord>& words,
                const std::vector<std::string_view>& in_order, std::vector<PltSlot>& out) {
  const size_t slot_bytes = section.entry_bytes == 8 ? 8 : 16;
  for (size_t at = 0; at + slot_bytes <= section.bytes.size(); at += slot_bytes) {
    const auto slot = section.bytes.subspan(at, slot_bytes);
    const uint64_t svma = raw(section.svma) + at;
    std::string_view target;
    for (size_t i = 0; i + 6 <= slot_bytes && target.empty(); ++i) {
      if (slot[i] == 0xff && slot[i + 1] == 0x25) {  // jmp *disp32(%rip)
        target = target_of(words, svma + i + 6 + static_cast<uint64_t>(read_i32(slot, i + 2)));
      }
    }
    // The lazy half of an IBT slot: endbr64; push index; jmp to the first slot.
    if (target.empty() && slot_bytes == 16 && slot[0] == 0xf3 && slot[4] == 0x68) {
      const auto index = static_cast<uint32_t>(read_i32(slot, 5));
      if (index < in_order.size()) target = in_order[index];
    }
    if (!target.empty()) out.push_back({Svma{svma}, slot_bytes, target});
  }
}

void add_aarch64(const SectionView& section, const std::vector<GotWord>& words,
                 std::vector<PltSlot>& out) {
  const auto word_at = [&](size_t at) {
    return static_cast<uint32_t>(read_i32(section.bytes, at));
  };
  for (size_t at = 0; at + 16 <= section.bytes.size(); at += 4) {
    const uint32_t adrp = word_at(at);
    const uint32_t load = word_at(at + 4);
    // adrp x16, page; ldr x17, [x16, #imm]
    if ((adrp & 0x9f00001f) != 0x90000010 || (load & 0xffc003ff) != 0xf9400211) continue;
    const uint64_t svma = raw(section.svma) + at;
    const auto pages = static_cast<int64_t>(((adrp >> 3) & 0x1ffffc) | ((adrp >> 29) & 3));
    const int64_t signed_pages = (pages ^ 0x100000) - 0x100000;
    const uint64_t page = (svma & ~uint64_t{0xfff}) + static_cast<uint64_t>(signed_pages) * 4096;
    const std::string_view target = target_of(words, page + ((load >> 10) & 0xfff) * 8);
    if (target.empty()) continue;
    const bool lands = at >= 4 && word_at(at - 4) == 0xd503245f;  // bti c
    out.push_back({Svma{lands ? svma - 4 : svma}, lands ? 24u : 16u, target});
    at += 12;
  }
}

}  // namespace

std::vector<PltSlot> read_plt(const Image& image) {
  std::vector<PltSlot> slots;
  std::vector<GotWord> words;
  std::vector<std::string_view> in_order;
  bool read = false;
  for (const SectionView& section : image.sections()) {
    if (!section.name.starts_with(".plt") && section.name != ".iplt") continue;
    if (section.bytes.empty() || section.compressed) continue;
    if (!read) words = read_got_words(image, in_order);
    read = true;
    if (image.arch() == unwind::Arch::kX86_64) {
      add_x86_64(section, words, in_order, slots);
    } else {
      add_aarch64(section, words, slots);
    }
  }
  std::sort(slots.begin(), slots.end(),
            [](const PltSlot& a, const PltSlot& b) { return raw(a.svma) < raw(b.svma); });
  return slots;
}

const PltSlot* find_plt(std::span<const PltSlot> sorted, Svma address) {
  const auto after =
      std::upper_bound(sorted.begin(), sorted.end(), address,
                       [](Svma at, const PltSlot& slot) { return raw(at) < raw(slot.svma); });
  if (after == sorted.begin()) return nullptr;
  const PltSlot& slot = *(after - 1);
  return raw(address) - raw(slot.svma) < slot.bytes ? &slot : nullptr;
}

}  // namespace hone::elf
