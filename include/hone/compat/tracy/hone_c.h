/* Tracy's interface of C: zones, frames, plots, messages, memory. Not to be included by itself:
 * <tracy/TracyC.h>. */
#ifndef HONE_COMPAT_TRACY_C_ON_H
#define HONE_COMPAT_TRACY_C_ON_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hone_enable.h"

#ifndef TRACY_CALLSTACK
#define TRACY_CALLSTACK 0
#endif
#define HONE_TRACY_C HONE_INLINE
/* The name of memory that was given none. */
#define HONE_TRACY_C_POOL "memory"

struct ___tracy_source_location_data {
  const char* name;
  const char* function;
  const char* file;
  uint32_t line;
  uint32_t color;
};

/* A zone that is open. */
struct ___tracy_c_zone_context {
  hone_scope scope;
  int32_t active; /* somebody records it */
};
typedef struct ___tracy_c_zone_context TracyCZoneCtx;

HONE_TRACY_C TracyCZoneCtx hone_tracy_c_begin(hone_site* site, int32_t active) {
  TracyCZoneCtx out;
  if (active) {
    out.scope = hone_begin(site);
  } else {
    out.scope.thread = 0;
    out.scope.start = 0;
    out.scope.site = site;
  }
  out.active = out.scope.thread != 0;
  return out;
}

HONE_TRACY_C hone_description hone_tracy_c_described(const char* name, size_t name_bytes,
                                                     const char* function, size_t function_bytes,
                                                     const char* file, size_t file_bytes,
                                                     uint32_t line, uint32_t color) {
  hone_description of;
  memset(&of, 0, sizeof of);
  of.name = name ? name : function;
  of.name_bytes = name ? name_bytes : function_bytes;
  of.function = function;
  of.function_bytes = function_bytes;
  of.file = file;
  of.file_bytes = file_bytes;
  of.line = line;
  of.color = color;
  of.kind = HONE_SITE_SPAN;
  of.level = HONE_LEVEL_INFO;
  return of;
}
HONE_TRACY_C size_t hone_tracy_c_bytes(const char* text) {
  return text ? strlen(text) : 0;
}
HONE_TRACY_C hone_site* hone_tracy_c_site(const struct ___tracy_source_location_data* at) {
  const hone_description of = hone_tracy_c_described(
      at->name, hone_tracy_c_bytes(at->name), at->function, hone_tracy_c_bytes(at->function),
      at->file, hone_tracy_c_bytes(at->file), at->line, at->color);
  return hone_site_by_address(at, &of);
}

/* Places that programs make for others (scripts): the same for the same texts, and kept. */
HONE_TRACY_C uint64_t ___tracy_alloc_srcloc_name(uint32_t line, const char* source, size_t sourceSz,
                                                 const char* function, size_t functionSz,
                                                 const char* name, size_t nameSz, uint32_t color) {
  const hone_description of = hone_tracy_c_described(nameSz ? name : 0, nameSz, function,
                                                     functionSz, source, sourceSz, line, color);
  return hone_own_page.state == HONE_OFF ? 0 : (uint64_t)(uintptr_t)hone_site_described(&of);
}
HONE_TRACY_C uint64_t ___tracy_alloc_srcloc(uint32_t line, const char* source, size_t sourceSz,
                                            const char* function, size_t functionSz,
                                            uint32_t color) {
  return ___tracy_alloc_srcloc_name(line, source, sourceSz, function, functionSz, 0, 0, color);
}

HONE_TRACY_C TracyCZoneCtx
___tracy_emit_zone_begin(const struct ___tracy_source_location_data* srcloc, int32_t active) {
  const int32_t is_on = active && hone_own_page.state != HONE_OFF;
  return hone_tracy_c_begin(is_on ? hone_tracy_c_site(srcloc) : 0, is_on);
}
HONE_TRACY_C TracyCZoneCtx ___tracy_emit_zone_begin_callstack(
    const struct ___tracy_source_location_data* srcloc, int32_t depth, int32_t active) {
  (void)depth;
  return ___tracy_emit_zone_begin(srcloc, active);
}
HONE_TRACY_C TracyCZoneCtx ___tracy_emit_zone_begin_alloc(uint64_t srcloc, int32_t active) {
  hone_site* const site = (hone_site*)(uintptr_t)srcloc;
  return hone_tracy_c_begin(site, active && site != 0);
}
HONE_TRACY_C TracyCZoneCtx ___tracy_emit_zone_begin_alloc_callstack(uint64_t srcloc, int32_t depth,
                                                                    int32_t active) {
  (void)depth;
  return ___tracy_emit_zone_begin_alloc(srcloc, active);
}
HONE_TRACY_C void ___tracy_emit_zone_end(TracyCZoneCtx ctx) {
  hone_end(&ctx.scope);
}
HONE_TRACY_C void ___tracy_emit_zone_text(TracyCZoneCtx ctx, const char* txt, size_t size) {
  if (!ctx.scope.thread) return;
  hone_span_text(ctx.scope.thread, ctx.scope.start, ctx.scope.site, txt, size);
}
/* A context is given by value: the new name stands with the open span, by which the span is written
 * when it ends. */
