// Kernel symbols from /proc/kallsyms, where the kernel shows its addresses to this user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"

namespace hone::symbols {

class KernelSymbols {
 public:
  // Permission when the addresses are hidden (kptr_restrict).
  static Result<KernelSymbols> load();
  static Result<KernelSymbols> parse(std::string_view kallsyms);

  struct Found {
    std::string_view name;
    std::string_view module;   // "" for the kernel itself, else "kvm", "ext4", ...
    Avma start{};
    uint64_t bytes = 0;
  };
  // nullopt-like: name empty when no symbol covers it.
  Found find(Avma address) const;
  bool empty() const { return starts_.empty(); }

 private:
  std::string text_;
  std::vector<uint64_t> starts_;
  std::vector<uint32_t> name_at_;
};

}  // namespace hone::symbols
