/* Hone for programs that use CUDA: spans of what streams do, and kernels, copies and fills as CUPTI
 * tells them, on the clock of everything else.
 *
 *   #include <hone/cuda.h>
 *
 *   hone::cuda::Device gpu;                  // one for each context; that of a device is current
 *   gpu.open();                              // false: gpu.why() says why, and all else goes on
 *   gpu.name(stream, "upload");              // else it is "stream 1", "stream 2", ...
 *   {
 *     HONE_CUDA_SPAN(gpu, stream, "Train::forward");
 *     forward<<<grid, block, 0, stream>>>(...);
 *   }
 *   gpu.collect();                           // now and then: once a step, or a frame
 *   gpu.close();                             // before the context goes
 *
 *   hone::cuda::Activity activity;           // every kernel, copy and fill, marked or not;
 *   activity.open();                         // `hone record` does that without this header
 *
 * C++14, and no header or library of CUDA: libcuda.so.1 and libcupti.so are loaded by name. Without
 * HONE_ENABLE nothing of this is left. With it, and nobody recording, a span is one load and one
 * branch. A span is two events, read when they are there; nothing waits for the device but open(),
 * once, and collect() each second for at most a third of a millisecond, to compare clocks.
 *
 * A span begins when all that its stream was given before is finished, and ends when its own is.
 * Events tell time in steps of about half a microsecond. Spans may be begun and ended on any thread
 * where the context is current. A stream that is captured into a graph has none meanwhile. A
 * cudaStream_t is given as it is; of streams by thread give cudaStreamPerThread, not 0. */
#ifndef HONE_CUDA_H
#define HONE_CUDA_H

#include <stdint.h>

#include "hone/cuda_activity.h"
#include "hone/hone.h"

#ifdef HONE_ENABLE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#endif

namespace hone {
namespace cuda {

using Function = void (*)();

struct Setup {
  void* context = nullptr;  // a CUcontext; null: that which is current
  uint32_t spans = 1024;    // that may be under way at a time: begun, and not collected
  // Where functions of the driver are found; null: in libcuda.so.1.
  Function (*find)(const char* name) = nullptr;
};

}  // namespace cuda
}  // namespace hone

#ifndef HONE_ENABLE

#define HONE_CUDA_SPAN(device, stream, name) ((void)0)
#define HONE_CUDA_VARIABLE(variable)
#define HONE_CUDA_BEGIN(device, stream, variable, name) ((void)0)
#define HONE_CUDA_END(device, variable) ((void)0)

namespace hone {
namespace cuda {
class Device {
 public:
  bool open(const Setup& = Setup()) noexcept { return false; }
  void name(void*, const char*) noexcept {}
  void collect() noexcept {}
  void close() noexcept {}
  const char* why() const noexcept { return "built without HONE_ENABLE"; }
  uint64_t left_out() const noexcept { return 0; }
};
class Activity {
 public:
  bool open(const char* = nullptr) noexcept { return false; }
  void collect() noexcept {}
  void close() noexcept {}
  const char* why() const noexcept { return "built without HONE_ENABLE"; }
  uint64_t left_out() const noexcept { return 0; }
};
}  // namespace cuda
}  // namespace hone

#else

