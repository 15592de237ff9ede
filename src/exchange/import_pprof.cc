// pprof's format: a profile.proto, mostly packed by gzip. Samples stand before the texts and the
// code that they refer to, so that stacks are made of numbers of locations as they come, and
// everything gets its names at the end.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "exchange/cost_metrics.h"
#include "exchange/import.h"
#include "exchange/pprof_parts.h"
#include "exchange/pprof_samples.h"
#include "exchange/stack_depth.h"

namespace hone::exchange {
namespace {

// Metrics of one file; the ones beyond are left out. Real ones have four at most.
constexpr size_t kTypesMost = 256;
constexpr size_t kCommentsMost = 100;
constexpr size_t kCommentBytesMost = 64 << 10;

struct PprofType {
  uint64_t type = 0, unit = 0;  // texts
};

PprofType read_type(ProtoReader message) {
  PprofType out;
  while (message.next()) {
    if (message.field() == 1) out.type = message.number();
    if (message.field() == 2) out.unit = message.number();
  }
  return out;
}

class PprofFile {
 public:
  PprofFile(Input& in, Intake& to) : in_(in), to_(to) {}

  Result<void> read() {
    while (true) {
      ProtoReader message(in_.rest());
      while (message.next()) {
        take(message);
        HONE_TRY(in_.held().set(held()));
      }
      in_.take(message.taken());
      if (message.state() == ProtoReader::State::kBad) return refused("no field begins so");
      HONE_TRY_ASSIGN(const bool more, in_.more());
      if (!more) break;
    }
    if (types_.empty()) return refused("it says nowhere what its numbers are");
    if (!in_.rest().empty()) {
      // Names stand behind everything else.
      if (texts_.size() <= 1) return refused("it ends before its names");
      to_.left("import.cut_short", "the file ends in the middle of a field, which is left out", 1,
               recording::kDataLoss);
    }
    return write();
  }

 private:
  uint64_t held() const {
    return samples_.held() + held_of_stacks(stacks_) + texts_.held() + code_.held() +
           labels_.held();
  }

  tl::unexpected<Error> refused(std::string_view why) const {
    return tl::unexpected(Error{.code = Code::Corrupt,
                                .message = fmt::format("{}: no profile of pprof: {} (byte {})",
                                                       in_.name(), why, in_.offset()),
                                .offset = in_.offset()});
  }

  void take(const ProtoReader& field) {
    switch (field.field()) {
      case 1:
        if (types_.size() < kTypesMost) types_.push_back(read_type(ProtoReader(field.bytes())));
        break;
      case 2:
        take_sample(ProtoReader(field.bytes()));
        break;
      case 3:
        code_.add_mapping(ProtoReader(field.bytes()));
        break;
      case 4:
        code_.add_location(ProtoReader(field.bytes()));
        break;
      case 5:
        code_.add_function(ProtoReader(field.bytes()));
        break;
      case 6:
        texts_.add(field.bytes());
        break;
      case 7:
        drop_frames_ = field.number();
        break;
      case 8:
        keep_frames_ = field.number();
        break;
      case 9:
        time_ns_ = field.integer();
        break;
      case 10:
        duration_ns_ = field.integer();
        break;
      case 11:
        period_type_ = read_type(ProtoReader(field.bytes()));
        break;
      case 12:
        period_ = field.integer();
        break;
      case 13:
        for (ProtoNumbers each(field); each.next() && comments_.size() < kCommentsMost;) {
          comments_.push_back(each.number());
        }
        break;
      default:
        break;
    }
  }

  void take_sample(ProtoReader message) {
    frames_.clear();
    labels_.clear();
    values_.clear();
    uint64_t too_deep = 0;
    bool has_too_many = false;
    while (message.next()) {
      if (message.field() == 1) {
        for (ProtoNumbers each(message); each.next();) {
          if (frames_.size() < kStackDepthMost) {
            frames_.push_back(code_.frame(each.number()));
          } else {
            too_deep = 1;
          }
        }
      } else if (message.field() == 2) {
        for (ProtoNumbers each(message); each.next();) {
          has_too_many = values_.size() == kTypesMost;
          if (has_too_many) break;
          values_.push_back(each.integer());
        }
      } else if (message.field() == 3) {
        labels_.add(message.bytes());
      }
    }
    left_outer_frames(to_, too_deep);
    if (values_.empty() || has_too_many || !message.good()) {
      ++bad_samples_;
      return;
    }
    const StackId stack = to_.builder().stack(frames_, path_);
    samples_.add(stack, labels_.row(), values_);
    stacks_ = std::max(stacks_, raw(stack));
  }

  std::vector<MetricId> make_metrics() {
    std::vector<MetricId> out;
    std::unordered_set<std::string> seen;
    for (const PprofType& type : types_) {
      CostMetric metric = pprof_metric(texts_.short_at(type.type), texts_.short_at(type.unit));
      // Two of one name are two things: their sums do not add up.
      const std::string name = metric.name;
      for (int n = 2; !seen.insert(metric.name).second; ++n) {
        metric.name = fmt::format("{}-{}", name, n);
      }
      out.push_back(to_.metric(metric.name, metric.title, metric.unit));
      metrics_.push_back(std::move(metric));
    }
    return out;
  }

