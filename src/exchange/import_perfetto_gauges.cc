#include "exchange/import_perfetto_gauges.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "recording/tracks.h"

namespace hone::exchange::perfetto_import {
namespace {

using recording::TrackUnit;

struct NameOfGauge {
  std::string_view name;
  TrackUnit unit;
};
// Index = Gauges::Kind. Names are those that recordings of Hone's own have.
constexpr std::array<NameOfGauge, static_cast<size_t>(Gauges::Kind::kCount)> kNamesOfGauges = {{
    {"cpu.idle_state", TrackUnit::kCount},
    {"cpu.frequency", TrackUnit::kHertz},
    {"memory.virtual", TrackUnit::kBytes},
    {"memory.resident", TrackUnit::kBytes},
    {"memory.anonymous", TrackUnit::kBytes},
    {"memory.file", TrackUnit::kBytes},
    {"memory.shared", TrackUnit::kBytes},
    {"memory.swapped", TrackUnit::kBytes},
    {"memory.locked", TrackUnit::kBytes},
    {"memory.resident_most", TrackUnit::kBytes},
}};

}  // namespace

void Gauges::add(Kind kind, int64_t number, TimeNs time, int64_t value) {
  auto& of_kind = series_[static_cast<size_t>(kind)];
  auto at = of_kind.find(number);
  if (readings_ == kReadingsMost || (at == of_kind.end() && series_count_ == kSeriesMost)) {
    ++beyond_;
    return;
  }
  if (at == of_kind.end()) {
    at = of_kind.try_emplace(number).first;
    ++series_count_;
  }
  at->second.push_back({time, value});
  ++readings_;
}

void Gauges::write(Kind kind, int64_t number, std::vector<Reading>& readings) {
  std::stable_sort(readings.begin(), readings.end(),
                   [](const Reading& a, const Reading& b) { return a.time < b.time; });
  const bool is_of_cpu = kind <= Kind::kFrequency;
  const NameOfGauge& known = kNamesOfGauges[static_cast<size_t>(kind)];
  recording::TrackRow row{.name = to_.builder().string(known.name),
                          .unit = static_cast<uint8_t>(known.unit),
                          .kind = static_cast<uint8_t>(recording::TrackKind::kGauge),
                          .scope = static_cast<uint8_t>(recording::TrackScope::kCpu),
                          .cpu = recording::kNoCpu,
                          .divisor = 1};
  if (is_of_cpu) {
    row.cpu = static_cast<uint16_t>(number);
  } else {
    row.scope = static_cast<uint8_t>(recording::TrackScope::kProcess);
    row.process = to_.process(number);
  }
  const auto track = to_.builder().append_id<TrackId>(row);
  for (size_t i = 0; i < readings.size(); ++i) {
    const bool says_nothing = i > 0 && i + 1 < readings.size() &&
                              readings[i - 1].value == readings[i].value &&
                              readings[i + 1].value == readings[i].value;
    if (says_nothing) continue;
    to_.builder().append(recording::CounterRow{
        .track = track, .time = readings[i].time, .value = readings[i].value});
  }
}

void Gauges::finish() {
  std::vector<int64_t> numbers;
  for (size_t kind = 0; kind < series_.size(); ++kind) {
    numbers.clear();
    for (const auto& [number, readings] : series_[kind]) numbers.push_back(number);
    std::sort(numbers.begin(), numbers.end());
    for (const int64_t number : numbers) {
      write(static_cast<Kind>(kind), number, series_[kind][number]);
    }
    series_[kind] = {};
  }
  to_.left("import.readings_beyond",
           fmt::format("readings of CPUs and processes beyond {} million, or of more than {} "
                       "series, are left out",
                       kReadingsMost >> 20, kSeriesMost),
           beyond_, recording::kDataLoss);
}

}  // namespace hone::exchange::perfetto_import
