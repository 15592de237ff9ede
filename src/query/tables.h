// The tables, by the files that declare them. tables.cc lists them in the order of the reference.
#pragma once

#include "query/table.h"

namespace hone::query {

// tables_run.cc
extern const TableSpec kMetaTable, kDiagnosticsTable, kPausesTable, kProcessesTable, kThreadsTable,
    kFindingsTable;
// tables_code.cc
extern const TableSpec kModulesTable, kFunctionsTable, kFramesTable, kLinesTable, kStacksTable,
    kCodeTable, kCodeLinesTable;
// tables_samples.cc
extern const TableSpec kSamplesTable, kWaitsTable, kTracksTable, kCountersTable;
// tables_marks.cc
extern const TableSpec kSitesTable, kSpanArgumentsTable, kSpanWeightsTable, kSpanCountsTable,
    kFrameMarksTable, kFrameTimesTable, kPlotsTable, kMessagesTable, kFlowsTable;
// tables_devices.cc
extern const TableSpec kGpuQueuesTable, kGpuClocksTable, kGpuSpansTable, kLocksTable,
    kAllocationsTable;
// tables_costs.cc
extern const TableSpec kMetricsTable, kCostsTable, kMeasurementsTable;
// spans_table.cc
extern const TableSpec kSpansTable;
// span_stats.cc, span_samples.cc, interval_join.cc
extern const TableSpec kSpanStatsTable, kInSpanTable, kSpanSamplesTable, kIntervalJoinTable;

}  // namespace hone::query
