// What was resolved before, kept on disk: one file a build id. The layout is in symbol_cache.cc.
//
// A file is read whole, checked (magic, version, checksum, every index) and otherwise ignored. It
// is written beside itself and renamed, so that writers at the same time do no harm: the last one
// wins.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "symbols/resolve.h"

namespace hone::symbols {

// What decides whether a cached result is still the best to be had.
struct CacheFacts {
  uint64_t module_bytes = 0;  // size of the module's file, 0 unknown
  bool asked_debuginfod = false;
  std::vector<std::string> looked_for;  // paths where no debug file was found
};

class SymbolCache {
 public:
  // Takes the content of a cache file. Corrupt when it is not one, Unsupported when it is of
  // another version.
  static Result<SymbolCache> parse(std::string content);
  // `addresses` are those of `module`.
  static std::string encode(std::span<const Svma> addresses, const ResolvedModule& module,
                            const CacheFacts& facts);

  const CacheFacts& facts() const { return facts_; }
  SymbolState state() const { return module_.state; }
  const std::vector<Svma>& addresses() const { return addresses_; }
  // Of the sorted `wanted`, those that are not here.
  std::vector<Svma> unknown(std::span<const Svma> wanted) const;
  // The frames of `wanted`; addresses that are not here have none. Costs by what is wanted, not by
  // what is kept.
  ResolvedModule extract(std::span<const Svma> wanted) const;

 private:
  // Where each part of the file starts, and how many entries it has.
  struct Parts {
    uint64_t address_count, frame_count, function_count, file_count, looked_for_count, string_count,
        text_bytes;
    uint64_t addresses, functions, first_frames, frames, files, looked_for, string_ends, text, end;
  };
  bool check_indexes() const;
  uint32_t word(uint64_t part, uint64_t index) const;
  std::string text(uint32_t string) const;
  Function read_function(uint32_t index) const;

  std::string content_;
  Parts parts_{};
  CacheFacts facts_;
  ResolvedModule module_;  // its facts; no frames
  std::vector<Svma> addresses_;
};

// The path of the cache file of a build id, its folder made; "" when nothing can be cached.
std::string symbol_cache_path(std::span<const uint8_t> build_id);

}  // namespace hone::symbols
