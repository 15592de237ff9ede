/* What an instrumented program and Hone share: one file without a name (memfd) that the program
 * makes and seals against shrinking. The program writes, the recorder reads; nothing else of Hone's
 * runs between them. Programs include hone/hone.h, not this.
 *
 *   0          hone_page              who, where the rest lies, on or off
 *   threads_at hone_thread[rings]     whose ring, how far it is, which spans are open
 *   sites_at   hone_site_entry[sites] where in the texts each site is described
 *   texts_at   descriptions of sites
 *   slots_at   hone_slot[rings][ring_slots]
 *
 * Plain memory, so that what was written outlives the program, however it ends. Fields change only
 * by addition; `version` says which are there. What the program writes may be anything: a reader
 * copies, then checks, and indexes nothing by it unchecked. C11 and C++14. */
#ifndef HONE_LAYOUT_H
#define HONE_LAYOUT_H

#include <stdint.h>

#define HONE_LAYOUT_MAGIC 0x31305350454e4f48ull /* "HONEPS01" */
#define HONE_LAYOUT_VERSION 1u

/* hone_page.state */
#define HONE_ASK 0u      /* the next event looks what is to be done */
#define HONE_OFF 1u      /* nothing is recorded */
#define HONE_ON 2u       /* everything that the filter lets through is */
#define HONE_STARTING 3u /* somebody is about to set one of the others */

/* hone_page.clock: of the ticks in all slots. One of the first two, and bits. */
#define HONE_CLOCK_NS 1u      /* CLOCK_MONOTONIC, ns */
#define HONE_CLOCK_COUNTER 2u /* the CPU's: TSC, or cntvct_el0 */
#define HONE_CLOCK_CHAINED 4u /* bit: a span begins where the last event of its thread ended */

/* hone_page.when_full */
#define HONE_DROP_NEWEST 0u
#define HONE_BLOCK 1u
#define HONE_OVERWRITE_OLDEST 2u

/* A slot: two words, the second written last. Of the second, from bit 0:
 *   2 lap     (index of the slot / HONE_RING_SLOTS) mod 4: the slot is of this round
 *   2 type
 *   8 depth   how many spans are open around it; of a mark its kind
 *  20 site
 *  32 value   of a span its duration in ticks
 * Never 0: that is a slot that was not written yet. Slots of one record are taken together and
 * follow each other, modulo the ring. */
#define HONE_RING_SLOTS (1u << 17) /* 2 MiB */
#define HONE_TYPE_MARK                                                                           \
  0u                      /* first: ticks, or what its kind says; value & 255 slots belong to it \
                           */
#define HONE_TYPE_SPAN 1u /* first: ticks at its end */
#define HONE_TYPE_REST 2u /* belongs to a slot before it; first: its payload */
#define HONE_TYPE_WIDE 3u /* a span; the next slot has the ticks at its start; value: flags */

#define HONE_DEPTH_BITS 8u
#define HONE_SITE_BITS 20u
#define HONE_SITES_MAX (1u << HONE_SITE_BITS)
#define HONE_DEPTH_MAX 239u /* deeper spans are recorded at this depth, and not seen while open */

/* Flags of a wide span. */
#define HONE_WIDE_STRAY \
  1u /* others were open inside, or it ended on another thread: a fiber, longjmp */

/* Kinds of marks. */
/* first: ticks at the span's start; value >> 8 & 255: which of the site's keys the first value has
 */
#define HONE_MARK_ARGUMENTS 1u
#define HONE_MARK_INTEGER 2u /* a plot; rest: int64 */
#define HONE_MARK_REAL 3u    /* a plot; rest: double */
#define HONE_MARK_FRAME 4u   /* a frame of the set `site` ends and the next begins */
#define HONE_MARK_FRAME_BEGIN 5u
#define HONE_MARK_FRAME_END 6u
#define HONE_MARK_MESSAGE 7u      /* value >> 8 & 255: severity; rest: arguments */
#define HONE_MARK_ASYNC_BEGIN 8u  /* rest: id */
#define HONE_MARK_ASYNC_END 9u    /* rest: id */
#define HONE_MARK_FLOW_BEGIN 10u  /* rest: id */
#define HONE_MARK_FLOW_END 11u    /* rest: id */
#define HONE_MARK_ALLOCATE 12u    /* site: the pool; rest: address, bytes with the open span */
#define HONE_MARK_FREE 13u        /* site: the pool; rest: address */
#define HONE_MARK_LOCK_WAIT 14u   /* rest: address of the lock */
#define HONE_MARK_LOCK_TAKE 15u   /* rest: address of the lock */
#define HONE_MARK_LOCK_LEAVE 16u  /* rest: address of the lock */
#define HONE_MARK_THREAD_NAME 17u /* site: its name */
/* A lock was let go, at `first`; value >> 8 & 255: HONE_LOCK_... The first rest slot: address of
 * the lock, and (value) the ticks for which it was held, when no more slots follow. Else two do:
 * these ticks; those of the wait before, and (value) the tid of who held it as the wait began. */
