#include "capture/choose_sampler.h"

#include <algorithm>

#include "capture/agent_socket.h"

namespace hone::capture {
namespace {

// Threads that were made while the events were opened, by threads that had none yet, are missed:
// then it is done again.
Result<PerfEvents> open_events(const RecordOptions& options, const std::optional<Child>& child,
                               const Attached& attached) {
  PerfOptions perf{.pid = attached.empty() ? child->pid() : 0,
                   .cgroup_fd = attached.cgroup_fd(),
                   .frequency_hz = options.frequency_hz,
                   .stack_bytes = options.stack_bytes,
                   .per_process = options.per_process,
                   .user_only = options.user_only,
                   .start_paused = options.region.waits(),
                   .waits = options.waits};
  constexpr int kTries = 5;
  for (int i = 1;; ++i) {
    perf.tasks = attached.threads();
    auto events = PerfEvents::open(perf);
    if (!events && !child) events.error().effect = "nothing was recorded";
    if (!events || events->plan().whole_machine || i == kTries) return events;
    const std::vector<pid_t> now = attached.threads();
    if (std::includes(perf.tasks.begin(), perf.tasks.end(), now.begin(), now.end())) return events;
  }
}

// Of the waiting program, or of what is attached to.
Result<void> count_events(const RecordOptions& options, const Attached& attached,
                          ChosenSampler& out) {
  out.counted = {.pid = attached.empty() ? out.child->pid() : 0,
                 .tasks = attached.threads(),
                 .cgroup_fd = attached.cgroup_fd(),
                 .folder = attached.group_folder(),
                 .start_paused = options.region.waits()};
  HONE_TRY_ASSIGN(out.counts, open_counters(options.counters, out.counted));
  return {};
}

Result<void> with_timers(const RecordOptions& options, const Child::Gifts& gifts,
                         ChosenSampler& out) {
  HONE_TRY_ASSIGN(const std::string agent, find_agent());
  HONE_TRY_ASSIGN(const std::string program, find_program(options.command.at(0)));
  HONE_TRY(can_preload(program));
  HONE_TRY_ASSIGN(out.timer, TimerSource::open({.frequency_hz = options.frequency_hz,
                                                .stack_bytes = options.stack_bytes,
                                                .reason = out.reason}));
  const AgentEnvironment environment(agent, out.timer->address());
  HONE_TRY_ASSIGN(Child child, Child::prepare(options.command, gifts));
  out.child.emplace(std::move(child));
  return count_events(options, Attached{}, out);
}

tl::unexpected<Error> not_a_program() {
  return tl::unexpected(
      Error{.code = Code::Unsupported,
            .message = "the timer sampler records programs that it starts, nothing that runs",
            .effect = "nothing was recorded",
            .fixes = {"start it by Hone: hone record --sampler timer -- ./app",
                      "sample by perf: see hone doctor"},
            .number = "E068"});
}

}  // namespace

Result<ChosenSampler> choose_sampler(const RecordOptions& options, const Attached& attached,
                                     const Child::Gifts& gifts) {
  using Choice = RecordOptions::SamplerChoice;
  ChosenSampler out;
  if (options.sampler == Choice::kTimer) {
    if (options.command.empty() || !attached.empty()) return not_a_program();
    HONE_TRY(with_timers(options, gifts, out));
    return out;
  }
  if (!options.command.empty()) {
    HONE_TRY_ASSIGN(Child child, Child::prepare(options.command, gifts));
    out.child.emplace(std::move(child));
  }
  HONE_TRY(count_events(options, attached, out));
  auto events = open_events(options, out.child, attached);
  if (events) {
    out.events.emplace(std::move(*events));
    return out;
  }
  const bool is_refusal =
      events.error().code == Code::Permission || events.error().code == Code::Unsupported;
  if (options.sampler == Choice::kPerf || !is_refusal || !attached.empty()) {
    return tl::unexpected(std::move(events.error()));
  }
  out.child.reset();  // it has not run yet
  out.reason = events.error().message;
  if (auto timers = with_timers(options, gifts, out); !timers) {
    // Neither is to be had: what would permit the better one is the better advice.
    Error error = std::move(events.error());
    error.fixes.push_back("(sampling by timers does not work either: " + timers.error().message +
                          ")");
    return tl::unexpected(std::move(error));
  }
  return out;
}

}  // namespace hone::capture
