// The two tracepoints of a span, for marks/lttng.h: LTTng's headers include this file several times.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER hone_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "marks/lttng_events.h"

#if !defined(HONE_BENCH_LTTNG_EVENTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define HONE_BENCH_LTTNG_EVENTS_H

#include <lttng/tracepoint.h>

// clang-format off
LTTNG_UST_TRACEPOINT_EVENT(hone_bench, span_begin, LTTNG_UST_TP_ARGS(const char*, name),
  LTTNG_UST_TP_FIELDS(lttng_ust_field_integer_hex(uint64_t, name, (uint64_t)(uintptr_t)name)))
LTTNG_UST_TRACEPOINT_EVENT(hone_bench, span_end, LTTNG_UST_TP_ARGS(), LTTNG_UST_TP_FIELDS())
// clang-format on

#endif

#include <lttng/tracepoint-event.h>
