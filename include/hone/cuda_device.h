/* What hone::cuda::Device does, apart from its look. Not to be included by itself. */
#ifndef HONE_CUDA_DEVICE_H
#define HONE_CUDA_DEVICE_H

namespace hone {
namespace cuda {

namespace detail {

// Of this program, or of this library of it; hone/vulkan.h counts from 1.
inline uint32_t next_stream_id() noexcept {
  static uint32_t last = 1u << 20;
  return __atomic_add_fetch(&last, 1u, __ATOMIC_RELAXED);
}

// Two texts; of what there is no room for, nothing. Gives where it ends.
inline uint32_t write_text(char* to, uint32_t bytes, const char* text, const char* rest) noexcept {
  uint32_t at = 0;
  while (*text != '\0' && at + 1 < bytes) to[at++] = *text++;
  while (*rest != '\0' && at + 1 < bytes) to[at++] = *rest++;
  to[at] = '\0';
  return at;
}

inline void write_numbered(char* to, uint32_t bytes, const char* text, uint32_t number,
                           const char* rest) noexcept {
  char digits[12];
  uint32_t from = sizeof digits - 1;
  digits[from] = '\0';
  for (; from == sizeof digits - 1 || number != 0; number /= 10) {
    digits[--from] = static_cast<char>('0' + number % 10);
  }
  const uint32_t at = write_text(to, bytes, text, digits + from);
  write_text(to + at, bytes - at, rest, "");
}

inline bool Calls::find(Function (*where)(const char* name)) noexcept {
  void* const library = where ? nullptr : dlopen("libcuda.so.1", RTLD_LAZY);
  if (!where && !library) return false;
  const auto of = [where, library](const char* name) {
    return where ? where(name) : reinterpret_cast<Function>(dlsym(library, name));
  };
  const bool all =
      take(current, of("cuCtxGetCurrent")) && take(push, of("cuCtxPushCurrent_v2")) &&
      take(pop, of("cuCtxPopCurrent_v2")) && take(device, of("cuCtxGetDevice")) &&
      take(device_name, of("cuDeviceGetName")) && take(attribute, of("cuDeviceGetAttribute")) &&
      take(create_event, of("cuEventCreate")) && take(destroy_event, of("cuEventDestroy_v2")) &&
      take(record, of("cuEventRecord")) && take(query, of("cuEventQuery")) &&
      take(elapsed, of("cuEventElapsedTime")) && take(create_stream, of("cuStreamCreate")) &&
      take(destroy_stream, of("cuStreamDestroy_v2"));
  take(is_capturing, of("cuStreamIsCapturing"));
  take(exchange_mode, of("cuThreadExchangeStreamCaptureMode"));
  return all;
}

}  // namespace detail

inline Device::Entered::Entered(const Device& entered) noexcept
    : device(entered), mode(detail::Calls::kCaptureRelaxed), is_in(false) {
  if (!device.context_ || device.calls_.push(device.context_) != 0) return;
  is_in = true;
  if (device.calls_.exchange_mode && device.calls_.exchange_mode(&mode) != 0) mode = -1;
}

inline Device::Entered::~Entered() {
  if (!is_in) return;
  if (device.calls_.exchange_mode && mode >= 0) device.calls_.exchange_mode(&mode);
  void* context = nullptr;
  device.calls_.pop(&context);
}

inline bool Device::open(const Setup& setup) noexcept {
  close();
  if (set_up(setup)) return true;
  const char* const why = why_;
  close();
  why_ = why;
  HONE_EVENT_AT(HONE_LEVEL_WARN, "CUDA spans are off", "why", why);
  return false;
}

inline bool Device::set_up(const Setup& setup) noexcept {
  if (!calls_.find(setup.find)) return fail("libcuda.so.1, or functions of it, were not found");
  context_ = setup.context;
  if (!context_ && (calls_.current(&context_) != 0 || !context_)) {
    return fail("no context of CUDA is current");
  }
  const Entered in(*this);
  if (!in.is_in) return fail("the context cannot be made current");
  int device = 0, is_integrated = 0;
  if (calls_.device(&device) != 0) return fail("cuCtxGetDevice failed");
  if (calls_.device_name(device_name_, sizeof device_name_, device) != 0) device_name_[0] = '\0';
  device_name_[sizeof device_name_ - 1] = '\0';
  calls_.attribute(&is_integrated, detail::Calls::kIntegrated, device);
  device_kind_ = is_integrated ? 1 : 2;  // as Vulkan counts them
  if (!make_events(setup.spans)) return false;
  rate_.begin();
  lost_ = is_compared_ = false;
  why_ = "";
  if (!compare(kFirstCompares, kSecondNs)) {
    return lost_ ? false : fail("the device did not come to an event for a second");
  }
  return true;
}

inline bool Device::make_events(uint32_t spans) noexcept {
  const uint32_t count = spans < 16 ? 16 : spans > kSpansMax ? kSpansMax : spans;
  slots_ = static_cast<Slot*>(calloc(count, sizeof(Slot)));
  if (!slots_) return fail("no memory");
  count_ = count;
  if (calls_.create_stream(&own_, detail::Calls::kStreamNonBlocking) != 0) {
    own_ = nullptr;
    return fail("cuStreamCreate failed");
  }
  bool all = true;
  for (Base& base : bases_) all = all && calls_.create_event(&base.event, 0) == 0;
  for (uint32_t i = 0; i < count_ && all; ++i) {
    all = calls_.create_event(&slots_[i].begin, 0) == 0 &&
          calls_.create_event(&slots_[i].end, 0) == 0;
  }
  return all || fail("cuEventCreate failed");
}

inline bool Device::wait_for(void* event, int64_t limit_ns) noexcept {
  const int64_t until = detail::now_ns() + limit_ns;
  while (!is_done(event)) {
    if (lost_ || detail::now_ns() > until) return false;
  }
  return true;
}

// Brackets an event of a stream that has nothing else to do between two readings of our clock: of
// some, the narrowest becomes the base of spans from now on.
inline bool Device::compare(uint32_t tries, int64_t limit_ns) noexcept {
  uint32_t best = kBases;
  int64_t best_ns = 0, best_half = INT64_MAX;
  for (uint32_t i = 0; i < tries; ++i) {
    const uint32_t at = free_base(best);
    if (at == kBases) break;
    const int64_t before = detail::now_ns();
    const int result = calls_.record(bases_[at].event, own_);
    if (result != 0) {
      lose("cuEventRecord", result);
      return false;
    }
    if (!wait_for(bases_[at].event, limit_ns)) break;
    const int64_t half = (detail::now_ns() - before) / 2;
    if (half >= best_half) continue;
    best = at;
    best_half = half;
    best_ns = before + half;
  }
  return best < kBases && accept(best, best_ns, best_half);
}

inline bool Device::accept(uint32_t at, int64_t ns, int64_t half_ns) noexcept {
  Base& base = bases_[at];
  const Base& last = bases_[base_];
  double passed = 0;
  if (is_compared_ && !ns_between(last.event, base.event, passed)) return false;
  base.device_ns = is_compared_ ? last.device_ns + passed : 0;
  base.ns = ns;
  if (is_compared_) {
    correction_ns_ = ns - last.ns - static_cast<int64_t>(passed * rate_.get());
  }
  rate_.add(base.device_ns, ns);
  half_ns_ = half_ns;
  compared_ns_ = ns;
  is_compared_ = true;
  __atomic_store_n(&base_, at, __ATOMIC_SEQ_CST);
  return true;
}

// The one that was used the longest ago, when no span counts from it.
inline uint32_t Device::free_base(uint32_t other_than) const noexcept {
  for (uint32_t i = 1; i < kBases; ++i) {
    const uint32_t at = (base_ + i) % kBases;
    if (at == other_than) continue;
    if (__atomic_load_n(&bases_[at].uses, __ATOMIC_SEQ_CST) == 0) return at;
  }
  return kBases;
}

// It is not given to another moment from here on until the span is released.
inline uint32_t Device::hold_base() noexcept {
  for (;;) {
    const uint32_t at = __atomic_load_n(&base_, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&bases_[at].uses, 1u, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&base_, __ATOMIC_SEQ_CST) == at) return at;
    __atomic_fetch_sub(&bases_[at].uses, 1u, __ATOMIC_SEQ_CST);
  }
}

inline Device::Stream* Device::known_stream(void* handle) noexcept {
  for (uint32_t i = 0; i + 1 < kStreams; ++i) {
    Stream& each = streams_[i];
    if (__atomic_load_n(&each.state, __ATOMIC_ACQUIRE) != Stream::kThere) break;
    if (each.handle == handle) return &each;
  }
  return nullptr;
}

// Streams are there from the first on without a gap; the last is that of all there is no room for.
inline Device::Stream& Device::stream_of(void* handle, const char* name) noexcept {
  Stream* known = known_stream(handle);
  if (known && !name) return *known;
  while (__atomic_exchange_n(&naming_, 1u, __ATOMIC_ACQUIRE) != 0) {
  }
  known = known_stream(handle);
  uint32_t at = known ? static_cast<uint32_t>(known - streams_) : 0;
  while (!known && at + 1 < kStreams && streams_[at].state == Stream::kThere) ++at;
  Stream& stream = streams_[at];
  const bool is_new = stream.state != Stream::kThere;
  const bool is_last = at + 1 == kStreams;
  if (is_new || (name && !is_last)) {
    char text[32];
    detail::write_numbered(text, sizeof text, "stream ", at + 1, "");
    const char* const called = is_last ? "other streams" : name ? name : text;
    stream.site = hone_site_named(called, "", HONE_SITE_GPU_QUEUE);
    stream.site->level = HONE_LEVEL_ERROR;  // no filter of levels takes it away from its spans
    stream.told = -1;
  }
  if (is_new) {
    stream.handle = handle;
    stream.id = detail::next_stream_id();
    __atomic_store_n(&stream.state, static_cast<uint32_t>(Stream::kThere), __ATOMIC_RELEASE);
  }
  __atomic_store_n(&naming_, 0u, __ATOMIC_RELEASE);
  return stream;
}

inline void Device::name(void* stream, const char* name) noexcept {
  if (slots_ && name) stream_of(stream, name);
}

inline uint64_t Device::left_out() const noexcept {
  uint64_t all = 0;
  for (const Stream& each : streams_) all += __atomic_load_n(&each.left_out, __ATOMIC_RELAXED);
  return all;
}

inline uint32_t Device::begin_on(hone_thread* thread, void* handle, hone_site* site) noexcept {
  if (!slots_ || lost_) return 0;
  Stream& stream = stream_of(handle, nullptr);
  for (uint32_t i = 0; i < kTries; ++i) {
    const uint32_t index = __atomic_fetch_add(&next_, 1u, __ATOMIC_RELAXED) % count_;
    Slot& slot = slots_[index];
    uint32_t free = Slot::kFree;
    if (!__atomic_compare_exchange_n(&slot.state, &free, static_cast<uint32_t>(Slot::kBegun), false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      continue;
    }
    slot.site = site;
    slot.tid = thread->tid;
    slot.ticks = hone_ticks();
    slot.stream = static_cast<uint32_t>(&stream - streams_);
    slot.handle = handle;
    slot.base = hold_base();
    if (record_begin(slot, stream, handle)) return index + 1;
    release(slot);
    break;
  }
  leave_out(stream);
  return 0;
}

// What a stream is given while it is captured runs later, or never, or often.
inline bool Device::record_begin(Slot& slot, Stream& stream, void* handle) noexcept {
  int status = 0;
  if (calls_.is_capturing && (calls_.is_capturing(handle, &status) != 0 || status != 0)) {
    return false;
  }
  if (calls_.record(slot.begin, handle) != 0) return false;
  const bool is_alone = slot.stream + 1 < kStreams;
  const uint32_t depth =
      is_alone ? __atomic_fetch_add(&stream.depth, 1u, __ATOMIC_RELAXED) : kUnknown;
  slot.depth = depth <= kDepthMax ? depth : kUnknown;
  return true;
}

inline void Device::end_at(uint32_t index) noexcept {
  if (!slots_ || index >= count_) return;
  Slot& slot = slots_[index];
  if (__atomic_load_n(&slot.state, __ATOMIC_ACQUIRE) != Slot::kBegun) return;
  Stream& stream = streams_[slot.stream];
  if (slot.stream + 1 < kStreams) __atomic_fetch_sub(&stream.depth, 1u, __ATOMIC_RELAXED);
  int status = 0;
  const bool is_captured =
      calls_.is_capturing && (calls_.is_capturing(slot.handle, &status) != 0 || status != 0);
  if (lost_ || is_captured || calls_.record(slot.end, slot.handle) != 0) {
    leave_out(stream);
    return release(slot);
  }
  __atomic_fetch_add(&ended_, 1u, __ATOMIC_RELAXED);
  __atomic_store_n(&slot.state, static_cast<uint32_t>(Slot::kEnded), __ATOMIC_RELEASE);
}

inline void Device::release(Slot& slot) noexcept {
  __atomic_fetch_sub(&bases_[slot.base].uses, 1u, __ATOMIC_SEQ_CST);
  __atomic_store_n(&slot.state, static_cast<uint32_t>(Slot::kFree), __ATOMIC_RELEASE);
}

// Each second while somebody records: so clocks that drift apart are brought together, and events
// are told from one that is near, since what the driver tells is a float.
inline void Device::calibrate() noexcept {
  const int64_t now = detail::now_ns();
  if (now - compared_ns_ < kSecondNs) return;
  const bool is_compared = compare(kCompares, kCompareNs);
  if (lost_) return;
  if (!is_compared) compared_ns_ = now - kSecondNs * 3 / 4;  // the device is busy: soon again
  for (Stream& each : streams_) {
    if (__atomic_load_n(&each.state, __ATOMIC_ACQUIRE) == Stream::kThere) announce(each);
  }
  if (is_compared) farthest_ns_ = kSecondNs;
}

inline void Device::announce(Stream& stream) noexcept {
  // Of a float of milliseconds 24 bits count.
  const int64_t error = half_ns_ + kStepNs + static_cast<int64_t>(farthest_ns_ / (1 << 23));
  const hone_value values[] = {
      {HONE_ARGUMENT_STRING, reinterpret_cast<uintptr_t>(device_name_)},
      {HONE_ARGUMENT_UNSIGNED, stream.id},
      {HONE_ARGUMENT_UNSIGNED, device_kind_},
      {HONE_ARGUMENT_UNSIGNED, HONE_GPU_FOLLOWED},
      {HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(error)},
      {HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(correction_ns_)},
      {HONE_ARGUMENT_UNSIGNED, __atomic_load_n(&stream.left_out, __ATOMIC_RELAXED)}};
  stream.told = __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED);
  hone_put_arguments(stream.site, HONE_MARK_GPU_QUEUE, 0, hone_ticks(), values, 7);
}

inline void Device::collect() noexcept {
  if (!slots_ || lost_) return;
  if (__atomic_exchange_n(&collecting_, 1u, __ATOMIC_ACQUIRE) != 0) return;
  const bool is_on = __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON;
  if (is_on || __atomic_load_n(&ended_, __ATOMIC_RELAXED) > 0) {
    const Entered in(*this);
    if (in.is_in && is_on) calibrate();
    if (in.is_in && !lost_ && __atomic_load_n(&ended_, __ATOMIC_RELAXED) > 0) take_finished();
  }
  __atomic_store_n(&collecting_, 0u, __ATOMIC_RELEASE);
}

inline void Device::take_finished() noexcept {
  uint32_t left = __atomic_load_n(&ended_, __ATOMIC_ACQUIRE);
  const uint32_t from = first_ < count_ ? first_ : 0;
  uint64_t waits = 0;  // streams whose later spans cannot be done yet
  bool is_first = true;
  for (uint32_t passed = 0; passed < count_ && left > 0 && !lost_; ++passed) {
    const uint32_t at = (from + passed) % count_;
    Slot& slot = slots_[at];
    if (__atomic_load_n(&slot.state, __ATOMIC_ACQUIRE) != Slot::kEnded) continue;
    --left;
    // The last stands for many, and its spans come in any order.
    const uint64_t bit = slot.stream + 1 < kStreams ? uint64_t{1} << slot.stream : 0;
    if ((waits & bit) == 0 && is_done(slot.end)) {
      if (!put(slot) && !lost_) leave_out(streams_[slot.stream]);  // lose() counts its own
      __atomic_fetch_sub(&ended_, 1u, __ATOMIC_RELAXED);
      release(slot);
      continue;
    }
    waits |= bit;
    if (is_first) first_ = at;  // where the next look begins
    is_first = false;
  }
}

inline bool Device::is_done(void* event) noexcept {
  const int result = calls_.query(event);
  if (result != 0 && result != detail::Calls::kNotReady) lose("cuEventQuery", result);
  return result == 0;
}

inline bool Device::ns_between(void* start, void* end, double& ns) noexcept {
  float ms = 0;
  const int result = calls_.elapsed(&ms, start, end);
  if (result != 0) {
    lose("cuEventElapsedTime", result);
    return false;
  }
  if (!(ms > -4e9f && ms < 4e9f)) return false;
  ns = static_cast<double>(ms) * 1e6;
  return true;
}

// Both ends from one base, so that what is rounded keeps its order: the one that was the last when
// the span began, or the last of all when that is nearer, and surely before the span or after it.
inline bool Device::times_of(const Slot& slot, double& start, double& end) noexcept {
  const Base* base = &bases_[slot.base];
  const Base& last = bases_[base_];
  double from = 0, to = 0;
  if (!ns_between(base->event, slot.begin, from)) return false;
  const double at = base->device_ns + from;
  bool is_before = false, is_after = false;
  if (slot.base != base_) {
    if (!ns_between(slot.begin, slot.end, to)) return false;
    const double margin = 2 * static_cast<double>(kStepNs) + from / (1 << 22);
    is_before = at + to + margin < last.device_ns && last.device_ns - at < from;
    is_after = at > last.device_ns + margin;
    if (is_before || is_after) base = &last;
  }
  if (is_before) {
    if (!ns_between(slot.begin, base->event, from) || !ns_between(slot.end, base->event, to)) {
      return false;
    }
    from = -from;
    to = -to;
  } else {
    if (is_after && !ns_between(base->event, slot.begin, from)) return false;
    if (!ns_between(base->event, slot.end, to)) return false;
  }
  const double distance = is_before ? -from : to;
  if (distance > farthest_ns_) farthest_ns_ = distance;
  start = from * rate_.get() + static_cast<double>(base->ns);
  end = to * rate_.get() + static_cast<double>(base->ns);
  return start >= 0 && end >= start;
}

inline bool Device::put(const Slot& slot) noexcept {
  double start = 0, end = 0;
  if (!times_of(slot, start, end)) return false;
  Stream& stream = streams_[slot.stream];
  if (stream.told != __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED)) announce(stream);
  hone_thread* const thread = hone_mark_thread(slot.site, kSpanSlots);
  if (!thread) return true;  // nobody records any more, or it is counted there
  const uint64_t at = hone_take_slots(thread, kSpanSlots);
  const uint64_t rest = hone_word(HONE_TYPE_REST, 0, 0, 0);
  hone_put_slot(thread, at + 3, static_cast<uint64_t>(end + 0.5), rest);
  hone_put_slot(thread, at + 2, static_cast<uint64_t>(start + 0.5), rest);
  hone_put_slot(thread, at + 1, stream.id | uint64_t{slot.tid} << 32, rest);
  hone_put_slot(thread, at, slot.ticks,
                hone_word(HONE_TYPE_MARK, HONE_MARK_GPU_SPAN, hone_id_of(slot.site),
                          (kSpanSlots - 1) | uint64_t{slot.depth} << 8));
  return true;
}

