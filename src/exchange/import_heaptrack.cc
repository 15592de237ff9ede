// What heaptrack writes once it has interpreted what it recorded (heaptrack.APP.PID.zst): texts,
// code, stacks and sizes as they first come, then every allocation and release by number, and now
// and then the time. Numbers are hexadecimal. Summed by stack as heaptrack_print does; without its
// suppressions, so that what it hides of leaks is there.
#include <fmt/format.h>

#include <charconv>
#include <unordered_map>
#include <vector>

#include "exchange/command_name.h"
#include "exchange/import.h"
#include "exchange/line_reader.h"
#include "exchange/stack_depth.h"

namespace hone::exchange {
namespace {

constexpr int64_t kNsOfHeaptrackStamp = 1'000'000;
constexpr uint64_t kNewestVersion = 3, kOldestVersion = 1, kVersionWithSizes = 3;
// What one takes that a recording keeps, and how it is found again; about.
constexpr size_t kBytesOfCode = 128, kBytesOfCall = 48, kBytesOfStack = 24;

// The words of a line, each a number.
class HexWords {
 public:
  explicit HexWords(std::string_view text) : rest_(text) {}
  bool next(uint64_t& out) {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
    const auto [at, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out, 16);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(at - rest_.data()));
    return rest_.empty() || rest_[0] == ' ';
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

class Heaptrack {
 public:
  Heaptrack(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    bool is_cut = false;
    while (true) {
      HONE_TRY_ASSIGN(const bool got, lines_.next(line));
      if (!got) break;
      if (is_cut) return fail(Code::Corrupt, problem_);
      if (is_of_text(line) || line.empty() || line[0] == '#') continue;
      if (!take(line)) {
        HONE_TRY(in_.held().add(0));  // more than that
        if (!refusal_.empty()) return fail(Code::Unsupported, in_.name() + ": " + refusal_);
        problem_ =
            fmt::format("{}: line {} is none that heaptrack writes", in_.name(), lines_.number());
        is_cut = true;  // unless there is more
      }
    }
    if (is_cut) {
      to_.left("import.cut_short", "the file ends too early: what is behind its end is missing", 1,
               recording::kDataLoss);
    }
    write();
    return {};
  }

 private:
  // A frame of code, its inlined calls expanded: the innermost first.
  struct CodeFrames {
    uint32_t first = 0, count = 0;
  };
  struct TraceNode {
    StackId stack{};
    uint32_t depth = 0;
    uint32_t sums = 0;  // 1 + index in sums_; 0: nothing was allocated there
  };
  struct HeapKind {  // of what is allocated again and again: so many bytes at that stack
    uint64_t size = 0;
    uint32_t sums = 0;
  };
  struct HeapSums {
    StackId stack{};
    int64_t bytes = 0, live = 0, peak = 0;
    uint64_t count = 0, live_count = 0, temporary = 0;
    uint64_t epoch = 0;  // of the peak that `peak` was kept for
  };

  bool take(std::string_view line) {
    HexWords words(line.size() > 1 ? line.substr(1) : std::string_view());
    uint64_t number = 0;
    switch (line[0]) {
      case 'v':
        return take_version(words);
      case 'X':
        command_ = line.substr(std::min<size_t>(2, line.size()));
        to_.fact("run.command", command_);
        return true;
      case 'A':
        to_.fact("run.attached", "1");
        return true;
      case 's':
        return take_text(line.substr(std::min<size_t>(2, line.size())));
      case 'i':
        return take_code(words);
      case 't':
        return take_trace(words);
      case 'a':
        return take_kind(words);
      case '+':
        return words.next(number) && allocate(number);
      case '-':
        return words.next(number) && release(number);
      case 'c':
        return words.next(number) && tick(number);
      case 'R':
        if (!words.next(number)) return false;
        plot("resident memory", static_cast<double>(number) * static_cast<double>(page_size_));
        return true;
      case 'I':
        return words.next(page_size_);
      case 'S':
        ++suppressions_;
        return true;
      case 'x':
      case 'm':
        refusal_ = "heaptrack has not interpreted this file yet (heaptrack --interpret FILE)";
        return false;
      default:  // heaptrack's own reader says so, too, and goes on
        to_.left("import.unknown_line", "lines that this version of Hone does not know", 1,
                 recording::kDataLoss);
        return true;
    }
  }

  bool hold(size_t bytes) { return in_.held().add(bytes).has_value(); }

  bool take_version(HexWords words) {
    uint64_t version = 0;
    if (!words.next(version)) return false;
    // 1.0.0 said of itself that it was 1.2.0, and of its files nothing.
    if (!words.next(version_) && version == 0x010200) version_ = 1;
    if (version_ >= kOldestVersion && version_ <= kNewestVersion) return true;
    refusal_ = fmt::format("heaptrack's files of version {}: versions {} to {} are read", version_,
                           kOldestVersion, kNewestVersion);
    return false;
  }

