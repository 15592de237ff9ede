/* Tracy's contexts of Vulkan. Not to be included by itself: <tracy/TracyVulkan.hpp>.
 *
 * hone/vulkan.h makes command buffers of its own, for which it has to know the queue's family and
 * the instance: Tracy's macros tell neither. So here queries are reset in the command buffers that
 * the program gives, in the order in which they were written: those that were never submitted hold
 * those after them up. */
#ifndef HONE_COMPAT_TRACY_HONE_VULKAN_HPP
#define HONE_COMPAT_TRACY_HONE_VULKAN_HPP

#include <stdlib.h>
#include <time.h>

namespace tracy {
namespace hone_detail {

/* Functions of Vulkan, linked or looked up. */
struct VkCalls {
  PFN_vkGetPhysicalDeviceProperties properties;
  PFN_vkCreateQueryPool create;
  PFN_vkDestroyQueryPool destroy;
  PFN_vkGetQueryPoolResults results;
  PFN_vkCmdResetQueryPool reset;
  PFN_vkCmdWriteTimestamp stamp;
  PFN_vkBeginCommandBuffer begin;
  PFN_vkEndCommandBuffer end;
  PFN_vkQueueSubmit submit;
  PFN_vkQueueWaitIdle wait;
  PFN_vkResetQueryPoolEXT host_reset;                               // null: by commands
  PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT time_domains;  // null: no clocks are compared
  PFN_vkGetCalibratedTimestampsEXT clocks;

#ifdef TRACY_VK_USE_SYMBOL_TABLE
  VkCalls(VkInstance instance, VkDevice device, PFN_vkGetInstanceProcAddr of_instance,
          PFN_vkGetDeviceProcAddr of_device, bool calibrated) {
    take(properties, of_instance(instance, "vkGetPhysicalDeviceProperties"));
    take(create, of_device(device, "vkCreateQueryPool"));
    take(destroy, of_device(device, "vkDestroyQueryPool"));
    take(results, of_device(device, "vkGetQueryPoolResults"));
    take(reset, of_device(device, "vkCmdResetQueryPool"));
    take(stamp, of_device(device, "vkCmdWriteTimestamp"));
    take(begin, of_device(device, "vkBeginCommandBuffer"));
    take(end, of_device(device, "vkEndCommandBuffer"));
    take(submit, of_device(device, "vkQueueSubmit"));
    take(wait, of_device(device, "vkQueueWaitIdle"));
    take(host_reset, of_device(device, "vkResetQueryPool"));
    if (!host_reset) take(host_reset, of_device(device, "vkResetQueryPoolEXT"));
    take(time_domains, of_instance(instance, "vkGetPhysicalDeviceCalibrateableTimeDomainsEXT"));
    take(clocks, of_device(device, "vkGetCalibratedTimestampsEXT"));
    if (!calibrated) clocks = nullptr;
  }
  template <class Call>
  static void take(Call& call, PFN_vkVoidFunction found) {
    call = reinterpret_cast<Call>(found);
  }
#else
  static VkCalls linked(PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT time_domains,
                        PFN_vkGetCalibratedTimestampsEXT clocks,
                        PFN_vkResetQueryPoolEXT host_reset) {
    return {vkGetPhysicalDeviceProperties,
            vkCreateQueryPool,
            vkDestroyQueryPool,
            vkGetQueryPoolResults,
            vkCmdResetQueryPool,
            vkCmdWriteTimestamp,
            vkBeginCommandBuffer,
            vkEndCommandBuffer,
            vkQueueSubmit,
            vkQueueWaitIdle,
            host_reset,
            time_domains,
            clocks};
  }
#endif
};

inline int64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

}  // namespace hone_detail

/* The work of one queue. Zones may be begun on any thread; Collect() is called on one at a time. */
class VkCtx {
 public:
  /* Without a queue queries are reset, and clocks compared, by the CPU alone. Waits for the queue
   * otherwise, as Tracy's does. */
  VkCtx(const hone_detail::VkCalls& calls, VkPhysicalDevice physical, VkDevice device,
        VkQueue queue, VkCommandBuffer commands)
      : calls_(calls), device_(device) {
    static uint32_t last = 0;
    // Numbers that programs give their own queues (TracyC.h) begin at the other end.
    id_ = static_cast<uint8_t>(255 - __atomic_fetch_add(&last, 1u, __ATOMIC_RELAXED) % 255);
    VkPhysicalDeviceProperties properties;
    calls_.properties(physical, &properties);
    VkQueryPoolCreateInfo create = {};
    create.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
    create.queryType = VK_QUERY_TYPE_TIMESTAMP;
    create.queryCount = kQueries;
    is_open_ = calls_.create(device, &create, nullptr, &queries_) == VK_SUCCESS &&
               open(physical, properties.limits.timestampPeriod, queue, commands);
    if (!is_open_) {
      HONE_TRACY_NOTICE("zones of Vulkan are not recorded: the context could not be made");
    }
  }
  ~VkCtx() {
    if (queries_ != VK_NULL_HANDLE) calls_.destroy(device_, queries_, nullptr);
  }
  VkCtx(const VkCtx&) = delete;
  VkCtx& operator=(const VkCtx&) = delete;

