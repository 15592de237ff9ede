// What the copier knows of recordings that it puts beside each other (CopyOptions::merge): which of
// their processes and threads are the same, what was told of a thread twice, and the facts of all.
// Private to the copier.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "recording/builder.h"
#include "recording/copy.h"
#include "recording/renumber.h"

namespace hone::recording {

// Facts that hold of the whole of a recording alone: not of a part, nor of several.
bool is_of_the_whole(std::string_view key);

class Merging {
 public:
  // The next input; `ids` has read it.
  void begin(const CopyInput& input) {
    input_ = input;
    ++number_;
  }
  // Before it is taken: the process of an earlier input that had its pid at the same time is it.
  // The kernel gives a pid to one process at a time; a start alone says less, for it is that of the
  // recording where the process ran already.
  void match(Renumber& ids, const ProcessRow& row, uint32_t id, TimeNs end);
  void match(Renumber& ids, const ThreadRow& row, uint32_t id, TimeNs end);
  // Of a row of the copy. Of what two recorders have told of a thread, each for himself, nobody
  // knows what is inside of what.
  void note(SpanRow& row);
  void note(const SampleRow& row);
  template <class Row>
  void note(const Row&) {}
  // What an input says of itself: the first as it is, the others under "merge.N.", and under its
  // own name what none before has told. Numbers of things are added up.
  void put_facts(Builder& out, const std::vector<std::pair<std::string, std::string>>& facts);
  void end_input();
  void finish(Builder& out);

  const CopyInput& input() const { return input_; }

 private:
  struct Life {
    TimeNs start{}, end{};
    uint32_t id = 0;  // in the copy
  };
  using Lives = std::unordered_map<uint64_t, std::vector<Life>>;
  // The id of who lived under that key at the same time; 0: nobody.
  static uint32_t find(const Lives& lives, uint64_t key, const Life& life);

  CopyInput input_;
  uint32_t number_ = 0;
  Lives processes_,
      threads_;  // of earlier inputs: by pid; by our id of the process, and tid
  std::vector<std::pair<uint64_t, Life>> met_processes_,
      met_threads_;  // of the input at hand
  std::vector<uint32_t> spans_by_,
      samples_by_;  // by thread: the first input that had some
  std::vector<bool> sampled_twice_;
  uint64_t sampled_twice_count_ = 0;
  std::unordered_map<std::string, std::string> facts_;
  std::unordered_map<std::string, uint64_t> sums_;
};

}  // namespace hone::recording