#define HONE_MARK_LOCK_HELD 18u
#define HONE_MARK_POOL_RESET 19u /* all that the pool `site` gave out is free */
/* Of a place that is met so often that not each of its spans is timed. first: ticks at a timed
 * span's start; value >> 8: how many spans of this place on this thread it stands for, itself among
 * them. Before that span, like its arguments. */
#define HONE_MARK_STANDS_FOR 20u
/* A thread ends; value >> 8: how many spans of this place none stands for yet. */
#define HONE_MARK_COUNTED 21u
#define HONE_MARK_SAVE 28u /* site: why; a recorder that keeps the last so long writes it */
/* Of a GPU (hone/vulkan.h). Its site: the queue; rest: arguments: name of the device, id of the
 * queue, kind of device (VkPhysicalDeviceType), HONE_GPU_..., how far the clock may be off and how
 * far it was found to be, in ns, and spans left out so far. */
#define HONE_MARK_GPU_QUEUE 24u
/* first: when its commands were recorded; value >> 8 & 255: depth, 255 not known; rest: id of the
 * queue | thread that recorded them << 32, start, end, in ns of CLOCK_MONOTONIC */
#define HONE_MARK_GPU_SPAN 25u

/* How a device's clock is tied to CLOCK_MONOTONIC. */
#define HONE_GPU_CALIBRATED 1u /* read together, each second */
#define HONE_GPU_BRACKETED 2u  /* once, by waiting for a submission */

/* Of HONE_MARK_LOCK_HELD. */
#define HONE_LOCK_SHARED 1u
#define HONE_LOCK_GAVE_UP 2u      /* it waited and did not get it */
#define HONE_LOCK_HOLD_UNKNOWN 4u /* it was let go where nobody saw, or later */

/* Types of arguments, in `depth` of a rest slot; strings take further slots, 8 bytes each. */
#define HONE_ARGUMENT_INTEGER 1u
#define HONE_ARGUMENT_UNSIGNED 2u
#define HONE_ARGUMENT_REAL 3u
#define HONE_ARGUMENT_BOOLEAN 4u
#define HONE_ARGUMENT_ADDRESS 5u
#define HONE_ARGUMENT_STRING 6u /* first: nothing; value: its bytes */

typedef struct hone_slot {
  uint64_t first, second;
} hone_slot;

typedef struct hone_open_span {
  uint64_t start; /* ticks */
  uint64_t word;  /* the second word of its slot to be, without lap and duration */
} hone_open_span;

/* The lock that a thread waits for now. */
typedef struct hone_lock_wait {
  uint64_t start; /* ticks, written last; 0: it waits for none */
  uint64_t lock;  /* its address */
  uint64_t word;  /* hone_word(): site; value: tid of who held it, 0 not known */
} hone_lock_wait;

/* How a thread deals with a place that is hot: one span in so many is timed, the others are
 * counted. */
typedef struct hone_hot {
  int32_t left;     /* spans up to and with the next that is timed; below 1: that is the next */
  uint32_t gap;     /* what `left` began with */
  uint32_t mean;    /* of the gaps, which vary, so that they do not go with what the program does */
  uint32_t carried; /* spans that the next stands for, beside those of the gap */
  uint64_t last;    /* ticks of the last that stood for others */
} hone_hot;
#define HONE_HOT_MAX 64u /* places of a program; others are all timed */

/* hone_thread.tid from here on is that of no thread: a fiber, which has a ring of its own. */
#define HONE_TID_FIBER (1u << 30)

/* hone_thread.state */
#define HONE_RING_FREE 0u
#define HONE_RING_TAKING 1u
#define HONE_RING_LIVE 2u
#define HONE_RING_ENDED                                                    \
  3u /* its thread has ended; it may be taken again when all of it is read \
      */

