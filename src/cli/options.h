// What every flag of every command is stored in. A flag means the same in each command that has it,
// so one plain struct serves all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/coverage.h"
#include "analysis/selection.h"

namespace hone::cli {

struct Options {
  std::vector<std::string> operands;  // what is no flag; for `record` the program and its arguments
  bool help = false;
  bool man = false;

  // record
  double frequency_hz = 997;
  double duration_s = 0;
  std::string output;  // also of flamegraph
  std::string unwind = "auto";
  std::string sampler = "auto";
  uint32_t stack_bytes = 0;
  bool user_only = false;
  bool per_process = false;
  bool keep_environment = false;
  bool off_cpu = false, no_off_cpu = false;
  bool quiet = false;
  std::string pid;  // one or several, with commas
  std::string cgroup;
  bool everyone = false;
  std::vector<std::string> events;
  double counters_hz = 10;
  std::string filter;  // of spans

  double delay_s = 0;
  bool start_paused = false, program_steers = false;
  std::string max_size, rotate, last;  // "500M", "60s"
  std::string align;                   // of merge: "start", or empty
  uint32_t keep = 0;
  std::string redact;  // also of trim and of reports
  std::vector<std::string> probes;
  uint32_t probe_max = 200;
  std::string spans_settings;

  // top
  double interval_s = 1;
  double window_s = 5;
  double count = 0;  // 0: without end
  bool once = false;

  // which samples
  std::string process, thread, time;
  std::string inside;    // spans of that name
  std::string from, to;  // also of trim
  bool no_kernel = false;
  std::string config;
  std::vector<analysis::SubsystemRule> subsystems;  // from hone.toml
  std::vector<analysis::PlotRule> plots;            // the same
  std::vector<analysis::CoverageRule> coverage;     // the same

  // report
  std::string by = "function";
  uint32_t top = 10;
  std::string sort = "self";
  bool by_total = false;
  double over_percent = 0;
  bool tree = false, inverted = false;
  std::string callers, callees;
  bool waits = false;  // also of flamegraph
  std::string html;
  bool no_source = false;
  bool spans = false, locks = false, pools = false, gpu = false;
  std::string budget;  // of a frame
  std::string span;    // in detail
  bool counters = false;
  bool want_coverage = false;
  double require_percent = 100;  // when it was given

  // import
  std::string from_format;

  // export
  std::string to_format, table, weight, folded_of = "samples";

  // flamegraph
  std::string root = "all";
  bool icicle = false, flame = false;
  std::string title;

  // annotate
  bool all_instructions = false;

  // query
  std::string row_format = "table", sql_file;
  uint32_t row_limit = 0;  // 0: all
  double timeout_s = 0;    // 0: none
  bool schema = false;

  // view
  std::string listen = "127.0.0.1";
  uint32_t port = 0;  // 0: any that is free
  bool no_open = false;

  std::vector<std::string> source_path;  // OLD=NEW
  std::string color = "auto";
  bool full_names = false;
  bool json = false;
  bool verify = false;
  bool origin = false;
};

}  // namespace hone::cli
