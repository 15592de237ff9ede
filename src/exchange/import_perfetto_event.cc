// Events of Perfetto's tracks, as they are written.
#include "exchange/import_perfetto_events.h"
#include "exchange/perfetto_fields.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

// Of all but the usual fields.
void take_rare_field(const ProtoReader& at, Event& out) {
  using namespace perfetto_fields::event_field;
  switch (at.field()) {
    case kName:
      out.name = at.bytes();
      return;
    case kCategory:
      if (out.categories++ == 0) out.category = at.bytes();
      return;
    case kPlaceNumber:
      out.place_number = at.number();
      return;
    case kPlace:
      out.place = at.bytes();
      return;
    case kLegacy:
      out.legacy = at.bytes();
      return;
    case kFlow:
    case kFlowEnd:
    case kOldFlow:
    case kOldFlowEnd:
      out.has.flows = true;
      return;
    case kExtraValues:
    case kExtraRealValues:
      out.has.extra = true;
      return;
    case kStack:
    case kStackNumber:
      out.has.stack = true;
      return;
    case kTimeDelta:
    case kTimeAbsolute:
      out.time_us = at.integer();
      (at.field() == kTimeDelta ? out.has.time_delta : out.has.time_absolute) = true;
      return;
    case kThreadTimeDelta:
    case kInstructionsDelta:
    case kThreadTimeAbsolute:
    case kInstructionsAbsolute:
      ++out.thread_values;
      return;
    case kExtraTracks:
    case kExtraRealTracks:
    case kCorrelation:
    case kCorrelationText:
    case kCorrelationNumber:
    case kStackWeight:
      return;
    default:
      out.has.typed = true;
  }
}

}  // namespace

void read_event(std::string_view message, Event& out) {
  using namespace perfetto_fields::event_field;
  out.message = message;
  out.type = out.name_number = out.category_number = out.place_number = 0;
  out.categories = out.thread_values = 0;
  out.has = {};
  out.name = out.category = out.place = out.legacy = {};
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case kType:
        out.type = at.number();
        break;
      case kTrack:
        out.track = at.number();
        out.has.track = true;
        break;
      case kNameNumber:
        out.name_number = at.number();
        break;
      case kCategoryNumber: {
        ProtoNumbers numbers(at);
        while (numbers.next()) {
          if (out.categories++ == 0) out.category_number = numbers.number();
        }
        break;
      }
      case kArgument:
        out.has.arguments = true;
        break;
      case kWhole:
        out.whole_value = at.integer();
        out.has.whole = true;
        break;
      case kReal:
        out.real_value = at.real();
        out.has.real = true;
        break;
      default:
        take_rare_field(at, out);
    }
  }
}

Legacy read_legacy(std::string_view message) {
  using namespace perfetto_fields::legacy_field;
  Legacy out;
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case kName:
        out.name_number = at.number();
        break;
      case kPhase:
        out.is_there = true;
        out.phase = at.number() < 127 ? static_cast<char>(at.number()) : '?';
        break;
      case kDuration:
        out.duration_us = at.integer();
        break;
      case kUnscopedId:
      case kLocalId:
      case kGlobalId:
        out.id = at.number();
        out.has_id = true;
        out.is_local = at.field() == kLocalId;
        break;
      case kScope:
        out.scope = at.bytes();
        break;
      case kBindId:
        out.bind_id = at.number();
        break;
      case kFlowDirection:
        out.ends_flow = (at.number() & 1) != 0;
        out.begins_flow = (at.number() & 2) != 0;
        break;
      case kPid:
        out.pid = at.integer();
        out.has_pid = true;
        break;
      case kTid:
        out.tid = at.integer();
        out.has_tid = true;
        break;
      default:
        break;
    }
  }
  return out;
}

}  // namespace hone::exchange::perfetto_import