  // "8 /tmp/app" with its size, or the rest of the line. Sized ones may hold line ends: of these
  // the first line is kept.
  bool take_text(std::string_view text) {
    if (version_ >= kVersionWithSizes) {
      HexWords words(text);
      uint64_t size = 0;
      if (!words.next(size)) return false;
      text = words.rest();
      if (!text.empty()) text.remove_prefix(1);
      of_text_ = size - std::min<uint64_t>(size, text.size());
    }
    if (!hold(sizeof(std::string) + text.size())) return false;
    texts_.emplace_back(text);
    return true;
  }

  // Whether the line belongs to the text that began before it.
  bool is_of_text(std::string_view line) {
    if (of_text_ == 0) return false;
    --of_text_;  // the line end
    const bool fits = line.size() <= of_text_;
    of_text_ = fits ? of_text_ - line.size() : 0;
    return fits;
  }

  // 0 is none.
  std::string_view text(uint64_t number) const {
    return number >= 1 && number <= texts_.size() ? std::string_view(texts_[number - 1])
                                                  : std::string_view();
  }

  // ADDRESS MODULE [FUNCTION FILE LINE]...: the first is the innermost, the others are what it was
  // inlined into.
  bool take_code(HexWords words) {
    uint64_t address = 0, module = 0, function = 0, file = 0, line = 0;
    if (!words.next(address) || !words.next(module)) return false;
    CodeFrames of{.first = static_cast<uint32_t>(frames_.size())};
    do {
      function = file = line = 0;
      const bool has_name = words.next(function) && words.next(file) && words.next(line);
      if (!has_name && of.count > 0) break;
      const std::string_view name = text(function);
      if (!hold(kBytesOfCode)) return false;
      const std::string unnamed = name.empty() ? fmt::format("{:#x}", address) : std::string();
      frames_.push_back(to_.code(name.empty() ? unnamed : name, text(module), text(file),
                                 line <= UINT32_MAX ? static_cast<uint32_t>(line) : 0));
      ++of.count;
      if (!has_name) break;
    } while (true);
    if (!hold(sizeof(of))) return false;
    codes_.push_back(of);
    return true;
  }

  // CODE CALLER, both from 1; the caller stands before.
  bool take_trace(HexWords words) {
    uint64_t code = 0, caller = 0;
    if (!words.next(code) || !words.next(caller)) return false;
    if (code > codes_.size() || caller > traces_.size() || code > UINT32_MAX) return false;
    TraceNode node;
    if (caller > 0) node = {.stack = traces_[caller - 1].stack, .depth = traces_[caller - 1].depth};
    if (code > 0 && !call(static_cast<uint32_t>(code - 1), node)) return false;
    if (!hold(sizeof(node))) return false;
    traces_.push_back(node);
    return true;
  }

  // What a code is called by stands in a file once; a file that says it again and again must not
  // look for the same frames each time.
  bool call(uint32_t code, TraceNode& node) {
    const CodeFrames& of = codes_[code];
    const uint32_t count = std::min(of.count, kStackDepthMost - node.depth);
    if (count < of.count) {
      left_inner_frames(to_);
    }
    node.depth += count;
    const auto [known, is_new] =
        calls_.try_emplace(uint64_t{raw(node.stack)} << 32 | code, node.stack);
    if (is_new) {
      if (!hold(kBytesOfCall + count * kBytesOfStack)) return false;
      for (uint32_t i = 0; i < count; ++i) {
        known->second = to_.builder().callee(known->second, frames_[of.first + of.count - 1 - i]);
      }
    }
    node.stack = known->second;
    return true;
  }

  bool take_kind(HexWords words) {
    uint64_t size = 0, trace = 0;
    if (!words.next(size) || !words.next(trace)) return false;
    if (trace > traces_.size() || size > uint64_t{1} << 48) return false;
    uint32_t& known = trace == 0 ? without_stack_ : traces_[trace - 1].sums;
    if (!hold(sizeof(HeapKind) + (known == 0 ? sizeof(HeapSums) : 0))) return false;
    if (known == 0) {
      sums_.push_back({.stack = trace == 0 ? StackId::kNone : traces_[trace - 1].stack});
      known = static_cast<uint32_t>(sums_.size());
    }
    kinds_.push_back({.size = size, .sums = known - 1});
    return true;
  }

  // What was live there at the last peak is kept when it first changes afterwards.
  HeapSums& about_to_change(uint32_t sums) {
    HeapSums& of = sums_[sums];
    if (of.epoch != epoch_) {
      of.peak = of.live;
      of.epoch = epoch_;
    }
    return of;
  }

