#include "capture/span_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/host/clock.h"
#include "capture/running.h"

namespace hone::capture {
namespace {

// A program whose recorder is stopped, or gone, ceases to record after so long.
constexpr int64_t kLeaseNs = 1'000'000'000;
// Between two drains: when rings fill fast, and when nobody knows.
constexpr int kBusyMs = 2, kIdleMs = 50, kNobodyMs = 1000;
constexpr double kBusyShare = 0.05;
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

// Columns of the table `spans`, by their place in the schema.
enum SpanColumn : size_t { kThread, kEnd, kDuration, kSite, kDepth, kFlags };
// Rows of one thread that are gathered for a chunk, and that make one worth having.
constexpr size_t kChunkRows = 65536, kOwnChunkRows = 2048;

// Of a mark that is an event of a flow; 0: it is none.
uint8_t flow_kind(uint8_t mark) {
  const bool is_flow = mark >= HONE_MARK_ASYNC_BEGIN && mark <= HONE_MARK_FLOW_END;
  return is_flow ? static_cast<uint8_t>(mark - HONE_MARK_ASYNC_BEGIN + 1) : uint8_t{0};
}

}  // namespace

struct SpanSource::Target {
  explicit Target(drain::SpanRings memory) : rings(std::move(memory)) {}
  pid_t pid = 0;  // as we see it
  TimeNs met{};
  base::UniqueFd life;
  drain::SpanRings rings;
  bool owned = false, gone = false;
  std::vector<Thread> threads;    // by ring
  std::vector<SiteId> sites;      // by the program's ids
  std::vector<StringId> keys;     // of all sites' arguments
  std::vector<size_t> first_key;  // of each site, into keys
};

std::unique_ptr<SpanSource> SpanSource::open(SpanOptions options) {
  std::optional<AgentSocket> socket;
  if (auto opened = AgentSocket::open()) socket.emplace(std::move(*opened));
  return std::unique_ptr<SpanSource>(new SpanSource(std::move(socket), std::move(options)));
}

SpanSource::SpanSource(std::optional<AgentSocket> socket, SpanOptions options)
    : socket_(std::move(socket)), options_(std::move(options)) {}
SpanSource::~SpanSource() = default;

void SpanSource::begin(recording::Builder& builder, Collector& collector) {
  builder_ = &builder;
  collector_ = &collector;
}

void SpanSource::wait_on(std::vector<pollfd>& waiting) {
  if (!socket_) return;
  waiting.push_back({socket_->fd(), POLLIN, 0});
  if (socket_->abstract_fd() >= 0) waiting.push_back({socket_->abstract_fd(), POLLIN, 0});
  for (const AgentSocket::Caller& caller : callers_) {
    waiting.push_back({caller.fd.get(), POLLIN, 0});
  }
}

int SpanSource::wait_ms() const {
  if (targets_.empty()) return kNobodyMs;
  double fullest = 0;
  for (const auto& target : targets_) fullest = std::max(fullest, target->rings.fullest());
  return fullest > kBusyShare ? kBusyMs : kIdleMs;
}

TimeNs SpanSource::time_of(const Target& target, uint64_t ticks) const {
  if (target.rings.clock() == HONE_CLOCK_COUNTER) return clock_->time_of(ticks);
  return TimeNs{ticks < INT64_MAX / 2 ? static_cast<int64_t>(ticks) : 0};
}

DurationNs SpanSource::duration_of(const Target& target, uint64_t ticks) const {
  if (target.rings.clock() == HONE_CLOCK_COUNTER) return clock_->duration_of(ticks);
  return DurationNs{ticks < INT64_MAX / 2 ? static_cast<int64_t>(ticks) : 0};
}

uint64_t SpanSource::lease(const Target& target, TimeNs now) const {
  const TimeNs until = now + DurationNs{kLeaseNs};
  return target.rings.clock() == HONE_CLOCK_COUNTER ? clock_->ticks_at(until)
                                                    : static_cast<uint64_t>(raw(until));
}

void SpanSource::listen(TimeNs now) {
  if (!socket_) return;
  while (auto caller = socket_->accept()) callers_.push_back(std::move(*caller));
  std::vector<AgentSocket::Caller> waiting;
  for (AgentSocket::Caller& caller : callers_) {
    AgentMessage message = receive(caller.fd.get());
    if (message.kind == AgentMessage::Kind::kNone) {
      waiting.push_back(std::move(caller));
      continue;
    }
    if (message.kind != AgentMessage::Kind::kSpans) continue;
    auto rings = drain::SpanRings::open(std::move(message.memory));
    if (rings) {
      take_in(caller.pid, std::move(*rings), now);
    } else {
      ++totals_.foreign;
    }
  }
  callers_ = std::move(waiting);
}

void SpanSource::take_in(pid_t pid, drain::SpanRings rings, TimeNs now) {
  auto target = std::make_unique<Target>(std::move(rings));
  target->pid = pid;
  target->met = now;
  target->life = base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  target->owned = target->rings.own(::getpid());
  if (!target->owned) {
    ++totals_.foreign;
    return;
  }
  ++totals_.programs;
  // Not before it is needed: it takes two milliseconds.
  if (!clock_) clock_.emplace();
  if (!paused_) target->rings.permit(lease(*target, now));
  targets_.push_back(std::move(target));
}

void SpanSource::find(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}/fd", pid);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code gone;
    const std::string link = std::filesystem::read_symlink(entry.path(), gone).string();
    if (gone || !link.starts_with("/memfd:hone-control")) continue;
    base::UniqueFd fd{::open(entry.path().c_str(), O_RDWR | O_CLOEXEC)};
    if (!fd) continue;
    auto rings = drain::SpanRings::open(std::move(fd));
    if (!rings) continue;
    const TimeNs now = base::monotonic_now();
    const size_t before = targets_.size();
    take_in(pid, std::move(*rings), now);
    if (targets_.size() > before) {
      Target& target = *targets_.back();
      target.rings.ask(lease(target, now), options_.filter, address());
    }
  }
}

