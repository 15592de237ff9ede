// Folded stacks: "main;step;solve 1200\n", as stackcollapse makes them and flamegraph.pl,
// speedscope and others read them. The number is nanoseconds: of CPU time, of time blocked, or of
// spans' own time; or what a metric counts. The format has no place for that (Left::unit).
#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/call_nodes.h"
#include "exchange/export.h"
#include "exchange/left_out.h"
#include "exchange/span_order.h"
#include "exchange/text.h"

namespace hone::exchange {
namespace {

using profile::Profile;

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

// Lines by text: stacks that differ in addresses alone are one line.
class Lines {
 public:
  void add(const std::string& line, int64_t ns) {
    if (ns > 0) add_capped(ns_[line], ns);
  }

  void write(Output& out) {
    std::vector<std::pair<std::string, int64_t>> sorted(ns_.begin(), ns_.end());
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [line, ns] : sorted) {
      out.put(line);
      out.put(' ');
      out.put_signed(ns);
      out.put('\n');
    }
  }

 private:
  std::unordered_map<std::string, int64_t> ns_;
};

std::string path_of(const Profile& p, const CallNodes& nodes, uint32_t node) {
  std::vector<uint32_t> path;
  for (; node != CallNodes::kRoot; node = nodes.parent(node)) path.push_back(node);
  std::string out;
  for (; !path.empty(); path.pop_back()) {
    if (!out.empty()) out += ';';
    append_folded(out, p.string(p.functions()[raw(nodes.function(path.back()))].name));
  }
  return out.empty() ? "(no stack)" : out;
}

void add_nodes(const Profile& p, const CallNodes& nodes, const std::vector<int64_t>& ns,
               Lines& lines) {
  for (uint32_t node = 0; node < ns.size(); ++node) {
    if (ns[node] > 0) lines.add(path_of(p, nodes, node), ns[node]);
  }
}

void add_to(std::vector<int64_t>& ns, uint32_t node, int64_t more) {
  if (ns.size() <= node) ns.resize(node + 1);
  add_capped(ns[node], more);
}

void add_samples(const Profile& p, const ExportOptions& options, Lines& lines) {
  const profile::Samples& samples = p.samples();
  CallNodes nodes(p);
  std::vector<int64_t> ns;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!options.takes(samples.thread[i], samples.time[i])) continue;
    add_to(ns, nodes.node_of(samples.stack[i]), std::max<int64_t>(samples.weight_ns[i], 0));
  }
  add_nodes(p, nodes, ns, lines);
}

// What the numbers of a metric are; `samples` are what readers take them for anyway.
std::string unit_of(const Profile& p, std::string_view metric) {
  for (const profile::CostMetric& each : p.cost_metrics()) {
    if (p.string(each.name) != metric) continue;
    const recording::TrackUnit unit = each.unit;
    if (unit == recording::TrackUnit::kNanoseconds) return "nanoseconds of " + std::string(metric);
    if (unit == recording::TrackUnit::kBytes) return "bytes of " + std::string(metric);
  }
  return metric == "samples" ? std::string() : std::string(metric);
}

// Sums that have no time; none are in a part of it. False: there are none of that metric.
bool add_costs(const Profile& p, const ExportOptions& options, Lines& lines) {
  if (options.first != TimeNs{INT64_MIN} || options.last != TimeNs{INT64_MAX}) return false;
  CallNodes nodes(p);
  std::vector<int64_t> sums;
  bool some = false;
  for (const profile::Cost& cost : p.costs()) {
    if (p.string(p.cost_metrics()[raw(cost.metric)].name) != options.metric) continue;
    some = true;
    if (!options.takes(cost.thread)) continue;
    add_to(sums, nodes.node_of(cost.stack), cost.value);
  }
  add_nodes(p, nodes, sums, lines);
  return some;
}

// Time blocked, as it was measured; without what a thread only waited for a CPU.
void add_waits(const Profile& p, const ExportOptions& options, Lines& lines) {
  CallNodes nodes(p);
  std::vector<int64_t> ns;
  for (const profile::Wait& wait : p.waits()) {
    if (!options.takes(wait.thread, wait.until)) continue;
    if ((wait.flags & recording::kWaitRunnable) != 0) continue;
    add_to(ns, nodes.node_of(wait.stack),
           std::max<int64_t>(wait.duration_ns - std::max<int64_t>(wait.runnable_ns, 0), 0));
  }
  add_nodes(p, nodes, ns, lines);
}

