// hone/cuda_activity.h with a CUPTI that is made up: this program is instrumented itself, and reads
// what it wrote.
#define HONE_ENABLE
#include "hone/cuda_activity.h"

#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drain/spans.h"
#include "guest/runtime/cupti.h"
#include "guest/runtime/runtime.h"

namespace hone::drain::cuda_activity {
namespace {

namespace cupti = runtime::cupti;
using cupti::CopyRecord;
using cupti::KernelRecord;

constexpr int64_t kTheirLead = 1'700'000'000'000'000'000;  // of a clock that tells the date

int64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct MadeUp {
  cupti::Request request = nullptr;
  cupti::Complete complete = nullptr;
  uint64_t (*clock)() = nullptr;
  std::map<uint32_t, int> enabled;
  int subscribers = 0, subscribe_result = 0, clock_result = 0;
  std::map<uint32_t, int> enable_results;
  size_t dropped = 0;
  std::string missing, file = "libcupti.so.12";
  std::vector<std::string> asked_for;
  std::vector<uint32_t> flushes;
  std::vector<size_t> sizes;  // of the records of the buffer that is read
};
MadeUp* made_up;

int subscribe(void** out, cupti::Callback, void*) {
  if (made_up->subscribe_result != 0) return made_up->subscribe_result;
  ++made_up->subscribers;
  *out = made_up;
  return 0;
}
int unsubscribe(void* subscriber) {
  if (subscriber != made_up) return 1;
  --made_up->subscribers;
  return 0;
}
int callbacks(cupti::Request request, cupti::Complete complete) {
  made_up->request = request;
  made_up->complete = complete;
  return 0;
}
int enable(uint32_t kind) {
  if (made_up->enable_results[kind] != 0) return made_up->enable_results[kind];
  ++made_up->enabled[kind];
  return 0;
}
int disable(uint32_t kind) {
  --made_up->enabled[kind];
  return 0;
}
int flush(uint32_t flags) {
  made_up->flushes.push_back(flags);
  return 0;
}
size_t size_of(uint32_t kind) {
  return kind == cupti::kConcurrentKernel ? 160 : kind == cupti::kMemcpy ? 80 : 72;
}
// Records stand behind each other; 12 says that there are no more, 1 that nothing is right.
int next(uint8_t* buffer, size_t valid, cupti::Record** record) {
  uint8_t* at = buffer;
  if (*record) at = reinterpret_cast<uint8_t*>(*record) + size_of((*record)->kind);
  if (at + sizeof(cupti::Record) > buffer + valid) return cupti::kMaxLimitReached;
  *record = reinterpret_cast<cupti::Record*>(at);
  return 0;
}
int dropped(void*, uint32_t, size_t* out) {
  *out = made_up->dropped;
  made_up->dropped = 0;
  return 0;
}
int timestamp(uint64_t* out) {
  *out = static_cast<uint64_t>(now_ns() + kTheirLead);
  return 0;
}
int clock_of(uint64_t (*now)()) {
  if (made_up->clock_result != 0) return made_up->clock_result;
  made_up->clock = now;
  return 0;
}
int flush_period(uint32_t) {
  return 0;
}

void* open_library(const char* file, int) {
  made_up->asked_for.emplace_back(file);
  return made_up->file == file ? made_up : nullptr;
}
void* find(void* library, const char* name) {
#define HONE_MADE_UP(name, function) \
  { name, reinterpret_cast<void*>(&function) }
  static const std::map<std::string, void*> kCalls = {
      HONE_MADE_UP("cuptiSubscribe", subscribe),
      HONE_MADE_UP("cuptiUnsubscribe", unsubscribe),
      HONE_MADE_UP("cuptiActivityRegisterCallbacks", callbacks),
      HONE_MADE_UP("cuptiActivityEnable", enable),
      HONE_MADE_UP("cuptiActivityDisable", disable),
      HONE_MADE_UP("cuptiActivityFlushAll", flush),
      HONE_MADE_UP("cuptiActivityGetNextRecord", next),
      HONE_MADE_UP("cuptiActivityGetNumDroppedRecords", dropped),
      HONE_MADE_UP("cuptiGetTimestamp", timestamp),
      HONE_MADE_UP("cuptiActivityRegisterTimestampCallback", clock_of),
      HONE_MADE_UP("cuptiActivityFlushPeriod", flush_period),
  };
#undef HONE_MADE_UP
  EXPECT_EQ(library, made_up);
  const auto at = kCalls.find(name);
  return at == kCalls.end() || made_up->missing == name ? nullptr : at->second;
}
const hone_cuda_loader kLoader = {&open_library, &find};

KernelRecord kernel(const char* name, uint32_t stream, uint64_t start, uint64_t end) {
  KernelRecord out = {};
  out.kind = cupti::kConcurrentKernel;
  out.name = name;
  out.device = 0;
  out.context = 1;
  out.stream = stream;
  out.start = start;
  out.end = end;
  return out;
}
CopyRecord copy(uint32_t kind, uint8_t which, uint32_t stream, uint64_t start, uint64_t end) {
  CopyRecord out = {};
  out.kind = kind;
  out.copy = which;
  out.device = 0;
  out.context = 1;
  out.stream = stream;
  out.start = start;
  out.end = end;
  return out;
}

// A buffer that CUPTI fills and gives back.
class Buffer {
 public:
  Buffer() { made_up->request(&at_, &bytes_, &most_); }
  template <class T>
  Buffer& add(const T& record) {
    EXPECT_LE(used_ + size_of(record.kind), bytes_);
    std::memset(at_ + used_, 0, size_of(record.kind));
    std::memcpy(at_ + used_, &record, std::min(sizeof record, size_of(record.kind)));
    used_ += size_of(record.kind);
    return *this;
  }
  void give(size_t less = 0) {
    made_up->complete(nullptr, 0, at_, bytes_, used_ > less ? used_ - less : 0);
  }
  bool is_there() const { return at_ != nullptr; }
  size_t bytes() const { return bytes_; }

