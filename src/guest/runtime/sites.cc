// Sites: described once, when they are first met, and let through or not by the filter.
#include "guest/runtime/runtime.h"

namespace hone::runtime {

namespace {

// hone_site.word of one that is not recorded.
constexpr uint32_t kNotRecorded = 1;

hone_site* volatile all_sites;

struct Text {
  const char* at;
  size_t bytes;
};

bool same(Text a, const char* b) {
  return length_of(b) == a.bytes && __builtin_memcmp(a.at, b, a.bytes) == 0;
}

// HONE_LEVEL_..., 0 for off, -1 for what is no level.
int level_of(Text text) {
  const char* const names[] = {"off", "error", "warn", "info", "debug", "trace"};
  for (int level = 0; level < 6; ++level) {
    if (same(text, names[level])) return level;
  }
  return -1;
}

Text category_of(const hone_site& site) {
  if (site.category && site.category[0] != '\0') return {site.category, length_of(site.category)};
  for (const char* at = site.name; *at != '\0'; ++at) {
    if (at[0] == ':' && at[1] == ':') return {site.name, (size_t)(at - site.name)};
  }
  return {"", 0};
}

bool matches(Text pattern, Text category) {
  if (pattern.bytes > 0 && pattern.at[pattern.bytes - 1] == '*') {
    --pattern.bytes;
    if (category.bytes > pattern.bytes) category.bytes = pattern.bytes;
  }
  return pattern.bytes == category.bytes &&
         __builtin_memcmp(pattern.at, category.at, pattern.bytes) == 0;
}

// "engine=trace,render=info,debug": of a category, or of all others. The last item that fits
// counts. Where categories alone are named, of the others what is an error is let through.
int level_allowed(const char* filter, Text category) {
  if (!filter || filter[0] == '\0') return HONE_LEVEL_TRACE;
  int others = HONE_LEVEL_ERROR, own = -1;
  while (*filter != '\0') {
    const char* end = filter;
    const char* equals = nullptr;
    for (; *end != '\0' && *end != ','; ++end) {
      if (*end == '=' && !equals) equals = end;
    }
    const Text left = {filter, (size_t)((equals ? equals : end) - filter)};
    const int level = equals ? level_of({equals + 1, (size_t)(end - equals - 1)}) : level_of(left);
    if (!equals && level >= 0) {
      others = level;
    } else if (matches(left, category) && (level >= 0 || !equals)) {
      own = level >= 0 ? level : HONE_LEVEL_TRACE;
    }
    filter = *end == '\0' ? end : end + 1;
  }
  return own >= 0 ? own : others;
}

const char* filter_now() {
  return hone_own_page.filter[0] != '\0' ? hone_own_page.filter : variable("HONE_FILTER");
}

char* put(char* to, const char* text, size_t bytes) {
  __builtin_memcpy(to, text, bytes);
  to[bytes] = '\0';
  return to + bytes + 1;
}

// Where the description stands; its bytes are 0 when there is no room.
hone_site_entry describe(const hone_site& site) {
  const Text category = category_of(site);
  size_t key_bytes = 0;
  uint8_t keys = 0;
  for (const char* at = site.keys; at && *at != '\0'; at += length_of(at) + 1) {
    key_bytes += length_of(at) + 1;
    ++keys;
  }
  const size_t name = length_of(site.name), function = length_of(site.function),
               file = length_of(site.file), unit = length_of(site.unit);
  size_t bytes = sizeof(hone_site_text) + name + category.bytes + function + file + unit + 5;
  bytes = (bytes + key_bytes + 7) / 8 * 8;
  if (bytes > kTextsBytes) return {0, 0};
  uint32_t at = __atomic_load_n(&hone_own_page.texts_used, __ATOMIC_RELAXED);
  do {
    if (at + bytes > kTextsBytes) return {0, 0};
  } while (!__atomic_compare_exchange_n(&hone_own_page.texts_used, &at, at + (uint32_t)bytes, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  uint8_t* const to = memory.head + hone_own_page.texts_at + at;
  const hone_site_text head = {site.line, site.color, site.kind, site.level, keys, 0};
  __builtin_memcpy(to, &head, sizeof head);
  char* text = (char*)to + sizeof head;
  text = put(text, site.name, name);
  text = put(text, category.at, category.bytes);
  text = put(text, site.function ? site.function : "", function);
  text = put(text, site.file ? site.file : "", file);
  text = put(text, site.unit ? site.unit : "", unit);
  if (key_bytes > 0) __builtin_memcpy(text, site.keys, key_bytes);
  return {at, (uint32_t)bytes};
}

bool passes(const hone_site& site) {
  return site.level <= level_allowed(filter_now(), category_of(site));
}

uint32_t word_of(const hone_site& site) {
  const bool is_recorded = site.id != 0 && passes(site);
  return is_recorded ? (uint32_t)hone_word(HONE_TYPE_SPAN, 0, site.id, 0) : kNotRecorded;
}

void remember(hone_site* site) {
  hone_site* first = __atomic_load_n(&all_sites, __ATOMIC_RELAXED);
  do {
    site->next = first;
  } while (!__atomic_compare_exchange_n(&all_sites, &first, site, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
}

}  // namespace

void meet_site(hone_site* site) {
  if (site->home == &hone_own_page && site->word != 0) return;
  if (!memory.head) return;
  if (site->kind == HONE_SITE_PLOT) configure(site);
  const uint32_t id = __atomic_fetch_add(&hone_own_page.sites_used, 1u, __ATOMIC_RELAXED);
  hone_site_entry entry = {0, 0};
  if (id < hone_own_page.sites) entry = describe(*site);
  if (entry.bytes == 0) {
    __atomic_fetch_add(&hone_own_page.sites_refused, uint64_t{1}, __ATOMIC_RELAXED);
    site->id = 0;
  } else {
    auto* const to = (hone_site_entry*)(memory.head + hone_own_page.sites_at) + id;
    to->at = entry.at;
    __atomic_store_n(&to->bytes, entry.bytes, __ATOMIC_RELEASE);
    site->id = id;
  }
  // What another library made of it does not hold here.
  if (site->home != &hone_own_page) __atomic_store_n(&site->word, 0u, __ATOMIC_RELEASE);
  // Two threads may have met it at once: both descriptions hold, the later id is used from now on.
  const bool is_new =
      __atomic_exchange_n(&site->home, &hone_own_page, __ATOMIC_ACQ_REL) != &hone_own_page;
  __atomic_store_n(&site->word, word_of(*site), __ATOMIC_RELEASE);
  if (is_new) remember(site);
}

hone_site* site_of_id(uint32_t id) {
  for (hone_site* site = all_sites; site; site = site->next) {
    if (site->id == id && site->home == &hone_own_page && site->word >= HONE_WORD_LEAST)
      return site;
  }
  return nullptr;
}

void forget_sites() {
  for (hone_site* site = all_sites; site; site = site->next) site->word = 0;
}

void describe_app_info() {
  for (hone_site* site = all_sites; site; site = site->next) {
    if (site->kind == HONE_SITE_APP_INFO) meet_site(site);
  }
}

void describe_again(const char* name, uint8_t kind) {
  for (hone_site* site = all_sites; site; site = site->next) {
    if (site->kind != kind || site->home != &hone_own_page || !same_text(site->name, name))
      continue;
    __atomic_store_n(&site->word, 0u, __ATOMIC_RELEASE);
  }
}

void refilter() {
  for (hone_site* site = all_sites; site; site = site->next) {
    if (site->home != &hone_own_page || site->word == 0) continue;
    __atomic_store_n(&site->word, word_of(*site), __ATOMIC_RELAXED);
  }
}

}  // namespace hone::runtime
