#include "analysis/function_rows.h"

#include <algorithm>
#include <unordered_map>

#include "analysis/path_tree.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Profile;

struct Sums {
  int64_t self = 0, total = 0;
  uint64_t self_count = 0, total_count = 0;
};

FunctionRow row_of(std::string_view name, uint64_t key, const Sums& sums) {
  FunctionRow row;
  row.key = key;
  row.name = name;
  row.a = {sums.self, sums.total, sums.self_count, sums.total_count, true};
  return row;
}

// A tree with what is below each row, and ways down.
struct Summed {
  explicit Summed(const PathTree& tree);

  std::vector<Sums> of;                             // index = row
  std::vector<uint32_t> first_child, next_sibling;  // 0: none
};

Summed::Summed(const PathTree& tree)
    : of(tree.size()), first_child(tree.size(), 0), next_sibling(tree.size(), 0) {
  for (const PathTree::Own& own : tree.own) {
    of[own.row].self += own.weight;
    of[own.row].self_count += own.count;
  }
  for (size_t row = tree.size(); row-- > 0;) {
    Sums& sums = of[row];
    sums.total += sums.self;
    sums.total_count += sums.self_count;
    if (row == 0) continue;
    const uint32_t parent = tree.parent[row];
    of[parent].total += sums.total;
    of[parent].total_count += sums.total_count;
    next_sibling[row] = first_child[parent];
    first_child[parent] = static_cast<uint32_t>(row);
  }
}

// By name: of a name inside itself, the outermost counts.
std::vector<Sums> sums_by_name(const PathTree& tree, const Summed& summed) {
  std::vector<Sums> sums(tree.names->all.size());
  std::vector<uint32_t> on_path(sums.size(), 0);
  std::vector<uint32_t> path;
  std::vector<uint32_t> next = {summed.first_child[0]};
  while (!next.empty()) {
    if (const uint32_t row = next.back(); row != 0) {
      next.back() = summed.next_sibling[row];
      const uint32_t name = tree.name_of(row);
      sums[name].self += summed.of[row].self;
      sums[name].self_count += summed.of[row].self_count;
      if (on_path[name]++ == 0) sums[name].total += summed.of[row].total;
      path.push_back(name);
      next.push_back(summed.first_child[row]);
      continue;
    }
    next.pop_back();
    if (path.empty()) break;
    --on_path[path.back()];
    path.pop_back();
  }
  // How often a span ran says nothing of those inside it.
  for (Sums& of : sums) of.total_count = of.self_count;
  return sums;
}

struct Event {
  TimeNs time{};
  int64_t weight = 0;
  uint32_t count = 0;
};

// Samples and waits of one thread, met with its spans from the last to the first.
class OpenSpans {
 public:
  OpenSpans(const Profile& profile, std::vector<Sums>& sums, std::vector<uint32_t>& name_of_site)
      : profile_(profile), sums_(sums), name_of_site_(name_of_site), on_path_(sums.size(), 0) {}

  static constexpr uint32_t kNone = 0, kNotKnown = 1;  // names

