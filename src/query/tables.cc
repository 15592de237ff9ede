#include "query/tables.h"

#include <array>

namespace hone::query {

std::span<const TableSpec* const> tables() {
  static constexpr std::array kAll = {
      &kSpansTable,       &kSpanArgumentsTable, &kSpanWeightsTable, &kSpanCountsTable,
      &kSitesTable,       &kFrameTimesTable,    &kFrameMarksTable,  &kPlotsTable,
      &kMessagesTable,    &kFlowsTable,         &kLocksTable,       &kAllocationsTable,
      &kGpuQueuesTable,   &kGpuSpansTable,      &kGpuClocksTable,   &kCostsTable,
      &kMetricsTable,     &kMeasurementsTable,  &kSamplesTable,     &kStacksTable,
      &kFramesTable,      &kLinesTable,         &kFunctionsTable,   &kModulesTable,
      &kCodeTable,        &kCodeLinesTable,     &kWaitsTable,       &kThreadsTable,
      &kProcessesTable,   &kTracksTable,        &kCountersTable,    &kFindingsTable,
      &kMetaTable,        &kDiagnosticsTable,   &kPausesTable,      &kSpanStatsTable,
      &kSpanSamplesTable, &kInSpanTable,        &kIntervalJoinTable};
  return kAll;
}

const TableSpec* find_table(std::string_view name) {
  for (const TableSpec* table : tables()) {
    if (table->name == name) return table;
  }
  return nullptr;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kReal:
      return "REAL";
    case Type::kText:
      return "TEXT";
    case Type::kBlob:
      return "BLOB";
    case Type::kInteger:
      break;
  }
  return "INTEGER";
}

std::string_view unit_text(Unit unit) {
  switch (unit) {
    case Unit::kTime:
      return "ns since the start";
    case Unit::kNanoseconds:
      return "ns";
    case Unit::kBytes:
      return "bytes";
    case Unit::kNone:
      break;
  }
  return "";
}

}  // namespace hone::query
