#include "capture/calibrate.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "capture/perf_attributes.h"
#include "capture/perf_events.h"
#include "capture/perf_ring.h"

namespace hone::capture {
namespace {

constexpr int64_t kCalibrationNs = 15'000'000;
constexpr uint64_t kPeriodNs = 100'000;
// The loop's own step is some 30 ns; an interrupt is 1 µs or more, being preempted far more.
constexpr int64_t kGapMinNs = 700;
constexpr int64_t kGapMaxNs = 80'000;
constexpr size_t kGapsMin = 30;
constexpr size_t kRingBytes = 1 << 20;

int64_t measure(bool kernel_side) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.sample_period = kPeriodNs;
  attr.sample_type = kPerfSampleBase | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attr.sample_regs_user = perf_register_mask();
  attr.sample_stack_user = 4096;  // about what a usual stack has in use
  attr.exclude_kernel = !kernel_side;
  attr.exclude_hv = 1;
  attr.disabled = 1;
  base::UniqueFd fd{
      static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC))};
  if (!fd) return 0;
  auto ring = PerfRing::map(fd.get(), kRingBytes);
  if (!ring) return 0;
  std::vector<int64_t> gaps;
  gaps.reserve(1024);
  ::ioctl(fd.get(), PERF_EVENT_IOC_ENABLE, 0);
  const int64_t end = raw(base::monotonic_now()) + kCalibrationNs;
  for (int64_t last = raw(base::monotonic_now()); last < end;) {
    const int64_t now = raw(base::monotonic_now());
    if (now - last >= kGapMinNs && now - last <= kGapMaxNs) gaps.push_back(now - last);
    last = now;
  }
  ::ioctl(fd.get(), PERF_EVENT_IOC_DISABLE, 0);
  if (gaps.size() < kGapsMin) return 0;
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<ptrdiff_t>(gaps.size() / 2),
                   gaps.end());
  return gaps[gaps.size() / 2];
}

}  // namespace

int64_t interrupt_ns_per_sample(bool kernel_side) {
  const std::string folder = base::cache_folder();
  auto boot = base::read_file("/proc/sys/kernel/random/boot_id");
  const std::string path = folder.empty() || !boot || boot->size() < 36
                               ? std::string{}
                               : fmt::format("{}/interrupt-{}{}", folder,
                                             kernel_side ? "" : "user-", boot->substr(0, 36));
  if (!path.empty()) {
    if (auto kept = base::read_file(path)) {
      if (const int64_t ns = std::strtoll(kept->c_str(), nullptr, 10); ns > 0) return ns;
    }
  }
  const int64_t ns = measure(kernel_side);
  if (ns > 0 && !path.empty()) {
    (void)base::write_file_atomically(path, base::as_bytes(fmt::format("{}\n", ns)));
  }
  return ns;
}

}  // namespace hone::capture
