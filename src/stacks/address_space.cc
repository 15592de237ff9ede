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
    else bias = begin - raw(offset);
  }
  std::vector<MappedRange> kept;
  kept.reserve(ranges_.size() + 2);
  for (const MappedRange& range : ranges_) {
    if (range.end <= begin || range.begin >= end) {
      kept.push_back(range);
      continue;
    }
    if (range.begin < begin) kept.push_back({range.begin, begin, range.bias, range.module});
    if (range.end > end) kept.push_back({end, range.end, range.bias, range.module});
  }
  const MappedRange added{begin, end, bias, module};
  kept.insert(std::upper_bound(kept.begin(), kept.end(), added,
                               [](const auto& a, const auto& b) { return a.begin < b.begin; }),
              added);
  ranges_ = std::move(kept);
  generation_ = next_generation();
}

void AddressSpace::clear() {
  ranges_.clear();
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