 private:
  uint8_t* at_ = nullptr;
  size_t bytes_ = 0, most_ = 1, used_ = 0;
};

class CudaActivity : public ::testing::Test {
 protected:
  struct Span {
    std::string name, unit, stream;
    uint32_t tid;
    int64_t start, end;
  };
  struct Told {
    std::string name;
    uint64_t how, left_out;
  };

  void SetUp() override {
    made_up = &cupti_;
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    rings_->ask(UINT64_MAX, "", "");
  }
  void TearDown() override {
    hone_cuda_activity_close();
    if (rings_) rings_->stop();
    EXPECT_EQ(cupti_.subscribers, 0);
    for (const auto& [kind, count] : cupti_.enabled) EXPECT_EQ(count, 0) << kind;
  }
  void open() { ASSERT_STREQ(hone_cuda_activity_open(&kLoader, nullptr), ""); }
  void read() {
    spans_.clear();
    messages_.clear();
    rings_->read([&](SpanBatch& batch) {
      for (const SpanMark& mark : batch.marks) {
        const hone_slot* rest = &batch.rest[mark.rest];
        if (mark.kind == HONE_MARK_MESSAGE) messages_.push_back(rings_->site(mark.site)->name);
        if (mark.kind == HONE_MARK_GPU_QUEUE) {
          const size_t name_slots = ((rest[0].second >> 32) + 7) / 8;
          const hone_slot* after = rest + 1 + name_slots;
          told_[after[0].first] = {rings_->site(mark.site)->name, after[2].first, after[5].first};
        }
        if (mark.kind != HONE_MARK_GPU_SPAN) continue;
        const auto site = rings_->site(mark.site);
        spans_.push_back({.name = site->name,
                          .unit = site->unit,
                          .stream = told_[rest[0].first & UINT32_MAX].name,
                          .tid = static_cast<uint32_t>(rest[0].first >> 32),
                          .start = static_cast<int64_t>(rest[1].first),
                          .end = static_cast<int64_t>(rest[2].first)});
      }
      return true;
    });
  }
  uint64_t left_out(const std::string& stream) {
    uint64_t most = 0;
    for (const auto& [id, each] : told_) {
      if (each.name == stream) most = std::max(most, each.left_out);
    }
    return most;
  }

