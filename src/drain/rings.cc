#include "drain/rings.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hone::drain {
namespace {

tl::unexpected<Error> corrupt(const char* what) {
  return fail(Code::Corrupt, std::string("the program's shared memory ") + what);
}

// Text that a program wrote: up to its end, and nothing that a terminal would act on.
std::string name_of(const char (&from)[wire::kNameBytes]) {
  std::string out(from, ::strnlen(from, sizeof from));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return out;
}

// What of a clock reading is believed: before the end of the century.
constexpr int64_t kTimeMax = int64_t{3'000'000'000} * 1'000'000'000;
TimeNs time_of(int64_t ns) {
  return TimeNs{ns > 0 && ns < kTimeMax ? ns : 0};
}

// From one reading of a clock to the next, whatever a program wrote there.
DurationNs between(int64_t from, int64_t to) {
  if (from < 0 || to < from) return DurationNs{0};
  return DurationNs{std::min(to - from, kTimeMax)};
}

}  // namespace

wire::ControlPage& Rings::page() const {
  return *reinterpret_cast<wire::ControlPage*>(memory_.data());
}

wire::RingEntry& Rings::entry(uint32_t ring) const {
  return reinterpret_cast<wire::RingEntry*>(memory_.data() + wire::entries_at())[ring];
}

Result<Rings> Rings::open(base::UniqueFd memory) {
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return corrupt("is not sealed");
  struct stat status {};
  if (::fstat(memory.get(), &status) != 0) return fail_errno("cannot look at shared memory", errno);
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size < wire::kControlPageBytes) return corrupt("is too small");
  if (size > wire::control_bytes(wire::kRingsMax, wire::kRingBytes)) return corrupt("is too large");
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (data == MAP_FAILED) return fail_errno("cannot map shared memory", errno);
  Rings rings;
  rings.memory_ = base::Mapping(data, size);
  wire::ControlPage head;
  std::memcpy(&head, data, sizeof head);
  if (head.magic != wire::kControlMagic) return corrupt("has another form");
  if (head.version < 1 || head.entry_bytes != sizeof(wire::RingEntry)) {
    return fail(Code::Unsupported, "the agent in the program is of another version");
  }
  const bool is_power = head.ring_bytes >= 4096 && (head.ring_bytes & (head.ring_bytes - 1)) == 0;
  if (!is_power || head.ring_bytes > wire::kRingBytes || head.ring_count == 0 ||
      head.ring_count > wire::kRingsMax || head.rings_at != wire::rings_at(head.ring_count) ||
      wire::control_bytes(head.ring_count, head.ring_bytes) > size) {
    return corrupt("contradicts itself");
  }
  rings.ring_count_ = head.ring_count;
  rings.ring_bytes_ = head.ring_bytes;
  rings.rings_at_ = head.rings_at;
  rings.pid_ = head.pid;
  rings.start_ = time_of(head.start_ns);
  rings.copy_.resize(head.ring_bytes / 8);
  return rings;
}

void Rings::permit(const Permission& permission) {
  wire::ControlPage& control = page();
  wire::store_relaxed(control.period_ns, static_cast<uint64_t>(raw(permission.period)));
  wire::store_relaxed(control.stack_bytes_max, permission.stack_bytes);
  wire::store_relaxed(control.resumed_ns, raw(permission.resumed));
  wire::store_release(control.enabled, static_cast<uint32_t>(permission.enabled));
  wire::store_release(control.lease_until_ns, raw(permission.lease_until));
}

void Rings::ask_for_copies() {
  wire::store_relaxed(page().copy_stacks, 1u);
}

void Rings::announce_message() {
  wire::add_relaxed(page().messages, uint64_t{1});
}

uint64_t Rings::module_changes() const {
  return wire::load_acquire(page().module_changes);
}

int64_t Rings::process_cpu_ns() const {
  return raw(time_of(static_cast<int64_t>(wire::load_relaxed(page().process_cpu_ns))));
}

