#include "capture/counters/sensor_counters.h"

#include <fmt/format.h>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "capture/counters/proc_text.h"

namespace hone::capture {
namespace {

using recording::TrackScope;
using recording::TrackUnit;

// Reading the frequency of a CPU may interrupt it: of large machines the first are read.
constexpr int kCpusMax = 64;
constexpr int kZonesMax = 16;

std::string word_of(const std::string& path) {
  auto text = base::read_file(path, 4096);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return std::move(*text);
}

}  // namespace

SensorCounters::SensorCounters(CounterWriter& writer, const std::string& root) : writer_(writer) {
  find_frequencies(root);
  find_temperatures(root);
}

void SensorCounters::find_frequencies(const std::string& root) {
  for (int cpu = 0; cpu < kCpusMax; ++cpu) {
    Sensor sensor{.file = ProcFile::open(fmt::format(
                      "{}/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", root, cpu)),
                  .factor = 1000};
    if (!sensor.file) continue;
    sensor.series = writer_.add({.name = "cpu.frequency",
                                 .unit = TrackUnit::kHertz,
                                 .scope = TrackScope::kCpu,
                                 .cpu = static_cast<uint16_t>(cpu)});
    sensors_.push_back(std::move(sensor));
  }
}

void SensorCounters::find_temperatures(const std::string& root) {
  for (int zone = 0; zone < kZonesMax; ++zone) {
    const std::string folder = fmt::format("{}/sys/class/thermal/thermal_zone{}", root, zone);
    Sensor sensor{.file = ProcFile::open(folder + "/temp")};
    if (!sensor.file) continue;
    std::string name = word_of(folder + "/type");
    if (name.empty()) name = fmt::format("zone {}", zone);
    sensor.series = writer_.add({.name = "temperature",
                                 .unit = TrackUnit::kCelsius,
                                 .scope = TrackScope::kDevice,
                                 .what = std::move(name),
                                 .divisor = 1000});
    sensors_.push_back(std::move(sensor));
  }
}

void SensorCounters::read() {
  for (const Sensor& sensor : sensors_) {
    const int64_t value = parse_number(sensor.file.read(buffer_));
    if (value < 0 || value > INT64_MAX / sensor.factor) continue;
    writer_.put(sensor.series, base::monotonic_now(), value * sensor.factor);
  }
}

}  // namespace hone::capture
