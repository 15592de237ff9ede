// speedscope's own format (file-format-spec.ts of speedscope): profiles that share one table of
// frames. Evented ones say when each frame opens and closes: spans. Sampled ones have a stack and a
// weight each: samples where the unit is a time, one behind the other as speedscope draws them,
// sums by stack where it is none. The table may stand behind the profiles: these are kept till
// then.
#include <cmath>
#include <deque>
#include <unordered_map>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_stream.h"
#include "exchange/stack_depth.h"

namespace hone::exchange {
namespace {

constexpr uint32_t kEnds = uint32_t{1} << 31;  // of an event; the rest is the frame
constexpr uint32_t kNoCaller = ~uint32_t{0};

struct SpeedscopeFrame {
  std::string name, file;
  int64_t line = 0;
};

// A stack of a sampled profile: the frame, and the node that called it.
struct CallNode {
  uint32_t caller = kNoCaller, frame = 0;
};

struct HeldProfile {
  std::string name, unit;
  std::string start;              // as it is written
  std::vector<uint32_t> events;   // frame, or frame | kEnds
  std::vector<double> values;     // `at` or weight; ns where `ns` is empty
  std::vector<int64_t> ns;        // instead, where the unit was known when they came
  std::vector<uint32_t> samples;  // call nodes
  bool is_evented = false;
};

// ns of one; 0: no time.
int64_t ns_of_unit(std::string_view unit) {
  if (unit == "nanoseconds") return 1;
  if (unit == "microseconds") return 1000;
  if (unit == "milliseconds") return 1'000'000;
  if (unit == "seconds") return 1'000'000'000;
  return 0;
}

class Speedscope {
 public:
  Speedscope(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) {
        if (key == "shared" && at_.open('{')) {
          while (at_.key(key)) {
            if (key == "frames" && at_.open('[')) {
              while (at_.element()) take_frame();
              knows_frames_ = true;
            } else {
              at_.skip();
            }
          }
        } else if (key == "profiles" && at_.open('[')) {
          while (at_.element()) take_profile();
        } else if (key == "name") {
          at_.text(name_);
        } else if (key == "exporter") {
          if (at_.text(text_)) to_.fact("import.exporter", text_);
        } else {
          at_.skip();
        }
      }
    }
    HONE_TRY(at_.done());
    note_cut(at_, to_);
    for (const HeldProfile& held : held_) write(held);
    to_.name_process(1, name_.empty() ? "speedscope" : name_);
    if (has_samples_) to_.fact("sampler.name", "speedscope");
    return {};
  }

 private:
  void take_frame() {
    SpeedscopeFrame& frame = frames_.emplace_back();
    if (frames_.size() >= kEnds) return at_.fail(Code::LimitExceeded, "too many frames");
    if (!at_.hold(sizeof(frame))) return;
    if (!at_.open('{')) return at_.skip();
    while (at_.key(key_)) {
      if (key_ == "name") {
        if (at_.text(frame.name)) at_.hold(frame.name.size());
      } else if (key_ == "file") {
        if (at_.text(frame.file)) at_.hold(frame.file.size());
      } else if (key_ == "line") {
        at_.whole(frame.line);
      } else {
        at_.skip();
      }
    }
  }

  void take_profile() {
    if (!at_.open('{')) return at_.skip();
    HeldProfile of;
    while (at_.key(key_)) {
      if (key_ == "name") {
        at_.text(of.name);
      } else if (key_ == "unit") {
        at_.text(of.unit);
      } else if (key_ == "startValue") {
        of.start = at_.value();
      } else if (key_ == "events" && at_.open('[')) {
        of.is_evented = true;
        while (at_.element()) take_event(of);
      } else if (key_ == "samples" && at_.open('[')) {
        while (at_.element()) take_stack(of);
      } else if (key_ == "weights" && at_.open('[')) {
        while (at_.element()) take_value(of);
      } else {
        at_.skip();
      }
    }
    at_.hold(sizeof(of) + of.name.size() + of.unit.size() + of.start.size());
    if (knows_frames_) {
      write(of);
    } else {
      held_.push_back(std::move(of));
    }
  }

  // Exact where the unit came first, as in files of all writers that are known.
  void take_value(HeldProfile& of) {
    if (!at_.hold(sizeof(int64_t))) return;
    if (const int64_t unit = ns_of_unit(of.unit); unit != 0 && of.values.empty()) {
      int64_t ns = 0;
      if (!at_.decimal(unit, ns)) bad_number();
      of.ns.push_back(ns);
      return;
    }
    double value = 0;
    if (!at_.real(value) || !std::isfinite(value)) {
      bad_number();
      value = 0;
    }
    of.values.push_back(value);
  }

  void bad_number() {
    to_.left("import.no_number", "values that are no numbers are taken as 0", 1,
             recording::kDataLoss);
  }

