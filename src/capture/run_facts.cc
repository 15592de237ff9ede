#include "capture/run_facts.h"

#include <fmt/format.h>

#include <system_error>
#include <thread>

namespace hone::capture {

Facts sampler_facts(const Sampler& sampler, double frequency_hz, stacks::Method method) {
  Facts facts = sampler.facts();
  facts.emplace_back("sampler.frequency_hz", fmt::format("{}", frequency_hz));
  facts.emplace_back("sampler.unwind", method == stacks::Method::kFramePointers ? "fp"
                                       : method == stacks::Method::kDwarf       ? "dwarf"
                                                                                : "auto");
  return facts;
}

struct Gathered::Work {
  void gather() {
    facts = host_facts();
    const Facts git = git_facts(folder);
    facts.insert(facts.end(), git.begin(), git.end());
    gathered = true;
  }
  std::string folder;
  Facts facts;
  bool gathered = false;
  std::thread thread;
};

Gathered::Gathered(std::string folder) : work_(std::make_unique<Work>()) {
  work_->folder = std::move(folder);
  try {
    work_->thread = std::thread([work = work_.get()] { work->gather(); });
  } catch (const std::system_error&) {
    // No thread may be made here (ulimit -u): then they are gathered by who asks for them.
  }
}

Gathered::~Gathered() {
  if (work_->thread.joinable()) work_->thread.join();
}

const Facts& Gathered::wait() {
  if (work_->thread.joinable()) work_->thread.join();
  if (!work_->gathered) work_->gather();
  return work_->facts;
}

}  // namespace hone::capture
