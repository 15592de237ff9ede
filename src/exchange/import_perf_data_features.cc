#include "exchange/import_perf_data_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "recording/facts.h"

namespace hone::exchange::perf_data {
namespace {

// Of struct perf_record_header_build_id, behind which the file's name stands; the size is one of
// the last bytes of the id's place, where the record says so.
constexpr size_t kBuildIdPlace = 24, kBuildIdBytes = 20;
constexpr uint16_t kHasSize = 1 << 15;  // PERF_RECORD_MISC_BUILD_ID_SIZE
// No command has more words.
constexpr uint32_t kWordsMost = 1 << 16;

std::string text_of(std::span<const uint8_t> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::string(all.substr(0, all.find('\0')));
}

// A length, and as many bytes, filled up with zeros.
std::string string(base::ByteReader& in) {
  const uint32_t bytes = in.u32();
  if (bytes > in.remaining()) {
    in.skip(in.remaining() + 1);
    return {};
  }
  return text_of({in.take(bytes), bytes});
}

bool read_build_ids(base::ByteReader in, Features& out) {
  while (in.remaining() >= sizeof(perf_event_header)) {
    in.u32();
    const uint16_t misc = in.u16(), size = in.u16();
    if (size < sizeof(perf_event_header)) return false;
    const size_t bytes = size - sizeof(perf_event_header);
    const uint8_t* body = in.take(bytes);
    if (body == nullptr || !take_build_id(misc, {body, bytes}, out)) return false;
  }
  return in.at_end();
}

bool read_events(base::ByteReader in, Features& out) {
  const uint32_t count = in.u32(), attr_bytes = in.u32();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    in.skip(attr_bytes);
    const uint32_t ids = in.u32();
    NamedEvent event{.name = string(in)};
    if (ids > in.remaining() / sizeof(uint64_t)) return false;
    for (uint32_t each = 0; each < ids; ++each) event.ids.push_back(in.u64());
    if (in.ok()) out.events.push_back(std::move(event));
  }
  return in.ok();
}

bool read_command(base::ByteReader in, Features& out) {
  const uint32_t count = in.u32();
  if (count > kWordsMost) return false;
  out.command.clear();
  for (uint32_t i = 0; i < count && in.ok(); ++i) out.command.push_back(string(in));
  return in.ok();
}

}  // namespace

bool is_wanted(uint32_t feature) {
  switch (Feature{feature}) {
    case Feature::kBuildId:
    case Feature::kHostname:
    case Feature::kOsRelease:
    case Feature::kVersion:
    case Feature::kArch:
    case Feature::kCpuCount:
    case Feature::kCpuModel:
    case Feature::kMemory:
    case Feature::kCommand:
    case Feature::kEvents:
    case Feature::kClockData:
      return true;
  }
  return false;
}

bool take_build_id(uint16_t misc, std::span<const uint8_t> body, Features& out) {
  base::ByteReader in(body.data(), body.size());
  in.skip(sizeof(uint32_t));  // of which process: of a guest's machine
  const uint8_t* id = in.take(kBuildIdPlace);
  if (id == nullptr) return false;
  size_t bytes = kBuildIdBytes;
  if ((misc & kHasSize) != 0) bytes = std::min<size_t>(id[kBuildIdBytes], kBuildIdBytes);
  const uint16_t mode = misc & PERF_RECORD_MISC_CPUMODE_MASK;
  out.build_ids.push_back(
      {.path = text_of({in.cursor(), in.remaining()}),
       .id = {id, id + bytes},
       .of_guest = mode == PERF_RECORD_MISC_GUEST_KERNEL || mode == PERF_RECORD_MISC_GUEST_USER});
  return true;
}

bool take_feature(uint32_t feature, std::span<const uint8_t> bytes, Features& out) {
  base::ByteReader in(bytes.data(), bytes.size());
  switch (Feature{feature}) {
    case Feature::kBuildId:
      return read_build_ids(in, out);
    case Feature::kHostname:
      out.host = string(in);
      break;
    case Feature::kOsRelease:
      out.release = string(in);
      break;
    case Feature::kVersion:
      out.version = string(in);
      break;
    case Feature::kArch:
      out.arch = string(in);
      break;
    case Feature::kCpuCount:
      in.u32();  // those that could be there
      out.cpus_online = in.u32();
      break;
    case Feature::kCpuModel:
      out.cpu_model = string(in);
      break;
    case Feature::kMemory:
      out.memory_kb = in.u64();
      break;
    case Feature::kCommand:
      return read_command(in, out);
    case Feature::kEvents:
      return read_events(in, out);
    case Feature::kClockData:
      in.u32();  // version
      out.clock = in.u32();
      out.wall_ns = in.u64();
      out.clock_ns = in.u64();
      out.has_clock_data = in.ok();
      break;
  }
  return in.ok();
}

void write_facts(const Features& features, Intake& to) {
  const auto fact = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) to.fact(key, value);
  };
  fact("host.name", features.host);
  if (!features.release.empty()) {
    fact("host.kernel", features.release + (features.arch.empty() ? "" : " " + features.arch));
  }
  fact("host.cpu_model", features.cpu_model);
  if (features.cpus_online > 0) fact("host.cpu_count", fmt::format("{}", features.cpus_online));
  constexpr uint64_t kKb = 1024;
  if (features.memory_kb > 0 && features.memory_kb < UINT64_MAX / kKb) {
    fact("host.memory_bytes", fmt::format("{}", features.memory_kb * kKb));
  }
  if (!features.command.empty()) fact("run.command", recording::command_text(features.command));
  if (!features.version.empty()) fact("import.tool", "perf " + features.version);
}

}  // namespace hone::exchange::perf_data