SiteId SpanSource::site_id(Target& target, uint32_t site) {
  if (site < target.sites.size() && target.sites[site] != SiteId::kNone) return target.sites[site];
  if (target.sites.size() <= site) {
    target.sites.resize(site + 1);
    target.first_key.resize(site + 1, SIZE_MAX);
  }
  const auto found = target.rings.site(site);
  if (!found) return SiteId::kNone;
  const recording::SiteRow row{.name = builder_->string(found->name),
                               .kind = found->kind,
                               .level = found->level,
                               .category = builder_->string(found->category),
                               .function = builder_->string(found->function),
                               .file = builder_->string(found->file, recording::TextKind::kPath),
                               .line = found->line,
                               .unit = builder_->string(found->unit),
                               .color = found->color};
  const std::string key = fmt::format("{} {} {} {} {} {} {} {} {}", raw(row.name), row.kind,
                                      row.level, raw(row.category), raw(row.function),
                                      raw(row.file), row.line, raw(row.unit), row.color);
  SiteId& id = sites_[key];
  if (id == SiteId::kNone) id = builder_->append_id<SiteId>(row);
  target.first_key[site] = target.keys.size();
  for (const std::string& each : found->keys) target.keys.push_back(builder_->string(each));
  return target.sites[site] = id;
}

SpanSource::Thread& SpanSource::thread_of(Target& target, const drain::SpanThread& thread) {
  if (target.threads.size() <= thread.ring) target.threads.resize(thread.ring + 1);
  Thread& known = target.threads[thread.ring];
  if (known.id != ThreadId::kNone && known.turn == thread.turn) return known;
  put_columns(known.spans);
  auto tid = static_cast<pid_t>(thread.tid);
  if (target.rings.pid() != target.pid) {
    // In another namespace of process ids. Of a thread that is gone the kernel does not tell.
    const pid_t outer = outer_thread_id(target.pid, tid);
    tid = outer > 0 ? outer : target.pid;
  }
  known.turn = thread.turn;
  known.id = collector_->thread_id(target.pid, tid, time_of(target, thread.start));
  return known;
}

