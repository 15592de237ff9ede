#include "capture/open_events.h"

#include <algorithm>
#include <vector>

namespace hone::capture {

Result<PerfEvents> open_events(PerfOptions options, const Attached& attached) {
  constexpr int kTries = 5;
  for (int i = 1;; ++i) {
    options.tasks = attached.threads();
    auto events = PerfEvents::open(options);
    if (!events && options.pid == 0) events.error().effect = "nothing was recorded";
    if (!events || events->plan().whole_machine || i == kTries) return events;
    const std::vector<pid_t> now = attached.threads();
    if (std::includes(options.tasks.begin(), options.tasks.end(), now.begin(), now.end())) {
      return events;
    }
  }
}

}  // namespace hone::capture
