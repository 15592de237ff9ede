// What every voice of a report (text, JSON, HTML, SVG) says, collected once. Plain data: a voice
// formats it and computes nothing.
//
//   HONE_TRY_ASSIGN(ReportData data, collect(profile, selection, {.by = {GroupBy::kModule}}));
//   std::string out = text_report(data, style);
//
// The call trees refer to names in the profile, so a ReportData must not outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/annotate.h"
#include "analysis/call_tree.h"
#include "analysis/counters.h"
#include "analysis/findings.h"
#include "analysis/gpu_spans.h"
#include "analysis/hot_spots.h"
#include "analysis/locks.h"
#include "analysis/metrics.h"
#include "analysis/pools.h"
#include "analysis/selection.h"
#include "analysis/span_detail.h"
#include "analysis/spans.h"
#include "analysis/summary.h"
#include "analysis/waits.h"
#include "base/host/result.h"
#include "profile/profile.h"

namespace hone::report {

enum class TreeKind : uint8_t { kNone, kTopDown, kInverted };

struct ReportOptions {
  std::vector<analysis::GroupBy> by{analysis::GroupBy::kFunction};  // one table each
  analysis::SortBy sort = analysis::SortBy::kSelf;
  uint32_t top = 20;     // rows a table; 0 = all
  double min_share = 0;  // leave out rows whose sorted-by share is less ("over 5%": 0.05)
  bool findings = true;
  TreeKind tree = TreeKind::kNone;
  double tree_min_share = 0.01;  // branches of the printed tree with less are counted, not shown
  analysis::TreeRoot tree_root = analysis::TreeRoot::kAll;
  bool flame = false;         // collect the whole call tree for a flame graph
  std::string callers_of;     // a function: its callers and callees
  bool waits = false;         // all about waits; else their sums alone
  uint32_t annotate_top = 0;  // annotate that many of the hottest functions
  double annotate_min_share = 0.01;
  bool counters = false;              // each track; the facts of them are collected anyway
  bool spans = false;                 // all of them; else the first few
  int64_t budget_ns = 16'666'667;     // of a frame
  std::string span;                   // one in detail: its name, or a glob
  bool locks = false, pools = false;  // that the program marks
  bool gpu = false;                   // its queues of GPUs; else they are with the spans
};

struct HotSpotTable {
  analysis::GroupBy by{};
  analysis::SortBy sort{};
  analysis::HotSpots spots;    // its rows are those to show
  uint64_t rows_hidden = 0;    // cut by `top` or `min_share`
  bool hidden_by_top = false;  // else by min_share
  int64_t hidden_self_ns = 0;
};

struct ReportData {
  std::string tool_version;  // of the Hone that reports
  std::string recording;     // path as the person wrote it; set by the caller
  analysis::Summary summary;
  // Of the tables of functions and the call trees.
  analysis::MetricState weight{.id = "cpu", .name = "CPU time", .unit = "ns"};
  std::vector<analysis::Finding> findings;
  bool with_findings = true;
  std::vector<HotSpotTable> tables;
  TreeKind tree_kind = TreeKind::kNone;
  double tree_min_share = 0;
  analysis::CallTree tree;   // empty when tree_kind is kNone
  analysis::CallTree flame;  // empty unless asked for
  std::optional<analysis::Neighbours> neighbours;
  analysis::WaitReport waits;
  bool with_waits = false;  // the section; else only their line
  uint32_t wait_top = 0;    // rows a table; 0 = all
  std::vector<analysis::Annotation> annotations;
  std::vector<profile::Diagnostic> diagnostics;
  analysis::Counters counters;
  bool with_counters = false;  // its tracks are to be shown
  analysis::SpanReport spans;
  analysis::GpuReport gpu;
  bool with_gpu = false;    // they were asked for
  bool with_spans = false;  // their tables are to be shown
  uint32_t span_top = 0;    // rows a table; 0 = all
  std::optional<analysis::SpanDetail> span_detail;
  analysis::LockReport locks;
  analysis::PoolReport pools;
  bool with_locks = false, with_pools = false;  // they were asked for; else they are empty
};

// Errors: those of analysis::neighbours when `callers_of` names no function or several.
Result<ReportData> collect(const profile::Profile& profile, const analysis::Selection& selection,
                           const ReportOptions& options);

std::string_view group_name(analysis::GroupBy by);  // "function", "line", ...

}  // namespace hone::report
