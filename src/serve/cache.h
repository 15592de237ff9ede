// What took long to make, kept for whoever asks the same again: the least recently used goes first
// when there is too much. Thread-safe. Of two who ask for the same at once one makes it, and the
// other waits.
//
//   auto tree = cache.kept<FlameTree>("flame a=x b=y ...", [&]() -> Result<Made<FlameTree>> {...});
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/host/result.h"

namespace hone::serve {

class Cache {
 public:
  explicit Cache(size_t bytes_max = size_t{256} << 20) : bytes_max_(bytes_max) {}

  std::shared_ptr<const void> find(const std::string& key);
  // `bytes`: about how much memory it takes. What is larger than half of all is not kept.
  void put(const std::string& key, std::shared_ptr<const void> what, size_t bytes);

  // `make` gives Result<T>, `bytes_of` its size in memory. A key belongs to one type. What `make`
  // asks the cache for in turn must not need this key.
  template <class T, class Make, class BytesOf>
  Result<std::shared_ptr<const T>> kept(const std::string& key, Make&& make, BytesOf&& bytes_of) {
    const Turn turn(*this, key);
    if (turn.found) return std::static_pointer_cast<const T>(turn.found);
    Result<T> made = make();
    if (!made) return tl::unexpected(std::move(made.error()));
    auto shared = std::make_shared<const T>(std::move(*made));
    put(key, shared, bytes_of(*shared));
    return std::shared_ptr<const T>(std::move(shared));
  }

 private:
  // The right to make it, or what somebody else has made.
  struct Turn {
    Turn(Cache& of, const std::string& what) : cache(of), key(what), found(of.begin(what)) {}
    ~Turn() {
      if (!found) cache.end(key);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Cache& cache;
    const std::string& key;
    const std::shared_ptr<const void> found;
  };
  std::shared_ptr<const void> begin(const std::string& key);
  void end(const std::string& key);
  std::shared_ptr<const void> find_locked(const std::string& key);

  struct Entry {
    std::string key;
    std::shared_ptr<const void> what;
    size_t bytes = 0;
  };
  const size_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::unordered_set<std::string> being_made_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace hone::serve
