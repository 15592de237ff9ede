// What a file calls by numbers of its own choice. For importers of Perfetto's format.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hone::exchange::perfetto_import {

// Writers count from 1, so that most are found by index; a file with other numbers costs no more
// room than it has entries.
template <class T>
class ByNumber {
 public:
  T* find(uint64_t number) {
    if (number < dense_.size()) return dense_[number].is_known ? &dense_[number].value : nullptr;
    if (sparse_.empty()) return nullptr;
    const auto at = sparse_.find(number);
    return at == sparse_.end() ? nullptr : &at->second;
  }
  // Pointers that find() gave point nowhere then.
  T& operator[](uint64_t number) {
    if (number >= dense_.size()) {
      if (number > 2 * dense_.size() + kFirst) return sparse_[number];
      if (const auto at = sparse_.find(number); at != sparse_.end()) return at->second;
      dense_.resize(number + 1);
    } else if (!dense_[number].is_known) {
      // It may have come when there were fewer.
      if (const auto at = sparse_.find(number); at != sparse_.end()) {
        dense_[number].value = std::move(at->second);
        sparse_.erase(at);
      }
    }
    dense_[number].is_known = true;
    return dense_[number].value;
  }
  void clear() {
    dense_.clear();
    sparse_.clear();
  }

 private:
  static constexpr size_t kFirst = 16;
  struct Entry {
    T value{};
    bool is_known = false;
  };
  std::vector<Entry> dense_;
  std::unordered_map<uint64_t, T> sparse_;
};

}  // namespace hone::exchange::perfetto_import
