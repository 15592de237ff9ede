// The report for the terminal: what to look at first, then where the time went, then how far the
// measurement can be trusted.
#pragma once

#include <string>
#include <string_view>

#include "report/collect.h"
#include "report/text_style.h"

namespace hone::report {

// Ends in a newline. Truncation is announced with the flag that lifts it.
std::string text_report(const ReportData& data, const TextStyle& style);

// Its parts, for `hone record`'s last lines and the like.
std::string header_text(const ReportData& data, const TextStyle& style);
std::string findings_text(const ReportData& data, const TextStyle& style, size_t most = 0);
std::string table_text(const ReportData& data, const HotSpotTable& table, const TextStyle& style);
std::string tree_text(const ReportData& data, const TextStyle& style);
std::string neighbours_text(const ReportData& data, const TextStyle& style);
std::string counters_text(const ReportData& data, const TextStyle& style);
std::string span_detail_text(const ReportData& data, const TextStyle& style);
std::string spans_text(const ReportData& data, const TextStyle& style);
std::string gpu_text(const ReportData& data, const TextStyle& style);
// How the queue's clock was tied to the CPU's.
std::string clock_text(const analysis::GpuQueueStats& queue);
// What bounds these frames, with the device's name and what is not known of it: one sentence.
std::string bound_text(const analysis::GpuFrames& frames);
// "1,200 spans × 18.6 ns = 22.3 µs, under 0.1% of CPU time"; "" when the recording does not tell.
std::string probes_text(const analysis::OwnCost& cost, const TextStyle& style);
std::string locks_text(const ReportData& data, const TextStyle& style);
std::string pools_text(const ReportData& data, const TextStyle& style);
std::string quality_text(const ReportData& data, const TextStyle& style);

// "±1.2" (half the interval) when the interval is worth showing (few samples, or wide beside the
// value), else "".
std::string interval_text(const TextStyle& style, const analysis::Share& share, uint64_t samples);

// "no samples: recorded by the program itself", where that is so; else how many.
std::string samples_text(const analysis::Summary& summary);
// "3.20 s of it recorded (32.0%, 2 pauses)"
std::string recorded_text(const analysis::Summary& summary);
// What measuring took: "2.6%" and "of its CPU time"; of a program that did too little for that to
// mean anything, the recorder's own time.
struct CostText {
  std::string value;
  std::string_view of;
};
CostText cost_text(const analysis::Summary& summary);
// Of a weight: "1.20 ms", "317 MB", "1,204,551".
std::string amount_text(int64_t amount, std::string_view unit);

}  // namespace hone::report
