// A sample's record: the stack as walked here, or, where that was not possible, the registers and
// the top of the stack for the recorder to walk.
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"
#include "guest/agent/memory.h"
#include "wire/ring.h"

// The one that places an object into given memory: <new> is of libstdc++.
inline void* operator new(size_t, void* at) noexcept {
  return at;
}

namespace hone::agent {
namespace {

// A walker with its cache of rules, for one handler at a time: as a rule that of its CPU, so that
// threads which take turns on a CPU share what is in its cache.
struct Scratch {
  uint32_t busy;
  bool made;
  alignas(64) unwind::Walker walker;
  unwind::WalkedFrame frames[wire::kFramesMax];
};
constexpr uint32_t kScratches = 256;
Scratch* scratches = nullptr;

Scratch* take_scratch(uint32_t cpu) {
  if (!scratches) return nullptr;
  constexpr uint32_t kTries = 8;
  for (uint32_t i = 0; i < kTries; ++i) {
    Scratch& scratch = scratches[(cpu + i) % kScratches];
    if (__atomic_exchange_n(&scratch.busy, 1, __ATOMIC_ACQUIRE) != 0) continue;
    if (!scratch.made) new (&scratch.walker) unwind::Walker(unwind::kNativeArch);
    scratch.made = true;
    return &scratch;
  }
  return nullptr;
}
void give_back(Scratch* scratch) {
  wire::store_release(scratch->busy, 0u);
}

unwind::Registers registers_of(const ucontext* context) {
  unwind::Registers out;
  const auto& from = context->uc_mcontext;
#if defined(__x86_64__)
  const uint64_t values[] = {from.rax, from.rdx, from.rcx, from.rbx, from.rsi, from.rdi,
                             from.rbp, from.rsp, from.r8,  from.r9,  from.r10, from.r11,
                             from.r12, from.r13, from.r14, from.r15, from.rip};
  for (unsigned i = 0; i < 17; ++i) out.set(i, values[i]);
#elif defined(__aarch64__)
  for (unsigned i = 0; i < 31; ++i) out.set(i, from.regs[i]);
  out.set(31, from.sp);
  out.set(32, from.pc);
#endif
  return out;
}
constexpr unsigned kRegisterCount = unwind::kNativeArch == unwind::Arch::kX86_64 ? 17 : 33;

bool find_table(void* context, uint64_t address, unwind::MappedTable* out) {
  const ModuleRange* range = static_cast<const ModuleSet*>(context)->find(address);
  if (!range) return false;
  *out = {range->table, range->bias, range->begin, range->end};
  return true;
}

struct Walk {
  unwind::WalkResult result;
  bool by_frame_pointers;
};

// Whole stacks alone are believed here; of others the recorder knows more (other stacks, code
// without tables), and is given the bytes.
Walk walk_stack(Scratch& scratch, const unwind::Registers& registers, LiveStack& stack,
                const ModuleSet& set) {
  const unwind::StackMemory memory = stack.memory();
  const unwind::Modules found = {
      .context = (void*)&set, .lookup = &find_table, .generation = set.generation};
  return {scratch.walker.walk(registers, memory, found, scratch.frames, wire::kFramesMax), false};
}

struct Sample {
  uint32_t ring;
  uint32_t cpu;
  int64_t now_ns, weight_ns;
};

wire::SampleRecord record_of(const Sample& sample, uint32_t bytes, wire::RecordKind kind,
                             uint32_t count) {
  return {.header = {bytes, (uint16_t)kind, (uint16_t)count, sample.now_ns},
          .weight_ns = (uint32_t)sample.weight_ns,
          .cpu = (uint16_t)sample.cpu,
          .end = (uint8_t)unwind::WalkEnd::kComplete,
          .flags = 0};
}

wire::Room room_for(const Sample& sample, uint32_t bytes) {
  wire::RingEntry& entry = session.entries[sample.ring];
  uint8_t* const ring = session.rings + (uint64_t)sample.ring * wire::kRingBytes;
  const wire::Room room = wire::make_room(entry, ring, wire::kRingBytes, bytes);
  if (!room.at) {
    wire::store_relaxed(entry.samples_lost, entry.samples_lost + 1);
    wire::store_relaxed(entry.cpu_lost_ns, entry.cpu_lost_ns + sample.weight_ns);
  }
  const bool half_full = entry.head - wire::load_relaxed(entry.tail) > wire::kRingBytes / 2;
  if (!room.at || half_full) wake_recorder(entry);
  return room;
}

void write_frames(const Sample& sample, const Scratch& scratch, const Walk& walk) {
  const uint32_t count = walk.result.frame_count;
  const uint32_t bytes = sizeof(wire::SampleRecord) + count * 8;
  const wire::Room room = room_for(sample, bytes);
  if (!room.at) return;
  wire::SampleRecord record = record_of(sample, bytes, wire::RecordKind::kFrames, count);
  record.flags = walk.by_frame_pointers ? wire::kByFramePointers : 0;
  memcpy(room.at, &record, sizeof record);
  auto* to = (uint64_t*)(room.at + sizeof record);
  for (uint32_t i = 0; i < count; ++i) {
    const unwind::WalkedFrame& frame = scratch.frames[i];
    *to++ = unwind::lookup_address(frame.address, frame.marks.kind);
  }
  wire::publish(session.entries[sample.ring], room);
}

void write_stack(const Sample& sample, const unwind::Registers& registers, LiveStack& stack) {
  uint32_t wanted = wire::load_relaxed(session.control->stack_bytes_max);
  if (wanted > wire::kStackBytesMax) wanted = wire::kStackBytesMax;
  const auto copied = (uint32_t)(stack.extend(wanted) & ~size_t{7});
  const uint32_t bytes = sizeof(wire::SampleRecord) + kRegisterCount * 8 + 16 + copied;
  const wire::Room room = room_for(sample, bytes);
  if (!room.at) return;
  wire::SampleRecord record = record_of(sample, bytes, wire::RecordKind::kStack, kRegisterCount);
  record.flags = copied + 8 > wanted ? wire::kStackCut : 0;
  const uint64_t sp = registers.value[unwind::registers_of(unwind::kNativeArch).sp];
  const uint64_t copy[2] = {sp, copied};
  uint8_t* to = room.at;
  memcpy(to, &record, sizeof record);
  memcpy(to += sizeof record, registers.value, kRegisterCount * 8);
  memcpy(to += kRegisterCount * 8, copy, sizeof copy);
  memcpy(to += sizeof copy, (const void*)sp, copied);
  wire::publish(session.entries[sample.ring], room);
}

}  // namespace

void make_walkers() {
  if (scratches) return;
  scratches = (Scratch*)map_memory(sizeof(Scratch) * kScratches,
                                   kMapPrivate | kMapAnonymous | kMapNoreserve);
}

void write_sample(uint32_t ring, const ucontext* context, int64_t now_ns, int64_t weight_ns) {
  Sample sample = {.ring = ring, .cpu = 0, .now_ns = now_ns, .weight_ns = weight_ns};
  call(__NR_getcpu, &sample.cpu, 0L, 0L);
  const unwind::Registers registers = registers_of(context);
  LiveStack stack(registers.value[unwind::registers_of(unwind::kNativeArch).sp]);
  const ModuleSet* set = modules();
  // While modules come or go the tables may be another's: see dlclose() in hooks.cc.
  const wire::ControlPage& control = *session.control;
  const bool known = set && set->holds_at(wire::load_acquire(control.module_changes)) &&
                     wire::load_relaxed(control.copy_stacks) == 0;
  if (Scratch* scratch = known ? take_scratch(sample.cpu) : nullptr) {
    const Walk walk = walk_stack(*scratch, registers, stack, *set);
    const bool whole = walk.result.end == unwind::WalkEnd::kComplete;
    if (whole) write_frames(sample, *scratch, walk);
    give_back(scratch);
    if (whole) return;
  }
  write_stack(sample, registers, stack);
}

}  // namespace hone::agent
