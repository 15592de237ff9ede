#include "capture/timer_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/host/clock.h"
#include "capture/running.h"
#include "capture/timer_target.h"
#include "capture/wait_facts.h"

namespace hone::capture {
namespace {

// A program whose recorder is stopped, or gone, ceases to sample after so long.
constexpr int64_t kLeaseNs = 3'000'000'000;
// Copied of a stack that the program could not walk by itself.
constexpr uint32_t kStackBytes = 16 << 10;
// How often a process's mappings are looked at for code that is not known, at most.
constexpr int64_t kRefreshNs = 20'000'000, kRefreshMaxNs = 1'000'000'000;

}  // namespace

Result<std::unique_ptr<TimerSource>> TimerSource::open(const TimerOptions& options) {
  HONE_TRY_ASSIGN(AgentSocket socket, AgentSocket::open());
  std::unique_ptr<TimerSource> source(new TimerSource(std::move(socket)));
  source->options_ = options;
  source->period_ = DurationNs{static_cast<int64_t>(1e9 / options.frequency_hz)};
  source->stack_bytes_ = options.stack_bytes != 0 ? options.stack_bytes : kStackBytes;
  return source;
}

TimerSource::TimerSource(AgentSocket socket) : socket_(std::move(socket)) {}
TimerSource::~TimerSource() = default;

void TimerSource::attach(Collector& collector, stacks::ModuleStore& modules) {
  collector_ = &collector;
  modules_ = &modules;
}

std::vector<std::pair<std::string, std::string>> TimerSource::facts() const {
  std::vector<std::pair<std::string, std::string>> out = {
      {"sampler.name", "timer"},
      {"sampler.event", "CPU time, by timers in the program"},
      {"sampler.scope", "per thread"},
      {"sampler.kernel", "no"},
      {"sampler.stack_bytes", fmt::format("{}", stack_bytes_)},
      {"sampler.ring_bytes", fmt::format("{}", wire::kRingBytes)}};
  if (!options_.reason.empty()) out.emplace_back("sampler.reason", options_.reason);
  return out;
}

std::vector<std::pair<std::string, std::string>> TimerSource::end_facts() const {
  return account_facts(*collector_);
}

void TimerSource::wait_on(std::vector<pollfd>& waiting) {
  waiting.push_back({socket_.fd(), POLLIN, 0});
  if (socket_.abstract_fd() >= 0) waiting.push_back({socket_.abstract_fd(), POLLIN, 0});
  for (const AgentSocket::Caller& caller : callers_) {
    waiting.push_back({caller.fd.get(), POLLIN, 0});
  }
  for (const auto& target : targets_) {
    if (target->life) waiting.push_back({target->life.get(), POLLIN, 0});
  }
}

TimeNs TimerSource::drain_whole() {
  drain(false);
  return base::monotonic_now();
}

void TimerSource::permit(Target& target, TimeNs now) {
  if (!target.rings) return;
  target.rings->permit({.period = period_,
                        .lease_until = enabled_ ? now + DurationNs{kLeaseNs} : now,
                        .enabled = enabled_ && !paused_,
                        .resumed = resumed_,
                        .stack_bytes = stack_bytes_});
}

void TimerSource::disable() {
  enabled_ = false;
  const TimeNs now = base::monotonic_now();
  for (const auto& target : targets_) permit(*target, now);
}

void TimerSource::pause() {
  paused_ = true;
  const TimeNs now = base::monotonic_now();
  for (const auto& target : targets_) permit(*target, now);
}

void TimerSource::resume() {
  paused_ = false;
  resumed_ = base::monotonic_now();
  for (const auto& target : targets_) permit(*target, resumed_);
}

void TimerSource::listen() {
  while (auto caller = socket_.accept()) callers_.push_back(std::move(*caller));
  std::vector<AgentSocket::Caller> now = std::move(callers_);
  callers_.clear();
  for (AgentSocket::Caller& caller : now) {
    if (!answer(caller)) callers_.push_back(std::move(caller));
  }
}

// False: it has not said yet what it wants.
bool TimerSource::answer(AgentSocket::Caller& caller) {
  AgentMessage message = receive(caller.fd.get());
  if (message.kind == AgentMessage::Kind::kNone) return false;
  if (message.kind == AgentMessage::Kind::kHello) greet(caller, std::move(message));
  if (message.kind == AgentMessage::Kind::kMore) {
    const auto target = by_pid_.find(caller.pid);
    if (target != by_pid_.end()) send_tables(*target->second, caller.fd.get());
  }
  return true;
}

void TimerSource::greet(const AgentSocket::Caller& caller, AgentMessage message) {
  auto rings = drain::Rings::open(std::move(message.memory));
  if (!rings || !enabled_) return;
  auto target = std::make_unique<Target>();
  target->pid = caller.pid;
  target->life = base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, target->pid, 0))};
  target->rings.emplace(std::move(*rings));
  if (!introduce(*target, message.hello)) return;
  if (message.hello.start == wire::Start::kExec) send_tables(*target, caller.fd.get());
  targets_.push_back(std::move(target));
}

