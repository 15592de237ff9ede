#include "elf/hone_sites.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>

#define HONE_ENABLE 1
#include "hone/hone.h"

namespace hone::elf {
namespace {

static_assert(sizeof(hone_site) == 88 && alignof(hone_site) == 8, "as in the files of programs");

constexpr size_t kTextMax = 4096;
constexpr size_t kSitesMax = HONE_SITES_MAX;

// What the dynamic linker will write where: in a file that can be loaded anywhere, pointers are
// not in place.
class Pointers {
 public:
  explicit Pointers(const Image& image) {
    for (const SectionView& section : image.sections()) {
      if (section.type != SHT_RELA || (section.flags & SHF_ALLOC) == 0) continue;
      for (size_t at = 0; at + sizeof(Elf64_Rela) <= section.bytes.size();
           at += sizeof(Elf64_Rela)) {
        Elf64_Rela each{};
        std::memcpy(&each, section.bytes.data() + at, sizeof each);
        const auto type = static_cast<uint32_t>(ELF64_R_TYPE(each.r_info));
        const bool is_relative =
            type == (image.arch() == unwind::Arch::kX86_64 ? uint32_t{R_X86_64_RELATIVE}
                                                           : uint32_t{R_AARCH64_RELATIVE});
        if (is_relative) all_.push_back({each.r_offset, static_cast<uint64_t>(each.r_addend)});
      }
    }
    std::sort(all_.begin(), all_.end(), [](const Each& a, const Each& b) { return a.at < b.at; });
  }

  // The pointer at that address, of which the file holds `in_place`.
  uint64_t of(uint64_t address, uint64_t in_place) const {
    const auto at = std::lower_bound(all_.begin(), all_.end(), address,
                                     [](const Each& a, uint64_t b) { return a.at < b; });
    return at != all_.end() && at->at == address ? at->to : in_place;
  }

 private:
  struct Each {
    uint64_t at = 0, to = 0;
  };
  std::vector<Each> all_;
};

bool may_be_site(const hone_site& site) {
  return site.reserved == HONE_SITE_MARK && site.word == 0 && site.line != 0 && !site.home &&
         site.id == 0 && !site.next && site.kind >= HONE_SITE_SPAN && site.kind < 32 &&
         site.level >= HONE_LEVEL_ERROR && site.level <= HONE_LEVEL_TRACE;
}

std::optional<std::string_view> text_at(const Image& image, uint64_t address) {
  if (address == 0) return std::nullopt;
  const std::span<const uint8_t> rest = image.rest_at(Svma{address});
  const size_t most = std::min(rest.size(), kTextMax);
  const void* end = most == 0 ? nullptr : std::memchr(rest.data(), 0, most);
  if (!end) return std::nullopt;
  const auto* begin = reinterpret_cast<const char*>(rest.data());
  return std::string_view(begin, static_cast<size_t>(static_cast<const char*>(end) - begin));
}

}  // namespace

std::vector<BuiltInSite> built_in_sites(const Image& image) {
  std::vector<BuiltInSite> out;
  std::optional<Pointers> pointers;  // made for the first that looks like one
  for (const SectionView& section : image.sections()) {
    constexpr uint64_t kData = SHF_ALLOC | SHF_WRITE;
    if (section.type != SHT_PROGBITS || (section.flags & kData) != kData) continue;
    size_t at = (8 - raw(section.svma) % 8) % 8;
    while (at + sizeof(hone_site) <= section.bytes.size() && out.size() < kSitesMax) {
      hone_site site;
      std::memcpy(&site, section.bytes.data() + at, sizeof site);
      if (!may_be_site(site)) {
        at += 8;
        continue;
      }
      if (!pointers) pointers.emplace(image);
      const auto text = [&](const char* field, size_t offset) {
        const auto in_place = reinterpret_cast<uint64_t>(field);
        return text_at(image, pointers->of(raw(section.svma) + at + offset, in_place));
      };
      const auto name = text(site.name, offsetof(hone_site, name));
      if (!name || name->empty()) {
        at += 8;
        continue;
      }
      out.push_back({.name = *name,
                     .category = text(site.category, offsetof(hone_site, category)).value_or(""),
                     .function = text(site.function, offsetof(hone_site, function)).value_or(""),
                     .file = text(site.file, offsetof(hone_site, file)).value_or(""),
                     .line = site.line,
                     .kind = site.kind,
                     .level = site.level});
      at += sizeof(hone_site);
    }
  }
  return out;
}

}  // namespace hone::elf
