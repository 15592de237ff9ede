#include "capture/span_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/host/clock.h"
#include "capture/running.h"
#include "drain/span_cost.h"
#include "symbols/resolve.h"
#include "wire/message.h"

namespace hone::capture {
namespace {

// A program whose recorder is stopped, or gone, ceases to record after so long.
constexpr int64_t kLeaseNs = 1'000'000'000;
// Between two drains: a lease is to be renewed several times before it is over.
constexpr int kLeaseMs = 200, kNobodyMs = 1000;
// A program may greet before the kernel's word of its fork has come.
constexpr int64_t kUnknownNs = 2'000'000'000;

void add(drain::SpanCounts& to, const drain::SpanCounts& more) {
  to.spans_lost += more.spans_lost;
  to.marks_lost += more.marks_lost;
  to.spans_short += more.spans_short;
  to.overwritten += more.overwritten;
  to.damaged += more.damaged;
  to.waits += more.waits;
  to.threads_refused += more.threads_refused;
  to.sites_refused += more.sites_refused;
}

// As `hone record --spans` takes it; empty: all as it is when nothing is said.
std::string settings_text(const SpanSettings& settings) {
  std::string out;
  const auto put = [&](std::string part) { out += (out.empty() ? "" : ",") + std::move(part); };
  if (settings.when_full == HONE_BLOCK) put("full=block");
  if (settings.when_full == HONE_OVERWRITE_OLDEST) put("full=overwrite");
  if (settings.min_ns > 0) put(fmt::format("min={}ns", settings.min_ns));
  if (settings.frame_every > 1) put(fmt::format("frames={}", settings.frame_every));
  if (settings.one_clock) put("clock=one");
  if (settings.hot_rate > 0) put(fmt::format("adaptive={}", settings.hot_rate));
  if (settings.save_over_ns > 0) put(fmt::format("save-over={}ns", settings.save_over_ns));
  return out;
}

}  // namespace

struct SpanSource::Frame {
  uint32_t turn = 0;
  bool is_begun = false;
  TimeNs begin{};
};

struct SpanSource::Target {
  Target(drain::SpanRings memory, const drain::TickClock* clock, drain::SiteIds& sites)
      : rings(std::move(memory)), rows(rings, clock, sites) {
    rows.demangle_by(&symbols::demangle);
  }
  pid_t pid = 0;  // as we see it
  TimeNs met{};
  TimeNs renewed{};  // its lease
  base::UniqueFd life;
  drain::SpanRings rings;
  drain::SpanRows rows;
  std::unordered_map<uint32_t, Frame> frames;  // the last of each ring
  // Read when it is known to be one of ours: what it writes before waits in its rings.
  bool is_read = false, gone = false;
};

std::unique_ptr<SpanSource> SpanSource::open(SpanOptions options) {
  return std::unique_ptr<SpanSource>(new SpanSource(std::move(options)));
}

SpanSource::SpanSource(SpanOptions options) : options_(std::move(options)) {}
SpanSource::~SpanSource() = default;

void SpanSource::begin(recording::Builder& builder, Collector& collector) {
  builder_ = &builder;
  collector_ = &collector;
  reader_.start();
}

// Not made before it is needed: it takes two milliseconds.
const drain::TickClock& SpanSource::clock() {
  if (!clock_) clock_.emplace();
  return *clock_;
}

drain::SpanRings::Settings SpanSource::settings_for(uint32_t clock_kind) {
  const SpanSettings& settings = options_.settings;
  const auto ns = static_cast<uint64_t>(settings.min_ns);
  const bool has_counter = clock_kind == HONE_CLOCK_COUNTER;
  const uint64_t hot_ns = settings.hot_rate == 0 ? 0 : 1'000'000'000 / settings.hot_rate;
  return {.when_full = settings.when_full,
          .min_ticks = ns == 0 || !has_counter ? ns : clock().ticks_of(DurationNs{settings.min_ns}),
          .frame_every = settings.frame_every,
          .one_clock = settings.one_clock,
          .hot_ticks = hot_ns == 0 || !has_counter
                           ? hot_ns
                           : clock().ticks_of(DurationNs{static_cast<int64_t>(hot_ns)})};
}

std::vector<std::string> SpanSource::environment() {
  const std::string address = reader_.address();
  if (address.empty()) return {};
  std::vector<std::string> out = {fmt::format("{}={}", wire::kSpansVariable, address)};
  if (settings_text(options_.settings).empty()) return out;
  const drain::SpanRings::Settings how = settings_for(HONE_CLOCK_COUNTER);
  out.push_back(fmt::format("{}={} {} {} {} {} {} {}", wire::kSpansHowVariable, how.when_full,
                            how.min_ticks, options_.settings.min_ns, how.frame_every,
                            how.one_clock ? 1 : 0, how.hot_ticks,
                            settings_for(HONE_CLOCK_NS).hot_ticks));
  return out;
}

void SpanSource::wait_on(std::vector<pollfd>& waiting) {
  waiting.push_back({reader_.fd(), POLLIN, 0});
}

int SpanSource::wait_ms() const {
  return targets_.empty() ? kNobodyMs : kLeaseMs;
}

uint64_t SpanSource::lease(const Target& target, TimeNs now) const {
  const TimeNs until = now + DurationNs{kLeaseNs};
  return target.rings.clock() == HONE_CLOCK_COUNTER ? clock_->ticks_at(until)
                                                    : static_cast<uint64_t>(raw(until));
}

// Nobody's, or that of a recorder which was killed: it is no more, and its lease has run out.
bool SpanSource::own(drain::SpanRings& rings, TimeNs now) {
  if (rings.own(::getpid())) return true;
  const int32_t owner = rings.owner();
  const bool is_gone = owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
  const uint64_t ticks =
      rings.clock() == HONE_CLOCK_COUNTER ? clock().ticks_at(now) : static_cast<uint64_t>(raw(now));
  return is_gone && rings.lease() < ticks && rings.take_from(owner, ::getpid());
}

SpanSource::Target* SpanSource::take_in(pid_t pid, drain::SpanRings rings, TimeNs now) {
  if (!own(rings, now)) {
    ++totals_.foreign;
    note_refused(pid, rings.owner(), now);
    return nullptr;
  }
  ++totals_.programs;
  totals_.clock = rings.clock() | (options_.settings.one_clock ? HONE_CLOCK_CHAINED : 0);
  auto target = std::make_unique<Target>(std::move(rings), &clock(), sites_);
  target->pid = pid;
  target->met = now;
  target->life = base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  target->rows.begin(*builder_);
  target->rings.set(settings_for(target->rings.clock()));
  if (!paused_) target->rings.permit(lease(*target, now));
  targets_.push_back(std::move(target));
  return targets_.back().get();
}

// One recorder at a time: another `hone record`, or a session of the program's own.
void SpanSource::note_refused(pid_t pid, int32_t owner, TimeNs now) {
  builder_->append(recording::DiagnosticRow{
      .name = "spans_refused",
      .severity = recording::kDataLoss,
      .count = 1,
      .first_time = now,
      .detail = fmt::format("process {} records the spans of process {} already", owner, pid)});
}

void SpanSource::renew(Target& target, TimeNs now) {
  const TimeNs over = target.renewed + DurationNs{kLeaseNs};
  const bool was_over = target.rings.permit(lease(target, now));
  if (was_over && raw(target.renewed) != 0 && over < now) {
    builder_->append(recording::DiagnosticRow{
        .name = "spans_off",
        .severity = recording::kDataLoss,
        .count = 1,
        .first_time = over,
        .detail = fmt::format("process {} recorded no spans for {:.1f} s: the recorder got no CPU "
                              "for so long that it seemed gone",
                              target.pid, static_cast<double>(raw(now - over)) / 1e9)});
  }
  target.renewed = now;
}

void SpanSource::find(pid_t pid) {
  std::vector<ino_t> seen;
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code gone;
    const std::string link = std::filesystem::read_symlink(entry.path(), gone).string();
    if (gone || !link.starts_with("/memfd:hone-control")) continue;
    base::UniqueFd fd{::open(entry.path().c_str(), O_RDWR | O_CLOEXEC)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) continue;
    // A program that records itself has it open twice.
    if (std::find(seen.begin(), seen.end(), status.st_ino) != seen.end()) continue;
    seen.push_back(status.st_ino);
    auto rings = drain::SpanRings::open(std::move(fd));
    if (!rings) continue;
    const TimeNs now = base::monotonic_now();
    if (Target* target = take_in(pid, std::move(*rings), now)) {
      target->rings.ask(lease(*target, now), options_.filter, reader_.address());
    }
  }
}