pid_t TimerSource::parent_of(const Target& target, const wire::Hello& hello) const {
  auto running = running_process(target.pid);
  for (pid_t pid = running ? running->parent : 0; pid > 1;) {
    if (collector_->is_recorded(pid)) return pid;
    auto above = running_process(pid);
    pid = above ? above->parent : 0;
  }
  // Its parent has ended, and it was given to another: what it says itself, if that was ours.
  for (const auto& other : targets_) {
    if (hello.start == wire::Start::kFork && other->rings && other->rings->pid() == hello.parent) {
      return other->pid;
    }
  }
  return 0;
}

// A process speaks for the first time: after its start, its exec or its fork. False: it is no
// descendant of what is recorded.
bool TimerSource::introduce(Target& target, const wire::Hello& hello) {
  const TimeNs now = base::monotonic_now();
  permit(target, now);
  target.same_ids = target.rings->pid() == target.pid;
  const auto before = by_pid_.find(target.pid);
  if (before != by_pid_.end() && before->second != &target) {
    // It has called exec: what the program before wrote comes first.
    Target& old = *before->second;
    read_rings(old);
    dispatch(now);
    old.replaced = true;
  }
  const bool is_exec = hello.start == wire::Start::kExec;
  if (!collector_->is_recorded(target.pid)) {
    const pid_t parent = parent_of(target, hello);
    if (parent == 0) return false;
    collector_->on_fork(target.pid, target.pid, parent, now);
  }
  by_pid_[target.pid] = &target;
  target.stack_start = stack_start_of(target.pid);
  if (is_exec) {
    collector_->on_name(target.pid, target.pid, process_name(target.pid), true, now);
    refresh_maps(target, now);
  } else if (const auto parent = by_pid_.find(parent_of(target, hello)); parent != by_pid_.end()) {
    if (collector_->reads_stacks_of(target.pid)) target.rings->ask_for_copies();
    target.ranges = parent->second->ranges;
    target.sent = parent->second->sent;
  }
  return true;
}

pid_t TimerSource::outer_tid(Target& target, uint32_t tid) {
  const auto inner = static_cast<pid_t>(tid);
  if (target.same_ids) return inner;
  if (const auto found = target.outer_tids.find(inner); found != target.outer_tids.end()) {
    return found->second;
  }
  const pid_t outer = outer_thread_id(target.pid, inner);
  return target.outer_tids[inner] = outer > 0 ? outer : target.pid;
}

void TimerSource::meet_thread(Target& target, const drain::ThreadRing& thread) {
  if (!target.met.insert(thread.ring).second) return;
  const pid_t tid = outer_tid(target, thread.tid);
  if (tid == target.pid) return;
  const TimeNs start = raw(thread.start) > 0 ? thread.start : base::monotonic_now();
  collector_->on_fork(target.pid, tid, target.pid, start);
  if (!thread.name.empty()) collector_->on_name(target.pid, tid, thread.name, false, start);
}

