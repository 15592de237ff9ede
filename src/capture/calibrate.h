// What one sample costs on this machine: the interrupt and the copy, outside of the recorder's own
// CPU time. Nothing else tells: the kernel charges it to the program that is interrupted.
#pragma once

#include <cstdint>

namespace hone::capture {

// Nanoseconds a sample; 0 when it cannot be measured. Measured once a boot (15 ms of CPU time) by
// the gaps that a sampler tears into a loop that reads the clock, and kept in the cache folder.
int64_t interrupt_ns_per_sample(bool kernel_side);

}  // namespace hone::capture
