// DHAT's profiles (dhatFileVersion 2): of Valgrind's tool, and of the crate of that name for Rust.
// Each program point is a stack with sums: what was allocated there, what of it was live when the
// heap was largest and at the end, for how long, and how it was read and written. The frames stand
// behind them, in one table: they get their rows at the end, in the order in which points named
// them. What the sums are stands in front of the points, and these are written as they come; where
// it does not, they wait for it.
#include <fmt/format.h>

#include <vector>

#include "exchange/command_name.h"
#include "exchange/import.h"
#include "exchange/json_stream.h"
#include "exchange/rows_by_number.h"
#include "exchange/stack_depth.h"
#include "exchange/valgrind_frame.h"

namespace hone::exchange {
namespace {

constexpr int64_t kSupportedVersion = 2;
constexpr int64_t kNsOfDhatMicrosecond = 1000;

enum DhatSum : uint8_t {  // in this order in kSumNames
  kBytes,
  kBlocks,
  kLifetime,
  kPeakBytes,
  kPeakBlocks,
  kEndBytes,
  kEndBlocks,
  kReadBytes,
  kWrittenBytes,
  kDhatSums,
};
constexpr std::string_view kSumNames[kDhatSums] = {"tb", "tbk", "tl", "gb", "gbk",
                                                   "eb", "ebk", "rb", "wb"};

struct ProgramPoint {
  int64_t sums[kDhatSums] = {};
  uint32_t has = 0;  // bits
  StackId stack{};
};

class Dhat {
 public:
  Dhat(Input& in, Intake& to) : at_(in), to_(to) {}

  Result<void> read() {
    std::string key;
    if (at_.open('{')) {
      while (at_.key(key)) HONE_TRY(member(key));
    }
    HONE_TRY(at_.done());
    note_cut(at_, to_);
    write();
    return {};
  }

 private:
  Result<void> member(std::string_view key) {
    std::string text;
    if (key == "dhatFileVersion") {
      int64_t version = 0;
      if (!at_.whole(version) || version != kSupportedVersion) {
        return fail(Code::Unsupported,
                    fmt::format("DHAT's files of version {}: only version {} is read", version,
                                kSupportedVersion));
      }
    } else if (key == "mode") {
      has_mode_ = at_.text(mode_);
    } else if (key == "tu") {
      has_time_unit_ = at_.text(time_unit_);
    } else if (key == "bsu") {
      at_.text(units_);
    } else if (key == "cmd") {
      if (at_.text(command_)) to_.fact("run.command", command_);
    } else if (key == "pid") {
      has_pid_ = at_.whole(pid_);
    } else if (key == "te" || key == "tg") {
      int64_t time = 0;
      if (at_.whole(time)) {
        to_.fact(key == "te" ? "dhat.end" : "dhat.peak", fmt::format("{} {}", time, time_unit_));
      }
    } else if (key == "pps" && at_.open('[')) {
      while (at_.element()) take_point(at_.value());
    } else if (key == "ftbl" && at_.open('[')) {
      while (at_.element()) {
        if (!at_.text(text)) text.clear();
        // The recording keeps its texts once, too, and how they are found again.
        if (!at_.hold(sizeof(text) + 3 * text.size())) break;
        table_.push_back(text);
      }
    } else {
      at_.skip();
    }
    return {};
  }

  void beyond() {
    to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out", 1,
             recording::kDataLoss);
  }

  void take_point(std::string_view text) {
    JsonScan at(text, true);
    std::string_view key, raw;
    if (!at.open('{')) return;
    ProgramPoint point;
    while (at.key(key)) {
      if (key == "fs" && at.open('[')) {
        take_frames(at, point);
        continue;
      }
      size_t sum = 0;
      while (sum < kDhatSums && kSumNames[sum] != key) ++sum;
      if (sum < kDhatSums) {
        if (at.number(raw) && decimal(raw, 1, point.sums[sum])) {
          point.has |= 1U << sum;
        } else {
          beyond();
        }
      } else {
        if (key == "acc") ++with_offsets_;
        if (key == "mb") ++with_largest_;
        at.skip();
      }
    }
    if (!is_told()) return keep(point);
    write_points();
    write_point(point);
  }

