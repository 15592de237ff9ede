#include "exchange/import_perfetto_kernel.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/proto_reader.h"
#include "recording/tracks.h"

namespace hone::exchange::perfetto_import {
namespace {

// ftrace_event.proto
namespace kernel_event {
enum : uint32_t {
  kTime = 1,
  kTid = 2,
  kSwitch = 4,
  kFlags = 5,
  kFrequency = 11,
  kIdle = 13,
  kWakeup = 17,
  kWaking = 20,
  kWakeupNew = 114,
  kNewTask = 235,
  kRename = 236,
};
}
// ftrace_event_bundle.proto, compact_sched in it
namespace bundle_field {
enum : uint32_t {
  kCpu = 1,
  kEvent = 2,
  kLost = 3,
  kCompact = 4,
  kClock = 5,
  kOwnTime = 6,
  kBootTime = 7,
};
}
namespace compact_field {
enum : uint32_t {
  kSwitchTime = 1,
  kSwitchState = 2,
  kSwitchNext = 3,
  kText = 5,
  kSwitchName = 6,
  kWakingTime = 7,
  kWakingTid = 8,
  kWakingName = 11,
  kWakingFlags = 12,
};
}
// FtraceClock: of those that are not named here, no other clock of the file is one.
constexpr uint64_t kClockMonotonicRaw = 4;
// common_flags: what happened in an interrupt is no deed of the thread that was interrupted.
constexpr uint64_t kInInterrupt = 0x08 | 0x10;
constexpr uint64_t kNotIdle = UINT32_MAX;
constexpr size_t kKindsMost = 4096;

}  // namespace

bool Kernel::convert(const Bundle& bundle, uint64_t stamp, TimeNs& out) {
  const uint64_t shifted = stamp + static_cast<uint64_t>(bundle.add_ns);
  return clocks_.convert(bundle.clock, bundle.sequence, shifted, out);
}

void Kernel::take_bundle(std::string_view message, uint32_t sequence) {
  Bundle bundle{.sequence = sequence, .clock = Clocks::kBoottime};
  uint64_t clock = 0, own = 0, boot = 0;
  bool is_lost = false;
  ProtoReader first(message);
  while (first.next()) {
    if (first.field() == bundle_field::kCpu) bundle.cpu = static_cast<uint32_t>(first.number());
    if (first.field() == bundle_field::kLost) is_lost = first.number() != 0;
    if (first.field() == bundle_field::kClock) clock = first.number();
    if (first.field() == bundle_field::kOwnTime) own = first.number();
    if (first.field() == bundle_field::kBootTime) boot = first.number();
  }
  if (is_lost) lose(bundle.cpu);
  if (clock != 0 && own != 0 && boot != 0) {
    bundle.add_ns = static_cast<int64_t>(boot - own);
  } else if (clock == kClockMonotonicRaw) {
    bundle.clock = Clocks::kMonotonicRaw;
  } else if (clock != 0) {
    ++of_no_clock_;
    return;
  }
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == bundle_field::kEvent) take_event(bundle, at.bytes());
    if (at.field() == bundle_field::kCompact) take_compact(bundle, at.bytes());
  }
}

// Who ran there since the last event that is known is not known.
void Kernel::lose(uint32_t cpu) {
  ++lost_;
  const auto known = running_.find(cpu);
  if (known == running_.end()) return;
  if (known->second.tid != 0) switches_.add_lost(known->second.since, known->second.tid);
  running_.erase(known);
}

void Kernel::put_switch(const Bundle& bundle, TimeNs time, int64_t before, uint64_t state,
                        int64_t next) {
  running_[bundle.cpu] = {next, time};
  switches_.add_switch(time, before, state, next);
}

void Kernel::take_event(const Bundle& bundle, std::string_view message) {
  uint64_t stamp = 0, flags = 0;
  int64_t tid = 0;
  uint32_t kind = 0;
  std::string_view inner;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == kernel_event::kTime) {
      stamp = at.number();
    } else if (at.field() == kernel_event::kTid) {
      tid = at.integer();
    } else if (at.field() == kernel_event::kFlags) {
      flags = at.number();
    } else if (at.is_bytes()) {
      kind = at.field();
      inner = at.bytes();
    }
  }
  TimeNs time{};
  if (kind == 0 || !convert(bundle, stamp, time)) return;
  take_kind(bundle, kind, inner, time, {tid, (flags & kInInterrupt) != 0});
}

void Kernel::take_kind(const Bundle& bundle, uint32_t kind, std::string_view message, TimeNs time,
                       Doer doer) {
  switch (kind) {
    case kernel_event::kSwitch:
      return take_switch(bundle, message, time);
    case kernel_event::kWaking:
    case kernel_event::kWakeup:
    case kernel_event::kWakeupNew:
      return take_waking(message, time, doer.in_interrupt ? 0 : doer.tid);
    case kernel_event::kFrequency:
    case kernel_event::kIdle:
      return take_cpu(kind == kernel_event::kFrequency, message, time);
    case kernel_event::kNewTask:
    case kernel_event::kRename:
      return take_names(kind, message, doer.tid);
    default:
      if (const auto known = others_.find(kind); known != others_.end()) {
        ++known->second;
      } else if (others_.size() < kKindsMost) {
        others_.emplace(kind, 1);
      } else {
        ++other_count_;
      }
  }
}

void Kernel::take_switch(const Bundle& bundle, std::string_view message, TimeNs time) {
  std::string_view before_name, next_name;
  int64_t before = 0, next = 0;
  uint64_t state = 0;
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        before_name = at.bytes();
        break;
      case 2:
        before = at.integer();
        break;
      case 4:
        state = at.number();
        break;
      case 5:
        next_name = at.bytes();
        break;
      case 6:
        next = at.integer();
        break;
      default:
        break;
    }
  }
  if (before != 0) processes_.call(before, before_name);
  if (next != 0) processes_.call(next, next_name);
  put_switch(bundle, time, before, state, next);
}

