#include "symbols/resolve.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "base/host/file.h"
#include "elf/debug_info.h"
#include "symbols/debug_files.h"
#include "symbols/demangle.h"
#include "symbols/module_file.h"
#include "symbols/module_map.h"
#include "symbols/name_tables.h"
#include "symbols/symbol_cache.h"

namespace hone::symbols {
namespace {

// A cache file that has grown beyond this starts anew; it would cost more to read than it saves.
constexpr size_t kCacheBytesMax = size_t{64} << 20;
// Inflating .debug_info costs about as much as reading all of it. When a module's cache lacks an
// address, and so it must be inflated again, what is no larger than this is taken whole: a libc
// (2.3 MB packed, 70 ms) is met by every program, each time at a few more of its functions.
constexpr size_t kTakenWholeBytesMax = size_t{4} << 20;

// GCC writes its options into the producer. What has none of -O, or -O0 last, was not optimised.
bool is_optimised(std::string_view producer) {
  if (!producer.starts_with("GNU ") || producer.starts_with("GNU AS")) return true;
  bool optimised = false;
  for (size_t at = producer.find(" -O"); at != std::string_view::npos;
       at = producer.find(" -O", at + 3)) {
    const std::string_view level = producer.substr(at + 3, producer.find(' ', at + 3) - (at + 3));
    optimised = level != "0";
  }
  return optimised;
}

bool is_mangled(std::string_view name) {
  return name.starts_with("_Z") || name.starts_with("_R");
}

std::string missing_text(const DebugFiles& debug, bool has_build_id) {
  if (debug.looked_for.empty()) {
    return has_build_id ? "no debug info" : "no debug info and no build id to find it by";
  }
  std::string text =
      debug.has_dwarf ? "shared debug info not found: looked for " : "no debug info: looked for ";
  constexpr size_t kNamedMax = 3;
  for (size_t i = 0; i < std::min(debug.looked_for.size(), kNamedMax); ++i) {
    if (i > 0) text += ", ";
    text += debug.looked_for[i];
  }
  return text;
}

// Resolves the addresses of one module that is open.
class ModuleResolver {
 public:
  ModuleResolver(const ElfFile& module, const DebugFiles& debug, const ModuleSource& source,
                 const Options& options)
      : module_(module), debug_(debug), source_(source), options_(options), names_(module, debug) {}

  // With `again`, something was resolved of this module before.
  ModuleMap resolve(std::span<const Svma> wanted, bool again) {
    const std::vector<Svma> all =
        again && costs_to_open() ? with_every_function(wanted) : std::vector<Svma>{};
    const std::span<const Svma> addresses = all.empty() ? wanted : std::span<const Svma>(all);
    elf::DebugMap found = read_dwarf(addresses);
    out_.functions.reserve(found.functions.size());
    for (const elf::DebugFunction& function : found.functions) {
      out_.functions.push_back(function_from_dwarf(function));
    }
    if (!found.files.empty()) out_.files = std::move(found.files);
    for (const elf::CodeMap::Extent& extent : found.code.extents) {
      if (extent.function != elf::CodeMap::kNone) out_.code.append(found.code, extent);
    }
    add_from_tables(found.code, addresses);
    out_.code.settle();
    state_facts(found);
    return std::move(out_);
  }

 private:
  const elf::Image& dwarf_image() const {
    return debug_.separate ? debug_.separate->image : module_.image;
  }

  bool costs_to_open() const {
    if (!debug_.has_dwarf) return false;
    const elf::SectionView* old_form = dwarf_image().section(".zdebug_info");
    const elf::SectionView* info = dwarf_image().section(".debug_info");
    if (!old_form && !(info && info->compressed)) return false;
    return (old_form ? old_form : info)->bytes.size() <= kTakenWholeBytesMax;
  }

  std::vector<Svma> with_every_function(std::span<const Svma> wanted) {
    const std::vector<Svma> starts = names_.starts();
    std::vector<Svma> out;
    std::set_union(wanted.begin(), wanted.end(), starts.begin(), starts.end(),
                   std::back_inserter(out));
    return out;
  }

  elf::DebugMap read_dwarf(std::span<const Svma> addresses) {
    if (!debug_.has_dwarf) return {};
    elf::DebugInfo::Sources sources;
    sources.image = &dwarf_image();
    if (debug_.alternate) sources.alternate = &debug_.alternate->image;
    if (debug_.package) sources.package = &debug_.package->image;
    const auto info = elf::DebugInfo::open(sources);
    if (!info) return {};
    return info->map(addresses, options_.threads,
                     [&](std::string_view comp_dir, std::string_view name) {
                       return open_split_unit(comp_dir, name);
                     });
  }

