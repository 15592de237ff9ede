/* Marks by calls of functions, for languages that have no C preprocessor: what bindings load.
 *
 * libhone-calls.so exports what is declared here and has a libhone in it; it needs nothing but a
 * libc. Programs in C and C++ include hone/hone.h, whose marks cost a tenth.
 *
 *   const uint32_t* state = hone_call_state();
 *   hone_call_text text = {.name = "load", .file = "app.py", .line = 12, .kind = HONE_CALL_SPAN};
 *   hone_call_place* place = hone_call_place_of(&text);
 *   hone_call_open open;
 *   hone_call_begin(place, &open, 0, 0);
 *   hone_call_end(&open);
 *
 * Any thread, no lock. Texts are UTF-8, ended by a 0, copied, and cut at 1,023 bytes. Nothing here
 * fails in a way that a program would see: what cannot be recorded is not. C11 and C++14. */
#ifndef HONE_CALLS_H
#define HONE_CALLS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of what is below: grows when a function or a field is added. */
#define HONE_CALLS_VERSION 1u
uint32_t hone_call_version(void);

/* Where it stands whether somebody records; HONE_CALL_OFF: nobody does, and no other call is worth
 * making. It changes at any time, and the address never does. */
#define HONE_CALL_OFF 1u
const uint32_t* hone_call_state(void);

/* Kinds of places. */
#define HONE_CALL_SPAN 1u /* spans; asynchronous ones and flows, too */
#define HONE_CALL_PLOT 2u
#define HONE_CALL_FRAMES 3u
#define HONE_CALL_MESSAGE 4u

/* Levels, as in HONE_SPAN_AT; 0 is 3. */
#define HONE_CALL_ERROR 1u
#define HONE_CALL_WARN 2u
#define HONE_CALL_INFO 3u
#define HONE_CALL_DEBUG 4u
#define HONE_CALL_TRACE 5u

#define HONE_CALL_ARGUMENTS_MAX 8u

/* A place in the program's source. Any text but the name may be null. */
typedef struct hone_call_text {
  const char* name;
  const char* category; /* null or empty: what is before the first "::" of the name */
  const char* function;
  const char* file;
  const char* unit; /* of a plot's values */
  const char* keys; /* names of arguments, each ended by a 0, one more at the end */
  uint32_t line;
  uint32_t color; /* 0xrrggbb; 0: none */
  uint32_t kind;
  uint32_t level;
} hone_call_text;
typedef struct hone_call_place hone_call_place;

/* A new place each time, which is never freed: to be kept by the caller. Never null: beyond 65,536
 * places, or 32 MiB of texts, all of a kind go by one name. */
hone_call_place* hone_call_place_of(const hone_call_text* text);

/* Values of arguments, in the order of the place's keys. */
#define HONE_CALL_INTEGER 1u
#define HONE_CALL_UNSIGNED 2u
#define HONE_CALL_REAL 3u
#define HONE_CALL_BOOLEAN 4u
#define HONE_CALL_ADDRESS 5u
#define HONE_CALL_STRING 6u
typedef struct hone_call_value {
  uint32_t type;
  uint32_t reserved;
  uint64_t word; /* the value; of a real its bits, of a string its address */
} hone_call_value;

/* A span that is open, kept by the caller and ended once. On another thread, or around others that
 * end later, it is recorded as one that is not nested. */
typedef struct hone_call_open {
  uint64_t words[3];
} hone_call_open;
void hone_call_begin(hone_call_place* place, hone_call_open* open, const hone_call_value* values,
                     uint32_t count);
void hone_call_end(const hone_call_open* open);

void hone_call_message(hone_call_place* place, const hone_call_value* values, uint32_t count);
void hone_call_plot_integer(hone_call_place* place, int64_t value);
void hone_call_plot_real(hone_call_place* place, double value);
/* The end of a frame, and the beginning of the next. */
void hone_call_frame(hone_call_place* place);
/* Asynchronous spans and flows: begun and ended by any threads, paired by name and id. */
void hone_call_async(hone_call_place* place, int is_end, uint64_t id);
void hone_call_flow(hone_call_place* place, int is_end, uint64_t id);
/* Of the calling thread. */
void hone_call_name_thread(const char* name);
void hone_call_app_info(const char* key, const hone_call_value* value);

#ifdef __cplusplus
}
#endif

#endif