  MadeUp cupti_;
  std::optional<SpanRings> rings_;
  std::vector<Span> spans_;
  std::vector<std::string> messages_;
  std::map<uint64_t, Told> told_;
};

TEST_F(CudaActivity, KernelsCopiesAndFillsAreSpansOfTheirStreams) {
  open();
  EXPECT_EQ(cupti_.subscribers, 1);
  ASSERT_TRUE(cupti_.clock);
  EXPECT_NEAR(static_cast<double>(cupti_.clock()), static_cast<double>(now_ns()), 1e9);
  Buffer()
      .add(kernel("_Z3addPfi", 7, 1000, 2000))
      .add(copy(cupti::kMemcpy, 1, 7, 2000, 2500))
      .add(copy(cupti::kMemset, 0, 13, 100, 150))
      .add(copy(cupti::kMemcpyPeers, 10, 13, 150, 160))
      .give();
  read();
  ASSERT_EQ(spans_.size(), 4u);
  EXPECT_EQ(spans_[0].name, "_Z3addPfi");
  EXPECT_EQ(spans_[0].unit, "(mangled)");
  EXPECT_EQ(spans_[0].stream, "stream 7 (CUPTI)");
  EXPECT_EQ(spans_[0].tid, 0u);
  EXPECT_EQ(spans_[0].start, 1000);
  EXPECT_EQ(spans_[0].end, 2000);
  EXPECT_EQ(spans_[1].name, "memcpy HtoD");
  EXPECT_EQ(spans_[1].unit, "");
  EXPECT_EQ(spans_[1].stream, "stream 7 (CUPTI)");
  EXPECT_EQ(spans_[2].name, "memset");
  EXPECT_EQ(spans_[2].stream, "stream 13 (CUPTI)");
  EXPECT_EQ(spans_[3].name, "memcpy PtoP");
  for (const auto& [id, each] : told_) EXPECT_EQ(each.how, HONE_GPU_BY_CUPTI);
}

TEST_F(CudaActivity, TimesOfItsOwnClockAreBroughtToOurs) {
  cupti_.clock_result = 14;
  open();
  const int64_t at = now_ns();
  Buffer()
      .add(kernel("own_clock", 1, static_cast<uint64_t>(at + kTheirLead),
                  static_cast<uint64_t>(at + kTheirLead + 777)))
      .give();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].end - spans_[0].start, 777);
  // Between the readings of the narrowest of five pairs.
  EXPECT_NEAR(static_cast<double>(spans_[0].start), static_cast<double>(at), 20e6);
}

TEST_F(CudaActivity, UnknownRecordsAreSkippedAndBuffersMayEndAnywhere) {
  open();
  CopyRecord unknown = copy(4711, 0, 1, 1, 2);
  Buffer().add(unknown).add(kernel("after", 1, 5, 6)).add(unknown).give();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].name, "after");
  // The second record is cut more and more.
  for (size_t less = 1; less < 320; ++less) {
    Buffer().add(kernel("first", 1, 5, 6)).add(kernel("second", 1, 7, 8)).give(less);
    read();
    const size_t whole = less <= 160 - sizeof(KernelRecord) ? 2 : less <= 320 - 112 ? 1 : 0;
    EXPECT_EQ(spans_.size(), whole) << less;
  }
}

TEST_F(CudaActivity, WhatHasNoTimeIsCounted) {
  open();
  const uint64_t before = hone_cuda_activity_left_out();
  Buffer()
      .add(kernel("untimed", 21, 0, 0))
      .add(kernel("backwards", 21, 9, 8))
      .add(kernel("good", 21, 8, 8))
      .give();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].name, "good");
  EXPECT_EQ(hone_cuda_activity_left_out() - before, 2u);
  EXPECT_EQ(left_out("stream 21 (CUPTI)"), 2u);
}

TEST_F(CudaActivity, DroppedRecordsAreCountedAndSaid) {
  open();
  const uint64_t before = hone_cuda_activity_left_out();
  cupti_.dropped = 12;
  Buffer().add(kernel("k", 1, 5, 6)).give();
  read();
  EXPECT_EQ(hone_cuda_activity_left_out() - before, 12u);
  EXPECT_EQ(left_out("dropped (CUPTI)") % 100, 12u);
  EXPECT_EQ(messages_, std::vector<std::string>{"CUPTI dropped records"});
  Buffer().give();  // nothing new, and nothing in it
  read();
  EXPECT_TRUE(messages_.empty());
}

TEST_F(CudaActivity, BuffersThatAreOutAreRefusedAndThenGivenAgain) {
  open();
  std::vector<Buffer> out(32);
  for (const Buffer& each : out) {
    EXPECT_TRUE(each.is_there());
    EXPECT_EQ(each.bytes(), 256u << 10);
  }
  EXPECT_FALSE(Buffer().is_there());
  out[17].give();
  Buffer again;
  EXPECT_TRUE(again.is_there());
  EXPECT_FALSE(Buffer().is_there());
  again.give();
  for (size_t i = 0; i < out.size(); ++i) {
    if (i != 17) out[i].give();
  }
  // One that is none of ours.
  uint8_t foreign[64];
  made_up->complete(nullptr, 0, foreign, sizeof foreign, sizeof foreign);
  made_up->complete(nullptr, 0, nullptr, 0, 0);
}

