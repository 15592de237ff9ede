#include "exchange/import_perfetto_sequence.h"

#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

namespace place_field = perfetto_fields::place_field;
namespace table = perfetto_fields::interned_field;

// trace_packet_defaults.proto and what stands in it
namespace defaults {
enum : uint32_t { kEvent = 11, kSample = 12, kClock = 58 };
enum : uint32_t { kTrack = 11, kExtraCounters = 31, kExtraRealCounters = 45 };
enum : uint32_t { kTimebase = 1 };
enum : uint32_t {
  kPeriod = 1,
  kFrequency = 2,
  kTracepoint = 3,
  kCounter = 4,
  kRaw = 5,
  kName = 10
};
}  // namespace defaults

constexpr size_t kExtraCountersMost = 64, kPathMost = 4096;
constexpr uint32_t kNumber = 1;  // of all entries

uint64_t number_of_entry(std::string_view entry) {
  ProtoReader at(entry);
  while (at.next()) {
    if (at.field() == kNumber) return at.number();
  }
  return 0;
}

std::string_view text_of_entry(std::string_view entry) {
  ProtoReader at(entry);
  std::string_view text;
  while (at.next()) {
    if (at.field() == 2) text = at.bytes();
  }
  return text;
}

void take_place(std::string_view entry, Place& place) {
  place = {};
  ProtoReader at(entry);
  while (at.next()) {
    if (at.field() == place_field::kFile) place.file = at.bytes();
    if (at.field() == place_field::kFunction) place.function = at.bytes();
    if (at.field() == place_field::kLine) place.line = static_cast<uint32_t>(at.number());
  }
}

void take_frame(std::string_view entry, Frame& frame) {
  frame = {};
  ProtoReader at(entry);
  while (at.next()) {
    if (at.field() == 2) frame.function = at.number();
    if (at.field() == 3) frame.mapping = at.number();
    if (at.field() == 4) frame.address = at.number();
    if (at.field() == 5) frame.path = at.number();
    if (at.field() == 6) frame.line = static_cast<uint32_t>(at.number());
  }
}

void take_callstack(std::string_view entry, Callstack& stack) {
  stack = {};
  ProtoReader at(entry);
  while (at.next()) {
    if (at.field() != 2) continue;
    ProtoNumbers frames(at);
    while (frames.next()) stack.frames.push_back(frames.number());
  }
}

// Its path comes in parts.
// False: it was too long.
bool take_mapping(std::string_view entry, ByNumber<Text>& paths, Mapping& mapping) {
  mapping = {};
  bool is_split = false, is_whole = true;
  ProtoReader at(entry);
  while (at.next()) {
    if (at.field() != 7) continue;
    ProtoNumbers parts(at);
    while (parts.next()) {
      const Text* part = paths.find(parts.number());
      if (part == nullptr) continue;
      if (!mapping.path.empty()) mapping.path += '/';
      if (mapping.path.size() + part->text.size() > kPathMost) is_whole = false;
      if (mapping.path.size() >= kPathMost) break;
      mapping.path += std::string_view(part->text).substr(0, kPathMost - mapping.path.size());
      is_split = is_split || mapping.path.size() > part->text.size();
    }
  }
  if (is_split && !mapping.path.empty() && mapping.path[0] != '/' && mapping.path[0] != '[')
    mapping.path.insert(0, 1, '/');
  return is_whole;
}

void take_numbers(const ProtoReader& field, std::vector<uint64_t>& out) {
  ProtoNumbers numbers(field);
  while (numbers.next() && out.size() < kExtraCountersMost) out.push_back(numbers.number());
}

void take_timebase(std::string_view message, Timebase& timebase) {
  timebase = {};
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case defaults::kPeriod:
        timebase.period = at.number();
        break;
      case defaults::kFrequency:
        timebase.frequency = at.number();
        break;
      case defaults::kCounter:
        timebase.counter = at.number();
        break;
      case defaults::kTracepoint:
      case defaults::kRaw:
        timebase.is_other = true;
        break;
      case defaults::kName:
        timebase.name = at.bytes();
        break;
      default:
        break;
    }
  }
}

}  // namespace

void Sequence::clear() {
  event_names.clear();
  for (ByNumber<Text>* each : {&categories, &argument_names, &argument_values, &function_names,
                               &mapping_paths, &source_paths}) {
    each->clear();
  }
  places.clear();
  mappings.clear();
  frames.clear();
  callstacks.clear();
  gpu_specifications.clear();
  graphics_contexts.clear();
  counts.clear();
  clear_defaults();
  is_whole = true;
}

void Sequence::clear_defaults() {
  clock = 0;
  track = 0;
  has_track = false;
  extra_counters.clear();
  extra_real_counters.clear();
  timebase = {};
}

// Mappings name paths of the same packet, which may stand behind them: they come last.
void Sequence::take_interned(std::string_view message) {
  ProtoReader at(message);
  bool has_mappings = false;
  while (at.next()) {
    const std::string_view entry = at.bytes();
    const uint64_t iid = number_of_entry(entry);
    if (iid == 0) continue;
    switch (at.field()) {
      case table::kEventNames:
        event_names[iid] = {.text = std::string(text_of_entry(entry))};
        break;
      case table::kCategories:
        categories[iid].text = text_of_entry(entry);
        break;
      case table::kArgumentNames:
        argument_names[iid].text = text_of_entry(entry);
        break;
      case table::kArgumentValues:
        argument_values[iid] = {.text = std::string(text_of_entry(entry)), .id = {}};
        break;
      case table::kFunctionNames:
        function_names[iid].text = text_of_entry(entry);
        break;
      case table::kMappingPaths:
        mapping_paths[iid].text = text_of_entry(entry);
        break;
      case table::kSourcePaths:
        source_paths[iid].text = text_of_entry(entry);
        break;
      case table::kGpuSpecifications:
        gpu_specifications[iid].name = text_of_entry(entry);
        break;
      case table::kPlaces:
        take_place(entry, places[iid]);
        break;
      case table::kFrames:
        take_frame(entry, frames[iid]);
        break;
      case table::kCallstacks:
        take_callstack(entry, callstacks[iid]);
        break;
      case table::kMappings:
        has_mappings = true;
        break;
      case table::kGraphicsContexts: {
        ProtoReader context(entry);
        while (context.next()) {
          if (context.field() == 2) graphics_contexts[iid] = context.integer();
        }
        break;
      }
      default:
        break;
    }
  }
  if (!has_mappings) return;
  ProtoReader again(message);
  while (again.next()) {
    if (again.field() != table::kMappings) continue;
    const uint64_t iid = number_of_entry(again.bytes());
    if (iid != 0 && !take_mapping(again.bytes(), mapping_paths, mappings[iid])) ++paths_cut;
  }
}

// They replace all that there were before.
void Sequence::take_defaults(std::string_view message) {
  clear_defaults();
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() == defaults::kClock) clock = static_cast<uint32_t>(at.number());
    if (at.field() == defaults::kEvent) {
      ProtoReader event(at.bytes());
      while (event.next()) {
        if (event.field() == defaults::kTrack) {
          track = event.number();
          has_track = true;
        }
        if (event.field() == defaults::kExtraCounters) take_numbers(event, extra_counters);
        if (event.field() == defaults::kExtraRealCounters) take_numbers(event, extra_real_counters);
      }
    }
    if (at.field() == defaults::kSample) {
      ProtoReader sample(at.bytes());
      while (sample.next()) {
        if (sample.field() == defaults::kTimebase) take_timebase(sample.bytes(), timebase);
      }
    }
  }
}

}  // namespace hone::exchange::perfetto_import
