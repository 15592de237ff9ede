// CPU profiles inside Chrome's format: those of V8, and what Hone itself writes for its samples.
#include <algorithm>
#include <string>

#include "exchange/import_chrome_parts.h"
#include "exchange/v8_function.h"

namespace hone::exchange::chrome_import {
namespace {

constexpr int64_t kNsOfUs = 1000;
// What a deque takes that holds nothing: that of the samples that wait.
constexpr uint64_t kHeldOfDeque = 640;

// Goes into the object that the member `name` is; what else there is is passed over. The scan
// then stands in it.
bool enter(JsonScan& at, std::string_view name) {
  std::string_view key;
  while (at.key(key)) {
    if (key == name) return at.open('{');
    at.skip();
  }
  return false;
}

}  // namespace

Profiles::OfThread* Profiles::find(int64_t pid, std::string_view id) {
  key_ = std::to_string(pid);
  key_ += '/';
  key_ += id;
  const auto found = by_id_.find(key_);
  return found == by_id_.end() ? nullptr : &all_[found->second];
}

void Profiles::begin(const Event& event, int64_t pid, ThreadId thread) {
  OfThread* known = find(pid, event.id);
  if (known == nullptr) {
    if (all_.size() == kProfilesMost) {
      to_.left("import.too_many_profiles", "CPU profiles beyond 65536 of one file are left out", 1,
               recording::kDataLoss);
      return;
    }
    by_id_.emplace(key_, all_.size());
    known = &all_.emplace_back(thread, to_);
    held_ += kHeldOfEntry + sizeof(std::string) + key_.size() + sizeof(OfThread) + kHeldOfDeque;
  }
  OfThread& of = *known;
  int64_t us = 0;
  if (decimal(event.time, 1, us)) of.us = us;
  JsonScan at(event.args, true);
  if (!at.open('{') || !enter(at, "data")) return;
  std::string_view key;
  while (at.key(key)) {
    if (key == "startTime") {
      of.us = whole_number(at);
    } else if (key == "weight_ns") {
      of.weight_ns = std::max<int64_t>(whole_number(at), 0);
    } else {
      at.skip();
    }
  }
}

void Profiles::add(const Event& event, int64_t pid) {
  OfThread* const found = find(pid, event.id);
  if (found == nullptr) {
    to_.left("import.profile_without_begin", "parts of a CPU profile whose beginning is missing");
    return;
  }
  JsonScan at(event.args, true);
  if (at.open('{') && enter(at, "data")) take_data(at, *found);
}

// Nodes come before the samples that name them; times stand beside them, later.
void Profiles::take_data(JsonScan& at, OfThread& of) {
  std::string_view key;
  while (at.key(key)) {
    if (key == "cpuProfile" && at.open('{')) {
      while (at.key(key)) {
        if (key == "nodes") {
          take_nodes(at, of);
        } else if (key == "samples" && at.open('[')) {
          while (at.element()) wait(of.pending, whole_number(at));
        } else {
          at.skip();
        }
      }
    } else if (key == "weights_ns" && at.open('[')) {
      while (at.element()) wait(of.pending_weights, whole_number(at));
    } else if (key == "timeDeltas" && at.open('[')) {
      take_samples(at, of);
    } else if (key == "endTime") {
      of.end_us = whole_number(at);
    } else {
      at.skip();
    }
  }
}

void Profiles::take_samples(JsonScan& at, OfThread& of) {
  for (size_t i = 0; at.element(); ++i) {
    if (__builtin_add_overflow(of.us, whole_number(at), &of.us)) of.us = INT64_MAX;
    if (i >= of.pending.size()) continue;
    const auto node = of.nodes.find(of.pending[i]);
    if (node == of.nodes.end()) continue;
    int64_t ns = 0;
    if (__builtin_mul_overflow(of.us, kNsOfUs, &ns)) ns = INT64_MAX;
    if (of.weight_ns < 0) {
      of.samples.add(ns, node->second.stack, node->second.is_idle);
    } else if (!node->second.is_idle) {
      const int64_t weight = i < of.pending_weights.size() ? of.pending_weights[i] : of.weight_ns;
      to_.sample(of.thread, TimeNs{ns}, node->second.stack,
                 DurationNs{std::max<int64_t>(weight, 0)});
    }
  }
  held_ -= (of.pending.size() + of.pending_weights.size()) * sizeof(int64_t);
  of.pending.clear();
  of.pending_weights.clear();
}

void Profiles::wait(std::vector<int64_t>& column, int64_t number) {
  column.push_back(number);
  held_ += sizeof(int64_t);
}

void Profiles::take_nodes(JsonScan& at, OfThread& of) {
  if (!at.open('[')) return at.skip();
  while (at.element()) {
    if (at.open('{')) {
      take_node(at, of);
    } else {
      at.skip();
    }
  }
}

void Profiles::take_node(JsonScan& at, OfThread& of) {
  std::string_view key;
  V8Function function;
  int64_t id = 0, parent = -1;
  while (at.key(key)) {
    if (key == "id") {
      id = whole_number(at);
    } else if (key == "parent") {
      parent = whole_number(at);
    } else if (key == "callFrame" && at.open('{')) {
      while (at.key(key)) {
        if (!function.take(key, at)) at.skip();
      }
    } else {
      at.skip();
    }
  }
  const auto above = of.nodes.find(parent);
  const auto [at_id, is_new] = of.nodes.try_emplace(id);
  if (is_new) held_ += kHeldOfEntry + sizeof(int64_t) + sizeof(Node) + kHeldOfStack;
  Node& node = at_id->second;
  node.is_idle = function.is_idle();
  if (above == of.nodes.end() && function.is_root()) return;  // what all stacks hang from
  const FrameId frame = function.code(to_, name_room_, url_room_);
  node.stack =
      to_.builder().callee(above == of.nodes.end() ? StackId::kNone : above->second.stack, frame);
}

void Profiles::finish() {
  bool is_of_v8 = false;
  for (OfThread& of : all_) {
    is_of_v8 |= of.samples.has_any();
    int64_t end_ns = 0;
    if (__builtin_mul_overflow(of.end_us, kNsOfUs, &end_ns)) end_ns = INT64_MIN;
    of.samples.finish(end_ns);
  }
  if (is_of_v8) to_.fact("sampler.name", "V8");
}

}  // namespace hone::exchange::chrome_import
