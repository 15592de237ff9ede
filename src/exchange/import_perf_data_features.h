// What perf.data says beside its records: of the machine, of the command, of its events and modules
// (tools/perf/Documentation/perf.data-file-format.txt of the kernel, "HEADER_...").
#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange::perf_data {

enum class Feature : uint32_t {
  kBuildId = 2,
  kHostname = 3,
  kOsRelease = 4,
  kVersion = 5,
  kArch = 6,
  kCpuCount = 7,
  kCpuModel = 8,
  kMemory = 10,
  kCommand = 11,
  kEvents = 12,
  kClockData = 29,
};
inline constexpr unsigned kFeatureBits = 256;
// One that is longer is left alone: those that are taken are of some KB, or of a line a module.
inline constexpr uint64_t kFeatureBytesMost = 64 << 20;
bool is_wanted(uint32_t feature);

struct FileBuildId {
  std::string path;  // of a module, or "[kernel.kallsyms]"
  std::vector<uint8_t> id;
  bool of_guest = false;
};

struct NamedEvent {
  std::vector<uint64_t> ids;
  std::string name;
};

struct Features {
  std::string host, release, version, arch, cpu_model;
  std::vector<std::string> command;
  uint32_t cpus_online = 0;
  uint64_t memory_kb = 0;
  std::vector<FileBuildId> build_ids;
  std::vector<NamedEvent> events;
  bool has_clock_data = false;
  uint32_t clock = 0;  // clockid_t of the records' times
  uint64_t wall_ns = 0, clock_ns = 0;
};

// False when it is not what it should be; then as much of it as made sense is taken.
bool take_feature(uint32_t feature, std::span<const uint8_t> bytes, Features& out);
// A record of kind kBuildId, or a row of the feature of that name.
bool take_build_id(uint16_t misc, std::span<const uint8_t> body, Features& out);
void write_facts(const Features& features, Intake& to);

}  // namespace hone::exchange::perf_data
