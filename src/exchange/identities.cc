#include "exchange/identities.h"

#include <unordered_set>

namespace hone::exchange {

Identities::Identities(const profile::Profile& profile) {
  std::unordered_set<uint32_t> used;
  const auto own = [&](uint32_t id) {
    return id < kFirstMadeUpId && used.insert(id).second ? id : next_++;
  };
  // Entry 0 is no process: a mark of a thread that is not known.
  for (const profile::Process& process : profile.processes()) pids_.push_back(own(process.pid));
  used.clear();
  for (const profile::Thread& thread : profile.threads()) {
    tids_.push_back(own(thread.tid));
    process_of_.push_back(thread.process);
  }
}

}  // namespace hone::exchange