// Paths of spans' names, by the time that each has of its own.
class SpanPaths {
 public:
  explicit SpanPaths(const Profile& profile) : profile_(profile), nodes_{{0, StringId::kNone, 0}} {}

  void begin_thread() { open_.clear(); }
  void add(const NestedSpan& span, SiteId site) {
    while (open_.size() > span.depth) open_.pop_back();
    const uint32_t parent = open_.empty() ? 0 : open_.back();
    const int64_t ns = raw(span.end - span.start);
    const uint32_t node = child(parent, site);
    add_capped(nodes_[node].self_ns, ns);
    if (parent != 0) nodes_[parent].self_ns -= ns;
    open_.push_back(node);
  }
  void add_alone(SiteId site, int64_t ns) { add_capped(nodes_[child(0, site)].self_ns, ns); }

  void add_to(Lines& lines) const {
    for (uint32_t i = 1; i < nodes_.size(); ++i) lines.add(path_of(i), nodes_[i].self_ns);
  }

 private:
  struct Node {
    uint32_t parent = 0;
    StringId name{};
    int64_t self_ns = 0;
  };

  uint32_t child(uint32_t parent, SiteId site) {
    const StringId name = profile_.instrumentation().sites[raw(site)].name;
    const auto [at, is_new] = children_.try_emplace(uint64_t{parent} << 32 | raw(name),
                                                    static_cast<uint32_t>(nodes_.size()));
    if (is_new) nodes_.push_back({parent, name, 0});
    return at->second;
  }

  std::string path_of(uint32_t node) const {
    std::vector<uint32_t> path;
    for (; node != 0; node = nodes_[node].parent) path.push_back(node);
    std::string out;
    for (; !path.empty(); path.pop_back()) {
      if (!out.empty()) out += ';';
      append_folded(out, profile_.string(nodes_[path.back()].name));
    }
    return out;
  }

  const Profile& profile_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, uint32_t> children_;
  std::vector<uint32_t> open_;
};

void add_spans(const Profile& p, const ExportOptions& options, Lines& lines, Left& left) {
  const profile::Instrumentation& all = p.instrumentation();
  SpanPaths paths(p);
  profile::SpanReader spans(all.spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (!options.takes(part.thread)) continue;
    paths.begin_thread();
    for_each_span(
        spans, part,
        [&](const NestedSpan& span) {
          if (options.takes(spans.end(span.index))) {
            paths.add(span, spans.site(span.index));
          }
        },
        [&](size_t i) {
          ++left.not_nested;
          if (options.takes(spans.end(i))) {
            paths.add_alone(spans.site(i), spans.duration_ns(i));
          }
        });
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (span.open || !options.takes(span.thread, span.end)) continue;
    paths.add_alone(span.site, raw(span.end - span.start));
  }
  paths.add_to(lines);
}

}  // namespace

Result<Left> export_folded(const Profile& profile, const ExportOptions& options, Output& out) {
  Left left;
  Lines lines;
  if (options.of == FoldedOf::kSpans) {
    const profile::Instrumentation& all = profile.instrumentation();
    if (all.spans.size() == 0 && all.loose.empty()) {
      return holds_no("spans", "mark spans in the program: hone/hone.h");
    }
    add_spans(profile, options, lines, left);
    left.unit = "nanoseconds of spans' own time";
  } else if (options.weight == Weight::kOffCpu) {
    if (profile.waits().empty()) {
      return holds_no("waits", "record them: hone record without --no-off-cpu");
    }
    add_waits(profile, options, lines);
    left.unit = "nanoseconds blocked";
  } else {
    const bool of_samples = options.weight == Weight::kCpu && profile.samples().size() > 0;
    if (of_samples) add_samples(profile, options, lines);
    if (!add_costs(profile, options, lines) && !of_samples) {
      return holds_no("samples", "hone export --to folded --of spans   (of spans)");
    }
    left.unit = of_samples ? "nanoseconds of CPU time" : unit_of(profile, options.metric);
  }
  lines.write(out);
  HONE_TRY(out.finish());
  return left;
}

}  // namespace hone::exchange
