#include "analysis/path_tree.h"

#include <algorithm>

#include "analysis/path_rows.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// The stacks of one thread (or of all), of those that are whole or of those that were cut.
struct Sheaf {
  uint32_t thread = 0;  // 0: of all
  bool broken = false;
  std::vector<StackWeights::Own> own;  // by stack, each once
};

// Without threads: of all, whole and broken.
std::vector<Sheaf> sheaves_of_all(const Profile& p, const Selection& selection, Metric metric) {
  std::vector<Sheaf> out(2);
  out[1].broken = true;
  RankedSet sampled[2] = {RankedSet(p.stacks().size()), RankedSet(p.stacks().size())};
  for_each_weighed(p, selection, metric,
                   [&](const Weighed& one) { sampled[one.broken].add(raw(one.stack)); });
  for (size_t i = 0; i < 2; ++i) {
    sampled[i].rank();
    out[i].own.resize(sampled[i].size());
  }
  for_each_weighed(p, selection, metric, [&](const Weighed& one) {
    StackWeights::Own& own = out[one.broken].own[sampled[one.broken].rank_of(raw(one.stack))];
    own.stack = raw(one.stack);
    own.ns += one.weight;
    own.samples += one.count;
  });
  return out;
}

std::vector<Sheaf> sheaves_of_threads(const Profile& p, const Selection& selection, Metric metric) {
  std::vector<Sheaf> out(2 * p.threads().size());
  for_each_weighed(p, selection, metric, [&](const Weighed& one) {
    Sheaf& sheaf = out[2 * size_t{raw(one.thread)} + (one.broken ? 1 : 0)];
    sheaf.own.push_back({raw(one.stack), one.count, one.weight});
  });
  for (size_t i = 0; i < out.size(); ++i) {
    Sheaf& sheaf = out[i];
    sheaf.thread = static_cast<uint32_t>(i / 2);
    sheaf.broken = i % 2 != 0;
    std::sort(sheaf.own.begin(), sheaf.own.end(),
              [](const auto& a, const auto& b) { return a.stack < b.stack; });
    size_t kept = 0;
    for (const StackWeights::Own& own : sheaf.own) {
      if (kept > 0 && sheaf.own[kept - 1].stack == own.stack) {
        sheaf.own[kept - 1].ns += own.ns;
        sheaf.own[kept - 1].samples += own.samples;
      } else {
        sheaf.own[kept++] = own;
      }
    }
    sheaf.own.resize(kept);
  }
  std::erase_if(out, [](const Sheaf& sheaf) { return sheaf.own.empty(); });
  return out;
}

class StackPaths {
 public:
  StackPaths(const Profile& profile, const Selection& selection, const PathOptions& options)
      : profile_(profile), options_(options), rows_(profile), row_of_(profile.stacks().size(), 0) {
    groups_ = path_groups(profile, selection, options.by);
    first_name_ = name_groups(rows_, profile, groups_);
    no_stack_ = rows_.named("none", "[no stack]");
    broken_ = rows_.named("none", "[broken stacks]");
    rows_.names().all[broken_].broken = true;
  }

  PathTree run(const Selection& selection, Metric metric) {
    const bool by_thread = options_.by == PathBy::kThread;
    if (!by_thread) rows_.reserve(rows_expected());
    for (const Sheaf& sheaf : by_thread ? sheaves_of_threads(profile_, selection, metric)
                                        : sheaves_of_all(profile_, selection, metric)) {
      if (!sheaf.own.empty()) add(sheaf, by_thread);
    }
    return rows_.done();
  }

 private:
  void add(const Sheaf& sheaf, bool by_thread) {
    uint32_t base = 0;
    if (by_thread) {
      base = rows_.child(0, rows_.thread(ThreadId{sheaf.thread}, options_.threads_by_name));
    }
    if (sheaf.broken) base = rows_.child(base, broken_);
    begin(base, by_thread);
    for (const StackWeights::Own& own : sheaf.own) {
      const uint32_t row = own.stack == 0 ? rows_.child(base, no_stack_) : row_of(own.stack);
      rows_.add(row, own.ns, own.samples);
    }
  }

  // Moving columns of millions of rows costs more than room that nobody touches.
  size_t rows_expected() const {
    const size_t frames = std::max<size_t>(profile_.frames().size(), 1);
    const size_t lines = std::max(profile_.lines().line.size(), frames);
    return profile_.stacks().size() * (lines + frames / 4) / frames;
  }

  // Of one sheaf nothing is of use to the next.
  void begin(uint32_t base, bool remembers) {
    base_ = base;
    if (!remembers && begun_) std::fill(row_of_.begin(), row_of_.end(), 0);
    for (const uint32_t stack : met_) row_of_[stack] = 0;
    met_.clear();
    remembers_ = remembers;
    begun_ = true;
  }

  uint32_t row_of(uint32_t stack) {
    pending_.clear();
    uint32_t at = stack;
    for (; at != 0 && row_of_[at] == 0; at = raw(profile_.stacks().parent[at])) {
      pending_.push_back(at);
    }
    uint32_t row = at == 0 ? base_ : row_of_[at];
    for (size_t i = pending_.size(); i-- > 0;) {
      const RowRange lines = rows_of(profile_, pending_[i]);
      for (uint32_t line = lines.end; line-- > lines.begin;) row = under(row, line);
      row_of_[pending_[i]] = row;
    }
    if (remembers_) met_.insert(met_.end(), pending_.begin(), pending_.end());
    return row;
  }

  uint32_t under(uint32_t parent, uint32_t line) {
    const uint32_t name = first_name_ + groups_.grouping.of_row[line];
    if (options_.by == PathBy::kModule && rows_.name_of(parent) == name) return parent;
    return rows_.append(parent, name, profile_.lines().inlined[line] != 0);
  }

  const Profile& profile_;
  const PathOptions& options_;
  KeyedGroups groups_;
  PathRows rows_;
  uint32_t first_name_ = 0, no_stack_ = 0, broken_ = 0;
  // Index = StackId: its row below the sheaf that was added last; 0: not met. Those that were, to
  // be forgotten where there are many sheaves.
  profile::LargeVector<uint32_t> row_of_;
  std::vector<uint32_t> met_;
  std::vector<uint32_t> pending_;
  uint32_t base_ = 0;
  bool begun_ = false, remembers_ = false;
};

}  // namespace

PathTree path_tree(const Profile& profile, const Selection& selection, Metric metric,
                   const PathOptions& options) {
  if (metric == Metric::kSpans) return span_paths(profile, selection, options);
  if (metric == Metric::kGpu) return gpu_paths(profile, selection);
  return StackPaths(profile, selection, options).run(selection, metric);
}

}  // namespace hone::analysis