HONE_TRACY_C void ___tracy_emit_zone_name(TracyCZoneCtx ctx, const char* txt, size_t size) {
  if (!ctx.scope.thread) return;
  hone_span_renamed(ctx.scope.thread, ctx.scope.start, ctx.scope.site, txt, size);
}
HONE_TRACY_C void ___tracy_emit_zone_color(TracyCZoneCtx ctx, uint32_t color) {
  if (!ctx.scope.thread) return;
  hone_span_recolored(ctx.scope.thread, ctx.scope.start, ctx.scope.site, color);
}
HONE_TRACY_C void ___tracy_emit_zone_value(TracyCZoneCtx ctx, uint64_t value) {
  if (!ctx.scope.thread) return;
  hone_span_value(ctx.scope.thread, ctx.scope.start, ctx.scope.site, value);
}
__attribute__((unused, format(printf, 2, 3))) static inline void ___tracy_emit_zone_text_fmt(
    TracyCZoneCtx ctx, const char* fmt, ...) {
  char text[HONE_STRING_MAX + 1];
  va_list values;
  int bytes;
  if (!ctx.scope.thread) return;
  va_start(values, fmt);
  bytes = vsnprintf(text, sizeof text, fmt, values);
  va_end(values);
  if (bytes >= 0) ___tracy_emit_zone_text(ctx, text, (size_t)bytes);
}
__attribute__((unused, format(printf, 2, 3))) static inline void ___tracy_emit_zone_name_fmt(
    TracyCZoneCtx ctx, const char* fmt, ...) {
  char text[HONE_STRING_MAX + 1];
  va_list values;
  int bytes;
  if (!ctx.scope.thread) return;
  va_start(values, fmt);
  bytes = vsnprintf(text, sizeof text, fmt, values);
  va_end(values);
  if (bytes >= 0) ___tracy_emit_zone_name(ctx, text, strlen(text));
}

HONE_TRACY_C void ___tracy_emit_frame_mark(const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_frame(hone_site_named(name ? name : "frame", "", HONE_SITE_FRAMES));
}
HONE_TRACY_C void ___tracy_emit_frame_mark_start(const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark_alone(hone_site_named(name, "", HONE_SITE_FRAMES), HONE_MARK_FRAME_BEGIN);
}
HONE_TRACY_C void ___tracy_emit_frame_mark_end(const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark_alone(hone_site_named(name, "", HONE_SITE_FRAMES), HONE_MARK_FRAME_END);
}
HONE_TRACY_C void ___tracy_emit_frame_image(const void* image, uint16_t w, uint16_t h,
                                            uint8_t offset, int32_t flip) {
  static int told = 0;
  (void)image, (void)w, (void)h, (void)offset, (void)flip;
  if (hone_own_page.state != HONE_ON || told) return;
  told = 1;
  HONE_EVENT_AT(HONE_LEVEL_WARN, "FrameImage: Hone records no images of frames");
}

HONE_TRACY_C void ___tracy_emit_plot(const char* name, double val) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_plot_real(hone_site_named(name, "", HONE_SITE_PLOT), val);
}
HONE_TRACY_C void ___tracy_emit_plot_float(const char* name, float val) {
  ___tracy_emit_plot(name, (double)val);
}
HONE_TRACY_C void ___tracy_emit_plot_int(const char* name, int64_t val) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_plot_integer(hone_site_named(name, "", HONE_SITE_PLOT), val);
}
HONE_TRACY_C void ___tracy_emit_plot_config(const char* name, int32_t type, int32_t step,
                                            int32_t fill, uint32_t color) {
  (void)step, (void)fill;
  hone_plot_configured(name,
                       type == TracyPlotFormatMemory       ? "bytes"
                       : type == TracyPlotFormatPercentage ? "percent"
                       : type == TracyPlotFormatWatt       ? "W"
                                                           : "",
                       color);
}
HONE_TRACY_C void ___tracy_emit_message_appinfo(const char* txt, size_t size) {
  char copy[HONE_STRING_MAX + 1];
  hone_value value;
  if (size > HONE_STRING_MAX) size = HONE_STRING_MAX;
  memcpy(copy, txt, size);
  copy[size] = '\0';
  value.type = HONE_ARGUMENT_STRING;
  value.word = (uintptr_t)copy;
  hone_app_info("info", value);
}