  void Name(const char* name, uint16_t bytes) { hone_gpu_named(id_, name, bytes); }

  /* Takes what the GPU has finished. `commands` null: queries are reset by the CPU. */
  void Collect(VkCommandBuffer commands) {
    if (!is_open_) return;
    if (commands == VK_NULL_HANDLE && !calls_.host_reset) return;
    if (compares_ && hone_detail::now_ns() - compared_ns_ >= kCompareNs) compare();
    const uint64_t head = __atomic_load_n(&head_, __ATOMIC_ACQUIRE);
    while (tail_ < head) {
      const uint32_t first = static_cast<uint32_t>(tail_ % kQueries);
      uint64_t most = head - tail_ < kBatch ? head - tail_ : kBatch;
      if (most > kQueries - first) most = kQueries - first;
      const uint32_t done = take(first, static_cast<uint32_t>(most));
      if (done > 0 && commands != VK_NULL_HANDLE) {
        calls_.reset(commands, queries_, first, done);
      } else if (done > 0) {
        calls_.host_reset(device_, queries_, first, done);
      }
      __atomic_store_n(&tail_, tail_ + done, __ATOMIC_RELEASE);
      if (done < most) break;
    }
  }

  /* Of a zone; -1: it is not recorded. */
  int32_t begin(VkCommandBuffer commands, hone_site* site) {
    if (!is_open_ || !hone_mark_thread(site, 0)) return -1;
    // The query of its end is taken with that of its begin: it is there when it is wanted.
    uint64_t at = __atomic_load_n(&head_, __ATOMIC_RELAXED);
    do {
      if (at + 2 - __atomic_load_n(&tail_, __ATOMIC_ACQUIRE) > kQueries) {
        HONE_TRACY_NOTICE("zones of Vulkan are left out: no queries are free, is Collect called?");
        return -1;
      }
    } while (!__atomic_compare_exchange_n(&head_, &at, at + 2, true, __ATOMIC_RELEASE,
                                          __ATOMIC_RELAXED));
    const uint32_t query = static_cast<uint32_t>(at % kQueries);
    const bool is_told = hone_gpu_begin(id_, static_cast<uint16_t>(query), site) != 0;
    calls_.stamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, queries_, query);
    return static_cast<int32_t>(query) | (is_told ? 0 : kUntold);
  }
  void end(VkCommandBuffer commands, int32_t begun) {
    const uint32_t query = static_cast<uint32_t>(begun & ~kUntold) + 1;
    calls_.stamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, query);
    if ((begun & kUntold) == 0) hone_gpu_end(id_, static_cast<uint16_t>(query));
  }

 private:
  static constexpr uint32_t kQueries = 1u << 16;  // even: a zone's two follow each other
  static constexpr uint32_t kBatch = 128;
  static constexpr uint32_t kBrackets = 8;
  static constexpr int32_t kUntold = 1 << 20;
  static constexpr int64_t kCompareNs = 1000000000;
  struct Result {
    uint64_t ticks, is_there;
  };

  bool open(VkPhysicalDevice physical, float period_ns, VkQueue queue, VkCommandBuffer commands) {
    compares_ = reads_clocks(physical);
    hone_gpu_opened(id_, 0, static_cast<double>(period_ns));
    hone_gpu_named(id_, "Vulkan", 6);
    if (queue == VK_NULL_HANDLE) {
      if (!calls_.host_reset || !compares_) return false;
      calls_.host_reset(device_, queries_, 0, kQueries);
    } else if (!reset_all(queue, commands)) {
      return false;
    }
    return compares_ ? compare() : bracket(queue, commands);
  }
  /* How many of them the GPU has written, from the first on. */
  uint32_t take(uint32_t first, uint32_t count) {
    Result results[kBatch] = {};
    const VkResult done =
        calls_.results(device_, queries_, first, count, sizeof results, results, sizeof(Result),
                       VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
    if (done < 0) return 0;
    uint32_t taken = 0;
    for (; taken < count && results[taken].is_there; ++taken) {
      hone_gpu_time(id_, static_cast<uint16_t>(first + taken),
                    static_cast<int64_t>(results[taken].ticks));
    }
    return taken;
  }
  bool run(VkQueue queue, VkCommandBuffer commands) {
    VkSubmitInfo submit = {};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    return calls_.end(commands) == VK_SUCCESS &&
           calls_.submit(queue, 1, &submit, VK_NULL_HANDLE) == VK_SUCCESS &&
           calls_.wait(queue) == VK_SUCCESS;
  }
  bool record(VkCommandBuffer commands) {
    VkCommandBufferBeginInfo begin = {};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    return calls_.begin(commands, &begin) == VK_SUCCESS;
  }
  bool reset_all(VkQueue queue, VkCommandBuffer commands) {
    if (!record(commands)) return false;
    calls_.reset(commands, queries_, 0, kQueries);
    return run(queue, commands);
  }
  /* A stamp between two readings of the CPU's clock: of some, the two that are nearest. */
  bool bracket(VkQueue queue, VkCommandBuffer commands) {
    int64_t error = INT64_MAX;
    for (uint32_t i = 0; i < kBrackets; ++i) {
      if (!record(commands)) return false;
      calls_.reset(commands, queries_, 0, 1);
      calls_.stamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries_, 0);
      const int64_t before = hone_detail::now_ns();
      if (!run(queue, commands)) return false;
      const int64_t after = hone_detail::now_ns();
      uint64_t stamp = 0;
      if (calls_.results(device_, queries_, 0, 1, sizeof stamp, &stamp, sizeof stamp,
                         VK_QUERY_RESULT_64_BIT) != VK_SUCCESS) {
        return false;
      }
      if ((after - before) / 2 >= error) continue;
      error = (after - before) / 2;
      hone_gpu_compared_at(id_, static_cast<int64_t>(stamp), before + error, error,
                           HONE_GPU_BRACKETED);
    }
    return reset_all(queue, commands);
  }
  bool reads_clocks(VkPhysicalDevice physical) {
    VkTimeDomainEXT known[16];
    uint32_t count = 16;
    if (!calls_.time_domains || !calls_.clocks) return false;
    if (calls_.time_domains(physical, &count, known) < 0) return false;
    for (uint32_t i = 0; i < count && i < 16; ++i) {
      if (known[i] == VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT) return true;
    }
    return false;
  }
  bool compare() {
    VkCalibratedTimestampInfoEXT clocks[2] = {};
    clocks[0].sType = clocks[1].sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT;
    clocks[0].timeDomain = VK_TIME_DOMAIN_DEVICE_EXT;
    clocks[1].timeDomain = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
    uint64_t stamps[2] = {}, deviation = 0;
    if (calls_.clocks(device_, 2, clocks, stamps, &deviation) != VK_SUCCESS) return false;
    compared_ns_ = static_cast<int64_t>(stamps[1]);
    hone_gpu_compared_at(id_, static_cast<int64_t>(stamps[0]), compared_ns_,
                         static_cast<int64_t>(deviation), HONE_GPU_CALIBRATED);
    return true;
  }

  const hone_detail::VkCalls calls_;
  VkDevice device_;
  VkQueryPool queries_ = VK_NULL_HANDLE;
  uint8_t id_ = 0;
  bool compares_ = false, is_open_ = false;
  int64_t compared_ns_ = 0;
  uint64_t head_ = 0, tail_ = 0;  // queries ever taken, and read
};

