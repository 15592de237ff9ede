#include "symbols/resolve.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/host/file.h"
#include "elf/debug_info.h"
#include "symbols/debug_files.h"
#include "symbols/demangle.h"
#include "symbols/module_builder.h"
#include "symbols/module_file.h"
#include "symbols/name_tables.h"
#include "symbols/symbol_cache.h"

namespace hone::symbols {
namespace {

// A cache file that has grown beyond this starts anew; it would cost more to read than it saves.
constexpr size_t kCachedAddressesMax = 500'000;
constexpr size_t kCacheBytesMax = size_t{256} << 20;

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

  ResolvedModule resolve(std::span<const Svma> addresses) {
    const elf::DebugFrames found = read_dwarf(addresses);
    function_ids_.assign(found.functions.size(), kNone);
    for (size_t i = 0; i < addresses.size(); ++i) {
      add_address(found, i, addresses[i]);
      builder_.end_address();
    }
    ResolvedModule out = std::move(builder_).take();
    out.producer = found.producer;
    out.optimised = is_optimised(found.producer);
    if (found.unit_count > 0) {
      out.state = SymbolState::kFull;
      if (debug_.separate) out.debug_file = debug_.separate->path;
      if (found.split_missing_count > 0) {
        out.missing = "split debug info not found: " + found.split_missing;
      } else if (!debug_.looked_for.empty()) {
        out.missing = missing_text(debug_, true);
      }
      return out;
    }
    out.state = names_.has_symtab()    ? SymbolState::kNames
                : names_.has_exports() ? SymbolState::kExports
                                       : SymbolState::kStripped;
    out.missing = debug_.has_dwarf ? "no debug info for the code that ran"
                                   : missing_text(debug_, !module_.image.build_id().empty());
    return out;
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  elf::DebugFrames read_dwarf(std::span<const Svma> addresses) {
    elf::DebugFrames none;
    none.first_frame.resize(addresses.size() + 1);
    none.files.emplace_back();
    if (!debug_.has_dwarf) return none;
    elf::DebugInfo::Sources sources;
    sources.image = debug_.separate ? &debug_.separate->image : &module_.image;
    if (debug_.alternate) sources.alternate = &debug_.alternate->image;
    if (debug_.package) sources.package = &debug_.package->image;
    const auto info = elf::DebugInfo::open(sources);
    if (!info) return none;
    return info->resolve(addresses, options_.threads,
                         [&](std::string_view comp_dir, std::string_view name) {
                           return open_split_unit(comp_dir, name);
                         });
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

  void add_address(const elf::DebugFrames& found, size_t index, Svma address) {
    const uint32_t end = found.first_frame[index + 1];
    for (uint32_t at = found.first_frame[index]; at < end; ++at) {
      const elf::DebugFrame& frame = found.frames[at];
      SourceFrame out;
      out.file = builder_.file(found.files[frame.file]);
      out.line = frame.line;
      out.inlined = frame.inlined;
      if (frame.function == elf::DebugFrame::kNoFunction) {
        out.function = builder_.function(function_from_tables(address));
      } else {
        uint32_t& id = function_ids_[frame.function];
        if (id == kNone)
          id = builder_.function(function_from_dwarf(found.functions[frame.function]));
        out.function = id;
      }
      builder_.add_frame(out);
    }
    if (found.first_frame[index] == end) {
      builder_.add_frame({builder_.function(function_from_tables(address)), 0, 0, false});
    }
  }

  Function function_from_dwarf(const elf::DebugFunction& from) {
    Function out;
    out.source = NameSource::kDwarf;
    out.start = from.start;
    out.bytes = from.bytes;
    out.file = from.file;
    out.line = from.line;
    out.name = from.name;
    if (!from.linkage_name.empty()) {
      out.mangled = from.linkage_name;
      out.name = demangle(from.linkage_name.c_str());
    }
    if (out.bytes == 0) return without_echo(std::move(out));
    const elf::Symbol* symbol = names_.symbol(from.start);
    if (!symbol) return without_echo(std::move(out));
    if (from.linkage_name.empty()) name_by_symbol(*symbol, out);
    // The part of a function that GCC moved away as unlikely is a place of its own.
    if (symbol->name.find(".cold") != std::string_view::npos &&
        out.name.find("[clone .cold") == std::string::npos) {
      out.name += " [clone .cold]";
    }
    return without_echo(std::move(out));
  }

  // Functions that are local to their unit have no linkage name in DWARF, and with -g1 no scope
  // either. The symbol knows both; but where it says the same, the plain name stays, so that calls
  // of the function that were inlined bear the same name.
  static void name_by_symbol(const elf::Symbol& symbol, Function& out) {
    if (!symbol.name.starts_with("_Z") && !symbol.name.starts_with("_R")) return;
    out.mangled = symbol.name;
    const std::string plain = demangle_without_parameters(out.mangled.c_str());
    if (plain != out.name) out.name = demangle(out.mangled.c_str());
  }

  Function function_from_tables(Svma address) {
    const NameTables::Found found = names_.find(address);
    Function out;
    out.source = found.source;
    out.start = found.start;
    out.bytes = found.bytes;
    if (found.source == NameSource::kPlt) {
      const std::string target(found.plt_target);
      out.name = demangle(target.c_str()) + "@plt";
      out.mangled = target + "@plt";
    } else {
      out.mangled = found.mangled;
      out.name = demangle(out.mangled.c_str());
    }
    return without_echo(std::move(out));
  }

  static Function without_echo(Function function) {
    if (function.mangled == function.name) function.mangled.clear();
    return function;
  }

  const ElfFile& module_;
  const DebugFiles& debug_;
  const ModuleSource& source_;
  const Options& options_;
  NameTables names_;
  ModuleBuilder builder_;
  std::vector<ElfFile> split_units_;
  std::vector<uint32_t> function_ids_;
};

ResolvedModule unresolved(std::span<const Svma> addresses, const Error& error) {
  ResolvedModule out;
  ModuleBuilder builder;
  const uint32_t unknown = builder.function({});
  for (size_t i = 0; i < addresses.size(); ++i) {
    builder.add_frame({unknown, 0, 0, false});
    builder.end_address();
  }
  out = std::move(builder).take();
  out.state = error.code == Code::Corrupt ? SymbolState::kMismatch : SymbolState::kNoFile;
  out.missing = error.message;
  return out;
}

struct Fresh {
  ResolvedModule module;
  CacheFacts facts;
};

Fresh resolve_now(const ModuleSource& source, std::span<const Svma> addresses,
                  const Options& options) {
  const auto module = open_module(source);
  if (!module) return {unresolved(addresses, module.error()), {}};
  const DebugFiles debug = find_debug_files(*module, source, options);
  Fresh out;
  out.module = ModuleResolver(*module, debug, source, options).resolve(addresses);
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

bool was_read(const ResolvedModule& module) {
  return module.state != SymbolState::kNoFile && module.state != SymbolState::kMismatch;
}

void write_cache(const std::string& path, std::span<const Svma> addresses,
                 const ResolvedModule& module, const CacheFacts& facts) {
  // A cache that cannot be written costs time later, nothing else.
  (void)base::write_file_atomically(path,
                                    base::as_bytes(SymbolCache::encode(addresses, module, facts)));
}

}  // namespace

Result<ResolvedModule> resolve_module(const ModuleSource& source, std::span<const Svma> addresses,
                                      const Options& options) {
  const std::string path = options.use_cache ? symbol_cache_path(source.build_id) : "";
  if (path.empty()) return resolve_now(source, addresses, options).module;

  if (auto content = base::read_file(path, kCacheBytesMax)) {
    auto cache = SymbolCache::parse(std::move(*content));
    if (cache && is_still_best(*cache, source, options)) {
      const std::vector<Svma> unknown = cache->unknown(addresses);
      if (unknown.empty()) {
        ResolvedModule out = cache->extract(addresses);
        out.from_cache = true;
        return out;
      }
      if (cache->addresses().size() + unknown.size() <= kCachedAddressesMax) {
        const Fresh fresh = resolve_now(source, unknown, options);
        const MergedModule merged = merge_modules(
            cache->addresses(), cache->extract(cache->addresses()), unknown, fresh.module);
        if (was_read(fresh.module)) write_cache(path, merged.addresses, merged.module, fresh.facts);
        ModuleBuilder builder;
        ModuleBuilder::Remap ids(merged.module);
        for (const Svma address : addresses) {
          const auto at =
              std::lower_bound(merged.addresses.begin(), merged.addresses.end(), address);
          builder.add_frames_of(merged.module, static_cast<size_t>(at - merged.addresses.begin()),
                                ids);
          builder.end_address();
        }
        ResolvedModule out = std::move(builder).take();
        copy_facts(merged.module, out);
        return out;
      }
    }
  }
  Fresh fresh = resolve_now(source, addresses, options);
  if (was_read(fresh.module)) write_cache(path, addresses, fresh.module, fresh.facts);
  return std::move(fresh.module);
}

}  // namespace hone::symbols
