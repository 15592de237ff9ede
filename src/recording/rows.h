// The rows of every table as structs, made from schema.inc. Texts and blobs are views: of the
// caller's memory when writing, of the decoded chunk when reading.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/types.h"

namespace hone::recording {

enum class Table : uint16_t {
  kInvalid = 0,
#define HONE_TABLE(name, Row, table, kind, doc) k##name,
#define HONE_COLUMN(Type, name, unit, doc)
#define HONE_TABLE_END()
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END
  kCount
};

#define HONE_TABLE(name, Row, table, kind, doc) \
  struct Row {                                  \
    static constexpr Table kTable = Table::k##name;
#define HONE_COLUMN(Type, name, unit, doc) Type name{};
#define HONE_TABLE_END() \
  }                      \
  ;
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END

// visit(row, v) calls v(field) for each column in schema order. Works for const and mutable rows.
#define HONE_TABLE(name, Row, table, kind, doc)        \
  template <class R, class V>                          \
  requires std::is_same_v<std::remove_const_t<R>, Row> \
  constexpr void visit([[maybe_unused]] R& row, [[maybe_unused]] V&& v) {
#define HONE_COLUMN(Type, name, unit, doc) v(row.name);
#define HONE_TABLE_END() }
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END

// Bits of SampleRow::flags.
inline constexpr uint8_t kSampleInKernel = 1;
inline constexpr uint8_t kSampleSpliced = 2;
inline constexpr uint8_t kSampleNoUserRegisters = 4;
inline constexpr uint8_t kSampleFramePointers = 8;
inline constexpr uint8_t kSampleLeafAssumed = 16;
inline constexpr uint8_t kSampleScriptLater = 32;

// WaitRow::cause.
inline constexpr uint8_t kCauseUnknown = 0;
inline constexpr uint8_t kCauseStack = 1;
inline constexpr uint8_t kCauseLook = 2;
inline constexpr uint8_t kCauseHook = 3;
// Bits of WaitRow::flags.
inline constexpr uint8_t kWaitRunnable = 1;
inline constexpr uint8_t kWaitBeganBefore = 2;
inline constexpr uint8_t kWaitNotEnded = 4;
inline constexpr uint8_t kWaitLost = 8;
inline constexpr uint8_t kWaitAccount = 16;

// DiagnosticRow::severity.
inline constexpr uint8_t kInfo = 1;
inline constexpr uint8_t kNotice = 2;
inline constexpr uint8_t kDataLoss = 3;
inline constexpr uint8_t kSeverityError = 4;

// Bits of SpanRow::flags.
inline constexpr uint8_t kSpanStray = 1;
// SpanArgumentRow::type beside those of the program's own arguments.
inline constexpr uint8_t kStandsFor = 7;
inline constexpr uint8_t kSpanOpen = 2;

// ThreadNameRow::exec.
inline constexpr uint8_t kNameByExec = 1;
inline constexpr uint8_t kNameGiven = 2;
// Bits of LockRow::flags.
inline constexpr uint8_t kLockShared = 1;
inline constexpr uint8_t kLockGaveUp = 2;
inline constexpr uint8_t kLockHoldUnknown = 4;
inline constexpr uint8_t kLockStillWaiting = 8;
inline constexpr uint8_t kLockStillHeld = 16;

// AllocationRow::kind.
inline constexpr uint8_t kAllocated = 1;
inline constexpr uint8_t kFreed = 2;
inline constexpr uint8_t kPoolReset = 3;

// ModuleRow::kind.
inline constexpr uint8_t kModuleFile = 1;
inline constexpr uint8_t kModuleVdso = 2;
inline constexpr uint8_t kModuleKernel = 3;
inline constexpr uint8_t kModuleKernelModule = 4;
inline constexpr uint8_t kModuleAnonymous = 5;
inline constexpr uint8_t kModuleScript = 6;

}  // namespace hone::recording