  // What the sums are, and whose.
  bool is_told() const { return has_mode_ && has_time_unit_ && has_pid_; }

  // Most numbers are small, and some are missing.
  void keep(const ProgramPoint& point) {
    const size_t before = points_.bytes();
    points_.push_back(point.has);
    for (size_t sum = 0; sum < kDhatSums; ++sum) {
      if ((point.has >> sum & 1) != 0) points_.push_back(point.sums[sum]);
    }
    points_.push_back(raw(point.stack));
    at_.hold(points_.bytes() - before);
  }

  static bool next_point(PackedNumbers::Reader& points, ProgramPoint& out) {
    int64_t number = 0;
    if (!points.next(number)) return false;
    out.has = static_cast<uint32_t>(number);
    for (size_t sum = 0; sum < kDhatSums; ++sum) {
      out.sums[sum] = 0;
      if ((out.has >> sum & 1) != 0) points.next(out.sums[sum]);
    }
    points.next(number);
    out.stack = StackId{static_cast<uint32_t>(number)};
    return true;
  }

  // The innermost first.
  void take_frames(JsonScan& at, ProgramPoint& point) {
    std::string_view raw;
    frames_.clear();
    while (at.element()) {
      int64_t number = -1;
      if (!at.number(raw) || !decimal(raw, 1, number) || number < 0) number = INT64_MAX;
      if (frames_.size() >= kStackDepthMost) {
        left_outer_frames(to_);
      } else if (number != 0) {  // "[root]"
        frames_.push_back(frame_of(static_cast<uint64_t>(number)));
      }
    }
    point.stack = to_.builder().stack(frames_, path_);
  }

  // The frame that an entry of the table will be.
  FrameId frame_of(uint64_t number) {
    const uint32_t known = rows_.find(number);
    if (known != RowsByNumber::kNone) return FrameId{known + 1};
    const uint64_t before = rows_.held();
    rows_.add(number, static_cast<uint32_t>(used_.size()));
    used_.push_back(number);
    at_.hold(rows_.held() - before + sizeof(uint64_t));
    return FrameId{static_cast<uint32_t>(used_.size())};
  }

  void write_frames() {
    CodePlaces& places = to_.places();
    uint64_t missing = 0;
    for (uint32_t row = 0; row < used_.size(); ++row) {
      const bool is_there = used_[row] < table_.size();
      missing += is_there ? 0 : 1;
      const std::string_view text = is_there ? std::string_view(table_[used_[row]]) : "";
      const ValgrindFrame of = parse_valgrind_frame(text);
      const bool is_known = !of.function.empty() && of.function != "???";
      const ModuleId module = places.module(of.module);
      const CodePlaces::Level level{
          .function = places.function(
              {.module = module, .name = is_known ? of.function : "[unknown]", .file = of.file}),
          .file = of.file,
          .line = of.line};
      // Nothing has an address there: each is a place of its own.
      to_.builder().append(recording::FrameRow{.module = module, .address = row + 1});
      places.write_levels(FrameId{row + 1}, {&level, 1});
    }
    to_.left("import.no_such_frame", "frames that are not in the table stand as not known", missing,
             recording::kDataLoss);
  }

  // A metric, and which sums it is made of; `blocks` kDhatSums: not known.
  struct Kind {
    DhatSum value, blocks;
    MetricId metric;
    int64_t scale;
  };

