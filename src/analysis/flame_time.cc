#include "analysis/flame_time.h"

#include <algorithm>

#include "analysis/path_rows.h"
#include "analysis/recorded_time.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Profile;

struct Stretch {
  TimeNs from{}, until{};
  int64_t length() const { return raw(until) - raw(from); }
};

// Nodes as they are opened and closed, one inside another, time going one way or the other.
class TimeRows {
 public:
  TimeRows(PathRows& names, Stretch all, TimeNs start, double min_ns)
      : names_(names), start_(start), min_ns_(min_ns), shown_(names.names().all.size(), 0) {
    out_.names.push_back(names.names().all[0]);
    shown_[0] = 1;
    out_.nodes.push_back({.total_a = all.length(),
                          .self_a = all.length(),
                          .x = static_cast<double>(raw(all.from) - raw(start))});
    open_.push_back({.name = 0, .time = all});
  }

  size_t depth() const { return open_.size() - 1; }
  uint32_t name_at(size_t depth) const { return open_[depth].name; }
  const Stretch& time_at(size_t depth) const { return open_[depth].time; }
  bool is_full() const { return out_.nodes.size() >= FlameOptions::kNodesMax; }

  // Its stretch may still grow by extend().
  void open(uint32_t name, const Stretch& time, bool inlined) {
    const uint32_t parent = open_.back().node;
    const auto node = static_cast<uint32_t>(out_.nodes.size());
    out_.nodes.push_back({.parent = parent,
                          .name = name,
                          .depth = static_cast<uint32_t>(open_.size()),
                          .flags = inlined ? FlameNode::kInlined : uint8_t{0}});
    open_.push_back({.node = node, .name = name, .time = time});
  }
  // All that is open, but for the root, goes on until then.
  void extend(TimeNs until) {
    for (size_t i = 1; i < open_.size(); ++i) open_[i].time.until = until;
  }
  void count_at_top(uint32_t samples) {
    for (const Open& each : open_) out_.nodes[each.node].samples += samples;
  }

  void close_to(size_t depth) {
    while (open_.size() - 1 > depth) close();
  }

  FlameTree done() {
    close_to(0);
    flush(open_[0]);
    finish();
    return std::move(out_);
  }

 private:
  struct Open {
    uint32_t node = 0, name = 0;
    Stretch time{};
    // Of its children that were too narrow: those beside each other that are not told yet.
    Stretch small{};
    uint32_t small_count = 0, small_samples = 0;
  };

  void close() {
    Open done = open_.back();
    open_.pop_back();
    Open& parent = open_.back();
    if (static_cast<double>(done.time.length()) < min_ns_) {
      // Whatever stands inside it is narrower still, and was never kept.
      const uint32_t samples = out_.nodes[done.node].samples;
      out_.nodes.resize(done.node);
      fold(parent, done.time, samples);
      return;
    }
    flush(done);
    FlameNode& node = out_.nodes[done.node];
    node.x = static_cast<double>(raw(done.time.from) - raw(start_));
    node.total_a = node.self_a = done.time.length();
    flush(parent);
  }

  void fold(Open& parent, const Stretch& time, uint32_t samples) {
    if (parent.small_count > 0) {
      const int64_t gap = std::max(raw(time.from) - raw(parent.small.until),
                                   raw(parent.small.from) - raw(time.until));
      if (static_cast<double>(gap) > min_ns_) flush(parent);
    }
    if (parent.small_count == 0) parent.small = time;
    parent.small.from = std::min(parent.small.from, time.from);
    parent.small.until = std::max(parent.small.until, time.until);
    ++parent.small_count;
    parent.small_samples += samples;
  }

  void flush(Open& parent) {
    if (parent.small_count == 0) return;
    out_.nodes.push_back({.parent = parent.node,
                          .depth = out_.nodes[parent.node].depth + 1,
                          .count = parent.small_count,
                          .samples = parent.small_samples,
                          .flags = FlameNode::kFolded,
                          .total_a = parent.small.length(),
                          .x = static_cast<double>(raw(parent.small.from) - raw(start_))});
    out_.nodes_folded += parent.small_count;
    out_.folded_a += parent.small.length();
    parent.small_count = parent.small_samples = 0;
  }