void Kernel::take_waking(std::string_view message, TimeNs time, int64_t waker) {
  std::string_view name;
  int64_t tid = 0;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == 1) name = at.bytes();
    if (at.field() == 2) tid = at.integer();
  }
  if (tid == 0) return;
  processes_.call(tid, name);
  switches_.add_waking(time, tid, waker);
}

// A new thread has the process of the one that made it (CLONE_THREAD), or is one itself.
void Kernel::take_names(uint32_t kind, std::string_view message, int64_t maker) {
  constexpr uint64_t kCloneThread = 0x10000;
  std::string_view name, new_name;
  int64_t tid = 0;
  uint64_t flags = 0;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == 1) tid = at.integer();
    if (at.field() == 2) name = at.bytes();
    if (at.field() == 3) {
      flags = at.number();
      new_name = at.bytes();
    }
  }
  if (kind == kernel_event::kRename) return processes_.rename(tid, new_name);
  processes_.call(tid, name);
  if ((flags & kCloneThread) == 0) {
    processes_.is_of(tid, tid);
  } else if (maker != 0) {
    processes_.is_made_by(tid, maker);
  }
}

void Kernel::take_cpu(bool is_frequency, std::string_view message, TimeNs time) {
  uint64_t state = 0, cpu = 0;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == 1) state = at.number();
    if (at.field() == 2) cpu = at.number();
  }
  if (cpu >= recording::kNoCpu || state > UINT32_MAX) {
    to_.left("import.cpu_out_of_range",
             "frequencies and idle states of CPUs whose numbers a recording cannot hold");
    return;
  }
  // Of idle states 0 is none of them.
  const auto value = static_cast<int64_t>(is_frequency        ? state * 1000
                                          : state == kNotIdle ? 0
                                                              : state + 1);
  gauges_.add(is_frequency ? Gauges::Kind::kFrequency : Gauges::Kind::kIdleState,
              static_cast<int64_t>(cpu), time, value);
}

namespace {

std::vector<uint64_t> numbers_of(std::string_view message, uint32_t field) {
  std::vector<uint64_t> out;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() != field) continue;
    ProtoNumbers numbers(at);
    while (numbers.next()) out.push_back(numbers.number());
  }
  return out;
}

}  // namespace

// Columns, whose times are each so much behind the one before. Who was on the CPU before a switch
// is who the switch before it put there.
void Kernel::take_compact(const Bundle& bundle, std::string_view message) {
  std::vector<std::string_view> texts;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == compact_field::kText) texts.push_back(at.bytes());
  }
  const auto call = [&](uint64_t tid, uint64_t text) {
    if (tid != 0 && text < texts.size()) processes_.call(static_cast<int64_t>(tid), texts[text]);
  };
  const auto times = numbers_of(message, compact_field::kSwitchTime);
  const auto states = numbers_of(message, compact_field::kSwitchState);
  const auto nexts = numbers_of(message, compact_field::kSwitchNext);
  const auto names = numbers_of(message, compact_field::kSwitchName);
  const auto waking_times = numbers_of(message, compact_field::kWakingTime);
  const auto woken = numbers_of(message, compact_field::kWakingTid);
  const auto woken_names = numbers_of(message, compact_field::kWakingName);
  const auto woken_flags = numbers_of(message, compact_field::kWakingFlags);
  const size_t switches = std::min({times.size(), states.size(), nexts.size()});
  const size_t wakings = std::min(waking_times.size(), woken.size());
  const auto known = running_.find(bundle.cpu);
  int64_t running = known == running_.end() ? 0 : known->second.tid;
  uint64_t switch_time = 0, waking_time = wakings > 0 ? waking_times[0] : 0;
  size_t next_waking = 0;
  TimeNs time{};
  for (size_t i = 0; i <= switches; ++i) {
    if (i < switches) switch_time += times[i];
    // Who wakes others is who runs there meanwhile, unless an interrupt does.
    while (next_waking < wakings && (i == switches || waking_time < switch_time)) {
      const auto tid = static_cast<int64_t>(woken[next_waking]);
      if (tid != 0 && convert(bundle, waking_time, time)) {
        const bool in_interrupt =
            next_waking < woken_flags.size() && (woken_flags[next_waking] & kInInterrupt) != 0;
        switches_.add_waking(time, tid, in_interrupt ? 0 : running);
        if (next_waking < woken_names.size()) call(woken[next_waking], woken_names[next_waking]);
      }
      if (++next_waking < wakings) waking_time += waking_times[next_waking];
    }
    if (i == switches) break;
    const auto next = static_cast<int64_t>(nexts[i]);
    if (i < names.size()) call(nexts[i], names[i]);
    if (convert(bundle, switch_time, time)) put_switch(bundle, time, running, states[i], next);
    running = next;
  }
  if (switches > 0) running_[bundle.cpu].tid = running;
}

void Kernel::finish() {
  switches_.finish();
  for (const auto& [kind, count] : others_) {
    to_.left(fmt::format("import.kernel_event_{}", kind),
             "events of the kernel of kinds that a recording has nothing for", count);
  }
  to_.left("import.kernel_events", "events of the kernel of many more kinds", other_count_);
  to_.left("import.kernel_clock",
           "batches of events of the kernel whose clock nothing ties to another are left out",
           of_no_clock_, recording::kDataLoss);
  to_.left("import.kernel_events_lost", "stretches in which the kernel lost events of a CPU", lost_,
           recording::kDataLoss);
}

}  // namespace hone::exchange::perfetto_import
