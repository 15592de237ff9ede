/* Tracy's frames, plots, messages, memory, fibers and what else is no zone. Not to be included by
 * itself: <tracy/Tracy.hpp>. */
#ifndef HONE_COMPAT_TRACY_MARKS_HPP
#define HONE_COMPAT_TRACY_MARKS_HPP

#include "hone_zones.hpp"

namespace tracy {

enum class PlotFormatType : uint8_t { Number, Memory, Percentage, Watt };
enum class MessageSeverity : uint8_t { Trace, Debug, Info, Warning, Error, Fatal, COUNT };
enum class MessageSourceType : uint8_t { User, Tracy, COUNT };
typedef char* (*SourceContentsCallback)(void* data, const char* file, size_t& bytes);
typedef void (*ParameterCallback)(void* data, uint32_t index, int32_t value);

namespace hone_detail {

/* The name of memory that was given none. */
#define HONE_TRACY_POOL "memory"

inline const char* unit_of(PlotFormatType type) {
  switch (type) {
    case PlotFormatType::Memory:
      return "bytes";
    case PlotFormatType::Percentage:
      return "percent";
    case PlotFormatType::Watt:
      return "W";
    default:
      return "";
  }
}

inline uint8_t level_of(MessageSeverity severity) {
  switch (severity) {
    case MessageSeverity::Trace:
      return HONE_LEVEL_TRACE;
    case MessageSeverity::Debug:
      return HONE_LEVEL_DEBUG;
    case MessageSeverity::Info:
      return HONE_LEVEL_INFO;
    case MessageSeverity::Warning:
      return HONE_LEVEL_WARN;
    default:
      return HONE_LEVEL_ERROR;
  }
}

/* What a program asks for and is not there is said in the recording, once. */
#define HONE_TRACY_NOTICE(text)                    \
  do {                                             \
    static bool told = false;                      \
    if (hone_own_page.state == HONE_ON && !told) { \
      told = true;                                 \
      HONE_EVENT_AT(HONE_LEVEL_WARN, text);        \
    }                                              \
  } while (0)

HONE_INLINE_MEMBER void frame(hone_site* site) {
  hone_frame(site);
}
HONE_INLINE_MEMBER void frame_part(hone_site* site, uint32_t kind) {
  hone_mark_alone(site, kind);
}
template <class T>
HONE_INLINE_MEMBER void plot(hone_site* site, T value) {
  ::hone::plot(site, value);
}
HONE_INLINE_MEMBER void allocated(hone_site* site, const void* at, size_t bytes) {
  hone_mark_allocated(site, reinterpret_cast<uintptr_t>(at), bytes);
}
HONE_INLINE_MEMBER void freed(hone_site* site, const void* at) {
  hone_mark(site, HONE_MARK_FREE, reinterpret_cast<uintptr_t>(at));
}
HONE_INLINE_MEMBER void discarded(hone_site* site) {
  hone_mark_alone(site, HONE_MARK_POOL_RESET);
}
/* `known`: the place's name is the text. */
inline void say(hone_site* site, bool known, const char* text, size_t bytes, uint32_t color) {
  hone_say(site, known ? nullptr : text, bytes, color);
}
inline size_t bytes_of(const char* text) {
  return text ? strlen(text) : 0;
}

/* Begun and ended by its number alone: the number says at which place. */
inline uint32_t section_begins(uint16_t category, const char* text) {
  if (hone_own_page.state == HONE_OFF) return 0;
  hone_description of = {};
  of.name = text;
  of.name_bytes = strlen(text);
  of.line = category;
  of.kind = HONE_SITE_SPAN;
  of.level = HONE_LEVEL_INFO;
  hone_site* const site = hone_site_described(&of);
  static uint32_t last = 0;
  const uint32_t number = (__atomic_add_fetch(&last, 1u, __ATOMIC_RELAXED) & 0xfff);
  hone_mark(site, HONE_MARK_ASYNC_BEGIN, number);
  return site->id << 12 | number;
}

}  // namespace hone_detail

/* Tracy's class, as far as programs call it by themselves. */
class Profiler {
 public:
  static int64_t GetTime() { return static_cast<int64_t>(hone_ticks()); }
  bool IsConnected() const {
    return __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON;
  }
  void SetProgramName(const char* name) { hone_app_info("program", ::hone::value(name, 0)); }
  static void SendFrameMark(const char* name) {
    hone_frame(hone_site_named(name ? name : "frame", "", HONE_SITE_FRAMES));
  }
  static void PlotData(const char* name, int64_t value) {
    hone_plot_integer(hone_site_named(name, "", HONE_SITE_PLOT), value);
  }
  static void PlotData(const char* name, float value) { PlotData(name, double{value}); }
  static void PlotData(const char* name, double value) {
    hone_plot_real(hone_site_named(name, "", HONE_SITE_PLOT), value);
  }
  static void ConfigurePlot(const char* name, PlotFormatType type, bool, bool, uint32_t color) {
    hone_plot_configured(name, hone_detail::unit_of(type), color);
  }
  static void MessageAppInfo(const char* text, size_t bytes) {
    char copy[HONE_STRING_MAX + 1];
    if (bytes > HONE_STRING_MAX) bytes = HONE_STRING_MAX;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    hone_app_info("info", ::hone::value(copy, 0));
  }
  static void LogString(MessageSourceType, MessageSeverity severity, uint32_t color, int32_t,
                        size_t bytes, const char* text) {
    if (hone_own_page.state == HONE_OFF) return;
    hone_description of = {};
    of.name = "message";
    of.name_bytes = 7;
    of.kind = HONE_SITE_MESSAGE;
    of.level = hone_detail::level_of(severity);
    hone_say(hone_site_described(&of), text, bytes, color);
  }
  static void LogString(MessageSourceType source, MessageSeverity severity, uint32_t color,
                        int32_t depth, const char* text) {
    LogString(source, severity, color, depth, hone_detail::bytes_of(text), text);
  }
  static void SendFrameImage(const void*, uint16_t, uint16_t, uint8_t, bool) {
    HONE_TRACY_NOTICE("FrameImage: Hone records no images of frames");
  }
  static void SourceCallbackRegister(SourceContentsCallback, void*) {
    HONE_TRACY_NOTICE("TracySourceCallbackRegister: Hone reads sources from files");
  }
  static void ParameterRegister(ParameterCallback, void*) {
    HONE_TRACY_NOTICE("TracyParameterRegister: Hone changes no parameters of programs");
  }
  static void ParameterSetup(uint32_t, const char* name, uint8_t type, int32_t value) {
    char key[HONE_STRING_MAX + 1];
    snprintf(key, sizeof key, "parameter.%s", name);
    if (type == TracyParamTypeBool) {
      hone_app_info(key, ::hone::value(value != 0, 0));
    } else {
      hone_app_info(key, ::hone::value(value, 0));
    }
  }
  __attribute__((format(printf, 2, 3))) static uint32_t SectionEnter(uint16_t category,
                                                                     const char* format, ...) {
    if (hone_own_page.state == HONE_OFF) return 0;
    va_list values;
    va_start(values, format);
    char text[HONE_STRING_MAX + 1];
    const int bytes = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return bytes < 0 ? 0 : hone_detail::section_begins(category, text);
  }
  static void SectionLeave(uint32_t id) {
    if (id != 0) hone_async_ended(id >> 12, id & 0xfff);
  }
  __attribute__((format(printf, 2, 3))) static void SectionSetup(uint16_t category,
                                                                 const char* format, ...) {
    va_list values;
    va_start(values, format);
    char key[64], text[HONE_STRING_MAX + 1];
    const int bytes = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    snprintf(key, sizeof key, "section.%u", unsigned{category});
    if (bytes >= 0) hone_app_info(key, ::hone::value(static_cast<const char*>(text), 0));
  }
};

inline Profiler& GetProfiler() {
  static Profiler profiler;
  return profiler;
}

/* libhone is there from the program's start to its end. */
inline bool ProfilerAvailable() {
  return true;
}
inline bool ProfilerAllocatorAvailable() {
  return true;
}
inline bool IsProfilerStarted() {
  return hone_lifetime(0) != 0;
}
inline void StartupProfiler() {
  hone_lifetime(1);
  HONE_EVENT("StartupProfiler");
}
inline void ShutdownProfiler() {
  HONE_EVENT("ShutdownProfiler");
  hone_lifetime(-1);
}
/* What samples is said when recording (`hone record`), not by the program. */
inline bool BeginSamplingProfiling() {
  HONE_TRACY_NOTICE("BeginSamplingProfiling: hone record samples, and is told so by its flags");
  return false;
}
inline void EndSamplingProfiling() {}

}  // namespace tracy

