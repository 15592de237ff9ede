#include "report/collect.h"

#include <algorithm>

namespace hone::report {
namespace {

using analysis::GroupBy;
using analysis::HotSpot;
using analysis::SortBy;

// Rows of a table of spans where all about the recording is shown.
constexpr uint32_t kFewSpans = 10;

HotSpotTable hot_spot_table(const profile::Profile& profile, const analysis::Selection& selection,
                            const ReportOptions& options, GroupBy by) {
  HotSpotTable table{.by = by, .sort = options.sort};
  table.spots = analysis::hot_spots(profile, selection, by, options.sort);
  std::vector<HotSpot>& rows = table.spots.rows;
  const auto share = [&](const HotSpot& row) {
    return options.sort == SortBy::kSelf ? row.self.value : row.total.value;
  };
  size_t keep = rows.size();
  // Rows are sorted, so those with less than the least share are the last.
  while (keep > 0 && share(rows[keep - 1]) < options.min_share) --keep;
  if (options.top != 0 && keep > options.top) {
    keep = options.top;
    table.hidden_by_top = true;
  }
  table.rows_hidden = rows.size() - keep;
  for (size_t i = keep; i < rows.size(); ++i) table.hidden_self_ns += rows[i].self_ns;
  rows.erase(rows.begin() + static_cast<ptrdiff_t>(keep), rows.end());
  return table;
}

std::vector<analysis::Annotation> hottest(const profile::Profile& profile,
                                          const analysis::Selection& selection,
                                          const ReportOptions& options) {
  std::vector<analysis::Annotation> out;
  const analysis::HotSpots spots =
      analysis::hot_spots(profile, selection, GroupBy::kFunction, SortBy::kSelf);
  for (const HotSpot& row : spots.rows) {
    if (out.size() >= options.annotate_top || row.self.value < options.annotate_min_share) break;
    if (row.function == FunctionId::kNone) continue;
    out.push_back(analysis::annotate(profile, selection, row.function));
  }
  return out;
}

// Tables of what nobody sampled say nothing.
void leave_out_samples(ReportData& data) {
  data.tables.clear();
  data.tree_kind = TreeKind::kNone;
  data.with_spans = data.with_spans || !data.spans.empty();
}

}  // namespace

Result<ReportData> collect(const profile::Profile& profile, const analysis::Selection& selection,
                           const ReportOptions& options) {
  ReportData data;
  data.tool_version = HONE_VERSION;
  data.summary = analysis::summarise(profile, selection);
  data.weight = analysis::metric_state(profile, selection.metric);
  data.with_findings = options.findings;
  data.waits = analysis::wait_report(profile, selection);
  data.with_waits = options.waits;
  data.wait_top = options.top;
  data.spans = analysis::span_report(profile, selection, {.budget_ns = options.budget_ns});
  if (options.findings) data.findings = analysis::findings(profile, selection, data.spans);
  for (const GroupBy by : options.by) {
    if (by == GroupBy::kSubsystem && selection.subsystems.empty() && options.by.size() > 1)
      continue;
    data.tables.push_back(hot_spot_table(profile, selection, options, by));
  }
  data.tree_kind = options.tree;
  data.tree_min_share = options.tree_min_share;
  if (options.tree == TreeKind::kTopDown) {
    data.tree = analysis::call_tree(profile, selection, options.tree_root);
  } else if (options.tree == TreeKind::kInverted) {
    data.tree = analysis::inverted_tree(profile, selection);
  }
  if (options.flame) data.flame = analysis::call_tree(profile, selection, options.tree_root);
  if (!options.callers_of.empty()) {
    HONE_TRY_ASSIGN(data.neighbours, analysis::neighbours(profile, selection, options.callers_of));
  }
  if (options.annotate_top != 0) data.annotations = hottest(profile, selection, options);
  data.counters = analysis::summarise_counters(profile, selection);
  data.with_counters = options.counters;
  data.gpu = analysis::gpu_report(profile, selection, options.budget_ns);
  data.with_gpu = options.gpu;
  const bool has_spans = !data.spans.empty() || !data.gpu.empty() || data.spans.refused > 0;
  data.with_spans = options.spans || (!options.by.empty() && has_spans);
  if (!data.summary.sampled && profile.costs().empty()) leave_out_samples(data);
  data.span_top = options.spans || options.gpu ? options.top : kFewSpans;
  if (!options.span.empty()) {
    data.span_detail = analysis::span_detail(profile, selection, options.span, {});
  }
  data.with_locks = options.locks;
  if (options.locks) data.locks = analysis::lock_report(profile, selection);
  data.with_pools = options.pools;
  if (options.pools) data.pools = analysis::pool_report(profile, selection);
  data.diagnostics.assign(profile.diagnostics().begin(), profile.diagnostics().end());
  return data;
}

std::string_view group_name(GroupBy by) {
  switch (by) {
    case GroupBy::kFunction:
      return "function";
    case GroupBy::kLine:
      return "line";
    case GroupBy::kModule:
      return "module";
    case GroupBy::kThread:
      return "thread";
    case GroupBy::kProcess:
      return "process";
    case GroupBy::kSubsystem:
      return "subsystem";
  }
  return "function";
}

}  // namespace hone::report