HONE_TRACY_C void ___tracy_emit_logString(int8_t severity, int32_t color, int32_t callstack_depth,
                                          size_t size, const char* txt) {
  hone_description of;
  (void)callstack_depth;
  if (hone_own_page.state == HONE_OFF) return;
  memset(&of, 0, sizeof of);
  of.name = "message";
  of.name_bytes = 7;
  of.kind = HONE_SITE_MESSAGE;
  of.level = severity <= TracyMessageSeverityTrace     ? HONE_LEVEL_TRACE
             : severity == TracyMessageSeverityDebug   ? HONE_LEVEL_DEBUG
             : severity == TracyMessageSeverityInfo    ? HONE_LEVEL_INFO
             : severity == TracyMessageSeverityWarning ? HONE_LEVEL_WARN
                                                       : HONE_LEVEL_ERROR;
  hone_say(hone_site_described(&of), txt, size, (uint32_t)color);
}
HONE_TRACY_C void ___tracy_emit_logStringL(int8_t severity, int32_t color, int32_t callstack_depth,
                                           const char* txt) {
  ___tracy_emit_logString(severity, color, callstack_depth, hone_tracy_c_bytes(txt), txt);
}
/* Of Tracy before 0.13. */
HONE_TRACY_C void ___tracy_emit_messageC(const char* txt, size_t size, uint32_t color,
                                         int32_t callstack_depth) {
  ___tracy_emit_logString(TracyMessageSeverityInfo, (int32_t)color, callstack_depth, size, txt);
}
HONE_TRACY_C void ___tracy_emit_message(const char* txt, size_t size, int32_t callstack_depth) {
  ___tracy_emit_messageC(txt, size, 0, callstack_depth);
}
HONE_TRACY_C void ___tracy_emit_messageLC(const char* txt, uint32_t color,
                                          int32_t callstack_depth) {
  ___tracy_emit_messageC(txt, hone_tracy_c_bytes(txt), color, callstack_depth);
}
HONE_TRACY_C void ___tracy_emit_messageL(const char* txt, int32_t callstack_depth) {
  ___tracy_emit_messageLC(txt, 0, callstack_depth);
}

HONE_TRACY_C void ___tracy_emit_memory_alloc_named(const void* ptr, size_t size, const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark_allocated(hone_site_named(name, "", HONE_SITE_POOL), (uintptr_t)ptr, size);
}
HONE_TRACY_C void ___tracy_emit_memory_free_named(const void* ptr, const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark(hone_site_named(name, "", HONE_SITE_POOL), HONE_MARK_FREE, (uintptr_t)ptr);
}
HONE_TRACY_C void ___tracy_emit_memory_discard(const char* name) {
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark_alone(hone_site_named(name, "", HONE_SITE_POOL), HONE_MARK_POOL_RESET);
}
HONE_TRACY_C void ___tracy_emit_memory_alloc(const void* ptr, size_t size) {
  ___tracy_emit_memory_alloc_named(ptr, size, HONE_TRACY_C_POOL);
}
HONE_TRACY_C void ___tracy_emit_memory_free(const void* ptr) {
  ___tracy_emit_memory_free_named(ptr, HONE_TRACY_C_POOL);
}
#define HONE_TRACY_C_DEEP (void)depth
HONE_TRACY_C void ___tracy_emit_memory_alloc_callstack(const void* ptr, size_t size,
                                                       int32_t depth) {
  HONE_TRACY_C_DEEP;
  ___tracy_emit_memory_alloc(ptr, size);
}
HONE_TRACY_C void ___tracy_emit_memory_free_callstack(const void* ptr, int32_t depth) {
  HONE_TRACY_C_DEEP;
  ___tracy_emit_memory_free(ptr);
}
HONE_TRACY_C void ___tracy_emit_memory_alloc_callstack_named(const void* ptr, size_t size,
                                                             int32_t depth, const char* name) {
  HONE_TRACY_C_DEEP;
  ___tracy_emit_memory_alloc_named(ptr, size, name);
}
HONE_TRACY_C void ___tracy_emit_memory_free_callstack_named(const void* ptr, int32_t depth,
                                                            const char* name) {
  HONE_TRACY_C_DEEP;
  ___tracy_emit_memory_free_named(ptr, name);
}
HONE_TRACY_C void ___tracy_emit_memory_discard_callstack(const char* name, int32_t depth) {
  HONE_TRACY_C_DEEP;
  ___tracy_emit_memory_discard(name);
}
#undef HONE_TRACY_C_DEEP

