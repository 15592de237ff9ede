#include "capture/strangers.h"

#include <fmt/format.h>

#include <cstring>

#include "base/host/file.h"
#include "capture/running.h"

namespace hone::capture {
namespace {

constexpr int64_t kLookNs = 200'000'000;
// An agent greets before main; what starts slowly is not to be called a stranger.
constexpr int64_t kSilentNs = 300'000'000;

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> out;
  const auto text = base::read_file(fmt::format("/proc/{0}/task/{0}/children", pid), 1 << 20);
  for (const char* at = text ? text->c_str() : ""; *at != '\0';) {
    char* end = nullptr;
    const auto child = static_cast<pid_t>(std::strtol(at, &end, 10));
    if (end == at) break;
    out.push_back(child);
    at = end + std::strspn(end, " \n");
  }
  return out;
}

}  // namespace

void Strangers::see(pid_t pid, TimeNs now) {
  Silent& silent = silent_.try_emplace(pid, Silent{.since = now, .name = {}}).first->second;
  silent.seen = true;
  if (silent.told) return;
  // exec gives it another name: the last one is its program's.
  if (std::string name = process_name(pid); !name.empty()) silent.name = std::move(name);
}

void Strangers::look(TimeNs now, std::span<const Greeted> greeted, Tell tell) {
  if (now < next_look_) return;
  next_look_ = now + DurationNs{kLookNs};
  for (auto& [pid, silent] : silent_) silent.seen = false;
  std::unordered_map<pid_t, bool> known;
  for (const Greeted& each : greeted) {
    const int64_t stack_start = stack_start_of(each.pid);
    known[each.pid] = stack_start <= 0 || stack_start == each.stack_start;
  }
  for (const auto& [pid, same_program] : known) {
    if (!same_program) see(pid, now);
    for (const pid_t child : children_of(pid)) {
      if (!known.contains(child)) see(child, now);
    }
  }
  for (auto each = silent_.begin(); each != silent_.end();) {
    auto& [pid, silent] = *each;
    const auto found = known.find(pid);
    const bool was_slow = found != known.end() && found->second;
    const bool alive = silent.seen || process_cpu_ns(pid) >= 0;
    if (!was_slow && !silent.told && (!alive || raw(now - silent.since) >= kSilentNs)) {
      silent.told = true;
      tell(pid, silent.name);
    }
    each = was_slow || !alive ? silent_.erase(each) : std::next(each);
  }
}

void Strangers::finish(Tell tell) {
  for (const auto& [pid, silent] : silent_) {
    if (!silent.told) tell(pid, silent.name);
  }
  silent_.clear();
}

}  // namespace hone::capture
