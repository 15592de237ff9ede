#include "memory_graph/activation.h"

#include <algorithm>

namespace memory_graph::activation {

Spreader::Spreader(size_t memories)
    : energy_(memories), next_energy_(memories), reached_in_(memories) {}

void Spreader::spread(const Graph& graph, std::span<const Seed> seeds, const Settings& settings) {
  for (const MemoryId id : active_) energy_[index_of(id)] = 0;
  active_.clear();
  ++round_;
  for (const Seed& seed : seeds) receive(seed.id, seed.energy);
  energy_.swap(next_energy_);
  active_.swap(next_active_);
  for (uint32_t i = 0; i < settings.steps; ++i) step(graph, settings);
}

void Spreader::receive(MemoryId id, double energy) {
  const size_t i = index_of(id);
  if (reached_in_[i] != round_) {
    reached_in_[i] = round_;
    next_energy_[i] = 0;
    next_active_.push_back(id);
  }
  next_energy_[i] += energy;
}

void Spreader::step(const Graph& graph, const Settings& settings) {
  ++round_;
  next_active_.clear();
  uint64_t transfers = 0;
  const MemoryId* const end = active_.data() + active_.size();
  for (const MemoryId* id = active_.data(); id != end; ++id) {
    const double energy = energy_[index_of(*id)] * settings.decay;
    energy_[index_of(*id)] = 0;
    const std::span<const Neighbour> neighbours = graph.neighbours(*id);
    if (energy < settings.threshold || neighbours.empty()) {
      receive(*id, energy);
      continue;
    }
    const double given = energy * settings.spread;
    receive(*id, energy - given);
    const Neighbour* const last = neighbours.data() + neighbours.size();
    for (const Neighbour* to = neighbours.data(); to != last; ++to) {
      receive(to->to, given * static_cast<double>(to->share));
    }
    transfers += neighbours.size();
  }
  transfers_ += transfers;
  energy_.swap(next_energy_);
  active_.swap(next_active_);
}

double Spreader::total() const {
  double sum = 0;
  for (const MemoryId id : active_) sum += energy_[index_of(id)];
  return sum;
}

void Spreader::strongest(size_t count, std::vector<Scored>& out) const {
  out.clear();
  if (count == 0) return;
  for (const MemoryId id : active_) {
    const Scored candidate{id, static_cast<float>(energy_[index_of(id)])};
    if (out.size() == count && !ranks_before(candidate, out.back())) continue;
    if (out.size() == count) out.pop_back();
    auto place = out.end();
    while (place != out.begin() && ranks_before(candidate, *(place - 1))) --place;
    out.insert(place, candidate);
  }
}

}  // namespace memory_graph::activation
