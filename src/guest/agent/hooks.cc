// What libc and the program call: the one place with exported names. Each hook does its small part
// and hands over to the function behind it.
#include "guest/agent/agent.h"
#include "guest/agent/libc.h"
#include "wire/message.h"

#define HONE_EXPORT extern "C" __attribute__((visibility("default")))
#define HONE_WEAK extern "C" __attribute__((weak))

HONE_WEAK void* dlsym(void*, const char*);
HONE_WEAK int pthread_key_create(unsigned*, void (*)(void*));
HONE_WEAK int pthread_setspecific(unsigned, const void*);
HONE_WEAK int pthread_atfork(void (*)(), void (*)(), void (*)());
HONE_WEAK int __register_atfork(void (*)(), void (*)(), void (*)(), void*);
HONE_WEAK char** environ;

namespace hone::agent {

Libc libc = {};

namespace {

template <class F>
void find(F& function, const char* name) {
  void* const next = (void*)-1l;  // RTLD_NEXT, in glibc and in musl
  if (!function && dlsym) function = (F)dlsym(next, name);
}

char address[128];
// Of the parent, for a child that nobody has greeted yet.
int64_t period_ns = 0, lease_ns = 0, resumed_ns = 0;
uint32_t enabled = 0;

bool same_text(const char* a, const char* b, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

bool find_address() {
  constexpr size_t kNameBytes = sizeof wire::kAgentVariable - 1;
  for (char** at = &environ && environ ? environ : nullptr; at && *at; ++at) {
    if (!same_text(*at, wire::kAgentVariable, kNameBytes) || (*at)[kNameBytes] != '=') continue;
    const char* value = *at + kNameBytes + 1;
    size_t length = 0;
    while (value[length] != '\0' && length + 1 < sizeof address) ++length;
    memcpy(address, value, length);
    return value[length] == '\0' && length > 0;
  }
  return false;
}

// Threads that are about to start: what they were to call.
struct Starting {
  uint32_t busy;
  void* function;
  void* argument;
};
constexpr uint32_t kStartingMax = 4096;
Starting starting[kStartingMax];

Starting* take_starting(void* function, void* argument) {
  if (!session.on || process_id() != session.pid) return nullptr;
  static uint32_t hint = 0;
  const uint32_t first = __atomic_fetch_add(&hint, 1, __ATOMIC_RELAXED);
  for (uint32_t i = 0; i < kStartingMax; ++i) {
    Starting& slot = starting[(first + i) % kStartingMax];
    if (__atomic_exchange_n(&slot.busy, 1, __ATOMIC_ACQUIRE) != 0) continue;
    slot.function = function;
    slot.argument = argument;
    return &slot;
  }
  wire::add_relaxed(session.control->threads_refused, uint64_t{1});
  return nullptr;
}
void give_back(Starting* slot) {
  wire::store_release(slot->busy, 0u);
}

unsigned end_key = 0;
bool has_end_key = false;

void on_thread_end(void*) {
  end_thread();
}

Starting begin_started(void* taken) {
  auto* const slot = static_cast<Starting*>(taken);
  const Starting start = *slot;
  give_back(slot);
  // What libc used to start it belongs to it.
  begin_thread(0);
  if (has_end_key) pthread_setspecific(end_key, &end_key);
  return start;
}

// Called by jump, so that no frame of ours stands in the thread's stacks.
void* start_thread(void* taken) {
  const Starting start = begin_started(taken);
  return ((StartFunction)start.function)(start.argument);
}
int start_c11_thread(void* taken) {
  const Starting start = begin_started(taken);
  return ((ThreadFunction)start.function)(start.argument);
}

void before_fork() {
  if (!session.on) return;
  period_ns = (int64_t)session.control->period_ns;
  lease_ns = session.control->lease_until_ns;
  resumed_ns = session.control->resumed_ns;
  enabled = session.control->enabled;
}

void in_forked_child() {
  if (!session.on) return;
  const int parent = session.pid, signal = session.signal;
  drop_session();
  forget_messages();
  memset(starting, 0, sizeof starting);
  session.signal = signal;
  if (!open_session(address, true, parent)) return;
  session.control->period_ns = (uint64_t)period_ns;
  session.control->lease_until_ns = lease_ns;
  session.control->resumed_ns = resumed_ns;
  session.control->enabled = enabled;
  begin_thread(0);
}

__attribute__((constructor)) void start() {
  find_libc();
  if (!find_address()) return;
  const int signal = free_signal();
  if (signal == 0 || !install_handler(signal)) return;
  session.signal = signal;
  make_walkers();
  const int64_t cpu_ns = clock_ns(kClockThreadCpu);
  if (!open_session(address, false, 0)) return;
  has_end_key = pthread_key_create && pthread_setspecific &&
                pthread_key_create(&end_key, &on_thread_end) == 0;
  if (__register_atfork) {
    __register_atfork(&before_fork, nullptr, &in_forked_child, nullptr);
  } else if (pthread_atfork) {
    pthread_atfork(&before_fork, nullptr, &in_forked_child);
  }
  begin_thread(cpu_ns);
}

__attribute__((destructor)) void finish() {
  if (!session.on || process_id() != session.pid) return;
  session.control->process_cpu_ns = (uint64_t)clock_ns(kClockProcessCpu);
}

// libcs' sigset_t: 128 bytes, the first of which are the kernel's.
struct SignalSet {
  uint64_t words[16];
};
SignalSet without_ours(const void* set) {
  SignalSet out;
  memcpy(&out, set, sizeof out);
  if (session.on && session.signal != 0) out.words[0] &= ~(uint64_t{1} << (session.signal - 1));
  return out;
}

// libcs' struct sigaction begins with the handler, and is so long.
constexpr size_t kSigactionBytes = 152;
struct Action {
  void* handler;
  uint8_t rest[kSigactionBytes - sizeof(void*)];
};
static_assert(sizeof(Action) == kSigactionBytes);

// The program's handlers, by signal. In their place stands one of ours that calls them and notes
// when they were done, so that the sampler knows what interrupted a thread: see resume.cc.
constexpr int kSignalsMax = 65;
void* handlers[kSignalsMax];
using Handler = void (*)(int, void*, void*);

void handle(int signal, void* info, void* context) {
  ((Handler)wire::load_acquire(handlers[signal]))(signal, info, context);
  note_other_handler((const ucontext*)context);
}
bool is_function(const void* handler) {
  return handler != (void*)SIG_DFL && handler != (void*)SIG_IGN && handler != (void*)SIG_ERR;
}
// What to install for the program's `handler`, and what it is told of what was installed.
void* to_install(int signal, void* handler) {
  if (!session.on || !is_function(handler)) return handler;
  wire::store_release(handlers[signal], handler);
  return (void*)&handle;
}
void* as_the_program_knows(void* handler, void* before) {
  return handler == (void*)&handle ? before : handler;
}
constexpr int kUnblock = 1;

// True when the program has to do with the signal that we use.
bool is_ours(int signal) {
  return session.on && signal == session.signal && process_id() == session.pid;
}

}  // namespace

void find_libc() {
  find(libc.pthread_create, "pthread_create");
  find(libc.thrd_create, "thrd_create");
  find(libc.dlclose, "dlclose");
  find(libc.sigaction, "sigaction");
  find(libc.signal, "signal");
  find(libc.pthread_sigmask, "pthread_sigmask");
  find(libc.sigprocmask, "sigprocmask");
  find(libc.sigwait, "sigwait");
  find(libc.sigwaitinfo, "sigwaitinfo");
  find(libc.sigtimedwait, "sigtimedwait");
  find(libc.signalfd, "signalfd");
}

}  // namespace hone::agent

using namespace hone::agent;

namespace {
// Of a function that this libc does not have.
constexpr int kNoSuchFunction = 38;  // ENOSYS
}  // namespace

HONE_EXPORT int pthread_create(void* thread, const void* attributes, StartFunction function,
                               void* argument) {
  find_libc();
  if (!libc.pthread_create) return kNoSuchFunction;
  Starting* const slot = take_starting((void*)function, argument);
  if (!slot) return libc.pthread_create(thread, attributes, function, argument);
  const int result = libc.pthread_create(thread, attributes, &start_thread, slot);
  if (result != 0) give_back(slot);
  return result;
}

HONE_EXPORT int thrd_create(void* thread, ThreadFunction function, void* argument) {
  find_libc();
  if (!libc.thrd_create) return 2;  // thrd_error
  Starting* const slot = take_starting((void*)function, argument);
  if (!slot) return libc.thrd_create(thread, function, argument);
  const int result = libc.thrd_create(thread, &start_c11_thread, slot);
  if (result != 0) give_back(slot);
  return result;
}

// A module may go, and another come to its place. From here on stacks are not walked by the tables
// at hand; the recorder sees the change, looks, and sends new ones.
HONE_EXPORT int dlclose(void* handle) {
  find_libc();
  const bool told = session.on && process_id() == session.pid;
  if (told) __atomic_fetch_add(&session.control->module_changes, 1, __ATOMIC_SEQ_CST);
  const int result = libc.dlclose ? libc.dlclose(handle) : -1;
  if (told) __atomic_fetch_add(&session.control->module_changes, 1, __ATOMIC_SEQ_CST);
  return result;
}

HONE_EXPORT int sigaction(int signal, const void* action, void* old) {
  find_libc();
  if (!libc.sigaction) return -1;
  if (signal < 1 || signal >= kSignalsMax) return libc.sigaction(signal, action, old);
  const bool was_ours = is_ours(signal);
  if (was_ours && action) change_signal();
  void* const before = handlers[signal];
  Action given;
  if (action) {
    memcpy(&given, action, sizeof given);
    given.handler = to_install(signal, given.handler);
  }
  const int result = libc.sigaction(signal, action ? &given : nullptr, old);
  if (result == 0 && old) {
    auto* const told = static_cast<Action*>(old);
    if (was_ours) memset(told, 0, sizeof *told);  // SIG_DFL, as the program left it
    told->handler = as_the_program_knows(told->handler, before);
  }
  return result;
}

HONE_EXPORT void (*signal(int number, void (*handler)(int)))(int) {
  using Plain = void (*)(int);
  find_libc();
  if (!libc.signal) return (Plain)SIG_ERR;
  if (number < 1 || number >= kSignalsMax) return libc.signal(number, handler);
  const bool was_ours = is_ours(number);
  if (was_ours) change_signal();
  void* const before = handlers[number];
  const Plain old = libc.signal(number, (Plain)to_install(number, (void*)handler));
  return was_ours ? (Plain)SIG_DFL : (Plain)as_the_program_knows((void*)old, before);
}

HONE_EXPORT int pthread_sigmask(int how, const void* set, void* old) {
  find_libc();
  if (!libc.pthread_sigmask) return kNoSuchFunction;
  if (!set || how == kUnblock) return libc.pthread_sigmask(how, set, old);
  const SignalSet kept = without_ours(set);
  return libc.pthread_sigmask(how, &kept, old);
}

HONE_EXPORT int sigprocmask(int how, const void* set, void* old) {
  find_libc();
  if (!libc.sigprocmask) return -1;
  if (!set || how == kUnblock) return libc.sigprocmask(how, set, old);
  const SignalSet kept = without_ours(set);
  return libc.sigprocmask(how, &kept, old);
}

HONE_EXPORT int sigwait(const void* set, int* signal) {
  find_libc();
  if (!libc.sigwait) return kNoSuchFunction;
  const SignalSet kept = without_ours(set);
  return libc.sigwait(&kept, signal);
}

HONE_EXPORT int sigwaitinfo(const void* set, void* info) {
  find_libc();
  if (!libc.sigwaitinfo) return -1;
  const SignalSet kept = without_ours(set);
  return libc.sigwaitinfo(&kept, info);
}

HONE_EXPORT int sigtimedwait(const void* set, void* info, const void* timeout) {
  find_libc();
  if (!libc.sigtimedwait) return -1;
  const SignalSet kept = without_ours(set);
  return libc.sigtimedwait(&kept, info, timeout);
}

HONE_EXPORT int signalfd(int fd, const void* set, int flags) {
  find_libc();
  if (!libc.signalfd) return -1;
  const SignalSet kept = without_ours(set);
  return libc.signalfd(fd, &kept, flags);
}
