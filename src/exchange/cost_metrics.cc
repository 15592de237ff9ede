#include "exchange/cost_metrics.h"

#include <algorithm>
#include <array>

#include "exchange/named_rows.h"

namespace hone::exchange {
namespace {

using recording::TrackUnit;

struct UnitName {
  std::string_view name;
  TrackUnit unit;
  int64_t scale;
};
constexpr int64_t kNsOfMinute = 60'000'000'000;
// In small letters and of one: "Seconds" is "second". Kilobytes are 1024 bytes, as pprof has it.
constexpr auto kUnits = std::to_array<UnitName>({
    {"count", TrackUnit::kCount, 1},
    {"", TrackUnit::kCount, 1},
    {"nanosecond", TrackUnit::kNanoseconds, 1},
    {"ns", TrackUnit::kNanoseconds, 1},
    {"microsecond", TrackUnit::kNanoseconds, 1'000},
    {"us", TrackUnit::kNanoseconds, 1'000},
    {"\u00b5s", TrackUnit::kNanoseconds, 1'000},
    {"millisecond", TrackUnit::kNanoseconds, 1'000'000},
    {"ms", TrackUnit::kNanoseconds, 1'000'000},
    {"second", TrackUnit::kNanoseconds, 1'000'000'000},
    {"sec", TrackUnit::kNanoseconds, 1'000'000'000},
    {"s", TrackUnit::kNanoseconds, 1'000'000'000},
    {"minute", TrackUnit::kNanoseconds, kNsOfMinute},
    {"min", TrackUnit::kNanoseconds, kNsOfMinute},
    {"hour", TrackUnit::kNanoseconds, 60 * kNsOfMinute},
    {"hr", TrackUnit::kNanoseconds, 60 * kNsOfMinute},
    {"day", TrackUnit::kNanoseconds, 24 * 60 * kNsOfMinute},
    {"byte", TrackUnit::kBytes, 1},
    {"b", TrackUnit::kBytes, 1},
    {"kilobyte", TrackUnit::kBytes, int64_t{1} << 10},
    {"kb", TrackUnit::kBytes, int64_t{1} << 10},
    {"kib", TrackUnit::kBytes, int64_t{1} << 10},
    {"megabyte", TrackUnit::kBytes, int64_t{1} << 20},
    {"mb", TrackUnit::kBytes, int64_t{1} << 20},
    {"mib", TrackUnit::kBytes, int64_t{1} << 20},
    {"gigabyte", TrackUnit::kBytes, int64_t{1} << 30},
    {"gb", TrackUnit::kBytes, int64_t{1} << 30},
    {"gib", TrackUnit::kBytes, int64_t{1} << 30},
    {"terabyte", TrackUnit::kBytes, int64_t{1} << 40},
    {"tb", TrackUnit::kBytes, int64_t{1} << 40},
    {"tib", TrackUnit::kBytes, int64_t{1} << 40},
    {"petabyte", TrackUnit::kBytes, int64_t{1} << 50},
    {"pb", TrackUnit::kBytes, int64_t{1} << 50},
    {"pib", TrackUnit::kBytes, int64_t{1} << 50},
});

// null: a unit that nobody here knows.
const UnitName* find_unit(std::string_view unit) {
  std::string one(unit);
  for (char& c : one) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (const UnitName* const known = find_named(kUnits, one)) return known;
  if (!one.ends_with('s')) return nullptr;
  one.pop_back();
  return one.empty() ? nullptr : find_named(kUnits, one);
}

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

struct ValgrindEvent {
  std::string_view name;  // the file's
  std::string_view metric, title;
};
constexpr auto kEvents = std::to_array<ValgrindEvent>({
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
  const UnitName* const known_unit = find_unit(unit);
  if (known_unit != nullptr) {
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
  if (known_unit == nullptr) out.title += " (" + std::string(unit) + ")";
  const Taken* const taken = find_named(kTaken, type);
  const bool is_other = taken != nullptr && (taken->unit != out.unit || known_unit == nullptr);
  if (is_other) {
    out.name += "-";
    out.name += known_unit == nullptr ? unit : unit_word(out.unit);
  }
  return out;
}

CostMetric valgrind_metric(std::string_view event, std::string_view title) {
  const ValgrindEvent* const known = find_named(kEvents, event);
  CostMetric out;
  out.name = known != nullptr ? known->metric : event;
  out.title = !title.empty() ? title : known != nullptr ? known->title : event;
  const Taken* const taken = find_named(kTaken, out.name);
  // "cpu" of a file that counts is no time.
  if (taken != nullptr && taken->unit != TrackUnit::kCount) out.name += "-count";
  return out;
}

}  // namespace hone::exchange
