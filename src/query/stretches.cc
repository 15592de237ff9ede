#include "query/stretches.h"

#include <algorithm>

#include "analysis/function_names.h"
#include "profile/span_reader.h"

namespace hone::query {

std::vector<bool> sites_named(const Source& source, std::string_view pattern) {
  const std::vector<profile::Site>& sites = source.marks().sites;
  std::vector<bool> out(sites.size(), false);
  for (size_t i = 1; i < sites.size(); ++i) {
    out[i] = analysis::glob_match(pattern, source.string(sites[i].name));
  }
  return out;
}

ThreadStretches::ThreadStretches(const Source& source, std::string_view pattern) {
  const std::vector<bool> wanted = sites_named(source, pattern);
  of_.resize(source.profile().threads().size());
  if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) return;
  profile::SpanReader spans(source.marks().spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      if (!wanted[raw(spans.site(i))]) continue;
      of_[raw(part.thread)].push_back(
          {source.since_start(spans.start(i)), source.since_start(spans.end(i))});
    }
  }
  for (const profile::LooseSpan& span : source.marks().loose) {
    if (!wanted[raw(span.site)]) continue;
    of_[raw(span.thread)].push_back({source.since_start(span.start), source.since_start(span.end)});
  }
  for (std::vector<Stretch>& stretches : of_) {
    std::sort(stretches.begin(), stretches.end(),
              [](const Stretch& a, const Stretch& b) { return a.start < b.start; });
    size_t kept = 0;
    for (size_t i = 0; i < stretches.size(); ++i) {
      if (kept > 0 && stretches[i].start <= stretches[kept - 1].end) {
        stretches[kept - 1].end = std::max(stretches[kept - 1].end, stretches[i].end);
      } else {
        stretches[kept++] = stretches[i];
      }
    }
    stretches.resize(kept);
  }
}

bool ThreadStretches::holds(int64_t thread, int64_t time) const {
  if (thread < 0 || static_cast<uint64_t>(thread) >= of_.size()) return false;
  const std::vector<Stretch>& stretches = of_[static_cast<size_t>(thread)];
  const auto behind =
      std::upper_bound(stretches.begin(), stretches.end(), time,
                       [](int64_t at, const Stretch& stretch) { return at < stretch.start; });
  return behind != stretches.begin() && time <= std::prev(behind)->end;
}

}  // namespace hone::query
