// What the compiler calls at the beginning and the end of each function.
//
// A function that is left by longjmp, or by an exception through code that does not clean up, has
// no end. So each call is kept with the address of its frame: at the end of an outer function the
// frames above its own are gone, and their spans with them; that is said by a message each.
#include "base/kernel.h"
#include "guest/functions/functions.h"

extern "C" {
__attribute__((weak)) int pthread_key_create(unsigned*, void (*)(void*));
__attribute__((weak)) int pthread_setspecific(unsigned, const void*);
}

namespace hone::functions {

namespace {

struct Call {
  hone_scope scope;
  uintptr_t function, site;
  uintptr_t frame;  // of what the function called to say that it begins
};
struct Calls {
  uint32_t depth;
  uint32_t deeper;  // calls beyond kCallsMax
  Call at[kCallsMax];
};
__thread Calls* own __attribute__((tls_model("initial-exec"))) = nullptr;

unsigned end_key;
bool has_end_key;

void on_thread_end(void* calls) {
  own = nullptr;
  kernel::call(__NR_munmap, calls, sizeof(Calls));
}

__attribute__((constructor(102))) void make_end_key() {
  has_end_key = pthread_key_create && pthread_setspecific &&
                pthread_key_create(&end_key, &on_thread_end) == 0;
}

// Null: there is no memory to be had.
Calls* own_calls() {
  if (own) return own;
  using namespace kernel;
  own = (Calls*)map_memory(sizeof(Calls), kMapPrivate | kMapAnonymous | kMapNoreserve);
  if (own && has_end_key) pthread_setspecific(end_key, own);
  return own;
}

const char* const kRefusals[] = {
    "functions: one was left without its end (longjmp or an exception; not recorded)",
    "functions: a call is nested too deep (not recorded)",
};
static_assert(sizeof kRefusals / sizeof *kRefusals == (size_t)Refusal::kCount);
hone_site refusals[(size_t)Refusal::kCount];

void enter(uintptr_t function, uintptr_t site, uintptr_t frame) {
  const bool is_off = __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_OFF;
  // While some are open that began before a pause, calls are kept all the same: the end of an inner
  // one would else be taken for that of an outer call of its function.
  if (is_off && (!own || own->depth == 0)) return;
  Calls* const calls = own_calls();
  if (!calls) return;
  if (calls->depth >= kCallsMax) {
    ++calls->deeper;
    return refuse(Refusal::kDepth);
  }
  // The place is taken first: a handler of a signal uses the next one.
  Call& call = calls->at[calls->depth++];
  call = {{nullptr, 0, nullptr}, function, site, frame};
  if (!is_off) call.scope = hone_begin(place_of(function));
}

// The call that ends: the newest of this function from this place. Of several (recursion) those
// whose frames are below `frame` are gone, but for the one that is at hand. 0: there is none.
uint32_t number_of_call(const Calls& calls, uintptr_t function, uintptr_t site, uintptr_t frame) {
  uint32_t found = 0;
  for (uint32_t i = calls.depth; i > 0; --i) {
    const Call& call = calls.at[i - 1];
    // Outer frames lie higher: they are not gone, and what was called from them is at hand.
    if (found != 0 && call.frame > frame) break;
    if (call.function == function && call.site == site) found = i;
  }
  return found;
}

void leave(uintptr_t function, uintptr_t site, uintptr_t frame) {
  Calls* const calls = own;
  if (!calls || calls->depth == 0) return;
  if (calls->deeper > 0) {
    if (frame < calls->at[calls->depth - 1].frame) {
      --calls->deeper;
      return;
    }
    calls->deeper = 0;
  }
  const uint32_t number = number_of_call(*calls, function, site, frame);
  if (number == 0) return;  // it began while nobody recorded
  const hone_scope scope = calls->at[number - 1].scope;
  for (uint32_t gone = number; gone < calls->depth; ++gone) refuse(Refusal::kLeft);
  hone_end(&scope);
  calls->depth = number - 1;
}

}  // namespace

void refuse(Refusal what) {
  hone_site& site = refusals[(size_t)what];
  if (hone_own_page.state == HONE_OFF) return;
  if (!site.name) {
    site.category = "functions";
    site.kind = HONE_SITE_MESSAGE;
    site.level = HONE_LEVEL_INFO;
    __atomic_store_n(&site.name, kRefusals[(size_t)what], __ATOMIC_RELEASE);
  }
  hone_put_arguments(&site, HONE_MARK_MESSAGE, HONE_LEVEL_INFO, 0, nullptr, 0);
}

}  // namespace hone::functions

#define HONE_EXPORTED __attribute__((visibility("default"), no_instrument_function))

extern "C" {

HONE_EXPORTED void __cyg_profile_func_enter(void* function, void* site) {
  hone::functions::enter((uintptr_t)function, (uintptr_t)site,
                         (uintptr_t)__builtin_frame_address(0));
}

HONE_EXPORTED void __cyg_profile_func_exit(void* function, void* site) {
  // A function may jump here at its very end, when its own frame is gone: then we return to where
  // it would, and our frame is as high as one that its caller's own call of this would have.
  const bool is_jump = __builtin_return_address(0) == site;
  const auto frame = (uintptr_t)__builtin_frame_address(0);
  hone::functions::leave((uintptr_t)function, (uintptr_t)site,
                         is_jump ? frame - sizeof(void*) : frame);
}

}  // extern "C"