/* A span of a stream up to the end of the block. */
#define HONE_CUDA_SPAN(device, stream, name)                                    \
  HONE_SITE(HONE_HERE(gpu_site), HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", 0); \
  const ::hone::cuda::Scope HONE_HERE(gpu_scope)(device, stream, &HONE_HERE(gpu_site))
/* One that begins here and ends elsewhere, on the same stream. */
#define HONE_CUDA_VARIABLE(variable) uint32_t variable;
#define HONE_CUDA_BEGIN(device, stream, variable, name)                      \
  do {                                                                       \
    HONE_SITE(hone_gpu_begun, HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", 0); \
    (variable) = (device).begin(stream, &hone_gpu_begun);                    \
  } while (0)
#define HONE_CUDA_END(device, variable) (device).end(variable)

namespace hone {
namespace cuda {
namespace detail {

inline int64_t now_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// The driver's functions, as its documentation declares them: a result is an int, 0 when all went
// well; handles are addresses; a device is a number.
struct Calls {
  static constexpr int kNotReady = 600;
  static constexpr int kIntegrated = 18;             // CU_DEVICE_ATTRIBUTE_INTEGRATED
  static constexpr unsigned kStreamNonBlocking = 1;  // CU_STREAM_NON_BLOCKING
  static constexpr int kCaptureRelaxed = 2;          // CU_STREAM_CAPTURE_MODE_RELAXED

  int (*current)(void** context);
  int (*push)(void* context);
  int (*pop)(void** context);
  int (*device)(int* device);
  int (*device_name)(char* name, int bytes, int device);
  int (*attribute)(int* value, int attribute, int device);
  int (*create_event)(void** event, unsigned flags);
  int (*destroy_event)(void* event);
  int (*record)(void* event, void* stream);
  int (*query)(void* event);
  int (*elapsed)(float* ms, void* start, void* end);
  int (*create_stream)(void** stream, unsigned flags);
  int (*destroy_stream)(void* stream);
  // These may be null.
  int (*is_capturing)(void* stream, int* status);
  int (*exchange_mode)(int* mode);

  bool find(Function (*where)(const char* name)) noexcept;

 private:
  template <class Call>
  static bool take(Call& call, Function found) noexcept {
    call = reinterpret_cast<Call>(found);
    return call != nullptr;
  }
};

// A moment that both clocks tell: an event that was recorded between two readings of ours.
struct Base {
  void* event = nullptr;
  uint32_t uses = 0;     // spans that count from it
  double device_ns = 0;  // since the first
  int64_t ns = 0;        // of CLOCK_MONOTONIC
};

// How fast the device's clock runs beside ours, by moments up to some seconds apart.
class Rate {
 public:
  static constexpr uint32_t kMoments = 16;
  static constexpr int64_t kApartNs = 100000000;  // from which on a rate can be told
  static constexpr double kOffMax = 1e-3;         // a clock that runs so much otherwise was stopped

  void begin() noexcept {
    count_ = 0;
    rate_ = 1;
  }
  void add(double device_ns, int64_t ns) noexcept {
    device_[count_ % kMoments] = device_ns;
    ns_[count_ % kMoments] = ns;
    ++count_;
    const uint32_t first = count_ > kMoments ? count_ % kMoments : 0;
    const double passed = device_ns - device_[first];
    if (ns - ns_[first] < kApartNs || passed <= 0) return;
    const double rate = static_cast<double>(ns - ns_[first]) / passed;
    rate_ = rate < 1 + kOffMax && rate > 1 - kOffMax ? rate : 1;
  }
  // Nanoseconds of ours in one of the device's.
  double get() const noexcept { return rate_; }

 private:
  double device_[kMoments] = {};
  int64_t ns_[kMoments] = {};
  uint32_t count_ = 0;
  double rate_ = 1;
};

// A stream, known by its handle: a queue of the recording.
struct Stream {
  enum State : uint32_t { kFree, kThere };
  uint32_t state = kFree;
  uint32_t depth = 0;  // spans that are open
  void* handle = nullptr;
  hone_site* site = nullptr;  // its name
  uint64_t left_out = 0;      // of its spans
  uint32_t id = 0;
  int32_t told = -1;  // the recorder that knows of it
};

// Two events, from their taking to their reading.
struct Slot {
  enum State : uint32_t { kFree, kBegun, kEnded };
  uint32_t state;
  uint32_t depth;
  uint32_t tid;   // that began it
  uint32_t base;  // complete before it began
  uint32_t stream;
  uint64_t ticks;  // when it was begun
  hone_site* site;
  void* handle;  // the stream's
  void *begin, *end;
};

}  // namespace detail

// What the streams of one context did. Functions never fail in a way that is to be handled, and may
// be called before open(), after close(), and when open() failed: then they do nothing.
class Device {
 public:
  Device() = default;
  ~Device() { close(); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // Waits for a stream of its own, about a millisecond.
  bool open(const Setup& setup = Setup()) noexcept;
  // Of a stream, before its first span.
  void name(void* stream, const char* name) noexcept;
  // Takes what is finished into the recording.
  void collect() noexcept;
  // The context is still there, and spans neither begin nor end. What is finished is collected.
  void close() noexcept;
  // Why nothing is recorded, in one line. Empty: it is.
  const char* why() const noexcept { return why_; }
  // Spans that were not recorded: no events were left, the stream was captured, or the driver
  // refused.
  uint64_t left_out() const noexcept;

  // For the macros. 0: it is not recorded.
  uint32_t begin(void* stream, hone_site* site) noexcept {
    hone_thread* const thread = hone_mark_thread(site, kSpanSlots);
    return thread ? begin_on(thread, stream, site) : 0;
  }
  void end(uint32_t begun) noexcept {
    if (begun != 0) end_at(begun - 1);
  }

 private:
  using Slot = detail::Slot;
  using Stream = detail::Stream;
  using Base = detail::Base;
  static constexpr uint32_t kSpanSlots = 4;  // of the ring, a span
  static constexpr uint32_t kSpansMax = 1u << 16;
  static constexpr uint32_t kTries = 64;    // slots looked at for a free one
  static constexpr uint32_t kStreams = 64;  // the last is for all others
  static constexpr uint32_t kBases = 64;
  static constexpr uint32_t kDepthMax = 254, kUnknown = 255;
  static constexpr uint32_t kFirstCompares = 8, kCompares = 3;  // of which the narrowest counts
  static constexpr int64_t kCompareNs = 100000;  // for which one of the latter is waited for
  static constexpr int64_t kSecondNs = 1000000000;
  static constexpr int64_t kStepNs = 500;  // of an event's time, as its documentation says

  bool set_up(const Setup& setup) noexcept;
  bool make_events(uint32_t spans) noexcept;
  bool fail(const char* why) noexcept {
    why_ = why;
    return false;
  }
  // In collect() and close(): the context is current, and no capture is disturbed.
  struct Entered {
    explicit Entered(const Device& device) noexcept;
    ~Entered();
    const Device& device;
    int mode;
    bool is_in;
  };
  bool compare(uint32_t tries, int64_t limit_ns) noexcept;
  bool wait_for(void* event, int64_t limit_ns) noexcept;
  bool accept(uint32_t at, int64_t ns, int64_t half_ns) noexcept;
  uint32_t free_base(uint32_t other_than) const noexcept;
  uint32_t hold_base() noexcept;
  void calibrate() noexcept;
  void announce(Stream& stream) noexcept;
  Stream* known_stream(void* handle) noexcept;
  Stream& stream_of(void* handle, const char* name) noexcept;
  uint32_t begin_on(hone_thread* thread, void* stream, hone_site* site) noexcept;
  bool record_begin(Slot& slot, Stream& stream, void* handle) noexcept;
  void end_at(uint32_t index) noexcept;
  void release(Slot& slot) noexcept;
  void take_finished() noexcept;
  bool is_done(void* event) noexcept;
  bool put(const Slot& slot) noexcept;
  bool times_of(const Slot& slot, double& start, double& end) noexcept;
  bool ns_between(void* start, void* end, double& ns) noexcept;
  void lose(const char* call, int result) noexcept;
  void leave_out(Stream& stream) noexcept {
    __atomic_fetch_add(&stream.left_out, uint64_t{1}, __ATOMIC_RELAXED);
  }

  detail::Calls calls_ = {};
  detail::Rate rate_;
  void* context_ = nullptr;
  void* own_ = nullptr;  // a stream on which clocks are compared
  Slot* slots_ = nullptr;
  uint32_t count_ = 0;
  uint32_t next_ = 0;   // slot to be tried next, modulo count_
  uint32_t ended_ = 0;  // slots of that state
  uint32_t first_ = 0;  // where the oldest of them may be
  uint32_t collecting_ = 0;
  uint32_t naming_ = 0;
  bool lost_ = false, is_compared_ = false;
  Base bases_[kBases];
  uint32_t base_ = 0;                        // the last of them
  int64_t compared_ns_ = 0;                  // when that was tried last
  int64_t half_ns_ = 0, correction_ns_ = 0;  // of the last that worked
  double farthest_ns_ = kSecondNs;           // from a base, of all that was read since it was told
  Stream streams_[kStreams];
  uint32_t device_kind_ = 0;
  const char* why_ = "not opened";
  char device_name_[128] = {};
  char reason_[96] = {};
};

class Scope {
 public:
  Scope(Device& device, void* stream, hone_site* site) noexcept
      : device_(device), begun_(device.begin(stream, site)) {}
  ~Scope() { device_.end(begun_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Device& device_;
  uint32_t begun_;
};

// Kernels, copies and fills of all devices that this process uses, as CUPTI tells them: a queue for
// each stream. A process has one, and no other tool that uses CUPTI beside it.
class Activity {
 public:
  Activity() = default;
  ~Activity() { close(); }
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;

  // `library`: the path of libcupti.so; null: HONE_CUPTI of the environment, or the usual names.
  bool open(const char* library = nullptr) noexcept {
    const hone_cuda_loader loader = {&dlopen, &dlsym};
    why_ = hone_cuda_activity_open(&loader, library);
    is_open_ = why_[0] == '\0';
    if (!is_open_) HONE_EVENT_AT(HONE_LEVEL_WARN, "CUDA activity is off", "why", why_);
    return is_open_;
  }
  // CUPTI gives its records when a buffer of 256 KiB is full; this asks for those that are there.
  void collect() noexcept {
    if (is_open_) hone_cuda_activity_collect(0);
  }
  // After the devices are idle, and before the program ends.
  void close() noexcept {
    if (!is_open_) return;
    is_open_ = false;
    hone_cuda_activity_collect(1);
    hone_cuda_activity_close();
    why_ = "closed";
  }
  const char* why() const noexcept { return why_; }
  uint64_t left_out() const noexcept { return hone_cuda_activity_left_out(); }

 private:
  bool is_open_ = false;
  const char* why_ = "not opened";
};

}  // namespace cuda
}  // namespace hone

#include "hone/cuda_device.h"

#endif /* HONE_ENABLE */
#endif
