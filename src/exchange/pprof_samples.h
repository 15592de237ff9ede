// Samples of pprof's format, which wait until it is known what their values are: names stand at the
// file's end.
//
//   samples.add(stack, labels, values);
//   for (PprofSamples::Reader at(samples); at.next(sample);) ...
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/types.h"
#include "exchange/packed_numbers.h"

namespace hone::exchange {

struct PprofSample {
  StackId stack{};
  uint32_t labels = 0;          // Labels::row()
  std::vector<int64_t> values;  // at least one
};

class PprofSamples {
 public:
  void add(StackId stack, uint32_t labels, std::span<const int64_t> values) {
    stacks_.push_back(raw(stack));
    labels_.push_back(labels);
    counts_.push_back(static_cast<int64_t>(values.size()));
    if (values_.size() < values.size()) values_.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) values_[i].push_back(values[i]);
  }
  size_t size() const { return stacks_.size(); }
  // In bytes.
  uint64_t held() const {
    uint64_t out = stacks_.bytes() + labels_.bytes() + counts_.bytes() +
                   (3 + values_.size()) * PackedNumbers::kBytesOfEmpty;
    for (const PackedNumbers& each : values_) out += each.bytes();
    return out;
  }

  class Reader {
   public:
    explicit Reader(const PprofSamples& of)
        : stacks_(of.stacks_),
          labels_(of.labels_),
          counts_(of.counts_),
          values_(of.values_.begin(), of.values_.end()) {}
    // In the order in which they were added. False behind the last; then `out` stays.
    bool next(PprofSample& out) {
      int64_t number = 0;
      if (!stacks_.next(number)) return false;
      out.stack = StackId{static_cast<uint32_t>(number)};
      labels_.next(number);
      out.labels = static_cast<uint32_t>(number);
      counts_.next(number);
      out.values.resize(static_cast<size_t>(number));
      for (size_t i = 0; i < out.values.size(); ++i) values_[i].next(out.values[i]);
      return true;
    }

   private:
    PackedNumbers::Reader stacks_, labels_, counts_;
    std::vector<PackedNumbers::Reader> values_;
  };

 private:
  PackedNumbers stacks_, labels_, counts_;
  std::vector<PackedNumbers> values_;  // the first of each sample that has one, the second, ...
};

}  // namespace hone::exchange
