#include "exchange/import_perf_data_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace hone::exchange::perf_data {
namespace {

// Newer than the header that this is built with (linux/perf_event.h of 6.8).
constexpr uint64_t kBranchCounters = uint64_t{1} << 19;
constexpr uint64_t kBranchEntryBytes = 24;

bool has(const perf_event_attr& attr, uint64_t bit) {
  return (attr.sample_type & bit) != 0;
}

Words words(base::ByteReader& in, uint64_t count) {
  if (count > in.remaining() / sizeof(uint64_t)) {
    in.skip(in.remaining() + 1);
    return {};
  }
  const uint8_t* at = in.take(count * sizeof(uint64_t));
  return {at, static_cast<size_t>(count)};
}

// read(2) of a counter, or of a group of them, within a sample.
void skip_read(const perf_event_attr& attr, base::ByteReader& in) {
  const uint64_t format = attr.read_format;
  const auto bits = [&](uint64_t mask) { return std::popcount(format & mask); };
  const int times = bits(PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING);
  const int of_value = 1 + bits(PERF_FORMAT_ID | PERF_FORMAT_LOST);
  if ((format & PERF_FORMAT_GROUP) == 0) {
    words(in, static_cast<uint64_t>(times + of_value));
    return;
  }
  const uint64_t values = in.u64();
  words(in, static_cast<uint64_t>(times));
  if (values > in.remaining()) return in.skip(in.remaining() + 1);
  words(in, values * static_cast<uint64_t>(of_value));
}

void skip_branches(const perf_event_attr& attr, base::ByteReader& in) {
  const uint64_t count = in.u64();
  if ((attr.branch_sample_type & PERF_SAMPLE_BRANCH_HW_INDEX) != 0) in.u64();
  if (count > in.remaining() / kBranchEntryBytes) return in.skip(in.remaining() + 1);
  in.skip(count * kBranchEntryBytes);
  if ((attr.branch_sample_type & kBranchCounters) != 0) words(in, count);
}

std::span<const uint8_t> sized_bytes(base::ByteReader& in, uint64_t bytes) {
  if (bytes > in.remaining()) {
    in.skip(in.remaining() + 1);
    return {};
  }
  return {in.take(bytes), static_cast<size_t>(bytes)};
}

void read_stack(base::ByteReader& in, Sample& out) {
  const uint64_t asked = in.u64();
  if (asked == 0) return;
  const std::span<const uint8_t> bytes = sized_bytes(in, asked);
  const uint64_t copied = in.u64();
  if (!in.ok() || copied > asked) return in.skip(in.remaining() + 1);
  out.stack = bytes.first(copied);
  out.stack_full = copied == asked;
}

// What stands behind the stack: nothing of it is taken, but a sample has to hold it.
void skip_rest(const perf_event_attr& attr, base::ByteReader& in) {
  for (const uint64_t bit : {uint64_t{PERF_SAMPLE_WEIGHT} | PERF_SAMPLE_WEIGHT_STRUCT,
                             uint64_t{PERF_SAMPLE_DATA_SRC}, uint64_t{PERF_SAMPLE_TRANSACTION}}) {
    if (has(attr, bit)) in.u64();
  }
  if (has(attr, PERF_SAMPLE_REGS_INTR)) {
    if (in.u64() != 0) words(in, static_cast<uint64_t>(std::popcount(attr.sample_regs_intr)));
  }
  for (const uint64_t bit :
       {uint64_t{PERF_SAMPLE_PHYS_ADDR}, uint64_t{PERF_SAMPLE_CGROUP},
        uint64_t{PERF_SAMPLE_DATA_PAGE_SIZE}, uint64_t{PERF_SAMPLE_CODE_PAGE_SIZE}}) {
    if (has(attr, bit)) in.u64();
  }
  if (has(attr, PERF_SAMPLE_AUX)) sized_bytes(in, in.u64());
}

struct Name {
  uint64_t config;
  std::string_view name;
};
constexpr Name kHardware[] = {{0, "cycles"},
                              {1, "instructions"},
                              {2, "cache-references"},
                              {3, "cache-misses"},
                              {4, "branches"},
                              {5, "branch-misses"},
                              {6, "bus-cycles"},
                              {7, "stalled-cycles-frontend"},
                              {8, "stalled-cycles-backend"},
                              {9, "ref-cycles"}};
constexpr Name kSoftware[] = {
    {0, "cpu-clock"},        {1, "task-clock"},   {2, "page-faults"},  {3, "context-switches"},
    {4, "cpu-migrations"},   {5, "minor-faults"}, {6, "major-faults"}, {7, "alignment-faults"},
    {8, "emulation-faults"}, {9, "dummy"},        {10, "bpf-output"},  {11, "cgroup-switches"}};

}  // namespace

uint64_t Words::operator[](size_t index) const {
  uint64_t out = 0;
  std::memcpy(&out, bytes + index * sizeof out, sizeof out);
  return out;
}

