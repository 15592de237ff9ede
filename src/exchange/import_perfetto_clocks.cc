#include "exchange/import_perfetto_clocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

constexpr int64_t kClockMost = int64_t{1} << 61;  // 73 years
// Snapshots that come before the first time; of more than these a file has no use.
constexpr size_t kSnapshotsMost = 64;
// Recorders read six clocks of the system, and writers have one or two of their own.
constexpr size_t kReadingsMost = 128;
// Of so many one that comes late is put in its place.
constexpr size_t kTiesSorted = 4096;
// Clocks of a system are read one after the other: CLOCK_BOOTTIME, which differs from
// CLOCK_MONOTONIC by what the system slept, would else jump to and fro by what a reading takes.
constexpr int64_t kReadingNs = 1'000'000;

// clock_snapshot.proto
enum : uint32_t { kClocks = 1, kPrimary = 2 };
enum : uint32_t { kClockId = 1, kStamp = 2, kIncremental = 3, kUnit = 4 };

constexpr uint64_t kTsc = 9;

std::string_view name_of_clock(uint64_t clock) {
  static constexpr std::array<std::string_view, 12> kNames = {"",
                                                              "CLOCK_REALTIME",
                                                              "CLOCK_REALTIME_COARSE",
                                                              "CLOCK_MONOTONIC",
                                                              "",
                                                              "CLOCK_MONOTONIC_RAW",
                                                              "CLOCK_BOOTTIME",
                                                              "",
                                                              "",
                                                              "TSC",
                                                              "perf's clock",
                                                              "the file's own"};
  return clock < kNames.size() && !kNames[clock].empty() ? kNames[clock] : "another clock";
}

bool scaled(uint64_t stamp, uint64_t unit_ns, int64_t& out) {
  return !__builtin_mul_overflow(stamp, unit_ns, &out) && out >= 0 && out < kClockMost;
}

}  // namespace

Clocks::Clock& Clocks::clock(Key key) {
  const auto [at, is_new] = clocks_.try_emplace(key);
  if (is_new) held_ += kHeldOfEntry + sizeof(Key) + sizeof(Clock);
  return at->second;
}

Clocks::Clock* Clocks::find(Key key) {
  if (key == last_key_ && last_clock_ != nullptr) return last_clock_;
  const auto found = clocks_.find(key);
  if (found == clocks_.end()) return nullptr;
  last_key_ = key;
  return last_clock_ = &found->second;
}

void Clocks::take_snapshot(std::string_view message, uint32_t sequence) {
  Snapshot snapshot;
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == kPrimary) choose_primary(at.number());
    if (at.field() != kClocks) continue;
    uint64_t id = 0, stamp = 0, unit_ns = 1;
    bool is_incremental = false;
    ProtoReader reading(at.bytes());
    while (reading.next()) {
      if (reading.field() == kClockId) id = reading.number();
      if (reading.field() == kStamp) stamp = reading.number();
      if (reading.field() == kIncremental) is_incremental = reading.number() != 0;
      if (reading.field() == kUnit) unit_ns = std::max<uint64_t>(reading.number(), 1);
    }
    int64_t ns = 0;
    if (id == 0 || id > UINT32_MAX || !scaled(stamp, unit_ns, ns)) continue;
    if (snapshot.size() == kReadingsMost) {
      ++readings_beyond_;
      continue;
    }
    const Key key = key_of(static_cast<uint32_t>(id), sequence);
    Clock& known = clock(key);
    known.unit_ns = unit_ns;
    known.is_incremental = is_incremental;
    known.last = ns;
    known.is_read = true;
    snapshot.push_back({key, ns});
  }
  if (base_ != 0) return apply(snapshot);
  if (waiting_.size() < kSnapshotsMost) waiting_.push_back(std::move(snapshot));
}

// What was told by another clock before cannot be told anew.
void Clocks::choose_primary(uint64_t id) {
  if (id == 0 || id == primary_) return;
  if (primary_is_used_ || id >= kFirstOfSequence) {
    ++went_back_;
  } else {
    primary_ = static_cast<uint32_t>(id);
  }
}

void Clocks::apply(const Snapshot& snapshot) {
  std::optional<int64_t> base;
  for (const Reading& reading : snapshot) {
    if (reading.key == base_) base = reading.ns;
  }
  for (size_t i = 0; i < snapshot.size() && !base; ++i) {
    Clock& known = clock(snapshot[i].key);
    if (!known.ties.empty()) base = to_base(known, snapshot[i].ns);
  }
  // Sums and differences of what lies between these do not overflow.
  if (!base || *base <= -kClockMost || *base >= kClockMost) return;
  for (const Reading& reading : snapshot) {
    if (reading.key != base_) tie(reading.key, {reading.ns, *base});
  }
  if (base_ == kMonotonic) write_calendar(snapshot);
}

void Clocks::tie(Key key, Tie tie) {
  std::vector<Tie>& ties = clock(key).ties;
  // Snapshots mostly come in the order of time.
  auto behind = ties.end();
  if (!ties.empty() && tie.own < ties.back().own && ties.size() < kTiesSorted) {
    behind = std::upper_bound(ties.begin(), ties.end(), tie,
                              [](const Tie& a, const Tie& b) { return a.own < b.own; });
  }
  if (behind != ties.begin()) {
    const Tie& last = *(behind - 1);
    const int64_t change = (tie.base - tie.own) - (last.base - last.own);
    const bool sleeps_alone =
        (key == kBoottime && base_ == kMonotonic) || (key == kMonotonic && base_ == kBoottime);
    // Coarse clocks stand still between two snapshots.
    if (change == 0 || tie.own == last.own) return;
    if (sleeps_alone && std::abs(change) < kReadingNs) return;
    if (tie.own < last.own || tie.base < last.base) {
      ++went_back_;
      return;
    }
  }
  if (behind != ties.end() && tie.base > behind->base) {
    ++went_back_;
    return;
  }
  held_ += sizeof(Tie);
  ties.insert(behind, tie);
}

