// What a recording says of its run, besides its events: how it was started, by which sampler,
// where, and what it cost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/facts.h"
#include "capture/sampler.h"
#include "stacks/unwinder.h"

namespace hone::capture {

using recording::command_text;
using recording::utc_now;
Facts sampler_facts(const Sampler& sampler, double frequency_hz, stacks::Method method);

// Facts that take a while, gathered beside the recording: nothing waits for them until its end.
class Gathered {
 public:
  explicit Gathered(std::string folder);
  ~Gathered();
  Gathered(const Gathered&) = delete;
  Gathered& operator=(const Gathered&) = delete;
  const Facts& wait();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace hone::capture
