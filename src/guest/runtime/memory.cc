// The shared memory: one sparse file without a name.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"

extern "C" {
// The header of the ELF file that this is linked into: made by the linker.
extern HONE_HIDDEN const char __ehdr_start[] __attribute__((weak));
__attribute__((weak)) unsigned long getauxval(unsigned long);
}

// A page of its own, so that the shared memory's first page can take its place: the switch is then
// at an address that the program knows when it is linked. All of it: whatever of the program lay on
// the rest of that page would be lost. Programs know its beginning, as hone_own_page.
namespace {
struct WholePage {
  hone_page page;
  char rest[HONE_PAGE_BYTES - sizeof(hone_page)];
};
}  // namespace
extern "C" {
extern HONE_HIDDEN WholePage hone_own_whole_page __asm__("hone_own_page");
alignas(HONE_PAGE_BYTES) WholePage hone_own_whole_page;
}

namespace hone::runtime {

using namespace kernel;

Memory memory = {nullptr, nullptr, -1};

namespace {

constexpr int kFAddSeals = 1033, kFDupfdCloexec = 1030;
constexpr int kSealSeal = 1, kSealShrink = 2, kSealGrow = 4;
constexpr unsigned kMfdCloexec = 1, kMfdAllowSealing = 2;
constexpr int kMapFixed = 0x10;
constexpr int kRlimitFsize = 1;
constexpr unsigned long kAuxProgramHeaders = 3;  // AT_PHDR
constexpr int kProgramHeadersAt = 32;            // Elf64_Ehdr::e_phoff
// Out of the way of programs that count on low numbers.
constexpr int kDescriptorFrom = 1000;

uint64_t page_multiple(uint64_t bytes) {
  return (bytes + HONE_PAGE_BYTES - 1) / HONE_PAGE_BYTES * HONE_PAGE_BYTES;
}

void lay_out(hone_page& page, uint32_t rings) {
  page.rings = rings;
  page.ring_slots = HONE_RING_SLOTS;
  page.thread_bytes = sizeof(hone_thread);
  page.sites = HONE_SITES_MAX;
  page.texts_bytes = kTextsBytes;
  page.threads_at = HONE_PAGE_BYTES;
  page.sites_at = page.threads_at + uint64_t{rings} * sizeof(hone_thread);
  page.texts_at = page.sites_at + page_multiple(uint64_t{page.sites} * sizeof(hone_site_entry));
  page.slots_at = page.texts_at + page.texts_bytes;
  page.bytes = page.slots_at + uint64_t{rings} * HONE_RING_SLOTS * sizeof(hone_slot);
}

#if defined(__x86_64__)
// The counter runs at one rate in all states of the CPU (AMD64 manual 3, Fn8000_0007 EDX[8]).
bool has_steady_counter() {
  uint32_t a = 0x80000000, b = 0, c = 0, d = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if (a < 0x80000007) return false;
  a = 0x80000007;
  c = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (d & 1u << 8) != 0;
}
#else
bool has_steady_counter() {
  return true;
}
#endif

uint32_t clock_of_choice() {
  const char* wanted = variable("HONE_CLOCK");
  if (wanted && same_text(wanted, "monotonic")) return HONE_CLOCK_NS;
  return has_steady_counter() ? HONE_CLOCK_COUNTER : HONE_CLOCK_NS;
}

// A limit on files (ulimit -f) holds for this memory, too, and is enforced by a signal.
uint64_t file_bytes_max() {
  uint64_t limit[2] = {};
  if (failed(call(__NR_prlimit64, 0, kRlimitFsize, 0L, limit))) return ~0ull;
  return limit[0];
}

// A file of the size of `page`, which is written at its start. -1: not to be had.
int make_file(hone_page& page) {
  const long low = call(__NR_memfd_create, "hone-control", kMfdCloexec | kMfdAllowSealing);
  if (failed(low)) return -1;
  // It takes space only where it is touched, but the size may be limited all the same.
  for (uint32_t rings = kRingsMax; rings >= 16; rings /= 4) {
    lay_out(page, rings);
    if (page.bytes > file_bytes_max() || failed(call(__NR_ftruncate, low, page.bytes))) continue;
    if (call(__NR_pwrite64, low, &page, sizeof page, 0L) != (long)sizeof page) break;
    call(__NR_fcntl, low, kFAddSeals, kSealShrink | kSealGrow | kSealSeal);
    const long high = call(__NR_fcntl, low, kFDupfdCloexec, kDescriptorFrom);
    if (failed(high)) return (int)low;
    call(__NR_close, low);
    return (int)high;
  }
  call(__NR_close, low);
  return -1;
}

// Threads that use the descriptor at this moment.
uint32_t mapping;

// This is part of a library, which may be closed; not of the program.
bool is_in_library() {
  if (!getauxval || !__ehdr_start) return false;
  uint64_t headers = 0;
  __builtin_memcpy(&headers, __ehdr_start + kProgramHeadersAt, sizeof headers);
  return getauxval(kAuxProgramHeaders) != (unsigned long)__ehdr_start + headers;
}

// A library that is closed takes its descriptor with it: nobody else knows of it, and a recorder
// has one of its own. Rings stay mapped, since spans that were begun here may end elsewhere. It is
// the last destructor of the library to run, so that spans in all others are recorded. The program
// may be ending as well, while its threads run on: what one of them maps now is left alone, and one
// that comes later finds no descriptor.
__attribute__((destructor(101))) void close_with_library() {
  if (!is_in_library()) return;
  const int file = __atomic_exchange_n(&memory.descriptor, -1, __ATOMIC_SEQ_CST);
  if (file >= 0 && __atomic_load_n(&mapping, __ATOMIC_SEQ_CST) == 0) call(__NR_close, file);
}

}  // namespace

hone_slot* map_ring(uint32_t ring) {
  const uint64_t bytes = uint64_t{HONE_RING_SLOTS} * sizeof(hone_slot);
  if (memory.rings[ring]) return memory.rings[ring];
  __atomic_fetch_add(&mapping, 1u, __ATOMIC_SEQ_CST);
  const int file = __atomic_load_n(&memory.descriptor, __ATOMIC_SEQ_CST);
  const long at = call(__NR_mmap, 0L, bytes, kProtRead | kProtWrite, kMapShared | kMapNoreserve,
                       file, (long)(hone_own_page.slots_at + ring * bytes));
  __atomic_fetch_sub(&mapping, 1u, __ATOMIC_SEQ_CST);
  if (failed(at)) return nullptr;
  call(__NR_madvise, at, bytes, kMadvDontdump);
  return memory.rings[ring] = (hone_slot*)at;
}

bool make_memory(int parent) {
  hone_page page = {};
  // Not HONE_ASK: whoever meets the new page is not to start as well.
  page.state = HONE_STARTING;
  page.clock = clock_of_choice();
  page.magic = HONE_LAYOUT_MAGIC;
  page.version = HONE_LAYOUT_VERSION;
  page.pid = process_id();
  page.fork_of = (uint64_t)parent;
  page.start_ns = clock_ns(kClockMonotonic);
  page.sites_used = 1;
  page.fit_ticks = UINT32_MAX;
  const int file = make_file(page);
  if (file < 0) return false;
  auto* head = (uint8_t*)map_memory(page.slots_at, kMapShared | kMapNoreserve, file);
  auto* rings = (hone_slot**)map_memory(page.rings * sizeof(hone_slot*),
                                        kMapPrivate | kMapAnonymous | kMapNoreserve);
  const bool mapped = head && rings &&
                      !failed(call(__NR_mmap, &hone_own_page, sizeof hone_own_page,
                                   kProtRead | kProtWrite, kMapShared | kMapFixed, file, 0L));
  if (!mapped) {
    if (head) call(__NR_munmap, head, page.slots_at);
    call(__NR_close, file);
    return false;
  }
  call(__NR_madvise, head, page.slots_at, kMadvDontdump);
  memory = {head, rings, file};
  return true;
}

void forget_memory() {
  if (!memory.head) return;
  const hone_page page = hone_own_page;
  const uint64_t ring_bytes = uint64_t{page.ring_slots} * sizeof(hone_slot);
  for (uint32_t ring = 0; ring < page.rings; ++ring) {
    if (memory.rings[ring]) call(__NR_munmap, memory.rings[ring], ring_bytes);
  }
  // Memory of its own again, in which everything is off, until there is a new file.
  call(__NR_mmap, &hone_own_page, sizeof hone_own_page, kProtRead | kProtWrite,
       kMapPrivate | kMapAnonymous | kMapFixed, -1, 0L);
  hone_own_page.state = HONE_STARTING;
  call(__NR_munmap, memory.head, page.slots_at);
  call(__NR_munmap, memory.rings, page.rings * sizeof(hone_slot*));
  if (memory.descriptor >= 0) call(__NR_close, memory.descriptor);
  mapping = 0;
  memory = {nullptr, nullptr, -1};
}

}  // namespace hone::runtime