  void run(const profile::Spans::OfThread& part, std::vector<Event>& events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.time > b.time; });
    size_t at = 0;
    profile::SpanReader spans(profile_.instrumentation().spans);
    for (size_t behind = part.first + part.count; behind > part.first;) {
      const profile::SpanReader::Block block = spans.block(behind - 1, true);
      const profile::SpanColumns& rows = *block.columns;
      for (size_t i = block.size(); i-- > 0 && at < events.size();) {
        const TimeNs end{static_cast<int64_t>(rows.end_ns[i])};
        while (at < events.size() && events[at].time > end) see(events[at++]);
        const TimeNs start{raw(end) - static_cast<int64_t>(rows.duration_ns[i])};
        while (!open_.empty() &&
               (open_.back().depth >= rows.depth[i] || start < open_.back().start)) {
          close();
        }
        const uint32_t name = name_of_site_[rows.site[i]];
        open_.push_back({start, name, rows.depth[i], on_path_[name]++ == 0});
      }
      behind = block.first;
    }
    while (at < events.size()) see(events[at++]);
    while (!open_.empty()) close();
  }

 private:
  struct Open {
    TimeNs start;
    uint32_t name, depth;
    bool outermost;  // of its name
  };

  // Those that begin after it are over: whatever is met from here on lies before it.
  void see(const Event& event) {
    while (!open_.empty() && open_.back().start > event.time) close();
    Sums& innermost = sums_[open_.empty() ? kNone : open_.back().name];
    innermost.self += event.weight;
    innermost.self_count += event.count;
    if (open_.empty()) {
      innermost.total += event.weight;
      innermost.total_count += event.count;
    }
    for (const Open& open : open_) {
      if (!open.outermost) continue;
      sums_[open.name].total += event.weight;
      sums_[open.name].total_count += event.count;
    }
  }
  void close() {
    --on_path_[open_.back().name];
    open_.pop_back();
  }

  const Profile& profile_;
  std::vector<Sums>& sums_;
  const std::vector<uint32_t>& name_of_site_;
  std::vector<uint32_t> on_path_;  // by name
  std::vector<Open> open_;
};

}  // namespace

SideRows rows_of_gpu_spans(const TableSide& side) {
  const PathTree tree = path_tree(*side.profile, *side.selection, Metric::kGpu, {});
  const Summed summed(tree);
  const std::vector<Sums> sums = sums_by_name(tree, summed);
  SideRows out;
  out.totals = {summed.of[0].total, summed.of[0].total_count, 0};
  for (size_t i = 1; i < sums.size(); ++i) {
    const PathName& name = tree.names->all[i];
    // Queues and the like are no spans.
    if (sums[i].total_count == 0 || name.key != key_of_name("span", name.name)) continue;
    out.rows.push_back(row_of(name.name, name.key, sums[i]));
  }
  return out;
}

SideRows rows_by_open_span(const TableSide& side, Metric metric) {
  const Profile& p = *side.profile;
  const profile::Instrumentation& all = p.instrumentation();
  std::vector<std::string_view> names = {"[no span]", "[not known]"};
  std::unordered_map<std::string_view, uint32_t> known;
  std::vector<uint32_t> name_of_site(all.sites.size(), OpenSpans::kNone);
  for (size_t i = 1; i < all.sites.size(); ++i) {
    const std::string_view name = p.string(all.sites[i].name);
    const auto [at, added] = known.try_emplace(name, static_cast<uint32_t>(names.size()));
    if (added) names.push_back(name.empty() ? "[unnamed]" : name);
    name_of_site[i] = at->second;
  }
  std::vector<Sums> sums(names.size());
  std::vector<std::vector<Event>> events(p.threads().size());
  SideRows out;
  double squares = 0;
  for_each_weighed(p, *side.selection, metric, [&](const Weighed& one) {
    out.totals.total += one.weight;
    out.totals.samples += one.count;
    const auto weight = static_cast<double>(one.weight);
    squares += weight * weight / one.count;
    if (one.one) {
      events[raw(one.thread)].push_back({one.start, one.weight, one.count});
      return;
    }
    Sums& not_known = sums[OpenSpans::kNotKnown];
    not_known.self = not_known.total += one.weight;
    not_known.self_count = not_known.total_count += one.count;
  });
  const auto sum = static_cast<double>(out.totals.total);
  out.totals.effective_samples = squares > 0 ? sum * sum / squares : 0;
  OpenSpans open(p, sums, name_of_site);
  for (const profile::Spans::OfThread& part : all.spans.threads()) {
    std::vector<Event> of_thread = std::move(events[raw(part.thread)]);
    events[raw(part.thread)].clear();
    if (!of_thread.empty()) open.run(part, of_thread);
  }
  for (std::vector<Event>& rest : events) {
    if (!rest.empty()) open.run({}, rest);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (sums[i].total_count == 0) continue;
    const bool is_span = i > OpenSpans::kNotKnown;
    out.rows.push_back(row_of(names[i], key_of_name(is_span ? "span" : "none", names[i]), sums[i]));
  }
  return out;
}

}  // namespace hone::analysis
