/* Tracy's zones as spans. Not to be included by itself: <tracy/Tracy.hpp>. */
#ifndef HONE_COMPAT_TRACY_ZONES_HPP
#define HONE_COMPAT_TRACY_ZONES_HPP

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hone_enable.h"

/* The program's thread stacks are Hone's samples' business: see the guide. */
#ifndef TRACY_CALLSTACK
#define TRACY_CALLSTACK 0
#endif

namespace tracy {

struct SourceLocationData {
  const char* name;
  const char* function;
  const char* file;
  uint32_t line;
  uint32_t color;
};

namespace hone_detail {

inline hone_description described(uint8_t kind, const SourceLocationData& at) {
  hone_description out = {};
  const char* const name = at.name ? at.name : at.function;
  out.name = name;
  out.name_bytes = name ? strlen(name) : 0;
  out.function = at.function;
  out.function_bytes = at.function ? strlen(at.function) : 0;
  out.file = at.file;
  out.file_bytes = at.file ? strlen(at.file) : 0;
  out.line = at.line;
  out.color = at.color;
  out.kind = kind;
  out.level = HONE_LEVEL_INFO;
  return out;
}

/* Of programs that have macros of their own around Tracy's class. */
inline hone_site* site_of(const SourceLocationData* at) {
  const hone_description description = described(HONE_SITE_SPAN, *at);
  return hone_site_by_address(at, &description);
}

}  // namespace hone_detail

/* A span up to its end. Nothing of it is ever asked where it lies in memory, so that it stays in
 * registers, as HONE_SPAN does. */
class ScopedZone {
 public:
  HONE_INLINE_MEMBER ScopedZone(hone_site* site, bool active)
      : open_(active ? hone_begin(site) : hone_scope()) {}
  HONE_INLINE_MEMBER explicit ScopedZone(const SourceLocationData* at, int32_t depth = -1,
                                         bool active = true)
      : open_(active && hone_own_page.state != HONE_OFF ? hone_begin(hone_detail::site_of(at))
                                                        : hone_scope()) {
    (void)depth;
  }
  ScopedZone(uint32_t line, const char* file, size_t file_bytes, const char* function,
             size_t function_bytes, const char* name, size_t name_bytes, uint32_t color,
             int32_t depth = -1, bool active = true)
      : open_() {
    (void)depth;
    if (!active || hone_own_page.state == HONE_OFF) return;
    hone_description of = {};
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
    open_ = hone_begin(hone_site_described(&of));
  }
  ScopedZone(uint32_t line, const char* file, size_t file_bytes, const char* function,
             size_t function_bytes, const char* name, size_t name_bytes, int32_t depth,
             bool active = true)
      : ScopedZone(line, file, file_bytes, function, function_bytes, name, name_bytes, uint32_t{0},
                   depth, active) {}
  HONE_INLINE_MEMBER ~ScopedZone() { hone_end(&open_); }
  ScopedZone(const ScopedZone&) = delete;
  ScopedZone(ScopedZone&&) = delete;
  ScopedZone& operator=(const ScopedZone&) = delete;
  ScopedZone& operator=(ScopedZone&&) = delete;

  HONE_INLINE_MEMBER void Text(const char* text, size_t bytes) {
    if (open_.thread) hone_span_text(open_.thread, open_.start, open_.site, text, bytes);
  }
  HONE_INLINE_MEMBER void Name(const char* name, size_t bytes) {
    if (open_.thread) {
      open_.site = hone_span_renamed(open_.thread, open_.start, open_.site, name, bytes);
    }
  }
  HONE_INLINE_MEMBER void Color(uint32_t color) {
    if (open_.thread) {
      open_.site = hone_span_recolored(open_.thread, open_.start, open_.site, color);
    }
  }
  HONE_INLINE_MEMBER void Value(uint64_t value) {
    if (open_.thread) hone_span_value(open_.thread, open_.start, open_.site, value);
  }
  __attribute__((format(printf, 2, 3))) void TextFmt(const char* format, ...) {
    if (!open_.thread) return;
    va_list values;
    va_start(values, format);
    char text[HONE_STRING_MAX + 1];
    const int bytes = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (bytes >= 0) Text(text, static_cast<size_t>(bytes));
  }
  __attribute__((format(printf, 2, 3))) void NameFmt(const char* format, ...) {
    if (!open_.thread) return;
    va_list values;
    va_start(values, format);
    char text[HONE_STRING_MAX + 1];
    const int bytes = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (bytes >= 0)
      Name(text,
           bytes < static_cast<int>(sizeof text) ? static_cast<size_t>(bytes) : sizeof text - 1);
  }
  /* Somebody records it. */
  HONE_INLINE_MEMBER bool IsActive() const { return open_.thread != nullptr; }

 private:
  hone_scope open_;
};

}  // namespace tracy

/* A zone in a zone has the same name, as Tracy's have. */
#ifdef TRACY_ALLOW_SHADOW_WARNING
#define HONE_TRACY_SHADOWING(...) __VA_ARGS__
#else
#define HONE_TRACY_SHADOWING(...)                                                            \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"") __VA_ARGS__; \
  _Pragma("GCC diagnostic pop")
#endif

