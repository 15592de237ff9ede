#include "symbols/kernel.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include "base/host/file.h"

namespace hone::symbols {
namespace {

constexpr uint32_t kNotText = ~uint32_t{0};  // data: ends the function before it
// A function that ends at the last symbol of its part of the address space ends somewhere here.
constexpr uint64_t kLastSymbolBytesMax = 4096;

// The hexadecimal number at `at`, which is moved behind it.
uint64_t read_hex(const char*& at, const char* end) {
  uint64_t value = 0;
  for (; at < end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else {
      break;
    }
    value = value << 4 | digit;
  }
  return value;
}

bool is_text(char type) {
  return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

// The kernel takes some 40 ms to print its symbols, every time. They stay the same while it runs
// and loads no module, so they are kept by boot and modules; empty where nothing can be kept.
std::string cache_path() {
  const std::string folder = base::cache_folder();
  auto boot = base::read_file("/proc/sys/kernel/random/boot_id");
  auto modules = base::read_file("/proc/modules");
  if (folder.empty() || !boot || boot->size() < 36) return {};
  // Names and addresses only: use counts change all the time.
  uint64_t hash = 0;
  if (modules) {
    for (size_t at = 0; at < modules->size();) {
      const size_t line_end = std::min(modules->find('\n', at), modules->size());
      const std::string_view line(modules->data() + at, line_end - at);
      hash = hash * 31 + std::hash<std::string_view>{}(line.substr(0, line.find(' ')));
      at = line_end + 1;
    }
  }
  return folder + "/kernel-1-" + boot->substr(0, 36) + "-" + std::to_string(hash);
}

struct Header {
  uint64_t magic;
  uint64_t symbol_count;
  uint64_t text_bytes;
};
constexpr uint64_t kMagic = 0x31304d59534b4e48;  // "HNKSYM01"

}  // namespace

struct KernelSymbols::Entry {
  uint64_t start;
  uint32_t name_at;  // in kallsyms; kNotText for data
};

Result<KernelSymbols> KernelSymbols::load() {
  const std::string cached = cache_path();
  if (!cached.empty()) {
    if (auto mapping = base::Mapping::of_file(cached); mapping && *mapping) {
      if (auto symbols = of_bytes(std::move(*mapping))) return symbols;
    }
  }
  HONE_TRY_ASSIGN(const std::string text, base::read_file("/proc/kallsyms"));
  auto symbols = parse(text);
  // Only its owner may read the file: it tells where the kernel lies.
  if (symbols && !cached.empty()) {
    (void)base::write_file_atomically(cached, symbols->bytes(), 0600);
  }
  return symbols;
}

Result<KernelSymbols> KernelSymbols::of_bytes(base::Mapping bytes) {
  KernelSymbols out;
  out.mapped_ = std::move(bytes);
  out.bytes_ = out.mapped_.bytes();
  HONE_TRY(out.take_parts());
  return out;
}

Result<void> KernelSymbols::take_parts() {
  Header header{};
  if (bytes_.size() < sizeof header) return fail(Code::Truncated, "kernel symbols: cut");
  std::memcpy(&header, bytes_.data(), sizeof header);
  const uint64_t rest = bytes_.size() - sizeof header;
  constexpr uint64_t kSymbolBytes = sizeof(uint64_t) + sizeof(uint32_t);
  if (header.magic != kMagic || header.symbol_count > rest / kSymbolBytes ||
      header.text_bytes != rest - header.symbol_count * kSymbolBytes) {
    return fail(Code::Corrupt, "kernel symbols: the parts do not fit");
  }
  const uint8_t* at = bytes_.data() + sizeof header;
  starts_ = {reinterpret_cast<const uint64_t*>(at), header.symbol_count};
  at += starts_.size_bytes();
  name_at_ = {reinterpret_cast<const uint32_t*>(at), header.symbol_count};
  at += name_at_.size_bytes();
  text_ = {reinterpret_cast<const char*>(at), header.text_bytes};
  return {};
}

Result<KernelSymbols> KernelSymbols::compiled(std::span<const Entry> entries,
                                              std::string_view kallsyms) {
  std::vector<uint64_t> starts;
  std::vector<uint32_t> name_at;
  std::string text;
  starts.reserve(entries.size());
  name_at.reserve(entries.size());
  const auto keep_name = [&](uint32_t at) {
    if (at == kNotText) return kNotText;
    const std::string_view rest = kallsyms.substr(at);
    const auto kept_at = static_cast<uint32_t>(text.size());
    text.append(rest.substr(0, rest.find('\n'))).append("\n");
    return kept_at;
  };
  for (const Entry& entry : entries) {
    if (!starts.empty() && starts.back() == entry.start) {
      // Of several names the first of a function stays.
      if (name_at.back() == kNotText) name_at.back() = keep_name(entry.name_at);
      continue;
    }
    // Of a run of data only the first matters: it ends the function before it.
    if (entry.name_at == kNotText && !name_at.empty() && name_at.back() == kNotText) continue;
    starts.push_back(entry.start);
    name_at.push_back(keep_name(entry.name_at));
  }
  const Header header{.magic = kMagic, .symbol_count = starts.size(), .text_bytes = text.size()};
  KernelSymbols out;
  const auto append = [&](const void* data, size_t bytes) {
    const auto* from = static_cast<const uint8_t*>(data);
    out.owned_.insert(out.owned_.end(), from, from + bytes);
  };
  append(&header, sizeof header);
  append(starts.data(), starts.size() * sizeof starts[0]);
  append(name_at.data(), name_at.size() * sizeof name_at[0]);
  append(text.data(), text.size());
  out.bytes_ = out.owned_;
  HONE_TRY(out.take_parts());
  return out;
}

Result<KernelSymbols> KernelSymbols::parse(std::string_view kallsyms) {
  if (kallsyms.size() >= kNotText) return fail(Code::LimitExceeded, "kallsyms is too large");
  std::vector<Entry> entries;
  entries.reserve(kallsyms.size() / 40);
  const char* const begin = kallsyms.data();
  const char* const end = begin + kallsyms.size();
  bool any_address = false;
  // Lines are "ffffffff81000000 T name", for modules with "\t[module]" behind it.
  for (const char* at = begin; at < end;) {
    const auto* line_end =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (!line_end) line_end = end;
    const uint64_t start = read_hex(at, line_end);
    if (line_end - at >= 4 && at[0] == ' ' && at[2] == ' ') {
      any_address |= start != 0;
      const auto name_at = static_cast<uint32_t>(at + 3 - begin);
      if (start != 0) entries.push_back({start, is_text(at[1]) ? name_at : kNotText});
    }
    at = line_end + 1;
  }
  if (!any_address) {
    Error error{.code = Code::Permission,
                .message = "the kernel hides its addresses from this user"};
    error.effect = "kernel functions stay without names";
    error.fixes = {"sudo sysctl kernel.kptr_restrict=0", "record as root"};
    return tl::unexpected(std::move(error));
  }
  const auto before = [](const Entry& a, const Entry& b) { return a.start < b.start; };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) {
    std::stable_sort(entries.begin(), entries.end(), before);
  }
  return compiled(entries, kallsyms);
}

KernelSymbols::Found KernelSymbols::find(Avma address) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), raw(address));
  if (after == starts_.begin()) return {};
  const auto index = static_cast<size_t>(after - starts_.begin()) - 1;
  if (name_at_[index] == kNotText) return {};
  Found found;
  found.start = Avma{starts_[index]};
  found.bytes = after != starts_.end() ? *after - starts_[index] : kLastSymbolBytesMax;
  if (raw(address) - starts_[index] >= found.bytes) return {};
  if (name_at_[index] >= text_.size()) return {};
  std::string_view line = text_.substr(name_at_[index]);
  line = line.substr(0, line.find('\n'));
  const size_t tab = line.find('\t');
  found.name = line.substr(0, tab);
  if (tab != std::string_view::npos && line.size() > tab + 3 && line[tab + 1] == '[') {
    found.module = line.substr(tab + 2, line.size() - tab - 3);
  }
  return found;
}

}  // namespace hone::symbols
