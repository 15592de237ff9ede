// The rows of a function table for spans, which were measured each. As paths of names would have
// them (span_paths.cc), but without the paths: a program of fifty million spans has a hundred
// thousand of these, and few names.
#include <algorithm>
#include <deque>
#include <thread>
#include <unordered_map>

#include "analysis/function_rows.h"
#include "analysis/own_cost.h"
#include "analysis/span_shares.h"
#include "analysis/span_walk.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

struct SpanNames {
  explicit SpanNames(const Profile& profile);

  std::vector<std::string_view> all;
  std::vector<uint32_t> of_site;  // index = SiteId
};

SpanNames::SpanNames(const Profile& profile) {
  std::unordered_map<std::string_view, uint32_t> known;
  for (const profile::Site& site : profile.instrumentation().sites) {
    std::string_view name = profile.string(site.name);
    if (name.empty()) name = "[unnamed]";
    const auto [at, added] = known.try_emplace(name, static_cast<uint32_t>(all.size()));
    if (added) all.push_back(name);
    of_site.push_back(at->second);
  }
}

class RowsOfSpans {
 public:
  RowsOfSpans(const Profile& profile, const Selection& selection, const SampleFilter& filter,
              const SpanNames& names)
      : spans_(profile.instrumentation().spans),
        selection_(selection),
        filter_(filter),
        names_(names),
        cost_ns_(own_cost(profile).in_parent_ns),
        sums_(names.all.size()) {}

  void add_parts(SpanParts parts) {
    for (const profile::Spans::OfThread& part : parts) {
      if (filter_.takes_thread(part.thread)) add(part);
    }
  }

  void add_loose(const std::vector<profile::LooseSpan>& all) {
    for (const profile::LooseSpan& span : all) {
      if (span.open || !takes(span.thread, span.end)) continue;
      const int64_t ns = std::max<int64_t>(raw(span.end) - raw(span.start), 0);
      Sum& sum = sums_[names_.of_site[raw(span.site)]];
      add_capped(sum.self, ns);
      add_capped(sum.total, ns);
      ++sum.count;
    }
  }

  void take_over(const RowsOfSpans& other) {
    for (size_t name = 0; name < sums_.size(); ++name) {
      add_capped(sums_[name].self, other.sums_[name].self);
      add_capped(sums_[name].total, other.sums_[name].total);
      sums_[name].count += other.sums_[name].count;
    }
  }

  SideRows rows() const {
    SideRows out;
    for (size_t name = 0; name < sums_.size(); ++name) {
      const Sum& sum = sums_[name];
      if (sum.count == 0) continue;
      add_capped(out.totals.total, sum.self);
      out.totals.samples += sum.count;
      FunctionRow& row = out.rows.emplace_back();
      row.key = key_of_name("span", names_.all[name]);
      row.name = names_.all[name];
      row.a = {sum.self, sum.total, sum.count, sum.count, true};
    }
    return out;
  }

 private:
  struct Open {
    TimeNs start{};
    int64_t self_ns = 0;    // less those inside that were met so far
    int64_t inside_ns = 0;  // own times of those inside, however deep
    uint32_t name = 0, depth = 0;
    bool taken = false;
  };
  struct Sum {
    int64_t self = 0, total = 0;
    uint64_t count = 0;
    uint32_t open = 0;  // how many of the name are looked into
  };

  bool takes(ThreadId thread, TimeNs end) const {
    return end >= selection_.time_first && end <= selection_.time_last &&
           filter_.takes_in_spans(thread, end);
  }

  void add(const profile::Spans::OfThread& part) {
    const auto enter = [&](const profile::SpanColumns& rows, size_t i, TimeNs start, TimeNs end) {
      const int64_t duration = raw(end) - raw(start);
      if (!open_.empty()) {
        open_.back().self_ns -= std::min(duration + cost_ns_, open_.back().self_ns);
      }
      const uint32_t name = names_.of_site[rows.site[i]];
      ++sums_[name].open;
      return Open{.start = start,
                  .self_ns = duration,
                  .name = name,
                  .depth = rows.depth[i],
                  .taken = takes(part.thread, end)};
    };
    walk_spans_back(spans_, part, open_, enter, [&](const Open& done) { leave(done); });
  }

  void leave(const Open& done) {
    Sum& sum = sums_[done.name];
    int64_t total = done.inside_ns;
    if (done.taken) {
      add_capped(sum.self, done.self_ns);
      add_capped(total, done.self_ns);
      ++sum.count;
    }
    // Of a name inside itself, the outermost counts.
    if (--sum.open == 0) add_capped(sum.total, total);
    if (open_.size() > 1) add_capped(open_[open_.size() - 2].inside_ns, total);
  }

  profile::SpanReader spans_;
  const Selection& selection_;
  const SampleFilter& filter_;
  const SpanNames& names_;
  const int64_t cost_ns_;
  std::vector<Sum> sums_;  // index = name
  std::vector<Open> open_;
};

}  // namespace

SideRows rows_of_spans(const TableSide& side) {
  const Profile& p = *side.profile;
  const Instrumentation& all = p.instrumentation();
  const SampleFilter filter(p, *side.selection);
  const SpanNames names(p);
  const std::vector<SpanParts> shares = shares_of(all.spans);
  std::deque<RowsOfSpans> rows;
  for (size_t i = 0; i < shares.size(); ++i) rows.emplace_back(p, *side.selection, filter, names);
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < shares.size(); ++i) {
      workers.emplace_back([&, i] { rows[i].add_parts(shares[i]); });
    }
    rows[0].add_parts(shares[0]);
  }
  for (size_t i = 1; i < rows.size(); ++i) rows[0].take_over(rows[i]);
  rows[0].add_loose(all.loose);
  return rows[0].rows();
}

}  // namespace hone::analysis
