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
uint64_t messages_taken = 0;
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

// False when there is none, or no more.
bool receive_one(int flags, bool* last) {
  static wire::Tables tables;
  MessageVector vector = {&tables, sizeof tables};
  struct {
    ControlHeader header;
    int fds[wire::kTablesPerMessage];
  } rights = {};
  MessageHeader message = {nullptr, 0, &vector, 1, &rights, sizeof rights, 0};
  const long got = call(__NR_recvmsg, session.socket, &message, flags | kMsgCmsgCloexec);
  if (failed(got) || got == 0) return false;
  uint32_t fd_count = 0;
  if (message.control_bytes >= sizeof rights.header && rights.header.level == kSolSocket &&
      rights.header.type == kScmRights) {
    fd_count = (uint32_t)((rights.header.bytes - sizeof rights.header) / sizeof(int));
  }
  const bool whole = got == sizeof tables && tables.magic == wire::kTablesMagic;
  if (whole) take(tables, rights.fds, fd_count);
  if (!whole) wire::add_relaxed(session.control->tables_refused, uint64_t{1});
  for (uint32_t i = 0; i < fd_count; ++i) call(__NR_close, rights.fds[i]);
  *last = !whole || tables.first + tables.count >= tables.total;
  ++messages_taken;
  return true;
}

}  // namespace

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

void receive_tables(int flags) {
  const bool waits = (flags & kMsgDontwait) == 0;
  if (!waits && wire::load_relaxed(session.control->messages) == messages_taken) return;
  if (__atomic_exchange_n(&receiving, 1, __ATOMIC_ACQUIRE) != 0) return;
  bool last = false;
  while (!(waits && last) && socket_is_ours() && receive_one(flags, &last)) {
  }
  wire::store_release(receiving, 0u);
}

// In a forked child the tables are mapped as in the parent, but the messages were the parent's.
void forget_messages() {
  messages_taken = 0;
  receiving = 0;
  coming = nullptr;
}

}  // namespace hone::agent