bool Rings::parse(std::span<const uint8_t> record, GuestSample& out) const {
  if (record.size() < sizeof(wire::SampleRecord)) return false;
  wire::SampleRecord head;
  std::memcpy(&head, record.data(), sizeof head);
  out.time = time_of(head.header.time_ns);
  out.weight = DurationNs{head.weight_ns};
  out.cpu = head.cpu;
  out.end = head.end;
  out.by_frame_pointers = (head.flags & wire::kByFramePointers) != 0;
  out.addresses = {};
  out.stack = {};
  out.has_registers = false;
  out.stack_cut = (head.flags & wire::kStackCut) != 0;
  if (raw(out.time) == 0) return false;
  const std::span<const uint8_t> rest = record.subspan(sizeof head);
  const size_t count = head.header.count;
  const auto* words = reinterpret_cast<const uint64_t*>(rest.data());
  if (rest.size() < count * 8) return false;
  if (head.header.kind == static_cast<uint16_t>(wire::RecordKind::kFrames)) {
    out.addresses = {words, count};
    return count > 0 && count <= wire::kFramesMax;
  }
  if (head.header.kind != static_cast<uint16_t>(wire::RecordKind::kStack)) return false;
  if (count > wire::kRegistersMax || rest.size() < count * 8 + 16) return false;
  out.has_registers = true;
  out.registers.valid = 0;
  for (size_t i = 0; i < count; ++i) out.registers.set(static_cast<unsigned>(i), words[i]);
  const uint64_t stack_bytes = words[count + 1];
  const std::span<const uint8_t> stack = rest.subspan(count * 8 + 16);
  if (stack_bytes > stack.size()) return false;
  out.stack = stack.first(stack_bytes);
  return true;
}

void Rings::read_ring(uint32_t ring, Seen& seen, TakeSample sample) {
  wire::RingEntry& control = entry(ring);
  const uint64_t head = wire::load_acquire(control.head);
  const uint64_t size = head - seen.tail;
  if (size > ring_bytes_ || head % 8 != 0) {
    ++counts_.damaged;
    seen.tail = head & ~uint64_t{7};
    wire::store_release(control.tail, seen.tail);
    return;
  }
  if (size == 0) return;
  const uint8_t* const data = memory_.data() + rings_at_ + uint64_t{ring} * ring_bytes_;
  const uint64_t offset = seen.tail & (ring_bytes_ - 1);
  const uint64_t first = std::min<uint64_t>(size, ring_bytes_ - offset);
  auto* const copy = reinterpret_cast<uint8_t*>(copy_.data());
  std::memcpy(copy, data + offset, first);
  std::memcpy(copy + first, data, size - first);
  seen.tail = head;
  wire::store_release(control.tail, head);
  GuestSample parsed;
  for (uint64_t at = 0; at < size;) {
    wire::RecordHeader header;
    if (size - at < 8) break;
    std::memcpy(&header, copy + at, 8);
    if (header.bytes < 8 || header.bytes % 8 != 0 || header.bytes > size - at) {
      ++counts_.damaged;
      return;
    }
    const std::span<const uint8_t> record(copy + at, header.bytes);
    at += header.bytes;
    if (header.kind == static_cast<uint16_t>(wire::RecordKind::kPadding)) continue;
    if (parse(record, parsed)) {
      sample(seen.thread, parsed);
    } else {
      ++counts_.damaged;
    }
  }
}

void Rings::read(TakeSample sample, TakeThread ended) {
  counts_.threads_refused = wire::load_relaxed(page().threads_refused);
  counts_.calls_resumed = wire::load_relaxed(page().calls_resumed);
  const uint32_t used = std::min(wire::load_acquire(page().rings_used), ring_count_);
  if (used > seen_.size()) seen_.resize(used);
  for (uint32_t ring = 0; ring < used; ++ring) {
    wire::RingEntry& control = entry(ring);
    const uint32_t state = wire::load_acquire(control.state);
    const bool has_ended = state == static_cast<uint32_t>(wire::RingState::kEnded);
    if (!has_ended && state != static_cast<uint32_t>(wire::RingState::kLive)) continue;
    Seen& seen = seen_[ring];
    wire::RingEntry now;
    std::memcpy(&now, &control, sizeof now);
    if (!seen.live) {
      seen.live = true;
      seen.lost = 0;
      seen.lost_ns = 0;
    }
    seen.thread.ring = ring;
    seen.thread.tid = now.tid;
    seen.thread.start = time_of(now.start_ns);
    seen.thread.end = has_ended ? time_of(now.end_ns) : TimeNs{};
    seen.thread.cpu = between(now.cpu_start_ns, now.cpu_ns);
    if (has_ended || seen.thread.name.empty()) seen.thread.name = name_of(now.name);
    read_ring(ring, seen, sample);
    if (now.samples_lost > seen.lost) counts_.lost += now.samples_lost - seen.lost;
    const int64_t lost_ns = raw(between(seen.lost_ns, now.cpu_lost_ns));
    counts_.lost_ns = std::min(counts_.lost_ns + lost_ns, kTimeMax);
    seen.lost = now.samples_lost;
    seen.lost_ns = now.cpu_lost_ns;
    if (!has_ended) continue;
    ended(seen.thread);
    seen.live = false;
    seen.thread = {};
    wire::store_release(control.state, static_cast<uint32_t>(wire::RingState::kFree));
  }
}

void Rings::for_each_live(TakeThread live) const {
  for (const Seen& seen : seen_) {
    if (seen.live) live(seen.thread);
  }
}

}  // namespace hone::drain
