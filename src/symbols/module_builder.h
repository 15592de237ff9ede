// Puts a ResolvedModule together address by address: each function and file once.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "symbols/resolve.h"

namespace hone::symbols {

class ModuleBuilder {
 public:
  // How ids of a module that addresses are taken from map to those here; one for each such module.
  struct Remap {
    explicit Remap(const ResolvedModule& from)
        : functions(from.functions.size(), kNone), files(from.files.size(), kNone) {}
    static constexpr uint32_t kNone = ~uint32_t{0};
    std::vector<uint32_t> functions, files;
  };

  ModuleBuilder();
  uint32_t file(const std::string& path);
  uint32_t function(Function function);
  void add_frame(const SourceFrame& frame) { out_.frames.push_back(frame); }
  void add_frames_of(const ResolvedModule& from, size_t index, Remap& remap);
  void end_address();
  ResolvedModule take() && { return std::move(out_); }

 private:
  ResolvedModule out_;
  std::unordered_map<std::string, uint32_t> files_, functions_;
};

// All but addresses, frames and what they index.
void copy_facts(const ResolvedModule& from, ResolvedModule& to);

// Both modules' addresses in one, with the facts of `fresh`. Lists are sorted and share no address.
struct MergedModule {
  std::vector<Svma> addresses;
  ResolvedModule module;
};
MergedModule merge_modules(std::span<const Svma> old_addresses, const ResolvedModule& old,
                           std::span<const Svma> fresh_addresses, const ResolvedModule& fresh);

}  // namespace hone::symbols