void TimerSource::take_sample(Target& target, const drain::ThreadRing& thread,
                              const drain::GuestSample& sample) {
  meet_thread(target, thread);
  Event event{.time = sample.time,
              .target = &target,
              .tid = outer_tid(target, thread.tid),
              .weight = sample.weight,
              .data = static_cast<uint32_t>(words_.size()),
              .count = 0,
              .stack_bytes = static_cast<uint32_t>(sample.stack.size()),
              .cpu = sample.cpu,
              .end = sample.end,
              .walked = !sample.has_registers,
              .by_frame_pointers = sample.by_frame_pointers,
              .stack_cut = sample.stack_cut};
  if (event.walked) {
    words_.insert(words_.end(), sample.addresses.begin(), sample.addresses.end());
    event.count = static_cast<uint32_t>(sample.addresses.size());
    for (const uint64_t address : sample.addresses) target.look_at(address);
  } else {
    while (sample.registers.has(event.count)) {
      words_.push_back(sample.registers.value[event.count++]);
    }
    const size_t at = words_.size();
    words_.resize(at + (sample.stack.size() + 7) / 8);
    std::memcpy(words_.data() + at, sample.stack.data(), sample.stack.size());
    const unsigned pc = unwind::registers_of(unwind::kNativeArch).pc;
    if (sample.registers.has(pc)) target.look_at(sample.registers.value[pc]);
    // What it could not walk may be new code further out.
    target.unwalked = true;
    full_stacks_ += sample.stack_cut;
  }
  events_.push_back(event);
}

void TimerSource::read_rings(Target& target) {
  if (!target.rings || target.replaced) return;
  target.rings->read(
      [&](const drain::ThreadRing& thread, const drain::GuestSample& sample) {
        take_sample(target, thread, sample);
      },
      [&](const drain::ThreadRing& ended) {
        meet_thread(target, ended);
        target.met.erase(ended.ring);
        const TimeNs end = raw(ended.end) > 0 ? ended.end : base::monotonic_now();
        target.ended.push_back({outer_tid(target, ended.tid), ended.cpu, end, ended.name});
      });
}

void TimerSource::refresh_maps(Target& target, TimeNs now) {
  const uint64_t changes = target.rings->module_changes();
  std::vector<MappedCode> found;
  for_each_code_mapping(target.pid, now, [&](const MapEvent& event) {
    found.push_back({event.begin, event.begin + event.bytes});
    collector_->on_map(event);
  });
  std::sort(found.begin(), found.end(),
            [](const MappedCode& a, const MappedCode& b) { return a.begin < b.begin; });
  // An interpreter's functions are found by what lies on the stack.
  if (collector_->reads_stacks_of(target.pid)) target.rings->ask_for_copies();
  const bool changed = found != target.ranges || changes != target.changes_sent;
  target.ranges = std::move(found);
  target.unknown = target.unwalked = false;
  // What leads nowhere is not looked for over and over.
  target.refresh_wait_ns =
      changed ? kRefreshNs : std::min(target.refresh_wait_ns * 2, kRefreshMaxNs);
  target.next_refresh = now + DurationNs{target.refresh_wait_ns};
  if (!changed) return;
  target.changes_sent = changes;
  target.rings->announce_message();
}

