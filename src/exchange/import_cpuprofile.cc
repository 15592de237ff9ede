// CPU profiles as V8 writes them (.cpuprofile): of Node, Chrome and Deno. Nodes of a tree of calls,
// and for each sample which node it was in and how long after the one before. Old ones have the
// tree as objects inside each other, the functions' lines from 1, and their start in seconds.
// Format: Profiler.Profile of the DevTools protocol.
#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_stream.h"
#include "exchange/stack_table.h"
#include "exchange/v8_function.h"
#include "exchange/v8_samples.h"

namespace hone::exchange {
namespace {

constexpr int64_t kNsOfMicrosecond = 1000;
constexpr int64_t kNsOfWholeSecond = 1'000'000'000;

class CpuProfile {
 public:
  CpuProfile(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) member(key);
    }
    HONE_TRY(at_.done());
    if (rows_.empty()) return fail(Code::Corrupt, "a CPU profile without nodes");
    note_cut(at_, to_);
    if (timed_) {
      timed_->finish(time_of(end_));
    } else if (prepare(); samples_.size() == 0) {
      write_hits();
    } else {
      write_samples();
    }
    return {};
  }

 private:
  struct Node {
    int64_t hits = 0;
    bool is_idle = false;
  };
  struct Call {
    uint32_t from = 0;
    int64_t to = 0;  // the id of a node
  };

  void member(std::string_view key) {
    if (key == "nodes") {
      if (!at_.open('[')) return at_.skip();
      while (at_.element()) take_node(at_.value());
    } else if (key == "head") {
      is_old_ = true;
      take_head();
    } else if (key == "samples") {
      at_.column(1, -1, samples_);
    } else if (key == "timeDeltas") {
      if (!take_deltas()) at_.column(kNsOfMicrosecond, 0, deltas_);
    } else if (key == "timestamps") {
      at_.column(kNsOfMicrosecond, 0, stamps_);
    } else if (key == "startTime") {
      start_ = at_.value();
    } else if (key == "endTime") {
      end_ = at_.value();
    } else {
      at_.skip();
    }
  }

  static constexpr size_t kBytesOfId = 48;  // of one that row_of_ keeps

  bool keep_call(std::vector<Call>& out, Call call) {
    if (!at_.hold(sizeof(Call))) return false;
    out.push_back(call);
    return true;
  }

  uint32_t add_row() {
    rows_.emplace_back();
    nodes_.emplace_back();
    at_.hold(sizeof(StackRow) + sizeof(Node) + sizeof(StackId));
    return static_cast<uint32_t>(rows_.size() - 1);
  }

  void name_row(uint32_t row, const V8Function& function) {
    nodes_[row].is_idle = function.is_idle();
    if (!function.is_root()) rows_[row].frame = function.code(to_, name_room_, url_room_);
  }
  // Of which the escapes are undone already.
  void name_plain_row(uint32_t row, const V8Function& function) {
    nodes_[row].is_idle = function.is_idle();
    if (!function.is_root()) rows_[row].frame = function.plain_code(to_);
  }

  void take_node(std::string_view text) {
    JsonScan at(text, true);
    std::string_view key;
    if (!at.open('{')) return;
    const uint32_t row = add_row();
    V8Function function;
    while (at.key(key)) {
      if (key == "id") {
        if (!at_.hold(kBytesOfId)) return;  // one may have several
        row_of_[whole_number(at)] = row;
      } else if (key == "parent") {
        if (!keep_call(parents_, {row, whole_number(at)})) return;
      } else if (key == "hitCount") {
        nodes_[row].hits = whole_number(at);
      } else if (key == "callFrame" && at.open('{')) {
        while (at.key(key)) {
          if (!function.take(key, at)) at.skip();
        }
      } else if (key == "children" && at.open('[')) {
        while (at.element()) {
          if (!keep_call(calls_, {row, whole_number(at)})) return;
        }
      } else if (!function.take(key, at)) {
        at.skip();
      }
    }
    name_row(row, function);
  }

  // What is open of the old form: objects inside each other, as deep as somebody likes.
  struct OpenNode {
    uint32_t row = 0;
    std::string name, url;
    int64_t line = 0;  // from 1
  };

  void take_head() {
    std::vector<OpenNode> open;
    const auto begin = [&](uint32_t parent) {
      const uint32_t row = add_row();
      rows_[row].parent = parent;
      at_.hold(sizeof(OpenNode));
      open.push_back({.row = row});
    };
    if (!at_.open('{')) return at_.skip();
    begin(StackRow::kNoParent);
    bool in_list = false;  // of the children of the last one
    while (!open.empty() && at_.is_good()) {
      if (in_list) {
        if (!at_.element()) {
          in_list = false;
        } else if (at_.open('{')) {
          begin(open.back().row);
          in_list = false;
        } else {
          at_.skip();
        }
        continue;
      }
      if (at_.key(key_)) {
        in_list = take_head_member(open.back());
        continue;
      }
      const OpenNode& of = open.back();
      name_plain_row(of.row, {.name = of.name, .url = of.url, .line = of.line - 1});
      open.pop_back();
      in_list = !open.empty();
    }
  }

