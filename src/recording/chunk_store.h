// Where StoredChunks keep their bytes: taken from the system by the megabyte, since page by page
// that costs about as much as unpacking what is put there.
//
//   ChunkStore store(512 << 20);
//   chunk.keep_in(store, buffer);
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace hone::recording {

// Thread-safe. Whatever was kept in it lives as long as it does.
class ChunkStore {
 public:
  // At most so many bytes are kept unpacked, which spares whoever goes through them as much time
  // as reading their columns takes; the rest stays packed, at about half the size.
  explicit ChunkStore(uint64_t unpacked_max) : unpacked_left_(unpacked_max) {}
  ~ChunkStore();
  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  // A copy of the first that fits: `unpacked`, as long as there is room for such, else `packed`.
  struct Kept {
    std::span<const uint8_t> bytes;
    bool is_unpacked = false;
  };
  Kept keep(std::span<const uint8_t> packed, std::span<const uint8_t> unpacked);

 private:
  struct Slab {
    uint8_t* memory = nullptr;
    size_t bytes = 0;
  };
  uint8_t* room(size_t bytes);  // under the mutex

  std::mutex mutex_;
  uint64_t unpacked_left_;
  std::vector<Slab> slabs_;
  size_t used_ = 0;  // of the last slab
};

}  // namespace hone::recording
