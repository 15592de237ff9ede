#include "analysis/flow_pairs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace hone::analysis {

std::vector<FlowPair> pair_flows(const profile::Profile& p) {
  const profile::Instrumentation& all = p.instrumentation();
  std::vector<size_t> order(all.flows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return all.flows[a].time < all.flows[b].time; });
  struct Begun {
    std::vector<size_t> pairs;
    size_t next = 0;
  };
  std::map<std::tuple<bool, ProcessId, StringId, uint64_t>, Begun> begun;
  std::vector<FlowPair> out;
  for (const size_t i : order) {
    const profile::Flow& flow = all.flows[i];
    const bool is_span = flow.kind <= 2;
    Begun& of = begun[{is_span, p.threads()[raw(flow.thread)].process,
                       all.sites[raw(flow.site)].name, flow.id}];
    if (flow.kind == 1 || flow.kind == 3) {
      of.pairs.push_back(out.size());
      out.push_back({.from = i, .is_span = is_span});
    } else if (of.next < of.pairs.size()) {
      out[of.pairs[of.next++]].to = i;
    } else {
      out.push_back({.to = i, .is_span = is_span});
    }
  }
  return out;
}

}  // namespace hone::analysis
