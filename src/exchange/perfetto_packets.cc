// Packets of Perfetto's format, their events, tracks and interned texts.
#include <algorithm>

#include <fmt/format.h>

#include "exchange/perfetto_parts.h"
#include "hone/layout.h"

namespace hone::exchange::perfetto {
namespace {

constexpr uint64_t kSequence = 1;

namespace event = perfetto_fields::event_field;
namespace argument = perfetto_fields::annotation;

// track_descriptor.proto and what stands in it
namespace descriptor {
enum : uint32_t { kNumber = 1, kName = 2, kProcess = 3, kThread = 4, kParent = 5, kCounter = 8 };
}

// The category of what has none: readers choose by it.
std::string_view word_of(uint8_t kind) {
  if (kind == HONE_SITE_FRAMES) return "frame";
  return kind == HONE_SITE_MESSAGE ? "message" : "span";
}

}  // namespace

Trace::Trace(const profile::Profile& from, const ExportOptions& given, Output& to)
    : profile(from),
      options(given),
      out(to),
      ids(from),
      process_tracks_(from.processes().size()),
      thread_tracks_(from.threads().size()),
      sites_(from.instrumentation().sites.size()) {}

ProtoBuffer& Trace::begin_packet() {
  packet_.clear();
  packet_.put(packet::kSequence, kSequence);
  packet_.put(packet::kSequenceFlags, packet::kNeedsState);
  return packet_;
}

ProtoBuffer& Trace::begin_packet(TimeNs time) {
  begin_packet();
  // The format knows no time before its clock began.
  packet_.put(packet::kTimestamp, static_cast<uint64_t>(std::max<int64_t>(raw(time), 0)));
  return packet_;
}

void Trace::end_packet() {
  if (!interned_.empty()) {
    packet_.put_bytes(packet::kInternedData, interned_.bytes());
    interned_.clear();
  }
  // Field 1 of a trace: a packet.
  char head[1 + ProtoBuffer::kVarintBytes] = {0x0A};
  size_t bytes = 1;
  for (uint64_t rest = packet_.bytes().size();; rest >>= 7) {
    head[bytes++] = static_cast<char>(rest < 0x80 ? rest : rest | 0x80);
    if (rest < 0x80) break;
  }
  out.put({head, bytes});
  out.put(packet_.bytes());
}

void Trace::begin_event(EventType type, uint64_t track, TimeNs time) {
  begin_packet(time);
  event_ = packet_.begin(packet::kTrackEvent);
  packet_.put(event::kType, static_cast<uint64_t>(type));
  packet_.put(event::kTrack, track);
}

void Trace::end_event() {
  packet_.end(event_);
  end_packet();
}

uint64_t Trace::number_of(uint32_t table, std::string_view text) {
  auto& numbers = texts_[table];
  const auto [at, is_new] = numbers.try_emplace(std::string(text), numbers.size() + 1);
  if (is_new) {
    const size_t entry = interned_.begin(table);
    interned_.put(1, at->second);
    // Of an event's name and of a category a string, of all others bytes, which readers show as
    // they show strings; what is no text is a build id alone.
    if (table == interned::kBuildIds) {
      interned_.put_bytes(2, text);
    } else {
      interned_.put_text(2, text);
    }
    interned_.end(entry);
  }
  return at->second;
}

void Trace::put_name(std::string_view name, std::string_view category) {
  packet_.put(event::kNameNumber, number_of(interned::kEventNames, name));
  packet_.put(event::kCategoryNumber, number_of(interned::kCategories, category));
}

Trace::SiteNumbers Trace::intern(SiteId id) {
  const profile::Site& site = profile.instrumentation().sites[raw(id)];
  const std::string_view category = profile.string(site.category);
  SiteNumbers numbers;
  numbers.name = number_of(interned::kEventNames, profile.string(site.name));
  numbers.category =
      number_of(interned::kCategories, category.empty() ? word_of(site.kind) : category);
  if (site.file != StringId::kNone) {
    numbers.place = next_place_++;
    const size_t entry = interned_.begin(interned::kPlaces);
    interned_.put(1, numbers.place);
    interned_.put_text(2, profile.string(site.file));
    interned_.put_text(3, profile.string(site.function));
    interned_.put(4, site.line);
    interned_.end(entry);
  }
  return numbers;
}

void Trace::put_site(SiteId site) {
  SiteNumbers& numbers = sites_[raw(site)];
  if (numbers.name == 0) numbers = intern(site);
  packet_.put(event::kNameNumber, numbers.name);
  packet_.put(event::kCategoryNumber, numbers.category);
  if (numbers.place != 0) packet_.put(event::kPlaceNumber, numbers.place);
}

size_t Trace::begin_argument(std::string_view key) {
  const uint64_t number = number_of(interned::kArgumentNames, key);
  const size_t begun = packet_.begin(event::kArgument);
  packet_.put(argument::kNameNumber, number);
  return begun;
}

void Trace::put_arguments(std::span<const uint32_t> arguments) {
  for (const uint32_t row : arguments) {
    const profile::SpanArgument& each = profile.instrumentation().arguments[row];
    const size_t begun =
        begin_argument(each.key == StringId::kNone ? "value" : profile.string(each.key));
    switch (each.type) {
      case HONE_ARGUMENT_INTEGER:
        packet_.put(argument::kSigned, each.value);
        break;
      case HONE_ARGUMENT_UNSIGNED:
        packet_.put(argument::kUnsigned, each.value);
        break;
      case HONE_ARGUMENT_REAL:
        packet_.put_fixed64(argument::kReal, each.value);
        break;
      case HONE_ARGUMENT_BOOLEAN:
        packet_.put(argument::kTruth, each.value != 0 ? 1 : 0);
        break;
      case HONE_ARGUMENT_ADDRESS:
        packet_.put(argument::kPointer, each.value);
        break;
      default:
        packet_.put_text(argument::kText, profile.string(each.text));
    }
    packet_.end(begun);
  }
}

void Trace::put_text(std::string_view key, std::string_view value) {
  const size_t begun = begin_argument(key);
  packet_.put_text(argument::kText, value);
  packet_.end(begun);
}

void Trace::put_number(std::string_view key, uint64_t value) {
  const size_t begun = begin_argument(key);
  packet_.put(argument::kUnsigned, value);
  packet_.end(begun);
}

void Trace::put_signed(std::string_view key, int64_t value) {
  const size_t begun = begin_argument(key);
  packet_.put(argument::kSigned, static_cast<uint64_t>(value));
  packet_.end(begun);
}

void Trace::put_address(std::string_view key, uint64_t value) {
  const size_t begun = begin_argument(key);
  packet_.put(argument::kPointer, value);
  packet_.end(begun);
}

void Trace::put_yes(std::string_view key) {
  const size_t begun = begin_argument(key);
  packet_.put(argument::kTruth, 1);
  packet_.end(begun);
}

void Trace::put_flow(uint64_t id, bool is_last) {
  packet_.put_fixed64(is_last ? event::kFlowEnd : event::kFlow, id);
}

uint64_t Trace::process_track(ProcessId process) {
  uint64_t& track = process_tracks_[raw(process)];
  if (track != 0) return track;
  track = next_track_++;
  const profile::Process& of = profile.processes()[raw(process)];
  begin_packet();
  const size_t begun = packet_.begin(packet::kTrackDescriptor);
  packet_.put(descriptor::kNumber, track);
  const size_t inner = packet_.begin(descriptor::kProcess);
  packet_.put(1, ids.pid(process));
  packet_.put_text(6,
                   process == ProcessId::kNone ? "a process not known" : profile.string(of.name));
  packet_.end(inner);
  packet_.end(begun);
  end_packet();
  return track;
}

uint64_t Trace::thread_track(ThreadId thread) {
  uint64_t& track = thread_tracks_[raw(thread)];
  if (track != 0) return track;
  const profile::Thread& of = profile.threads()[raw(thread)];
  const uint64_t parent = process_track(of.process);
  track = next_track_++;
  begin_packet();
  const size_t begun = packet_.begin(packet::kTrackDescriptor);
  packet_.put(descriptor::kNumber, track);
  packet_.put(descriptor::kParent, parent);
  const size_t inner = packet_.begin(descriptor::kThread);
  packet_.put(1, ids.pid(of.process));
  packet_.put(2, ids.tid(thread));
  packet_.put_text(5, thread == ThreadId::kNone ? "a thread not known" : profile.string(of.name));
  packet_.end(inner);
  packet_.end(begun);
  end_packet();
  return track;
}

uint64_t Trace::new_track(uint64_t parent, std::string_view name) {
  const uint64_t track = next_track_++;
  begin_packet();
  const size_t begun = packet_.begin(packet::kTrackDescriptor);
  packet_.put(descriptor::kNumber, track);
  if (parent != 0) packet_.put(descriptor::kParent, parent);
  packet_.put_text(descriptor::kName, name);
  packet_.end(begun);
  end_packet();
  return track;
}

uint64_t Trace::new_counter(uint64_t parent, std::string_view name, std::string_view unit) {
  constexpr uint32_t kUnit = 3, kUnitName = 6;  // counter_descriptor.proto
  constexpr uint64_t kNanoseconds = 1, kBytes = 3;
  const uint64_t track = next_track_++;
  begin_packet();
  const size_t begun = packet_.begin(packet::kTrackDescriptor);
  packet_.put(descriptor::kNumber, track);
  if (parent != 0) packet_.put(descriptor::kParent, parent);
  packet_.put_text(descriptor::kName, name);
  const size_t counter = packet_.begin(descriptor::kCounter);
  if (unit == "bytes") {
    packet_.put(kUnit, kBytes);
  } else if (unit == "ns") {
    packet_.put(kUnit, kNanoseconds);
  } else if (!unit.empty()) {
    packet_.put_text(kUnitName, unit);
  }
  packet_.end(counter);
  packet_.end(begun);
  end_packet();
  return track;
}

std::string thread_text(const profile::Profile& profile, ThreadId thread) {
  const profile::Thread& of = profile.threads()[raw(thread)];
  return fmt::format("{} ({})", profile.string(of.name), of.tid);
}

void write_names(Trace& trace) {
  for (uint32_t i = 1; i < trace.profile.threads().size(); ++i) {
    if (trace.options.takes(ThreadId{i})) trace.thread_track(ThreadId{i});
  }
}

}  // namespace hone::exchange::perfetto
