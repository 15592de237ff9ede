#include "exchange/mapped_addresses.h"

#include <algorithm>

#include "exchange/code_places.h"
#include "exchange/words.h"

namespace hone::exchange {

FrameId MappedAddresses::frame(uint64_t address) {
  const auto [at, is_new] = known_.try_emplace(address);
  if (is_new) {
    addresses_.push_back(address);
    at->second = FrameId{static_cast<uint32_t>(addresses_.size())};
  }
  return at->second;
}

bool MappedAddresses::add_map(std::string_view line) {
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
  map.path = path;
  maps_.push_back(std::move(map));
  return true;
}

const MappedAddresses::Map* MappedAddresses::map_of(uint64_t address) const {
  auto at = std::upper_bound(maps_.begin(), maps_.end(), address,
                             [](uint64_t a, const Map& map) { return a < map.start; });
  if (at == maps_.begin() || (--at)->limit <= address) return nullptr;
  return &*at;
}

void MappedAddresses::write(Intake& to) {
  std::stable_sort(maps_.begin(), maps_.end(),
                   [](const Map& a, const Map& b) { return a.start < b.start; });
  CodePlaces places(to.builder());
  CodeFiles files;
  uint64_t of_files = 0, of_none = 0;
  for (const uint64_t address : addresses_) {
    recording::FrameRow row{.module = ModuleId::kNone, .address = address};
    if (const Map* map = map_of(address)) {
      row.module = places.module(map->path.empty() ? "[anonymous]" : map->path);
      if (map->path.starts_with('/')) {
        const uint64_t offset = address - map->start + map->offset;
        row.address = files.linked(map->path, {}, offset).value_or(offset);
        ++of_files;
      }
    } else {
      ++of_none;
    }
    to.builder().append(row);
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
