#include "exchange/cost_metrics.h"

#include <algorithm>
#include <array>

namespace hone::exchange {
namespace {

using recording::TrackUnit;

struct UnitName {
  std::string_view name;
  TrackUnit unit;
  int64_t scale;
};
constexpr auto kUnits = std::to_array<UnitName>({
    {"count", TrackUnit::kCount, 1},
    {"", TrackUnit::kCount, 1},
    {"nanoseconds", TrackUnit::kNanoseconds, 1},
    {"nanosecond", TrackUnit::kNanoseconds, 1},
    {"ns", TrackUnit::kNanoseconds, 1},
    {"microseconds", TrackUnit::kNanoseconds, 1'000},
    {"us", TrackUnit::kNanoseconds, 1'000},
    {"milliseconds", TrackUnit::kNanoseconds, 1'000'000},
    {"ms", TrackUnit::kNanoseconds, 1'000'000},
    {"seconds", TrackUnit::kNanoseconds, 1'000'000'000},
    {"s", TrackUnit::kNanoseconds, 1'000'000'000},
    {"bytes", TrackUnit::kBytes, 1},
    {"byte", TrackUnit::kBytes, 1},
    {"B", TrackUnit::kBytes, 1},
    {"kilobytes", TrackUnit::kBytes, 1 << 10},
    {"megabytes", TrackUnit::kBytes, 1 << 20},
});

struct KnownType {
  std::string_view type;
  TrackUnit unit;
  std::string_view name, title;
};
constexpr auto kTypes = std::to_array<KnownType>({
    {"cpu", TrackUnit::kNanoseconds, "cpu", "CPU time"},
    {"samples", TrackUnit::kCount, "samples", "Samples"},
    {"sample", TrackUnit::kCount, "samples", "Samples"},
    {"alloc_space", TrackUnit::kBytes, "alloc-bytes", "Allocated bytes"},
    {"alloc_objects", TrackUnit::kCount, "alloc-count", "Allocations"},
    {"inuse_space", TrackUnit::kBytes, "live-bytes", "Live bytes"},
    {"inuse_objects", TrackUnit::kCount, "inuse_objects", "Live objects"},
    {"off_cpu", TrackUnit::kNanoseconds, "off-cpu", "Blocked time"},
    {"contentions", TrackUnit::kCount, "contentions", "Contentions"},
    {"delay", TrackUnit::kNanoseconds, "delay", "Delay"},
});

// Names that Hone knows whose unit is no count (analysis/metrics.cc).
struct Taken {
  std::string_view name;
  TrackUnit unit;
};
constexpr auto kTaken = std::to_array<Taken>({
    {"cpu", TrackUnit::kNanoseconds},
    {"samples", TrackUnit::kCount},
    {"wall", TrackUnit::kNanoseconds},
    {"off-cpu", TrackUnit::kNanoseconds},
    {"runnable", TrackUnit::kNanoseconds},
    {"lock-wait", TrackUnit::kNanoseconds},
    {"spans", TrackUnit::kNanoseconds},
    {"gpu", TrackUnit::kNanoseconds},
    {"instructions", TrackUnit::kCount},
    {"cycles", TrackUnit::kCount},
    {"cache-misses", TrackUnit::kCount},
    {"branch-misses", TrackUnit::kCount},
    {"page-faults", TrackUnit::kCount},
    {"alloc-bytes", TrackUnit::kBytes},
    {"alloc-count", TrackUnit::kCount},
    {"live-bytes", TrackUnit::kBytes},
    {"leaked", TrackUnit::kBytes},
    {"short-lived", TrackUnit::kBytes},
});

struct Event {
  std::string_view event, name, title;
};
constexpr auto kEvents = std::to_array<Event>({
    {"Ir", "instructions", "Instructions"},
    {"Dr", "Dr", "Data reads"},
    {"Dw", "Dw", "Data writes"},
    {"I1mr", "I1mr", "Instruction reads that miss the first cache"},
    {"D1mr", "D1mr", "Data reads that miss the first cache"},
    {"D1mw", "D1mw", "Data writes that miss the first cache"},
    {"ILmr", "ILmr", "Instruction reads that miss the last cache"},
    {"DLmr", "DLmr", "Data reads that miss the last cache"},
    {"DLmw", "DLmw", "Data writes that miss the last cache"},
    {"Bc", "Bc", "Conditional branches"},
    {"Bcm", "Bcm", "Conditional branches mispredicted"},
    {"Bi", "Bi", "Indirect branches"},
    {"Bim", "Bim", "Indirect branches mispredicted"},
    {"Ge", "Ge", "Global bus events"},
    {"sysCount", "sysCount", "System calls"},
});

std::string_view unit_word(TrackUnit unit) {
  if (unit == TrackUnit::kNanoseconds) return "ns";
  return unit == TrackUnit::kBytes ? "bytes" : "count";
}

}  // namespace

CostMetric pprof_metric(std::string_view type, std::string_view unit) {
  CostMetric out;
  const auto known_unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const UnitName& u) { return u.name == unit; });
  if (known_unit != kUnits.end()) {
    out.unit = known_unit->unit;
    out.scale = known_unit->scale;
  }
  const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const KnownType& t) {
    return t.type == type && t.unit == out.unit;
  });
  if (known != kTypes.end()) {
    out.name = known->name;
    out.title = known->title;
    return out;
  }
  out.name = type.empty() ? "value" : type;
  out.title = out.name;
  if (known_unit == kUnits.end()) out.title += " (" + std::string(unit) + ")";
  const auto taken =
      std::find_if(kTaken.begin(), kTaken.end(), [&](const Taken& t) { return t.name == type; });
  const bool is_other =
      taken != kTaken.end() && (taken->unit != out.unit || known_unit == kUnits.end());
  if (is_other) {
    out.name += "-";
    out.name += known_unit == kUnits.end() ? unit : unit_word(out.unit);
  }
  return out;
}

CostMetric valgrind_metric(std::string_view event, std::string_view title) {
  const auto known = std::find_if(kEvents.begin(), kEvents.end(),
                                  [&](const Event& each) { return each.event == event; });
  CostMetric out;
  out.name = known != kEvents.end() ? known->name : event;
  out.title = !title.empty() ? title : known != kEvents.end() ? known->title : event;
  const auto taken = std::find_if(kTaken.begin(), kTaken.end(),
                                  [&](const Taken& each) { return each.name == out.name; });
  // "cpu" of a file that counts is no time.
  if (taken != kTaken.end() && taken->unit != TrackUnit::kCount) out.name += "-count";
  return out;
}

}  // namespace hone::exchange
