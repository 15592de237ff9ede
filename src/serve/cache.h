// What took long to make, kept for whoever asks the same again: the least recently used goes first
// when there is too much. Thread-safe. Two who ask at once may both make it; one is kept.
//
//   auto tree = cache.kept<FlameTree>("flame a=x b=y ...", [&]() -> Result<Made<FlameTree>> {...});
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/host/result.h"

namespace hone::serve {

class Cache {
 public:
  explicit Cache(size_t bytes_max = size_t{256} << 20) : bytes_max_(bytes_max) {}

  std::shared_ptr<const void> find(const std::string& key);
  // `bytes`: about how much memory it takes. What is larger than half of all is not kept.
  void put(const std::string& key, std::shared_ptr<const void> what, size_t bytes);

  // `make` gives Result<T>, `bytes_of` its size in memory. A key belongs to one type.
  template <class T, class Make, class BytesOf>
  Result<std::shared_ptr<const T>> kept(const std::string& key, Make&& make, BytesOf&& bytes_of) {
    if (std::shared_ptr<const void> found = find(key)) {
      return std::static_pointer_cast<const T>(std::move(found));
    }
    Result<T> made = make();
    if (!made) return tl::unexpected(std::move(made.error()));
    auto shared = std::make_shared<const T>(std::move(*made));
    put(key, shared, bytes_of(*shared));
    return std::shared_ptr<const T>(std::move(shared));
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const void> what;
    size_t bytes = 0;
  };
  const size_t bytes_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace hone::serve
