#include "query/row_index.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace hone::query {

RowIndex::RowIndex(const Source& source, const TableSpec& table, Role role)
    : source_(source), count_(table.rows(source)) {
  for (const ColumnSpec& column : table.columns) {
    if (column.role == Role::kTime) time_ = column.number;
    if (column.role == Role::kThread) thread_ = column.number;
    if (column.role == Role::kName) name_ = column.text;
  }
  sort_by_time();
  if (role == Role::kThread) group_by_thread();
  if (role == Role::kName) group_by_name();
}

// Ties stay in the order of the table.
void RowIndex::sort_by_time() {
  bool is_sorted = true;
  for (size_t i = 1; time_ != nullptr && i < count_ && is_sorted; ++i) {
    is_sorted = time(i - 1) <= time(i);
  }
  if (is_sorted) return;
  struct Key {
    int64_t time;
    uint32_t row;
  };
  std::vector<Key> keys(count_);
  for (size_t i = 0; i < count_; ++i) keys[i] = {time(i), static_cast<uint32_t>(i)};
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.time != b.time ? a.time < b.time : a.row < b.row;
  });
  order_.resize(count_);
  for (size_t i = 0; i < count_; ++i) order_[i] = keys[i].row;
}

void RowIndex::scatter(const std::vector<uint32_t>& of_row, size_t groups) {
  std::vector<size_t> next(groups + 1, 0);
  for (const uint32_t group : of_row) ++next[group + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (size_t i = 0; i < groups; ++i) groups_[i].rows = {next[i], next[i + 1]};
  std::vector<uint32_t> order(count_);
  for (size_t place = 0; place < count_; ++place) {
    const auto at = static_cast<uint32_t>(row(place));
    order[next[of_row[at]]++] = at;
  }
  order_ = std::move(order);
}

void RowIndex::group_by_thread() {
  std::vector<uint32_t> of_row(count_);
  std::vector<int64_t> threads;
  for (size_t i = 0; i < count_; ++i) threads.push_back(thread_(source_, i));
  std::sort(threads.begin(), threads.end());
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  threads.shrink_to_fit();
  groups_.resize(threads.size());
  for (size_t i = 0; i < threads.size(); ++i) groups_[i].thread = threads[i];
  for (size_t i = 0; i < count_; ++i) {
    const auto at = std::lower_bound(threads.begin(), threads.end(), thread_(source_, i));
    of_row[i] = static_cast<uint32_t>(at - threads.begin());
  }
  scatter(of_row, groups_.size());
}

void RowIndex::group_by_name() {
  std::unordered_map<std::string_view, uint32_t> known;
  std::vector<uint32_t> of_row(count_);
  for (size_t i = 0; i < count_; ++i) {
    const std::string_view name = name_(source_, i);
    const auto [at, is_new] = known.try_emplace(name, static_cast<uint32_t>(groups_.size()));
    if (is_new) groups_.push_back({.name = name});
    of_row[i] = at->second;
  }
  // In the order of SQLite's BINARY: by bytes.
  std::vector<uint32_t> order(groups_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return groups_[a].name < groups_[b].name; });
  std::vector<uint32_t> place(groups_.size());
  std::vector<Group> sorted(groups_.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted[i] = groups_[order[i]];
  }
  for (uint32_t& group : of_row) group = place[group];
  groups_ = std::move(sorted);
  scatter(of_row, groups_.size());
}

RowIndex::Range RowIndex::all_of(int64_t thread) const {
  const auto at =
      std::lower_bound(groups_.begin(), groups_.end(), thread,
                       [](const Group& group, int64_t wanted) { return group.thread < wanted; });
  return at != groups_.end() && at->thread == thread ? at->rows : Range{};
}

RowIndex::Range RowIndex::all_of(std::string_view name) const {
  const auto at = std::lower_bound(
      groups_.begin(), groups_.end(), name,
      [](const Group& group, std::string_view wanted) { return group.name < wanted; });
  return at != groups_.end() && at->name == name ? at->rows : Range{};
}

RowIndex::Range RowIndex::in_time(Range of, int64_t first, int64_t last) const {
  const auto search = [&](auto&& is_before) {
    size_t begin = of.begin, end = of.end;
    while (begin < end) {
      const size_t middle = begin + (end - begin) / 2;
      if (is_before(time(row(middle)))) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin;
  };
  if (first > last) return {of.begin, of.begin};
  const size_t begin = search([&](int64_t at) { return at < first; });
  return {begin, std::max(begin, search([&](int64_t at) { return at <= last; }))};
}

}  // namespace hone::query
