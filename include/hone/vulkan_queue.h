/* What hone::vulkan::Queue does, apart from its look. Not to be included by itself. */
#ifndef HONE_VULKAN_QUEUE_H
#define HONE_VULKAN_QUEUE_H

namespace hone {
namespace vulkan {

namespace detail {

// Of this program, or of this library of it.
inline uint32_t next_queue_id() noexcept {
  static uint32_t last = 0;
  return __atomic_add_fetch(&last, 1u, __ATOMIC_RELAXED);
}

}  // namespace detail

inline bool Queue::open(const Setup& setup) noexcept {
  close();
  if (set_up(setup)) return true;
  const char* const why = why_;
  close();
  why_ = why;
  HONE_EVENT_AT(HONE_LEVEL_WARN, "GPU spans are off", "queue", setup.name, "why", why);
  return false;
}

inline bool Queue::set_up(const Setup& setup) noexcept {
  if (!setup.instance || !setup.physical_device || !setup.device || !setup.queue) {
    return fail("instance, physical_device, device or queue is not set");
  }
  if (!calls_.find(setup)) return fail("functions of Vulkan were not found");
  device_ = setup.device;
  queue_ = setup.queue;
  lost_ = resetting_ = false;
  VkPhysicalDeviceProperties properties;
  calls_.properties(setup.physical_device, &properties);
  __builtin_memcpy(device_name_, properties.deviceName, sizeof device_name_);
  device_name_[sizeof device_name_ - 1] = '\0';
  device_type_ = static_cast<uint32_t>(properties.deviceType);
  uint32_t families = 32;
  VkQueueFamilyProperties known[32];
  calls_.families(setup.physical_device, &families, known);
  if (setup.family >= families || known[setup.family].timestampValidBits == 0) {
    return fail("queues of this family write no timestamps");
  }
  if (!(properties.limits.timestampPeriod > 0)) return fail("the device tells no timestampPeriod");
  clock_.begin(static_cast<double>(properties.limits.timestampPeriod),
               known[setup.family].timestampValidBits);
  count_ = setup.spans < 16 ? 16 : setup.spans > kSpansMax ? kSpansMax : setup.spans;
  slots_ = static_cast<Slot*>(calloc(count_, sizeof(Slot)));
  if (!slots_) return fail("no memory");
  VkQueryPoolCreateInfo queries = {};
  queries.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
  queries.queryCount = 2 * count_ + 1;
  if (calls_.create_queries(device_, &queries, nullptr, &queries_) != VK_SUCCESS) {
    return fail("vkCreateQueryPool failed");
  }
  host_reset_ = setup.host_query_reset && calls_.host_reset;
  if (!make_commands(setup)) return false;
  why_ = "";
  if (host_reset_) {
    calls_.host_reset(device_, queries_, 0, 2 * count_ + 1);
  } else if (!submit_reset_of_all()) {
    return fail("commands could not be submitted");
  }
  if (!(calls_.calibrated ? read_clocks() : bracket())) return fail("its clock could not be read");
  if (!calls_.calibrated) {
    why_ = "no calibrated timestamps: the clocks were compared once, by waiting for a submission";
  }
  id_ = detail::next_queue_id();
  site_ = hone_site_named(setup.name ? setup.name : "GPU", "", HONE_SITE_GPU_QUEUE);
  site_->level = HONE_LEVEL_ERROR;  // no filter of levels takes it away from its spans
  announce();
  return true;
}

inline bool Queue::make_commands(const Setup& setup) noexcept {
  VkCommandPoolCreateInfo pool = {};
  pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool.queueFamilyIndex = setup.family;
  if (calls_.create_commands(device_, &pool, nullptr, &pool_) != VK_SUCCESS) {
    return fail("vkCreateCommandPool failed");
  }
  VkCommandBufferAllocateInfo commands = {};
  commands.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  commands.commandPool = pool_;
  commands.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  commands.commandBufferCount = 1;
  if (calls_.allocate_commands(device_, &commands, &commands_) != VK_SUCCESS) {
    return fail("vkAllocateCommandBuffers failed");
  }
  VkFenceCreateInfo fence = {};
  fence.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  if (calls_.create_fence(device_, &fence, nullptr, &fence_) != VK_SUCCESS) {
    return fail("vkCreateFence failed");
  }
  return true;
}

inline VkResult Queue::begin_commands() noexcept {
  VkCommandBufferBeginInfo begin = {};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  return calls_.begin(commands_, &begin);
}

inline VkResult Queue::submit_commands() noexcept {
  VkResult done = calls_.end(commands_);
  if (done == VK_SUCCESS) done = calls_.reset_fences(device_, 1, &fence_);
  VkSubmitInfo submit = {};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands_;
  return done == VK_SUCCESS ? calls_.submit(queue_, 1, &submit, fence_) : done;
}

inline bool Queue::wait() noexcept {
  return calls_.wait_fences(device_, 1, &fence_, VK_TRUE, 5 * uint64_t{kSecondNs}) == VK_SUCCESS;
}

inline bool Queue::submit_reset_of_all() noexcept {
  if (begin_commands() != VK_SUCCESS) return false;
  calls_.reset(commands_, queries_, 0, 2 * count_ + 1);
  return submit_commands() == VK_SUCCESS && wait();
}

// A stamp that lies between two readings of the CPU's clock: of some, the two that are nearest.
inline bool Queue::bracket() noexcept {
  uint64_t ticks = 0;
  int64_t ns = 0;
  error_ns_ = INT64_MAX;
  for (uint32_t i = 0; i < kBrackets; ++i) {
    if (begin_commands() != VK_SUCCESS) return false;
    calls_.reset(commands_, queries_, 2 * count_, 1);
    calls_.stamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 2 * count_);
    const int64_t before = detail::now_ns();
    if (submit_commands() != VK_SUCCESS || !wait()) return false;
    const int64_t after = detail::now_ns();
    uint64_t stamp = 0;
    if (calls_.results(device_, queries_, 2 * count_, 1, sizeof stamp, &stamp, sizeof stamp,
                       VK_QUERY_RESULT_64_BIT) != VK_SUCCESS) {
      return false;
    }
    if ((after - before) / 2 >= error_ns_) continue;
    error_ns_ = (after - before) / 2;
    ns = before + error_ns_;
    ticks = stamp;
  }
  clock_.add(ticks, ns);
  compared_ns_ = ns;
  return true;
}

inline bool Queue::read_clocks() noexcept {
  VkCalibratedTimestampInfoEXT clocks[2] = {};
  clocks[0].sType = clocks[1].sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT;
  clocks[0].timeDomain = VK_TIME_DOMAIN_DEVICE_EXT;
  clocks[1].timeDomain = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
  uint64_t stamps[2] = {}, best[2] = {}, deviation = 0, least = UINT64_MAX;
  for (uint32_t i = 0; i < 3; ++i) {
    if (calls_.calibrated(device_, 2, clocks, stamps, &deviation) != VK_SUCCESS) return false;
    if (deviation >= least) continue;
    least = deviation;
    best[0] = stamps[0];
    best[1] = stamps[1];
  }
  compared_ns_ = static_cast<int64_t>(best[1]);
  error_ns_ = static_cast<int64_t>(least);
  correction_ns_ = clock_.add(best[0], compared_ns_);
  return true;
}

// Each second while somebody records, so that clocks that drift apart are brought together.
inline void Queue::calibrate() noexcept {
  const int32_t owner = __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED);
  const bool is_due = detail::now_ns() - compared_ns_ >= kSecondNs;
  if (is_due && calls_.calibrated && !read_clocks()) lost_ = true;
  if (is_due && !calls_.calibrated) compared_ns_ += kSecondNs;  // what was left out is told
  if (is_due || owner != told_) announce();
}

