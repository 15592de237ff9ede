// What becomes of the events of Perfetto's tracks.
#include "exchange/import_perfetto_events.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <utility>

#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

namespace event_field = perfetto_fields::event_field;
namespace place_field = perfetto_fields::place_field;

constexpr uint64_t kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4;
constexpr size_t kFlowsMost = size_t{1} << 20;
constexpr size_t kCategoriesMost = 64;  // of one event that has several
constexpr size_t kCategoryBytesMost = 4096;

}  // namespace

Track* Events::track_of(Sequence& sequence, const Event& event) {
  if (event.has.track) return &tracks_.track(event.track);
  if (sequence.has_track) return &tracks_.track(sequence.track);
  return nullptr;
}

ThreadId Events::home_of(Sequence& sequence, const Event& event, Track& track) {
  if (track.home != ThreadId::kNone) return track.home;
  const EventName* const known = sequence.event_names.find(event.name_number);
  return tracks_.find_home(track, known == nullptr ? event.name : known->text);
}

ThreadId Events::thread_of(Sequence& sequence, const Event& event, const Legacy& legacy) {
  if (legacy.has_tid || legacy.has_pid) {
    const int64_t pid = legacy.has_pid ? legacy.pid : sequence.pid;
    return to_.thread(pid, legacy.has_tid && legacy.tid != -1 ? legacy.tid : pid);
  }
  // Events without a type go by their thread's descriptor, where they name no track.
  const bool names_none = event.type == 0 && event.has.track && event.track == 0;
  if (names_none && sequence.has_thread) return to_.thread(sequence.pid, sequence.tid);
  if (Track* const track = track_of(sequence, event)) return home_of(sequence, event, *track);
  if (sequence.has_thread) return to_.thread(sequence.pid, sequence.tid);
  return home_of(sequence, event, tracks_.track(0));
}

std::string_view Events::categories_of(Sequence& sequence, const Event& event) {
  if (event.categories == 0) return {};
  if (event.categories == 1) {
    if (event.category_number == 0) return event.category;
    const Text* const known = sequence.categories.find(event.category_number);
    return known == nullptr ? std::string_view() : known->text;
  }
  categories_room_.clear();
  size_t count = 0;
  const auto add = [&](std::string_view text) {
    if (text.empty() || ++count > kCategoriesMost) return;
    if (categories_room_.size() + text.size() > kCategoryBytesMost) return;
    if (!categories_room_.empty()) categories_room_ += ',';
    categories_room_ += text;
  };
  ProtoReader at(event.message);
  while (at.next() && count < kCategoriesMost) {
    if (at.field() == event_field::kCategory) add(at.bytes());
    if (at.field() != event_field::kCategoryNumber) continue;
    ProtoNumbers numbers(at);
    while (numbers.next() && count < kCategoriesMost) {
      const Text* const known = sequence.categories.find(numbers.number());
      if (known != nullptr) add(known->text);
    }
  }
  return categories_room_;
}

SiteId Events::make_site(Sequence& sequence, const Event& event, std::string_view name,
                         uint8_t kind) {
  Place place;
  std::string_view file, function;
  if (event.place_number != 0) {
    if (const Place* const known = sequence.places.find(event.place_number)) {
      file = known->file;
      function = known->function;
      place.line = known->line;
    }
  } else if (!event.place.empty()) {
    ProtoReader at(event.place);
    while (at.next()) {
      if (at.field() == place_field::kFile) file = at.bytes();
      if (at.field() == place_field::kFunction) function = at.bytes();
      if (at.field() == place_field::kLine) place.line = static_cast<uint32_t>(at.number());
    }
  }
  return to_.site({.name = name,
                   .category = categories_of(sequence, event),
                   .function = function,
                   .file = file,
                   .line = place.line,
                   .kind = kind});
}