pid_t SpanSource::fiber_tid(pid_t pid, uint32_t tid) {
  // Of more than that the spans are shown with the program's first thread.
  constexpr size_t kFibersMax = 1 << 16;
  const uint64_t key = uint64_t{static_cast<uint32_t>(pid)} << 32 | tid;
  const auto known = fibers_.find(key);
  if (known != fibers_.end()) return known->second;
  if (fibers_.size() == kFibersMax) return pid;
  const auto given = Collector::kFirstFiber + static_cast<pid_t>(fibers_.size());
  fibers_[key] = given;
  return given;
}

ThreadId SpanSource::thread_id(const Target& target, const drain::SpanThread& thread,
                               TimeNs start) {
  if (thread.tid >= HONE_TID_FIBER) {
    return collector_->thread_id(target.pid, fiber_tid(target.pid, thread.tid), start);
  }
  auto tid = static_cast<pid_t>(thread.tid);
  if (target.rings.pid() != target.pid) {
    // In another namespace of process ids. Of a thread that is gone the kernel does not tell.
    const pid_t outer = outer_thread_id(target.pid, tid);
    tid = outer > 0 ? outer : target.pid;
  }
  return collector_->thread_id(target.pid, tid, start);
}

void SpanSource::put(Target& target, const drain::SpanBatch& batch) {
  look_for_reasons_to_save(target, batch);
  target.rows.put(batch, [&](const drain::SpanThread& thread, TimeNs start) {
    return thread_id(target, thread, start);
  });
}