  // Names as the nodes have them, and self times.
  void finish() {
    for (size_t i = 1; i < out_.nodes.size(); ++i) {
      FlameNode& node = out_.nodes[i];
      out_.nodes[node.parent].self_a -= std::min(node.total_a, out_.nodes[node.parent].self_a);
      if ((node.flags & FlameNode::kFolded) != 0) continue;
      const PathName& name = names_.names().all[node.name];
      if (name.kind == CodeKind::kKernel) node.flags |= FlameNode::kKernel;
      uint32_t& shown = shown_[node.name];
      if (shown == 0) {
        out_.names.push_back(name);
        shown = static_cast<uint32_t>(out_.names.size());
      }
      node.name = shown - 1;
    }
  }

  PathRows& names_;
  const TimeNs start_;
  const double min_ns_;
  FlameTree out_;
  std::vector<uint32_t> shown_;
  std::vector<Open> open_;  // [0] is the root
};

// The stacks of samples and waits of one thread, one after the other.
class StacksInTime {
 public:
  StacksInTime(const Profile& profile, const KeyedGroups& groups, uint32_t first_name,
               bool joins_equal, uint32_t no_stack, TimeRows& rows)
      : profile_(profile),
        groups_(groups),
        first_name_(first_name),
        joins_equal_(joins_equal),
        no_stack_(no_stack),
        rows_(rows),
        place_(profile.stacks().size(), 0) {}

  // `slack_ns`: a gap before it that is no longer is none.
  void see(const Stretch& time, StackId stack, uint32_t samples, int64_t slack_ns) {
    Stretch now = time;
    if (rows_.depth() > 0 && raw(now.from) - raw(last_) > slack_ns) {
      rows_.close_to(0);
      forget(0);
    }
    now.from = rows_.depth() > 0 ? last_ : std::max(now.from, last_);
    if (now.until <= now.from) return;
    last_ = now.until;
    enter(stack, now);
    rows_.extend(now.until);
    rows_.count_at_top(samples);
  }

 private:
  struct Frame {
    uint32_t name;
    bool inlined;
  };

  void forget(size_t kept) {
    for (size_t i = kept; i < nodes_.size(); ++i) place_[nodes_[i].stack] = 0;
    nodes_.resize(kept);
  }

  // What is common with the stack before stays open, what is not is closed, the rest is opened.
  void enter(StackId stack, const Stretch& time) {
    pending_.clear();
    uint32_t at = raw(stack);
    for (; at != 0 && place_[at] == 0; at = raw(profile_.stacks().parent[at])) {
      pending_.push_back(at);
    }
    const size_t common = at == 0 ? 0 : place_[at];  // nodes of the trie
    const size_t depth = common == 0 ? 0 : nodes_[common - 1].depth;
    frames_.clear();
    forget(common);
    for (size_t i = pending_.size(); i-- > 0;) {
      const RowRange lines = rows_of(profile_, pending_[i]);
      for (uint32_t line = lines.end; line-- > lines.begin;) {
        const uint32_t name = first_name_ + groups_.grouping.of_row[line];
        const bool is_first = frames_.empty();
        const uint32_t before = !is_first                ? frames_.back().name
                                : depth <= rows_.depth() ? rows_.name_at(depth)
                                                         : 0;
        if (joins_equal_ && before == name) continue;
        frames_.push_back({name, profile_.lines().inlined[line] != 0});
      }
      nodes_.push_back({pending_[i], static_cast<uint32_t>(depth + frames_.size())});
      place_[pending_[i]] = static_cast<uint32_t>(nodes_.size());
    }
    if (stack == StackId::kNone) frames_.push_back({no_stack_, false});
    size_t same = 0;
    while (same < frames_.size() && depth + same < rows_.depth() &&
           rows_.name_at(depth + same + 1) == frames_[same].name) {
      ++same;
    }
    rows_.close_to(depth + same);
    for (; same < frames_.size() && depth + same < FlameOptions::kDepthMax; ++same) {
      rows_.open(frames_[same].name, time, frames_[same].inlined);
    }
  }

  struct Node {
    uint32_t stack;
    uint32_t depth;  // of its innermost frame
  };

  const Profile& profile_;
  const KeyedGroups& groups_;
  const uint32_t first_name_;
  const bool joins_equal_;
  const uint32_t no_stack_;
  TimeRows& rows_;
  std::vector<uint32_t> place_;  // index = StackId: its place in nodes_ + 1; 0: it is not there
  std::vector<Node> nodes_;      // of the trie, that are open; from the outermost on
  std::vector<uint32_t> pending_;
  std::vector<Frame> frames_;
  TimeNs last_{INT64_MIN};
};

