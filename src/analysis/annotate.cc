#include "analysis/annotate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_map>

#include "analysis/call_edges.h"
#include "analysis/disassemble.h"
#include "analysis/stack_walk.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// Bytes of code shown before and behind the samples of an inlined function.
constexpr uint64_t kAround = 32;

class Annotator {
 public:
  Annotator(const Profile& profile, const StackWeights& weights, FunctionId function)
      : profile_(profile), function_(function), weights_(weights) {}

  Annotation run() {
    state_function();
    read_code();
    StackWalk(profile_.stacks(), weights_)
        .run([this](uint32_t stack) { enter(stack); },
             [this](uint32_t stack, const Weight& total) { leave(stack, total); });
    for (const Line& line : lines_) out_.lines.push_back(line.cost);
    std::sort(out_.lines.begin(), out_.lines.end(), [](const LineCost& a, const LineCost& b) {
      return std::tie(a.file, a.line) < std::tie(b.file, b.line);
    });
    return std::move(out_);
  }

 private:
  struct Line {
    LineCost cost;
    uint32_t on_path = 0;
  };

  void state_function() {
    const profile::Function& function = profile_.functions()[raw(function_)];
    out_.function = profile_.string(function.name);
    out_.module = profile_.module_name(function.module);
    out_.file = profile_.string(function.file);
    out_.line = function.line;
    out_.start = function.start;
    out_.bytes = function.bytes;
    out_.cpu_ns = weights_.cpu_ns;
  }

  // Where the function's code lies: its own bounds, and the stretches of other functions' code in
  // which it was sampled, inlined.
  struct Stretch {
    uint64_t first, last;  // addresses of samples
  };
  std::unordered_map<uint32_t, Stretch> find_hosts() const {
    std::unordered_map<uint32_t, Stretch> hosts;
    const profile::Lines& lines = profile_.lines();
    for (uint32_t id = 1; id < profile_.frames().size(); ++id) {
      const RowRange rows{profile_.frames().first_line[id], profile_.frames().first_line[id + 1]};
      if (rows.end - rows.begin < 2 || lines.function[rows.end - 1] == function_) continue;
      const auto first = lines.function.begin() + rows.begin;
      if (std::find(first, lines.function.begin() + rows.end, function_) ==
          lines.function.begin() + rows.end) {
        continue;
      }
      const uint64_t address = profile_.frames().address[id];
      const auto [at, added] =
          hosts.try_emplace(raw(lines.function[rows.end - 1]), Stretch{address, address});
      at->second.first = std::min(at->second.first, address);
      at->second.last = std::max(at->second.last, address);
    }
    hosts.insert_or_assign(raw(function_), Stretch{0, UINT64_MAX - kAround});
    return hosts;
  }

  void read_code() {
    const profile::Function& function = profile_.functions()[raw(function_)];
    const profile::Module& module = profile_.modules()[raw(function.module)];
    const auto hosts = find_hosts();
    for (const profile::Code& code : profile_.code()) {
      const auto host = hosts.find(raw(code.function));
      if (host == hosts.end()) continue;
      const bool own = code.function == function_;
      const profile::Function& holder = profile_.functions()[raw(code.function)];
      if (holder.module != function.module) continue;
      std::vector<Instruction> decoded = disassemble(code.bytes, code.start, module.arch);
      for (Instruction& from : decoded) {
        if (from.address + kAround < host->second.first) continue;
        if (from.address > host->second.last + kAround) break;
        InstructionCost& to = out_.instructions.emplace_back();
        to.address = from.address;
        if (!own) to.inlined_into = profile_.string(holder.name);
        to.text = std::move(from.text);
        for (uint32_t i = 0; i < from.bytes; ++i) {
          to.bytes_hex += fmt::format("{:02x}", code.bytes[from.address - code.start + i]);
        }
      }
      holders_.push_back(code.function);
    }
    std::stable_sort(
        out_.instructions.begin(), out_.instructions.end(),
        [](const InstructionCost& a, const InstructionCost& b) { return a.address < b.address; });
    on_path_.resize(out_.instructions.size(), 0);
    state_lines();
    state_inline_stacks();
    if (!out_.instructions.empty()) return;
    if (profile_.in_kernel(function.module)) {
      out_.no_code_reason = "code of the kernel is not kept in recordings";
    } else if (profile_.modules()[raw(function.module)].kind == recording::kModuleScript) {
      out_.no_code_reason = "an interpreter runs it: it has no machine code of its own";
    } else if (function.start == 0) {
      out_.no_code_reason =
          "it has no code of its own: it was inlined everywhere, or its bounds are not known; and "
          "the recording does not keep the code that it stands in";
    } else if (profile_.code().empty()) {
      out_.no_code_reason = "the recording holds no code: it ended before code was stored";
    } else {
      out_.no_code_reason =
          "the recording keeps the code of its hottest functions, not of this one";
    }
  }

