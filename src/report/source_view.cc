#include "report/source_view.h"

#include <algorithm>
#include <tuple>

namespace hone::report {
namespace {

using analysis::LineCost;

std::vector<ViewLine> view_lines(std::vector<const LineCost*> costs, uint32_t context,
                                 size_t line_count) {
  std::sort(costs.begin(), costs.end(),
            [](const LineCost* a, const LineCost* b) { return a->line < b->line; });
  std::vector<ViewLine> out;
  for (size_t i = 0; i < costs.size(); ++i) {
    const uint32_t line = costs[i]->line;
    const bool has_text = line != 0 && line <= line_count;
    const uint32_t before = has_text ? std::min(context, line - 1) : 0;
    uint32_t first = line - before;
    if (!out.empty() && out.back().line != 0) first = std::max(first, out.back().line + 1);
    for (uint32_t l = first; l < line; ++l) out.push_back({.line = l});
    out.push_back({.line = line, .cost = costs[i]});
    const uint64_t next = i + 1 < costs.size() ? costs[i + 1]->line : UINT64_MAX;
    for (uint64_t l = uint64_t{line} + 1; has_text && l <= line + context; ++l) {
      if (l >= next || l > line_count) break;
      out.push_back({.line = static_cast<uint32_t>(l)});
    }
  }
  for (size_t i = 1; i < out.size(); ++i) {
    out[i].gap_before = out[i - 1].line != 0 && out[i].line > out[i - 1].line + 1;
  }
  return out;
}

}  // namespace

std::vector<FileView> file_views(const analysis::Annotation& annotation, uint32_t context,
                                 base::FunctionRef<size_t(std::string_view)> line_count) {
  std::vector<FileView> views;
  std::vector<std::vector<const LineCost*>> costs;
  for (const LineCost& line : annotation.lines) {
    size_t at = 0;
    while (at < views.size() && views[at].file != line.file) ++at;
    if (at == views.size()) {
      views.push_back({.file = line.file});
      costs.emplace_back();
    }
    views[at].self_ns += line.self_ns;
    views[at].total_ns = std::max({views[at].total_ns, line.self_ns, line.total_ns});
    costs[at].push_back(&line);
  }
  for (size_t i = 0; i < views.size(); ++i) {
    views[i].lines = view_lines(std::move(costs[i]), context, line_count(views[i].file));
  }
  std::stable_sort(views.begin(), views.end(), [](const FileView& a, const FileView& b) {
    return std::tie(a.total_ns, a.self_ns) > std::tie(b.total_ns, b.self_ns);
  });
  return views;
}

}  // namespace hone::report
