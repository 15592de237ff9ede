// Folded stacks: "main;step;solve 12", root first, one stack and how much of it a line. What
// stackcollapse-*.pl, inferno, bpftrace, py-spy and `hone export --to folded` write.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/import.h"
#include "exchange/json_scan.h"
#include "exchange/line_reader.h"
#include "exchange/stack_depth.h"
#include "exchange/words.h"

namespace hone::exchange {
namespace {

// What fractions are counted in, when a file has some.
constexpr int64_t kMillion = 1'000'000;

// A line's stack and its number; false for what is none. Of two numbers at the end it is the last
// one: names may end in a number as well.
struct FoldedLine {
  std::string_view stack, value;
  bool has_two = false;
};
bool parse_folded(std::string_view line, FoldedLine& out) {
  double number = 0;
  out.stack = line;
  out.value = take_last_word(out.stack);
  if (out.stack.empty() || !real(out.value, number) || !std::isfinite(number)) return false;
  std::string_view before = out.stack;
  out.has_two = real(take_last_word(before), number) && !before.empty();
  return true;
}

// What stackcollapse-perf.pl --all puts behind names: of the kernel, inlined, of a JIT compiler.
enum class Mark : uint8_t { kNone, kKernel, kInlined, kJit };
Mark take_mark(std::string_view& name) {
  constexpr size_t kMarkBytes = 4;  // "_[k]"
  if (name.size() <= kMarkBytes || !name.ends_with(']')) return Mark::kNone;
  const std::string_view mark = name.substr(name.size() - kMarkBytes);
  const Mark found = mark == "_[k]"   ? Mark::kKernel
                     : mark == "_[i]" ? Mark::kInlined
                     : mark == "_[j]" ? Mark::kJit
                                      : Mark::kNone;
  if (found != Mark::kNone) name.remove_suffix(kMarkBytes);
  return found;
}

// "app-12/34" or "app-?/34", as stackcollapse-perf.pl --tid has it in place of the first frame.
bool parse_thread(std::string_view name, std::string_view& comm, int64_t& pid, int64_t& tid) {
  const size_t slash = name.rfind('/');
  const size_t dash = slash == name.npos ? name.npos : name.rfind('-', slash);
  if (dash == name.npos || dash == 0 || !parse_number(name.substr(slash + 1), tid)) return false;
  const std::string_view process = name.substr(dash + 1, slash - dash - 1);
  if (!parse_number(process, pid)) {
    if (process != "?") return false;
    pid = tid;
  }
  comm = name.substr(0, dash);
  return pid >= 0 && tid >= 0;
}

class Folded {
 public:
  Folded(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    while (true) {
      HONE_TRY_ASSIGN(bool got, lines_.next(line));
      if (!got) break;
      FoldedLine found;
      if (parse_folded(line, found)) {
        take(found);
        HONE_TRY(in_.held().set(held()));
        continue;
      }
      if (stripped(line).empty() || line.starts_with('#')) continue;
      const uint64_t number = lines_.number();
      const std::string shown(line.substr(0, kShown));
      HONE_TRY_ASSIGN(got, lines_.next(line));
      if (got) return no_stack(number, shown);
      to_.left("import.cut_short", "the last line is not whole: it has no number", 1,
               recording::kDataLoss);
    }
    if (two_ > 1 && two_ == taken_) return differences();
    if (two_ == 1 && taken_ == 1) {
      to_.left("folded.two_numbers",
               "the one line ends in two numbers: the last is taken, the other is of the name", 1,
               recording::kInfo);
    }
    write();
    return {};
  }

 private:
  static constexpr size_t kShown = 60;
  static constexpr size_t kMergeAtLeast = 1 << 20;
  struct Row {
    int64_t value = 0;
    StackId stack{};
    ThreadId thread{};
    bool is_of(const Row& other) const { return stack == other.stack && thread == other.thread; }
  };
  // A frame, with what was inlined into it, as it stands in the line before.
  struct Group {
    std::string text;
    StackId stack{};
  };