  void state_lines() {
    std::vector<const profile::CodeLine*> ranges;
    for (const profile::CodeLine& line : profile_.code_lines()) {
      if (std::find(holders_.begin(), holders_.end(), line.function) != holders_.end()) {
        ranges.push_back(&line);
      }
    }
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const auto* a, const auto* b) { return a->address < b->address; });
    size_t next = 0;
    const profile::CodeLine* current = nullptr;
    for (InstructionCost& instruction : out_.instructions) {
      while (next < ranges.size() && ranges[next]->address <= instruction.address) {
        current = ranges[next++];
      }
      if (current == nullptr) continue;
      instruction.file = profile_.string(current->file);
      instruction.line = current->line;
    }
  }

  // Every frame of a sample has its own; one that lies between two alike may be of another call.
  void state_inline_stacks() {
    if (out_.instructions.empty()) return;
    const profile::Lines& lines = profile_.lines();
    const profile::Frames& frames = profile_.frames();
    for (uint32_t id = 1; id < frames.size(); ++id) {
      const RowRange rows{frames.first_line[id], frames.first_line[id + 1]};
      const FunctionId physical = lines.function[rows.end - 1];
      if (std::find(holders_.begin(), holders_.end(), physical) == holders_.end()) continue;
      const size_t at = instruction_at(frames.address[id]);
      if (at == kNone || !out_.instructions[at].inline_stack.empty()) continue;
      for (uint32_t row = rows.begin; row < rows.end; ++row) {
        const profile::Function& function = profile_.functions()[raw(lines.function[row])];
        out_.instructions[at].inline_stack.push_back(
            {.key = function.key,
             .function = std::string(profile_.string(function.name)),
             .file = std::string(profile_.string(lines.file[row])),
             .line = lines.line[row]});
      }
    }
  }

  // The rows of a stack that lie in the function: from the innermost to the function's own.
  // Empty when it is not there.
  RowRange rows_in(uint32_t stack) const {
    RowRange rows = rows_of(profile_, stack);
    while (rows.end > rows.begin && profile_.lines().function[rows.end - 1] != function_) {
      --rows.end;
    }
    return rows;
  }

  Line& line_of(uint32_t row) {
    const StringId file = profile_.lines().file[row];
    const uint32_t number = profile_.lines().line[row];
    const auto [found, added] =
        line_at_.try_emplace(uint64_t{raw(file)} << 32 | number, lines_.size());
    if (added) {
      Line& line = lines_.emplace_back();
      line.cost.file = profile_.string(file);
      line.cost.line = number;
    }
    return lines_[found->second];
  }

  // The instruction that a frame's address stands in; that of a caller lies inside its call
  // instruction. kNone when its code is not there.
  static constexpr size_t kNone = ~size_t{0};
  size_t instruction_of(uint32_t stack) const {
    if (out_.instructions.empty()) return kNone;
    return instruction_at(profile_.frames().address[raw(profile_.stacks().frame[stack])]);
  }
  size_t instruction_at(uint64_t address) const {
    const auto after = std::upper_bound(
        out_.instructions.begin(), out_.instructions.end(), address,
        [](uint64_t at, const InstructionCost& instruction) { return at < instruction.address; });
    if (after == out_.instructions.begin()) return kNone;
    const InstructionCost& found = *(after - 1);
    if (address - found.address >= found.bytes_hex.size() / 2) return kNone;
    return static_cast<size_t>(after - out_.instructions.begin()) - 1;
  }

  void enter(uint32_t stack) {
    const RowRange rows = rows_in(stack);
    if (rows.begin == rows.end) return;
    ++function_on_path_;
    for (uint32_t row = rows.begin; row < rows.end; ++row) ++line_of(row).on_path;
    const size_t at = instruction_of(stack);
    if (at != kNone) ++on_path_[at];
  }

  void leave(uint32_t stack, const Weight& total) {
    const RowRange rows = rows_in(stack);
    if (rows.begin == rows.end) return;
    const Weight own = weights_.own_of(stack);
    out_.self_ns += own.ns;
    out_.self_samples += own.samples;
    if (--function_on_path_ == 0) {
      out_.total_ns += total.ns;
      out_.total_samples += total.samples;
    }
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      Line& line = line_of(row);
      if (row == rows.begin) {
        line.cost.self_ns += own.ns;
        line.cost.self_samples += own.samples;
      }
      if (--line.on_path == 0) {
        line.cost.total_ns += total.ns;
        line.cost.total_samples += total.samples;
      }
    }
    const size_t at = instruction_of(stack);
    if (at == kNone) return;
    InstructionCost& instruction = out_.instructions[at];
    instruction.self_ns += own.ns;
    instruction.self_samples += own.samples;
    if (--on_path_[at] == 0) {
      instruction.total_ns += total.ns;
      instruction.total_samples += total.samples;
    }
  }

  const Profile& profile_;
  FunctionId function_;
  const StackWeights& weights_;
  Annotation out_;
  std::vector<Line> lines_;
  std::unordered_map<uint64_t, size_t> line_at_;  // file << 32 | line
  std::vector<uint32_t> on_path_;                 // by instruction
  std::vector<FunctionId> holders_;               // whose code is shown
  uint32_t function_on_path_ = 0;
};

