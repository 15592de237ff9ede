// Unwind tables, as the recorder sends them: the program computes nothing. A set of modules is
// never changed once it is seen; a new one takes its place. Sets are not given back, since a
// handler on another thread may be in one; they are few, and small.
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"
#include "guest/agent/memory.h"
#include "wire/message.h"

namespace hone::agent {
namespace {

constexpr uint32_t kModulesMax = 65536;
constexpr uint32_t kSetsMax = 20000;

struct KnownTable {
  uint64_t key;
  unwind::TableView view;
};
constexpr uint32_t kKnownMax = 16384;

const ModuleSet* current = nullptr;
uint32_t receiving = 0;  // one thread takes messages, the others need not wait for it
uint64_t news_seen = 0;  // ControlPage::messages at which tables were last asked for
int asked = -1;          // where they will come
FileIdentity asked_identity;
uint32_t sets_made = 0;
KnownTable* known = nullptr;
uint32_t known_count = 0;
ModuleRange* coming = nullptr;  // the set that is arriving
uint32_t coming_total = 0;

const unwind::TableView* find_known(uint64_t key) {
  for (uint32_t i = known_count; i > 0; --i) {
    if (known[i - 1].key == key) return &known[i - 1].view;
  }
  return nullptr;
}

unwind::TableView map_table(int fd, const wire::TableEntry& entry) {
  const unwind::TableView none;
  if (const unwind::TableView* view = find_known(entry.key)) return *view;
  if (known_count == kKnownMax) return none;
  void* bytes = map_memory(entry.bytes, kMapPrivate, fd, kProtRead);
  unwind::TableView view;
  if (!bytes || unwind::view_table((const uint8_t*)bytes, entry.bytes, &view) != base::Err::kOk) {
    return none;
  }
  known[known_count++] = {entry.key, view};
  return view;
}

void publish_set(const wire::Tables& tables) {
  auto* set = (ModuleSet*)map_memory(sizeof(ModuleSet));
  if (!set) return;
  static uint64_t generation = 0;
  *set = {++generation, tables.module_changes, tables.total, coming};
  coming = nullptr;
  wire::store_release(current, (const ModuleSet*)set);
}

void take(const wire::Tables& tables, const int* fds, uint32_t fd_count) {
  if (tables.total > kModulesMax || tables.count > wire::kTablesPerMessage) return;
  if (tables.first == 0) {
    if (++sets_made > kSetsMax) return;
    coming = (ModuleRange*)map_memory((tables.total + 1) * sizeof(ModuleRange));
    coming_total = tables.total;
  }
  if (!known) {
    known = (KnownTable*)map_memory(kKnownMax * sizeof(KnownTable),
                                    kMapPrivate | kMapAnonymous | kMapNoreserve);
  }
  if (!coming || !known || coming_total != tables.total ||
      tables.first + tables.count > tables.total)
    return;
  for (uint32_t i = 0; i < tables.count; ++i) {
    const wire::TableEntry& entry = tables.entry[i];
    ModuleRange& range = coming[tables.first + i];
    range = {.begin = entry.begin, .end = entry.end, .bias = entry.bias, .table = {}};
    if (entry.bytes == 0) continue;
    const bool with_descriptor = entry.descriptor >= 0 && (uint32_t)entry.descriptor < fd_count;
    if (with_descriptor) {
      range.table = map_table(fds[entry.descriptor], entry);
    } else if (const unwind::TableView* view = find_known(entry.key)) {
      range.table = *view;
    }
  }
  if (tables.first + tables.count == tables.total) publish_set(tables);
}

enum class Received : uint8_t { kSome, kLast, kNotYet, kNoMore };

Received receive_one(int socket, int flags) {
  static wire::Tables tables;
  MessageVector vector = {&tables, sizeof tables};
  struct {
    ControlHeader header;
    int fds[wire::kTablesPerMessage];
  } rights = {};
  MessageHeader message = {nullptr, 0, &vector, 1, &rights, sizeof rights, 0};
  const long got = call(__NR_recvmsg, socket, &message, flags | kMsgCmsgCloexec);
  if (got == -kEagain || got == -kEintr) return Received::kNotYet;
  if (failed(got) || got == 0) return Received::kNoMore;
  uint32_t fd_count = 0;
  if (message.control_bytes >= sizeof rights.header && rights.header.level == kSolSocket &&
      rights.header.type == kScmRights) {
    fd_count = (uint32_t)((rights.header.bytes - sizeof rights.header) / sizeof(int));
  }
  const bool whole = got == sizeof tables && tables.magic == wire::kTablesMagic;
  if (whole) take(tables, rights.fds, fd_count);
  if (!whole) wire::add_relaxed(session.control->tables_refused, uint64_t{1});
  for (uint32_t i = 0; i < fd_count; ++i) call(__NR_close, rights.fds[i]);
  const bool last = !whole || tables.first + tables.count >= tables.total;
  return last ? Received::kLast : Received::kSome;
}

void ask_for_tables() {
  const uint64_t news = wire::load_relaxed(session.control->messages);
  if (news == news_seen) return;
  news_seen = news;
  asked = call_recorder(wire::kMoreMagic);
  if (asked >= 0) asked_identity = identity_of(asked);
}

}  // namespace

void receive_first_tables(int socket) {
  news_seen = wire::load_relaxed(session.control->messages);
  while (receive_one(socket, 0) == Received::kSome) {
  }
}

void follow_tables() {
  if (asked < 0 && wire::load_relaxed(session.control->messages) == news_seen) return;
  if (__atomic_exchange_n(&receiving, 1, __ATOMIC_ACQUIRE) != 0) return;
  // The program may have closed it meanwhile, and opened a file of its own at that number.
  if (asked >= 0 && identity_of(asked) != asked_identity) asked = -1;
  if (asked < 0) ask_for_tables();
  Received received = Received::kNoMore;
  if (asked >= 0) {
    do {
      received = receive_one(asked, kMsgDontwait);
    } while (received == Received::kSome);
    if (received != Received::kNotYet) {
      call(__NR_close, asked);
      asked = -1;
    }
  }
  wire::store_release(receiving, 0u);
}

const ModuleSet* modules() {
  return wire::load_acquire(current);
}

const ModuleRange* ModuleSet::find(uint64_t address) const {
  uint32_t first = 0, after = count;
  while (first < after) {
    const uint32_t middle = (first + after) / 2;
    if (ranges[middle].end <= address) {
      first = middle + 1;
    } else {
      after = middle;
    }
  }
  return first < count && ranges[first].begin <= address ? &ranges[first] : nullptr;
}

// In a forked child the tables are mapped as in the parent, but the messages were the parent's.
void forget_messages() {
  if (asked >= 0 && identity_of(asked) == asked_identity) call(__NR_close, asked);
  asked = -1;
  news_seen = 0;
  receiving = 0;
  coming = nullptr;
}

}  // namespace hone::agent
