// Events of Perfetto's tracks, as they are written.
#include "exchange/import_perfetto_events.h"
#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {
namespace {

// track_event.proto
namespace event_field {
enum : uint32_t {
  kTimeDelta = 1,
  kThreadTimeDelta = 2,
  kCategoryNumber = 3,
  kArgument = 4,
  kLegacy = 6,
  kInstructionsDelta = 8,
  kType = 9,
  kNameNumber = 10,
  kTrack = 11,
  kExtraValues = 12,
  kTimeAbsolute = 16,
  kThreadTimeAbsolute = 17,
  kInstructionsAbsolute = 20,
  kCategory = 22,
  kName = 23,
  kWhole = 30,
  kExtraTracks = 31,
  kPlace = 33,
  kPlaceNumber = 34,
  kOldFlow = 36,
  kOldFlowEnd = 42,
  kReal = 44,
  kExtraRealTracks = 45,
  kExtraRealValues = 46,
  kFlow = 47,
  kFlowEnd = 48,
  kCorrelation = 52,
  kCorrelationText = 53,
  kCorrelationNumber = 54,
  kStack = 55,
  kStackNumber = 56,
  kStackWeight = 57,
};
}

// Of all but the usual fields.
void take_rare_field(const ProtoReader& at, Event& out) {
  using namespace event_field;
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
  using namespace event_field;
  out.message = message;
  out.type = out.name_number = out.category_number = out.place_number = 0;
  out.categories = 0;
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
  Legacy out;
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case 1:
        out.name_number = at.number();
        break;
      case 2:
        out.is_there = true;
        out.phase = at.number() < 127 ? static_cast<char>(at.number()) : '?';
        break;
      case 3:
        out.duration_us = at.integer();
        break;
      case 6:
      case 10:
      case 11:
        out.id = at.number();
        out.has_id = true;
        out.is_local = at.field() == 10;
        break;
      case 7:
        out.scope = at.bytes();
        break;
      case 8:
        out.bind_id = at.number();
        break;
      case 13:
        out.ends_flow = (at.number() & 1) != 0;
        out.begins_flow = (at.number() & 2) != 0;
        break;
      case 18:
        out.pid = at.integer();
        out.has_pid = true;
        break;
      case 19:
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
