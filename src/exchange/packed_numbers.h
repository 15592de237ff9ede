// Columns of numbers that wait until the end of a file, each by how much it differs from the one
// before: of long runs, samples and their times take one to three bytes instead of eight, and what
// stays the same or grows evenly takes next to nothing.
//
//   PackedNumbers column;
//   column.push_back(7);
//   for (PackedNumbers::Reader at(column); at.next(number);) ...
//
// Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace hone::exchange {

class PackedNumbers {
 public:
  static constexpr size_t kBytesOfEmpty = 640;  // what a deque takes that holds nothing
  void push_back(int64_t number) {
    const uint64_t more = static_cast<uint64_t>(number) - last_;
    last_ = static_cast<uint64_t>(number);
    put(more << 1 ^ (more >> 63 != 0 ? ~uint64_t{0} : 0));
  }
  size_t size() const { return size_; }
  size_t bytes() const { return bytes_.size(); }

  class Reader {
   public:
    explicit Reader(const PackedNumbers& of)
        : at_(of.bytes_.begin()), end_(of.bytes_.end()), at_end_(of.again_) {}
    // False behind the last; then `out` stays.
    bool next(int64_t& out) {
      uint64_t coded = 0;
      if (!get(coded)) return false;
      last_ += coded >> 1 ^ ((coded & 1) != 0 ? ~uint64_t{0} : 0);
      out = static_cast<int64_t>(last_);
      return true;
    }

    // As it is stored.
    bool get(uint64_t& out) {
      if (again_ == 0 && at_ == end_) {
        again_ = at_end_;
        at_end_ = 0;
        if (again_ == 0) return false;
      }
      if (again_ == 0 && !read(coded_)) {
        uint64_t times = 0;
        read(times);
        again_ = times;
      }
      if (again_ > 0) --again_;
      out = coded_;
      return true;
    }

   private:
    // False: the mark of a run, and `out` stays.
    bool read(uint64_t& out) {
      uint64_t coded = 0;
      for (unsigned shift = 0;; shift += 7) {
        const uint8_t byte = *at_++;
        if (byte == 0 && shift > 0) return false;
        coded |= uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) break;
      }
      out = coded;
      return true;
    }

    std::deque<uint8_t>::const_iterator at_, end_;
    uint64_t at_end_;  // how often the last one comes again there
    uint64_t coded_ = 0, again_ = 0, last_ = 0;
  };

 private:
  friend class PackedReals;
  // Fewer of one kind stand as they are: the mark of a run takes two bytes.
  static constexpr uint64_t kRunAtLeast = 4;

  void put(uint64_t coded) {
    ++size_;
    if (coded == coded_ && size_ > 1) {
      ++again_;
      return;
    }
    end_run();
    coded_ = coded;
    write(coded);
  }
  // A number that is written with more bytes than it needs, as none is: how often the one before
  // comes again stands behind it.
  void end_run() {
    if (again_ >= kRunAtLeast) {
      bytes_.push_back(0x80);
      bytes_.push_back(0);
      write(again_);
    } else {
      for (; again_ > 0; --again_) write(coded_);
    }
    again_ = 0;
  }
  void write(uint64_t coded) {
    for (; coded >= 0x80; coded >>= 7) bytes_.push_back(static_cast<uint8_t>(coded | 0x80));
    bytes_.push_back(static_cast<uint8_t>(coded));
  }

  std::deque<uint8_t> bytes_;  // which are not copied when there are more
  size_t size_ = 0;
  uint64_t coded_ = 0, again_ = 0;  // the last, and how often it came since it was written
  uint64_t last_ = 0;
};

// The same of reals, by the bits that are not those of the one before.
class PackedReals {
 public:
  void push_back(double number) {
    const auto bits = std::bit_cast<uint64_t>(number);
    // Round numbers differ in their upper bits alone.
    numbers_.put(__builtin_bswap64(bits ^ last_));
    last_ = bits;
  }
  size_t size() const { return numbers_.size(); }
  size_t bytes() const { return numbers_.bytes(); }

  class Reader {
   public:
    explicit Reader(const PackedReals& of) : at_(of.numbers_) {}
    bool next(double& out) {
      uint64_t coded = 0;
      if (!at_.get(coded)) return false;
      last_ ^= __builtin_bswap64(coded);
      out = std::bit_cast<double>(last_);
      return true;
    }

   private:
    PackedNumbers::Reader at_;
    uint64_t last_ = 0;
  };

 private:
  PackedNumbers numbers_;
  uint64_t last_ = 0;
};

}  // namespace hone::exchange
