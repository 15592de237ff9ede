// What a file calls by numbers of its own choice. For importers of Perfetto's format.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hone::exchange::perfetto_import {

// Writers count from 1, so that most are found by index. A number far beyond how many there are is
// looked up instead: the room is that of the entries, whatever their numbers.
template <class T>
class ByNumber {
 public:
  T* find(uint64_t number) {
    if (number < dense_.size() && dense_[number].is_known) return &dense_[number].value;
    if (sparse_.empty()) return nullptr;
    const auto at = sparse_.find(number);
    return at == sparse_.end() ? nullptr : &at->second;
  }
  // Pointers that find() gave point nowhere then.
  T& operator[](uint64_t number) {
    if (T* const known = find(number)) return *known;
    ++known_;
    if (number >= dense_.size()) {
      if (number > 2 * known_ + kFirst) return sparse_[number];
      dense_.resize(number + 1);
    }
    dense_[number].is_known = true;
    return dense_[number].value;
  }
  void clear() {
    dense_.clear();
    known_ = 0;
    // To clear it would cost as much as it ever had entries, each time anew.
    if (!sparse_.empty()) sparse_ = {};
  }
  // For how many entries there is room by index.
  size_t room() const { return dense_.capacity(); }

 private:
  static constexpr size_t kFirst = 16;
  struct Entry {
    T value{};
    bool is_known = false;
  };
  std::vector<Entry> dense_;
  std::unordered_map<uint64_t, T> sparse_;
  size_t known_ = 0;  // in both
};

}  // namespace hone::exchange::perfetto_import
