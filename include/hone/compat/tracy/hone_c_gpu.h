/* Tracy's spans of GPUs whose times a program reads itself. Not to be included by itself:
 * <tracy/TracyC.h>. */
#ifndef HONE_COMPAT_TRACY_C_GPU_H
#define HONE_COMPAT_TRACY_C_GPU_H

#include "hone_c.h"

struct ___tracy_gpu_time_data {
  int64_t gpuTime;
  uint16_t queryId;
  uint8_t context;
};
struct ___tracy_gpu_zone_begin_data {
  uint64_t srcloc;
  uint16_t queryId;
  uint8_t context;
};
struct ___tracy_gpu_zone_begin_callstack_data {
  uint64_t srcloc;
  int32_t depth;
  uint16_t queryId;
  uint8_t context;
};
struct ___tracy_gpu_zone_end_data {
  uint16_t queryId;
  uint8_t context;
};
struct ___tracy_gpu_new_context_data {
  int64_t gpuTime;
  float period;
  uint8_t context;
  uint8_t flags;
  uint8_t type;
};
struct ___tracy_gpu_context_name_data {
  uint8_t context;
  const char* name;
  uint16_t len;
};
struct ___tracy_gpu_calibration_data {
  int64_t gpuTime;
  int64_t cpuDelta;
  uint8_t context;
};
struct ___tracy_gpu_time_sync_data {
  int64_t gpuTime;
  uint8_t context;
};

/* Of a place that the program has in its data, or made by ___tracy_alloc_srcloc(). */
HONE_TRACY_C void hone_tracy_c_gpu_begin(uint8_t context, uint16_t query, uint64_t srcloc) {
  if (srcloc == 0 || hone_own_page.state == HONE_OFF) return;
  hone_gpu_begin(context, query,
                 hone_tracy_c_site((const struct ___tracy_source_location_data*)(uintptr_t)srcloc));
}
HONE_TRACY_C void hone_tracy_c_gpu_begin_alloc(uint8_t context, uint16_t query, uint64_t srcloc) {
  if (srcloc != 0) hone_gpu_begin(context, query, (hone_site*)(uintptr_t)srcloc);
}

HONE_TRACY_C void ___tracy_emit_gpu_zone_begin(const struct ___tracy_gpu_zone_begin_data data) {
  hone_tracy_c_gpu_begin(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_serial(
    const struct ___tracy_gpu_zone_begin_data data) {
  hone_tracy_c_gpu_begin(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_alloc(
    const struct ___tracy_gpu_zone_begin_data data) {
  hone_tracy_c_gpu_begin_alloc(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_alloc_serial(
    const struct ___tracy_gpu_zone_begin_data data) {
  hone_tracy_c_gpu_begin_alloc(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_callstack(
    const struct ___tracy_gpu_zone_begin_callstack_data data) {
  hone_tracy_c_gpu_begin(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_callstack_serial(
    const struct ___tracy_gpu_zone_begin_callstack_data data) {
  hone_tracy_c_gpu_begin(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_alloc_callstack(
    const struct ___tracy_gpu_zone_begin_callstack_data data) {
  hone_tracy_c_gpu_begin_alloc(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_begin_alloc_callstack_serial(
    const struct ___tracy_gpu_zone_begin_callstack_data data) {
  hone_tracy_c_gpu_begin_alloc(data.context, data.queryId, data.srcloc);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_end(const struct ___tracy_gpu_zone_end_data data) {
  hone_gpu_end(data.context, data.queryId);
}
HONE_TRACY_C void ___tracy_emit_gpu_zone_end_serial(const struct ___tracy_gpu_zone_end_data data) {
  hone_gpu_end(data.context, data.queryId);
}
HONE_TRACY_C void ___tracy_emit_gpu_time(const struct ___tracy_gpu_time_data data) {
  hone_gpu_time(data.context, data.queryId, data.gpuTime);
}
HONE_TRACY_C void ___tracy_emit_gpu_time_serial(const struct ___tracy_gpu_time_data data) {
  hone_gpu_time(data.context, data.queryId, data.gpuTime);
}
HONE_TRACY_C void ___tracy_emit_gpu_new_context(const struct ___tracy_gpu_new_context_data data) {
  hone_gpu_opened(data.context, data.gpuTime, (double)data.period);
}
HONE_TRACY_C void ___tracy_emit_gpu_new_context_serial(
    const struct ___tracy_gpu_new_context_data data) {
  hone_gpu_opened(data.context, data.gpuTime, (double)data.period);
}
HONE_TRACY_C void ___tracy_emit_gpu_context_name(const struct ___tracy_gpu_context_name_data data) {
  hone_gpu_named(data.context, data.name, data.len);
}
HONE_TRACY_C void ___tracy_emit_gpu_context_name_serial(
    const struct ___tracy_gpu_context_name_data data) {
  hone_gpu_named(data.context, data.name, data.len);
}
HONE_TRACY_C void ___tracy_emit_gpu_calibration(const struct ___tracy_gpu_calibration_data data) {
  hone_gpu_compared(data.context, data.gpuTime);
}
HONE_TRACY_C void ___tracy_emit_gpu_calibration_serial(
    const struct ___tracy_gpu_calibration_data data) {
  hone_gpu_compared(data.context, data.gpuTime);
}
HONE_TRACY_C void ___tracy_emit_gpu_time_sync(const struct ___tracy_gpu_time_sync_data data) {
  hone_gpu_compared(data.context, data.gpuTime);
}
HONE_TRACY_C void ___tracy_emit_gpu_time_sync_serial(
    const struct ___tracy_gpu_time_sync_data data) {
  hone_gpu_compared(data.context, data.gpuTime);
}

#endif