  std::vector<Kind> kinds() {
    using Unit = recording::TrackUnit;
    if (mode_ == "copy") {
      return {{kBytes, kBlocks, to_.metric("dhat.copied-bytes", "Copied bytes", Unit::kBytes), 1},
              {kBlocks, kBlocks, to_.metric("dhat.copies", "Copies", Unit::kCount), 1}};
    }
    if (mode_.ends_with("ad-hoc")) {
      const std::string title = units_.empty() ? "units" : units_;
      return {{kBytes, kBlocks, to_.metric("dhat.units", title, Unit::kCount), 1},
              {kBlocks, kBlocks, to_.metric("dhat.events", "Events", Unit::kCount), 1}};
    }
    const bool is_time = time_unit_ == "\u00b5s" || time_unit_ == "us";
    return {
        {kBytes, kBlocks, to_.metric("alloc-bytes", "Allocated bytes", Unit::kBytes), 1},
        {kBlocks, kBlocks, to_.metric("alloc-count", "Allocations", Unit::kCount), 1},
        {kPeakBytes, kPeakBlocks,
         to_.metric("dhat.peak-bytes", "Live bytes when the heap was largest", Unit::kBytes), 1},
        {kEndBytes, kEndBlocks, to_.metric("leaked", "Not freed at exit", Unit::kBytes), 1},
        {kLifetime, kBlocks,
         to_.metric("dhat.lifetimes", "Lifetimes of all blocks together, in " + time_unit_,
                    is_time ? Unit::kNanoseconds : Unit::kCount),
         is_time ? kNsOfDhatMicrosecond : 1},
        {kReadBytes, kDhatSums, to_.metric("dhat.read-bytes", "Bytes read", Unit::kBytes), 1},
        {kWrittenBytes, kDhatSums, to_.metric("dhat.written-bytes", "Bytes written", Unit::kBytes),
         1}};
  }

  void write_point(const ProgramPoint& point) {
    for (const Kind& kind : kinds_) {
      if ((point.has >> kind.value & 1) == 0 || point.sums[kind.value] == 0) continue;
      int64_t value = 0;
      if (__builtin_mul_overflow(point.sums[kind.value], kind.scale, &value)) {
        beyond();
        continue;
      }
      const int64_t blocks = kind.blocks == kDhatSums ? 0 : point.sums[kind.blocks];
      to_.cost(thread_, point.stack, kind.metric, value,
               static_cast<uint64_t>(std::max<int64_t>(blocks, 0)));
    }
  }

  // Those that waited.
  void write_points() {
    if (kinds_.empty()) {
      kinds_ = kinds();
      thread_ = to_.thread(pid_, pid_);
    }
    if (points_.size() == 0) return;
    ProgramPoint point;
    for (PackedNumbers::Reader points(points_); next_point(points, point);) write_point(point);
    points_ = {};
  }

  void write() {
    write_points();
    to_.name_process(pid_, command_name(command_));
    write_frames();
    to_.left("import.access_counts",
             "program points say how often each byte of their blocks was used: that is left out",
             with_offsets_);
    to_.left("import.largest_sizes",
             "program points say how large they were at their own largest, which does not add up: "
             "that is left out",
             with_largest_);
  }

  JsonStream at_;
  Intake& to_;
  std::string mode_ = "heap", time_unit_, units_, command_;
  int64_t pid_ = 1;
  bool has_mode_ = false, has_time_unit_ = false, has_pid_ = false;
  PackedNumbers points_;  // see keep()
  std::vector<Kind> kinds_;
  ThreadId thread_{};
  std::vector<std::string> table_;  // of frames
  RowsByNumber rows_;               // of what is in it
  std::vector<uint64_t> used_;      // in it; index: FrameId - 1
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
  uint64_t with_offsets_ = 0, with_largest_ = 0;
};

}  // namespace

bool fits_dhat(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{' &&
         head.substr(0, 1024).find("\"dhatFileVersion\"") != head.npos;
}

Result<void> import_dhat(Input& in, Intake& to) {
  return Dhat(in, to).read();
}

}  // namespace hone::exchange
