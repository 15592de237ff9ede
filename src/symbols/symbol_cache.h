// What was resolved before, kept on disk: one file a build id. The layout is in symbol_cache.cc.
//
//   SymbolCache cache = parsed or empty;
//   cache.add(resolved_from(cache.unknown(addresses)));
//   ResolvedModule out = cache.extract(addresses);
//
// Holds functions whole, so that an address in a function met before costs no DWARF. A file is read
// whole, checked (magic, version, checksum, every index) and otherwise ignored. It is written
// beside itself and renamed, so that writers at the same time do no harm: the last one wins.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/result.h"
#include "symbols/module_map.h"

namespace hone::symbols {

// What decides whether a cached result is still the best to be had.
struct CacheFacts {
  uint64_t module_bytes = 0;  // size of the module's file, 0 unknown
  bool asked_debuginfod = false;
  std::vector<std::string> looked_for;  // paths where no debug file was found
};

class SymbolCache {
 public:
  SymbolCache();
  // The content of a cache file. Corrupt when it is not one, Unsupported when it is of another
  // version.
  static Result<SymbolCache> parse(const std::string& content);
  std::string encode() const;

  // Takes over the code of a map; where both know an address, what was here stays. The facts
  // become those of now.
  void add(const ModuleMap& fresh, const CacheFacts& facts);

  const CacheFacts& facts() const { return facts_; }
  SymbolState state() const { return module_.state; }
  const elf::CodeMap& code() const { return code_; }
  // Of the sorted `wanted`, those in no code that is here.
  std::vector<Svma> unknown(std::span<const Svma> wanted) const;
  // The frames of `wanted`; addresses that are not here have none. Costs by what is wanted, not by
  // what is kept.
  ResolvedModule extract(std::span<const Svma> wanted) const;

 private:
  struct FunctionRecord {
    uint64_t start, bytes;
    uint32_t name, mangled, file;  // string ids
    uint32_t line;
    uint32_t source;
    uint32_t demangle;
  };
  struct Header;

  bool check(const Header& header) const;
  bool check_extents() const;
  std::string text(uint32_t string) const;
  std::string_view view(uint32_t string) const;
  Function function(uint32_t id) const;
  uint32_t find_string(const std::string& text) const;
  uint32_t string_id(const std::string& text);
  uint32_t file_id(const std::string& path);
  uint32_t function_id(const MappedFunction& function);
  void index();
  void add_ranges(std::span<const Svma> wanted, std::vector<uint32_t>& file_of,
                  ResolvedModule& out) const;

  elf::CodeMap code_;
  std::vector<FunctionRecord> functions_;
  std::vector<uint32_t> files_;        // string ids; files_[0] is ""
  std::vector<uint32_t> string_ends_;  // string i is text_[string_ends_[i - 1] .. string_ends_[i])
  std::string text_;
  CacheFacts facts_;
  ResolvedModule module_;  // its facts; no frames
  // By hash, for finding what is here already; made when something is added.
  bool is_indexed_ = false;
  std::unordered_map<uint64_t, uint32_t> strings_by_hash_, functions_by_hash_;
  std::unordered_map<uint32_t, uint32_t> files_by_string_;
};

// The path of the cache file of a build id, its folder made; "" when nothing can be cached.
std::string symbol_cache_path(std::span<const uint8_t> build_id);

}  // namespace hone::symbols
