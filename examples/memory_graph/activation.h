// Spreading activation: energy put on a few memories flows along their associations, and what it
// reaches is what comes to mind with them.
//
// One step: every active memory keeps 1-spread of its energy, gives `spread` of it to its
// neighbours in proportion to their weights, and all of it is multiplied by `decay`. A memory below
// the threshold, or without neighbours, keeps its energy and gives none. So a step neither makes
// nor loses energy but by the decay: after n steps the total is (the energy put in) * decay^n.
//
//   activation::Spreader spreader(graph.memories());
//   spreader.spread(graph, seeds, {.steps = 4});
//   spreader.strongest(10, out);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memory_graph/graph.h"
#include "memory_graph/memory.h"

namespace memory_graph::activation {

struct Settings {
  uint32_t steps = 6;
  double spread = 0.6;
  double decay = 0.85;
  double threshold = 1e-5;
};

struct Seed {
  MemoryId id{};
  double energy = 0;
};

// Keeps its arrays from one call to the next. Not for use by two threads at once.
class Spreader {
 public:
  explicit Spreader(size_t memories);

  // Replaces what the last call left. A seed that comes twice counts twice.
  void spread(const Graph& graph, std::span<const Seed> seeds, const Settings& settings);

  // The memories that hold energy, in the order in which it reached them. Valid until spread().
  std::span<const MemoryId> active() const { return active_; }
  double energy(MemoryId id) const { return energy_[index_of(id)]; }
  double total() const;

  // The `count` memories with the most energy, best first.
  void strongest(size_t count, std::vector<Scored>& out) const;

  // How often energy went along an association since construction.
  uint64_t transfers() const { return transfers_; }

 private:
  void step(const Graph& graph, const Settings& settings);
  void receive(MemoryId id, double energy);

  std::vector<double> energy_;
  std::vector<double> next_energy_;
  std::vector<uint32_t> reached_in_;  // the round in which next_energy_ was last set
  std::vector<MemoryId> active_;
  std::vector<MemoryId> next_active_;
  uint32_t round_ = 0;
  uint64_t transfers_ = 0;
};

}  // namespace memory_graph::activation
