// The symbol cache in memory: adding what was resolved, and taking out what is asked for.
#include <xxhash.h>

#include "symbols/demangle.h"
#include "symbols/symbol_cache.h"

namespace hone::symbols {
namespace {

using elf::CodeMap;

constexpr uint32_t kNone = ~uint32_t{0};

}  // namespace

Function finished(MappedFunction from) {
  Function& out = from.function;
  if (from.demangle) {
    std::string name = demangle(out.mangled.c_str());
    // The demangler speaks of clones too.
    if (name.find("[clone .cold") == std::string::npos) name += out.name;
    out.name = std::move(name);
  }
  if (out.mangled == out.name) out.mangled.clear();
  return std::move(out);
}

std::string_view SymbolCache::view(uint32_t string) const {
  const uint32_t begin = string == 0 ? 0 : string_ends_[string - 1];
  return std::string_view(text_).substr(begin, string_ends_[string] - begin);
}

std::string SymbolCache::text(uint32_t string) const {
  return std::string(view(string));
}

Function SymbolCache::function(uint32_t id) const {
  const FunctionRecord& record = functions_[id];
  return finished({.function = {.name = text(record.name),
                                .mangled = text(record.mangled),
                                .start = Svma{record.start},
                                .bytes = record.bytes,
                                .file = text(record.file),
                                .line = record.line,
                                .source = static_cast<NameSource>(record.source)},
                   .demangle = record.demangle != 0});
}

void SymbolCache::index() {
  if (is_indexed_) return;
  is_indexed_ = true;
  for (uint32_t i = 0; i < string_ends_.size(); ++i) {
    const std::string_view string = view(i);
    strings_by_hash_.emplace(XXH3_64bits(string.data(), string.size()), i);
  }
  for (uint32_t i = 0; i < files_.size(); ++i) files_by_string_.emplace(files_[i], i);
  for (uint32_t i = 0; i < functions_.size(); ++i) {
    functions_by_hash_.emplace(XXH3_64bits(&functions_[i], sizeof functions_[i]), i);
  }
}

// ~0 when it is not there, or nothing was indexed.
uint32_t SymbolCache::find_string(const std::string& text) const {
  const auto slot = strings_by_hash_.find(XXH3_64bits(text.data(), text.size()));
  return slot != strings_by_hash_.end() && view(slot->second) == text ? slot->second : kNone;
}

// Where hashes meet by accident, a string is kept twice, which does no harm.
uint32_t SymbolCache::string_id(const std::string& text) {
  const auto [slot, is_new] =
      strings_by_hash_.try_emplace(XXH3_64bits(text.data(), text.size()), static_cast<uint32_t>(0));
  if (!is_new && view(slot->second) == text) return slot->second;
  text_ += text;
  string_ends_.push_back(static_cast<uint32_t>(text_.size()));
  const auto id = static_cast<uint32_t>(string_ends_.size() - 1);
  if (is_new) slot->second = id;
  return id;
}

uint32_t SymbolCache::file_id(const std::string& path) {
  const auto [slot, is_new] =
      files_by_string_.try_emplace(string_id(path), static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back(slot->first);
  return slot->second;
}

uint32_t SymbolCache::function_id(const MappedFunction& from) {
  const Function& f = from.function;
  const FunctionRecord record{raw(f.start),
                              f.bytes,
                              string_id(f.name),
                              string_id(f.mangled),
                              string_id(f.file),
                              f.line,
                              static_cast<uint32_t>(f.source),
                              from.demangle ? 1u : 0u};
  const auto [slot, is_new] = functions_by_hash_.try_emplace(
      XXH3_64bits(&record, sizeof record), static_cast<uint32_t>(functions_.size()));
  if (is_new) functions_.push_back(record);
  return slot->second;
}

void SymbolCache::add(const ModuleMap& fresh, const CacheFacts& facts) {
  index();
  std::vector<uint32_t> functions, files;
  functions.reserve(fresh.functions.size());
  for (const MappedFunction& each : fresh.functions) functions.push_back(function_id(each));
  for (const std::string& each : fresh.files) files.push_back(file_id(each));
  const bool was_empty = code_.extents.empty();
  for (const CodeMap::Extent& extent : fresh.code.extents) {
    const size_t first_row = code_.rows.size(), first_call = code_.calls.size();
    code_.append(fresh.code, extent);
    code_.extents.back().function = functions[extent.function];
    for (size_t i = first_row; i < code_.rows.size(); ++i) {
      code_.rows[i].file = files[code_.rows[i].file];
    }
    for (size_t i = first_call; i < code_.calls.size(); ++i) {
      code_.calls[i].file = files[code_.calls[i].file];
      code_.calls[i].function = functions[code_.calls[i].function];
    }
  }
  code_.settle();
  facts_ = facts;
  // Of a few more addresses the producer says less than that of the first ones, and the state
  // less still: code without debug info beside code that has it.
  if (was_empty || module_.producer.empty()) {
    module_.producer = fresh.producer;
    module_.optimised = fresh.optimised;
  }
  if (was_empty || fresh.state <= module_.state) {
    module_.state = fresh.state;
    module_.missing = fresh.missing;
    module_.debug_file = fresh.debug_file;
  }
}

std::vector<Svma> SymbolCache::unknown(std::span<const Svma> wanted) const {
  std::vector<Svma> out;
  for (const Svma address : wanted) {
    if (!code_.find(address)) out.push_back(address);
  }
  return out;
}

ResolvedModule SymbolCache::extract(std::span<const Svma> wanted) const {
  ResolvedModule out = module_;
  std::vector<uint32_t> function_of(functions_.size(), kNone), file_of(files_.size(), kNone);
  file_of[0] = 0;
  out.files.emplace_back();
  code_.for_each_frame(wanted, [&](size_t index, const CodeMap::Frame& frame) {
    while (out.first_frame.size() <= index) {
      out.first_frame.push_back(static_cast<uint32_t>(out.frames.size()));
    }
    uint32_t& function_id = function_of[frame.function];
    if (function_id == kNone) {
      function_id = static_cast<uint32_t>(out.functions.size());
      out.functions.push_back(function(frame.function));
    }
    uint32_t& file_id = file_of[frame.file];
    if (file_id == kNone) {
      file_id = static_cast<uint32_t>(out.files.size());
      out.files.push_back(text(files_[frame.file]));
    }
    out.frames.push_back({function_id, file_id, frame.line, frame.inlined});
  });
  while (out.first_frame.size() <= wanted.size()) {
    out.first_frame.push_back(static_cast<uint32_t>(out.frames.size()));
  }
  add_ranges(wanted, file_of, out);
  return out;
}

void SymbolCache::add_ranges(std::span<const Svma> wanted, std::vector<uint32_t>& file_of,
                             ResolvedModule& out) const {
  Svma end{0};
  for (const Svma address : wanted) {
    if (address < end) continue;
    const CodeMap::Extent* extent = code_.find(address);
    if (!extent || extent->row_count == 0) continue;
    end = extent->end;
    for (const CodeMap::Row& row : code_.rows_of(*extent)) {
      uint32_t& file_id = file_of[row.file];
      if (file_id == kNone) {
        file_id = static_cast<uint32_t>(out.files.size());
        out.files.push_back(text(files_[row.file]));
      }
      out.lines.push_back({Svma{raw(extent->begin) + row.offset}, file_id, row.line});
    }
    out.lines.push_back({end, 0, 0});
  }
}

}  // namespace hone::symbols
