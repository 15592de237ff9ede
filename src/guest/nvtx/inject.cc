// What NVTX calls, and what it then lets programs call.
#include "guest/nvtx/nvtx.h"

namespace hone::nvtx {

namespace {

void set_message(Event& event, int32_t type, const void* message,
                 char (&narrowed)[kTextBytesMax + 1]) {
  event.message = message;
  if (!message) return;
  if (type == kMessageAscii) {
    event.text = (const char*)message;
  } else if (type == kMessageWide) {
    event.text = narrow((const wide_t*)message, narrowed);
  } else if (type == kMessageRegistered && is_text(message)) {
    event.known = (const Text*)message;
    event.text = event.known->text;
  }
}

void set_payload(Event& event, const Attributes& from) {
  hone_value& to = event.payload;
  event.has_payload = true;
  switch (from.payload_type) {
    case kPayloadUnsigned64:
      to = {HONE_ARGUMENT_UNSIGNED, from.payload.unsigned64};
      return;
    case kPayloadSigned64:
      to = {HONE_ARGUMENT_INTEGER, from.payload.unsigned64};
      return;
    case kPayloadUnsigned32:
      to = {HONE_ARGUMENT_UNSIGNED, from.payload.unsigned32};
      return;
    case kPayloadSigned32:
      to = {HONE_ARGUMENT_INTEGER, (uint64_t)(int64_t)from.payload.signed32};
      return;
    case kPayloadDouble:
      to = hone::value(from.payload.real, 0);
      return;
    case kPayloadFloat:
      to = hone::value(from.payload.short_real, 0);
      return;
    case kPayloadNone:
      event.has_payload = false;
      return;
    default:
      event.has_payload = false;
      refuse(Refusal::kPayload);
  }
}

constexpr char kUnnamed[] = "(unnamed)";

Event plain(const void* domain, const void* message) {
  return {domain_of(domain), 0, 0, message, nullptr, kUnnamed, false, {}};
}

// What the program says: attributes, or a text of one kind or the other. Narrowed texts are the
// call's own.
struct Said {
  Said(const void* domain, const Attributes* from) : event(plain(domain, nullptr)) {
    if (!from || from->bytes < sizeof(Attributes)) {
      refuse(Refusal::kVersion);
      return;
    }
    event.category = from->category;
    if (from->color_type == kColorArgb) event.color = from->color & 0xffffff;
    set_message(event, from->message_type, from->message.registered, narrowed);
    set_payload(event, *from);
  }
  explicit Said(const char* text) : event(plain(nullptr, text)) {
    set_message(event, kMessageAscii, text, narrowed);
  }
  explicit Said(const wide_t* text) : event(plain(nullptr, text)) {
    set_message(event, kMessageWide, text, narrowed);
  }
  Event event;
  char narrowed[kTextBytesMax + 1];
};

// Names that may be wide.
struct Name {
  explicit Name(const char* given) : text(given ? given : "") {}
  explicit Name(const wide_t* given) : text(given ? narrow(given, narrowed) : "") {}
  const char* text;
  char narrowed[kTextBytesMax + 1];
};

template <class What>
void mark_text(const What* what) {
  mark(Said(what).event);
}
void mark_attributes(const Attributes* from) {
  mark(Said(nullptr, from).event);
}
template <class What>
int push_text(const What* what) {
  return push(Said(what).event);
}
int push_attributes(const Attributes* from) {
  return push(Said(nullptr, from).event);
}
int pop_default() {
  return pop(domain_of(nullptr));
}
template <class What>
uint64_t start_text(const What* what) {
  return start(Said(what).event);
}
uint64_t start_attributes(const Attributes* from) {
  return start(Said(nullptr, from).event);
}
template <class What>
void category(uint32_t number, const What* name) {
  name_category(domain_of(nullptr), number, Name(name).text);
}
template <class What>
void thread(uint32_t tid, const What* name) {
  name_thread(tid, Name(name).text);
}

void domain_mark(const void* domain, const Attributes* from) {
  mark(Said(domain, from).event);
}
uint64_t domain_start(const void* domain, const Attributes* from) {
  return start(Said(domain, from).event);
}
void domain_end(const void*, uint64_t range) {
  end(range);
}
int domain_push(const void* domain, const Attributes* from) {
  return push(Said(domain, from).event);
}
int domain_pop(const void* domain) {
  return pop(domain_of(domain));
}
template <class What>
void domain_category(const void* domain, uint32_t number, const What* name) {
  name_category(domain_of(domain), number, Name(name).text);
}
template <class What>
const void* domain_string(const void*, const What* text) {
  return intern(Name(text).text);
}
template <class What>
const void* domain_create(const What* name) {
  return make_domain(Name(name).text);
}
// Handles of what is not recorded: something that is not null, and never looked at.
const void* refused_object() {
  static const char object = 0;
  return &object;
}
const void* resource(const void*, const void*) {
  refuse(Refusal::kResource);
  return refused_object();
}
const void* user_lock(const void*, const void*) {
  refuse(Refusal::kSync);
  return refused_object();
}
void cuda_name() {
  refuse(Refusal::kCuda);
}
void open_cl_name() {
  refuse(Refusal::kOpenCl);
}
void nothing() {}

class Functions {
 public:
  Functions(const FunctionsTable& table, Module module) {
    if (table.functions(module, &pointers_, &count_) == 0) count_ = 0;
  }
  template <class T>
  void set(unsigned number, T* function) {
    if (number < count_ && pointers_ && pointers_[number]) {
      *pointers_[number] = reinterpret_cast<Function>(function);
    }
  }
  void set_all(Function function) {
    for (unsigned number = 1; number < count_; ++number) set(number, function);
  }