  bool allocate(uint64_t kind) {
    if (kind >= kinds_.size()) return false;
    const auto size = static_cast<int64_t>(kinds_[kind].size);
    HeapSums& of = about_to_change(kinds_[kind].sums);
    last_ = kind;
    int64_t bytes = 0, live = 0;
    if (__builtin_add_overflow(of.bytes, size, &bytes) ||
        __builtin_add_overflow(live_, size, &live)) {
      to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
               recording::kDataLoss);
      return true;
    }
    of.bytes = bytes;
    of.live += size;  // at most live_
    live_ = live;
    ++of.count;
    ++of.live_count;
    if (live_ > peak_) {
      peak_ = live_;
      ++epoch_;
    }
    return true;
  }

  bool release(uint64_t kind) {
    if (kind >= kinds_.size()) return false;
    const auto size = static_cast<int64_t>(kinds_[kind].size);
    HeapSums& of = about_to_change(kinds_[kind].sums);
    // heaptrack's own measure: released right after it was allocated.
    const bool is_temporary = last_ == kind;
    last_ = 0;  // as heaptrack has it, which takes it for a number as well
    if (of.live_count == 0 || of.live < size) {
      to_.left("import.release_without_allocation", "releases of what was not allocated");
      return true;
    }
    --of.live_count;
    of.live -= size;
    live_ -= size;
    of.temporary += is_temporary ? 1 : 0;
    return true;
  }

  bool tick(uint64_t stamp) {
    if (stamp > uint64_t{1} << 40) return false;
    const int64_t ns = static_cast<int64_t>(stamp) * kNsOfHeaptrackStamp;
    if (ns < now_) {
      to_.left("import.time_goes_back", "times before the one before are left out");
      return true;
    }
    now_ = ns;
    plot("heap", static_cast<double>(live_));
    return true;
  }

  void plot(std::string_view name, double bytes) {
    to_.plot(to_.thread(1, 1), TimeNs{now_},
             to_.site({.name = name, .unit = "bytes", .kind = HONE_SITE_PLOT}), bytes);
  }

  void write() {
    using Unit = recording::TrackUnit;
    to_.name_process(1, command_name(command_));
    const ThreadId thread = to_.thread(1, 1);
    const MetricId bytes = to_.metric("alloc-bytes", "Allocated bytes", Unit::kBytes);
    const MetricId count = to_.metric("alloc-count", "Allocations", Unit::kCount);
    const MetricId leaked = to_.metric("leaked", "Not freed at exit", Unit::kBytes);
    const MetricId peak =
        to_.metric("heaptrack.peak-bytes", "Live bytes when the heap was largest", Unit::kBytes);
    const MetricId temporary = to_.metric("heaptrack.temporary", "Released at once", Unit::kCount);
    const auto cost = [&](const HeapSums& of, MetricId metric, int64_t value, uint64_t events) {
      if (value > 0) to_.cost(thread, of.stack, metric, value, events);
    };
    for (const HeapSums& of : sums_) {
      cost(of, bytes, of.bytes, of.count);
      cost(of, count, static_cast<int64_t>(of.count), of.count);
      cost(of, leaked, of.live, of.live_count);
      cost(of, peak, of.epoch == epoch_ ? of.peak : of.live, 0);
      cost(of, temporary, static_cast<int64_t>(of.temporary), of.temporary);
    }
    to_.left("import.suppressions",
             "the file's own suppressions of leaks are not applied: what they hide is there",
             suppressions_);
  }

  LineReader lines_;
  Input& in_;
  Intake& to_;
  uint64_t version_ = 0, page_size_ = 4096, suppressions_ = 0;
  std::string command_, problem_, refusal_;
  std::vector<std::string> texts_;
  std::vector<FrameId> frames_;
  std::vector<CodeFrames> codes_;
  std::vector<TraceNode> traces_;
  std::vector<HeapKind> kinds_;
  std::vector<HeapSums> sums_;
  std::unordered_map<uint64_t, StackId> calls_;  // by caller << 32 | code
  uint64_t of_text_ = 0;  // bytes that the last text has on the lines behind it
  uint32_t without_stack_ = 0;
  uint64_t last_ = 0, epoch_ = 0;
  int64_t live_ = 0, peak_ = 0, now_ = 0;
};

}  // namespace

bool fits_heaptrack(std::string_view head) {
  const size_t end = head.find('\n');
  if (!head.starts_with("v ") || end == head.npos || end > 40) return false;
  uint64_t number = 0;
  HexWords words(head.substr(1, end - 1));
  if (!words.next(number)) return false;
  const std::string_view next = head.substr(end + 1);
  return next.starts_with("X ") || next.starts_with("x ") || next.starts_with("I ") ||
         next.starts_with("A") || next.starts_with("s ");
}

Result<void> import_heaptrack(Input& in, Intake& to) {
  return Heaptrack(in, to).read();
}

}  // namespace hone::exchange