void SpanSource::look_for_reasons_to_save(Target& target, const drain::SpanBatch& batch) {
  for (const drain::SpanMark& mark : batch.marks) {
    if (mark.kind == HONE_MARK_SAVE) save_wanted_ = true;
    if (options_.settings.save_over_ns == 0 || mark.kind < HONE_MARK_FRAME ||
        mark.kind > HONE_MARK_FRAME_END) {
      continue;
    }
    // Frames are of a set; one is mostly marked by one thread, and at one place or two.
    Frame& frame = target.frames[batch.thread.ring];
    const TimeNs time = target.rows.time_of(mark.ticks);
    if (mark.kind != HONE_MARK_FRAME_BEGIN && frame.turn == batch.thread.turn && frame.is_begun) {
      save_wanted_ |= raw(time - frame.begin) > options_.settings.save_over_ns;
    }
    frame = {batch.thread.turn, mark.kind != HONE_MARK_FRAME_END, time};
  }
}

void SpanSource::take_waiting() {
  reader_.take([&](const drain::SpanRings& rings, const drain::SpanBatch& batch) {
    const auto of = [&](const auto& target) { return &target->rings == &rings; };
    const auto found = std::find_if(targets_.begin(), targets_.end(), of);
    if (found != targets_.end()) put(**found, batch);
  });
}