inline void Queue::announce() noexcept {
  const hone_value values[] = {
      {HONE_ARGUMENT_STRING, reinterpret_cast<uintptr_t>(device_name_)},
      {HONE_ARGUMENT_UNSIGNED, id_},
      {HONE_ARGUMENT_UNSIGNED, device_type_},
      {HONE_ARGUMENT_UNSIGNED, calls_.calibrated ? HONE_GPU_CALIBRATED : HONE_GPU_BRACKETED},
      {HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(error_ns_)},
      {HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(correction_ns_)},
      {HONE_ARGUMENT_UNSIGNED, left_out()}};
  told_ = __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED);
  hone_put_arguments(site_, HONE_MARK_GPU_QUEUE, 0, hone_ticks(), values, 7);
}

inline uint32_t Queue::begin_on(hone_thread* thread, VkCommandBuffer commands,
                                hone_site* site) noexcept {
  if (!slots_ || lost_) return 0;
  for (uint32_t i = 0; i < kTries; ++i) {
    const uint32_t index = __atomic_fetch_add(&next_, 1u, __ATOMIC_RELAXED) % count_;
    uint32_t free = Slot::kFree;
    if (!__atomic_compare_exchange_n(&slots_[index].state, &free,
                                     static_cast<uint32_t>(Slot::kBegun), false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
      continue;
    }
    Slot& slot = slots_[index];
    slot.site = site;
    slot.tid = thread->tid;
    slot.ticks = hone_ticks();
    slot.depth = nesting_.enter(commands);
    calls_.stamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 2 * index);
    return index + 1;
  }
  __atomic_fetch_add(&left_out_, uint64_t{1}, __ATOMIC_RELAXED);
  return 0;
}

