// Heap profiles ("heap profile: 1: 2 [3: 4] @ heapprofile"), those of jemalloc ("heap_v2/524288"),
// and contention ("--- contention"): a stack of addresses a line, and the maps behind them.
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

#include "exchange/gperftools_parts.h"
#include "exchange/line_reader.h"
#include "exchange/mapped_addresses.h"
#include "exchange/stack_depth.h"
#include "exchange/words.h"

namespace hone::exchange::gperftools {
namespace {

enum class Kind : uint8_t { kHeap, kGrowth, kContention };

// Objects and bytes: live ones, then all that ever were.
struct Counts {
  int64_t objects = 0, bytes = 0, all_objects = 0, all_bytes = 0;
};

// The number that `text` begins with; `text` loses it and the `behind` after it.
bool take_count(std::string_view& text, char behind, int64_t& out) {
  text = stripped(text);
  const size_t end = text.find(behind);
  if (end == text.npos || !parse_number(stripped(text.substr(0, end)), out)) return false;
  text.remove_prefix(end + 1);
  return true;
}

// "1: 2 [3: 4]"
bool take_counts(std::string_view& text, Counts& out) {
  return take_count(text, ':', out.objects) && take_count(text, '[', out.bytes) &&
         take_count(text, ':', out.all_objects) && take_count(text, ']', out.all_bytes);
}

// What of a sampled sum there was in truth: as pprof works it out. Each byte is met with a chance
// of one in `period`, so that an allocation of X bytes is seen with one of 1 - exp(-X / period).
double scale_of(int64_t objects, int64_t bytes, int64_t period) {
  if (objects <= 0 || bytes <= 0 || period <= 1) return 1;
  const double mean = static_cast<double>(bytes) / static_cast<double>(objects);
  return 1 / -std::expm1(-mean / static_cast<double>(period));
}

class TextFile {
 public:
  TextFile(Input& in, Intake& to) : lines_(in), in_(in), to_(to) {}

  Result<void> read() {
    std::string_view line;
    HONE_TRY_ASSIGN(bool got, lines_.next(line));
    if (!got || !take_header(line)) return refused(line);
    while (true) {
      HONE_TRY_ASSIGN(got, lines_.next(line));
      if (!got) break;
      HONE_TRY(in_.held().set(code_.held() + held_of_stacks(held_stacks_)));
      if (in_maps_) {
        code_.add_map(line);
        continue;
      }
      const std::string_view words = stripped(line);
      if (words.empty()) continue;
      if (words.starts_with('#')) {
        take_name(words.substr(1));
        continue;
      }
      if (words.starts_with("MAPPED_LIBRARIES") || words.starts_with("--- Memory map")) {
        in_maps_ = true;
        continue;
      }
      if (!take_line(words)) return refused(line);
      if (!unsupported_.empty()) return not_of_gperftools();
    }
    code_.write(to_);
    if (is_of_go_ && period_ > 1) {
      to_.left("gperftools.scaled_by_go",
               "sums are taken as they stand: Go writes them scaled since 1.20; those of an older "
               "one are too small by the sampling period",
               1, recording::kInfo);
    }
    if (period_ > 1 && kind_ == Kind::kHeap) {
      to_.fact("import.period", fmt::format("{}", period_));
      to_.left(
          "gperftools.unsampled",
          "sums are worked out from samples of allocations, as pprof does: how many there were "
          "in truth is an estimate",
          stacks_);
    }
    return {};
  }

 private:
  tl::unexpected<Error> refused(std::string_view line) const {
    constexpr size_t kShown = 60;
    return tl::unexpected(
        Error{.code = Code::Corrupt,
              .message = fmt::format("{}: line {} is no part of a profile of gperftools",
                                     in_.name(), lines_.number()),
              .offset = in_.offset(),
              .excerpt = std::string(line.substr(0, kShown))});
  }

