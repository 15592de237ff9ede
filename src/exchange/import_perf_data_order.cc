#include "exchange/import_perf_data_order.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>

namespace hone::exchange::perf_data {
namespace {

// A record has 64 KiB at most, and what is kept of it is not much more.
constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kWord = sizeof(uint64_t);

static_assert(std::is_trivially_destructible_v<Sample>);
static_assert(std::is_trivially_destructible_v<OrderedRecord>);

// Copies `bytes` to `to`, which moves on to the next word.
const uint8_t* keep(const uint8_t* from, size_t bytes, uint8_t*& to) {
  if (bytes == 0) return to;
  const uint8_t* kept = to;
  std::memcpy(to, from, bytes);
  to += (bytes + kWord - 1) / kWord * kWord;
  return kept;
}

bool has_no_place(uint64_t time) {
  return time == 0 || time == UINT64_MAX;
}

}  // namespace

uint8_t* Order::room(size_t bytes, Item& item) {
  bytes = (bytes + kWord - 1) / kWord * kWord;
  if (block_ == UINT32_MAX || blocks_[block_].used + bytes > kBlockBytes) {
    if (block_ != UINT32_MAX && blocks_[block_].live == 0) free_blocks_.push_back(block_);
    if (free_blocks_.empty()) {
      block_ = static_cast<uint32_t>(blocks_.size());
      blocks_.push_back({.bytes = std::make_unique_for_overwrite<uint8_t[]>(kBlockBytes)});
    } else {
      block_ = free_blocks_.back();
      free_blocks_.pop_back();
      blocks_[block_].used = 0;
    }
  }
  Block& block = blocks_[block_];
  item.at = block.bytes.get() + block.used;
  item.block = block_;
  item.bytes = static_cast<uint32_t>(bytes);
  block.used += bytes;
  ++block.live;
  held_bytes_ += bytes + sizeof(Item);
  return item.at;
}

void Order::add(const Sample& sample, Take take) {
  if (has_no_place(sample.time)) return take({.sample = &sample});
  Item item{.time = sample.time, .is_sample = true};
  const size_t words = sample.chain.count + sample.registers.count + 1;
  uint8_t* at = room(sizeof(Sample) + (words * kWord) + sample.stack.size(), item);
  auto* kept = new (at) Sample(sample);
  at += sizeof(Sample);
  kept->chain.bytes = keep(sample.chain.bytes, sample.chain.count * kWord, at);
  kept->registers.bytes = keep(sample.registers.bytes, sample.registers.count * kWord, at);
  kept->stack = {keep(sample.stack.data(), sample.stack.size(), at), sample.stack.size()};
  hold(item, take);
}

void Order::add(const OrderedRecord& record, Take take) {
  if (has_no_place(record.trailer.time)) return take({.other = &record});
  Item item{.time = record.trailer.time};
  const std::span<const uint8_t> body = record.record.body;
  uint8_t* at = room(sizeof(OrderedRecord) + body.size(), item);
  auto* kept = new (at) OrderedRecord(record);
  at += sizeof(OrderedRecord);
  kept->record.body = {keep(body.data(), body.size(), at), body.size()};
  hold(item, take);
}

void Order::hold(Item item, Take take) {
  item.number = number_++;
  if (item.time < given_until_) ++late_;
  newest_ = std::max(newest_, item.time);
  fresh_.push_back(item);
  // A block is held as long as one record in it is. Records of a time that never comes would hold
  // one each: then all goes on.
  if ((blocks_.size() - free_blocks_.size()) * kBlockBytes > 2 * kHeldBytesMost) {
    begin_run();
    give(UINT64_MAX, take);
  }
  while (held_bytes_ > kHeldBytesMost) {
    begin_run();
    const Run& first = runs_[heap_.front()];
    const uint64_t oldest = first.items[first.next].time;
    give(oldest + (newest_ - oldest) / 2, take);
  }
}

void Order::begin_run() {
  if (fresh_.empty()) return;
  std::sort(fresh_.begin(), fresh_.end(), &Order::is_before);
  uint32_t run = 0;
  if (free_runs_.empty()) {
    run = static_cast<uint32_t>(runs_.size());
    runs_.emplace_back();
  } else {
    run = free_runs_.back();
    free_runs_.pop_back();
  }
  runs_[run].next = 0;
  runs_[run].items.swap(fresh_);
  fresh_.clear();
  heap_.push_back(run);
  std::push_heap(heap_.begin(), heap_.end(), [this](uint32_t a, uint32_t b) {
    return is_before(runs_[b].items[runs_[b].next], runs_[a].items[runs_[a].next]);
  });
}

void Order::give(uint64_t until, Take take) {
  const auto later = [this](uint32_t a, uint32_t b) {
    return is_before(runs_[b].items[runs_[b].next], runs_[a].items[runs_[a].next]);
  };
  while (!heap_.empty()) {
    const uint32_t run = heap_.front();
    const Item item = runs_[run].items[runs_[run].next];
    if (item.time > until) break;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    given_until_ = std::max(given_until_, item.time);
    give_one(item, take);
    if (++runs_[run].next < runs_[run].items.size()) {
      std::push_heap(heap_.begin(), heap_.end(), later);
    } else {
      heap_.pop_back();
      runs_[run].items.clear();
      free_runs_.push_back(run);
    }
  }
}

void Order::give_one(const Item& item, Take take) {
  if (item.is_sample) {
    take({.sample = std::launder(reinterpret_cast<const Sample*>(item.at))});
  } else {
    take({.other = std::launder(reinterpret_cast<const OrderedRecord*>(item.at))});
  }
  held_bytes_ -= item.bytes + sizeof(Item);
  Block& block = blocks_[item.block];
  if (--block.live > 0) return;
  if (item.block == block_) {
    block.used = 0;
  } else {
    free_blocks_.push_back(item.block);
  }
}

void Order::round(Take take) {
  begin_run();
  give(round_end_, take);
  round_end_ = newest_;
}

void Order::finish(Take take) {
  begin_run();
  give(UINT64_MAX, take);
}

}  // namespace hone::exchange::perf_data
