// Counts the words of the files that are given and prints the commonest: the program of the guide.
// It is slow on purpose, in a way that is easily written; with -DUSE_MAP it is not.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

struct Entry {
  std::string word;
  long count = 0;
};

#ifdef USE_MAP
class Counter {
 public:
  void add(const std::string& word) { ++counts_[word]; }
  std::vector<Entry> entries() const {
    std::vector<Entry> out;
    for (const auto& [word, count] : counts_) out.push_back({word, count});
    return out;
  }

 private:
  std::unordered_map<std::string, long> counts_;
};
#else
class Counter {
 public:
  void add(const std::string& word) {
    for (Entry& entry : entries_) {
      if (entry.word == word) {
        ++entry.count;
        return;
      }
    }
    entries_.push_back({word, 1});
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};
#endif

static void read_words(const char* path, Counter& counter) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) counter.add(word);
}

int main(int argc, char** argv) {
  Counter counter;
  for (int round = 0; round < 40; ++round) {
    for (int i = 1; i < argc; ++i) read_words(argv[i], counter);
  }
  std::vector<Entry> entries = counter.entries();
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.count > b.count; });
  for (size_t i = 0; i < entries.size() && i < 3; ++i) {
    std::printf("%6ld %s\n", entries[i].count, entries[i].word.c_str());
  }
}