  bool take_header(std::string_view line) {
    constexpr std::string_view kHeap = "heap profile:", kJemalloc = "heap_v2/";
    using recording::TrackUnit;
    if (line.starts_with("--- ")) {
      kind_ = Kind::kContention;
      is_of_go_ = line.starts_with("--- mutex:");
      return true;
    }
    bool has_all = true;
    if (line.starts_with(kJemalloc)) {
      if (!parse_number(stripped(line.substr(kJemalloc.size())), period_)) return false;
    } else {
      line.remove_prefix(kHeap.size());
      Counts sums;
      if (!take_counts(line, sums)) return false;
      has_all = (sums.all_objects != sums.objects && sums.all_objects != 0) ||
                (sums.all_bytes != sums.bytes && sums.all_bytes != 0);
      if (!take_kind(line)) return false;
    }
    if (kind_ == Kind::kGrowth) {
      bytes_ = to_.metric("growth_space", "Heap growth", TrackUnit::kBytes);
      objects_ = to_.metric("growth_objects", "Times that the heap grew", TrackUnit::kCount);
      return true;
    }
    bytes_ = to_.metric("live-bytes", "Live bytes", TrackUnit::kBytes);
    objects_ = to_.metric("inuse_objects", "Live objects", TrackUnit::kCount);
    if (has_all) {
      all_bytes_ = to_.metric("alloc-bytes", "Allocated bytes", TrackUnit::kBytes);
      all_objects_ = to_.metric("alloc-count", "Allocations", TrackUnit::kCount);
    }
    return true;
  }

  // " @ heap_v2/524288"
  bool take_kind(std::string_view line) {
    line = stripped(line);
    if (!line.starts_with('@')) return line.empty();
    const std::string_view words = stripped(line.substr(1));
    const size_t slash = std::min(words.find('/'), words.size());
    const std::string_view name = words.substr(0, slash);
    if (slash < words.size() && !parse_number(words.substr(slash + 1), period_)) return false;
    if (name == "growth" || name == "growthz") {
      kind_ = Kind::kGrowth;
    } else if (name == "heapprofile") {
      period_ = 1;
    } else if (name == "heap") {
      period_ /= 2;  // its first version, which Go still writes, says double the rate
    } else if (name != "heap_v2" && name != "heapz_v2") {
      return false;  // "fragmentation", or what nobody has thought of yet
    }
    return true;
  }

  bool take_line(std::string_view line) {
    if (kind_ == Kind::kContention) return take_contention(line);
    // jemalloc: "@ 0x1 0x2", then "t*: 1: 2 [3: 4]" of all threads, and of each.
    if (line.starts_with('@')) {
      stack_line_ = take_stack(line.substr(1));
      return stack_line_.has_value();
    }
    Counts counts;
    if (line.starts_with('t')) {
      const bool is_sum = line.starts_with("t*:");
      line.remove_prefix(std::min(line.find(':') + 1, line.size()));
      if (!take_counts(line, counts)) return false;
      if (is_sum && stack_line_) put(*stack_line_, counts);
      return true;
    }
    if (!take_counts(line, counts)) return false;
    line = stripped(line);
    if (!line.starts_with('@')) return false;
    const auto stack = take_stack(line.substr(1));
    if (stack) put(*stack, counts);
    return stack.has_value();
  }

  void put(StackId stack, const Counts& counts) {
    ++stacks_;
    const double scale = scale_of(counts.objects, counts.bytes, period_);
    put_scaled(stack, bytes_, counts.bytes, counts.objects, scale);
    put_scaled(stack, objects_, counts.objects, counts.objects, scale);
    if (all_bytes_ == MetricId::kNone) return;
    const double all = scale_of(counts.all_objects, counts.all_bytes, period_);
    put_scaled(stack, all_bytes_, counts.all_bytes, counts.all_objects, all);
    put_scaled(stack, all_objects_, counts.all_objects, counts.all_objects, all);
  }

  // `count`: of what was seen, which is what an estimate is worth.
  void put_scaled(StackId stack, MetricId metric, int64_t value, int64_t count, double scale) {
    if (value == 0) return;
    if (scale != 1) {
      const double scaled = static_cast<double>(value) * scale;
      constexpr double kMost = 4e18;
      if (!(std::abs(scaled) < kMost)) {
        to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
                 recording::kDataLoss);
        return;
      }
      value = std::llround(scaled);
    }
    to_.cost(ThreadId::kNone, stack, metric, value, count < 0 ? 0 : static_cast<uint64_t>(count));
  }

