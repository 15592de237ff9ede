// pprof's format: a profile.proto, packed by gzip, as `go tool pprof` and many others read it.
//
// A sample is what a thread spent in one stack: how many samples, their CPU time; and, where waits
// were recorded, how many and for how long it was blocked. Labels say which thread and process.
// Locations are the recording's frames, with their modules, build ids, inlined functions and lines.
#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/export.h"
#include "exchange/gzip_output.h"
#include "exchange/left_out.h"
#include "exchange/proto_buffer.h"

namespace hone::exchange {
namespace {

using profile::Profile;

// profile.proto of google/pprof
namespace field {
enum : uint32_t {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kFunction = 5,
  kString = 6,
  kDuration = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kComment = 13,
  kDefaultSampleType = 14,
};
}

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t more) {
  if (__builtin_add_overflow(to, more, &to)) to = INT64_MAX;
}

// Of a fact of the recording; 0: none, or no number.
uint64_t number_of(std::string_view fact) {
  uint64_t out = 0;
  std::from_chars(fact.data(), fact.data() + fact.size(), out);
  return out;
}

struct Spent {
  int64_t samples = 0, cpu_ns = 0, waits = 0, blocked_ns = 0;
};
using SpentByStack = std::map<std::pair<ThreadId, StackId>, Spent>;

// As the report counts it: time blocked, without what a thread only waited for a CPU.
SpentByStack spent_of(const Profile& p, const ExportOptions& options, Left& left) {
  SpentByStack out;
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!options.takes(samples.thread[i], samples.time[i])) continue;
    Spent& spent = out[{samples.thread[i], samples.stack[i]}];
    ++spent.samples;
    add_capped(spent.cpu_ns, std::max<int64_t>(samples.weight_ns[i], 0));
  }
  for (const profile::Wait& wait : p.waits()) {
    if (!options.takes(wait.thread, wait.until)) continue;
    if ((wait.flags & recording::kWaitRunnable) != 0) {
      ++left.left_out;
      continue;
    }
    Spent& spent = out[{wait.thread, wait.stack}];
    add_capped(spent.waits, wait.count);
    add_capped(spent.blocked_ns,
               std::max<int64_t>(wait.duration_ns - std::max<int64_t>(wait.runnable_ns, 0), 0));
  }
  return out;
}

class Writer {
 public:
  Writer(const Profile& p, bool has_waits, Output& out)
      : p_(p),
        has_waits_(has_waits),
        out_(out),
        frame_known_(p.frames().size()),
        function_known_(p.functions().size()),
        module_known_(p.modules().size()) {
    text("");  // number 0 has to be empty
  }

