// Calls of functions that are not instrumented, into a recording: `hone record --probe`.
//
//   HONE_TRY_ASSIGN(auto probes, ProbeSource::open({.patterns = {"libc:malloc"}}, target, events));
//   probes->begin(builder, collector, is_marked);
//   while (...) { wait for probes->wait_on(); sampler.drain(); probes->drain(now); }
//   probes->finish(end);
//
// Not thread-safe.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/host/function_ref.h"
#include "capture/collector.h"
#include "capture/probes/call_stacks.h"
#include "capture/probes/probe_definitions.h"
#include "capture/probes/probe_events.h"
#include "capture/probes/probe_options.h"
#include "capture/probes/probe_plan.h"
#include "recording/builder.h"

namespace hone::capture {

class ProbeSource final : private CallSink {
 public:
  using RunningThreads = base::FunctionRef<std::vector<pid_t>()>;
  // Without patterns there are no probes, and all below does nothing. `running`: the threads of
  // `target.pids` and of their descendants as of now, asked for where there are such. Errors: those
  // of plan_probes, ProbeDefinitions and ProbeEvents; nothing is changed then.
  static Result<std::unique_ptr<ProbeSource>> open(const ProbeOptions& options,
                                                   const ProbeTarget& target,
                                                   ProbeEventsOptions events,
                                                   RunningThreads running);
  ~ProbeSource();

  // `is_marked`: whether a process tells of spans itself. Those of probes are not nested in these.
  using IsMarked = base::FunctionRef<bool(pid_t)>;
  void begin(recording::Builder& builder, Collector& collector);
  void wait_on(std::vector<pollfd>& waiting) const;
  void on_end_of(int fd);
  // After the sampler's, which tells which processes there are.
  void drain(TimeNs now, IsMarked is_marked);
  // What was open at a pause is interrupted when all from before it has been drained.
  void set_paused(bool paused, TimeNs now, IsMarked is_marked);
  // Another file: all ids are given anew.
  void begin_part(recording::Builder& builder);
  void finish(TimeNs end, IsMarked is_marked);
  // At the end: the probes go, and what one costs is measured.
  std::vector<std::pair<std::string, std::string>> facts();
  std::vector<std::string> notices() const;

 private:
  struct Kernel {  // in the order in which it has to go: last first
    ProbeDefinitions definitions;
    ProbeEvents events;
  };
  explicit ProbeSource(const ProbeOptions& options) : options_(options) {}
  void take_until(TimeNs horizon, IsMarked is_marked);
  void dispatch(std::span<const uint8_t> record);
  void sample(std::span<const uint8_t> record);
  void on_call(const ProbedCall& call) override;
  void on_counted(pid_t pid, pid_t tid, uint32_t function, uint64_t count, TimeNs time) override;
  std::vector<std::pair<std::string, std::string>> cost_facts() const;
  SiteId site(uint32_t function);
  void diagnose(const char* name, uint8_t severity, uint64_t count, std::string detail);

  ProbeOptions options_;
  ProbePlan plan_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<CallStacks> calls_;
  recording::Builder* builder_ = nullptr;
  Collector* collector_ = nullptr;
  const IsMarked* is_marked_ = nullptr;  // while calls are handed over
  std::vector<SiteId> sites_;
  std::vector<uint64_t> calls_of_;  // by function
  uint64_t lost_ = 0, damaged_ = 0;
  uint64_t of_others_ = 0;       // events of processes that are not recorded
  uint64_t without_thread_ = 0;  // calls on threads that the recording has not
  uint64_t begun_meanwhile_ = 0;
  bool paused_ = false;
  TimeNs paused_at_{};  // 0: what was open then has been interrupted
};

}  // namespace hone::capture