void SpanSource::end(Target& target, TimeNs time) {
  reader_.remove(target.rings);
  take_waiting();
  target.rings.read(
      [&](drain::SpanBatch& batch) {
        put(target, batch);
        return true;
      },
      true);
  target.rows.put_app_info();
  target.rows.flush();
  target.rows.put_open(time, [&](const drain::SpanThread& thread, TimeNs start) {
    return thread_id(target, thread, start);
  });
  add(ended_, target.rings.counts());
  totals_.spans += target.rows.spans();
  totals_.marks += target.rows.marks();
  totals_.damaged += target.rows.damaged();
  target.gone = true;
}

void SpanSource::flush() {
  for (const auto& target : targets_) target->rows.flush();
}

bool SpanSource::reads(pid_t pid) const {
  return std::any_of(targets_.begin(), targets_.end(), [&](const auto& target) {
    return target->pid == pid && target->rows.spans() > 0;
  });
}

void SpanSource::forget_gone() {
  std::erase_if(targets_, [](const auto& target) { return target->gone; });
}

void SpanSource::drain(TimeNs now) {
  for (SpanReader::Greeting& greeting : reader_.greetings()) {
    auto rings = drain::SpanRings::open(std::move(greeting.memory));
    if (!rings) {
      ++totals_.foreign;
    } else {
      take_in(greeting.pid, std::move(*rings), now);
    }
  }
  if (targets_.empty()) return;
  clock_->update();
  take_waiting();
  for (const auto& target : targets_) {
    if (target->is_read) target->rows.put_app_info();
    // Looked at before the rings are read: what it wrote before it ended is there.
    pollfd life{target->life.get(), POLLIN, 0};
    const bool gone = !target->life || ::poll(&life, 1, 0) > 0;
    if (!collector_->is_recorded(target->pid)) {
      // Nobody's of ours.
      if (raw(now - target->met) > kUnknownNs) {
        target->rings.stop();
        target->gone = true;
      }
      continue;
    }
    if (!std::exchange(target->is_read, true)) reader_.add(target->rings);
    if (gone) {
      end(*target, now);
    } else if (!paused_) {
      renew(*target, now);
    }
  }
  forget_gone();
}

void SpanSource::set_paused(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  const TimeNs now = base::monotonic_now();
  for (const auto& target : targets_) {
    target->renewed = {};
    if (paused) {
      target->rings.pause();
    } else {
      target->rings.permit(lease(*target, now));
    }
  }
}

void SpanSource::begin_part(recording::Builder& builder) {
  builder_ = &builder;
  sites_.clear();
  for (const auto& target : targets_) target->rows.begin(builder);
}

void SpanSource::finish(TimeNs end_time) {
  // Who has greeted us just before his end is heard still.
  reader_.stop();
  drain(end_time);
  for (const auto& target : targets_) {
    target->rings.stop();
    if (collector_->is_recorded(target->pid)) end(*target, end_time);
  }
  targets_.clear();
  totals_.counts = ended_;
}

std::vector<std::pair<std::string, std::string>> SpanSource::facts() const {
  if (totals_.programs + totals_.foreign == 0) return {};
  const drain::SpanCounts& counts = totals_.counts;
  std::vector<std::pair<std::string, std::string>> out = {
      {"spans.programs", fmt::format("{}", totals_.programs)},
      {"spans.programs_refused", fmt::format("{}", totals_.foreign)},
      {"spans.count", fmt::format("{}", totals_.spans)},
      {"spans.marks", fmt::format("{}", totals_.marks)},
      {"spans.lost", fmt::format("{}", counts.spans_lost + counts.overwritten)},
      {"spans.marks_lost", fmt::format("{}", counts.marks_lost)},
      {"spans.overwritten", fmt::format("{}", counts.overwritten)},
      {"spans.short", fmt::format("{}", counts.spans_short)},
      {"spans.damaged", fmt::format("{}", counts.damaged + totals_.damaged)},
      {"spans.settings", settings_text(options_.settings)}};
  if (totals_.clock != 0) out.emplace_back("spans.clock", drain::clock_name(totals_.clock));
  for (auto& fact : drain::span_cost_facts(totals_.clock)) out.push_back(std::move(fact));
  return out;
}

}  // namespace hone::capture