// The descriptor of a memory that holds the module's table, sealed; -1: it has none.
int TimerSource::table_descriptor(stacks::Module& module, wire::TableEntry& entry) {
  SharedTable& shared = tables_[&module];
  if (shared.key == 0) {
    shared.key = tables_.size();
    const unwind::TableView& table = modules_->table(module);
    if (table && table.header->table_bytes < UINT32_MAX) {
      const auto bytes = static_cast<uint32_t>(table.header->table_bytes);
      base::UniqueFd fd{::memfd_create("hone-table", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
      const auto* from = reinterpret_cast<const uint8_t*>(table.header);
      if (fd && base::write_all(fd.get(), {from, bytes})) {
        ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
        shared.fd = std::move(fd);
        shared.bytes = bytes;
      }
    }
  }
  entry.key = shared.key;
  entry.bytes = shared.bytes;
  return shared.fd.get();
}

void TimerSource::send_tables(Target& target, int socket) {
  const stacks::AddressSpace* space = collector_->space_of(target.pid);
  if (!space) return;
  std::vector<const stacks::MappedRange*> ranges;
  for (const MappedCode& code : target.ranges) {
    const stacks::MappedRange* range = space->find(code.begin);
    // Code without a file is walked by who knows more of it: see stacks::Unwinder.
    if (range && range->module && range->module->kind != stacks::ModuleKind::kAnonymous) {
      ranges.push_back(range);
    }
  }
  wire::Tables tables{.magic = wire::kTablesMagic,
                      .total = static_cast<uint32_t>(ranges.size()),
                      .module_changes = target.changes_sent};
  do {
    std::vector<int> descriptors;
    tables.count = 0;
    while (tables.count < wire::kTablesPerMessage && tables.first + tables.count < ranges.size()) {
      const stacks::MappedRange& range = *ranges[tables.first + tables.count];
      wire::TableEntry& entry = tables.entry[tables.count++];
      entry = {.begin = range.begin, .end = range.end, .bias = range.bias, .descriptor = -1};
      const int fd = table_descriptor(*range.module, entry);
      if (fd < 0 || !target.sent.insert(entry.key).second) continue;
      entry.descriptor = static_cast<int32_t>(descriptors.size());
      descriptors.push_back(fd);
    }
    if (!send(socket, tables, descriptors)) return;
    tables.first += tables.count;
  } while (tables.first < ranges.size());
}

void TimerSource::hand_over(const Event& event) {
  raw_.time = event.time;
  raw_.pid = event.target->pid;
  raw_.tid = event.tid;
  raw_.cpu = event.cpu;
  raw_.weight = event.weight;
  raw_.has_registers = !event.walked;
  raw_.stack = {};
  raw_.stack_full = event.stack_cut;
  raw_.walked = {};
  const uint64_t* const words = words_.data() + event.data;
  if (event.walked) {
    raw_.walked = {words, event.count};
    raw_.walk_end = static_cast<unwind::WalkEnd>(
        std::min<uint8_t>(event.end, static_cast<uint8_t>(unwind::WalkEnd::kNoRegisters)));
    raw_.by_frame_pointers = event.by_frame_pointers;
  } else {
    raw_.registers.valid = 0;
    for (uint32_t i = 0; i < event.count; ++i) raw_.registers.set(i, words[i]);
    raw_.stack = {reinterpret_cast<const uint8_t*>(words + event.count), event.stack_bytes};
  }
  collector_->on_sample(raw_);
}

void TimerSource::dispatch(TimeNs horizon) {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  for (const Event& event : events_) {
    // A clock of the program's that runs ahead is none.
    Event bounded = event;
    bounded.time = std::min(event.time, horizon);
    hand_over(bounded);
  }
  events_.clear();
  words_.clear();
  for (const auto& target : targets_) {
    for (const EndedThread& ended : target->ended) {
      if (!ended.name.empty()) {
        collector_->on_name(target->pid, ended.tid, ended.name, false, ended.time);
      }
      collector_->on_thread_cpu(target->pid, ended.tid, ended.cpu, ended.time);
      if (ended.tid != target->pid) collector_->on_exit(target->pid, ended.tid, ended.time);
    }
    target->ended.clear();
  }
}

// A process that is gone, or a program that exec has replaced: what its threads used is known up to
// their last samples.
void TimerSource::end_target(Target& target, TimeNs time) {
  if (!target.rings) return;
  target.rings->for_each_live([&](const drain::ThreadRing& thread) {
    const pid_t tid = outer_tid(target, thread.tid);
    collector_->on_thread_cpu(target.pid, tid, thread.cpu, time);
    if (!target.replaced && tid != target.pid) collector_->on_exit(target.pid, tid, time);
  });
  const drain::RingCounts& counts = target.rings->counts();
  ended_counts_.lost += counts.lost;
  ended_counts_.lost_ns += counts.lost_ns;
  ended_counts_.damaged += counts.damaged;
  ended_counts_.threads_refused += counts.threads_refused;
  ended_counts_.calls_resumed += counts.calls_resumed;
  target.rings.reset();
  if (target.replaced) return;
  collector_->on_exit(target.pid, target.pid, time);
  by_pid_.erase(target.pid);
}

void TimerSource::drain(bool all) {
  const TimeNs now = base::monotonic_now();
  listen();
  for (const auto& target : targets_) {
    if (!target->rings) continue;
    // Looked at before the rings are read: what it wrote before it ended is there.
    pollfd life{target->life.get(), POLLIN, 0};
    target->gone = target->life && ::poll(&life, 1, 0) > 0;
    if (enabled_) permit(*target, now);
    read_rings(*target);
    if (collector_->accounts_waits() && !target->replaced) {
      // One that only waits takes no sample by which it would be met.
      target->rings->for_each_live(
          [&](const drain::ThreadRing& thread) { meet_thread(*target, thread); });
    }
    const bool changed = target->rings->module_changes() != target->changes_sent;
    const bool wants = target->unknown || target->unwalked || changed;
    if (wants && !target->gone && !target->replaced && now >= target->next_refresh) {
      refresh_maps(*target, now);
    }
  }
  dispatch(base::monotonic_now());
  for (const auto& target : targets_) {
    if (target->rings && (target->gone || target->replaced || all)) {
      target->keeps_running = all && !target->gone && !target->replaced;
      if (!target->keeps_running) end_target(*target, now);
    }
  }
  std::erase_if(targets_, [](const auto& target) { return !target->rings; });
  look_for_strangers(now, all);
  note_counts();
  if (all) {
    for (const auto& target : targets_) {
      if (!target->rings) continue;
      target->rings->for_each_live([&](const drain::ThreadRing& thread) {
        collector_->on_thread_cpu(target->pid, outer_tid(*target, thread.tid), thread.cpu, now);
      });
    }
  }
}

void TimerSource::note_counts() {
  drain::RingCounts sum = ended_counts_;
  for (const auto& target : targets_) {
    if (!target->rings) continue;
    sum.lost += target->rings->counts().lost;
    sum.damaged += target->rings->counts().damaged;
    sum.threads_refused += target->rings->counts().threads_refused;
  }
  const TimeNs now = base::monotonic_now();
  if (sum.lost > lost_told_) collector_->on_lost(sum.lost - lost_told_, now);
  if (sum.damaged > damaged_told_) collector_->on_damage(sum.damaged - damaged_told_);
  lost_told_ = std::max(lost_told_, sum.lost);
  damaged_told_ = std::max(damaged_told_, sum.damaged);
  collector_->set_unsampled_threads(sum.threads_refused);
}

// Children of the program's that run without an agent: nobody samples them, and that is said.
void TimerSource::look_for_strangers(TimeNs now, bool last) {
  const auto tell = [&](pid_t pid, const std::string& name) {
    collector_->on_unsampled_process(name, now);
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end()) return;
    // exec has replaced a program that had an agent by one that has none.
    found->second->replaced = true;
    by_pid_.erase(found);
    collector_->on_name(pid, pid, name, true, now);
  };
  if (last) return strangers_.finish(tell);
  std::vector<Strangers::Greeted> greeted;
  for (const auto& [pid, target] : by_pid_) greeted.push_back({pid, target->stack_start});
  strangers_.look(now, greeted, tell);
}

}  // namespace hone::capture
