// Kernel symbols from /proc/kallsyms, where the kernel shows its addresses to this user.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "base/types.h"

namespace hone::symbols {

// Compiled into one run of bytes (addresses, names' places, names), so that it can be kept on disk
// and mapped again: the kernel takes some 40 ms to print its symbols, every time.
class KernelSymbols {
 public:
  // From the cache when it holds the running kernel's, else from the kernel, and then kept.
  // Permission when the addresses are hidden (kptr_restrict).
  static Result<KernelSymbols> load();
  static Result<KernelSymbols> parse(std::string_view kallsyms);
  // What bytes() gave before. Corrupt when the parts do not fit; otherwise safe on any bytes.
  static Result<KernelSymbols> of_bytes(base::Mapping bytes);

  struct Found {
    std::string_view name;
    std::string_view module;  // "" for the kernel itself, else "kvm", "ext4", ...
    Avma start{};
    uint64_t bytes = 0;
  };
  // The name is empty when no symbol covers the address.
  Found find(Avma address) const;
  bool empty() const { return starts_.empty(); }
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  struct Entry;
  static Result<KernelSymbols> compiled(std::span<const Entry> entries, std::string_view kallsyms);
  Result<void> take_parts();

  std::vector<uint8_t> owned_;
  base::Mapping mapped_;
  std::span<const uint8_t> bytes_;  // of owned_ or mapped_; the parts below lie in it
  std::span<const uint64_t> starts_;
  std::span<const uint32_t> name_at_;
  std::string_view text_;
};

}  // namespace hone::symbols
