// The inner parts of libhone-nvtx: NVTX 3 ranges, marks and names as marks of hone/hone.h.
//
// The library has a libhone of its own, so that programs need none; one that has one keeps it, and
// the recorder reads both. Like libhone it has no heap, no thread, no exception and no lock: names
// are interned in tables that only grow, up to the limits below.
#pragma once

#include "guest/nvtx/abi.h"

#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/hone.h"

namespace hone::nvtx {

inline constexpr uint32_t kPlacesMax = 1u << 16;
inline constexpr uint32_t kTextsMax = 1u << 17;
inline constexpr uint32_t kCategoriesMax = 1u << 12;
inline constexpr uint32_t kDomainsMax = 1u << 10;
inline constexpr uint32_t kPendingNamesMax = 1u << 10;
inline constexpr size_t kTextBytesMax = 1023;
inline constexpr size_t kPoolBytes = 32u << 20;
// Of one thread, all domains together.
inline constexpr uint32_t kRangesMax = HONE_DEPTH_MAX;

// Interned: one for each text, for ever.
struct Text {
  uint64_t hash;
  uint32_t bytes;
  char text[];  // ended by a 0
};

struct Domain {
  const Text* name;
};

// One for each name, kind, color, domain and category.
struct Place {
  hone_site site;
  const Text* name;
  const Domain* domain;
  uint32_t category;
  uint32_t names;  // names_of_categories when `site` was last found to be right
};

// What an event says of itself.
struct Event {
  const Domain* domain;
  uint32_t category;
  uint32_t color;
  const void* message;  // where it stands in the program; null: there is none
  const Text* known;    // a registered string; else null
  const char* text;     // ended by a 0
  bool has_payload;
  hone_value payload;
};

// texts.cc. A text that is longer is cut; null: there is no room for more.
const Text* intern(const char* text);
// As UTF-8; what is no character becomes U+FFFD. Gives `out`.
const char* narrow(const wide_t* wide, char (&out)[kTextBytesMax + 1]);
// True of what intern() may have given: a program can hand over anything.
bool is_text(const void* text);
void* take_memory(size_t bytes);

// domains.cc. A handle that is none of ours is taken for the domain that has no name.
const Domain* domain_of(const void* handle);
const Domain* make_domain(const char* name);
void name_category(const Domain* domain, uint32_t category, const char* name);
// Grows with each.
extern uint32_t names_of_categories;
// "domain", "domain/category", or "domain/17" while the category has no name. Null: no room.
const Text* category_text(const Domain* domain, uint32_t category);

// places.cc. Never null: what there is no room for goes by one name.
Place* place_of(const Event& event, uint8_t kind);
// By the number that number_of() gave; null: there is none.
Place* place_at(uint32_t number);
uint32_t number_of(const Place* place);

// threads.cc
void name_thread(uint32_t tid, const char* name);
// To be called before each event: another thread may have named this one.
extern uint32_t pending_names;
void take_pending_name();

// What is not recorded is a message each time, so that its count is in the recording.
enum class Refusal { kResource, kCuda, kOpenCl, kSync, kPayload, kVersion, kDepth, kRange, kCount };
void refuse(Refusal what);

// ranges.cc: what programs call.
void mark(const Event& event);
int push(const Event& event);
int pop(const Domain* domain);
uint64_t start(const Event& event);
void end(uint64_t range);

}  // namespace hone::nvtx
