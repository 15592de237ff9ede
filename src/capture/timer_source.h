// Samples by timers in the programs themselves -> the collector: for where the kernel lets nobody
// sample from outside. The agent (guest/agent) that is preloaded into each program greets us
// through a socket; we answer with unwind tables of what it has mapped, and read its rings.
//
//   HONE_TRY_ASSIGN(TimerSource source, TimerSource::open({.frequency_hz = 997}));
//   AgentEnvironment environment(agent, source.address());   // and start the program
//   source.attach(collector, modules);
//   ... source.drain(false) ...
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/host/result.h"
#include "capture/agent_socket.h"
#include "capture/collector.h"
#include "capture/sampler.h"
#include "capture/strangers.h"
#include "drain/rings.h"

namespace hone::capture {

struct TimerOptions {
  double frequency_hz = 997;
  uint32_t stack_bytes = 0;  // 0: chosen
  std::string reason;        // why it was chosen; into the recording
};

class TimerSource : public Sampler {
 public:
  static Result<std::unique_ptr<TimerSource>> open(const TimerOptions& options);
  ~TimerSource() override;

  const std::string& address() const { return socket_.address(); }
  // Before the first drain. Both outlive this.
  void attach(Collector& collector, stacks::ModuleStore& modules);

  void wait_on(std::vector<pollfd>& waiting) override;
  void on_end_of(int) override {}  // seen when it is read
  void drain(bool all) override;
  TimeNs drain_whole() override;
  void disable() override;
  // Each thread finds out by itself, and then looks again ever less often: guest/agent/sampler.cc.
  void pause() override;
  void resume() override;
  int64_t total_cpu_ns() const override { return -1; }
  uint64_t full_stacks() const override { return full_stacks_; }
  bool kernel_side() const override { return false; }
  bool whole_machine() const override { return false; }
  std::vector<std::pair<std::string, std::string>> facts() const override;
  std::vector<std::pair<std::string, std::string>> end_facts() const override;

 private:
  struct Target;
  struct Range {
    uint64_t begin, end;
  };
  struct Event {
    TimeNs time;
    Target* target;
    pid_t tid;
    DurationNs weight;
    uint32_t data, count;  // words: addresses, or registers, stack pointer and stack
    uint32_t stack_bytes;
    uint16_t cpu;
    uint8_t end;
    bool walked, by_frame_pointers, stack_cut;
  };
  explicit TimerSource(AgentSocket socket);

  void listen();
  bool answer(AgentSocket::Caller& caller);
  void greet(const AgentSocket::Caller& caller, AgentMessage message);
  bool introduce(Target& target, const wire::Hello& hello);
  pid_t parent_of(const Target& target, const wire::Hello& hello) const;
  void permit(Target& target, TimeNs now);
  void read_rings(Target& target);
  void meet_thread(Target& target, const drain::ThreadRing& thread);
  pid_t outer_tid(Target& target, uint32_t tid);
  void take_sample(Target& target, const drain::ThreadRing& thread,
                   const drain::GuestSample& sample);
  void refresh_maps(Target& target, TimeNs now);
  void send_tables(Target& target, int fd);
  int table_descriptor(stacks::Module& module, wire::TableEntry& entry);
  void dispatch(TimeNs horizon);
  void hand_over(const Event& event);
  void end_target(Target& target, TimeNs time);
  void look_for_strangers(TimeNs now, bool last);
  void note_counts();

  AgentSocket socket_;
  Collector* collector_ = nullptr;
  stacks::ModuleStore* modules_ = nullptr;
  DurationNs period_{};
  TimerOptions options_;
  uint32_t stack_bytes_ = 0;
  bool enabled_ = true, paused_ = false;
  TimeNs resumed_{};
  uint64_t full_stacks_ = 0;
  std::vector<AgentSocket::Caller> callers_;  // who have not said yet what they want
  std::vector<std::unique_ptr<Target>> targets_;
  std::unordered_map<pid_t, Target*> by_pid_;

  std::vector<Event> events_;
  std::vector<uint64_t> words_;  // of the events
  RawSample raw_;

  struct SharedTable {
    base::UniqueFd fd;
    uint32_t bytes = 0;
    uint64_t key = 0;
  };
  std::unordered_map<const stacks::Module*, SharedTable> tables_;

  Strangers strangers_;
  drain::RingCounts ended_counts_;
  uint64_t lost_told_ = 0, damaged_told_ = 0;
};

}  // namespace hone::capture
