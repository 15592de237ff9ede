#include "analysis/coverage.h"

#include <map>
#include <utility>

#include "analysis/function_names.h"
#include "analysis/weights.h"
#include "hone/layout.h"
#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

// How often each span and plot fired, by kind and name; 0 for what is only known to be there.
using Counts = std::map<std::pair<uint8_t, std::string>, uint64_t>;

Counts counts_of(const profile::Profile& p, const Selection& selection) {
  const profile::Instrumentation& all = p.instrumentation();
  const SampleFilter filter(p, selection);
  std::vector<uint64_t> by_site(all.sites.size());
  const auto see = [&](ThreadId thread, TimeNs time, SiteId site) {
    if (!filter.takes_thread(thread) || time < selection.time_first || time > selection.time_last) {
      return;
    }
    ++by_site[raw(site)];
  };
  profile::SpanReader spans(all.spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    for (size_t i = part.first; i < part.first + part.count; ++i) {
      see(part.thread, spans.end(i), spans.site(i));
    }
  }
  for (const profile::LooseSpan& span : all.loose) see(span.thread, span.end, span.site);
  for (const profile::PlotValue& plot : all.plots) see(plot.thread, plot.time, plot.site);
  // An asynchronous span has fired when it has begun.
  for (const profile::Flow& flow : all.flows) {
    if (flow.kind == 1) see(flow.thread, flow.time, flow.site);
  }
  Counts out;
  for (size_t i = 1; i < all.sites.size(); ++i) {
    const profile::Site& site = all.sites[i];
    out[{site.kind, std::string(p.string(site.name))}] += by_site[i];
  }
  return out;
}

bool is_pattern(const std::string& name) {
  return name.find_first_of("*?") != name.npos;
}

CoveredName covered(const Counts& counts, const std::string& name, uint8_t kind) {
  CoveredName out{.name = name, .kind = kind};
  const auto see = [&](uint64_t count) {
    out.count += count;
    if (out.state == Covered::kMissing) out.state = Covered::kBuiltIn;
    if (count > 0) out.state = Covered::kFired;
  };
  if (!is_pattern(name)) {
    const auto found = counts.find({kind, name});
    if (found != counts.end()) see(found->second);
    return out;
  }
  for (const auto& [key, count] : counts) {
    if (key.first == kind && glob_match(name, key.second)) see(count);
  }
  return out;
}

}  // namespace

Coverage coverage_of(const profile::Profile& profile, const Selection& selection,
                     const std::vector<CoverageRule>& rules,
                     const std::vector<BuiltInPlace>& built_in) {
  Counts counts = counts_of(profile, selection);
  for (const BuiltInPlace& place : built_in) counts.try_emplace({place.kind, place.name}, 0);
  Coverage out;
  for (const CoverageRule& rule : rules) {
    SubsystemCoverage& subsystem = out.subsystems.emplace_back();
    subsystem.subsystem = rule.subsystem;
    for (const std::string& name : rule.spans) {
      subsystem.names.push_back(covered(counts, name, HONE_SITE_SPAN));
    }
    for (const std::string& name : rule.plots) {
      subsystem.names.push_back(covered(counts, name, HONE_SITE_PLOT));
    }
    for (const CoveredName& each : subsystem.names) {
      subsystem.fired += each.state == Covered::kFired;
    }
    out.fired += subsystem.fired;
    out.count += subsystem.names.size();
  }
  return out;
}

}  // namespace hone::analysis
