#include "recording/chunk_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace hone::recording {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSlabLeast = 256 << 10, kSlabMost = 4 * kHugePage;

}  // namespace

ChunkStore::~ChunkStore() {
  for (const Slab& slab : slabs_) ::operator delete (slab.memory, std::align_val_t{kHugePage});
}

// Each slab is twice as large as the one before, so that a small recording takes little.
uint8_t* ChunkStore::room(size_t bytes) {
  if (slabs_.empty() || slabs_.back().bytes - used_ < bytes) {
    size_t size = slabs_.empty() ? kSlabLeast : std::min(slabs_.back().bytes * 2, kSlabMost);
    size = std::max(size, bytes);
    auto* const memory = static_cast<uint8_t*>(::operator new (size, std::align_val_t{kHugePage}));
    // Only advice: a kernel without huge pages refuses it, and nothing changes.
    if (size >= kHugePage) (void)::madvise(memory, size, MADV_HUGEPAGE);
    slabs_.push_back({memory, size});
    used_ = 0;
  }
  uint8_t* const out = slabs_.back().memory + used_;
  used_ += bytes;
  return out;
}

ChunkStore::Kept ChunkStore::keep(std::span<const uint8_t> packed,
                                  std::span<const uint8_t> unpacked) {
  Kept out;
  uint8_t* to = nullptr;
  {
    const std::lock_guard lock(mutex_);
    out.is_unpacked = unpacked.size() <= unpacked_left_;
    out.bytes = out.is_unpacked ? unpacked : packed;
    if (out.is_unpacked) unpacked_left_ -= unpacked.size();
    if (out.bytes.empty()) return out;
    to = room(out.bytes.size());
  }
  std::memcpy(to, out.bytes.data(), out.bytes.size());
  out.bytes = {to, out.bytes.size()};
  return out;
}

}  // namespace hone::recording