  void state_facts(const elf::DebugMap& found) {
    out_.producer = found.producer;
    out_.optimised = is_optimised(found.producer);
    if (found.unit_count > 0) {
      out_.state = SymbolState::kFull;
      if (debug_.separate) out_.debug_file = debug_.separate->path;
      if (found.split_missing_count > 0) {
        out_.missing = "split debug info not found: " + found.split_missing;
      } else if (!debug_.looked_for.empty()) {
        out_.missing = missing_text(debug_, true);
      }
      return;
    }
    out_.state = names_.has_symtab()    ? SymbolState::kNames
                 : names_.has_exports() ? SymbolState::kExports
                                        : SymbolState::kStripped;
    out_.missing = debug_.has_dwarf ? "no debug info for the code that ran"
                                    : missing_text(debug_, !module_.image.build_id().empty());
  }

  // The addresses that DWARF knows no function for. Where it knows lines (assembly), they stay.
  void add_from_tables(const elf::CodeMap& dwarf, std::span<const Svma> addresses) {
    Svma done{0};
    for (const Svma address : addresses) {
      if (address < done) continue;
      const elf::CodeMap::Extent* extent = dwarf.find(address);
      if (extent && extent->function != elf::CodeMap::kNone) continue;
      const NameTables::Found found = names_.find(address);
      const auto function = static_cast<uint32_t>(out_.functions.size());
      out_.functions.push_back(function_from_tables(found));
      Svma begin = found.same_begin, end = found.same_end;
      // An extent is less than 4 GiB.
      if (raw(end) - raw(begin) > ~uint32_t{0}) {
        begin = address;
        end = Svma{raw(address) + 1};
      }
      if (extent) {
        out_.code.append(dwarf, *extent);
        elf::CodeMap::Extent& own = out_.code.extents.back();
        own.anchor = address;
        own.function = function;
        begin = std::max(begin, own.begin);
        end = std::min(end, own.end);
        out_.code.narrow(own, begin, end);
      } else {
        out_.code.open(begin, end, address, function);
        out_.code.close();
      }
      done = end;
    }
  }

  std::span<const uint8_t> open_split_unit(std::string_view comp_dir, std::string_view name) {
    for (const std::string& path : split_unit_paths(module_, source_.root, comp_dir, name)) {
      auto file = open_elf(path);
      if (!file) continue;
      split_units_.push_back(std::move(*file));
      return split_units_.back().mapping.bytes();
    }
    return {};
  }

  MappedFunction function_from_dwarf(const elf::DebugFunction& from) {
    MappedFunction mapped;
    Function& out = mapped.function;
    out.source = NameSource::kDwarf;
    out.start = from.start;
    out.bytes = from.bytes;
    out.file = from.file;
    out.line = from.line;
    const elf::Symbol* symbol = out.bytes == 0 ? nullptr : names_.symbol(from.start);
    // A C library gives its functions linkage names of its own (__GI___libc_malloc), where a symbol
    // has the one that everybody calls.
    const bool is_alias = symbol && !from.linkage_name.empty() && !is_mangled(from.linkage_name) &&
                          !is_mangled(symbol->name);
    if (is_alias) {
      out.name = symbol->name;
    } else if (from.linkage_name.empty()) {
      out.name = from.name;
    } else {
      out.mangled = from.linkage_name;
      mapped.demangle = true;
    }
    if (!symbol) return mapped;
    if (from.linkage_name.empty()) name_by_symbol(*symbol, mapped);
    // The part of a function that GCC moved away as unlikely is a place of its own.
    if (symbol->name.find(".cold") != std::string_view::npos &&
        out.name.find("[clone .cold") == std::string::npos) {
      out.name += " [clone .cold]";
    }
    return mapped;
  }

  // Functions that are local to their unit have no linkage name in DWARF, and with -g1 no scope
  // either. The symbol knows both; but where it says the same, the plain name stays, so that calls
  // of the function that were inlined bear the same name.
  static void name_by_symbol(const elf::Symbol& symbol, MappedFunction& mapped) {
    if (!is_mangled(symbol.name)) return;
    Function& out = mapped.function;
    out.mangled = symbol.name;
    const std::string plain = demangle_without_parameters(out.mangled.c_str());
    if (plain == out.name) return;
    out.name.clear();
    mapped.demangle = true;
  }