bool read_sample(const perf_event_attr& attr, std::span<const uint8_t> body, Sample& out) {
  base::ByteReader in(body.data(), body.size());
  if (has(attr, PERF_SAMPLE_IDENTIFIER)) out.id = in.u64();
  if (has(attr, PERF_SAMPLE_IP)) out.ip = in.u64();
  if (has(attr, PERF_SAMPLE_TID)) {
    out.pid = in.i32();
    out.tid = in.i32();
  }
  out.has_time = has(attr, PERF_SAMPLE_TIME);
  if (out.has_time) out.time = in.u64();
  if (has(attr, PERF_SAMPLE_ADDR)) in.u64();
  if (has(attr, PERF_SAMPLE_ID)) out.id = in.u64();
  if (has(attr, PERF_SAMPLE_STREAM_ID)) in.u64();
  if (has(attr, PERF_SAMPLE_CPU)) {
    out.cpu = in.u32();
    in.u32();
  }
  out.has_period = has(attr, PERF_SAMPLE_PERIOD);
  if (out.has_period) out.period = in.u64();
  if (has(attr, PERF_SAMPLE_READ)) skip_read(attr, in);
  if (has(attr, PERF_SAMPLE_CALLCHAIN)) out.chain = words(in, in.u64());
  if (has(attr, PERF_SAMPLE_RAW)) sized_bytes(in, in.u32());
  if (has(attr, PERF_SAMPLE_BRANCH_STACK)) skip_branches(attr, in);
  if (has(attr, PERF_SAMPLE_REGS_USER)) {
    out.registers_abi = in.u64();
    if (out.registers_abi != 0) {
      out.registers = words(in, static_cast<uint64_t>(std::popcount(attr.sample_regs_user)));
    }
  }
  if (has(attr, PERF_SAMPLE_STACK_USER)) read_stack(in, out);
  skip_rest(attr, in);
  return in.ok();
}

size_t trailer_bytes(const perf_event_attr& attr) {
  constexpr uint64_t kParts = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
                              PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_IDENTIFIER;
  if (attr.sample_id_all == 0) return 0;
  return sizeof(uint64_t) * static_cast<size_t>(std::popcount(attr.sample_type & kParts));
}

bool read_trailer(const perf_event_attr& attr, std::span<const uint8_t> body, Trailer& out) {
  const size_t bytes = trailer_bytes(attr);
  if (bytes == 0) return true;
  if (body.size() < bytes) return false;
  base::ByteReader in(body.data() + body.size() - bytes, bytes);
  if (has(attr, PERF_SAMPLE_TID)) {
    out.pid = in.i32();
    out.tid = in.i32();
  }
  if (has(attr, PERF_SAMPLE_TIME)) out.time = in.u64();
  if (has(attr, PERF_SAMPLE_ID)) in.u64();
  if (has(attr, PERF_SAMPLE_STREAM_ID)) in.u64();
  if (has(attr, PERF_SAMPLE_CPU)) out.cpu = in.u32();
  return true;
}

std::optional<size_t> id_place_in_sample(const perf_event_attr& attr) {
  if (has(attr, PERF_SAMPLE_IDENTIFIER)) return 0;
  if (!has(attr, PERF_SAMPLE_ID)) return std::nullopt;
  constexpr uint64_t kBefore =
      PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR;
  return sizeof(uint64_t) * static_cast<size_t>(std::popcount(attr.sample_type & kBefore));
}

std::optional<size_t> id_place_from_end(const perf_event_attr& attr) {
  if (attr.sample_id_all == 0) return std::nullopt;
  if (has(attr, PERF_SAMPLE_IDENTIFIER)) return sizeof(uint64_t);
  if (!has(attr, PERF_SAMPLE_ID)) return std::nullopt;
  constexpr uint64_t kBehind = PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU;
  return sizeof(uint64_t) * (1 + static_cast<size_t>(std::popcount(attr.sample_type & kBehind)));
}

bool read_attr(std::span<const uint8_t> bytes, perf_event_attr& out) {
  if (bytes.size() < PERF_ATTR_SIZE_VER0) return false;
  out = {};
  std::memcpy(&out, bytes.data(), std::min(bytes.size(), sizeof out));
  return true;
}

std::string event_name(const perf_event_attr& attr) {
  const std::span<const Name> known =
      attr.type == PERF_TYPE_HARDWARE   ? std::span<const Name>(kHardware)
      : attr.type == PERF_TYPE_SOFTWARE ? std::span<const Name>(kSoftware)
                                        : std::span<const Name>();
  // The upper half says of which kind of core (PERF_PMU_TYPE_SHIFT).
  const uint64_t config = attr.type == PERF_TYPE_HARDWARE ? attr.config & UINT32_MAX : attr.config;
  for (const Name& each : known) {
    if (each.config == config) return std::string(each.name);
  }
  return fmt::format("type {} config {:#x}", attr.type, uint64_t{attr.config});
}

bool read_registers(const perf_event_attr& attr, const Sample& sample, unwind::Arch arch,
                    unwind::Registers& out) {
  // asm/perf_regs.h: AX BX CX DX SI DI BP SP IP, seven that no walk needs, R8 to R15; X0 to X30, SP
  // and PC, as DWARF and we number them.
  constexpr uint8_t kX86[] = {0, 3, 2, 1, 4, 5, 6, 7, 16};
  constexpr unsigned kX86Others = 16, kX86End = 24, kArmEnd = 33;
  out.valid = 0;
  if (sample.registers_abi != PERF_SAMPLE_REGS_ABI_64) return false;
  size_t place = 0;
  for (unsigned bit = 0; bit < 64 && place < sample.registers.count; ++bit) {
    if ((attr.sample_regs_user >> bit & 1) == 0) continue;
    const uint64_t value = sample.registers[place++];
    if (arch == unwind::Arch::kAarch64) {
      if (bit < kArmEnd) out.set(bit, value);
    } else if (bit < std::size(kX86)) {
      out.set(kX86[bit], value);
    } else if (bit >= kX86Others && bit < kX86End) {
      out.set(bit - kX86Others + 8, value);
    }
  }
  const unwind::ArchRegisters needed = unwind::registers_of(arch);
  return out.has(needed.pc) && out.has(needed.sp);
}

}  // namespace hone::exchange::perf_data