  void write_types() {
    put_type(field::kSampleType, "samples", "count");
    put_type(field::kSampleType, "cpu", "nanoseconds");
    if (has_waits_) {
      put_type(field::kSampleType, "waits", "count");
      put_type(field::kSampleType, "off_cpu", "nanoseconds");
    }
    message_.put(field::kDefaultSampleType, text("cpu"));
    if (const uint64_t hz = number_of(p_.meta("sampler.frequency_hz")); hz > 0) {
      put_type(field::kPeriodType, "cpu", "nanoseconds");
      message_.put(field::kPeriod, 1'000'000'000 / hz);
    }
    if (const uint64_t wall_ns = number_of(p_.meta("run.wall_ns")); wall_ns > 0) {
      message_.put(field::kDuration, wall_ns);
    }
    flush();
  }

  void comment(std::string_view words) { message_.put(field::kComment, text(words)); }

  void write(ThreadId thread, StackId stack, const Spent& spent) {
    const size_t begun = message_.begin(field::kSample);
    const size_t locations = message_.begin(1);
    for (; stack != StackId::kNone; stack = p_.stacks().parent[raw(stack)]) {
      message_.put_packed(location(p_.stacks().frame[raw(stack)]));
    }
    message_.end(locations);
    const size_t values = message_.begin(2);
    message_.put_packed(static_cast<uint64_t>(spent.samples));
    message_.put_packed(static_cast<uint64_t>(spent.cpu_ns));
    if (has_waits_) {
      message_.put_packed(static_cast<uint64_t>(spent.waits));
      message_.put_packed(static_cast<uint64_t>(spent.blocked_ns));
    }
    message_.end(values);
    const profile::Thread& of = p_.threads()[raw(thread)];
    const profile::Process& process = p_.processes()[raw(of.process)];
    label("thread", p_.string(of.name));
    label("tid", of.tid);
    label("process", p_.string(process.name));
    label("pid", process.pid);
    message_.end(begun);
    flush();
  }

  // What samples refer to.
  Result<void> finish() {
    for (uint32_t i = 0; i < frame_known_.size(); ++i) {
      if (frame_known_[i]) put_location(i);
    }
    for (uint32_t i = 0; i < function_known_.size(); ++i) {
      if (function_known_[i]) put_function(i);
    }
    for (uint32_t i = 0; i < module_known_.size(); ++i) {
      if (module_known_[i]) put_mapping(i);
    }
    for (const std::string* each : texts_in_order_) {
      message_.put_text(field::kString, *each);
      flush();
    }
    return out_.finish();
  }

 private:
  void flush() {
    out_.put(message_.bytes());
    message_.clear();
  }

  uint64_t text(std::string_view words) {
    const auto [at, is_new] = texts_.try_emplace(std::string(words), texts_.size());
    if (is_new) texts_in_order_.push_back(&at->first);
    return at->second;
  }

  void put_type(uint32_t number, std::string_view type, std::string_view unit) {
    const size_t begun = message_.begin(number);
    message_.put(1, text(type));
    message_.put(2, text(unit));
    message_.end(begun);
  }

  void label(std::string_view key, std::string_view value) {
    const size_t begun = message_.begin(3);
    message_.put(1, text(key));
    message_.put(2, text(value));
    message_.end(begun);
  }
  void label(std::string_view key, uint64_t value) {
    const size_t begun = message_.begin(3);
    message_.put(1, text(key));
    message_.put(3, value);
    message_.end(begun);
  }

  // Ids are never 0.
  uint64_t location(FrameId frame) {
    frame_known_[raw(frame)] = true;
    return uint64_t{raw(frame)} + 1;
  }

  void put_location(uint32_t frame) {
    const size_t begun = message_.begin(field::kLocation);
    message_.put(1, uint64_t{frame} + 1);
    const ModuleId module = p_.frames().module[frame];
    module_known_[raw(module)] = true;
    message_.put(2, uint64_t{raw(module)} + 1);
    message_.put(3, p_.frames().address[frame]);
    for (uint32_t row = p_.frames().first_line[frame]; row < p_.frames().first_line[frame + 1];
         ++row) {
      const FunctionId function = p_.lines().function[row];
      function_known_[raw(function)] = true;
      const size_t line = message_.begin(4);
      message_.put(1, uint64_t{raw(function)} + 1);
      message_.put(2, p_.lines().line[row]);
      message_.end(line);
    }
    message_.end(begun);
    flush();
  }

  void put_function(uint32_t i) {
    const profile::Function& function = p_.functions()[i];
    const size_t begun = message_.begin(field::kFunction);
    message_.put(1, uint64_t{i} + 1);
    message_.put(2, text(p_.string(function.name)));
    message_.put(
        3, text(p_.string(function.mangled == StringId::kNone ? function.name : function.mangled)));
    message_.put(4, text(p_.string(function.file)));
    message_.put(5, function.line);
    message_.end(begun);
    flush();
  }

  // Where it was mapped is of no use: addresses are as linked, and have their names already.
  void put_mapping(uint32_t i) {
    const profile::Module& module = p_.modules()[i];
    const size_t begun = message_.begin(field::kMapping);
    message_.put(1, uint64_t{i} + 1);
    message_.put(5, text(i == 0 ? "[unknown]" : p_.string(module.path)));
    message_.put(6, text(hex_of(module.build_id)));
    for (const uint32_t has_functions_files_lines_inlined : {7u, 8u, 9u, 10u}) {
      message_.put(has_functions_files_lines_inlined, 1);
    }
    message_.end(begun);
    flush();
  }

  static std::string hex_of(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
    return out;
  }

  const Profile& p_;
  bool has_waits_;
  GzipOutput out_;
  ProtoBuffer message_;
  std::vector<bool> frame_known_, function_known_, module_known_;
  std::unordered_map<std::string, uint64_t> texts_;
  std::vector<const std::string*> texts_in_order_;  // keys of texts_, which do not move
};

}  // namespace

Result<Left> export_pprof(const Profile& profile, const ExportOptions& options, Output& out) {
  if (profile.samples().size() == 0 && profile.waits().empty()) {
    return holds_no("samples and no waits", "hone export --to perfetto   (whatever it holds)");
  }
  Left left;
  left.left_out = count_left_out(profile, options, kSampleKind | kWaitKind);
  Writer writer(profile, !profile.waits().empty(), out);
  writer.write_types();
  writer.comment("made by Hone " + options.version);
  if (const std::string_view command = profile.meta("run.command"); !command.empty()) {
    writer.comment(command);
  }
  for (const auto& [key, spent] : spent_of(profile, options, left)) {
    if (out.failed()) break;
    writer.write(key.first, key.second, spent);
  }
  HONE_TRY(writer.finish());
  return left;
}

}  // namespace hone::exchange
