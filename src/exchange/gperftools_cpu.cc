// CPU profiles of gperftools: words of 32 or 64 bits, little endian. The header is 0, 3, 0, the
// period in microseconds, 0; then "count, depth, addresses..." for each stack; 0, 1, 0 at the end,
// and the text of /proc/self/maps.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "exchange/gperftools_parts.h"
#include "exchange/line_reader.h"
#include "exchange/mapped_addresses.h"
#include "exchange/stack_depth.h"

namespace hone::exchange::gperftools {
namespace {

constexpr size_t kHeadWords = 5;
// A header may grow by words that nobody knows yet; not by so many.
constexpr uint64_t kHeadWordsMost = 64;

// The word at `at`, of 4 or 8 bytes.
uint64_t word_at(std::string_view bytes, size_t at, size_t width) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t out = 0;
  std::memcpy(&out, bytes.data() + at * width, width);
  return out;
}

// How wide its words are; 0: it is none.
size_t width_of(std::string_view head) {
  for (const size_t width : {size_t{8}, size_t{4}}) {
    if (head.size() < kHeadWords * width) continue;
    const uint64_t words = word_at(head, 1, width);
    if (word_at(head, 0, width) == 0 && words >= 3 && words <= kHeadWordsMost &&
        word_at(head, 2, width) == 0 && word_at(head, 3, width) != 0 &&
        word_at(head, 3, width) <= UINT32_MAX) {
      return width;
    }
  }
  return 0;
}

class CpuFile {
 public:
  CpuFile(Input& in, Intake& to) : in_(in), to_(to) {}

  Result<void> read() {
    HONE_TRY(in_.fill(kHeadWords * 8));
    width_ = width_of(in_.rest());
    if (width_ == 0) return refused("no header of one");
    period_us_ = word_at(in_.rest(), 3, width_);
    HONE_TRY_ASSIGN(const bool has_head, skip(2 + word_at(in_.rest(), 1, width_)));
    if (!has_head) return refused("it ends in its header");
    samples_ = to_.metric("samples", "Samples", recording::TrackUnit::kCount);
    cpu_ = to_.metric("cpu", "CPU time", recording::TrackUnit::kNanoseconds);
    to_.fact("import.period", fmt::format("{}", period_us_ * 1000));
    bool at_end = false;
    while (!at_end) {
      HONE_TRY_ASSIGN(const bool got, take_stack(at_end));
      if (got) continue;
      to_.left("import.cut_short", "the file ends without its end mark", 1, recording::kDataLoss);
      break;
    }
    HONE_TRY(read_maps());
    code_.write(to_);
    return {};
  }

 private:
  tl::unexpected<Error> refused(std::string_view why) const {
    return tl::unexpected(Error{.code = Code::Corrupt,
                                .message = fmt::format("{}: no CPU profile of gperftools: {} "
                                                       "(byte {})",
                                                       in_.name(), why, in_.offset()),
                                .offset = in_.offset()});
  }

  Result<bool> has(uint64_t words) {
    HONE_TRY(in_.fill(words * width_));
    return in_.rest().size() >= words * width_;
  }
  Result<bool> skip(uint64_t words) {
    HONE_TRY_ASSIGN(const bool there, has(words));
    if (there) in_.take(words * width_);
    return there;
  }

  // False: the file ends there.
  Result<bool> take_stack(bool& at_end) {
    HONE_TRY_ASSIGN(const bool has_two, has(2));
    if (!has_two) return false;
    const uint64_t count = word_at(in_.rest(), 0, width_), depth = word_at(in_.rest(), 1, width_);
    if (depth > Input::kWindowMost / 8 - 2) return refused("a stack is longer than any can be");
    HONE_TRY_ASSIGN(const bool has_stack, has(2 + depth));
    if (!has_stack) return false;
    at_end = count == 0 && depth == 1 && word_at(in_.rest(), 2, width_) == 0;
    if (!at_end) take_addresses(count, depth);
    in_.take((2 + depth) * width_);
    HONE_TRY(keep());
    return true;
  }

  Result<void> keep() { return in_.held().set(code_.held() + held_of_stacks(stacks_)); }

  void take_addresses(uint64_t count, uint64_t depth) {
    frames_.clear();
    for (uint64_t i = 0; i < depth; ++i) {
      const uint64_t address = word_at(in_.rest(), 2 + i, width_);
      // The innermost is where the thread was. It stands there twice where the walk found it, too.
      if (i == 1 && address == word_at(in_.rest(), 2, width_)) continue;
      if (frames_.size() == kStackDepthMost) {
        left_outer_frames(to_);
        break;
      }
      frames_.push_back(code_.frame(i == 0 ? address : address - 1));
    }
    const StackId stack = to_.builder().stack(frames_, path_);
    stacks_ = std::max<uint64_t>(stacks_, raw(stack));
    constexpr uint64_t kNsOfUs = 1000;
    const auto most = static_cast<uint64_t>(INT64_MAX) / (period_us_ * kNsOfUs);
    if (count > most) {
      to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
               recording::kDataLoss);
      return;
    }
    to_.cost(ThreadId::kNone, stack, samples_, static_cast<int64_t>(count), count);
    to_.cost(ThreadId::kNone, stack, cpu_, static_cast<int64_t>(count * period_us_ * kNsOfUs),
             count);
  }

  Result<void> read_maps() {
    LineReader lines(in_);
    std::string_view line;
    while (true) {
      HONE_TRY_ASSIGN(const bool got, lines.next(line));
      if (!got) return {};
      code_.add_map(line);  // what is none says something else of the program
      HONE_TRY(keep());
    }
  }

  Input& in_;
  Intake& to_;
  size_t width_ = 0;
  uint64_t period_us_ = 0, stacks_ = 0;
  MetricId samples_{}, cpu_{};
  MappedAddresses code_;
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
};

}  // namespace

bool fits_cpu(std::string_view head) {
  return width_of(head) != 0;
}

Result<void> read_cpu(Input& in, Intake& to) {
  return CpuFile(in, to).read();
}

}  // namespace hone::exchange::gperftools
