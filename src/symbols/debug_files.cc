#include "symbols/debug_files.h"

#include <filesystem>

#include "elf/symbol_table.h"

namespace hone::symbols {
namespace {

bool has_section(const elf::Image& image, std::string_view name) {
  const elf::SectionView* section = image.section(name);
  return section && !section->bytes.empty();
}

bool has_dwarf(const elf::Image& image) {
  return has_section(image, ".debug_info") || has_section(image, ".zdebug_info");
}

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// In the container first, then here: a root of "" gives each path once.
void add_with_root(std::vector<std::string>& out, std::string_view root, const std::string& path) {
  if (!root.empty()) out.push_back(std::string(root) + path);
  out.push_back(path);
}

std::string build_id_name(std::span<const uint8_t> build_id) {
  const std::string hex = hex_text(build_id);
  return "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug";
}

std::vector<std::string> debug_link_paths(const ModuleSource& source, const Options& options,
                                          std::string_view link) {
  std::vector<std::string> out;
  // A name alone, by what linkers and objcopy write: one with a slash could lead anywhere.
  if (link.find('/') != std::string_view::npos) return out;
  const std::string name(link);
  const std::string folder = folder_of(source.path);
  add_with_root(out, source.root, folder + "/" + name);
  add_with_root(out, source.root, folder + "/.debug/" + name);
  for (const std::string& debug : options.debug_folders) {
    add_with_root(out, source.root, debug + folder + "/" + name);
  }
  return out;
}

// The file at `path` when it belongs to `module`: the same build id or, where there is none, the
// checksum that the link names.
std::optional<ElfFile> open_debug_file(const std::string& path, const elf::Image& module,
                                       std::optional<uint32_t> crc) {
  auto file = open_elf(path);
  if (!file || file->mapping.data() == module.bytes().data()) return std::nullopt;
  if (!module.build_id().empty() && !file->image.build_id().empty()) {
    if (!same_bytes(module.build_id(), file->image.build_id())) return std::nullopt;
  } else if (!crc || elf::debug_link_crc(file->mapping.bytes()) != *crc) {
    return std::nullopt;
  }
  return std::move(*file);
}

std::optional<ElfFile> find_separate(const ElfFile& module, const ModuleSource& source,
                                     const Options& options, std::vector<std::string>& looked_for) {
  for (const std::string& path : build_id_paths(source, options)) {
    if (auto file = open_debug_file(path, module.image, std::nullopt)) return file;
    looked_for.push_back(path);
  }
  if (const auto link = elf::read_debug_link(module.image)) {
    for (const std::string& path : debug_link_paths(source, options, link->file_name)) {
      if (auto file = open_debug_file(path, module.image, link->crc)) return file;
      looked_for.push_back(path);
    }
  }
  if (!options.use_debuginfod || !debuginfod_configured()) return std::nullopt;
  const auto path = fetch_debug_file(module.image.build_id());
  if (!path) return std::nullopt;
  return open_debug_file(*path, module.image, std::nullopt);
}

std::optional<ElfFile> find_alternate(const ElfFile& dwarf, const ModuleSource& source,
                                      const Options& options,
                                      std::vector<std::string>& looked_for) {
  const auto link = elf::read_alt_link(dwarf.image);
  if (!link) return std::nullopt;
  std::vector<std::string> paths;
  const std::string name(link->file_name);
  if (name.starts_with('/')) {
    add_with_root(paths, source.root, name);
  } else {
    paths.push_back(folder_of(dwarf.path) + "/" + name);
  }
  if (link->build_id.size() > 1) {
    for (const std::string& debug : options.debug_folders) {
      add_with_root(paths, source.root, debug + build_id_name(link->build_id));
    }
  }
  for (const std::string& path : paths) {
    auto file = open_elf(path);
    if (file && same_bytes(file->image.build_id(), link->build_id)) return std::move(*file);
    looked_for.push_back(path);
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> build_id_paths(const ModuleSource& source, const Options& options) {
  std::vector<std::string> out;
  if (source.build_id.size() < 2) return out;
  for (const std::string& folder : options.debug_folders) {
    add_with_root(out, source.root, folder + build_id_name(source.build_id));
  }
  return out;
}

DebugFiles find_debug_files(const ElfFile& module, const ModuleSource& source,
                            const Options& options) {
  DebugFiles out;
  out.has_dwarf = has_dwarf(module.image);
  if (!out.has_dwarf) {
    ModuleSource known = source;
    if (known.build_id.empty()) known.build_id = module.image.build_id();
    out.separate = find_separate(module, known, options, out.looked_for);
    out.has_dwarf = out.separate && has_dwarf(out.separate->image);
  }
  if (!out.has_dwarf) return out;
  out.looked_for.clear();
  const ElfFile& dwarf = out.separate ? *out.separate : module;
  out.alternate = find_alternate(dwarf, source, options, out.looked_for);
  std::vector<std::string> packages;
  add_with_root(packages, source.root, source.path + ".dwp");
  if (out.separate) packages.push_back(out.separate->path + ".dwp");
  for (const std::string& path : packages) {
    if (auto file = open_elf(path)) {
      out.package = std::move(*file);
      break;
    }
  }
  return out;
}

std::vector<std::string> split_unit_paths(const ElfFile& module, std::string_view root,
                                          std::string_view comp_dir, std::string_view name) {
  const std::filesystem::path as_named(name);
  const std::filesystem::path full =
      as_named.is_absolute() ? as_named : std::filesystem::path(comp_dir) / as_named;
  std::vector<std::string> out;
  add_with_root(out, root, full.string());
  const std::filesystem::path beside(folder_of(module.path));
  if (as_named.is_relative()) add_with_root(out, root, (beside / as_named).string());
  add_with_root(out, root, (beside / as_named.filename()).string());
  return out;
}

}  // namespace hone::symbols
