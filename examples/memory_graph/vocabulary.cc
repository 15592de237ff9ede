#include "memory_graph/vocabulary.h"

namespace memory_graph::text {

namespace {

constexpr size_t kFirstSlots = 1024;  // a power of two

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// FNV-1a; std::hash may differ from one library to the next.
uint64_t hash_of(std::string_view word) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : word) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace

std::string_view next_word(std::string_view& rest) {
  size_t begin = 0;
  while (begin < rest.size() && !is_letter(rest[begin])) ++begin;
  size_t end = begin;
  while (end < rest.size() && is_letter(rest[end])) ++end;
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

Vocabulary::Vocabulary() : slots_(kFirstSlots) {}

size_t Vocabulary::slot_of(std::string_view word, uint64_t hash) const {
  size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != 0) {
    const uint32_t term = slots_[slot] - 1;
    if (hashes_[term] == hash && words_[term] == word) break;
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

TermId Vocabulary::find(std::string_view word) const {
  const uint32_t slot = slots_[slot_of(word, hash_of(word))];
  return slot == 0 ? kNoTerm : TermId{slot - 1};
}

TermId Vocabulary::add(std::string_view word) {
  const uint64_t hash = hash_of(word);
  size_t slot = slot_of(word, hash);
  if (slots_[slot] != 0) return TermId{slots_[slot] - 1};
  if ((words_.size() + 1) * 2 > slots_.size()) {
    grow();
    slot = slot_of(word, hash);
  }
  const auto term = static_cast<uint32_t>(words_.size());
  slots_[slot] = term + 1;
  words_.emplace_back(word);
  hashes_.push_back(hash);
  holders_.push_back(0);
  last_text_.push_back(0);
  return TermId{term};
}

void Vocabulary::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (uint32_t term = 0; term < words_.size(); ++term) {
    size_t slot = hashes_[term] & (slots_.size() - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = term + 1;
  }
}

std::vector<TermId> Vocabulary::add_text(std::string_view text) {
  ++texts_;
  std::vector<TermId> terms;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const TermId term = add(word);
    terms.push_back(term);
    if (last_text_[index_of(term)] == texts_) continue;
    last_text_[index_of(term)] = texts_;
    ++holders_[index_of(term)];
  }
  return terms;
}

}  // namespace memory_graph::text
