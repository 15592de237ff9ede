#include "capture/counters/counter_writer.h"

#include <algorithm>

namespace hone::capture {

struct CounterWriter::Slot {
  TrackSpec spec;
  TrackId id{};
  bool started = false, changed = false, closed = false;
  int64_t value = 0;
  // The last reading said what the one before it said: it is written when the next one differs, so
  // that the change is where it was.
  bool held = false;
  TimeNs held_time{};
  std::vector<std::pair<TimeNs, int64_t>> rows;
};

CounterWriter::CounterWriter(recording::Builder& builder) : builder_(builder) {}

CounterWriter::~CounterWriter() = default;

Series CounterWriter::add(TrackSpec spec) {
  slots_.push_back(std::make_unique<Slot>());
  slots_.back()->spec = std::move(spec);
  return Series{static_cast<uint32_t>(slots_.size())};
}

CounterWriter::Slot* CounterWriter::slot_of(Series series) {
  const auto at = static_cast<uint32_t>(series);
  return at == 0 || at > slots_.size() ? nullptr : slots_[at - 1].get();
}

void CounterWriter::hold(Series series, TimeNs time) {
  Slot* slot = slot_of(series);
  if (slot == nullptr || !slot->started) return;
  slot->held = true;
  slot->held_time = time;
}

void CounterWriter::put(Series series, TimeNs time, int64_t value) {
  Slot* found = slot_of(series);
  if (found == nullptr || value < 0) return;
  Slot& slot = *found;
  ++readings_;
  // Some of the kernel's sums go back by a little now and then (time waiting for disks does).
  if (slot.started && slot.spec.kind == recording::TrackKind::kCumulative) {
    value = std::max(value, slot.value);
  }
  if (slot.started && value == slot.value) {
    slot.held = true;
    slot.held_time = time;
    return;
  }
  if (slot.held) slot.rows.emplace_back(slot.held_time, slot.value);
  slot.held = false;
  slot.changed = slot.changed || slot.started;
  slot.started = true;
  slot.value = value;
  slot.rows.emplace_back(time, value);
}

void CounterWriter::close(Series series) {
  Slot* found = slot_of(series);
  if (found == nullptr) return;
  Slot& slot = *found;
  if (slot.held) slot.rows.emplace_back(slot.held_time, slot.value);
  slot.held = false;
  slot.closed = true;
}

TrackId CounterWriter::id_of(Slot& slot) {
  if (slot.id != TrackId::kNone) return slot.id;
  const TrackSpec& spec = slot.spec;
  TrackId qualifies{};
  if (spec.qualifies != Series::kNone) {
    if (auto& of = slots_[static_cast<uint32_t>(spec.qualifies) - 1]) qualifies = id_of(*of);
  }
  ++tracks_;
  slot.id = builder_.append_id<TrackId>(
      recording::TrackRow{.name = builder_.string(spec.name),
                          .unit = static_cast<uint8_t>(spec.unit),
                          .kind = static_cast<uint8_t>(spec.kind),
                          .scope = static_cast<uint8_t>(spec.scope),
                          .process = spec.process,
                          .thread = ThreadId::kNone,
                          .cpu = spec.cpu,
                          .what = builder_.string(spec.what, recording::TextKind::kPath),
                          .divisor = spec.divisor,
                          .qualifies = qualifies});
  return slot.id;
}

void CounterWriter::write(Slot& slot) {
  if (slot.rows.empty() || (slot.spec.quiet && !slot.changed)) return;
  const TrackId id = id_of(slot);
  for (const auto& [time, value] : slot.rows) {
    builder_.append(recording::CounterRow{.track = id, .time = time, .value = value});
  }
  slot.rows.clear();
}

void CounterWriter::flush() {
  for (auto& slot : slots_) {
    if (slot) write(*slot);
  }
  // Afterwards: a track may say something of another that is closed.
  for (auto& slot : slots_) {
    if (slot && slot->closed) slot.reset();
  }
}

void CounterWriter::end_part() {
  for (auto& slot : slots_) {
    if (!slot || !slot->held) continue;
    slot->rows.emplace_back(slot->held_time, slot->value);
    slot->held = false;
  }
  flush();
}

void CounterWriter::begin_part(TimeNs start, base::FunctionRef<ProcessId(ProcessId)> renumber) {
  tracks_ = 0;
  for (auto& slot : slots_) {
    if (!slot) continue;
    if (slot->spec.process != ProcessId::kNone) {
      slot->spec.process = renumber(slot->spec.process);
      if (slot->spec.process == ProcessId::kNone) {
        slot.reset();
        continue;
      }
    }
    slot->id = TrackId::kNone;
    slot->changed = false;
    slot->rows.clear();
    if (slot->started) slot->rows.emplace_back(start, slot->value);
  }
}

void CounterWriter::finish() {
  for (uint32_t i = 1; i <= slots_.size(); ++i) close(Series{i});
  flush();
}

}  // namespace hone::capture
