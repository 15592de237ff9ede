#include "exchange/flow_pairs.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <vector>

namespace hone::exchange {
namespace {

struct Ends {
  std::vector<size_t> begun;
  size_t next = 0;
};
using EndsByName = std::map<std::tuple<ProcessId, StringId, uint64_t>, Ends>;

class Pairing {
 public:
  Pairing(const profile::Profile& profile, const ExportOptions& options,
          base::FunctionRef<void(const FlowPair&)> visit, Left& left)
      : profile_(profile),
        options_(options),
        visit_(visit),
        left_(left),
        all_(profile.instrumentation()) {}

  void run() {
    std::vector<size_t> order(all_.flows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return all_.flows[a].time < all_.flows[b].time; });
    for (const size_t i : order) {
      const profile::Flow& flow = all_.flows[i];
      last_ = std::max(last_, flow.time);
      if (flow.kind == 1 || flow.kind == 3) {
        ends_of(flow).begun.push_back(i);
      } else {
        end(flow);
      }
    }
    for (auto& [key, ends] : spans_) {
      for (; ends.next < ends.begun.size(); ++ends.next) {
        const profile::Flow& from = all_.flows[ends.begun[ends.next]];
        if (!options_.takes(from.thread, from.time)) continue;
        visit_({&from, nullptr, std::max(last_, from.time), true});
      }
    }
  }

 private:
  Ends& ends_of(const profile::Flow& flow) {
    const ProcessId process = profile_.threads()[raw(flow.thread)].process;
    const StringId name = all_.sites[raw(flow.site)].name;
    return (flow.kind <= 2 ? spans_ : flows_)[{process, name, flow.id}];
  }

  void end(const profile::Flow& to) {
    Ends& ends = ends_of(to);
    if (ends.next >= ends.begun.size()) {
      ++left_.unpaired;
      return;
    }
    const profile::Flow& from = all_.flows[ends.begun[ends.next++]];
    if (!options_.takes(to.time) || !(options_.takes(from.thread) || options_.takes(to.thread))) {
      return;
    }
    visit_({&from, &to, to.time, to.kind == 2});
  }

  const profile::Profile& profile_;
  const ExportOptions& options_;
  base::FunctionRef<void(const FlowPair&)> visit_;
  Left& left_;
  const profile::Instrumentation& all_;
  EndsByName spans_, flows_;
  TimeNs last_{INT64_MIN};
};

}  // namespace

void for_each_pair(const profile::Profile& profile, const ExportOptions& options,
                   base::FunctionRef<void(const FlowPair&)> visit, Left& left) {
  Pairing(profile, options, visit, left).run();
}

void for_each_frame(const profile::Profile& profile, const ExportOptions& options,
                    base::FunctionRef<void(const FrameTime&)> visit) {
  const profile::Instrumentation& all = profile.instrumentation();
  std::map<std::pair<ProcessId, StringId>, std::vector<profile::FrameMark>> sets;
  for (const profile::FrameMark& mark : all.frames) {
    if (!options.takes(mark.thread)) continue;
    const ProcessId process = profile.threads()[raw(mark.thread)].process;
    sets[{process, all.sites[raw(mark.site)].name}].push_back(mark);
  }
  for (auto& [key, marks] : sets) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    TimeNs begin{};
    bool begun = false;
    uint64_t number = 0;
    for (const profile::FrameMark& mark : marks) {
      if (mark.kind != 2 && begun) {
        ++number;
        if (options.takes(mark.time))
          visit({key.first, mark.thread, mark.site, begin, mark.time, number});
      }
      begun = mark.kind != 3;
      begin = mark.time;
    }
  }
}

}  // namespace hone::exchange
