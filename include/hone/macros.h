/* The macros of hone/hone.h, built with HONE_ENABLE. Not to be included by itself. */
#ifndef HONE_MACROS_H
#define HONE_MACROS_H

/* Of all that follows in a file; else what is before the first "::" of a name. */
#ifndef HONE_CATEGORY
#define HONE_CATEGORY ""
#endif

#define HONE_JOIN2(a, b) a##b
#define HONE_JOIN(a, b) HONE_JOIN2(a, b)
#define HONE_HERE(what) HONE_JOIN(hone_##what##_, __LINE__)

#define HONE_SITE(variable, kind, level, name, unit, keys) \
  HONE_SITE_COLORED(variable, kind, level, 0, name, unit, keys)
#define HONE_SITE_COLORED(variable, kind, level, color, name, unit, keys)    \
  static hone_site variable = {                                              \
      0,    __LINE__, 0,    name,  HONE_CATEGORY,  __func__, __FILE__, unit, \
      keys, color,    kind, level, HONE_SITE_MARK, 0,        0}

/* What follows a name in pairs: up to six keys (literals) and values. */
#define HONE_PICK(a, b, c, d, e, f, g, h, i, j, k, l, m, choice, ...) choice
#define HONE_PAIRS(...) HONE_PICK(__VA_ARGS__, 6, odd, 5, odd, 4, odd, 3, odd, 2, odd, 1, odd, 0, )
#define HONE_NAME(name, ...) name

#define HONE_KEYS0(n) 0
#define HONE_KEYS1(n, a, x) a "\0"
#define HONE_KEYS2(n, a, x, ...) a "\0" HONE_KEYS1(n, __VA_ARGS__)
#define HONE_KEYS3(n, a, x, ...) a "\0" HONE_KEYS2(n, __VA_ARGS__)
#define HONE_KEYS4(n, a, x, ...) a "\0" HONE_KEYS3(n, __VA_ARGS__)
#define HONE_KEYS5(n, a, x, ...) a "\0" HONE_KEYS4(n, __VA_ARGS__)
#define HONE_KEYS6(n, a, x, ...) a "\0" HONE_KEYS5(n, __VA_ARGS__)
#define HONE_KEYS(...) HONE_JOIN(HONE_KEYS, HONE_PAIRS(__VA_ARGS__))(__VA_ARGS__)

#define HONE_VALUES1(n, a, x) HONE_VALUE(x)
#define HONE_VALUES2(n, a, x, ...) HONE_VALUE(x), HONE_VALUES1(n, __VA_ARGS__)
#define HONE_VALUES3(n, a, x, ...) HONE_VALUE(x), HONE_VALUES2(n, __VA_ARGS__)
#define HONE_VALUES4(n, a, x, ...) HONE_VALUE(x), HONE_VALUES3(n, __VA_ARGS__)
#define HONE_VALUES5(n, a, x, ...) HONE_VALUE(x), HONE_VALUES4(n, __VA_ARGS__)
#define HONE_VALUES6(n, a, x, ...) HONE_VALUE(x), HONE_VALUES5(n, __VA_ARGS__)

/* Arguments are evaluated only when they are recorded. */
#define HONE_SEND0(site, kind, detail, first, ...) ((void)0)
#define HONE_SEND_SOME(count, site, kind, detail, first, ...)                      \
  do {                                                                             \
    const hone_value hone_values[] = {HONE_JOIN(HONE_VALUES, count)(__VA_ARGS__)}; \
    hone_put_arguments(&site, kind, detail, first, hone_values, count);            \
  } while (0)
#define HONE_SEND1(...) HONE_SEND_SOME(1, __VA_ARGS__)
#define HONE_SEND2(...) HONE_SEND_SOME(2, __VA_ARGS__)
#define HONE_SEND3(...) HONE_SEND_SOME(3, __VA_ARGS__)
#define HONE_SEND4(...) HONE_SEND_SOME(4, __VA_ARGS__)
#define HONE_SEND5(...) HONE_SEND_SOME(5, __VA_ARGS__)
#define HONE_SEND6(...) HONE_SEND_SOME(6, __VA_ARGS__)
#define HONE_SEND(site, kind, detail, first, ...) \
  HONE_JOIN(HONE_SEND, HONE_PAIRS(__VA_ARGS__))(site, kind, detail, first, __VA_ARGS__)

/* A span up to the end of the block. HONE_SPAN("name"), HONE_SPAN("name", "count", n, "kind",
 * text). */