  // Whether its children follow.
  bool take_head_member(OpenNode& of) {
    if (key_ == "children" && at_.open('[')) return true;
    int64_t id = 0;
    if (key_ == "id") {
      if (at_.whole(id) && at_.hold(kBytesOfId)) row_of_[id] = of.row;
    } else if (key_ == "hitCount") {
      at_.whole(nodes_[of.row].hits);
    } else if (key_ == "functionName") {
      if (at_.text(of.name)) at_.hold(of.name.size());
    } else if (key_ == "url") {
      if (at_.text(of.url)) at_.hold(of.url.size());
    } else if (key_ == "lineNumber") {
      at_.whole(of.line);
    } else {
      at_.skip();
    }
    return false;
  }

  void link() {
    for (const Call& call : calls_) {
      const auto to = row_of_.find(call.to);
      if (to != row_of_.end()) rows_[to->second].parent = call.from;
    }
    for (const Call& of : parents_) {
      const auto parent = row_of_.find(of.to);
      if (parent != row_of_.end()) rows_[of.from].parent = parent->second;
    }
  }

  // Old ones say seconds.
  int64_t time_of(std::string_view text) const {
    int64_t out = 0;
    (void)decimal(text, is_old_ ? kNsOfWholeSecond : kNsOfMicrosecond, out);
    return out;
  }

  void prepare() {
    link();
    stacks_ = stacks_of(rows_, to_);
    to_.name_process(1, "V8");
    to_.name_thread(1, 1, "V8");
  }
  void begin_samples() {
    timed_.emplace(to_.thread(1, 1), to_);
    now_ = time_of(start_);
    to_.fact("sampler.name", "V8");
  }

  // Where all that they are of stands before them, as V8 writes it, they need not wait.
  bool take_deltas() {
    if (timed_ || rows_.empty() || start_.empty() || samples_.size() == 0 || stamps_.size() > 0 ||
        at_.peek() != '[') {
      return false;
    }
    prepare();
    begin_samples();
    PackedNumbers::Reader samples(samples_);
    uint64_t taken = 0;
    int64_t id = 0, step = 0;
    at_.open('[');
    for (bool is_good = true; at_.element();) {
      if (!at_.decimal(kNsOfMicrosecond, step)) step = 0;
      if (!is_good || !samples.next(id)) continue;
      ++taken;
      is_good = add_sample(id, step, samples_.size() - taken);
    }
    to_.left("import.sample_without_time", "samples without a time are left out",
             samples_.size() - std::min<uint64_t>(taken, samples_.size()), recording::kDataLoss);
    return true;
  }

  // False: neither that one nor the ones behind it, `behind`, have a time that can be held.
  bool add_sample(int64_t id, int64_t step, uint64_t behind) {
    if (__builtin_add_overflow(now_, step, &now_)) {
      to_.left("import.time_out_of_range", "events whose time a recording cannot hold are left out",
               1 + behind, recording::kDataLoss);
      return false;
    }
    const auto row = row_of_.find(id);
    if (row != row_of_.end()) {
      timed_->add(now_, stacks_[row->second], nodes_[row->second].is_idle);
    } else {
      to_.left("import.sample_without_node", "samples of nodes that are not there are left out", 1,
               recording::kDataLoss);
    }
    return true;
  }

  void write_samples() {
    begin_samples();
    const bool has_stamps = stamps_.size() == samples_.size();
    const bool has_deltas = deltas_.size() >= samples_.size();
    // Without either they are spread evenly, as their readers do.
    const int64_t each =
        std::max<int64_t>(time_of(end_) - now_, 0) / static_cast<int64_t>(samples_.size());
    if (!has_stamps && !has_deltas) {
      to_.left("import.even_times", "samples without times are spread evenly over the profile's",
               samples_.size());
    }
    PackedNumbers::Reader samples(samples_), deltas(deltas_), stamps(stamps_);
    int64_t id = 0, step = 0;
    for (size_t i = 0; samples.next(id); ++i) {
      step = i > 0 && !has_stamps ? each : 0;
      if (has_stamps) {
        stamps.next(now_);
      } else if (has_deltas) {
        deltas.next(step);
      }
      if (!add_sample(id, step, samples_.size() - i - 1)) break;
    }
    timed_->finish(time_of(end_));
  }

  void write_hits() {
    const MetricId metric = to_.metric("samples", "Samples", recording::TrackUnit::kCount);
    const ThreadId thread = to_.thread(1, 1);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].hits == 0 || nodes_[i].is_idle) continue;
      to_.cost(thread, stacks_[i], metric, nodes_[i].hits,
               static_cast<uint64_t>(std::max<int64_t>(nodes_[i].hits, 0)));
    }
  }

  JsonStream at_;
  Intake& to_;
  bool is_old_ = false;
  std::string start_, end_;  // as they are written
  std::string key_, name_room_, url_room_;
  std::vector<StackRow> rows_;
  std::vector<Node> nodes_;  // of the rows
  std::vector<Call> calls_;
  std::vector<Call> parents_;                     // likewise, the other way around
  std::unordered_map<int64_t, uint32_t> row_of_;  // by a node's id
  PackedNumbers samples_, deltas_, stamps_;
  std::optional<V8Samples> timed_;
  int64_t now_ = 0;  // of the last sample, in ns
  std::vector<StackId> stacks_;
};

}  // namespace

bool fits_cpuprofile(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || head[first] != '{') return false;
  const auto has = [&](std::string_view name) { return head.find(name) != head.npos; };
  return has("\"functionName\"") && has("\"hitCount\"") && (has("\"nodes\"") || has("\"head\""));
}

Result<void> import_cpuprofile(Input& in, Intake& to) {
  return CpuProfile(in, to).read();
}

}  // namespace hone::exchange