typedef struct hone_thread {
  /* By its thread. */
  uint64_t head;    /* slots ever taken */
  uint64_t limit;   /* the slot up to which it may take some without asking */
  hone_slot* slots; /* for the program alone */
  uint64_t last;    /* ticks of its last event */
  uint32_t depth;   /* spans open now */
  uint32_t reserved0;
  uint64_t touched; /* slots of its ring that are backed by memory */
  uint64_t reserved1[2];

  uint64_t spans_lost; /* the ring was full */
  uint64_t marks_lost;
  uint64_t spans_short; /* shorter than min_ticks */
  uint64_t waits;       /* times that it waited for the recorder */
  uint32_t state;
  uint32_t tid;   /* as the program sees it; from HONE_TID_FIBER on: of a fiber */
  uint32_t turn;  /* how often this ring was taken */
  uint32_t name;  /* the site of its name (HONE_SITE_THREAD_NAME); 0: it was given none */
  uint64_t start; /* ticks */
  uint64_t end;   /* ticks */

  /* By the recorder. */
  uint64_t tail; /* slots ever read */
  uint64_t reserved3[7];

  /* By its thread. */
  hone_lock_wait waiting;
  uint64_t reserved4[5];

  hone_open_span open[HONE_DEPTH_MAX + 1];
  hone_hot hot[HONE_HOT_MAX]; /* by the numbers of hone_page.hot_sites */
} hone_thread;

typedef struct hone_site_entry {
  uint32_t at;    /* from texts_at */
  uint32_t bytes; /* 0: not described (yet) */
} hone_site_entry;

/* Kinds of sites. */
#define HONE_SITE_SPAN 1u
#define HONE_SITE_PLOT 2u
#define HONE_SITE_FRAMES 3u
#define HONE_SITE_MESSAGE 4u
#define HONE_SITE_POOL 5u
#define HONE_SITE_LOCK 6u
#define HONE_SITE_THREAD_NAME 7u
#define HONE_SITE_APP_INFO 8u /* no event is of it: key in `name`, value in `unit` */
#define HONE_SITE_GPU_QUEUE 9u

/* Of a place in a program's file, so that what is built in can be told without running it. */
#define HONE_SITE_MARK 0x4853u

/* A description: this, then texts that each end with a 0: name, category, function, file, unit, and
 * `keys` names of arguments. Any but the name may be empty. */
typedef struct hone_site_text {
  uint32_t line;
  uint32_t color; /* 0xrrggbb; 0: none */
  uint8_t kind, level, keys, reserved;
} hone_site_text;

typedef struct hone_page {
  /* Read with every event; by the recorder, and by the program at its start. */
  uint32_t state;
  uint32_t clock;
  uint64_t lease;     /* ticks up to which somebody reads what is written; then it is HONE_OFF */
  uint64_t min_ticks; /* shorter spans are left out; less than 2^32 */
  uint64_t
      fit_ticks; /* 2^32 - 1 - min_ticks: a duration less min_ticks up to this fits in a slot */
  uint32_t when_full;
  uint32_t frame_every; /* more than 1: of so many frames one is recorded */
  uint32_t skips;       /* 1: HONE_OFF up to the next frame that is */
  uint32_t reserved;
  /* A place is hot when on some thread less than so many ticks lie between its spans; then about
   * so many lie between those that are timed. 0: no place ever is. */
  uint64_t hot_ticks;
  uint64_t reserved0;

  /* By the program before it hands the memory over. */
  uint64_t magic;
  uint32_t version;
  uint32_t rings;
  uint32_t ring_slots; /* HONE_RING_SLOTS */
  uint32_t thread_bytes;
  uint32_t sites;
  uint32_t texts_bytes;
  uint64_t threads_at, sites_at, texts_at, slots_at, bytes;
  int32_t pid; /* as the program sees itself */
  uint32_t reserved1;
  int64_t start_ns; /* CLOCK_MONOTONIC */
  uint64_t reserved2[4];

  /* By the program while it runs. */
  uint32_t rings_used; /* rings from here on were never taken */
  uint32_t sites_used; /* ids from here on were never given; 0 is none */
  uint32_t texts_used;
  uint32_t threads_refused; /* there was no ring for them */
  uint64_t sites_refused;
  uint64_t fork_of; /* its parent, when a fork made it; else 0 */
  uint64_t reserved3[4];

  /* By the recorder. */
  int32_t owner; /* pid of the one recorder; 0: there is none */
  /* 1: it wants to be woken when a ring fills; 2: when one is more than half full. Set to 0 by who
   * does. */
  uint32_t recorder_sleeps;
  uint32_t rings_limit; /* no more rings than this are to be taken; 0: all may be */
  uint32_t reserved5;
  uint64_t reserved4[6];
  char recorder[112]; /* where it listens, ended by a 0; empty: at HONE_SPANS; HONE_WITHIN */
  char filter[512];   /* like HONE_FILTER, ended by a 0; holds from the next HONE_ASK on */

  /* By the program while it runs, from HONE_ASK to HONE_ASK. */
  uint32_t hot_used;
  uint32_t hot_sites[HONE_HOT_MAX]; /* the ids of places that are hot */
} hone_page;

/* hone_page.recorder of a program that records itself: the reader is a thread of it, and waits on
 * recorder_sleeps (futex). It is not there in a child that the program forks. */
#define HONE_WITHIN "(within)"

#define HONE_PAGE_BYTES 4096u

#endif
