// A vector for columns of millions of rows, of which touching the memory for the first time costs
// more than decoding them. It asks the kernel for huge pages, and resize() leaves new elements as
// they are, so that the threads that fill them touch them first. Otherwise a std::vector.
//
//   LargeVector<StackId> parent(count);   // must be filled: holds anything
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace hone::profile {

template <class T>
struct LargeAllocator {
  static_assert(std::is_trivially_copyable_v<T>);
  using value_type = T;
  static constexpr size_t kHugePage = size_t{2} << 20;
  static constexpr size_t kLarge = 2 * kHugePage;  // less than this gains nothing

  LargeAllocator() = default;
  template <class U>
  explicit LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(size_t count) {
    const size_t bytes = count * sizeof(T);  // the vector holds count to what does not overflow
    if (bytes < kLarge) return static_cast<T*>(::operator new(bytes));
    void* memory = ::operator new (bytes, std::align_val_t{kHugePage});
    // Only advice: a kernel without huge pages refuses it, and nothing changes.
    (void)::madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) {
    if (count * sizeof(T) < kLarge) {
      ::operator delete(memory);
    } else {
      ::operator delete (memory, std::align_val_t{kHugePage});
    }
  }
  template <class U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;  // without a value
  }
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
  }
  bool operator==(const LargeAllocator&) const { return true; }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace hone::profile
