#include "memory_graph/workload.h"

#include <chrono>
#include <vector>

#include "memory_graph/corpus.h"
#include "memory_graph/random.h"
#include "memory_graph/store.h"

namespace memory_graph {

namespace {

constexpr TimeS kBetweenQuestionsS = 600;
constexpr size_t kSeeds = 5;       // of the found memories, from which activation spreads
constexpr size_t kActivated = 16;  // that are looked at afterwards

// Adds the time of a scope to a phase.
class PhaseTimer {
 public:
  explicit PhaseTimer(double& seconds) : seconds_(seconds), start_(Clock::now()) {}
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;
  ~PhaseTimer() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_;
};

class Checksum {
 public:
  void add(uint64_t word) { value_ = Random::mix(value_ ^ word) + 0x9e3779b97f4a7c15u; }
  // To the nearest millionth: what is compared are results, not the last bits of a float.
  void add_number(double number) { add(static_cast<uint64_t>(static_cast<int64_t>(number * 1e6))); }
  void add(std::span<const Scored> scored) {
    for (const Scored& one : scored) {
      add(index_of(one.id));
      add_number(static_cast<double>(one.score));
    }
  }
  void add(const std::string& text) {
    for (const char c : text) add(static_cast<uint8_t>(c));
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0;
};

class Workload {
 public:
  Workload(Store& store, uint64_t seed, Outcome& outcome)
      : store_(store),
        outcome_(outcome),
        random_(Random::mix(seed)),
        search_(store.index),
        spreader_(store.memories.size()),
        question_(kDimensions),
        strengths_(store.memories.size()) {}

  void ask(TimeS now) {
    Timings& timings = outcome_.timings;
    {
      PhaseTimer timer(timings.bookkeeping_s);
      const auto target = random_.below(static_cast<uint32_t>(store_.memories.size()));
      store_.embedder.embed(build::question_about(store_.memories[target].text, random_),
                            question_.data());
    }
    {
      PhaseTimer timer(timings.similarity_s);
      search_.nearest(question_.data(), {}, similar_);
    }
    {
      PhaseTimer timer(timings.activation_s);
      activate();
    }
    {
      PhaseTimer timer(timings.decay_s);
      outcome_.last_decay = decay::decay_all(store_.kinds, store_.recalls, now, strengths_);
    }
    PhaseTimer timer(timings.bookkeeping_s);
    note(bookkeeping::recall(store_, similar_, activated_, strengths_, now));
  }

  void finish() {
    outcome_.counts.vectors_compared = search_.compared();
    outcome_.counts.transfers = spreader_.transfers();
    outcome_.checksum = checksum_.value();
  }

 private:
  void activate() {
    seeds_.clear();
    for (size_t i = 0; i < similar_.size() && i < kSeeds; ++i) {
      const float score = similar_[i].score;
      if (score > 0) seeds_.push_back({similar_[i].id, static_cast<double>(score)});
    }
    spreader_.spread(store_.graph, seeds_, {});
    spreader_.strongest(kActivated, activated_);
  }

  void note(const bookkeeping::Entry& entry) {
    Counts& counts = outcome_.counts;
    ++counts.similarity_queries;
    ++counts.activations;
    ++counts.decays;
    counts.memories_activated += spreader_.active().size();
    counts.strengths += strengths_.size();
    counts.recalled += entry.recalled.size();
    counts.strengthened += entry.strengthened;
    checksum_.add(similar_);
    checksum_.add(activated_);
    checksum_.add(outcome_.last_decay.vivid);
    checksum_.add(outcome_.last_decay.forgotten);
    checksum_.add(entry.recalled);
    checksum_.add(entry.context);
  }

  Store& store_;
  Outcome& outcome_;
  Random random_;
  similarity::Search search_;
  activation::Spreader spreader_;
  std::vector<float> question_;
  std::vector<float> strengths_;
  std::vector<Scored> similar_;
  std::vector<Scored> activated_;
  std::vector<activation::Seed> seeds_;
  Checksum checksum_;
};

}  // namespace

Outcome run_workload(const Options& options) {
  Outcome outcome;
  Store store;
  {
    PhaseTimer timer(outcome.timings.build_s);
    store = build_store({.nodes = static_cast<size_t>(options.nodes),
                         .edges = static_cast<size_t>(options.edges),
                         .seed = options.seed});
  }
  outcome.counts.nodes = store.graph.memories();
  outcome.counts.edges = store.graph.edges();
  outcome.counts.words = store.embedder.words();
  outcome.counts.vocabulary = store.embedder.vocabulary().size();
  outcome.counts.lists = store.index.lists();

  Workload workload(store, options.seed, outcome);
  TimeS now = build::kNow;
  for (uint64_t i = 0; i < options.queries; ++i) workload.ask(now += kBetweenQuestionsS);
  workload.finish();
  return outcome;
}

}  // namespace memory_graph