  tl::unexpected<Error> no_stack(uint64_t number, std::string shown) const {
    return tl::unexpected(Error{
        .code = Code::Corrupt,
        .message =
            fmt::format("{}: line {} is no folded stack: no number at its end", in_.name(), number),
        .offset = in_.offset(),
        .excerpt = std::move(shown),
        .fixes = {"lines are \"outer;inner NUMBER\", as stackcollapse-*.pl writes them"}});
  }

  tl::unexpected<Error> differences() const {
    return tl::unexpected(Error{
        .code = Code::Unsupported,
        .message = in_.name() + " has two numbers on every line: a difference of two profiles, as "
                                "difffolded.pl writes it",
        .fixes = {"give the two profiles themselves: hone view BEFORE AFTER"}});
  }

  uint64_t held() const {
    return rows_.size() * sizeof(Row) + held_of_stacks(stacks_) +
           uint64_t{threads_} * kHeldOfThread + held_of_texts_ + to_.places().held();
  }

  void out_of_range() {
    to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
             recording::kDataLoss);
  }

  // In millionths from the first number on that has a fraction.
  bool take_value(std::string_view text, int64_t& out) {
    if (!in_millionths_ && parse_number(text, out)) return true;
    if (!in_millionths_) {
      in_millionths_ = true;
      std::erase_if(rows_, [&](Row& row) {
        const bool is_too_large = __builtin_mul_overflow(row.value, kMillion, &row.value);
        if (is_too_large) out_of_range();
        return is_too_large;
      });
    }
    double real_value = 0;
    if (!decimal(text, kMillion, out)) {
      out_of_range();
      return false;
    }
    if (out == 0 && real(text, real_value) && real_value != 0) {
      to_.left("folded.too_small", "numbers of less than a millionth are left out", 1,
               recording::kDataLoss);
      return false;
    }
    return true;
  }

  void take(const FoldedLine& line) {
    Row row;
    ++taken_;
    two_ += line.has_two ? 1 : 0;
    if (!take_value(line.value, row.value)) return;
    std::string_view stack = line.stack;
    const std::string_view first = stack.substr(0, stack.find(';'));
    std::string_view comm;
    int64_t pid = 0, tid = 0;
    if (parse_thread(first, comm, pid, tid)) {
      row.thread = to_.thread(pid, tid);
      threads_ = std::max(threads_, raw(row.thread));
      to_.name_thread(pid, tid, comm);
      if (pid == tid) to_.name_process(pid, comm);
      stack.remove_prefix(std::min(first.size() + 1, stack.size()));
    }
    row.stack = stack_of(stack);
    stacks_ = std::max(stacks_, raw(row.stack));
    rows_.push_back(row);
    if (rows_.size() == merge_at_) merge();
  }

