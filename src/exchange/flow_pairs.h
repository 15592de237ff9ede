// Both ends of asynchronous spans and of flows, paired: by process, name and id. Each end is of the
// oldest beginning that has none yet.
//
//   for_each_pair(profile, options, [&](const FlowPair& pair) { ... }, left);
#pragma once

#include "base/host/function_ref.h"
#include "exchange/export.h"

namespace hone::exchange {

struct FlowPair {
  const profile::Flow* from = nullptr;
  const profile::Flow* to = nullptr;  // null: a span that never ended
  TimeNs until{};                     // of its end, or when the last of all was seen
  bool is_span = false;               // or a flow
};

// Those that the options take: by the time of their end, and the thread of either. Ends without a
// beginning are counted in `left`.
void for_each_pair(const profile::Profile& profile, const ExportOptions& options,
                   base::FunctionRef<void(const FlowPair&)> visit, Left& left);

// A frame of a set of frames, which is one name in one process.
struct FrameTime {
  ProcessId process{};
  ThreadId thread{};  // of the mark that ended it
  SiteId site{};      // likewise
  TimeNs start{}, end{};
  uint64_t number = 0;  // from 1, in its set
};

// Set by set, each in the order of time.
void for_each_frame(const profile::Profile& profile, const ExportOptions& options,
                    base::FunctionRef<void(const FrameTime&)> visit);

}  // namespace hone::exchange