TEST_F(CudaActivity, NamesAreTextsAndNotAddresses) {
  open();
  char name[2000] = "one";
  Buffer().add(kernel(name, 1, 1, 2)).give();
  std::strcpy(name, "two");
  Buffer().add(kernel(name, 1, 2, 3)).add(kernel(nullptr, 1, 3, 4)).give();
  std::memset(name, 'x', sizeof name - 1);
  Buffer().add(kernel(name, 1, 4, 5)).add(kernel(name, 1, 5, 6)).give();
  read();
  ASSERT_EQ(spans_.size(), 5u);
  EXPECT_EQ(spans_[0].name, "one");
  EXPECT_EQ(spans_[1].name, "two");
  EXPECT_EQ(spans_[2].name, "(kernel without a name)");
  EXPECT_EQ(spans_[3].name, std::string(spans_[3].name.size(), 'x'));
  EXPECT_GE(spans_[3].name.size(), 1000u);
  EXPECT_EQ(spans_[4].name, spans_[3].name);
}

TEST_F(CudaActivity, ManyStreamsAndContextsShareTheLastQueue) {
  open();
  constexpr uint32_t kStreams = 300;
  Buffer buffer;
  for (uint32_t i = 0; i < kStreams; ++i) {
    KernelRecord record = kernel("k", 1000 + i, i + 1, i + 2);
    record.context = 2;
    buffer.add(record);
  }
  buffer.give();
  read();
  ASSERT_EQ(spans_.size(), kStreams);
  EXPECT_EQ(spans_[0].stream, "stream 1000 of context 2 (CUPTI)");
  EXPECT_EQ(spans_[kStreams - 1].stream, "other streams (CUPTI)");
}

TEST_F(CudaActivity, SaysWhyItCannotBeOpened) {
  const auto why = [] { return std::string(hone_cuda_activity_open(&kLoader, nullptr)); };
  cupti_.file = "none";
  EXPECT_EQ(why(), "libcupti.so was not found (HONE_CUPTI names another)");
  // All names twice: those that are loaded already come first.
  EXPECT_EQ(cupti_.asked_for.front(), "libcupti.so.13");
  EXPECT_EQ(cupti_.asked_for.size() % 2, 0u);
  cupti_.file = "/opt/libcupti.so";
  cupti_.missing = "cuptiActivityFlushAll";
  EXPECT_STREQ(hone_cuda_activity_open(&kLoader, "/opt/libcupti.so"),
               "this libcupti.so lacks functions");
  cupti_.missing.clear();
  cupti_.file = "libcupti.so";
  cupti_.subscribe_result = 39;
  EXPECT_EQ(why(), "another tool uses CUPTI in this process");
  cupti_.subscribe_result = 15;
  EXPECT_EQ(why(), "this CUPTI and the driver do not fit each other");
  cupti_.subscribe_result = 999;
  EXPECT_EQ(why(), "cuptiSubscribe gave error 999");
  cupti_.subscribe_result = 0;
  cupti_.enable_results[cupti::kConcurrentKernel] = 35;
  EXPECT_EQ(why(), "the driver lets administrators alone profile");
  EXPECT_EQ(cupti_.subscribers, 0);
  cupti_.enable_results.clear();
  open();
  EXPECT_EQ(why(), "it was opened before, in this process");
}

TEST_F(CudaActivity, KindsThatAreRefusedAreSaidAndTheOthersAreTold) {
  cupti_.enable_results[cupti::kMemset] = 21;
  open();
  read();
  EXPECT_EQ(messages_, std::vector<std::string>{"CUPTI does not tell of a kind of records"});
  EXPECT_EQ(cupti_.enabled[cupti::kConcurrentKernel], 1);
  cupti_.enabled[cupti::kMemset] = 1;  // which close() disables with the others
}

TEST_F(CudaActivity, CollectsWhatIsThereAndAtTheEndAll) {
  hone_cuda_activity_collect(0);
  EXPECT_TRUE(cupti_.flushes.empty());
  open();
  hone_cuda_activity_collect(0);
  hone_cuda_activity_collect(1);
  EXPECT_EQ(cupti_.flushes, (std::vector<uint32_t>{0, 1}));
}

TEST_F(CudaActivity, WorksWithACuptiWithoutNewerFunctions) {
  cupti_.missing = "cuptiActivityRegisterTimestampCallback";
  open();
  hone_cuda_activity_close();
  cupti_.missing = "cuptiActivityFlushPeriod";
  open();
}

}  // namespace
}  // namespace hone::drain::cuda_activity
