// Domains and their categories.
#include "guest/nvtx/nvtx.h"
#include "guest/nvtx/table.h"

namespace hone::nvtx {

uint32_t names_of_categories = 1;

namespace {

struct Category {
  const Domain* domain;
  uint32_t number;
  const Text* name;
};
Category** categories;

// The first has no name in the program; the last is for those that there is no room for.
Domain domains[kDomainsMax];
uint32_t domains_used = 1;

// Null when it is not there, and not to be made.
Category* category_at(const Domain* domain, uint32_t number, bool make) {
  const uint64_t hash = hash_with(hash_with(kHashBegin, (uint64_t)(domain - domains)), number);
  return find_or_make(
      categories, kCategoriesMax, hash * 0x9e3779b97f4a7c15u,
      [&](const Category& known) { return known.domain == domain && known.number == number; },
      [&]() -> Category* {
        auto* const made = make ? (Category*)take_memory(sizeof(Category)) : nullptr;
        if (made) *made = {domain, number, nullptr};
        return made;
      });
}

const char* name_of(const Domain* domain) {
  const Text* const name = __atomic_load_n(&domain->name, __ATOMIC_ACQUIRE);
  if (name) return name->text;
  return domain == &domains[0] ? "NVTX" : "(another domain)";
}

// As much as there is room for; gives where it ends.
char* append(char* to, const char* end, const char* text) {
  while (*text != '\0' && to < end) *to++ = *text++;
  return to;
}

}  // namespace

const Domain* domain_of(const void* handle) {
  const auto* const domain = (const Domain*)handle;
  const bool is_ours = domain >= domains && domain < domains + kDomainsMax;
  return is_ours ? &domains[domain - domains] : &domains[0];
}

const Domain* make_domain(const char* name) {
  const Text* const text = intern(name);
  uint32_t used = __atomic_load_n(&domains_used, __ATOMIC_ACQUIRE);
  for (uint32_t i = 1; i < used; ++i) {
    if (text && __atomic_load_n(&domains[i].name, __ATOMIC_ACQUIRE) == text) return &domains[i];
  }
  used = __atomic_fetch_add(&domains_used, 1u, __ATOMIC_ACQ_REL);
  if (!text || used >= kDomainsMax - 1) {
    __atomic_store_n(&domains_used, kDomainsMax - 1, __ATOMIC_RELEASE);
    return &domains[kDomainsMax - 1];
  }
  __atomic_store_n(&domains[used].name, text, __ATOMIC_RELEASE);
  return &domains[used];
}

void name_category(const Domain* domain, uint32_t category, const char* name) {
  const Text* const text = intern(name);
  Category* const known = category_at(domain, category, true);
  if (!text || !known) return;
  __atomic_store_n(&known->name, text, __ATOMIC_RELEASE);
  __atomic_fetch_add(&names_of_categories, 1u, __ATOMIC_RELEASE);
}

const Text* category_text(const Domain* domain, uint32_t category) {
  char all[kTextBytesMax + 1];
  char* const end = all + kTextBytesMax;
  char* at = append(all, end, name_of(domain));
  if (category != 0) {
    at = append(at, end, "/");
    const Category* const known = category_at(domain, category, false);
    const Text* const name = known ? __atomic_load_n(&known->name, __ATOMIC_ACQUIRE) : nullptr;
    char digits[12] = {};
    char* digit = digits + sizeof digits - 1;
    for (uint32_t rest = category; rest != 0; rest /= 10) *--digit = (char)('0' + rest % 10);
    at = append(at, end, name ? name->text : digit);
  }
  *at = '\0';
  return intern(all);
}

}  // namespace hone::nvtx