inline void Queue::end_at(VkCommandBuffer commands, uint32_t index) noexcept {
  if (!slots_ || index >= count_ || state_of(index) != Slot::kBegun) return;
  nesting_.leave(commands, slots_[index].depth);
  calls_.stamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 2 * index + 1);
  __atomic_fetch_add(&ended_, 1u, __ATOMIC_RELAXED);
  set_state(index, Slot::kEnded);
}

// How many slots of one state stand from `first` on, up to the last one.
inline uint32_t Queue::run_of(uint32_t first, uint32_t state, uint32_t most) const noexcept {
  uint32_t run = 0;
  while (run < most && first + run < count_ && state_of(first + run) == state) ++run;
  return run;
}

inline void Queue::collect_and(bool may_submit) noexcept {
  if (!slots_ || lost_) return;
  if (__atomic_exchange_n(&collecting_, 1u, __ATOMIC_ACQUIRE) != 0) return;
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON) calibrate();
  if (resetting_ && calls_.fence_status(device_, fence_) == VK_SUCCESS) {
    resetting_ = false;
    for (uint32_t i = 0; i < count_; ++i) {
      if (state_of(i) == Slot::kResetting) set_state(i, Slot::kFree);
    }
  }
  if (__atomic_load_n(&ended_, __ATOMIC_RELAXED) > 0) take_results();
  // So many at a time that it is submitted seldom, and so few that there are always free ones.
  if (may_submit && read_ > count_ / 4 && !resetting_ && !lost_) reset_read();
  __atomic_store_n(&collecting_, 0u, __ATOMIC_RELEASE);
}

inline void Queue::take_results() noexcept {
  uint32_t left = __atomic_load_n(&ended_, __ATOMIC_ACQUIRE);
  const uint32_t from = first_ < count_ ? first_ : 0;
  bool is_first = true;
  for (uint32_t passed = 0; passed < count_ && left > 0 && !lost_;) {
    const uint32_t at = (from + passed) % count_;
    uint32_t run = run_of(at, Slot::kEnded, kBatch < left ? kBatch : left);
    if (run > count_ - passed) run = count_ - passed;
    if (run == 0) {
      ++passed;
      continue;
    }
    take_results_of(at, run);
    // The next look begins where the first one stands that is not there yet.
    for (uint32_t i = 0; i < run && is_first; ++i) {
      first_ = (at + i) % count_;
      is_first = state_of(at + i) != Slot::kEnded;
    }
    left -= run;
    passed += run;
  }
}

