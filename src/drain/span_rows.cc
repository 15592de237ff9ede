#include "drain/span_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <system_error>

#include "wire/mangled.h"

namespace hone::drain {
namespace {

// Of a mark that is an event of a flow; 0: it is none.
uint8_t flow_kind(uint8_t mark) {
  const bool is_flow = mark >= HONE_MARK_ASYNC_BEGIN && mark <= HONE_MARK_FLOW_END;
  return is_flow ? static_cast<uint8_t>(mark - HONE_MARK_ASYNC_BEGIN + 1) : uint8_t{0};
}

}  // namespace

SpanRows::SpanRows(const SpanRings& rings, const TickClock* clock, SiteIds& sites)
    : rings_(&rings), clock_(clock), site_ids_(&sites) {}

void SpanRows::begin(recording::Builder& builder) {
  builder_ = &builder;
  threads_.clear();
  locks_.begin_part();
  sites_.clear();
  keys_.clear();
  first_key_.clear();
  gpu_.begin_part();
  next_site_ = 1;
}

TimeNs SpanRows::time_of(uint64_t ticks) const {
  if (has_counter()) return clock_->time_of(ticks);
  return TimeNs{ticks < INT64_MAX / 2 ? static_cast<int64_t>(ticks) : 0};
}

SiteId SpanRows::site_id(uint32_t site) {
  if (site < sites_.size() && sites_[site] != SiteId::kNone) return sites_[site];
  if (sites_.size() <= site) {
    sites_.resize(site + 1);
    first_key_.resize(site + 1, SIZE_MAX);
  }
  auto found = rings_->site(site);
  if (!found) return SiteId::kNone;
  if (found->kind == HONE_SITE_SPAN && found->unit == wire::kMangledUnit) {
    found->unit.clear();
    if (demangle_) found->name = demangle_(found->name.c_str());
  }
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
  SiteId& id = (*site_ids_)[key];
  if (id == SiteId::kNone) id = builder_->append_id<SiteId>(row);
  first_key_[site] = keys_.size();
  for (const std::string& each : found->keys) keys_.push_back(builder_->string(each));
  return sites_[site] = id;
}

SpanRows::Thread& SpanRows::thread(const SpanThread& thread, ThreadOf thread_of) {
  const double ticks_per_step = has_counter() ? clock_->ticks_per_step() : 1;
  while (threads_.size() <= thread.ring) threads_.emplace_back(ticks_per_step);
  Thread& known = threads_[thread.ring];
  if (known.id != ThreadId::kNone && known.turn == thread.turn) return known;
  known.spans.put(builder_->writer(), known.id, line(), bodies_);
  known.spans.end_of_thread();
  known.turn = thread.turn;
  known.tid = thread.tid;
  known.id = thread_of(thread, time_of(thread.start));
  known.name = 0;
  if (thread.name != 0) put_name(known, time_of(thread.start), thread.name);
  return known;
}

void SpanRows::put(const SpanBatch& batch, ThreadOf thread_of) {
  Thread& from = thread(batch.thread, thread_of);
  const size_t before = from.spans.rows();
  const std::span<const hone_slot> spans = batch.spans();
  const auto site_of = [&](uint32_t site) { return site_id(site); };
  size_t done = 0;
  for (const SpanMark& mark : batch.marks) {
    if (mark.kind == HONE_MARK_ARGUMENTS || mark.kind == HONE_MARK_STANDS_FOR) {
      // Between what was written before and after it, as it stood in the ring.
      from.spans.add(spans.subspan(done, mark.spans - done), site_of);
      done = mark.spans;
      const bool kept = from.spans.add_arguments(
          mark.ticks, mark.kind == HONE_MARK_ARGUMENTS ? arguments_of(from.id, {}, batch, mark)
                                                       : stands_for(from.id, mark));
      damaged_ += !kept;
      ++marks_;
    } else {
      put_mark(from, batch, mark);
    }
  }
  from.spans.add(spans.subspan(done), site_of);
  spans_ += from.spans.rows() - before;
  if (from.spans.rows() >= SpanEncoder::kChunkRows) {
    from.spans.put(builder_->writer(), from.id, line(), bodies_);
  }
}

void SpanRows::put_open(TimeNs end, ThreadOf thread_of) {
  for (const OpenSpan& open : rings_->open_spans()) {
    const TimeNs start = time_of(open.start);
    if (start > end) continue;
    Thread& of = thread(open.thread, thread_of);
    builder_->append(recording::SpanRow{.thread = of.id,
                                        .end = end,
                                        .duration = end - start,
                                        .site = site_id(open.site),
                                        .depth = static_cast<uint8_t>(open.depth),
                                        .flags = recording::kSpanOpen});
    for (;;) {
      const SpanEncoder::Arguments rows = of.spans.take_arguments(open.start);
      if (rows.empty()) break;
      for (recording::SpanArgumentRow row : rows) {
        row.time = start;
        row.site = site_id(open.site);
        builder_->append(row);
      }
    }
  }
  for (const CountedSpans& counted : rings_->counted_spans()) {
    builder_->append(recording::SpanCountRow{.thread = thread(counted.thread, thread_of).id,
                                             .site = site_id(counted.site),
                                             .time = end,
                                             .count = counted.count});
  }
  for (const LockWait& wait : rings_->lock_waits()) {
    locks_.still_waits(*builder_, thread(wait.thread, thread_of).id, time_of(wait.start), end,
                       site_id(wait.site), wait.lock, thread_with(wait.owner));
  }
  locks_.end(*builder_, end);
}

void SpanRows::flush() {
  for (Thread& each : threads_) each.spans.put(builder_->writer(), each.id, line(), bodies_);
}

ThreadId SpanRows::thread_with(uint32_t tid) const {
  if (tid == 0) return ThreadId::kNone;
  const auto at = std::find_if(threads_.begin(), threads_.end(),
                               [tid](const Thread& thread) { return thread.tid == tid; });
  return at == threads_.end() ? ThreadId::kNone : at->id;
}

void SpanRows::put_lock(ThreadId thread, const SpanBatch& batch, const SpanMark& mark) {
  const LockMark at{.thread = thread,
                    .time = time_of(mark.ticks),
                    .site = site_id(mark.site),
                    .kind = mark.kind,
                    .detail = mark.detail};
  // From where it was let go back, so that it fits what came before it to the ns.
  const auto duration_of = [&](uint64_t ticks) {
    return ticks < mark.ticks ? at.time - time_of(mark.ticks - ticks) : DurationNs{};
  };
  locks_.take(*builder_, at, {batch.rest.data() + mark.rest, mark.rest_count}, duration_of,
              [&](uint32_t tid) { return thread_with(tid); });
}

SpanEncoder::Arguments SpanRows::stands_for(ThreadId thread, const SpanMark& mark) {
  arguments_.assign(1, {.thread = thread,
                        .site = site_id(mark.site),
                        .type = recording::kStandsFor,
                        .value = mark.number});
  return arguments_;
}

SpanEncoder::Arguments SpanRows::arguments_of(ThreadId thread, TimeNs time, const SpanBatch& batch,
                                              const SpanMark& mark) {
  std::vector<recording::SpanArgumentRow>& out = arguments_;
  out.clear();
  const SiteId site = site_id(mark.site);
  const size_t keys = first_key_[mark.site];
  // Of a message `detail` is its level, and all its arguments are there.
  uint32_t number = mark.kind == HONE_MARK_ARGUMENTS ? mark.detail : 0;
  for (uint32_t i = 0; i < mark.rest_count; ++i, ++number) {
    const hone_slot& slot = batch.rest[mark.rest + i];
    const auto type = static_cast<uint8_t>(slot.second >> 4 & 255);
    recording::SpanArgumentRow row{.thread = thread, .time = time, .site = site, .type = type};
    if (keys != SIZE_MAX && keys + number < keys_.size()) row.key = keys_[keys + number];
    if (type == HONE_ARGUMENT_STRING) {
      const uint64_t slots = ((slot.second >> 32) + 7) / 8;
      if (slots > mark.rest_count - i - 1) break;  // it says more than there is
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
    out.push_back(row);
  }
  return out;
}

void SpanRows::put_name(Thread& thread, TimeNs time, uint32_t site) {
  if (site == thread.name) return;
  const auto found = rings_->site(site);
  if (!found || found->kind != HONE_SITE_THREAD_NAME) return;
  thread.name = site;
  builder_->append(recording::ThreadNameRow{.thread = thread.id,
                                            .time = time,
                                            .name = builder_->string(found->name),
                                            .exec = recording::kNameGiven});
}

void SpanRows::put_app_info() {
  // Given before it is described: by a thread that may have been stopped in between.
  constexpr uint32_t kLooks = 100;
  constexpr uint32_t kBytesMax = 1024;
  for (; next_site_ < rings_->sites_used(); ++next_site_) {
    const auto site = rings_->site(next_site_);
    if (!site && ++site_looks_ < kLooks) return;
    site_looks_ = 0;
    if (!site || site->kind != HONE_SITE_APP_INFO || site->name.size() > kBytesMax) continue;
    std::string value = site->unit.substr(0, kBytesMax);
    uint64_t bits = 0;
    if (site->function == "real" &&
        std::from_chars(value.data(), value.data() + value.size(), bits, 16).ec == std::errc{}) {
      value = fmt::format("{}", std::bit_cast<double>(bits));
    }
    builder_->append(recording::MetaRow{.key = "app." + site->name, .value = value});
  }
}

void SpanRows::put_allocation(ThreadId thread, const SpanBatch& batch, const SpanMark& mark) {
  const std::span<const hone_slot> rest{batch.rest.data() + mark.rest, mark.rest_count};
  recording::AllocationRow row{.thread = thread,
                               .time = time_of(mark.ticks),
                               .site = site_id(mark.site),
                               .kind = mark.kind == HONE_MARK_ALLOCATE ? recording::kAllocated
                                       : mark.kind == HONE_MARK_FREE   ? recording::kFreed
                                                                       : recording::kPoolReset};
  if (!rest.empty()) row.address = rest[0].first;
  if (rest.size() > 1) {
    row.bytes = rest[1].first;
    const uint32_t span = site_of(rest[1].second);
    if (span != 0) row.span = site_id(span);
  }
  builder_->append(row);
}

void SpanRows::put_mark(Thread& by, const SpanBatch& batch, const SpanMark& mark) {
  ++marks_;
  const ThreadId thread = by.id;
  const TimeNs time = time_of(mark.ticks);
  const uint64_t word = mark.rest_count > 0 ? batch.rest[mark.rest].first : 0;
  if (mark.kind == HONE_MARK_THREAD_NAME) return put_name(by, time, mark.site);
  const SiteId site = site_id(mark.site);
  switch (mark.kind) {
    case HONE_MARK_MESSAGE:
      builder_->append(recording::MessageRow{.thread = thread, .time = time, .site = site});
      for (const auto& row : arguments_of(thread, time, batch, mark)) builder_->append(row);
      return;
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
    case HONE_MARK_GPU_QUEUE:
    case HONE_MARK_GPU_SPAN:
      damaged_ += !put_gpu(thread, batch, mark);
      return;
    case HONE_MARK_COUNTED:
      return builder_->append(recording::SpanCountRow{
          .thread = thread, .site = site, .time = time, .count = mark.number});
    case HONE_MARK_ALLOCATE:
    case HONE_MARK_FREE:
    case HONE_MARK_POOL_RESET:
      return put_allocation(thread, batch, mark);
    case HONE_MARK_LOCK_WAIT:
    case HONE_MARK_LOCK_TAKE:
    case HONE_MARK_LOCK_LEAVE:
    case HONE_MARK_LOCK_HELD:
      return put_lock(thread, batch, mark);
    default:
      if (const uint8_t kind = flow_kind(mark.kind); kind != 0) {
        builder_->append(recording::FlowRow{
            .thread = thread, .time = time, .site = site, .id = word, .kind = kind});
      }
  }
}

bool SpanRows::put_gpu(ThreadId thread, const SpanBatch& batch, const SpanMark& mark) {
  const std::span rest = std::span(batch.rest).subspan(mark.rest, mark.rest_count);
  const TimeNs time = time_of(mark.ticks);
  if (mark.kind == HONE_MARK_GPU_QUEUE) {
    const auto site = rings_->site(mark.site);
    return site && gpu_.put_queue(*builder_, thread, site->name, time, rest);
  }
  const auto span = gpu_span_mark(rest);
  if (!span) return false;
  // One of those that wrote something themselves; that a program says a number makes no thread. Of
  // what no thread is said to have asked for (CUPTI), when it was asked for is not known either.
  ThreadId recorded_by{};
  for (const Thread& each : threads_) {
    if (each.tid == span->tid) recorded_by = each.id;
  }
  builder_->append(recording::GpuSpanRow{.queue = gpu_.queue(*builder_, thread, span->queue),
                                         .start = span->start,
                                         .end = span->end,
                                         .site = site_id(mark.site),
                                         .thread = recorded_by,
                                         .issued = span->tid != 0 ? time : span->start,
                                         .depth = mark.detail});
  return true;
}

}  // namespace hone::drain
