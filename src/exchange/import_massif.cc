// What Valgrind's massif writes, and ms_print reads: snapshots of how large the heap is, some with
// a tree of what it is made of. Of these the one at the peak becomes sums by stack: its branches
// are callers, and what massif folds because it is little stands at the stack that is known.
#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "exchange/command_name.h"
#include "exchange/import.h"
#include "exchange/line_reader.h"
#include "exchange/stack_depth.h"
#include "exchange/valgrind_frame.h"

namespace hone::exchange {
namespace {

constexpr int64_t kNsOfMassifMillisecond = 1'000'000;
constexpr int64_t kBytesMost = int64_t{1} << 62;

struct Snapshot {
  int64_t time = 0, heap = 0, extra = 0, stacks = 0;
};

// A node of a tree: "   n2: 1024 0x109186: make (d.c:4)"
struct HeapNode {
  size_t depth = 0;
  uint64_t children = 0;
  int64_t bytes = 0;
  std::string_view words;
};

bool parse_heap_node(std::string_view line, HeapNode& out) {
  const size_t depth = line.find_first_not_of(' ');
  if (depth == line.npos || line[depth] != 'n') return false;
  const char* const end = line.data() + line.size();
  const auto count = std::from_chars(line.data() + depth + 1, end, out.children);
  if (count.ec != std::errc() || end - count.ptr < 2 || count.ptr[0] != ':') return false;
  const auto bytes = std::from_chars(count.ptr + 2, end, out.bytes);
  if (bytes.ec != std::errc() || bytes.ptr == end || *bytes.ptr != ' ') return false;
  if (out.bytes < 0 || out.bytes > kBytesMost) return false;
  out.depth = depth;
  out.words = std::string_view(bytes.ptr + 1, static_cast<size_t>(end - bytes.ptr - 1));
  return true;
}

class Massif {
 public:
  Massif(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    while (true) {
      HONE_TRY_ASSIGN(const bool got, lines_.next(line));
      if (!got) break;
      if (take(line)) continue;
      auto error = no_massif(line);
      HONE_TRY_ASSIGN(const bool is_inside, lines_.next(line));
      if (is_inside) return error;
      to_.left("import.cut_short", "the file ends too early: what is behind its end is missing", 1,
               recording::kDataLoss);
      break;
    }
    if (is_open_) end_snapshot();
    end_tree();
    finish();
    return {};
  }

 private:
  tl::unexpected<Error> no_massif(std::string_view line) const {
    constexpr size_t kShown = 60;
    return tl::unexpected(Error{.code = Code::Corrupt,
                                .message = fmt::format("{}: line {} is none that massif writes",
                                                       in_.name(), lines_.number()),
                                .offset = in_.offset(),
                                .excerpt = std::string(line.substr(0, kShown))});
  }

  bool take(std::string_view line) {
    HeapNode node;
    if (in_tree_ && parse_heap_node(line, node)) {
      if (in_peak_) take_node(node);
      return true;
    }
    if (line.empty() || line[0] == '#') return true;
    const size_t equals = line.find('=');
    if (line.starts_with("desc: ") || line.starts_with("cmd: ") ||
        line.starts_with("time_unit: ")) {
      if (line[0] == 'c') {
        command_ = line.substr(5);
        to_.fact("run.command", command_);
      } else if (line[0] == 't') {
        unit_ = line.substr(11);
      }
      return true;
    }
    return equals != line.npos && take_value(line.substr(0, equals), line.substr(equals + 1));
  }

  bool take_value(std::string_view name, std::string_view value) {
    if (name == "heap_tree") {
      end_tree();
      in_tree_ = value == "detailed" || value == "peak";
      in_peak_ = value == "peak";
      if (in_peak_) peak_ = now_;
      has_peak_ |= in_peak_;
      return in_tree_ || value == "empty";
    }
    int64_t number = 0;
    const auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || at != value.data() + value.size() || number < 0) return false;
    if (name == "snapshot") {
      if (is_open_) end_snapshot();
      end_tree();
      now_ = {};
      is_open_ = true;
    } else if (name == "time") {
      now_.time = number;
    } else if (name == "mem_heap_B") {
      now_.heap = number;
    } else if (name == "mem_heap_extra_B") {
      now_.extra = number;
    } else if (name == "mem_stacks_B") {
      now_.stacks = number;
    } else {
      to_.left("import.unknown_value", "values that this version of Hone does not know");
    }
    return true;
  }

