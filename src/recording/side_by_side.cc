#include "recording/side_by_side.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace hone::recording {

Result<void> side_by_side(size_t count, unsigned threads,
                          base::FunctionRef<Result<void>(size_t i, unsigned worker)> work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> first_error;
  const auto run = [&](unsigned worker) {
    for (size_t i = next++; i < count; i = next++) {
      Result<void> done = work(i, worker);
      if (done) continue;
      const std::scoped_lock lock(mutex);
      if (!first_error || done.error().offset < first_error->offset) {
        first_error = std::move(done.error());
      }
    }
  };
  std::vector<std::thread> others;
  try {
    for (unsigned i = 1; i < threads && i < count; ++i) others.emplace_back(run, i);
  } catch (const std::system_error&) {
    // No more threads are to be had: those that run do it all.
  }
  run(0);
  for (std::thread& other : others) other.join();
  if (first_error) return tl::unexpected(std::move(*first_error));
  return {};
}

}  // namespace hone::recording
