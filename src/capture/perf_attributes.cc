#include "capture/perf_attributes.h"

#include <ctime>

namespace hone::capture {
namespace {

void tell_of_tasks(perf_event_attr& attr) {
  attr.mmap = 1;
  attr.mmap2 = 1;
  attr.comm = 1;
  attr.comm_exec = 1;
  attr.task = 1;
}

}  // namespace

perf_event_attr perf_common_attr() {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.sample_type = kPerfSampleBase;
  attr.sample_id_all = 1;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  attr.disabled = 1;
  attr.exclude_guest = 1;
  return attr;
}

// Of the samplers' and counters' kind: see open_events() in perf_events.cc.
perf_event_attr teller_attr(const PerfOptions& options, const PerfPlan& plan) {
  perf_event_attr attr = perf_common_attr();
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.exclude_kernel = !plan.kernel_side;
  attr.inherit = !plan.whole_machine;
  attr.enable_on_exec = !plan.whole_machine && options.tasks.empty();
  tell_of_tasks(attr);
  return attr;
}

perf_event_attr sampler_attr(const PerfOptions& options, const PerfPlan& plan) {
  perf_event_attr attr = perf_common_attr();
  if (plan.hardware_cycles) {
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = PERF_COUNT_HW_CPU_CYCLES;
    attr.freq = 1;
    attr.sample_freq = static_cast<uint64_t>(options.frequency_hz);
  } else {
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_CPU_CLOCK;
    attr.sample_period = plan.period_ns;
  }
  attr.sample_type |= PERF_SAMPLE_REGS_USER;
  attr.sample_regs_user = perf_register_mask();
  if (plan.stack_bytes > 0) {
    attr.sample_type |= PERF_SAMPLE_STACK_USER;
    attr.sample_stack_user = plan.stack_bytes;
  }
  attr.exclude_kernel = !plan.kernel_side;
  attr.exclude_hv = 1;
  attr.exclude_idle = 1;
  if (plan.kernel_side) {
    attr.sample_type |= PERF_SAMPLE_CALLCHAIN;
    attr.exclude_callchain_user = 1;
  }
  if (!plan.tellers) tell_of_tasks(attr);
  attr.context_switch = options.waits;
  attr.inherit = !plan.whole_machine;
  attr.enable_on_exec =
      !plan.whole_machine && options.tasks.empty() && !(options.start_paused && plan.tellers);
  attr.watermark = 1;
  attr.wakeup_watermark = static_cast<uint32_t>(plan.ring_bytes / 2);
  return attr;
}

perf_event_attr counter_attr(const PerfOptions& options, const PerfPlan& plan) {
  perf_event_attr attr = perf_common_attr();
  attr.type = PERF_TYPE_SOFTWARE;
  // Counts the time that the task runs, as PERF_COUNT_SW_TASK_CLOCK does; see open_events().
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.exclude_kernel = !plan.kernel_side;
  attr.inherit = 1;
  attr.inherit_stat = 1;
  attr.enable_on_exec = !options.start_paused;
  return attr;
}

#if defined(__x86_64__)
// asm/perf_regs.h: AX BX CX DX SI DI BP SP IP FLAGS CS SS DS ES FS GS R8..R15.
uint64_t perf_register_mask() {
  return 0x1ffull | (0xffull << 16);
}
const std::vector<uint8_t>& perf_register_numbers() {
  static const std::vector<uint8_t> numbers = {0, 3, 2,  1,  4,  5,  6,  7, 16,
                                               8, 9, 10, 11, 12, 13, 14, 15};
  return numbers;
}
#elif defined(__aarch64__)
// asm/perf_regs.h: X0..X29 LR SP PC: the DWARF numbers, and ours for pc.
uint64_t perf_register_mask() {
  return (uint64_t{1} << 33) - 1;
}
const std::vector<uint8_t>& perf_register_numbers() {
  static const std::vector<uint8_t> numbers = [] {
    std::vector<uint8_t> all(33);
    for (uint8_t i = 0; i < 33; ++i) all[i] = i;
    return all;
  }();
  return numbers;
}
#endif

}  // namespace hone::capture