int64_t Clocks::to_base(Clock& clock, int64_t own) {
  const std::vector<Tie>& ties = clock.ties;
  size_t at = std::min(clock.used, ties.size() - 1);
  if (own < ties[at].own || (at + 1 < ties.size() && own >= ties[at + 1].own)) {
    const auto behind = std::upper_bound(ties.begin(), ties.end(), own,
                                         [](int64_t ns, const Tie& tie) { return ns < tie.own; });
    at = behind == ties.begin() ? 0 : static_cast<size_t>(behind - ties.begin()) - 1;
    clock.used = at;
  }
  return ties[at].base + (own - ties[at].own);
}

// What can be reached from the clock that is asked for, by snapshots that have one in common. Where
// that is none to go by, it is asked again once there are more snapshots.
void Clocks::choose_base(Key asked) {
  // One of a sequence that no snapshot has is tied to nothing, and nothing is kept of it.
  const bool is_of_sequence = asked > UINT32_MAX;
  if (is_of_sequence && find(asked) == nullptr) return;
  Clock& of = clock(asked);
  if (of.searched == waiting_.size() + 1) return;
  of.searched = waiting_.size() + 1;
  std::unordered_map<Key, bool> tied = {{asked, true}};
  for (size_t before = 0; of.is_read && before != tied.size();) {
    before = tied.size();
    for (const Snapshot& snapshot : waiting_) {
      if (std::none_of(snapshot.begin(), snapshot.end(),
                       [&](const Reading& reading) { return tied.count(reading.key) > 0; })) {
        continue;
      }
      for (const Reading& reading : snapshot) tied[reading.key] = true;
    }
  }
  for (const Key key :
       {Key{kMonotonic}, Key{kBoottime}, Key{kMonotonicRaw}, kTsc, Key{kRealtime}}) {
    if (base_ == 0 && tied.count(key) > 0) base_ = key;
  }
  if (base_ == 0 && !is_of_sequence) base_ = asked;
  if (base_ == 0) {  // of a sequence alone, and tied to nothing: others may be
    for (const auto& [key, is_tied] : tied) clock(key).searched = of.searched;
    return;
  }
  for (const Snapshot& snapshot : waiting_) apply(snapshot);
  // One that the base is reached from only by a later one.
  for (const Snapshot& snapshot : waiting_) apply(snapshot);
  waiting_ = {};
}

bool Clocks::convert(uint32_t clock_number, uint32_t sequence, uint64_t stamp, TimeNs& out) {
  if (clock_number == 0) {
    clock_number = primary_;
    primary_is_used_ = true;
  }
  const Key key = key_of(clock_number, sequence);
  if (base_ == 0) choose_base(key);
  Clock* const known = find(key);
  int64_t ns = 0;
  if (!scaled(stamp, known == nullptr ? 1 : known->unit_ns, ns)) {
    ++out_of_range_;
    return false;
  }
  if (known == nullptr) {
    ++not_tied_;
    return false;
  }
  if (known->is_incremental) {
    if (ns >= kClockMost - known->last) {
      ++out_of_range_;
      return false;
    }
    ns = known->last += ns;
  }
  if (key != base_) {
    if (known->ties.empty()) {
      ++not_tied_;
      return false;
    }
    ns = to_base(*known, ns);
  }
  if (ns < 0 || ns >= kClockMost) {
    ++out_of_range_;
    return false;
  }
  out = TimeNs{ns};
  return true;
}

void Clocks::write_calendar(const Snapshot& snapshot) {
  int64_t monotonic = -1, calendar = -1;
  for (const Reading& reading : snapshot) {
    if (reading.key == kMonotonic) monotonic = reading.ns;
    if (reading.key == kRealtime) calendar = reading.ns;
  }
  if (monotonic < 0 || calendar < 0) return;
  to_.builder().append(recording::ClockRow{
      .clock = 1, .monotonic = TimeNs{monotonic}, .value = static_cast<uint64_t>(calendar)});
}

void Clocks::finish() {
  if (base_ != 0) to_.fact("import.clock", name_of_clock(base_));
  if (base_ != 0 && base_ != kMonotonic) {
    to_.left("import.clock_not_monotonic",
             fmt::format("no snapshot ties the file's clock to CLOCK_MONOTONIC: times are those of "
                         "{}, as they stand",
                         name_of_clock(base_)));
  }
  to_.left("import.clock_not_tied",
           "packets whose clock no snapshot ties to that of the others are left out", not_tied_,
           recording::kDataLoss);
  to_.left("import.clock_went_back", "snapshots that contradict an earlier one are not taken",
           went_back_);
  to_.left("import.clock_readings",
           fmt::format("readings of clocks beyond {} of one snapshot are not taken", kReadingsMost),
           readings_beyond_);
  to_.left("import.time_out_of_range", "events whose time a recording cannot hold are left out",
           out_of_range_, recording::kDataLoss);
}

}  // namespace hone::exchange::perfetto_import