  void take_event(HeldProfile& of) {
    if (!at_.open('{')) return at_.skip();
    bool ends = false;
    int64_t frame = -1;
    const size_t before = of.ns.size() + of.values.size();
    while (at_.key(key_)) {
      if (key_ == "type") {
        ends = at_.text(text_) && text_ == "C";
      } else if (key_ == "frame") {
        at_.whole(frame);
      } else if (key_ == "at" && of.ns.size() + of.values.size() == before) {
        take_value(of);
      } else {
        at_.skip();
      }
    }
    if (of.ns.size() + of.values.size() == before) {
      to_.left("import.event_without_time", "events that do not say when are left out", 1,
               recording::kDataLoss);
      return;
    }
    const uint32_t known =
        frame >= 0 && frame < int64_t{kEnds} - 1 ? static_cast<uint32_t>(frame) : kEnds - 1;
    if (at_.hold(sizeof(uint32_t))) of.events.push_back(known | (ends ? kEnds : 0));
  }

  // The outermost frame first.
  void take_stack(HeldProfile& of) {
    uint32_t node = kNoCaller;
    std::string_view raw;
    JsonScan at(at_.value(), true);
    if (at.open('[')) {
      for (uint32_t depth = 0; at.element(); ++depth) {
        int64_t frame = -1;
        if (!at.number(raw) || !decimal(raw, 1, frame)) frame = -1;
        if (frame < 0 || frame >= int64_t{kEnds}) {
          no_such_frame();
          continue;
        }
        if (depth >= kStackDepthMost) {
          left_inner_frames(to_);
          continue;
        }
        node = node_of(node, static_cast<uint32_t>(frame));
      }
    }
    if (at_.hold(sizeof(uint32_t))) of.samples.push_back(node);
  }

  static constexpr size_t kBytesOfNode = 64;  // and of how it is found, and its stack

  uint32_t node_of(uint32_t caller, uint32_t frame) {
    const auto [at, is_new] =
        nodes_of_.try_emplace(uint64_t{caller} << 32 | frame, static_cast<uint32_t>(nodes_.size()));
    if (is_new) {
      nodes_.push_back({caller, frame});
      at_.hold(kBytesOfNode);
    }
    return at->second;
  }

  void no_such_frame() {
    to_.left("import.no_such_frame", "frames that are not in the table are left out", 1,
             recording::kDataLoss);
  }

  // "(no stack)" is how Hone itself exports that there is none.
  StackId callee(StackId caller, uint32_t frame) {
    if (frame >= frames_.size()) {
      no_such_frame();
      return caller;
    }
    const SpeedscopeFrame& of = frames_[frame];
    if (of.name == "(no stack)" && of.file.empty()) return caller;
    return to_.builder().callee(
        caller, to_.code(of.name.empty() ? "(anonymous)" : of.name, of.file, of.file, line(of)));
  }
  static uint32_t line(const SpeedscopeFrame& of) {
    return of.line > 0 && of.line < UINT32_MAX ? static_cast<uint32_t>(of.line) : 0;
  }

  StackId stack_of(uint32_t node) {
    if (node == kNoCaller) return StackId::kNone;
    if (stacks_.size() < nodes_.size()) {
      for (size_t i = stacks_.size(); i < nodes_.size(); ++i) {  // callers stand before
        const uint32_t caller = nodes_[i].caller;
        stacks_.push_back(
            callee(caller == kNoCaller ? StackId::kNone : stacks_[caller], nodes_[i].frame));
      }
    }
    return stacks_[node];
  }

  void write(const HeldProfile& of) {
    const auto tid = static_cast<int64_t>(++profiles_);
    to_.name_thread(1, tid, of.name);
    const ThreadId thread = to_.thread(1, tid);
    const int64_t unit = ns_of_unit(of.unit);
    if (unit == 0 && of.unit != "bytes") {
      to_.left("speedscope.no_unit",
               "profiles do not say what their numbers count: they are taken as samples", 1,
               recording::kInfo);
    }
    if (!of.is_evented) count_weights(of);
    if (of.is_evented && unit != 0) {
      write_spans(of, thread, unit);
    } else if (of.is_evented) {
      write_steps(of, thread);
    } else if (unit != 0) {
      write_samples(of, thread, unit);
    } else {
      for (size_t i = 0; i < of.samples.size(); ++i) {
        write_cost(of, thread, stack_of(of.samples[i]), i < of.values.size() ? of.values[i] : 0);
      }
    }
  }

  void count_weights(const HeldProfile& of) {
    const size_t weights = of.ns.empty() ? of.values.size() : of.ns.size();
    const size_t both = std::min(weights, of.samples.size());
    to_.left("import.no_weight", "samples without a weight are taken as of none",
             of.samples.size() - both, recording::kDataLoss);
    to_.left("import.no_sample", "weights without a sample are left out", weights - both,
             recording::kDataLoss);
  }

  static int64_t ns_of(const HeldProfile& of, size_t i, int64_t unit) {
    if (!of.ns.empty()) return i < of.ns.size() ? of.ns[i] : 0;
    const double ns = i < of.values.size() ? of.values[i] * static_cast<double>(unit) : 0;
    return std::abs(ns) < 0x1p62 ? std::llround(ns) : INT64_MAX / 2;
  }

