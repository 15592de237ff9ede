// Numbers of fields of Perfetto's messages that more than one file here reads or writes: those of
// protos/perfetto/trace/ of google/perfetto, in the file that each part names.
#pragma once

#include <cstdint>

namespace hone::exchange::perfetto_fields {

// trace_packet.proto
namespace packet_field {
enum : uint32_t {
  kKernelEvents = 1,
  kProcessTree = 2,
  kUid = 3,
  kClockSnapshot = 6,
  kTimestamp = 8,
  kProcessStats = 9,
  kSequence = 10,
  kTrackEvent = 11,
  kInternedData = 12,
  kSequenceFlags = 13,
  kStateCleared = 41,
  kPacketDropped = 42,
  kProcessDescriptor = 43,
  kThreadDescriptor = 44,
  kPacked = 50,
  kGpuStage = 53,
  kStreamingProfile = 54,
  kTimestampClock = 58,
  kDefaults = 59,
  kTrackDescriptor = 60,
  kPerfSample = 66,
  kPid = 79,
  kFirstOnSequence = 87,
  kMachine = 98,
};
// Of kSequenceFlags.
inline constexpr uint64_t kCleared = 1, kNeedsState = 2;
}  // namespace packet_field

// interned_data.proto
namespace interned_field {
enum : uint32_t {
  kCategories = 1,
  kEventNames = 2,
  kArgumentNames = 3,
  kPlaces = 4,
  kFunctionNames = 5,
  kFrames = 6,
  kCallstacks = 7,
  kBuildIds = 16,
  kMappingPaths = 17,
  kSourcePaths = 18,
  kMappings = 19,
  kGraphicsContexts = 23,
  kGpuSpecifications = 24,
  kArgumentValues = 29,
};
}

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

// LegacyEvent in track_event.proto
namespace legacy_field {
enum : uint32_t {
  kName = 1,
  kPhase = 2,
  kDuration = 3,
  kUnscopedId = 6,
  kScope = 7,
  kBindId = 8,
  kLocalId = 10,
  kGlobalId = 11,
  kFlowDirection = 13,
  kPid = 18,
  kTid = 19,
};
}

// debug_annotation.proto
namespace annotation {
enum : uint32_t {
  kNameNumber = 1,
  kTruth = 2,
  kUnsigned = 3,
  kSigned = 4,
  kReal = 5,
  kText = 6,
  kPointer = 7,
  kNested = 8,
  kJson = 9,
  kName = 10,
  kEntry = 11,
  kElement = 12,
  kMessage = 14,
  kTextNumber = 17,
};
}

// source_location.proto
namespace place_field {
enum : uint32_t { kFile = 2, kFunction = 3, kLine = 4 };
}

}  // namespace hone::exchange::perfetto_fields