  void end_snapshot() {
    is_open_ = false;
    ++snapshots_;
    if (unit_ != "ms") return;
    const ThreadId thread = to_.thread(1, 1);
    int64_t ns = 0;
    if (__builtin_mul_overflow(now_.time, kNsOfMassifMillisecond, &ns)) ns = INT64_MAX;
    const auto plot = [&](std::string_view name, int64_t bytes) {
      to_.plot(thread, TimeNs{ns},
               to_.site({.name = name, .unit = "bytes", .kind = HONE_SITE_PLOT}),
               static_cast<double>(bytes));
    };
    plot("heap", now_.heap);
    plot("heap, overhead", now_.extra);
    has_stacks_ |= now_.stacks > 0;
    if (has_stacks_) plot("stacks", now_.stacks);
  }

  // Of the branch that is being read: a node's bytes less those of its branches are its own.
  struct OpenBranch {
    FrameId frame{};
    int64_t own = 0;
  };

  void take_node(const HeapNode& node) {
    if (node.depth > branches_.size() || node.depth >= kStackDepthMost) {
      to_.left("import.bad_tree", "branches that hang from nothing, or too deep, are left out", 1,
               recording::kDataLoss);
      return;
    }
    close_to(node.depth);
    if (!branches_.empty()) {
      branches_.back().own -= node.bytes;  // both are at most kBytesMost
      if (branches_.back().own < 0) {
        branches_.back().own = 0;
        to_.left("import.bad_tree_sum", "branches hold more than what they are of", 1,
                 recording::kDataLoss);
      }
    }
    FrameId frame = FrameId::kNone;
    if (node.words.starts_with("0x") || node.words.starts_with("???")) {
      frame = code_of(parse_valgrind_frame(node.words), to_);
    } else if (node.words.find("below massif's threshold") != node.words.npos) {
      to_.left("import.below_threshold",
               "branches that massif folded because they are small (ms_print's threshold): their "
               "bytes stand at the stack that is known");
    }
    branches_.push_back({frame, node.bytes});
  }

  void close_to(size_t depth) {
    while (branches_.size() > depth) {
      const OpenBranch last = branches_.back();
      if (last.own > 0) {
        // The outermost of the tree is the function that asked for the memory: the innermost.
        frames_.clear();
        for (const OpenBranch& each : branches_) {
          if (each.frame != FrameId::kNone) frames_.push_back(each.frame);
        }
        to_.cost(to_.thread(1, 1), to_.builder().stack(frames_, path_),
                 to_.metric("massif.peak-bytes", "Live bytes when the heap was largest",
                            recording::TrackUnit::kBytes),
                 last.own, 0);
      }
      branches_.pop_back();
    }
  }

  void end_tree() {
    close_to(0);
    in_tree_ = in_peak_ = false;
  }

  void finish() {
    to_.name_process(1, command_name(command_));
    if (unit_ != "ms") {
      to_.left("import.not_time",
               fmt::format("snapshots were taken by {}, which is no time: they make no plots "
                           "(valgrind --tool=massif --time-unit=ms)",
                           unit_ == "B" ? "bytes allocated" : "instructions"),
               snapshots_);
    }
    if (!has_peak_) {
      to_.left("import.no_peak", "no snapshot at the peak has a tree: there are no stacks");
      return;
    }
    to_.fact("massif.peak_heap_bytes", fmt::format("{}", peak_.heap));
    to_.fact("massif.peak_extra_bytes", fmt::format("{}", peak_.extra));
    to_.fact("massif.peak_stacks_bytes", fmt::format("{}", peak_.stacks));
  }

  LineReader lines_;
  Input& in_;
  Intake& to_;
  std::string unit_ = "i", command_;
  Snapshot now_, peak_;
  bool is_open_ = false, in_tree_ = false, in_peak_ = false, has_peak_ = false;
  bool has_stacks_ = false;
  uint64_t snapshots_ = 0;
  std::vector<OpenBranch> branches_;
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
};

}  // namespace

bool fits_massif(std::string_view head) {
  return head.starts_with("desc: ") && head.find("\ntime_unit: ") != head.npos &&
         head.find("\nsnapshot=") != head.npos;
}

Result<void> import_massif(Input& in, Intake& to) {
  return Massif(in, to).read();
}

}  // namespace hone::exchange