inline void Queue::take_results_of(uint32_t first, uint32_t count) noexcept {
  struct Result {
    uint64_t ticks, is_there;
  } results[2 * kBatch];
  const VkResult done = calls_.results(
      device_, queries_, 2 * first, 2 * count, sizeof results, results, sizeof(Result),
      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  if (done < 0) {
    lost_ = true;
    why_ = "vkGetQueryPoolResults failed: the device may be lost";
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const Result &start = results[2 * i], &end = results[2 * i + 1];
    if (!start.is_there || !end.is_there) continue;
    put(slots_[first + i], start.ticks, end.ticks);
    __atomic_fetch_sub(&ended_, 1u, __ATOMIC_RELAXED);
    if (host_reset_) {
      calls_.host_reset(device_, queries_, 2 * (first + i), 2);
      set_state(first + i, Slot::kFree);
    } else {
      ++read_;
      set_state(first + i, Slot::kRead);
    }
  }
}

inline void Queue::put(const Slot& slot, uint64_t start, uint64_t end) noexcept {
  hone_thread* const thread = hone_mark_thread(slot.site, kSpanSlots);
  if (!thread) return;
  const int64_t start_ns = clock_.time_of(start), end_ns = clock_.time_of(end);
  const uint64_t at = hone_take_slots(thread, kSpanSlots);
  const uint64_t rest = hone_word(HONE_TYPE_REST, 0, 0, 0);
  hone_put_slot(thread, at + 3, static_cast<uint64_t>(end_ns), rest);
  hone_put_slot(thread, at + 2, static_cast<uint64_t>(start_ns), rest);
  hone_put_slot(thread, at + 1, id_ | uint64_t{slot.tid} << 32, rest);
  hone_put_slot(thread, at, slot.ticks,
                hone_word(HONE_TYPE_MARK, HONE_MARK_GPU_SPAN, hone_id_of(slot.site),
                          (kSpanSlots - 1) | uint64_t{slot.depth} << 8));
}

inline void Queue::reset_read() noexcept {
  if (begin_commands() != VK_SUCCESS) return;
  for (uint32_t at = 0; at < count_;) {
    const uint32_t run = run_of(at, Slot::kRead, count_);
    if (run > 0) calls_.reset(commands_, queries_, 2 * at, 2 * run);
    for (uint32_t i = 0; i < run; ++i) set_state(at + i, Slot::kResetting);
    at += run > 0 ? run : 1;
  }
  read_ = 0;
  resetting_ = submit_commands() == VK_SUCCESS;
  if (!resetting_) {
    lost_ = true;
    why_ = "vkQueueSubmit failed: the device may be lost";
  }
}

inline void Queue::close() noexcept {
  if (slots_ && site_) {
    collect_and(false);
    if (left_out() > 0) announce();
  }
  if (resetting_ && !lost_) wait();  // the device is idle: it is done
  if (fence_) calls_.destroy_fence(device_, fence_, nullptr);
  if (pool_) calls_.destroy_commands(device_, pool_, nullptr);
  if (queries_) calls_.destroy_queries(device_, queries_, nullptr);
  free(slots_);
  slots_ = nullptr;
  site_ = nullptr;
  fence_ = VK_NULL_HANDLE;
  pool_ = VK_NULL_HANDLE;
  queries_ = VK_NULL_HANDLE;
  next_ = ended_ = read_ = first_ = 0;
  resetting_ = false;
  why_ = "closed";
}

}  // namespace vulkan
}  // namespace hone

#endif
