/* Hone for programs that use Vulkan: spans of what the GPU does, on the clock of everything else.
 *
 *   #include <hone/vulkan.h>
 *
 *   hone::vulkan::Queue gpu;                 // one for each VkQueue
 *   hone::vulkan::Setup setup;
 *   setup.instance = ...; setup.physical_device = ...; setup.device = ...;
 *   setup.queue = ...; setup.family = ...; setup.name = "graphics";
 *   gpu.open(setup);                         // false: gpu.why() says why, and all else goes on
 *   {
 *     HONE_VULKAN_SPAN(gpu, commands, "Render::MainPass");
 *     vkCmdDraw(commands, ...);
 *   }
 *   gpu.collect();                           // once a frame, where the queue may be submitted to
 *   gpu.close();                             // before the device goes
 *
 * C++14. Without HONE_ENABLE nothing of this is left. With it, and nobody recording, a span is one
 * load and one branch, and no query is written. A span is two timestamp queries, read when they are
 * there, frames later; nothing waits for the GPU but open(), once. A span whose queries have no
 * room is left out, and counted.
 *
 * A span begins when all commands before it are finished, and ends when its own are. Command
 * buffers with spans are submitted once after each recording, to the queue that the spans name; a
 * render pass of several views has none inside. Spans may be begun on any thread, those of one
 * command buffer on one at a time. With VK_EXT_calibrated_timestamps (or KHR) enabled on the device
 * its clock is compared with the CPU's each second; else once, by waiting for a submission. */
#ifndef HONE_VULKAN_H
#define HONE_VULKAN_H

#include <stdint.h>
#include <vulkan/vulkan.h>

#include "hone/hone.h"

#ifdef HONE_ENABLE
#include <stdlib.h>
#include <time.h>
#endif

namespace hone {
namespace vulkan {

struct Setup {
  VkInstance instance = VK_NULL_HANDLE;
  VkPhysicalDevice physical_device = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  uint32_t family = 0;            // of the queue
  const char* name = "GPU";       // of the queue; copied
  uint32_t spans = 4096;          // that may be under way at a time: begun, and not collected
  bool host_query_reset = false;  // the device was made with this feature (Vulkan 1.2)
  // Where functions are found; null: this program is linked with the loader.
  PFN_vkGetInstanceProcAddr find = nullptr;
};

}  // namespace vulkan
}  // namespace hone

#ifndef HONE_ENABLE

#define HONE_VULKAN_SPAN(queue, commands, name) ((void)0)
#define HONE_VULKAN_VARIABLE(variable)
#define HONE_VULKAN_BEGIN(queue, commands, variable, name) ((void)0)
#define HONE_VULKAN_END(queue, commands, variable) ((void)0)

namespace hone {
namespace vulkan {
class Queue {
 public:
  bool open(const Setup&) noexcept { return false; }
  void collect() noexcept {}
  void close() noexcept {}
  const char* why() const noexcept { return "built without HONE_ENABLE"; }
  uint64_t left_out() const noexcept { return 0; }
};
}  // namespace vulkan
}  // namespace hone

#else