SiteId Events::site_of(Sequence& sequence, const Event& event, uint8_t kind) {
  if (event.name_number == 0) {
    if (event.name.empty()) return make_site(sequence, event, "(no name)", kind);
    return make_site(sequence, event, event.name, kind);
  }
  EventName* const known = sequence.event_names.find(event.name_number);
  if (known == nullptr) {
    ++no_name_;
    return make_site(sequence, event, "(no name)", kind);
  }
  const bool is_usual = event.categories <= 1 && event.category.empty() && event.place.empty();
  if (is_usual && known->site != SiteId::kNone && known->category == event.category_number &&
      known->place == event.place_number && known->kind == kind) {
    return known->site;
  }
  const SiteId site = make_site(sequence, event, known->text, kind);
  if (is_usual) {
    known->category = event.category_number;
    known->place = event.place_number;
    known->kind = kind;
    known->site = site;
  }
  return site;
}

void Events::take_slice(Sequence& sequence, const Event& event, TimeNs time) {
  const Legacy legacy = event.legacy.empty() ? Legacy() : read_legacy(event.legacy);
  Where at{thread_of(sequence, event, legacy), time, {}};
  if (event.type == kSliceBegin) {
    at.site = site_of(sequence, event, HONE_SITE_SPAN);
    spans_.begin(at.thread, time, at.site);
  } else if (event.type == kInstant) {
    at.site = site_of(sequence, event, HONE_SITE_MESSAGE);
    to_.message(at.thread, time, at.site);
  } else {
    const std::optional<SpanPairs::Begun> begun = spans_.end(at.thread, time);
    if (event.has.flows) {
      take_flows(event, {at.thread, time, begun ? begun->site : SiteId::kNone});
    }
    // What is said at the end is said of the span, which goes by its beginning.
    if (!event.has.arguments) return;
    if (!begun) {
      ++late_arguments_;
      return;
    }
    return take_arguments(sequence, event, {at.thread, begun->start, begun->site});
  }
  if (event.has.arguments) take_arguments(sequence, event, at);
  if (event.has.flows) take_flows(event, at);
}

void Events::plot(Sequence& sequence, Track& counter, TimeNs time, double value) {
  if (counter.is_of_thread_time) {
    ++thread_times_;
    return;
  }
  value *= counter.scale;
  if (counter.is_incremental) {
    // Each sequence that writes it counts by itself, and from 0 again when its state is cleared.
    value = sequence.counts[counter.number] += value;
  }
  if (!std::isfinite(value)) {
    to_.left("import.counter_without_number", "values of counters that are no numbers");
    return;
  }
  to_.plot(tracks_.owner(counter), time, tracks_.plot(counter), value);
}

void Events::take_counter(Sequence& sequence, const Event& event, TimeNs time) {
  Track* const counter = track_of(sequence, event);
  if (counter == nullptr || (!event.has.whole && !event.has.real)) {
    to_.left("import.counter_without_number", "values of counters that are no numbers");
    return;
  }
  plot(sequence, *counter, time,
       event.has.whole ? static_cast<double>(event.whole_value) : event.real_value);
}

// Values stand in the order of the counters that the event names, or else its sequence.
void Events::take_extra(Sequence& sequence, const Event& event, TimeNs time) {
  using namespace event_field;
  std::vector<uint64_t> whole, real;
  ProtoReader names(event.message);
  while (names.next()) {
    if (names.field() != kExtraTracks && names.field() != kExtraRealTracks) continue;
    ProtoNumbers numbers(names);
    while (numbers.next()) {
      (names.field() == kExtraTracks ? whole : real).push_back(numbers.number());
    }
  }
  const std::vector<uint64_t>& whole_tracks = whole.empty() ? sequence.extra_counters : whole;
  const std::vector<uint64_t>& real_tracks = real.empty() ? sequence.extra_real_counters : real;
  size_t next_whole = 0, next_real = 0;
  ProtoReader at(event.message);
  while (at.next()) {
    if (at.field() != kExtraValues && at.field() != kExtraRealValues) continue;
    const bool is_real = at.field() == kExtraRealValues;
    ProtoNumbers values(at, is_real ? ProtoReader::Type::kFixed64 : ProtoReader::Type::kVarint);
    while (values.next()) {
      size_t& next = is_real ? next_real : next_whole;
      const std::vector<uint64_t>& tracks = is_real ? real_tracks : whole_tracks;
      if (next == tracks.size()) break;
      plot(
          sequence, tracks_.track(tracks[next++]), time,
          is_real ? std::bit_cast<double>(values.number()) : static_cast<double>(values.integer()));
    }
  }
}

