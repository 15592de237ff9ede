#include "serve/cache.h"

namespace hone::serve {

std::shared_ptr<const void> Cache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return find_locked(key);
}

std::shared_ptr<const void> Cache::begin(const std::string& key) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (std::shared_ptr<const void> found = find_locked(key)) return found;
    // It may be too large to be kept, or an error: then the next one tries.
    if (being_made_.insert(key).second) return nullptr;
    ended_.wait(lock);
  }
}

void Cache::end(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    being_made_.erase(key);
  }
  ended_.notify_all();
}

std::shared_ptr<const void> Cache::find_locked(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->what;
}

void Cache::put(const std::string& key, std::shared_ptr<const void> what, size_t bytes) {
  if (bytes > bytes_max_ / 2) return;
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;
  entries_.push_front({key, std::move(what), bytes});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace hone::serve