#define HONE_SPAN(...) HONE_SPAN_WITH(HONE_LEVEL_INFO, 0, __VA_ARGS__)
#define HONE_SPAN_AT(level, ...) HONE_SPAN_WITH(level, 0, __VA_ARGS__)
/* With the color that views give it: HONE_SPAN_COLORED(0xrrggbb, "name"). */
#define HONE_SPAN_COLORED(color, ...) HONE_SPAN_WITH(HONE_LEVEL_INFO, color, __VA_ARGS__)
#define HONE_SPAN_WITH(level, color, ...)                                                        \
  HONE_SITE_COLORED(HONE_HERE(site), HONE_SITE_SPAN, level, color, HONE_NAME(__VA_ARGS__, ), "", \
                    HONE_KEYS(__VA_ARGS__));                                                     \
  HONE_SCOPE(HONE_HERE(scope), HONE_HERE(site));                                                 \
  if (HONE_OPENED(HONE_HERE(scope)).thread)                                                      \
  HONE_SEND(HONE_HERE(site), HONE_MARK_ARGUMENTS, 0, HONE_OPENED(HONE_HERE(scope)).start,        \
            __VA_ARGS__)
#define HONE_FUNCTION()                                                         \
  HONE_SITE(HONE_HERE(site), HONE_SITE_SPAN, HONE_LEVEL_INFO, __func__, "", 0); \
  HONE_SCOPE(HONE_HERE(scope), HONE_HERE(site))
/* A span whose name is made at run time: looked up by its text each time that it is recorded. */
#define HONE_SPAN_NAMED(text)                                                                \
  HONE_SITE(HONE_HERE(site), HONE_SITE_SPAN, HONE_LEVEL_INFO, "(named at run time)", "", 0); \
  HONE_SCOPE(HONE_HERE(scope), *(hone_own_page.state == HONE_OFF                             \
                                     ? &HONE_HERE(site)                                      \
                                     : hone_site_named(text, HONE_CATEGORY, HONE_SITE_SPAN)))

/* A span that begins here and ends elsewhere: `variable` is a hone_scope that lives as long, ended
 * on the same thread or (then it is shown as asynchronous) on another. HONE_SPAN_VARIABLE declares
 * it. */