// Many rows are a chunk of their own; few go with those of other threads.
void SpanSource::put_columns(Columns& columns) {
  const size_t rows = columns[kEnd].size();
  if (rows >= kOwnChunkRows) {
    builder_->writer().append_columns(recording::Table::kSpans, columns);
  } else {
    for (size_t i = 0; i < rows; ++i) {
      builder_->append(
          recording::SpanRow{.thread = ThreadId{static_cast<uint32_t>(columns[kThread][i])},
                             .end = TimeNs{static_cast<int64_t>(columns[kEnd][i])},
                             .duration = DurationNs{static_cast<int64_t>(columns[kDuration][i])},
                             .site = SiteId{static_cast<uint32_t>(columns[kSite][i])},
                             .depth = static_cast<uint8_t>(columns[kDepth][i]),
                             .flags = static_cast<uint8_t>(columns[kFlags][i])});
    }
  }
  for (std::vector<uint64_t>& column : columns) column.clear();
}

void SpanSource::flush() {
  for (const auto& target : targets_) {
    for (Thread& thread : target->threads) put_columns(thread.spans);
  }
}

void SpanSource::put_arguments(Target& target, ThreadId thread, TimeNs time,
                               const drain::SpanBatch& batch, const drain::SpanMark& mark) {
  const SiteId site = site_id(target, mark.site);
  const size_t keys = target.first_key[mark.site];
  uint32_t number = 0;
  for (uint32_t i = 0; i < mark.rest_count; ++i, ++number) {
    const hone_slot& slot = batch.rest[mark.rest + i];
    const auto type = static_cast<uint8_t>(slot.second >> 4 & 255);
    recording::SpanArgumentRow row{.thread = thread, .time = time, .site = site, .type = type};
    if (keys != SIZE_MAX && keys + number < target.keys.size())
      row.key = target.keys[keys + number];
    if (type == HONE_ARGUMENT_STRING) {
      const uint64_t slots = ((slot.second >> 32) + 7) / 8;
      if (slots > mark.rest_count - i - 1) return;  // it says more than there is
      std::string text(slots * 8, '\0');
      for (uint64_t k = 0; k < slots; ++k) {
        std::memcpy(text.data() + 8 * k, &batch.rest[mark.rest + i + 1 + k].first, 8);
      }
      text.resize(slot.second >> 32);
      row.text = builder_->string(text);
      i += static_cast<uint32_t>(slots);
    } else {
      row.value = slot.first;
    }
    builder_->append(row);
  }
}

void SpanSource::put_mark(Target& target, ThreadId thread, const drain::SpanBatch& batch,
                          const drain::SpanMark& mark) {
  ++totals_.marks;
  const TimeNs time = time_of(target, mark.ticks);
  const uint64_t word = mark.rest_count > 0 ? batch.rest[mark.rest].first : 0;
  const SiteId site = site_id(target, mark.site);
  switch (mark.kind) {
    case HONE_MARK_ARGUMENTS:
      return put_arguments(target, thread, time, batch, mark);
    case HONE_MARK_MESSAGE:
      builder_->append(recording::MessageRow{.thread = thread, .time = time, .site = site});
      return put_arguments(target, thread, time, batch, mark);
    case HONE_MARK_INTEGER:
    case HONE_MARK_REAL: {
      double value = static_cast<double>(static_cast<int64_t>(word));
      if (mark.kind == HONE_MARK_REAL) std::memcpy(&value, &word, sizeof value);
      return builder_->append(
          recording::PlotRow{.thread = thread, .time = time, .site = site, .value = value});
    }
    case HONE_MARK_FRAME:
    case HONE_MARK_FRAME_BEGIN:
    case HONE_MARK_FRAME_END:
      return builder_->append(
          recording::FrameMarkRow{.thread = thread,
                                  .time = time,
                                  .site = site,
                                  .kind = static_cast<uint8_t>(mark.kind - HONE_MARK_FRAME + 1)});
    default:
      if (const uint8_t kind = flow_kind(mark.kind); kind != 0) {
        builder_->append(recording::FlowRow{
            .thread = thread, .time = time, .site = site, .id = word, .kind = kind});
      }
  }
}

