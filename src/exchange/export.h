// A recording in the formats of other tools.
//
//   Output out = Output::to_descriptor(fd);
//   const Format* format = find_format("chrome");
//   HONE_TRY_ASSIGN(const Left left, format->write(profile, options, out));
//
// Exporters are pure functions of a profile; they write as they go. Errors: Io of the output; what
// an option asks for and the recording has not: NotFound, E070.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "exchange/output.h"
#include "profile/profile.h"

namespace hone::exchange {

// A plot that is made of others: hone.toml says how.
struct DerivedPlot {
  std::string name, unit, expression;
  std::vector<TimeNs> time;  // ascending
  std::vector<double> value;
};

enum class FoldedOf : uint8_t { kSamples, kSpans };
// kCosts: sums of the metric ExportOptions::metric.
enum class Weight : uint8_t { kCpu, kOffCpu, kCosts };

struct ExportOptions {
  std::vector<uint8_t> threads;              // 1: is exported; index ThreadId; empty: all
  TimeNs first{INT64_MIN}, last{INT64_MAX};  // only what ended (or was seen) between them
  TimeNs start{};                            // of the recording: 0 of the times in files
  std::vector<DerivedPlot> derived;
  FoldedOf of = FoldedOf::kSamples;  // folded
  Weight weight = Weight::kCpu;      // folded, of samples
  std::string metric = "cpu";        // folded, of kCosts; else of sums beside the samples
  std::string table;                 // csv
  std::string version;               // of Hone

  bool takes(ThreadId thread) const {
    return threads.empty() || (raw(thread) < threads.size() && threads[raw(thread)] != 0);
  }
  bool takes(TimeNs time) const { return time >= first && time <= last; }
  bool takes(ThreadId thread, TimeNs time) const { return takes(thread) && takes(time); }
};

// What a format could not hold as it was.
struct Left {
  uint64_t not_numbers = 0;  // values of plots that are infinite or no number: left out
  uint64_t unpaired = 0;     // ends of asynchronous spans and flows whose beginning is not there
  uint64_t not_nested = 0;   // spans that contradict the others of their thread: as asynchronous
  uint64_t left_out = 0;     // samples, marks and values of kinds that the format has no place for
  std::string unit;  // what all numbers are, where the format has no place for it: "bytes of ..."
};

struct Format {
  std::string_view name;       // "chrome"
  std::string_view extension;  // ".json"; a table of csv puts its name in front
  std::string_view summary;
  Result<Left> (*write)(const profile::Profile& profile, const ExportOptions& options, Output& out);
};
std::span<const Format> formats();
const Format* find_format(std::string_view name);

Result<Left> export_chrome(const profile::Profile& profile, const ExportOptions& options,
                           Output& out);
Result<Left> export_perfetto(const profile::Profile& profile, const ExportOptions& options,
                             Output& out);
Result<Left> export_speedscope(const profile::Profile& profile, const ExportOptions& options,
                               Output& out);
Result<Left> export_pprof(const profile::Profile& profile, const ExportOptions& options,
                          Output& out);
Result<Left> export_firefox(const profile::Profile& profile, const ExportOptions& options,
                            Output& out);
Result<Left> export_folded(const profile::Profile& profile, const ExportOptions& options,
                           Output& out);
// The table that options.table names.
Result<Left> export_csv(const profile::Profile& profile, const ExportOptions& options, Output& out);

struct CsvTable {
  std::string_view name, summary;
};
std::span<const CsvTable> csv_tables();
// How many rows it has in the whole recording; for leaving out what is empty.
uint64_t csv_row_count(const profile::Profile& profile, const ExportOptions& options,
                       std::string_view table);

}  // namespace hone::exchange