// The device is gone, or the context: the driver says so from then on.
inline void Device::lose(const char* call, int result) noexcept {
  if (lost_) return;
  lost_ = true;
  char text[48];
  detail::write_text(text, sizeof text, call, " gave error ");
  detail::write_numbered(reason_, sizeof reason_, text, static_cast<uint32_t>(result),
                         ": the device may be lost");
  why_ = reason_;
  for (uint32_t i = 0; i < count_; ++i) {
    if (__atomic_load_n(&slots_[i].state, __ATOMIC_ACQUIRE) == Slot::kEnded) {
      leave_out(streams_[slots_[i].stream]);
    }
  }
}

inline void Device::close() noexcept {
  if (slots_ && is_compared_) {
    collect();
    for (Stream& each : streams_) {
      if (each.left_out > 0 && each.state == Stream::kThere) announce(each);
    }
  }
  {
    const Entered in(*this);
    for (uint32_t i = 0; i < count_ && in.is_in; ++i) {
      if (slots_[i].begin) calls_.destroy_event(slots_[i].begin);
      if (slots_[i].end) calls_.destroy_event(slots_[i].end);
    }
    for (Base& base : bases_) {
      if (base.event && in.is_in) calls_.destroy_event(base.event);
      base = Base();
    }
    if (own_ && in.is_in) calls_.destroy_stream(own_);
  }
  free(slots_);
  slots_ = nullptr;
  context_ = own_ = nullptr;
  count_ = next_ = ended_ = first_ = base_ = 0;
  is_compared_ = false;
  for (Stream& each : streams_) each = Stream();
  why_ = "closed";
}

}  // namespace cuda
}  // namespace hone

#endif
