// What takes samples: by perf events (perf_source.h), or by timers in the program (timer_source.h).
// The recorder waits on its descriptors and has it drained; it hands all to the collector.
#pragma once

#include <poll.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/types.h"

namespace hone::capture {

class Sampler {
 public:
  virtual ~Sampler() = default;

  // Adds what to wait on.
  virtual void wait_on(std::vector<pollfd>& waiting) = 0;
  // The wait told of an end (POLLHUP, POLLERR): it would do so for ever.
  virtual void on_end_of(int fd) = 0;
  // Hands over what has happened up to shortly ago; `all`: everything, at the end.
  virtual void drain(bool all) = 0;
  // The same, and gives the time up to which all is known: where a part of a recording can end.
  virtual TimeNs drain_whole() = 0;
  virtual void disable() = 0;
  // Between the two nothing is sampled, or what is sampled is dropped (Collector): starts, names,
  // mappings and ends are told as ever.
  virtual void pause() = 0;
  virtual void resume() = 0;
  // Exact CPU time of all that is sampled so far; negative when it is not counted.
  virtual int64_t total_cpu_ns() const = 0;
  // Samples so far whose stack did not fit into the copy: the sooner the next are looked at, the
  // more of the rest is still there to be read.
  virtual uint64_t full_stacks() const = 0;
  virtual bool kernel_side() const = 0;
  virtual bool whole_machine() const = 0;
  // "sampler.name" and what else the recording says of it.
  virtual std::vector<std::pair<std::string, std::string>> facts() const = 0;
  // The same of what is known at the end only.
  virtual std::vector<std::pair<std::string, std::string>> end_facts() const { return {}; }
};

}  // namespace hone::capture