#define HONE_SPAN_VARIABLE(variable) hone_scope variable;
#define HONE_SPAN_BEGIN(variable, name)                                       \
  do {                                                                        \
    HONE_SITE(hone_site_begun, HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", 0); \
    (variable) = hone_begin(&hone_site_begun);                                \
  } while (0)
#define HONE_SPAN_END(variable) hone_end(&(variable))

#define HONE_MARK_AT(call, kind, level, name, unit, ...)     \
  do {                                                       \
    HONE_SITE(hone_site_marked, kind, level, name, unit, 0); \
    call(&hone_site_marked, __VA_ARGS__);                    \
  } while (0)

#define HONE_FRAME() HONE_FRAME_OF("frame")
#define HONE_FRAME_OF(set)                                                       \
  do {                                                                           \
    HONE_SITE(hone_site_marked, HONE_SITE_FRAMES, HONE_LEVEL_ERROR, set, "", 0); \
    hone_frame(&hone_site_marked);                                               \
  } while (0)
#define HONE_FRAME_BEGIN(set) \
  HONE_MARK_AT(hone_mark_alone, HONE_SITE_FRAMES, HONE_LEVEL_ERROR, set, "", HONE_MARK_FRAME_BEGIN)
#define HONE_FRAME_END(set) \
  HONE_MARK_AT(hone_mark_alone, HONE_SITE_FRAMES, HONE_LEVEL_ERROR, set, "", HONE_MARK_FRAME_END)

#define HONE_PLOT(name, value) HONE_PLOT_UNIT(name, "", value)
#define HONE_PLOT_UNIT(name, unit, value) \
  HONE_MARK_AT(HONE_PLOTTED(value), HONE_SITE_PLOT, HONE_LEVEL_INFO, name, unit, value)

/* A message. HONE_EVENT("level loaded", "name", text, "bytes", n). */
#define HONE_EVENT(...) HONE_EVENT_AT(HONE_LEVEL_INFO, __VA_ARGS__)
#define HONE_EVENT_AT(level, ...)                                                     \
  do {                                                                                \
    HONE_SITE(hone_site_said, HONE_SITE_MESSAGE, level, HONE_NAME(__VA_ARGS__, ), "", \
              HONE_KEYS(__VA_ARGS__));                                                \
    if (HONE_UNLIKELY(hone_own_page.state != HONE_OFF))                               \
      HONE_SAY(hone_site_said, level, HONE_PAIRS(__VA_ARGS__), __VA_ARGS__);          \
  } while (0)
#define HONE_SAY(site, level, pairs, ...) \
  HONE_JOIN(HONE_SAY, pairs)(site, HONE_MARK_MESSAGE, level, 0, __VA_ARGS__)
#define HONE_SAY0(site, kind, level, first, ...) hone_put_arguments(&site, kind, level, 0, 0, 0)
#define HONE_SAY1 HONE_SEND1
#define HONE_SAY2 HONE_SEND2
#define HONE_SAY3 HONE_SEND3
#define HONE_SAY4 HONE_SEND4
#define HONE_SAY5 HONE_SEND5
#define HONE_SAY6 HONE_SEND6

/* The value of an expression, and a span around it. */
#define HONE_TIME(name, ...) \
  __extension__({            \
    HONE_SPAN(name);         \
    __VA_ARGS__;             \
  })

/* Both are kept, and told to recorders that come later, too. */
#define HONE_THREAD(name) hone_name_thread(name)
/* A fact about the program: HONE_APP_INFO("build", "nightly"), HONE_APP_INFO("seed", 7). */
#define HONE_APP_INFO(key, value) hone_app_info(key, HONE_VALUE(value))

/* A recorder that keeps the last so long (`hone record --last 10s`) writes it into a file now. */
#define HONE_SAVE(why) \
  HONE_MARK_AT(hone_mark_alone, HONE_SITE_MESSAGE, HONE_LEVEL_ERROR, why, "", HONE_MARK_SAVE)

/* Asynchronous spans and flows: begun on one thread and ended on any, paired by name and id. */
#define HONE_ASYNC_BEGIN(name, id) HONE_PAIRED(HONE_MARK_ASYNC_BEGIN, name, id)
#define HONE_ASYNC_END(name, id) HONE_PAIRED(HONE_MARK_ASYNC_END, name, id)
#define HONE_FLOW_BEGIN(name, id) HONE_PAIRED(HONE_MARK_FLOW_BEGIN, name, id)
#define HONE_FLOW_END(name, id) HONE_PAIRED(HONE_MARK_FLOW_END, name, id)
#define HONE_PAIRED(mark, name, id) \
  HONE_MARK_AT(hone_mark, HONE_SITE_SPAN, HONE_LEVEL_INFO, name, "", mark, (uint64_t)(id))

/* For allocators of the program's own. */
#define HONE_ALLOCATE(pool, address, bytes)                                     \
  HONE_MARK_AT(hone_mark_allocated, HONE_SITE_POOL, HONE_LEVEL_DEBUG, pool, "", \
               (uint64_t)(uintptr_t)(address), (uint64_t)(bytes))
#define HONE_FREE(pool, address)                                                      \
  HONE_MARK_AT(hone_mark, HONE_SITE_POOL, HONE_LEVEL_DEBUG, pool, "", HONE_MARK_FREE, \
               (uint64_t)(uintptr_t)(address))

/* All that the pool gave out is free at once, as when an arena is emptied. */
#define HONE_POOL_RESET(pool) \
  HONE_MARK_AT(hone_mark_alone, HONE_SITE_POOL, HONE_LEVEL_DEBUG, pool, "", HONE_MARK_POOL_RESET)

/* For locks of the program's own; hone/lock.h has a wrapper for those of C++. By the thread that
 * waits (left out where it need not wait), has obtained the lock, and lets it go. */
#define HONE_LOCK_WAIT(name, address) HONE_LOCK_MARK(HONE_MARK_LOCK_WAIT, name, address)
#define HONE_LOCK_OBTAINED(name, address) HONE_LOCK_MARK(HONE_MARK_LOCK_TAKE, name, address)
#define HONE_LOCK_RELEASED(name, address) HONE_LOCK_MARK(HONE_MARK_LOCK_LEAVE, name, address)
#define HONE_LOCK_MARK(mark, name, address)                                 \
  HONE_MARK_AT(hone_mark, HONE_SITE_LOCK, HONE_LEVEL_DEBUG, name, "", mark, \
               (uint64_t)(uintptr_t)(address))

#ifdef __cplusplus

namespace hone {

#define HONE_INLINE_MEMBER inline __attribute__((always_inline))

class Scope {
 public:
  HONE_INLINE_MEMBER explicit Scope(hone_site& site) noexcept : open(hone_begin(&site)) {}
  HONE_INLINE_MEMBER ~Scope() { hone_end(&open); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  const hone_scope open;
};

template <class T, class = decltype(static_cast<uint64_t>(T()))>
constexpr hone_value value(T number, int) noexcept {
  return {T(-1) < T(0) ? HONE_ARGUMENT_INTEGER : HONE_ARGUMENT_UNSIGNED,
          static_cast<uint64_t>(number)};
}
inline hone_value value(double number, int) noexcept {
  hone_value out = {HONE_ARGUMENT_REAL, 0};
  __builtin_memcpy(&out.word, &number, sizeof number);
  return out;
}
inline hone_value value(float number, int) noexcept {
  return value(double{number}, 0);
}
inline hone_value value(bool yes, int) noexcept {
  return {HONE_ARGUMENT_BOOLEAN, yes};
}
inline hone_value value(const char* text, int) noexcept {
  return {HONE_ARGUMENT_STRING, reinterpret_cast<uintptr_t>(text)};
}
inline hone_value value(char* text, int) noexcept {
  return {HONE_ARGUMENT_STRING, reinterpret_cast<uintptr_t>(text)};
}
template <class T>
hone_value value(T* address, int) noexcept {
  return {HONE_ARGUMENT_ADDRESS, reinterpret_cast<uintptr_t>(address)};
}
/* std::string and its like. */
template <class T>
auto value(const T& text, long) noexcept -> decltype(value(text.c_str(), 0)) {
  return value(text.c_str(), 0);
}

HONE_INLINE void plot(hone_site* site, double value) noexcept {
  hone_plot_real(site, value);
}
HONE_INLINE void plot(hone_site* site, float value) noexcept {
  hone_plot_real(site, value);
}
template <class T>
inline void plot(hone_site* site, T value) noexcept {
  hone_plot_integer(site, static_cast<int64_t>(value));
}

}  // namespace hone

#define HONE_SCOPE(variable, site) ::hone::Scope variable(site)
#define HONE_OPENED(variable) variable.open
#define HONE_VALUE(x) ::hone::value(x, 0)
#define HONE_PLOTTED(value) ::hone::plot

#else

HONE_INLINE void hone_end_of_block(const hone_scope* scope) {
  hone_end(scope);
}
HONE_INLINE hone_value hone_value_integer(int64_t x) {
  const hone_value out = {HONE_ARGUMENT_INTEGER, (uint64_t)x};
  return out;
}
HONE_INLINE hone_value hone_value_unsigned(uint64_t x) {
  const hone_value out = {HONE_ARGUMENT_UNSIGNED, x};
  return out;
}
HONE_INLINE hone_value hone_value_real(double x) {
  hone_value out = {HONE_ARGUMENT_REAL, 0};
  __builtin_memcpy(&out.word, &x, sizeof x);
  return out;
}
HONE_INLINE hone_value hone_value_boolean(_Bool x) {
  const hone_value out = {HONE_ARGUMENT_BOOLEAN, x};
  return out;
}
HONE_INLINE hone_value hone_value_string(const char* x) {
  const hone_value out = {HONE_ARGUMENT_STRING, (uintptr_t)x};
  return out;
}
HONE_INLINE hone_value hone_value_address(const void* x) {
  const hone_value out = {HONE_ARGUMENT_ADDRESS, (uintptr_t)x};
  return out;
}

#define HONE_SCOPE(variable, site)                                                \
  __attribute__((unused, cleanup(hone_end_of_block))) const hone_scope variable = \
      hone_begin(&(site))
#define HONE_OPENED(variable) variable
#define HONE_VALUE(x) \
  _Generic((x), _Bool: hone_value_boolean, float: hone_value_real,               \
           double: hone_value_real, unsigned char: hone_value_unsigned,          \
           unsigned short: hone_value_unsigned, unsigned: hone_value_unsigned,   \
           unsigned long: hone_value_unsigned,                                   \
           unsigned long long: hone_value_unsigned, char*: hone_value_string,    \
           const char*: hone_value_string, void*: hone_value_address,            \
           const void*: hone_value_address, default: hone_value_integer)(x)
#define HONE_PLOTTED(value) \
  _Generic((value), float : hone_plot_real, double : hone_plot_real, default : hone_plot_integer)

#endif /* __cplusplus */

#endif