 private:
  Function** pointers_ = nullptr;
  unsigned count_ = 0;
};

void set_core(Functions core) {
  core.set(kMarkEx, &mark_attributes);
  core.set(kMarkA, &mark_text<char>);
  core.set(kMarkW, &mark_text<wide_t>);
  core.set(kRangeStartEx, &start_attributes);
  core.set(kRangeStartA, &start_text<char>);
  core.set(kRangeStartW, &start_text<wide_t>);
  core.set(kRangeEnd, &end);
  core.set(kRangePushEx, &push_attributes);
  core.set(kRangePushA, &push_text<char>);
  core.set(kRangePushW, &push_text<wide_t>);
  core.set(kRangePop, &pop_default);
  core.set(kNameCategoryA, &category<char>);
  core.set(kNameCategoryW, &category<wide_t>);
  core.set(kNameOsThreadA, &thread<char>);
  core.set(kNameOsThreadW, &thread<wide_t>);
}

void set_core2(Functions core) {
  core.set(kDomainMarkEx, &domain_mark);
  core.set(kDomainRangeStartEx, &domain_start);
  core.set(kDomainRangeEnd, &domain_end);
  core.set(kDomainRangePushEx, &domain_push);
  core.set(kDomainRangePop, &domain_pop);
  core.set(kDomainResourceCreate, &resource);
  core.set(kDomainResourceDestroy, &nothing);
  core.set(kDomainNameCategoryA, &domain_category<char>);
  core.set(kDomainNameCategoryW, &domain_category<wide_t>);
  core.set(kDomainRegisterStringA, &domain_string<char>);
  core.set(kDomainRegisterStringW, &domain_string<wide_t>);
  core.set(kDomainCreateA, &domain_create<char>);
  core.set(kDomainCreateW, &domain_create<wide_t>);
  core.set(kDomainDestroy, &nothing);
  core.set(kInitialize, &nothing);
}

}  // namespace

}  // namespace hone::nvtx

// Called once by each copy of NVTX in the process. 0: NVTX closes this library again and does
// nothing from then on.
extern "C" __attribute__((visibility("default"))) int InitializeInjectionNvtx2(
    hone::nvtx::TableOf table_of) {
  using namespace hone::nvtx;
  if (!table_of) return 0;
  const auto* const table = (const FunctionsTable*)table_of(kTableFunctions);
  if (!table || table->bytes < sizeof(FunctionsTable) || !table->functions) return 0;
  const auto* const version = (const VersionTable*)table_of(kTableVersion);
  if (version && version->bytes >= sizeof(VersionTable) && version->set_version) {
    version->set_version(3);
  }
  set_core(Functions(*table, kModuleCore));
  set_core2(Functions(*table, kModuleCore2));
  Functions(*table, kModuleCuda).set_all(&cuda_name);
  Functions(*table, kModuleCudaRuntime).set_all(&cuda_name);
  Functions(*table, kModuleOpenCl).set_all(&open_cl_name);
  Functions(*table, kModuleSync).set(kSyncUserCreate, &user_lock);
  return 1;
}