HONE_TRACY_C int32_t ___tracy_connected(void) {
  return __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON;
}
HONE_TRACY_C void ___tracy_startup_profiler(void) {
  hone_lifetime(1);
  HONE_EVENT("StartupProfiler");
}
HONE_TRACY_C void ___tracy_shutdown_profiler(void) {
  HONE_EVENT("ShutdownProfiler");
  hone_lifetime(-1);
}
HONE_TRACY_C int32_t ___tracy_profiler_started(void) {
  return hone_lifetime(0);
}
HONE_TRACY_C int64_t ___tracy_get_time(void) {
  return (int64_t)hone_ticks();
}
/* What samples is said when recording (`hone record`), not by the program. */
HONE_TRACY_C int ___tracy_begin_sampling_profiling(void) {
  HONE_EVENT_AT(HONE_LEVEL_WARN, "BeginSamplingProfiling: hone record samples, by its own flags");
  return 0;
}
HONE_TRACY_C void ___tracy_end_sampling_profiling(void) {}
HONE_TRACY_C void ___tracy_fiber_enter(const char* fiber) {
  hone_fiber_enter(fiber);
}
HONE_TRACY_C void ___tracy_fiber_leave(void) {
  hone_fiber_leave();
}

#define HONE_TRACY_C_ZONE(ctx, name, color_of, active_of)                         \
  static hone_site TracyConcat(hone_tracy_site_of_, ctx) = {0,                    \
                                                            (uint32_t)TracyLine,  \
                                                            0,                    \
                                                            name,                 \
                                                            HONE_CATEGORY,        \
                                                            __func__,             \
                                                            TracyFile,            \
                                                            "",                   \
                                                            HONE_SPAN_KEYS,       \
                                                            (uint32_t)(color_of), \
                                                            HONE_SITE_SPAN,       \
                                                            HONE_LEVEL_INFO,      \
                                                            HONE_SITE_MARK,       \
                                                            0,                    \
                                                            0};                   \
  TracyCZoneCtx ctx = hone_tracy_c_begin(&TracyConcat(hone_tracy_site_of_, ctx), active_of);

#define TracyCZone(ctx, active) HONE_TRACY_C_ZONE(ctx, __func__, 0, active)
#define TracyCZoneN(ctx, name, active) HONE_TRACY_C_ZONE(ctx, name, 0, active)
#define TracyCZoneC(ctx, color, active) HONE_TRACY_C_ZONE(ctx, __func__, color, active)
#define TracyCZoneNC(ctx, name, color, active) HONE_TRACY_C_ZONE(ctx, name, color, active)
#define TracyCZoneS(ctx, depth, active) TracyCZone(ctx, ((void)(depth), active))
#define TracyCZoneNS(ctx, name, depth, active) TracyCZoneN(ctx, name, ((void)(depth), active))
#define TracyCZoneCS(ctx, color, depth, active) TracyCZoneC(ctx, color, ((void)(depth), active))
#define TracyCZoneNCS(ctx, name, color, depth, active) \
  TracyCZoneNC(ctx, name, color, ((void)(depth), active))
#define TracyCZoneEnd(ctx) ___tracy_emit_zone_end(ctx);
#define TracyCZoneText(ctx, txt, size) ___tracy_emit_zone_text(ctx, txt, size);
#define TracyCZoneTextF(ctx, ...) ___tracy_emit_zone_text_fmt(ctx, __VA_ARGS__);
#define TracyCZoneValue(ctx, value) ___tracy_emit_zone_value(ctx, value);
#define TracyCZoneName(ctx, txt, size) ___tracy_emit_zone_name(ctx, txt, size);
#define TracyCZoneNameF(ctx, ...) ___tracy_emit_zone_name_fmt(ctx, __VA_ARGS__);
#define TracyCZoneColor(ctx, color) ___tracy_emit_zone_color(ctx, color);

