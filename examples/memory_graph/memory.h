// What the store is made of: memories, their embeddings, and the times at which they were recalled.
// Plain data; every table has one row a memory, and a MemoryId is the row's number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memory_graph {

enum class MemoryId : uint32_t {};
constexpr size_t index_of(MemoryId id) {
  return static_cast<size_t>(id);
}

// Seconds since 1970.
using TimeS = int64_t;
inline constexpr TimeS kDayS = 86'400;

inline constexpr size_t kDimensions = 768;

// How fast a memory fades depends on what it is (decay.h has the half-lives).
enum class Kind : uint8_t { Episode, Fact, Skill };
inline constexpr size_t kKinds = 3;

struct Memory {
  std::string text;
  TimeS created_at = 0;
  Kind kind = Kind::Episode;
};

// One unit vector of kDimensions floats a memory, row after row.
class Embeddings {
 public:
  Embeddings() = default;
  explicit Embeddings(size_t count) : values_(count * kDimensions) {}

  size_t size() const { return values_.size() / kDimensions; }
  float* row(size_t index) { return values_.data() + index * kDimensions; }
  const float* row(size_t index) const { return values_.data() + index * kDimensions; }

 private:
  std::vector<float> values_;
};

// The last recalls of every memory, its making being the first. Old ones give way to new ones.
class Recalls {
 public:
  static constexpr size_t kKept = 8;

  Recalls() = default;
  explicit Recalls(size_t count) : rows_(count) {}

  size_t size() const { return rows_.size(); }
  void add(MemoryId id, TimeS at) {
    Row& row = rows_[index_of(id)];
    row.times[row.total % kKept] = at;
    ++row.total;
  }
  // The kept times, in no particular order. Valid until the next add().
  std::span<const TimeS> of(size_t index) const {
    const Row& row = rows_[index];
    return {row.times.data(), row.total < kKept ? row.total : kKept};
  }

 private:
  struct Row {
    std::array<TimeS, kKept> times{};
    uint32_t total = 0;
  };
  std::vector<Row> rows_;
};

// A memory with a number that ranks it.
struct Scored {
  MemoryId id{};
  float score = 0;
};

// Better first; among equals the older memory, so that an order is never left to chance.
inline bool ranks_before(const Scored& a, const Scored& b) {
  return a.score != b.score ? a.score > b.score : a.id < b.id;
}

}  // namespace memory_graph