void Events::forget_flows() {
  for (const auto& [id, flow] : flows_) lone_flows_ += flow.is_alone;
  flows_.clear();
  ++flows_forgotten_;
}

// Of an event that several others follow: from each to the next.
void Events::take_flow(uint64_t id, bool is_last, const Where& at) {
  // Few writers say which event is the last.
  if (flows_.size() >= kFlowsMost) forget_flows();
  const auto [found, is_new] = flows_.try_emplace(id);
  Flow& flow = found->second;
  // The beginning of what ended is not in the file: another one of that number begins.
  const bool is_another = flow.is_ended && at.time > flow.time;
  if (is_another) {
    lone_flows_ += flow.is_alone;
    flow = {};
  }
  if (is_new || is_another) {
    flow.is_ended = is_last;
    flow.site =
        at.site == SiteId::kNone ? to_.site({.name = "flow", .kind = HONE_SITE_SPAN}) : at.site;
  } else {
    // Threads come one after the other in some files, with their earlier ones behind.
    const bool is_behind = at.time >= flow.time && !flow.is_ended;
    const Where before{flow.thread, flow.time, flow.site};
    const Where& from = is_behind ? before : at;
    const Where& to = is_behind ? at : before;
    to_.flow(from.thread, from.time, flow.site, id, 3);
    to_.flow(to.thread, to.time, flow.site, id, 4);
    flow.is_alone = false;
    if (is_last) {
      flows_.erase(found);
      return;
    }
    if (!is_behind) return;
  }
  flow.thread = at.thread;
  flow.time = at.time;
}

void Events::take_flows(const Event& event, const Where& at) {
  ProtoReader field(event.message);
  while (field.next()) {
    // Older writers have them as varints.
    const bool is_old =
        field.field() == event_field::kOldFlow || field.field() == event_field::kOldFlowEnd;
    const bool is_last =
        field.field() == event_field::kFlowEnd || field.field() == event_field::kOldFlowEnd;
    if (!is_old && !is_last && field.field() != event_field::kFlow) continue;
    ProtoNumbers ids(field, is_old ? ProtoReader::Type::kVarint : ProtoReader::Type::kFixed64);
    while (ids.next()) take_flow(ids.number(), is_last, at);
  }
}

void Events::take(Sequence& sequence, const Event& event, TimeNs time) {
  typed_ += event.has.typed;
  stacks_ += event.has.stack;
  thread_times_ += event.thread_values;
  if (event.has.extra) take_extra(sequence, event, time);
  switch (event.type) {
    case kSliceBegin:
    case kSliceEnd:
    case kInstant:
      return take_slice(sequence, event, time);
    case kCounter:
      return take_counter(sequence, event, time);
    case 0:
      return take_legacy(sequence, event, time);
    default:
      to_.left(fmt::format("import.event_type_{}", event.type),
               "events of a type that a recording has nothing for");
  }
}

void Events::finish() {
  spans_.finish();
  for (const auto& [id, flow] : flows_) lone_flows_ += flow.is_alone;
  to_.left(
      "import.flows_forgotten",
      "times that more than a million flows were open: what names one of these later begins it "
      "anew",
      flows_forgotten_);
  to_.left("import.typed_arguments",
           "events with arguments of types that only the program's own source describes: these "
           "are left out",
           typed_);
  to_.left("import.name_not_known", "events whose name is a number that nothing explains",
           no_name_);
  to_.left("import.arguments_of_ends",
           "ends of spans with arguments, which came out of order: these are left out",
           late_arguments_);
  to_.left("import.thread_times",
           "values of a thread's CPU time and instructions, which come with its events",
           thread_times_, recording::kInfo);
  to_.left("import.stacks_of_events", "stacks of single events", stacks_);
  to_.left("import.lone_flows", "flows that one event alone is part of", lone_flows_);
  to_.left("import.list_elements",
           "elements of lists in arguments beyond those whose names make 16 KiB an event",
           elements_);
  to_.left("import.deep_arguments", "arguments inside arguments inside ..., too deep to take",
           deep_);
}

}  // namespace hone::exchange::perfetto_import
