#include "stacks/address_space.h"

#include <algorithm>
#include <atomic>

namespace hone::stacks {

uint64_t AddressSpace::next_generation() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void AddressSpace::map(uint64_t begin, uint64_t bytes, FileOffset offset, Module* module) {
  if (bytes == 0 || begin + bytes < begin) return;
  const uint64_t end = begin + bytes;
  uint64_t bias = 0;
  if (module->kind != ModuleKind::kAnonymous) {
    if (const auto svma = module->svma_of(offset)) bias = begin - raw(*svma);
    // A file that could not be read keeps file offsets as addresses: good enough to tell places
    // apart, and the module's state says that they have no names.
    else
      bias = begin - raw(offset);
  }
  // The ranges that overlap are [first, last).
  auto first = std::partition_point(ranges_.begin(), ranges_.end(),
                                    [&](const MappedRange& r) { return r.end <= begin; });
  if (first != ranges_.end() && first->begin <= begin && first->end >= end && first->bias == bias &&
      first->module == module) {
    return;
  }
  auto last = first;
  while (last != ranges_.end() && last->begin < end) ++last;
  MappedRange parts[3];
  size_t count = 0;
  if (first != last && first->begin < begin) {
    parts[count++] = {first->begin, begin, first->bias, first->module};
  }
  parts[count++] = {begin, end, bias, module};
  if (first != last && std::prev(last)->end > end) {
    parts[count++] = {end, std::prev(last)->end, std::prev(last)->bias, std::prev(last)->module};
  }
  const auto replaced = static_cast<size_t>(last - first);
  if (count > replaced && ranges_.size() + (count - replaced) > kRangesMax) return;
  const size_t shared = std::min(count, replaced);
  auto at = std::copy(parts, parts + shared, first);
  if (count > replaced) {
    ranges_.insert(at, parts + shared, parts + count);
  } else {
    ranges_.erase(at, last);
  }
  generation_ = next_generation();
}

void AddressSpace::clear() {
  ranges_ = {};  // and its memory: ended processes are kept for a while
  generation_ = next_generation();
}

const MappedRange* AddressSpace::find(uint64_t avma) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), avma,
                                [](uint64_t a, const MappedRange& r) { return a < r.begin; });
  if (after == ranges_.begin()) return nullptr;
  --after;
  return avma < after->end ? &*after : nullptr;
}

}  // namespace hone::stacks
