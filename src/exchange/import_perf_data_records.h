// Records of perf.data, taken apart: attributes of events, samples of every layout, and what the
// kernel puts behind other records (sample_id_all). Layout: linux/perf_event.h, "struct
// perf_event_type"; perf's own records: tools/perf/util/event.h of the kernel.
//
//   Sample sample;
//   if (!read_sample(event.attr, body, sample)) ...   // it is damaged
//
// Pure: bytes in, values out; every length is checked.
#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "unwind/registers.h"

namespace hone::exchange::perf_data {

// Kinds of records that perf writes itself (tools/perf/util/event.h), and of newer kernels.
enum class Kind : uint32_t {
  kCallchainDeferred = 22,
  kFirstOfPerf = 64,  // PERF_RECORD_USER_TYPE_START
  kAttr = 64,
  kTracingData = 66,
  kBuildId = 67,
  kFinishedRound = 68,
  kAuxtrace = 71,
  kAuxtraceError = 72,
  kEventUpdate = 78,
  kFeature = 80,
  kCompressed = 81,
  kCompressed2 = 83,
  kLastKnown = 84,
};

struct Record {
  uint32_t kind = 0;
  uint16_t misc = 0;
  std::span<const uint8_t> body;  // without its header
  uint64_t offset = 0;            // in the file; of packed records: of what they are packed in
};

// Bytes of numbers of 64 bits, at any alignment.
struct Words {
  const uint8_t* bytes = nullptr;
  size_t count = 0;
  uint64_t operator[](size_t index) const;
};

struct Sample {
  uint16_t misc = 0;
  uint64_t ip = 0, time = 0, id = 0, period = 0;
  uint32_t event = 0;  // index into those of the file
  uint32_t cpu = UINT32_MAX;
  int32_t pid = -1, tid = -1;
  bool has_time = false, has_period = false;
  Words chain;  // with the kernel's markers (PERF_CONTEXT_*) amid the addresses
  uint64_t registers_abi = 0;
  Words registers;                 // by the bits of attr.sample_regs_user
  std::span<const uint8_t> stack;  // what was copied of it
  bool stack_full = false;         // as much as was asked for: there may be more
};
// False when its parts do not lie within `body`. `misc` and `event` are the caller's.
bool read_sample(const perf_event_attr& attr, std::span<const uint8_t> body, Sample& out);

struct Trailer {
  int32_t pid = -1, tid = -1;
  uint64_t time = 0;
  uint32_t cpu = UINT32_MAX;
};
size_t trailer_bytes(const perf_event_attr& attr);
// Of any record but samples and those of perf. Empty without sample_id_all; false: it is too short.
bool read_trailer(const perf_event_attr& attr, std::span<const uint8_t> body, Trailer& out);

// Where a record says of which event it is: counted in bytes from the beginning of a sample, and
// from the end of others. Absent: it does not say.
std::optional<size_t> id_place_in_sample(const perf_event_attr& attr);
std::optional<size_t> id_place_from_end(const perf_event_attr& attr);

// Of `bytes` as many as this header knows; false when they are fewer than the first version had.
bool read_attr(std::span<const uint8_t> bytes, perf_event_attr& out);
// As perf calls the event; "type 4 config 0x1b" for one that has no name of its own.
std::string event_name(const perf_event_attr& attr);

// The DWARF numbers of the registers in a sample; false where the mask has none of a 64-bit user.
bool read_registers(const perf_event_attr& attr, const Sample& sample, unwind::Arch arch,
                    unwind::Registers& out);

}  // namespace hone::exchange::perf_data