// Where a jump goes, as capstone writes it: the last operand, "0x1234" or "#0x1234".
bool jump_address(std::string_view text, uint64_t& address) {
  const std::string_view name = text.substr(0, text.find(' '));
  const bool is_jump = name.starts_with('j') || name == "b" || name.starts_with("b.") ||
                       name.starts_with("cbz") || name.starts_with("cbnz") ||
                       name.starts_with("tbz") || name.starts_with("tbnz");
  const size_t at = text.rfind("0x");
  if (!is_jump || at == text.npos || at == 0 || text.find('[') != text.npos) return false;
  const std::string_view digits = text.substr(at + 2);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address, 16);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

Annotation annotate(const Profile& profile, const Selection& selection, FunctionId function) {
  Annotation out = annotate_weighed(profile, weigh(profile, selection), function);
  out.metric = selection.metric;
  return out;
}

Annotation annotate_weighed(const Profile& profile, const StackWeights& weights,
                            FunctionId function) {
  if (function == FunctionId::kNone || raw(function) >= profile.functions().size()) {
    Annotation none;
    none.no_code_reason = "no such function in the recording";
    return none;
  }
  return Annotator(profile, weights, function).run();
}

FunctionId heaviest_of_key(const Profile& profile, const StackWeights& weights, uint64_t key) {
  std::vector<FunctionId> ids;
  for (uint32_t id = 1; id < profile.functions().size(); ++id) {
    if (profile.functions()[id].key == key) ids.push_back(FunctionId{id});
  }
  if (ids.size() < 2) return ids.empty() ? FunctionId::kNone : ids[0];
  const std::vector<FunctionId>& functions = profile.lines().function;
  std::vector<uint32_t> group_of_row(functions.size());
  std::transform(functions.begin(), functions.end(), group_of_row.begin(),
                 [](FunctionId id) { return raw(id); });
  FunctionId best = ids[0];
  int64_t most = -1;
  for (const FunctionId id : ids) {
    const int64_t total = call_edges(profile, weights, group_of_row, raw(id)).total.ns;
    if (total > most) best = id;
    most = std::max(most, total);
  }
  return best;
}

std::vector<int64_t> jump_targets(const std::vector<InstructionCost>& instructions) {
  std::vector<int64_t> out(instructions.size(), -1);
  for (size_t i = 0; i < instructions.size(); ++i) {
    uint64_t address = 0;
    if (!jump_address(instructions[i].text, address)) continue;
    const auto at = std::lower_bound(
        instructions.begin(), instructions.end(), address,
        [](const InstructionCost& one, uint64_t wanted) { return one.address < wanted; });
    if (at != instructions.end() && at->address == address) out[i] = at - instructions.begin();
  }
  return out;
}

}  // namespace hone::analysis