#define TracyCFrameMark ___tracy_emit_frame_mark(0);
#define TracyCFrameMarkNamed(name) ___tracy_emit_frame_mark(name);
#define TracyCFrameMarkStart(name) ___tracy_emit_frame_mark_start(name);
#define TracyCFrameMarkEnd(name) ___tracy_emit_frame_mark_end(name);
#define TracyCFrameImage(image, width, height, offset, flip) \
  ___tracy_emit_frame_image(image, width, height, offset, flip);

#define TracyCPlot(name, val) ___tracy_emit_plot(name, val);
#define TracyCPlotF(name, val) ___tracy_emit_plot_float(name, val);
#define TracyCPlotI(name, val) ___tracy_emit_plot_int(name, val);
#define TracyCPlotConfig(name, type, step, fill, color) \
  ___tracy_emit_plot_config(name, type, step, fill, color);

#define TracyCMessage(txt, size) ___tracy_emit_message(txt, size, TRACY_CALLSTACK)
#define TracyCMessageL(txt) ___tracy_emit_messageL(txt, TRACY_CALLSTACK)
#define TracyCMessageC(txt, size, color) ___tracy_emit_messageC(txt, size, color, TRACY_CALLSTACK)
#define TracyCMessageLC(txt, color) ___tracy_emit_messageLC(txt, color, TRACY_CALLSTACK)
#define TracyCMessageS(txt, size, depth) ___tracy_emit_message(txt, size, depth)
#define TracyCMessageLS(txt, depth) ___tracy_emit_messageL(txt, depth)
#define TracyCMessageCS(txt, size, color, depth) ___tracy_emit_messageC(txt, size, color, depth)
#define TracyCMessageLCS(txt, color, depth) ___tracy_emit_messageLC(txt, color, depth)
#define TracyCAppInfo(txt, size) ___tracy_emit_message_appinfo(txt, size);

#define TracyCAlloc(ptr, size) ___tracy_emit_memory_alloc(ptr, size)
#define TracyCFree(ptr) ___tracy_emit_memory_free(ptr)
#define TracyCAllocN(ptr, size, name) ___tracy_emit_memory_alloc_named(ptr, size, name)
#define TracyCFreeN(ptr, name) ___tracy_emit_memory_free_named(ptr, name)
#define TracyCMemoryDiscard(name) ___tracy_emit_memory_discard(name);
#define TracyCAllocS(ptr, size, depth) ___tracy_emit_memory_alloc_callstack(ptr, size, depth)
#define TracyCFreeS(ptr, depth) ___tracy_emit_memory_free_callstack(ptr, depth)
#define TracyCAllocNS(ptr, size, depth, name) \
  ___tracy_emit_memory_alloc_callstack_named(ptr, size, depth, name)
#define TracyCFreeNS(ptr, depth, name) ___tracy_emit_memory_free_callstack_named(ptr, depth, name)
#define TracyCMemoryDiscardS(name, depth) ___tracy_emit_memory_discard_callstack(name, depth)
#define TracyCSecureAlloc(ptr, size) TracyCAlloc(ptr, size)
#define TracyCSecureFree(ptr) TracyCFree(ptr)
#define TracyCSecureAllocN(ptr, size, name) TracyCAllocN(ptr, size, name)
#define TracyCSecureFreeN(ptr, name) TracyCFreeN(ptr, name)
#define TracyCSecureMemoryDiscard(name) TracyCMemoryDiscard(name)
#define TracyCSecureAllocS(ptr, size, depth) TracyCAllocS(ptr, size, depth)
#define TracyCSecureFreeS(ptr, depth) TracyCFreeS(ptr, depth)
#define TracyCSecureAllocNS(ptr, size, depth, name) TracyCAllocNS(ptr, size, depth, name)
#define TracyCSecureFreeNS(ptr, depth, name) TracyCFreeNS(ptr, depth, name)
#define TracyCSecureMemoryDiscardS(name, depth) TracyCMemoryDiscardS(name, depth)

#define TracyCIsConnected ___tracy_connected()
#ifdef TRACY_MANUAL_LIFETIME
#define TracyCIsStarted ___tracy_profiler_started()
#else
#define TracyCIsStarted 1
#endif
#define TracyCBeginSamplingProfiling() ___tracy_begin_sampling_profiling()
#define TracyCEndSamplingProfiling() ___tracy_end_sampling_profiling()

#ifdef TRACY_FIBERS
#define TracyCFiberEnter(fiber) ___tracy_fiber_enter(fiber);
#define TracyCFiberLeave ___tracy_fiber_leave();
#endif

#endif