  // "1234 5 @ 0x1 0x2", and before them "cycles/second = 2800000000".
  bool take_contention(std::string_view line) {
    if (code_.add_map(line)) return true;
    if (const size_t equals = line.find('='); equals != line.npos) {
      const std::string_view key = stripped(line.substr(0, equals));
      const std::string_view value = stripped(line.substr(equals + 1));
      if (key == "cycles/second") return parse_number(value, cycles_a_second_);
      if (key == "sampling period") return parse_number(value, period_);
      if (key == "format" || key == "resolution") unsupported_ = line;
      int64_t discarded = 0;
      if (key == "discarded samples" && parse_number(value, discarded) && discarded > 0) {
        to_.left("gperftools.discarded", "samples were discarded by what wrote the file",
                 static_cast<uint64_t>(discarded), recording::kDataLoss);
      }
      return true;
    }
    const size_t at = line.find('@');
    int64_t delay = 0, count = 0;
    if (at == line.npos) return false;
    std::string_view numbers = line.substr(0, at);
    if (!parse_number(take_word(numbers), delay) || !parse_number(take_word(numbers), count)) {
      return false;
    }
    const auto stack = take_stack(line.substr(at + 1));
    if (!stack) return false;
    put_contention(*stack, delay, count);
    return true;
  }

  void put_contention(StackId stack, int64_t delay, int64_t count) {
    using recording::TrackUnit;
    const bool has_clock = cycles_a_second_ > 0;
    const double times = is_of_go_ ? 1 : static_cast<double>(std::max<int64_t>(period_, 1));
    const double scale = times * (has_clock ? 1e9 / static_cast<double>(cycles_a_second_) : 1);
    const MetricId delays =
        has_clock ? to_.metric("delay", "Delay", TrackUnit::kNanoseconds)
                  : to_.metric("delay_cycles", "Delay (cycles of a clock that is not known)",
                               TrackUnit::kCount);
    put_scaled(stack, delays, delay, count, scale);
    put_scaled(stack, to_.metric("contentions", "Contentions", TrackUnit::kCount), count, count,
               times);
  }

  // "# 0x4010 main.work+0x10 /src/main.go:12", as Go says what an address in the line before is:
  // less one already, where that returns.
  void take_name(std::string_view words) {
    const std::string_view number = take_go_field(words), name = take_go_field(words);
    std::string_view place = stripped(words);
    uint64_t address = 0;
    if (!number.starts_with("0x") || !parse_address(number, address) || name.empty()) return;
    uint32_t line = 0;
    const size_t colon = place.rfind(':');
    if (colon != place.npos && parse_number(place.substr(colon + 1), line)) {
      place = place.substr(0, colon);
    }
    code_.name(address, name.substr(0, name.rfind("+0x")), place, line);
  }

  // Fields are parted by tabs; where somebody has put blanks for them, by these.
  static std::string_view take_go_field(std::string_view& text) {
    text = stripped(text);
    const bool has_tabs = text.find('\t') != text.npos;
    const std::string_view field = text.substr(0, text.find(has_tabs ? '\t' : ' '));
    text.remove_prefix(field.size());
    return stripped(field);
  }

  tl::unexpected<Error> not_of_gperftools() const {
    return tl::unexpected(
        Error{.code = Code::Unsupported,
              .message = fmt::format("{}: line {}: contention of another program's, whose numbers "
                                     "are of other units",
                                     in_.name(), lines_.number()),
              .offset = in_.offset(),
              .excerpt = unsupported_.substr(0, 60)});
  }

  // Every address is one that a call returns to.
  std::optional<StackId> take_stack(std::string_view line) {
    frames_.clear();
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      uint64_t address = 0;
      if (word.starts_with("0x")) word.remove_prefix(2);
      if (!parse_number(word, address, 16)) return std::nullopt;
      if (frames_.size() == kStackDepthMost) {
        left_outer_frames(to_);
        break;
      }
      frames_.push_back(code_.frame(address - 1));
    }
    const StackId stack = to_.builder().stack(frames_, path_);
    held_stacks_ = std::max<uint64_t>(held_stacks_, raw(stack));
    return stack;
  }

  LineReader lines_;
  Input& in_;
  Intake& to_;
  Kind kind_ = Kind::kHeap;
  bool in_maps_ = false;
  int64_t period_ = 1, cycles_a_second_ = 0;
  uint64_t stacks_ = 0, held_stacks_ = 0;
  bool is_of_go_ = false;
  std::string unsupported_;  // a line that says that the file is of somebody else
  MetricId bytes_{}, objects_{}, all_bytes_{}, all_objects_{};
  std::optional<StackId> stack_line_;
  MappedAddresses code_;
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
};

}  // namespace

bool fits_text(std::string_view head) {
  constexpr std::string_view kBegins[] = {"heap profile:", "heap_v2/", "--- contention",
                                          "--- mutex:"};
  for (const std::string_view begin : kBegins) {
    if (head.starts_with(begin)) return true;
  }
  return false;
}

Result<void> read_text(Input& in, Intake& to) {
  return TextFile(in, to).read();
}

}  // namespace hone::exchange::gperftools
