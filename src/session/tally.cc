#include "session/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/host/text.h"
#include "session/console.h"

namespace hone::session {
namespace {

constexpr size_t kRows = 10;

std::string duration(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

}  // namespace

// As those that were timed, on the whole.
void Tally::Row::take_late() {
  if (late == 0) return;
  const double more = count > 0 ? static_cast<double>(late) / static_cast<double>(count) : 0;
  self_ns += std::llround(static_cast<double>(self_ns) * more);
  total_ns += std::llround(static_cast<double>(total_ns) * more);
  count += late;
  counted += late;
  late = 0;
}

void Tally::on_span(const ThreadSeen& thread, const SpanSeen& span) {
  if (span.open) {
    ++never_ended_;
    return;
  }
  spans_ += span.stands_for;
  const int64_t took = raw(span.end - span.start), times = span.stands_for;
  Row& row = by_name_[span.site->name];
  row.count += span.stands_for;
  row.counted += span.stands_for - 1;
  row.total_ns += took * times;
  row.max_ns = std::max(row.max_ns, took);
  if (span.stray) return;  // in no other's time, and no other in its own
  std::vector<int64_t>& inside = inside_[thread.tid];
  if (inside.size() < span.depth + 2) inside.resize(span.depth + 2, 0);
  row.self_ns += std::max<int64_t>(took - inside[span.depth + 1], 0) * times;
  inside[span.depth + 1] = 0;
  inside[span.depth] += took * times;
}

void Tally::on_mark(const ThreadSeen&, const MarkSeen& mark) {
  if (mark.kind == HONE_MARK_COUNTED) {
    spans_ += mark.number;
    by_name_[mark.site->name].late += mark.number;
    return;
  }
  ++marks_;
  if (mark.kind < HONE_MARK_FRAME || mark.kind > HONE_MARK_FRAME_END) return;
  const std::string& set = mark.site->name;
  const auto begun = frame_begun_.find(set);
  if (begun != frame_begun_.end() && mark.kind != HONE_MARK_FRAME_BEGIN) {
    Row& row = frames_[set];
    const int64_t took = raw(mark.time - begun->second);
    ++row.count;
    row.total_ns += took;
    row.max_ns = std::max(row.max_ns, took);
    frame_begun_.erase(begun);
  }
  if (mark.kind != HONE_MARK_FRAME_END) frame_begun_[set] = mark.time;
}

std::string Tally::text() const {
  std::string out;
  auto to = std::back_inserter(out);
  std::vector<std::pair<std::string, Row>> rows(frames_.begin(), frames_.end());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [set, row] : rows) {
    fmt::format_to(to, "  frames of '{}': {}, mean {}, longest {}\n", printable(set),
                   base::count_text(row.count),
                   duration(row.total_ns / static_cast<int64_t>(row.count)), duration(row.max_ns));
  }
  rows.assign(by_name_.begin(), by_name_.end());
  for (auto& [name, row] : rows) row.take_late();
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(-a.second.self_ns, a.first) < std::tuple(-b.second.self_ns, b.first);
  });
  if (!rows.empty()) {
    fmt::format_to(to, "  {:>8}  {:>8}  {:>10}  {:>8}  {:>8}  {}\n", "self", "total", "count",
                   "mean", "max", "span");
  }
  for (size_t i = 0; i < std::min(rows.size(), kRows); ++i) {
    const auto& [name, row] = rows[i];
    const auto count = static_cast<int64_t>(std::max<uint64_t>(row.count, 1));
    fmt::format_to(to, "  {:>8}  {:>8}  {:>10}  {:>8}  {:>8}  {}{}\n", duration(row.self_ns),
                   duration(row.total_ns), base::count_text(row.count),
                   duration(row.total_ns / count), duration(row.max_ns), printable(name),
                   row.counted > 0 ? fmt::format(" (times by {} of them)",
                                                 base::count_text(row.count - row.counted))
                                   : "");
  }
  if (rows.size() > kRows) fmt::format_to(to, "  ... {} more\n", rows.size() - kRows);
  if (never_ended_ > 0) fmt::format_to(to, "  {} never ended\n", base::count_text(never_ended_));
  return out;
}

}  // namespace hone::session