  static MappedFunction function_from_tables(const NameTables::Found& found) {
    MappedFunction mapped;
    Function& out = mapped.function;
    out.source = found.source;
    out.start = found.start;
    out.bytes = found.bytes;
    if (found.source == NameSource::kPlt) {
      const std::string target(found.plt_target);
      out.name = demangle(target.c_str()) + "@plt";
      out.mangled = target + "@plt";
    } else {
      out.mangled = found.mangled;
      mapped.demangle = true;
    }
    return mapped;
  }

  const ElfFile& module_;
  const DebugFiles& debug_;
  const ModuleSource& source_;
  const Options& options_;
  NameTables names_;
  ModuleMap out_;
  std::vector<ElfFile> split_units_;
};

struct Fresh {
  ModuleMap module;
  CacheFacts facts;
};

Fresh unresolved(std::span<const Svma> addresses, const Error& error) {
  Fresh out;
  out.module.functions.emplace_back();
  for (const Svma address : addresses) {
    out.module.code.open(address, Svma{raw(address) + 1}, address, 0);
    out.module.code.close();
  }
  out.module.state = error.code == Code::Corrupt ? SymbolState::kMismatch : SymbolState::kNoFile;
  out.module.missing = error.message;
  return out;
}

Fresh resolve_now(const ModuleSource& source, std::span<const Svma> addresses, bool again,
                  const Options& options) {
  const auto module = open_module(source);
  if (!module) return unresolved(addresses, module.error());
  const DebugFiles debug = find_debug_files(*module, source, options);
  Fresh out;
  out.module = ModuleResolver(*module, debug, source, options).resolve(addresses, again);
  out.facts.module_bytes = module->image.bytes().size();
  out.facts.asked_debuginfod = options.use_debuginfod && debuginfod_configured();
  out.facts.looked_for = debug.looked_for;
  return out;
}

// False when better symbols may be had now than when the cache was written. Costs a few stat calls
// and none at all where nothing better can come.
bool is_still_best(const SymbolCache& cache, const ModuleSource& source, const Options& options) {
  const CacheFacts& facts = cache.facts();
  for (const std::string& path : facts.looked_for) {
    if (::access(path.c_str(), F_OK) == 0) return false;
  }
  if (cache.state() == SymbolState::kFull) return true;
  if (options.use_debuginfod && debuginfod_configured() && !facts.asked_debuginfod) return false;
  // A stripped and an unstripped file share their build id. Folders for debug files may have been
  // added to the options since.
  if (module_file_bytes(source) != facts.module_bytes) return false;
  for (const std::string& path : build_id_paths(source, options)) {
    if (::access(path.c_str(), F_OK) == 0) return false;
  }
  return true;
}

bool was_read(const ModuleMap& module) {
  return module.state != SymbolState::kNoFile && module.state != SymbolState::kMismatch;
}

// The file is written whole: for fewer new functions, of those that it has, it costs more than to
// read them again. Every run meets a few that none before it met.
constexpr size_t kRewriteShare = 16;

// A cache that cannot be written costs time later, nothing else.
void write_cache(const std::string& path, const SymbolCache& cache, const Fresh& fresh) {
  std::string content = cache.encode();
  if (content.size() > kCacheBytesMax) {
    SymbolCache anew;
    anew.add(fresh.module, fresh.facts);
    content = anew.encode();
    if (content.size() > kCacheBytesMax) return;
  }
  (void)base::write_file_atomically(path, base::as_bytes(content));
}

}  // namespace

Result<ResolvedModule> resolve_module(const ModuleSource& source, std::span<const Svma> addresses,
                                      const Options& options) {
  const std::string path = options.use_cache ? symbol_cache_path(source.build_id) : "";
  SymbolCache cache;
  if (!path.empty()) {
    if (const auto content = base::read_file(path, kCacheBytesMax)) {
      auto kept = SymbolCache::parse(*content);
      if (kept && is_still_best(*kept, source, options)) cache = std::move(*kept);
    }
  }
  const std::vector<Svma> unknown = cache.unknown(addresses);
  if (!unknown.empty()) {
    const size_t kept = cache.code().extents.size();
    const Fresh fresh = resolve_now(source, unknown, kept != 0, options);
    const bool worth_writing = fresh.module.code.extents.size() >= kept / kRewriteShare;
    cache.add(fresh.module, fresh.facts);
    if (!path.empty() && worth_writing && was_read(fresh.module)) write_cache(path, cache, fresh);
  }
  ResolvedModule out = cache.extract(addresses);
  out.from_cache = unknown.empty() && !addresses.empty();
  return out;
}

}  // namespace hone::symbols
