#include "session/tally.h"

#include <fmt/format.h>

#include <algorithm>
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

void Tally::on_span(const ThreadSeen& thread, const SpanSeen& span) {
  if (span.open) {
    ++never_ended_;
    return;
  }
  ++spans_;
  const int64_t took = raw(span.end - span.start);
  Row& row = by_name_[span.site->name];
  ++row.count;
  row.total_ns += took;
  row.max_ns = std::max(row.max_ns, took);
  if (span.stray) return;  // in no other's time, and no other in its own
  std::vector<int64_t>& inside = inside_[thread.tid];
  if (inside.size() < span.depth + 2) inside.resize(span.depth + 2, 0);
  row.self_ns += std::max<int64_t>(took - inside[span.depth + 1], 0);
  inside[span.depth + 1] = 0;
  inside[span.depth] += took;
}

void Tally::on_mark(const ThreadSeen&, const MarkSeen& mark) {
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
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(-a.second.self_ns, a.first) < std::tuple(-b.second.self_ns, b.first);
  });
  if (!rows.empty()) {
    fmt::format_to(to, "  {:>8}  {:>8}  {:>10}  {:>8}  {:>8}  {}\n", "self", "total", "count",
                   "mean", "max", "span");
  }
  for (size_t i = 0; i < std::min(rows.size(), kRows); ++i) {
    const auto& [name, row] = rows[i];
    fmt::format_to(to, "  {:>8}  {:>8}  {:>10}  {:>8}  {:>8}  {}\n", duration(row.self_ns),
                   duration(row.total_ns), base::count_text(row.count),
                   duration(row.total_ns / static_cast<int64_t>(row.count)), duration(row.max_ns),
                   printable(name));
  }
  if (rows.size() > kRows) fmt::format_to(to, "  ... {} more\n", rows.size() - kRows);
  if (never_ended_ > 0) fmt::format_to(to, "  {} never ended\n", base::count_text(never_ended_));
  return out;
}

}  // namespace hone::session