#define TracyNoop ::tracy::ProfilerAvailable()
#define TracyIsConnected ::tracy::GetProfiler().IsConnected()
#ifdef TRACY_MANUAL_LIFETIME
#define TracyIsStarted ::tracy::IsProfilerStarted()
#else
#define TracyIsStarted true
#endif
#define TracySetProgramName(name) ::tracy::GetProfiler().SetProgramName(name)

/* A place, and a call that is told of it; an expression, as Tracy's are. */
#define HONE_TRACY_MARK(call, kind, level, name, ...)                                        \
  __extension__({                                                                            \
    static const bool hone_tracy_known = __builtin_constant_p(name);                         \
    HONE_PLACE(hone_tracy_place, kind, level, 0, name, 0);                                   \
    ::tracy::hone_detail::call(                                                              \
        hone_tracy_known ? &hone_tracy_place : hone_place_of(&hone_tracy_place, name, kind), \
        ##__VA_ARGS__);                                                                      \
  })
#define HONE_TRACY_FRAME(call, name, ...) \
  HONE_TRACY_MARK(call, HONE_SITE_FRAMES, HONE_LEVEL_ERROR, name, ##__VA_ARGS__)

#define FrameMark FrameMarkNamed("frame")
#define FrameMarkNamed(name) HONE_TRACY_FRAME(frame, name)
#define FrameMarkStart(name) HONE_TRACY_FRAME(frame_part, name, HONE_MARK_FRAME_BEGIN)
#define FrameMarkEnd(name) HONE_TRACY_FRAME(frame_part, name, HONE_MARK_FRAME_END)
#define FrameImage(image, width, height, offset, flip) \
  ::tracy::Profiler::SendFrameImage(image, width, height, offset, flip)

#define TracyPlot(name, val) HONE_TRACY_MARK(plot, HONE_SITE_PLOT, HONE_LEVEL_INFO, name, val)
#define TracyPlotConfig(name, type, step, fill, color) \
  ::tracy::Profiler::ConfigurePlot(name, type, step, fill, color)

/* Literals are what a message says; other texts are its argument. */
#define HONE_TRACY_SAY(txt, bytes, rgb)                                                        \
  __extension__({                                                                              \
    static const bool hone_tracy_known = __builtin_constant_p(txt);                            \
    static hone_site hone_tracy_said = {                                                       \
        0,                                                                                     \
        __LINE__,                                                                              \
        0,                                                                                     \
        __builtin_constant_p(txt) ? (txt) : "message",                                         \
        HONE_CATEGORY,                                                                         \
        TracyFunction,                                                                         \
        TracyFile,                                                                             \
        "",                                                                                    \
        HONE_MESSAGE_KEYS,                                                                     \
        __builtin_constant_p(rgb) ? static_cast<uint32_t>(rgb) : 0u,                           \
        HONE_SITE_MESSAGE,                                                                     \
        HONE_LEVEL_INFO,                                                                       \
        HONE_SITE_MARK,                                                                        \
        0,                                                                                     \
        0};                                                                                    \
    if (HONE_UNLIKELY(hone_own_page.state != HONE_OFF)) {                                      \
      ::tracy::hone_detail::say(&hone_tracy_said, hone_tracy_known, txt, bytes,                \
                                hone_tracy_said.color != 0 ? 0u : static_cast<uint32_t>(rgb)); \
    }                                                                                          \
  })
#define HONE_TRACY_TEXT(txt, size, color)                                              \
  __extension__({                                                                      \
    HONE_TRACY_SITE(hone_tracy_said, HONE_SITE_MESSAGE, HONE_LEVEL_INFO, 0, "message", \
                    HONE_MESSAGE_KEYS);                                                \
    if (HONE_UNLIKELY(hone_own_page.state != HONE_OFF)) {                              \
      hone_say(&hone_tracy_said, txt, size, static_cast<uint32_t>(color));             \
    }                                                                                  \
  })
#define TracyMessage(txt, size) HONE_TRACY_TEXT(txt, size, 0)
#define TracyMessageL(txt) HONE_TRACY_SAY(txt, ::tracy::hone_detail::bytes_of(txt), 0)
#define TracyMessageC(txt, size, color) HONE_TRACY_TEXT(txt, size, color)
#define TracyMessageLC(txt, color) HONE_TRACY_SAY(txt, ::tracy::hone_detail::bytes_of(txt), color)
#define TracyMessageS(txt, size, depth) ((void)(depth), TracyMessage(txt, size))
#define TracyMessageLS(txt, depth) ((void)(depth), TracyMessageL(txt))
#define TracyMessageCS(txt, size, color, depth) ((void)(depth), TracyMessageC(txt, size, color))
#define TracyMessageLCS(txt, color, depth) ((void)(depth), TracyMessageLC(txt, color))
#define TracyLogString(severity, color, depth, ...)                                      \
  ::tracy::Profiler::LogString(::tracy::MessageSourceType::User, severity, color, depth, \
                               __VA_ARGS__)
#define TracyAppInfo(txt, size) ::tracy::Profiler::MessageAppInfo(txt, size)

#define HONE_TRACY_MEMORY(call, name, ...) \
  HONE_TRACY_MARK(call, HONE_SITE_POOL, HONE_LEVEL_DEBUG, name, ##__VA_ARGS__)
#define TracyAlloc(ptr, size) TracyAllocN(ptr, size, HONE_TRACY_POOL)
#define TracyFree(ptr) TracyFreeN(ptr, HONE_TRACY_POOL)
#define TracyAllocN(ptr, size, name) HONE_TRACY_MEMORY(allocated, name, ptr, size)
#define TracyFreeN(ptr, name) HONE_TRACY_MEMORY(freed, name, ptr)
#define TracyMemoryDiscard(name) HONE_TRACY_MEMORY(discarded, name)
#define TracyAllocS(ptr, size, depth) ((void)(depth), TracyAlloc(ptr, size))
#define TracyFreeS(ptr, depth) ((void)(depth), TracyFree(ptr))
#define TracyAllocNS(ptr, size, depth, name) ((void)(depth), TracyAllocN(ptr, size, name))
#define TracyFreeNS(ptr, depth, name) ((void)(depth), TracyFreeN(ptr, name))
#define TracyMemoryDiscardS(name, depth) ((void)(depth), TracyMemoryDiscard(name))
/* "Secure" was for what may be marked after the profiler's end, which Hone's has none of. */
#define TracySecureAlloc(ptr, size) TracyAlloc(ptr, size)
#define TracySecureFree(ptr) TracyFree(ptr)
#define TracySecureAllocN(ptr, size, name) TracyAllocN(ptr, size, name)
#define TracySecureFreeN(ptr, name) TracyFreeN(ptr, name)
#define TracySecureMemoryDiscard(name) TracyMemoryDiscard(name)
#define TracySecureAllocS(ptr, size, depth) TracyAllocS(ptr, size, depth)
#define TracySecureFreeS(ptr, depth) TracyFreeS(ptr, depth)
#define TracySecureAllocNS(ptr, size, depth, name) TracyAllocNS(ptr, size, depth, name)
#define TracySecureFreeNS(ptr, depth, name) TracyFreeNS(ptr, depth, name)
#define TracySecureMemoryDiscardS(name, depth) TracyMemoryDiscardS(name, depth)

#define TracySourceCallbackRegister(cb, data) ::tracy::Profiler::SourceCallbackRegister(cb, data)
#define TracyParameterRegister(cb, data) ::tracy::Profiler::ParameterRegister(cb, data)
#define TracyParameterSetup(idx, name, type, val) \
  ::tracy::Profiler::ParameterSetup(idx, name, type, val)

#define TracySectionEnter(...) ::tracy::Profiler::SectionEnter(0, __VA_ARGS__)
#define TracySectionEnterCategory(category, ...) \
  ::tracy::Profiler::SectionEnter(category, __VA_ARGS__)
#define TracySectionLeave(id) ::tracy::Profiler::SectionLeave(id)
#define TracySectionSetup(category, ...) ::tracy::Profiler::SectionSetup(category, __VA_ARGS__)

#ifdef TRACY_FIBERS
#define TracyFiberEnter(fiber) hone_fiber_enter(fiber)
#define TracyFiberEnterHint(fiber, group) ((void)(group), hone_fiber_enter(fiber))
#define TracyFiberLeave hone_fiber_leave()
#endif

#endif