void SpanSource::put(Target& target, const drain::SpanBatch& batch) {
  Thread& thread = thread_of(target, batch.thread);
  const size_t count = batch.end.size();
  totals_.spans += count;
  Columns& to = thread.spans;
  const size_t before = to[kEnd].size();
  for (std::vector<uint64_t>& column : to) column.resize(before + count);
  for (size_t i = 0; i < count; ++i) {
    const size_t row = before + i;
    to[kThread][row] = raw(thread.id);
    to[kEnd][row] = static_cast<uint64_t>(raw(time_of(target, batch.end[i])));
    to[kDuration][row] = static_cast<uint64_t>(raw(duration_of(target, batch.duration[i])));
    to[kSite][row] = raw(site_id(target, static_cast<uint32_t>(batch.site[i])));
    to[kDepth][row] = batch.depth[i];
    to[kFlags][row] = batch.stray[i] != 0 ? recording::kSpanStray : uint8_t{0};
  }
  if (before + count >= kChunkRows) put_columns(to);
  for (const drain::SpanMark& mark : batch.marks) put_mark(target, thread.id, batch, mark);
}

void SpanSource::put_open(Target& target, TimeNs end) {
  for (const drain::OpenSpan& open : target.rings.open_spans()) {
    const TimeNs start = time_of(target, open.start);
    if (start > end) continue;
    builder_->append(recording::SpanRow{.thread = thread_of(target, open.thread).id,
                                        .end = end,
                                        .duration = end - start,
                                        .site = site_id(target, open.site),
                                        .depth = static_cast<uint8_t>(open.depth),
                                        .flags = recording::kSpanOpen});
  }
}

void SpanSource::read(Target& target, bool gone) {
  target.rings.read([&](const drain::SpanBatch& batch) { put(target, batch); }, gone);
}

void SpanSource::end(Target& target, TimeNs time) {
  read(target, true);
  for (Thread& thread : target.threads) put_columns(thread.spans);
  put_open(target, time);
  add(ended_, target.rings.counts());
  target.gone = true;
}

void SpanSource::drain(TimeNs now) {
  listen(now);
  if (targets_.empty()) return;
  clock_->update();
  for (const auto& target : targets_) {
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
    if (gone) {
      end(*target, now);
      continue;
    }
    if (!paused_) target->rings.permit(lease(*target, now));
    read(*target, false);
  }
  std::erase_if(targets_, [](const auto& target) { return target->gone; });
  totals_.counts = ended_;
  for (const auto& target : targets_) add(totals_.counts, target->rings.counts());
  if (wait_ms() == kIdleMs) {
    for (const auto& target : targets_) target->rings.want_to_be_woken();
  }
}

void SpanSource::set_paused(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  const TimeNs now = base::monotonic_now();
  for (const auto& target : targets_) {
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
  for (const auto& target : targets_) {
    target->threads.clear();
    target->sites.clear();
    target->keys.clear();
    target->first_key.clear();
  }
}

void SpanSource::finish(TimeNs end_time) {
  listen(end_time);
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
  return {{"spans.programs", fmt::format("{}", totals_.programs)},
          {"spans.programs_refused", fmt::format("{}", totals_.foreign)},
          {"spans.count", fmt::format("{}", totals_.spans)},
          {"spans.marks", fmt::format("{}", totals_.marks)},
          {"spans.lost", fmt::format("{}", counts.spans_lost + counts.overwritten)},
          {"spans.marks_lost", fmt::format("{}", counts.marks_lost)},
          {"spans.short", fmt::format("{}", counts.spans_short)},
          {"spans.damaged", fmt::format("{}", counts.damaged)}};
}

}  // namespace hone::capture
