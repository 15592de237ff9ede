#include "capture/python_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "capture/jit.h"

namespace hone::capture {
namespace {
// How many registers a function saves at most, where it begins.
constexpr unsigned kSavedMax = 6;
}  // namespace

bool PythonLook::word(uint64_t address, uint64_t* value) {
  const uint64_t offset = address - stack_start;
  if (address >= stack_start && sample.stack.size() >= sizeof *value &&
      offset <= sample.stack.size() - sizeof *value) {
    std::memcpy(value, sample.stack.data() + offset, sizeof *value);
    return true;
  }
  return process.memory.read(address, value, sizeof *value);
}

// The thread's state: it stays where it is while the thread lives. 0 when it is not found.
uint64_t PythonLook::thread() {
  const auto native = static_cast<uint64_t>(sample.tid);
  auto [entry, is_new] = process.threads.try_emplace(sample.tid, 0);
  // A thread of a pid namespace knows itself by another id.
  const auto own = [&] {
    return static_cast<uint64_t>(
        id_in_own_namespace(fmt::format("/proc/{}/task/{}", sample.pid, sample.tid), sample.tid));
  };
  if (entry->second != 0 && (python::is_thread(source, entry->second, native) ||
                             python::is_thread(source, entry->second, own()))) {
    return entry->second;
  }
  const uint64_t runtime = raw(process.module->runtime) + process.bias;
  entry->second = python::find_thread(source, runtime, native);
  if (entry->second == 0) {
    if (const uint64_t id = own(); id != native) {
      entry->second = python::find_thread(source, runtime, id);
    }
  }
  return entry->second;
}

// Which instruction of bytecode the evaluator is at, by the register that says so: as it was saved
// by the functions that were called since, or as it is. 0 when none `is_there`.
template <class F>
uint64_t PythonLook::instruction(const PythonActivation& at, F is_there) {
  uint64_t value = 0;
#if defined(__x86_64__)
  // Pushed one after the other, below the return address.
  for (uint32_t i = at.index; i-- > at.inner;) {
    const uint64_t from = stack.walked[i + 1].sp - 16;
    for (unsigned n = 0; n < kSavedMax && from - 8 * n >= stack.walked[i].sp; ++n) {
      if (word(from - 8 * n, &value) && is_there(value)) return value;
    }
  }
  static constexpr uint8_t kKept[] = {15, 14, 13, 12, 3, 6};
#else
  static constexpr uint8_t kKept[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28};
#endif
  // The evaluator saves them all: inside of a call of it they are that call's. In its own code any
  // register may be the one.
  for (const uint8_t number : kKept) {
    value = sample.registers.value[number];
    if (at.is_inmost && sample.registers.has(number) && is_there(value)) return value;
  }
  for (unsigned number = 0; at.index == 0 && number < unwind::Registers::kCount; ++number) {
    value = sample.registers.value[number];
    if (sample.registers.has(number) && is_there(value)) return value;
  }
  // No register keeps it just now: the address of this instruction or the next one is put into the
  // evaluator's stack frame, at one of a few places. It may be some instructions old there.
  LearnedSlot& slots = process.module->instruction;
  for (uint64_t address = at.sp; !slots.settled() && address < at.cfa; address += 8) {
    if (word(address, &value) && is_there(value - 2)) slots.vote(at.cfa - address);
  }
  for (const uint64_t offset : slots.offsets()) {
    if (word(at.cfa - offset, &value) && is_there(value - 2)) return value - 2;
  }
  return 0;
}

uint64_t PythonLook::instruction_in(const PythonActivation& at, const python::Code& code) {
  return instruction(at, [&](uint64_t value) {
    return value >= code.bytecode && value < code.bytecode_end && (value - code.bytecode) % 2 == 0;
  });
}

// The same in any code that is known, behind its first instruction.
uint64_t PythonLook::instruction_of_any(const PythonActivation& at, uint64_t* code) {
  return instruction(at, [&](uint64_t value) {
    auto next = std::lower_bound(process.by_bytecode.begin(), process.by_bytecode.end(),
                                 std::pair<uint64_t, uint64_t>{value, 0});
    if (next == process.by_bytecode.begin()) return false;
    const auto known = process.codes.find(std::prev(next)->second);
    if (known == process.codes.end() || value >= known->second.code.bytecode_end ||
        (value - known->second.code.bytecode) % 2 != 0) {
      return false;
    }
    *code = known->first;
    return true;
  });
}

}  // namespace hone::capture
