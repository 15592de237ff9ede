#include "memory_graph/corpus.h"

#include <algorithm>

#include "memory_graph/vocabulary.h"

namespace memory_graph::build {

namespace {

constexpr uint32_t kTopics = 96;
constexpr uint32_t kTopicWords = 40;
constexpr uint32_t kTopicPool = 1'500;
constexpr uint32_t kCommonWords = 512;
constexpr uint32_t kWordsMin = 32;
constexpr uint32_t kWordsMax = 96;
constexpr uint32_t kSentenceWords = 8;
constexpr uint32_t kQuestionWords = 12;
constexpr uint32_t kRecallsMax = 4;

std::string make_word(Random& random) {
  constexpr std::string_view kOnsets[] = {"b", "d", "f", "g", "k", "l", "m",  "n",
                                          "p", "r", "s", "t", "v", "z", "st", "tr"};
  constexpr std::string_view kRhymes[] = {"a", "e", "i", "o", "u", "an", "el", "or"};
  std::string word;
  for (uint32_t left = 2 + random.below(3); left > 0; --left) {
    word += kOnsets[random.below(std::size(kOnsets))];
    word += kRhymes[random.below(std::size(kRhymes))];
  }
  return word;
}

// The first words of a list come up much more often than the last, as in a real language.
uint32_t skewed(Random& random, uint32_t bound) {
  const double unit = random.unit();
  return static_cast<uint32_t>(unit * unit * bound);
}

struct Language {
  std::vector<std::string> common;
  std::vector<std::string> pool;  // what topics are talked about in
  std::vector<uint32_t>
      of_topic;  // kTopicWords of the pool for each topic; most words serve several

  explicit Language(Random& random) {
    for (uint32_t i = 0; i < kCommonWords; ++i) common.push_back(make_word(random));
    for (uint32_t i = 0; i < kTopicPool; ++i) pool.push_back(make_word(random));
    for (uint32_t i = 0; i < kTopics * kTopicWords; ++i) {
      of_topic.push_back(random.below(kTopicPool));
    }
  }
};

// A text keeps to its topic in half of its sentences and wanders in the others, so that memories
// are alike in many ways at once and their embeddings fall into no tidy clusters.
std::string write_text(const Language& language, uint32_t topic, Random& random) {
  std::string text;
  uint32_t of_sentence = topic;
  const uint32_t words = kWordsMin + random.below(kWordsMax - kWordsMin + 1);
  for (uint32_t i = 0; i < words; ++i) {
    if (i > 0 && i % kSentenceWords == 0) {
      of_sentence = random.below(2) == 0 ? topic : random.below(kTopics);
      text += '.';
    }
    if (i > 0) text += ' ';
    if (random.below(8) < 3) {
      text += language.common[skewed(random, kCommonWords)];
    } else {
      const uint32_t word = of_sentence * kTopicWords + skewed(random, kTopicWords);
      text += language.pool[language.of_topic[word]];
    }
  }
  return text;
}

}  // namespace

Corpus write_corpus(size_t memories, uint64_t seed) {
  Random random(seed);
  const Language language(random);
  std::vector<TimeS> times(memories);
  for (TimeS& time : times) {
    const double unit = random.unit();
    time = kNow - static_cast<TimeS>(unit * unit * static_cast<double>(kSpanS));
  }
  std::sort(times.begin(), times.end());

  Corpus corpus;
  corpus.memories.reserve(memories);
  corpus.recalls = Recalls(memories);
  uint32_t topic = random.below(kTopics);
  for (size_t i = 0; i < memories; ++i) {
    // People stay on a topic for a few memories.
    if (random.below(4) == 0) topic = random.below(kTopics);
    const auto kind = static_cast<Kind>(std::min<uint32_t>(random.below(8) / 3, kKinds - 1));
    corpus.memories.push_back(
        {.text = write_text(language, topic, random), .created_at = times[i], .kind = kind});
    const auto id = static_cast<MemoryId>(i);
    corpus.recalls.add(id, times[i]);
    for (uint32_t recalls = random.below(kRecallsMax); recalls > 0; --recalls) {
      const auto since = static_cast<double>(kNow - times[i]);
      corpus.recalls.add(id, times[i] + static_cast<TimeS>(random.unit() * since));
    }
  }
  return corpus;
}

std::string question_about(std::string_view text, Random& random) {
  std::vector<std::string_view> words;
  for (auto word = text::next_word(text); !word.empty(); word = text::next_word(text)) {
    words.push_back(word);
  }
  std::string question;
  for (uint32_t i = 0; i < kQuestionWords && !words.empty(); ++i) {
    if (i > 0) question += ' ';
    question += words[random.below(static_cast<uint32_t>(words.size()))];
  }
  return question;
}

}  // namespace memory_graph::build
