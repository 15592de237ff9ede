#include "exchange/mapped_addresses.h"

#include <algorithm>

#include "exchange/held_bytes.h"
#include "exchange/words.h"

namespace hone::exchange {

FrameId MappedAddresses::frame(uint64_t address) {
  const auto [at, is_new] = known_.try_emplace(address);
  if (is_new) {
    held_ += kHeldOfEntry + 2 * sizeof(uint64_t);
    addresses_.push_back(address);
    at->second = FrameId{static_cast<uint32_t>(addresses_.size())};
  }
  return at->second;
}

void MappedAddresses::name(uint64_t address, std::string_view function, std::string_view file,
                           uint32_t line) {
  const auto [at, is_new] = names_.try_emplace(address);
  if (!is_new) return;
  at->second = {std::string(function), std::string(file), line};
  held_ += kHeldOfEntry + sizeof(Name) + function.size() + file.size();
}

bool MappedAddresses::add_map(std::string_view line) {
  constexpr std::string_view kBuildIs = "build=", kBuild = "$build";
  if (line.starts_with(kBuildIs)) {
    held_ += line.size();
    build_ = stripped(line.substr(kBuildIs.size()));
    return true;
  }
  const std::string_view range = take_word(line);
  const size_t dash = range.find('-');
  Map map;
  if (dash == range.npos || !parse_number(range.substr(0, dash), map.start, 16) ||
      !parse_number(range.substr(dash + 1), map.limit, 16)) {
    return false;
  }
  const std::string_view access = take_word(line);
  if (access.size() < 3 || !parse_number(take_word(line), map.offset, 16)) return false;
  take_word(line);  // device
  take_word(line);  // inode
  constexpr std::string_view kDeleted = " (deleted)";
  std::string_view path = stripped(line);
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  // Code alone; what is called stacks and heaps is none.
  if (access[2] != 'x' || map.start >= map.limit) return true;
  const bool is_of_build = path.starts_with(kBuild);
  if (is_of_build) map.path = build_;
  map.path += path.substr(is_of_build ? kBuild.size() : 0);
  held_ += sizeof(Map) + map.path.size();
  maps_.push_back(std::move(map));
  return true;
}

const MappedAddresses::Map* MappedAddresses::map_of(uint64_t address) const {
  auto at = std::upper_bound(maps_.begin(), maps_.end(), address,
                             [](uint64_t a, const Map& map) { return a < map.start; });
  if (at == maps_.begin() || (--at)->limit <= address) return nullptr;
  return &*at;
}

ModuleId MappedAddresses::module_of(const Map* map, bool is_named, Intake& to) const {
  if (map != nullptr) return to.places().module(map->path.empty() ? "[anonymous]" : map->path);
  return is_named ? to.places().module("") : ModuleId::kNone;
}

void MappedAddresses::write(Intake& to) {
  std::stable_sort(maps_.begin(), maps_.end(),
                   [](const Map& a, const Map& b) { return a.start < b.start; });
  CodeFiles files;
  uint64_t of_files = 0, of_none = 0;
  for (size_t i = 0; i < addresses_.size(); ++i) {
    const uint64_t address = addresses_[i];
    const auto name = names_.find(address);
    const bool is_named = name != names_.end();
    const Map* const map = map_of(address);
    recording::FrameRow row{.module = module_of(map, is_named, to), .address = address};
    if (map != nullptr && map->path.starts_with('/')) {
      const uint64_t offset = address - map->start + map->offset;
      if (is_named) {
        row.address = offset;
      } else {
        row.address = files.linked(map->path, {}, offset).value_or(offset);
        ++of_files;
      }
    }
    of_none += map == nullptr && !is_named ? 1 : 0;
    to.builder().append(row);
    if (!is_named) continue;
    const CodePlaces::Level level{
        .function = to.places().function(
            {.module = row.module, .name = name->second.function, .file = name->second.file}),
        .file = name->second.file,
        .line = name->second.line};
    to.places().write_levels(FrameId{static_cast<uint32_t>(i + 1)}, {&level, 1});
  }
  to.left("import.no_map", "addresses are of no code that the file says was mapped", of_none);
  to.left("import.no_file", "modules are not on this machine: their functions stay without names",
          files.absent());
  to.left("import.no_build_id",
          "places are of modules without a build id: they are named by the files as they are now, "
          "which may be built anew since",
          of_files);
}

}  // namespace hone::exchange
