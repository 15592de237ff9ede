// Records in the order of their times. A perf.data file has them buffer by buffer, CPU after CPU;
// perf marks where it had emptied all buffers once (PERF_RECORD_FINISHED_ROUND), so that nothing
// behind the next mark is older than what stands before this one.
//
//   Order order;
//   order.add(sample, take); order.add(record, trailer, event, take);
//   order.round(take);                          // at each mark
//   order.finish(take);                         // at the end
//
// Holds copies, of stacks what was used of them; beyond kHeldBytesMost the older half goes on, as
// in perf itself.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/host/function_ref.h"
#include "exchange/import_perf_data_records.h"

namespace hone::exchange::perf_data {

struct OrderedRecord {
  Record record;
  Trailer trailer;
  uint32_t event = 0;
};

class Order {
 public:
  static constexpr size_t kHeldBytesMost = 96 << 20;

  struct Ready {
    const Sample* sample = nullptr;
    const OrderedRecord* other = nullptr;
  };
  // Of one of the two; valid until it returns.
  using Take = base::FunctionRef<void(const Ready&)>;

  void add(const Sample& sample, Take take);
  void add(const OrderedRecord& record, Take take);
  void round(Take take);
  void finish(Take take);

  // Records older than some that had been given out.
  uint64_t late() const { return late_; }

 private:
  struct Item {
    uint64_t time = 0, number = 0;
    uint8_t* at = nullptr;
    uint32_t block = 0;
    uint32_t bytes = 0;
    bool is_sample = false;
  };
  struct Block {
    std::unique_ptr<uint8_t[]> bytes;
    size_t used = 0, live = 0;
  };
  struct Run {  // sorted
    std::vector<Item> items;
    size_t next = 0;
  };
  static bool is_before(const Item& a, const Item& b) {
    return a.time != b.time ? a.time < b.time : a.number < b.number;
  }
  uint8_t* room(size_t bytes, Item& item);
  void hold(Item item, Take take);
  void begin_run();
  void give(uint64_t until, Take take);
  void give_one(const Item& item, Take take);

  std::vector<Item> fresh_;
  std::vector<Run> runs_;
  std::vector<uint32_t> heap_, free_runs_;  // of runs_
  std::vector<Block> blocks_;
  std::vector<uint32_t> free_blocks_;
  uint32_t block_ = UINT32_MAX;  // that is being filled
  size_t held_bytes_ = 0;
  uint64_t number_ = 0, newest_ = 0, round_end_ = 0, given_until_ = 0, late_ = 0;
};

}  // namespace hone::exchange::perf_data
