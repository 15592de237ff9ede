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

struct Entry {
  uint64_t start;
  uint32_t name_at;
};

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

bool is_text(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

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
  return folder + "/kernel-" + boot->substr(0, 36) + "-" + std::to_string(hash);
}

// The lines of functions, and of the first datum after each run of them (it ends the last one).
std::string code_lines(std::string_view kallsyms) {
  std::string out;
  bool last_was_code = false;
  for (size_t at = 0; at < kallsyms.size();) {
    const size_t line_end = std::min(kallsyms.find('\n', at), kallsyms.size());
    const std::string_view line = kallsyms.substr(at, line_end - at);
    const size_t space = line.find(' ');
    const bool code = space + 1 < line.size() && is_text(line[space + 1]);
    if (code || last_was_code) out.append(line).append("\n");
    last_was_code = code;
    at = line_end + 1;
  }
  return out;
}

}  // namespace

Result<KernelSymbols> KernelSymbols::load() {
  const std::string cached = cache_path();
  if (!cached.empty()) {
    if (auto text = base::read_file(cached); text && !text->empty()) {
      if (auto symbols = parse(*text)) return symbols;
    }
  }
  HONE_TRY_ASSIGN(const std::string text, base::read_file("/proc/kallsyms"));
  auto symbols = parse(text);
  // Only its owner may read the file: it tells where the kernel lies.
  if (symbols && !cached.empty()) {
    (void)base::write_file_atomically(cached, base::as_bytes(code_lines(text)), 0600);
  }
  return symbols;
}

Result<KernelSymbols> KernelSymbols::parse(std::string_view kallsyms) {
  if (kallsyms.size() >= kNotText) return fail(Code::LimitExceeded, "kallsyms is too large");
  KernelSymbols out;
  out.text_ = kallsyms;
  std::vector<Entry> entries;
  entries.reserve(kallsyms.size() / 40);
  const char* const begin = out.text_.data();
  const char* const end = begin + out.text_.size();
  bool any_address = false;
  // Lines are "ffffffff81000000 T name", for modules with "\t[module]" behind it.
  for (const char* at = begin; at < end;) {
    const auto* line_end = static_cast<const char*>(
        std::memchr(at, '\n', static_cast<size_t>(end - at)));
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
    Error error{.code = Code::Permission, .message = "the kernel hides its addresses from this user"};
    error.effect = "kernel functions stay without names";
    error.fixes = {"sudo sysctl kernel.kptr_restrict=0", "record as root"};
    return tl::unexpected(std::move(error));
  }
  const auto before = [](const Entry& a, const Entry& b) { return a.start < b.start; };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) {
    std::stable_sort(entries.begin(), entries.end(), before);
  }
  out.starts_.reserve(entries.size());
  out.name_at_.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (!out.starts_.empty() && out.starts_.back() == entry.start) {
      // Of several names the first of a function stays.
      if (out.name_at_.back() == kNotText) out.name_at_.back() = entry.name_at;
      continue;
    }
    out.starts_.push_back(entry.start);
    out.name_at_.push_back(entry.name_at);
  }
  return out;
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
  std::string_view line = std::string_view(text_).substr(name_at_[index]);
  line = line.substr(0, line.find('\n'));
  const size_t tab = line.find('\t');
  found.name = line.substr(0, tab);
  if (tab != std::string_view::npos && line.size() > tab + 3 && line[tab + 1] == '[') {
    found.module = line.substr(tab + 2, line.size() - tab - 3);
  }
  return found;
}

}  // namespace hone::symbols
