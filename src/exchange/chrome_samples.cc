// Samples of Chrome's format: a CPU profile for each thread, as V8 writes them. Perfetto, DevTools
// and Firefox Profiler show them as stacks over time; of the format's other form (`stackFrames` and
// `samples` beside the events) none of the three shows anything.
//
// All threads' nodes come from one tree, so that a number means the same function in each: Firefox
// Profiler keeps one table for all of them.
#include <string>
#include <vector>

#include "exchange/call_nodes.h"
#include "exchange/chrome_parts.h"
#include "exchange/sample_order.h"
#include "exchange/text.h"

namespace hone::exchange::chrome {
namespace {

constexpr size_t kChunkSamples = 1024;
constexpr std::string_view kHead =
    "{\"ph\":\"P\",\"cat\":\"disabled-by-default-v8.cpu_profiler\",\"name\":";

class ThreadProfile {
 public:
  ThreadProfile(Events& events, CallNodes& nodes, std::vector<uint32_t>& known, ThreadId thread)
      : events_(events), nodes_(nodes), known_(known), thread_(thread), stamp_(raw(thread) + 1) {}

  void add(TimeNs time, StackId stack, int64_t weight_ns) {
    const int64_t us = (raw(time) - raw(events_.zero())) / 1000;
    if (is_new_) start(us, weight_ns);
    if (!samples_.empty()) {
      samples_ += ',';
      deltas_ += ',';
      weights_ += ',';
    }
    weights_ += std::to_string(weight_ns);
    has_other_weights_ |= weight_ns != usual_weight_ns_;
    samples_ += std::to_string(number_of(nodes_.node_of(stack)));
    deltas_ += std::to_string(us - last_us_);
    last_us_ = us;
    if (++count_ == kChunkSamples) write();
  }

  void write() {
    if (count_ == 0) return;
    begin("\"ProfileChunk\"");
    events_.out.put(",\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[");
    events_.out.put(new_nodes_);
    events_.out.put("],\"samples\":[");
    events_.out.put(samples_);
    if (has_other_weights_) {
      events_.out.put("]},\"weights_ns\":[");
      events_.out.put(weights_);
      events_.out.put("],\"timeDeltas\":[");
    } else {
      events_.out.put("]},\"timeDeltas\":[");
    }
    events_.out.put(deltas_);
    events_.out.put("]}}}");
    new_nodes_.clear();
    samples_.clear();
    deltas_.clear();
    weights_.clear();
    has_other_weights_ = false;
    count_ = 0;
  }

 private:
  void begin(std::string_view name) {
    events_.begin(kHead);
    events_.out.put(name);
    events_.put_thread(thread_);
    events_.out.put(",\"ts\":");
    events_.out.put_signed(first_us_);
    events_.out.put(",\"id\":\"");
    events_.out.put_hex(raw(thread_));
    events_.out.put('"');
  }

  // V8's samples stand for the time until the next; these do not, since a thread that waits has
  // none. So it is said here what each stands for, and at those that stand for something else.
  void start(int64_t us, int64_t weight_ns) {
    is_new_ = false;
    usual_weight_ns_ = weight_ns;
    first_us_ = last_us_ = us;
    begin("\"Profile\"");
    events_.out.put(",\"args\":{\"data\":{\"startTime\":");
    events_.out.put_signed(us);
    events_.out.put(",\"weight_ns\":");
    events_.out.put_signed(weight_ns);
    events_.out.put("}}}");
    // The root comes first: the one node that is written without being asked for.
    declare(CallNodes::kRoot);
  }

  // The format counts from 1.
  uint32_t number_of(uint32_t node) {
    missing_.clear();
    known_.resize(nodes_.size());
    for (uint32_t at = node; known_[at] != stamp_; at = nodes_.parent(at)) {
      missing_.push_back(at);
      if (at == CallNodes::kRoot) break;
    }
    for (; !missing_.empty(); missing_.pop_back()) declare(missing_.back());
    return node + 1;
  }

  void declare(uint32_t node) {
    if (known_.size() <= node) known_.resize(node + 1);
    known_[node] = stamp_;
    if (!new_nodes_.empty()) new_nodes_ += ',';
    new_nodes_ += "{\"id\":" + std::to_string(node + 1);
    if (node != CallNodes::kRoot) {
      new_nodes_ += ",\"parent\":" + std::to_string(nodes_.parent(node) + 1);
    }
    const profile::Profile& p = events_.profile;
    const profile::Function& function = p.functions()[raw(nodes_.function(node))];
    new_nodes_ += ",\"callFrame\":{\"codeType\":\"other\",\"scriptId\":0,\"functionName\":";
    append_json(new_nodes_, node == CallNodes::kRoot ? "(root)" : p.string(function.name));
    new_nodes_ += ",\"url\":";
    append_json(new_nodes_, url_of(function));
    if (function.line > 0) {
      new_nodes_ += ",\"lineNumber\":" + std::to_string(function.line - 1) + ",\"columnNumber\":0";
    }
    new_nodes_ += "}}";
  }

  // Where it stands in the source; of what has no lines, in which file.
  std::string_view url_of(const profile::Function& function) const {
    const profile::Profile& p = events_.profile;
    return function.file != StringId::kNone ? p.string(function.file)
                                            : p.module_name(function.module);
  }

  Events& events_;
  CallNodes& nodes_;
  std::vector<uint32_t>& known_;  // of each node, the last thread that wrote it
  ThreadId thread_;
  uint32_t stamp_;
  bool is_new_ = true;
  int64_t first_us_ = 0, last_us_ = 0;
  size_t count_ = 0;
  int64_t usual_weight_ns_ = 0;
  bool has_other_weights_ = false;  // in this chunk
  std::string new_nodes_, samples_, deltas_, weights_;
  std::vector<uint32_t> missing_;
};

}  // namespace

void write_samples(Events& events) {
  const profile::Samples& samples = events.profile.samples();
  const SamplesByThread order(events.profile, events.options);
  CallNodes nodes(events.profile);
  std::vector<uint32_t> known;
  for (uint32_t thread = 0; thread < events.profile.threads().size(); ++thread) {
    ThreadProfile profile(events, nodes, known, ThreadId{thread});
    for (const uint32_t i : order.of(ThreadId{thread})) {
      profile.add(samples.time[i], samples.stack[i], samples.weight_ns[i]);
    }
    profile.write();
    if (events.out.failed()) return;
  }
}

}  // namespace hone::exchange::chrome