  // Which value counts the events that another one sums; -1: none does.
  std::vector<int> counters() const {
    constexpr std::pair<std::string_view, std::string_view> kPairs[] = {
        {"cpu", "samples"},
        {"samples", "samples"},
        {"alloc-bytes", "alloc-count"},
        {"live-bytes", "inuse_objects"},
        {"delay", "contentions"},
        {"off-cpu", "waits"},
    };
    std::vector<int> out(metrics_.size(), -1);
    for (size_t i = 0; i < metrics_.size(); ++i) {
      for (const auto& [sum, counter] : kPairs) {
        if (metrics_[i].name != sum) continue;
        for (size_t at = 0; at < metrics_.size(); ++at) {
          if (metrics_[at].name == counter) out[i] = static_cast<int>(at);
        }
      }
    }
    return out;
  }

  Result<void> write() {
    const std::vector<MetricId> metrics = make_metrics();
    HONE_TRY_ASSIGN(const std::vector<ThreadId> threads, labels_.threads(to_, texts_, in_.held()));
    write_costs(metrics, threads);
    HONE_TRY(code_.write(to_, texts_, in_.held()));
    write_facts();
    to_.left("pprof.bad_sample", "samples have not as many values as the file has types of them",
             bad_samples_, recording::kDataLoss);
    to_.left("pprof.frame_filters",
             "patterns of frames that pprof does not show: they are shown here",
             (drop_frames_ != 0 ? 1u : 0u) + (keep_frames_ != 0 ? 1u : 0u));
    to_.left("pprof.missing_text", "texts that the file does not have", texts_.wrong(),
             recording::kDataLoss);
    return {};
  }

  void write_costs(const std::vector<MetricId>& metrics, const std::vector<ThreadId>& threads) {
    const std::vector<int> counter = counters();
    std::vector<uint64_t> uses(threads.size(), 0);
    const size_t width = metrics.size();
    PprofSample sample;
    for (PprofSamples::Reader at(samples_); at.next(sample);) {
      const std::vector<int64_t>& values = sample.values;
      // The types may stand behind the samples.
      if (values.size() != width) {
        ++bad_samples_;
        continue;
      }
      ++uses[sample.labels];
      for (size_t m = 0; m < width; ++m) {
        int64_t value = 0;
        if (values[m] == 0) continue;
        if (__builtin_mul_overflow(values[m], metrics_[m].scale, &value)) {
          to_.left("import.cost_out_of_range", "numbers that a recording cannot hold are left out",
                   1, recording::kDataLoss);
          continue;
        }
        const int64_t count = counter[m] < 0 ? 0 : values[counter[m]];
        to_.cost(threads[sample.labels], sample.stack, metrics[m], value,
                 count < 0 ? 0 : static_cast<uint64_t>(count));
      }
    }
    labels_.count_left(to_, texts_, uses);
  }

  void write_facts() {
    const auto number = [&](std::string_view key, int64_t value) {
      if (value != 0) to_.fact(key, fmt::format("{}", value));
    };
    number("import.time_unix_ns", time_ns_);
    number("import.duration_ns", duration_ns_);
    number("import.period", period_);
    if (const std::string_view type = texts_.short_at(period_type_.type); !type.empty()) {
      to_.fact("import.period_type",
               fmt::format("{} {}", type, texts_.short_at(period_type_.unit)));
    }
    std::string comments;
    for (const uint64_t each : comments_) {
      if (!comments.empty()) comments += '\n';
      comments += texts_.at(each).substr(0, kCommentBytesMost - comments.size());
      if (comments.size() >= kCommentBytesMost) break;
    }
    if (!comments.empty()) to_.fact("import.comment", comments);
  }

  Input& in_;
  Intake& to_;
  std::vector<PprofType> types_;
  std::vector<CostMetric> metrics_;
  PprofSamples samples_;
  std::vector<int64_t> values_;  // of one sample
  uint32_t stacks_ = 0;
  std::vector<FrameId> frames_;
  recording::Builder::Path path_;
  pprof::Texts texts_;
  pprof::Code code_;
  pprof::Labels labels_;
  PprofType period_type_;
  std::vector<uint64_t> comments_;
  uint64_t drop_frames_ = 0, keep_frames_ = 0, bad_samples_ = 0;
  int64_t time_ns_ = 0, duration_ns_ = 0, period_ = 0;
};

// What a sample_type is: two numbers of texts and nothing else. Other messages begin with a field 1
// as well.
bool is_sample_type(std::string_view bytes) {
  ProtoReader message(bytes);
  bool has_type = false;
  while (message.next()) {
    const bool is_number = message.type() == ProtoReader::Type::kVarint;
    if (!is_number || message.field() > 2) return false;
    has_type = has_type || message.field() == 1;
  }
  return message.good() && has_type;
}

}  // namespace

bool fits_pprof(std::string_view head) {
  constexpr uint32_t kLast = 15, kComment = 13;
  ProtoReader message(head);
  size_t types = 0, fields = 0;
  while (message.next()) {
    const uint32_t field = message.field();
    if (field > kLast) return false;
    const bool is_message = field <= 6 || field == 11;
    if (field != kComment && is_message != message.is_bytes()) return false;
    if (field == 1 && !is_sample_type(message.bytes())) return false;
    types += field == 1 ? 1 : 0;
    ++fields;
  }
  return message.state() != ProtoReader::State::kBad && types > 0 && fields > types;
}

Result<void> import_pprof(Input& in, Intake& to) {
  return PprofFile(in, to).read();
}

}  // namespace hone::exchange