  // Files that were not summed have the same stacks again and again.
  void merge() {
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return a.stack != b.stack ? a.stack < b.stack : a.thread < b.thread;
    });
    size_t kept = 0;
    for (const Row& row : rows_) {
      Row* const last = kept > 0 ? &rows_[kept - 1] : nullptr;
      int64_t sum = 0;
      if (last != nullptr && last->is_of(row) && last->value >= 0 && row.value >= 0 &&
          !__builtin_add_overflow(last->value, row.value, &sum)) {
        last->value = sum;
      } else {
        rows_[kept++] = row;
      }
    }
    rows_.resize(kept);
    merge_at_ = std::max(kMergeAtLeast, 2 * kept);
  }

  // The frame that `rest` begins with, and what was inlined into it, until `frames` are
  // kStackDepthMost; `rest` loses it.
  static std::string_view take_group(std::string_view& rest, size_t& frames) {
    const std::string_view from = rest;
    size_t end = std::min(rest.find(';'), rest.size());
    ++frames;
    for (; end < from.size() && frames < kStackDepthMost; ++frames) {
      const size_t next = std::min(from.find(';', end + 1), from.size());
      if (!from.substr(0, next).ends_with("_[i]")) break;
      end = next;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return from.substr(0, end);
  }

  // Neighbours share most of their frames: only from where they differ anything is looked up.
  StackId stack_of(std::string_view rest) {
    size_t depth = 0, frames = 0;
    StackId at{};
    bool is_shared = true;
    for (; !rest.empty(); ++depth) {
      if (frames >= kStackDepthMost) {
        left_inner_frames(to_);
        break;
      }
      const std::string_view text = take_group(rest, frames);
      if (is_shared && depth < depth_ && path_[depth].text == text) {
        at = path_[depth].stack;
        continue;
      }
      is_shared = false;
      at = to_.builder().callee(at, frame_of(text));
      if (depth == path_.size()) path_.emplace_back();
      Group& group = path_[depth];
      held_of_texts_ -= group.text.capacity();
      group.text = text;
      held_of_texts_ += group.text.capacity();
      group.stack = at;
    }
    depth_ = depth;
    return at;
  }

  FrameId frame_of(std::string_view group) {
    key_ = group;
    const auto [known, is_new] = frames_.try_emplace(key_);
    if (!is_new) return known->second;
    held_of_texts_ += kHeldOfEntry + sizeof(std::string) + group.size();
    CodePlaces& places = to_.places();
    ModuleId module{};
    levels_.clear();
    for (std::string_view rest = group; !rest.empty() || levels_.empty();) {
      std::string_view name = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      const Mark mark = take_mark(name);
      if (levels_.empty()) {
        module = places.module(mark == Mark::kKernel ? "[kernel]"
                               : mark == Mark::kJit  ? "[jit]"
                                                     : "");
      }
      levels_.push_back({.function = places.function(
                             {.module = module, .name = name.empty() ? "[unknown]" : name})});
    }
    std::reverse(levels_.begin(), levels_.end());
    return known->second = places.frame(module, levels_);
  }

  void write() {
    const MetricId metric =
        in_millionths_
            ? to_.metric("value-millionths", "Value (millionths)", recording::TrackUnit::kCount)
            : to_.metric("samples", "Samples", recording::TrackUnit::kCount);
    for (const Row& row : rows_) to_.cost(row.thread, row.stack, metric, row.value, 0);
    if (in_millionths_) {
      to_.left("folded.fractions",
               "numbers have a fraction: all of them are taken in millionths, as "
               "`value-millionths`");
    } else if (!rows_.empty()) {
      to_.left("folded.no_unit",
               "folded stacks do not say what their numbers count: they are taken as samples", 1,
               recording::kInfo);
    }
  }

  LineReader lines_;
  Input& in_;
  Intake& to_;
  std::deque<Row> rows_;
  size_t merge_at_ = kMergeAtLeast;
  bool in_millionths_ = false;
  uint32_t stacks_ = 0, threads_ = 0;  // how many there are
  std::vector<Group> path_;
  size_t depth_ = 0;  // of path_ that is of the line before
  std::vector<CodePlaces::Level> levels_;
  std::unordered_map<std::string, FrameId> frames_;  // by group
  std::string key_;
  uint64_t two_ = 0, taken_ = 0;  // lines
  uint64_t held_of_texts_ = 0;
};

}  // namespace

// Every line has a number at its end, and there are frames: one ';' at least.
bool fits_folded(std::string_view head) {
  const bool is_cut = head.size() >= kSniffBytes;
  size_t found = 0;
  bool has_frames = false;
  if (head.find('\0') != head.npos) return false;
  while (!head.empty()) {
    const size_t end = head.find('\n');
    if (end == head.npos && is_cut && found > 0) break;
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end == head.npos ? head.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    FoldedLine folded;
    if (parse_folded(line, folded)) {
      ++found;
      has_frames = has_frames || folded.stack.find(';') != line.npos;
    } else if (!stripped(line).empty() && !line.starts_with('#') && !head.empty()) {
      return false;
    }
  }
  return has_frames;
}

Result<void> import_folded(Input& in, Intake& to) {
  return Folded(in, to).read();
}

}  // namespace hone::exchange
