// The words that the store has seen, each with a dense number, and how many memories hold it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace memory_graph::text {

enum class TermId : uint32_t {};
inline constexpr TermId kNoTerm{~uint32_t{0}};
constexpr size_t index_of(TermId id) {
  return static_cast<size_t>(id);
}

// The next word of `rest` (a run of the letters a to z), which moves past it; empty at the end.
std::string_view next_word(std::string_view& rest);

class Vocabulary {
 public:
  Vocabulary();

  size_t size() const { return holders_.size(); }
  // kNoTerm for a word that was never added.
  TermId find(std::string_view word) const;
  // The terms of one more memory's text, in order.
  std::vector<TermId> add_text(std::string_view text);
  // How many texts hold the term.
  uint32_t holders(TermId id) const { return holders_[index_of(id)]; }

 private:
  TermId add(std::string_view word);
  size_t slot_of(std::string_view word, uint64_t hash) const;
  void grow();

  // Open addressing with linear steps; a slot is a term's number + 1, 0 is free.
  std::vector<uint32_t> slots_;
  std::vector<uint64_t> hashes_;
  std::vector<std::string> words_;
  std::vector<uint32_t> holders_;
  std::vector<uint32_t> last_text_;
  uint32_t texts_ = 0;
};

}  // namespace memory_graph::text
