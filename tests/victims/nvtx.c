/* Ranges, marks and names by NVTX: nvtx [COUNT [flood]]. What it calls is what
 * tests/e2e/nvtx_test.py looks for. Without a tool every call does nothing. With "flood": COUNT
 * ranges of one name, and as many of names of their own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nvtx_calls.h"
#ifdef HONE_ENABLE
#include <hone/hone.h>
#endif

static nvtx_attributes attributes(void) {
  nvtx_attributes a;
  memset(&a, 0, sizeof a);
  a.version = 3;
  a.size = sizeof a;
  return a;
}

static nvtx_attributes said(const char* text) {
  nvtx_attributes a = attributes();
  a.message_type = 1;
  a.message.ascii = text;
  return a;
}

static int levels_are_wrong;
static void expect(int level, int wanted) {
  if (level != wanted && nvtx_load()) levels_are_wrong = 1;
}

static pthread_barrier_t named;
static uint64_t handed_over;
static int other_tid;

static void* other(void* domain) {
  other_tid = (int)syscall(SYS_gettid);
  pthread_barrier_wait(&named);
  pthread_barrier_wait(&named); /* the first thread has named this one */
  expect(PUSH("on the other thread"), 0);
  END(handed_over);
  expect(POP(), 0);
  nvtx_attributes a = said("ended elsewhere");
  handed_over = DOMAIN_START(domain, &a);
  return 0;
}

static void payloads(void* domain) {
  static const char* const names[] = {"none", "u64", "i64", "f64", "u32", "i32", "f32", "odd"};
  for (int type = 0; type < 8; ++type) {
    nvtx_attributes a = said(names[type]);
    a.payload_type = type;
    switch (type) {
      case 1:
        a.payload.u64 = UINT64_MAX;
        break;
      case 2:
        a.payload.i64 = INT64_MIN;
        break;
      case 3:
        a.payload.f64 = 0.5;
        break;
      case 4:
        a.payload.u32 = UINT32_MAX;
        break;
      case 5:
        a.payload.i32 = -5;
        break;
      case 6:
        a.payload.f32 = 0.25f;
        break;
      default:
        break;
    }
    expect(DOMAIN_PUSH(domain, &a), 0);
    expect(DOMAIN_POP(domain), 0);
  }
}

static void names(void* domain) {
  char text[32];
  for (int i = 0; i < 3; ++i) { /* another text at the same address each time */
    snprintf(text, sizeof text, "written over %d", i);
    PUSH(text);
    POP();
  }
  nvtx_attributes a = attributes();
  a.message_type = 3;
  a.message.registered = DOMAIN_STRING(domain, "registered");
  for (int i = 0; i < 4; ++i) {
    DOMAIN_PUSH(domain, &a);
    DOMAIN_POP(domain);
  }
  PUSH_WIDE(L"wide \u00fc\u20ac\U0001f600");
  POP();
  a = said("in a category");
  a.category = 7;
  DOMAIN_PUSH(domain, &a);
  DOMAIN_POP(domain);
  DOMAIN_NAME_CATEGORY(domain, 7, "loading");
  a.color_type = 1;
  a.color = 0xff3080ff;
  DOMAIN_PUSH(domain, &a);
  DOMAIN_POP(domain);
  NAME_CATEGORY(9, "of all");
  a.category = 9;
  PUSH_EX(&a);
  POP();
  a = attributes(); /* says nothing */
  PUSH_EX(&a);
  POP();
  a.size = 8; /* of a version that there never was */
  PUSH_EX(&a);
  POP();
  PUSH(NULL);
  POP();
}

static void across(void* domain) {
  nvtx_attributes a = said("of the domain");
  expect(PUSH("outer"), 0);
  expect(DOMAIN_PUSH(domain, &a), 0);
  expect(PUSH("inner"), 1);
  expect(DOMAIN_POP(domain), 0); /* while "inner" is open */
  expect(POP(), 1);
  expect(POP(), 0);
  expect(POP(), -1);
  END(UINT64_MAX);
  for (int i = 0; i < 300; ++i) expect(PUSH("deep"), i < 239 ? i : 239);
  for (int i = 300; i > 0; --i) expect(POP(), i > 239 ? 239 : i - 1);
}

static void marks(void* domain) {
  MARK("plain");
  MARK_WIDE(L"plain and wide");
  nvtx_attributes a = said("with a payload");
  a.payload_type = 5;
  a.payload.i32 = 17;
  MARK_EX(&a);
  DOMAIN_MARK(domain, &a);
  a.message.ascii = "async with a payload";
  END(DOMAIN_START(domain, &a));
  NAME_CUDA_DEVICE(0, "device");
  NAME_CUDA_DEVICE(1, "device");
  DOMAIN_RESOURCE(domain, &a);
}

static void flood(int count) {
  for (int i = 0; i < count; ++i) {
    PUSH("flood");
    POP();
  }
  char text[32];
  for (int i = 0; i < count; ++i) {
    snprintf(text, sizeof text, "flood %d", i);
    PUSH(text);
    POP();
  }
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 100;
#ifdef HONE_ENABLE
  HONE_SPAN("by hone.h");
#endif
  if (argc > 2) {
    flood(count);
    return 0;
  }
  void* const domain = DOMAIN_CREATE("Physics");
  if (DOMAIN_CREATE("Physics") != domain) levels_are_wrong = 1;
  pthread_barrier_init(&named, 0, 2);
  NAME_THREAD((uint32_t)syscall(SYS_gettid), "the first");
  pthread_t thread;
  pthread_create(&thread, 0, other, domain);
  pthread_barrier_wait(&named);
  NAME_THREAD((uint32_t)other_tid, "the other");
  handed_over = START("handed over");
  pthread_barrier_wait(&named);
  for (int i = 0; i < count; ++i) {
    PUSH("step");
    nvtx_attributes a = said("narrow");
    a.payload_type = 2;
    a.payload.i64 = i;
    DOMAIN_PUSH(domain, &a);
    DOMAIN_POP(domain);
    POP();
  }
  payloads(domain);
  names(domain);
  across(domain);
  marks(domain);
  pthread_join(thread, 0);
  DOMAIN_END(domain, handed_over);
  DOMAIN_DESTROY(domain);
  printf("%s\n", !nvtx_load() ? "no tool" : levels_are_wrong ? "levels are wrong" : "done");
  return 0;
}
