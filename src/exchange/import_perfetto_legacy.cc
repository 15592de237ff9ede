// Events that Chrome's older format had: a letter says what they are.
#include <fmt/format.h>

#include "exchange/import_perfetto_events.h"
#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

namespace annotation = perfetto_fields::annotation;

constexpr int64_t kNsOfUs = 1000;

uint64_t hash_of_scope(std::string_view text, uint64_t seed) {
  uint64_t hash = seed ^ 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

// Ids are of a scope, and local ones of a process.
uint64_t legacy_id(const Legacy& legacy, int64_t pid) {
  uint64_t seed = legacy.is_local ? static_cast<uint64_t>(pid) + 1 : 0;
  if (legacy.scope.empty() && seed == 0) return legacy.id;
  return hash_of_scope(legacy.scope, legacy.id ^ (seed << 32));
}

}  // namespace

// One series for each argument.
void Events::take_legacy_counter(Sequence& sequence, const Event& event, const Where& at) {
  const EventName* const known = sequence.event_names.find(event.name_number);
  const std::string_view name = known != nullptr ? known->text : event.name;
  ProtoReader field(event.message);
  while (field.next()) {
    if (field.field() != perfetto_fields::event_field::kArgument) continue;
    std::string key;
    double value = 0;
    bool has_value = false;
    ProtoReader argument(field.bytes());
    while (argument.next()) {
      switch (argument.field()) {
        case annotation::kNameNumber:
          if (const Text* const text = sequence.argument_names.find(argument.number())) {
            key = text->text;
          }
          break;
        case annotation::kName:
          key = argument.bytes();
          break;
        case annotation::kTruth:
        case annotation::kUnsigned:
          value = static_cast<double>(argument.number());
          has_value = true;
          break;
        case annotation::kSigned:
          value = static_cast<double>(argument.integer());
          has_value = true;
          break;
        case annotation::kReal:
          value = argument.real();
          has_value = true;
          break;
        default:
          break;
      }
    }
    if (!has_value) {
      to_.left("import.counter_without_number", "values of counters that are no numbers");
      continue;
    }
    const bool is_one = key == "value" || key == name || key.empty();
    to_.plot(at.thread, at.time,
             to_.site({.name = is_one ? std::string(name) : fmt::format("{}.{}", name, key),
                       .category = categories_of(sequence, event),
                       .kind = HONE_SITE_PLOT}),
             value);
  }
}

void Events::take_legacy(Sequence& sequence, const Event& given, TimeNs time) {
  Legacy legacy = read_legacy(given.legacy);
  Event event = given;
  if (event.name_number == 0) event.name_number = legacy.name_number;
  if (!legacy.is_there) {
    to_.left("import.event_type_0", "events that say nothing of what they are");
    return;
  }
  Where at{thread_of(sequence, event, legacy), time, {}};
  const auto site = [&](uint8_t kind) { return at.site = site_of(sequence, event, kind); };
  const uint64_t id = legacy_id(legacy, legacy.has_pid ? legacy.pid : sequence.pid);
  switch (legacy.phase) {
    case 'B':
      spans_.begin(at.thread, time, site(HONE_SITE_SPAN));
      break;
    case 'E': {
      const std::optional<SpanPairs::Begun> begun = spans_.end(at.thread, time);
      if (!event.has.arguments) return;
      late_arguments_ += !begun;
      if (begun) take_arguments(sequence, event, {at.thread, begun->start, begun->site});
      return;
    }
    case 'X':
      if (legacy.duration_us < 0 || legacy.duration_us > INT64_MAX / kNsOfUs) {
        spans_.begin(at.thread, time, site(HONE_SITE_SPAN));
        break;
      }
      spans_.complete(at.thread, time, DurationNs{legacy.duration_us * kNsOfUs},
                      site(HONE_SITE_SPAN));
      break;
    case 'i':
    case 'I':
    case 'R':
    case 'n':
      to_.message(at.thread, time, site(HONE_SITE_MESSAGE));
      break;
    case 'C':
      return take_legacy_counter(sequence, event, at);
    case 'b':
    case 'S':
      to_.flow(at.thread, time, site(HONE_SITE_SPAN), id, 1);
      break;
    case 'e':
    case 'F':
      to_.flow(at.thread, time, site(HONE_SITE_SPAN), id, 2);
      break;
    case 's':
    case 't':
    case 'f':
      site(HONE_SITE_SPAN);
      take_flow(id, legacy.phase == 'f', at);
      return;
    case 'M':
      return;  // how viewers sort, and the like
    default: {
      const bool is_letter = legacy.phase > ' ' && legacy.phase <= '~';
      to_.left(fmt::format("import.kind_{}", is_letter ? legacy.phase : '?'),
               "events of a kind (ph) that a recording has nothing for");
      return;
    }
  }
  if (event.has.arguments) take_arguments(sequence, event, at);
  if (event.has.flows) take_flows(event, at);
  // Apart from the ids of other flows.
  const uint64_t bound = hash_of_scope("bind_id", legacy.bind_id);
  if (legacy.ends_flow || legacy.begins_flow) take_flow(bound, !legacy.begins_flow, at);
}

}  // namespace hone::exchange::perfetto_import