/* A span of the GPU up to the end of the block. */
#define HONE_VULKAN_SPAN(queue, commands, name)                                 \
  HONE_SITE(HONE_HERE(gpu_site), HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", 0); \
  const ::hone::vulkan::Scope HONE_HERE(gpu_scope)(queue, commands, &HONE_HERE(gpu_site))
/* One that begins here and ends elsewhere, in the same command buffer or a later one of the queue.
 */
#define HONE_VULKAN_VARIABLE(variable) uint32_t variable;
#define HONE_VULKAN_BEGIN(queue, commands, variable, name)                   \
  do {                                                                       \
    HONE_SITE(hone_gpu_begun, HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", 0); \
    (variable) = (queue).begin(commands, &hone_gpu_begun);                   \
  } while (0)
#define HONE_VULKAN_END(queue, commands, variable) (queue).end(commands, variable)

namespace hone {
namespace vulkan {
namespace detail {

inline int64_t now_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// Ticks of a device as ns on CLOCK_MONOTONIC: a line through the last two readings of both clocks.
class Clock {
 public:
  static constexpr int64_t kApartNs = 100000000;  // readings that a slope can be taken from
  static constexpr double kOffMax = 1e-3;         // a clock that runs so much otherwise was stopped

  // `period_ns` of a tick, as the device says it; of each stamp `valid_bits` (1 to 64) count.
  void begin(double period_ns, uint32_t valid_bits) noexcept {
    nominal_ = slope_ = period_ns;
    bits_ = valid_bits < 1 || valid_bits > 64 ? 64 : valid_bits;
    has_reading_ = false;
  }
  // Both clocks at one moment. Returns how far this clock was off there: 0 at the first reading.
  int64_t add(uint64_t ticks, int64_t ns) noexcept {
    const int64_t correction = has_reading_ ? ns - time_of(ticks) : 0;
    if (has_reading_ && ns - ns_ >= kApartNs) {
      const int64_t passed = since(ticks);
      const double slope =
          passed > 0 ? static_cast<double>(ns - ns_) / static_cast<double>(passed) : 0;
      const double off = slope / nominal_ - 1;
      slope_ = off < kOffMax && off > -kOffMax ? slope : nominal_;
    }
    ticks_ = ticks;
    ns_ = ns;
    has_reading_ = true;
    return correction;
  }
  int64_t time_of(uint64_t ticks) const noexcept {
    const double ns = static_cast<double>(since(ticks)) * slope_;
    return ns_ + static_cast<int64_t>(ns < 0 ? ns - 0.5 : ns + 0.5);
  }

 private:
  // Stamps wrap around: the nearer way counts.
  int64_t since(uint64_t ticks) const noexcept {
    return static_cast<int64_t>((ticks - ticks_) << (64 - bits_)) >> (64 - bits_);
  }
  double nominal_ = 1, slope_ = 1;
  uint32_t bits_ = 64;
  uint64_t ticks_ = 0;
  int64_t ns_ = 0;
  bool has_reading_ = false;
};

// How deep spans are nested in the command buffers that are being recorded.
class Nesting {
 public:
  static constexpr uint32_t kBuffers = 64;
  static constexpr uint32_t kDepthMax = 254, kUnknown = 255;  // more buffers than there is room for

  uint32_t enter(VkCommandBuffer commands) noexcept {
    const uint64_t key = key_of(commands);
    Entry* entry = find(key);
    if (!entry) entry = claim(key);
    if (!entry) return kUnknown;
    return entry->depth < kDepthMax ? entry->depth++ : kUnknown;
  }
  void leave(VkCommandBuffer commands, uint32_t depth) noexcept {
    Entry* const entry = depth == kUnknown ? nullptr : find(key_of(commands));
    if (!entry || entry->depth == 0) return;
    if (--entry->depth == 0) __atomic_store_n(&entry->key, uint64_t{0}, __ATOMIC_RELEASE);
  }

 private:
  struct Entry {
    uint64_t key = 0;
    uint32_t depth = 0;
  };
  static uint64_t key_of(VkCommandBuffer commands) noexcept {
    return reinterpret_cast<uintptr_t>(commands);
  }
  Entry* find(uint64_t key) noexcept {
    for (Entry& each : entries_) {
      if (__atomic_load_n(&each.key, __ATOMIC_ACQUIRE) == key) return &each;
    }
    return nullptr;
  }
  Entry* claim(uint64_t key) noexcept {
    for (Entry& each : entries_) {
      uint64_t nobody = 0;
      if (__atomic_compare_exchange_n(&each.key, &nobody, key, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED)) {
        each.depth = 0;
        return &each;
      }
    }
    return nullptr;
  }
  Entry entries_[kBuffers];
};

struct Calls {
  PFN_vkGetPhysicalDeviceProperties properties;
  PFN_vkGetPhysicalDeviceQueueFamilyProperties families;
  PFN_vkCreateQueryPool create_queries;
  PFN_vkDestroyQueryPool destroy_queries;
  PFN_vkGetQueryPoolResults results;
  PFN_vkCmdResetQueryPool reset;
  PFN_vkCmdWriteTimestamp stamp;
  PFN_vkCreateCommandPool create_commands;
  PFN_vkDestroyCommandPool destroy_commands;
  PFN_vkAllocateCommandBuffers allocate_commands;
  PFN_vkBeginCommandBuffer begin;
  PFN_vkEndCommandBuffer end;
  PFN_vkCreateFence create_fence;
  PFN_vkDestroyFence destroy_fence;
  PFN_vkGetFenceStatus fence_status;
  PFN_vkResetFences reset_fences;
  PFN_vkWaitForFences wait_fences;
  PFN_vkQueueSubmit submit;
  // These may be null.
  PFN_vkResetQueryPool host_reset;
  PFN_vkGetCalibratedTimestampsEXT calibrated;

  bool find(const Setup& setup) noexcept {
    PFN_vkGetInstanceProcAddr in_instance = setup.find;
#ifndef VK_NO_PROTOTYPES
    if (!in_instance) in_instance = &vkGetInstanceProcAddr;
#endif
    if (!in_instance) return false;
    const auto device_call = reinterpret_cast<PFN_vkGetDeviceProcAddr>(
        in_instance(setup.instance, "vkGetDeviceProcAddr"));
    if (!device_call) return false;
    const VkInstance instance = setup.instance;
    const VkDevice device = setup.device;
    const bool all =
        take(properties, in_instance(instance, "vkGetPhysicalDeviceProperties")) &&
        take(families, in_instance(instance, "vkGetPhysicalDeviceQueueFamilyProperties")) &&
        take(create_queries, device_call(device, "vkCreateQueryPool")) &&
        take(destroy_queries, device_call(device, "vkDestroyQueryPool")) &&
        take(results, device_call(device, "vkGetQueryPoolResults")) &&
        take(reset, device_call(device, "vkCmdResetQueryPool")) &&
        take(stamp, device_call(device, "vkCmdWriteTimestamp")) &&
        take(create_commands, device_call(device, "vkCreateCommandPool")) &&
        take(destroy_commands, device_call(device, "vkDestroyCommandPool")) &&
        take(allocate_commands, device_call(device, "vkAllocateCommandBuffers")) &&
        take(begin, device_call(device, "vkBeginCommandBuffer")) &&
        take(end, device_call(device, "vkEndCommandBuffer")) &&
        take(create_fence, device_call(device, "vkCreateFence")) &&
        take(destroy_fence, device_call(device, "vkDestroyFence")) &&
        take(fence_status, device_call(device, "vkGetFenceStatus")) &&
        take(reset_fences, device_call(device, "vkResetFences")) &&
        take(wait_fences, device_call(device, "vkWaitForFences")) &&
        take(submit, device_call(device, "vkQueueSubmit"));
    if (!take(host_reset, device_call(device, "vkResetQueryPool"))) {
      take(host_reset, device_call(device, "vkResetQueryPoolEXT"));
    }
    if (!take(calibrated, device_call(device, "vkGetCalibratedTimestampsKHR"))) {
      take(calibrated, device_call(device, "vkGetCalibratedTimestampsEXT"));
    }
    if (!compares_clocks(in_instance, setup)) calibrated = nullptr;
    return all;
  }

 private:
  template <class Call>
  static bool take(Call& call, PFN_vkVoidFunction found) noexcept {
    call = reinterpret_cast<Call>(found);
    return call != nullptr;
  }
  // True when the device's clock can be read together with CLOCK_MONOTONIC.
  static bool compares_clocks(PFN_vkGetInstanceProcAddr find, const Setup& setup) noexcept {
    using Domains = PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT;
    auto domains = reinterpret_cast<Domains>(
        find(setup.instance, "vkGetPhysicalDeviceCalibrateableTimeDomainsKHR"));
    if (!domains) {
      domains = reinterpret_cast<Domains>(
          find(setup.instance, "vkGetPhysicalDeviceCalibrateableTimeDomainsEXT"));
    }
    VkTimeDomainEXT known[16];
    uint32_t count = 16;
    if (!domains || domains(setup.physical_device, &count, known) < 0) return false;
    bool device = false, monotonic = false;
    for (uint32_t i = 0; i < count && i < 16; ++i) {
      device = device || known[i] == VK_TIME_DOMAIN_DEVICE_EXT;
      monotonic = monotonic || known[i] == VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
    }
    return device && monotonic;
  }
};

// Two queries, from their taking to their reset.
struct Slot {
  enum State : uint32_t { kFree, kBegun, kEnded, kRead, kResetting };
  uint32_t state;
  uint32_t depth;
  uint32_t tid;    // that recorded the commands
  uint64_t ticks;  // when it did
  hone_site* site;
};

}  // namespace detail

// What one VkQueue did. Functions never fail in a way that is to be handled, and may be called
// before open(), after close(), and when open() failed: then they do nothing.
class Queue {
 public:
  Queue() = default;
  ~Queue() { close(); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Waits for the queue, some milliseconds. Nobody else uses it meanwhile.
  bool open(const Setup& setup) noexcept;
  // Takes what the GPU has finished into the recording; never waits. Where host_query_reset is
  // false, it submits commands to the queue now and then: it is called where that may be done.
  void collect() noexcept { collect_and(true); }
  // The device is idle, and still there. What is finished is collected.
  void close() noexcept;
  // Why nothing is recorded, in one line; or why not as well as can be. Empty: it is.
  const char* why() const noexcept { return why_; }
  // Spans that were not recorded, since there were no queries left for them.
  uint64_t left_out() const noexcept { return __atomic_load_n(&left_out_, __ATOMIC_RELAXED); }

  // For the macros. 0: it is not recorded.
  uint32_t begin(VkCommandBuffer commands, hone_site* site) noexcept {
    hone_thread* const thread = hone_mark_thread(site, kSpanSlots);
    return thread ? begin_on(thread, commands, site) : 0;
  }
  void end(VkCommandBuffer commands, uint32_t begun) noexcept {
    if (begun != 0) end_at(commands, begun - 1);
  }

 private:
  using Slot = detail::Slot;
  static constexpr uint32_t kSpanSlots = 4;  // of the ring, a span
  static constexpr uint32_t kSpansMax = 1u << 20;
  static constexpr uint32_t kTries = 64;    // slots looked at for a free one
  static constexpr uint32_t kBatch = 64;    // spans whose results are asked for at once
  static constexpr uint32_t kBrackets = 8;  // submissions, of which the quickest counts
  static constexpr uint32_t kNameBytes = 64;
  static constexpr int64_t kSecondNs = 1000000000;

  bool set_up(const Setup& setup) noexcept;
  bool make_commands(const Setup& setup) noexcept;
  bool submit_reset_of_all() noexcept;
  bool fail(const char* why) noexcept {
    why_ = why;
    return false;
  }
  VkResult begin_commands() noexcept;
  VkResult submit_commands() noexcept;
  bool wait() noexcept;
  bool bracket() noexcept;
  bool read_clocks() noexcept;
  void calibrate() noexcept;
  void announce() noexcept;
  uint32_t begin_on(hone_thread* thread, VkCommandBuffer commands, hone_site* site) noexcept;
  void end_at(VkCommandBuffer commands, uint32_t index) noexcept;
  uint32_t state_of(uint32_t index) const noexcept {
    return __atomic_load_n(&slots_[index].state, __ATOMIC_ACQUIRE);
  }
  void set_state(uint32_t index, uint32_t state) noexcept {
    __atomic_store_n(&slots_[index].state, state, __ATOMIC_RELEASE);
  }
  uint32_t run_of(uint32_t first, uint32_t state, uint32_t most) const noexcept;
  void collect_and(bool may_submit) noexcept;
  void take_results() noexcept;
  void take_results_of(uint32_t first, uint32_t count) noexcept;
  void put(const Slot& slot, uint64_t start, uint64_t end) noexcept;
  void reset_read() noexcept;

  detail::Calls calls_ = {};
  detail::Clock clock_;
  detail::Nesting nesting_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VkQueryPool queries_ = VK_NULL_HANDLE;  // two a slot, and one for comparing clocks
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkFence fence_ = VK_NULL_HANDLE;
  Slot* slots_ = nullptr;
  uint32_t count_ = 0;
  uint32_t next_ = 0;   // slot to be tried next, modulo count_
  uint32_t ended_ = 0;  // slots of that state
  uint32_t read_ = 0;   // slots of that state
  uint32_t first_ = 0;  // where the oldest of them may be
  uint32_t collecting_ = 0;
  bool host_reset_ = false, resetting_ = false, lost_ = false;
  uint64_t left_out_ = 0;
  // Of the last comparison of clocks.
  int64_t compared_ns_ = 0, error_ns_ = 0, correction_ns_ = 0;
  uint32_t id_ = 0, device_type_ = 0;
  int32_t told_ = 0;  // the recorder that knows of this queue
  hone_site* site_ = nullptr;
  const char* why_ = "not opened";
  char device_name_[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE] = {};
};

class Scope {
 public:
  Scope(Queue& queue, VkCommandBuffer commands, hone_site* site) noexcept
      : queue_(queue), commands_(commands), begun_(queue.begin(commands, site)) {}
  ~Scope() { queue_.end(commands_, begun_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Queue& queue_;
  VkCommandBuffer commands_;
  uint32_t begun_;
};

}  // namespace vulkan
}  // namespace hone

#include "hone/vulkan_queue.h"

#endif /* HONE_ENABLE */
#endif