  void write_samples(const HeldProfile& of, ThreadId thread, int64_t unit) {
    int64_t now = 0;
    (void)decimal(of.start, unit, now);
    for (size_t i = 0; i < of.samples.size(); ++i) {
      const int64_t weight = std::max<int64_t>(ns_of(of, i, unit), 0);
      to_.sample(thread, TimeNs{now}, stack_of(of.samples[i]), DurationNs{weight});
      has_samples_ = true;
      if (__builtin_add_overflow(now, weight, &now)) now = INT64_MAX;
    }
  }

  SiteId site_of(uint32_t frame) {
    if (frame >= frames_.size()) return to_.site({.name = "[unknown]"});
    const SpeedscopeFrame& of = frames_[frame];
    return to_.site({.name = of.name.empty() ? "(anonymous)" : std::string_view(of.name),
                     .file = of.file,
                     .line = line(of)});
  }

  void write_spans(const HeldProfile& of, ThreadId thread, int64_t unit) {
    struct Open {
      uint32_t frame = 0;
      int64_t start = 0;
    };
    std::vector<Open> open;
    std::unordered_map<uint32_t, uint32_t> counts;  // of those that are open, by frame
    for (size_t i = 0; i < of.events.size(); ++i) {
      const uint32_t frame = of.events[i] & ~kEnds;
      const int64_t now = ns_of(of, i, unit);
      if ((of.events[i] & kEnds) == 0) {
        open.push_back({frame, now});
        ++counts[frame];
        continue;
      }
      const auto count = counts.find(frame);
      if (count == counts.end() || count->second == 0) {
        to_.left("import.end_without_begin", "ends of spans whose beginning is not there", 1,
                 recording::kDataLoss);
        continue;
      }
      // Those inside it end with it, at the latest.
      for (bool found = false; !found; open.pop_back()) {
        const Open& last = open.back();
        found = last.frame == frame;
        if (!found) {
          to_.left("import.end_missing", "spans end with the one around them: they have no end");
        }
        --counts[last.frame];
        to_.span(thread, TimeNs{last.start}, DurationNs{now - last.start}, site_of(last.frame));
      }
    }
    for (const Open& each : open) to_.open_span(thread, TimeNs{each.start}, site_of(each.frame));
  }

  // Where the unit is no time, what lies between two events is of the stack that is open.
  void write_steps(const HeldProfile& of, ThreadId thread) {
    std::vector<uint32_t> open;
    uint64_t too_deep = 0;  // that are open beyond these
    double before = 0;
    (void)real(of.start, before);
    for (size_t i = 0; i < of.events.size() && i < of.values.size(); ++i) {
      const double more = of.values[i] - before;
      if (!open.empty() && more != 0) write_cost(of, thread, stack_of(open.back()), more);
      before = of.values[i];
      const uint32_t frame = of.events[i] & ~kEnds;
      if ((of.events[i] & kEnds) == 0) {
        if (open.size() < kStackDepthMost) {
          open.push_back(node_of(open.empty() ? kNoCaller : open.back(), frame));
        } else {
          ++too_deep;
          left_inner_frames(to_);
        }
      } else if (too_deep > 0) {
        --too_deep;
      } else if (!open.empty() && nodes_[open.back()].frame == frame) {
        open.pop_back();
      } else {
        to_.left("import.end_without_begin", "ends of spans whose beginning is not there", 1,
                 recording::kDataLoss);
      }
    }
  }

  void write_cost(const HeldProfile& of, ThreadId thread, StackId stack, double value) {
    if (!(std::abs(value) < 0x1p62)) return bad_number();
    const int64_t whole = std::llround(value);
    if (static_cast<double>(whole) != value) {
      to_.left("import.rounded", "values that are not whole are rounded");
    }
    if (whole == 0) return;
    const bool is_bytes = of.unit == "bytes";
    to_.cost(thread, stack,
             is_bytes ? to_.metric("bytes", "Bytes", recording::TrackUnit::kBytes)
                      : to_.metric("samples", "Samples", recording::TrackUnit::kCount),
             whole, is_bytes ? 0 : static_cast<uint64_t>(std::max<int64_t>(whole, 0)));
  }

  JsonStream at_;
  Intake& to_;
  std::string name_, key_, text_;
  std::vector<SpeedscopeFrame> frames_;
  bool knows_frames_ = false, has_samples_ = false;
  std::vector<CallNode> nodes_;
  std::unordered_map<uint64_t, uint32_t> nodes_of_;
  std::vector<StackId> stacks_;  // of nodes_
  std::deque<HeldProfile> held_;
  uint64_t profiles_ = 0;
};

}  // namespace

bool fits_speedscope(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || head[first] != '{') return false;
  if (head.find("speedscope.app/file-format-schema") != head.npos) return true;
  return head.find("\"profiles\"") != head.npos && head.find("\"startValue\"") != head.npos &&
         head.find("\"unit\"") != head.npos;
}

Result<void> import_speedscope(Input& in, Intake& to) {
  return Speedscope(in, to).read();
}

}  // namespace hone::exchange