#define HONE_TRACY_SITE(variable, kind, level, color, name, keys) \
  static hone_site variable = {0,                                 \
                               static_cast<uint32_t>(TracyLine),  \
                               nullptr,                           \
                               name,                              \
                               HONE_CATEGORY,                     \
                               TracyFunction,                     \
                               TracyFile,                         \
                               "",                                \
                               keys,                              \
                               static_cast<uint32_t>(color),      \
                               kind,                              \
                               level,                             \
                               HONE_SITE_MARK,                    \
                               0,                                 \
                               nullptr}
#define HONE_TRACY_ZONE(varname, name, color, active)                                         \
  HONE_TRACY_SITE(TracyConcat(hone_tracy_site_of_, varname), HONE_SITE_SPAN, HONE_LEVEL_INFO, \
                  color, name, HONE_SPAN_KEYS);                                               \
  ::tracy::ScopedZone varname(&TracyConcat(hone_tracy_site_of_, varname), active)

#define ZoneNamed(varname, active) HONE_TRACY_ZONE(varname, TracyFunction, 0, active)
#define ZoneNamedN(varname, name, active) HONE_TRACY_ZONE(varname, name, 0, active)
#define ZoneNamedC(varname, color, active) HONE_TRACY_ZONE(varname, TracyFunction, color, active)
#define ZoneNamedNC(varname, name, color, active) HONE_TRACY_ZONE(varname, name, color, active)

#define ZoneScoped HONE_TRACY_SHADOWING(ZoneNamed(___tracy_scoped_zone, true))
#define ZoneScopedN(name) HONE_TRACY_SHADOWING(ZoneNamedN(___tracy_scoped_zone, name, true))
#define ZoneScopedC(color) HONE_TRACY_SHADOWING(ZoneNamedC(___tracy_scoped_zone, color, true))
#define ZoneScopedNC(name, color) \
  HONE_TRACY_SHADOWING(ZoneNamedNC(___tracy_scoped_zone, name, color, true))

/* With a depth of the call stack: samples have whole stacks, marks none. */
#define ZoneNamedS(varname, depth, active) ZoneNamed(varname, ((void)(depth), active))
#define ZoneNamedNS(varname, name, depth, active) ZoneNamedN(varname, name, ((void)(depth), active))
#define ZoneNamedCS(varname, color, depth, active) \
  ZoneNamedC(varname, color, ((void)(depth), active))
#define ZoneNamedNCS(varname, name, color, depth, active) \
  ZoneNamedNC(varname, name, color, ((void)(depth), active))
#define ZoneScopedS(depth) HONE_TRACY_SHADOWING(ZoneNamedS(___tracy_scoped_zone, depth, true))
#define ZoneScopedNS(name, depth) \
  HONE_TRACY_SHADOWING(ZoneNamedNS(___tracy_scoped_zone, name, depth, true))
#define ZoneScopedCS(color, depth) \
  HONE_TRACY_SHADOWING(ZoneNamedCS(___tracy_scoped_zone, color, depth, true))
#define ZoneScopedNCS(name, color, depth) \
  HONE_TRACY_SHADOWING(ZoneNamedNCS(___tracy_scoped_zone, name, color, depth, true))

/* Whose name, file or function is not there any more when it ends. */
#define HONE_TRACY_TRANSIENT(varname, name, bytes, color, depth, active)                      \
  ::tracy::ScopedZone varname(static_cast<uint32_t>(TracyLine), TracyFile, strlen(TracyFile), \
                              TracyFunction, strlen(TracyFunction), name, bytes,              \
                              static_cast<uint32_t>(color), depth, active)
#define ZoneTransient(varname, active) ZoneTransientS(varname, TRACY_CALLSTACK, active)
#define ZoneTransientN(varname, name, active) \
  ZoneTransientNS(varname, name, TRACY_CALLSTACK, active)
#define ZoneTransientNC(varname, name, color, active) \
  HONE_TRACY_TRANSIENT(varname, name, strlen(name), color, TRACY_CALLSTACK, active)
#define ZoneTransientS(varname, depth, active) \
  HONE_TRACY_TRANSIENT(varname, nullptr, 0, 0, depth, active)
#define ZoneTransientNS(varname, name, depth, active) \
  HONE_TRACY_TRANSIENT(varname, name, strlen(name), 0, depth, active)

#define ZoneText(txt, size) ___tracy_scoped_zone.Text(txt, size)
#define ZoneTextV(varname, txt, size) varname.Text(txt, size)
#define ZoneTextF(...) ___tracy_scoped_zone.TextFmt(__VA_ARGS__)
#define ZoneTextVF(varname, ...) varname.TextFmt(__VA_ARGS__)
#define ZoneName(txt, size) ___tracy_scoped_zone.Name(txt, size)
#define ZoneNameV(varname, txt, size) varname.Name(txt, size)
#define ZoneNameF(...) ___tracy_scoped_zone.NameFmt(__VA_ARGS__)
#define ZoneNameVF(varname, ...) varname.NameFmt(__VA_ARGS__)
#define ZoneColor(color) ___tracy_scoped_zone.Color(color)
#define ZoneColorV(varname, color) varname.Color(color)
#define ZoneValue(value) ___tracy_scoped_zone.Value(value)
#define ZoneValueV(varname, value) varname.Value(value)
#define ZoneIsActive ___tracy_scoped_zone.IsActive()
#define ZoneIsActiveV(varname) varname.IsActive()

#endif