struct Event {
  Stretch time;
  StackId stack;
  uint32_t count;
  int64_t slack_ns;  // before it
};

// Between two waits a thread may run for less than a sample stands for, and nobody sees it.
constexpr int64_t kUnseenNs = 1'000'000;

std::vector<Event> events_of(const Profile& p, const Selection& selection, Metric metric,
                             uint64_t& hidden) {
  std::vector<Event> events;
  // A sample's length is the CPU time that it stands for, whatever it is weighed by.
  const Metric of_time = metric == Metric::kSamples ? Metric::kCpu : metric;
  for_each_weighed(p, selection, of_time, [&](const Weighed& one) {
    if (!one.one) {
      hidden += one.count;
      return;
    }
    Stretch time{one.start, one.end};
    int64_t slack_ns = kUnseenNs;
    if (time.until == time.from) {
      int64_t from = 0;
      if (__builtin_sub_overflow(raw(time.until), one.weight, &from)) from = INT64_MIN;
      time.from = std::max(TimeNs{from}, selection.time_first);
      // Samples come a little early or late.
      slack_ns = one.weight / 2;
    }
    events.push_back({time, one.stack, one.count, slack_ns});
  });
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time.until < b.time.until; });
  return events;
}

// Spans from the last to the first, which is parents before children.
void add_spans(const Profile& p, const Selection& selection, ThreadId thread,
               const std::vector<uint32_t>& name_of_site, TimeRows& rows) {
  const SampleFilter filter(p, selection);
  profile::SpanReader spans(p.instrumentation().spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (part.thread != thread || !filter.takes_thread(thread)) continue;
    for (size_t behind = part.first + part.count; behind > part.first && !rows.is_full();) {
      const profile::SpanReader::Block block = spans.block(behind - 1, true);
      const profile::SpanColumns& columns = *block.columns;
      for (size_t i = block.size(); i-- > 0 && !rows.is_full();) {
        Stretch time;
        time.until = TimeNs{static_cast<int64_t>(columns.end_ns[i])};
        time.from = TimeNs{raw(time.until) - static_cast<int64_t>(columns.duration_ns[i])};
        if (time.until < selection.time_first || time.from > selection.time_last) continue;
        time.from = std::max(time.from, selection.time_first);
        time.until = std::min(time.until, selection.time_last);
        while (rows.depth() > columns.depth[i] ||
               (rows.depth() > 0 && time.from < rows.time_at(rows.depth()).from)) {
          rows.close_to(rows.depth() - 1);
        }
        rows.open(name_of_site[columns.site[i]], time, false);
        rows.count_at_top(1);
      }
      behind = block.first;
    }
    rows.close_to(0);
  }
}

}  // namespace

TimeFlame flame_in_time(const Profile& profile, const Selection& selection, Metric metric,
                        ThreadId thread, const TimeFlameOptions& options) {
  Selection of_thread = selection;
  of_thread.threads = {thread};
  const RecordedTime recorded = recorded_time(profile);
  const Stretch all{std::max(recorded.start, selection.time_first),
                    std::max(std::max(recorded.start, selection.time_first),
                             std::min(recorded.end, selection.time_last))};
  of_thread.time_first = all.from;
  of_thread.time_last = all.until;
  const double min_ns = static_cast<double>(all.length()) * options.min_px / options.pixels;
  TimeFlame out;
  PathRows names(profile);
  if (metric == Metric::kSpans) {
    const std::vector<uint32_t> name_of_site = name_sites(names, profile);
    TimeRows rows(names, all, recorded.start, min_ns);
    add_spans(profile, of_thread, thread, name_of_site, rows);
    out.tree = rows.done();
  } else {
    const KeyedGroups groups = path_groups(profile, selection, options.by);
    const uint32_t first_name = name_groups(names, profile, groups);
    const uint32_t no_stack = names.named("none", "[no stack]");
    TimeRows rows(names, all, recorded.start, min_ns);
    StacksInTime stacks(profile, groups, first_name, options.by == PathBy::kModule, no_stack, rows);
    for (const Event& event : events_of(profile, of_thread, metric, out.hidden)) {
      if (rows.is_full()) break;
      stacks.see(event.time, event.stack, event.count, event.slack_ns);
    }
    out.tree = rows.done();
  }
  out.tree.cut = out.tree.nodes.size() >= FlameOptions::kNodesMax;
  out.names = names.done().names;
  return out;
}

}  // namespace hone::analysis