class VkCtxScope {
 public:
  VkCtxScope(VkCtx* context, hone_site* site, VkCommandBuffer commands, bool active)
      : context_(context),
        commands_(commands),
        begun_(active && context ? context->begin(commands, site) : -1) {}
  VkCtxScope(VkCtx* context, uint32_t line, const char* file, const char* function,
             const char* name, VkCommandBuffer commands, bool active)
      : context_(context), commands_(commands), begun_(-1) {
    if (!active || !context || hone_own_page.state == HONE_OFF) return;
    const SourceLocationData at = {name, function, file, line, 0};
    const hone_description of = hone_detail::described(HONE_SITE_SPAN, at);
    begun_ = context->begin(commands, hone_site_described(&of));
  }
  ~VkCtxScope() {
    if (begun_ >= 0) context_->end(commands_, begun_);
  }
  VkCtxScope(const VkCtxScope&) = delete;
  VkCtxScope& operator=(const VkCtxScope&) = delete;

 private:
  VkCtx* context_;
  VkCommandBuffer commands_;
  int32_t begun_;
};

inline VkCtx* CreateVkContext(const hone_detail::VkCalls& calls, VkPhysicalDevice physical,
                              VkDevice device, VkQueue queue, VkCommandBuffer commands) {
  return new VkCtx(calls, physical, device, queue, commands);
}
inline void DestroyVkContext(VkCtx* context) {
  delete context;
}

}  // namespace tracy

#endif
