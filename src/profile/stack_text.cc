#include "profile/stack_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "profile/loader.h"
#include "profile/stack_text_words.h"

namespace hone::profile {
namespace {

using namespace recording;

constexpr std::string_view kDefaultModule = "/usr/bin/app";
constexpr int64_t kSampleNs = 1'000'000;

class TextBuilder {
 public:
  Tables build(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = trimmed(take(text, "\n"));
      if (line.empty() || line.front() == '#') continue;
      if (line.front() == '@') {
        directive(line.substr(1));
      } else {
        stack_line(line);
      }
    }
    for (FunctionRow& row : functions_) tables_.append(row);
    finish();
    return std::move(tables_);
  }

 private:
  StringId string(std::string_view text) {
    if (text.empty()) return StringId::kNone;
    const auto [found, added] = strings_.try_emplace(std::string(text), StringId::kNone);
    if (added) found->second = StringId{tables_.append(StringRow{.text = text})};
    return found->second;
  }

  ModuleId module(std::string_view path) {
    if (path == "?") return ModuleId::kNone;
    const auto [found, added] = module_ids_.try_emplace(std::string(path), ModuleId::kNone);
    if (added) {
      uint8_t kind = kModuleFile;
      if (path == "[vdso]") kind = kModuleVdso;
      if (path.starts_with("//anon")) kind = kModuleAnonymous;
      if (path == "[kernel]") kind = kModuleKernel;
      modules_.push_back({.path = string(path), .kind = kind, .arch = 1});
      found->second = ModuleId{static_cast<uint32_t>(modules_.size())};
    }
    return found->second;
  }

  FunctionId function(ModuleId in, std::string_view name) {
    const auto key = std::pair(in, std::string(name));
    const auto [found, added] = function_ids_.try_emplace(key, FunctionId::kNone);
    if (added) {
      const auto id = static_cast<uint32_t>(functions_.size() + 1);
      functions_.push_back({.module = in,
                            .name = string(name),
                            .start = uint64_t{0x100000} + id * uint64_t{0x1000},
                            .bytes = 512,
                            .source = 1});
      found->second = FunctionId{id};
    }
    return found->second;
  }

  // Directives name functions of the default module, or module!name.
  FunctionId stated_function(std::string_view name) {
    const size_t mark = name.find('!');
    if (mark == std::string_view::npos) return function(module(kDefaultModule), name);
    return function(module(name.substr(0, mark)), name.substr(mark + 1));
  }

  ProcessId process(std::string_view name) {
    const auto [found, added] = process_ids_.try_emplace(std::string(name), ProcessId::kNone);
    if (added) {
      processes_.push_back(
          {.pid = static_cast<uint32_t>(100 + processes_.size()), .name = string(name)});
      process_ends_.push_back({.exited = 1, .status = 0, .cpu = DurationNs{-1}});
      found->second = ProcessId{static_cast<uint32_t>(processes_.size())};
      process_ends_.back().process = found->second;
    }
    return found->second;
  }

  ThreadId thread(std::string_view process_name, std::string_view name) {
    const ProcessId in = process(process_name);
    const auto key = std::pair(in, std::string(name));
    const auto [found, added] = thread_ids_.try_emplace(key, ThreadId::kNone);
    if (added) {
      threads_.push_back({.process = in,
                          .tid = static_cast<uint32_t>(1000 + threads_.size()),
                          .name = string(name)});
      found->second = ThreadId{static_cast<uint32_t>(threads_.size())};
      thread_ends_.push_back({.thread = found->second, .cpu = DurationNs{-1}});
    }
    return found->second;
  }

  void directive(std::string_view rest) {
    const std::string_view kind = take(rest, kBlank);
    rest = trimmed(rest);
    const std::string_view name = take(rest, kBlank);
    rest = trimmed(rest);
    if (kind == "meta") {
      tables_.append(MetaRow{.key = name, .value = rest});
    } else if (kind == "module") {
      module_directive(name, Attributes(rest));
    } else if (kind == "function") {
      function_directive(name, Attributes(rest));
    } else if (kind == "process") {
      process_directive(name, Attributes(rest));
    } else if (kind == "thread") {
      thread_directive(name, Attributes(rest));
    } else if (kind == "diagnostic") {
      const Attributes with(rest);
      tables_.append(DiagnosticRow{.name = name,
                                   .severity = static_cast<uint8_t>(with.get("severity", 3)),
                                   .count = static_cast<uint64_t>(with.get("count", 1)),
                                   .detail = with.text("detail")});
    } else if (kind == "track") {
      track_directive(name, Attributes(rest));
    } else if (kind == "span") {
      span_directive(name, Attributes(rest));
    } else if (kind == "wait") {
      wait_directive(name, Attributes(rest));
    } else if (kind == "cost") {
      const std::string_view picture = take(rest, kBlank);
      cost_directive(name, picture, Attributes(rest));
    } else if (kind == "lock") {
      lock_directive(name, Attributes(rest));
    } else if (kind == "frame" || kind == "plot" || kind == "message") {
      mark_directive(kind, name, Attributes(rest));
    } else if (kind == "code") {
      codes_.push_back({stated_function(name), std::string(rest)});
    } else if (kind == "code_line") {
      const uint64_t offset = static_cast<uint64_t>(number(take(rest, kBlank), 16));
      const Place place = place_of(trimmed(rest));
      code_lines_.push_back({stated_function(name), offset, string(place.file), place.line});
    } else {
      bad_text("unknown directive", kind);
    }
  }

  void module_directive(std::string_view name, const Attributes& with) {
    const ModuleId id = module(name);
    ModuleRow& row = modules_[raw(id) - 1];
    row.kind = static_cast<uint8_t>(with.get("kind", row.kind));
    row.arch = static_cast<uint8_t>(with.get("arch", row.arch));
    module_symbols_.push_back({.module = id,
                               .state = static_cast<uint8_t>(with.get("state", 1)),
                               .optimised = static_cast<uint8_t>(with.get("optimised", 1)),
                               .producer = string(with.text("producer")),
                               .missing = string(with.text("missing"))});
  }

  void function_directive(std::string_view name, const Attributes& with) {
    FunctionRow& row = functions_[raw(stated_function(name)) - 1];
    row.start = static_cast<uint64_t>(with.get("start", static_cast<int64_t>(row.start)));
    row.bytes = static_cast<uint64_t>(with.get("bytes", static_cast<int64_t>(row.bytes)));
    row.file = string(with.text("file"));
    row.line = static_cast<uint32_t>(with.get("line", row.line));
    row.source = static_cast<uint8_t>(with.get("source", row.source));
  }

  void process_directive(std::string_view name, const Attributes& with) {
    const size_t at = raw(process(name)) - 1;
    processes_[at].pid = static_cast<uint32_t>(with.get("pid", processes_[at].pid));
    processes_[at].command = string(with.text("command"));
    process_ends_[at].status = static_cast<int32_t>(with.get("status", 0));
    process_ends_[at].cpu = DurationNs{with.get("cpu_ns", -1)};
    const int64_t unsampled = with.get("unsampled_ns", 0);
    if (unsampled != 0) {
      tables_.append(UnsampledCpuRow{.process = process(name), .cpu = DurationNs{unsampled}});
    }
  }

  void thread_directive(std::string_view name, const Attributes& with) {
    const size_t at = raw(thread(with.text("process", "app"), name)) - 1;
    threads_[at].tid = static_cast<uint32_t>(with.get("tid", threads_[at].tid));
    threads_[at].start = TimeNs{with.get("start_ns", 0)};
    thread_ends_[at].time = TimeNs{with.get("end_ns", 0)};
    thread_ends_[at].cpu = DurationNs{with.get("cpu_ns", -1)};
  }

  void track_directive(std::string_view name, const Attributes& with) {
    const std::string_view process_name = with.text("process", "");
    const TrackId id{tables_.append(
        TrackRow{.name = string(name),
                 .unit = static_cast<uint8_t>(with.get("unit", 1)),
                 .kind = static_cast<uint8_t>(with.get("kind", 1)),
                 .scope = static_cast<uint8_t>(with.get("scope", 1)),
                 .process = process_name.empty() ? ProcessId::kNone : process(process_name),
                 .cpu = recording::kNoCpu,
                 .what = string(with.text("what")),
                 .divisor = static_cast<uint32_t>(with.get("divisor", 1)),
                 .qualifies = TrackId{static_cast<uint32_t>(with.get("of", 0))}})};
    std::string_view values = with.text("values");
    while (!values.empty()) {
      std::string_view one = take(values, ",");
      const int64_t time = number(take(one, ":"), 10);
      tables_.append(CounterRow{.track = id, .time = TimeNs{time}, .value = number(one, 10)});
    }
  }

  ThreadId thread_of(const Attributes& with) {
    return thread(with.text("process", "app"), with.text("thread", "main"));
  }
  SiteId site(std::string_view name) {
    const auto [at, added] = sites_.try_emplace(std::string(name), SiteId::kNone);
    if (added) {
      at->second = SiteId{tables_.append(SiteRow{.name = string(name), .kind = 1, .level = 3})};
    }
    return at->second;
  }

  void span_directive(std::string_view name, const Attributes& with) {
    int64_t start = with.get("start", 0);
    const int64_t every = with.get("every", 0);
    const auto add = [&](int64_t end) {
      spans_.push_back({.thread = thread_of(with),
                        .end = TimeNs{end},
                        .duration = DurationNs{end - start},
                        .site = site(name),
                        .depth = static_cast<uint8_t>(with.get("depth", 0)),
                        .flags = static_cast<uint8_t>(with.get("flags", 0))});
    };
    std::string_view lengths = with.text("ns");
    if (lengths.empty()) add(with.get("end", 0));
    for (; !lengths.empty(); start += every) add(start + number(take(lengths, ","), 10));
  }

  void wait_directive(std::string_view picture, const Attributes& with) {
    const int64_t start = with.get("start", 0), ns = with.get("ns", kSampleNs);
    WaitRow& row = waits_.emplace_back();
    row.time = TimeNs{start};
    row.until = TimeNs{with.get("until", start + ns)};
    row.thread = thread_of(with);
    row.duration = DurationNs{ns};
    row.count = static_cast<uint32_t>(with.get("count", 1));
    row.runnable = DurationNs{with.get("runnable", -1)};
    if (picture == "-") return;
    row.stack = stack(picture);
    row.cause = kCauseStack;
  }

  void cost_directive(std::string_view metric, std::string_view picture, const Attributes& with) {
    const auto [at, added] = metrics_.try_emplace(std::string(metric), MetricId::kNone);
    if (added) {
      at->second = MetricId{
          tables_.append(recording::MetricRow{.name = string(metric),
                                              .title = string(with.text("title")),
                                              .unit = static_cast<uint8_t>(with.get("unit", 1))})};
    }
    tables_.append(recording::CostRow{.metric = at->second,
                                      .stack = picture == "-" ? StackId::kNone : stack(picture),
                                      .thread = thread_of(with),
                                      .value = with.get("value", 1),
                                      .count = static_cast<uint64_t>(with.get("count", 0))});
  }

  void lock_directive(std::string_view name, const Attributes& with) {
    const std::string_view owner = with.text("owner");
    tables_.append(LockRow{
        .thread = thread_of(with),
        .end = TimeNs{with.get("time", 0)},
        .wait = DurationNs{with.get("wait", 0)},
        .hold = DurationNs{with.get("hold", 0)},
        .site = site(name),
        .lock = static_cast<uint64_t>(with.get("address", 0x10)),
        .owner = owner.empty() ? ThreadId::kNone : thread(with.text("process", "app"), owner),
        .flags = static_cast<uint8_t>(with.get("flags", 0))});
  }

  void mark_directive(std::string_view kind, std::string_view name, const Attributes& with) {
    const ThreadId of = thread_of(with);
    const SiteId at = site(name);
    const TimeNs time{with.get("time", 0)};
    if (kind == "frame") {
      tables_.append(FrameMarkRow{.thread = of, .time = time, .site = at, .kind = 1});
    } else if (kind == "plot") {
      const auto value = static_cast<double>(with.get("value", 0));
      tables_.append(PlotRow{.thread = of, .time = time, .site = at, .value = value});
    } else {
      tables_.append(MessageRow{.thread = of, .time = time, .site = at});
    }
  }

  // One level of a picture's stack.
  struct Level {
    FunctionId function{};
    StringId file{};
    uint32_t line = 0;
    ModuleId module{};
    uint64_t address = 0;  // of a place without a symbol
    bool inlined = false;
    auto operator<=>(const Level&) const = default;
  };

  Level level_of(std::string_view text, ModuleId caller) {
    Level level;
    level.inlined = take_prefix(text, "[inlined]");
    level.module = level.inlined ? caller : module(kDefaultModule);
    const size_t mark = text.find('!');
    if (take_prefix(text, "[kernel]")) {
      level.module = module("[kernel]");
    } else if (mark != std::string_view::npos) {
      level.module = module(text.substr(0, mark));
      text.remove_prefix(mark + 1);
    }
    const size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
      const Place place = place_of(text.substr(at + 1));
      level.file = string(place.file);
      level.line = place.line;
      text = text.substr(0, at);
    }
    if (text.starts_with("0x")) {
      level.address = static_cast<uint64_t>(number(text, 16));
    } else if (text.empty()) {
      bad_text("a frame without a name", text);
    } else {
      level.function = function(level.module, text);
    }
    return level;
  }

  // `levels` outermost first: a function and what was inlined into it.
  FrameId frame(const std::vector<Level>& levels) {
    const auto [found, added] = frame_ids_.try_emplace(levels, FrameId::kNone);
    if (!added) return found->second;
    const Level& outer = levels.front();
    uint64_t address = outer.address;
    if (outer.function != FunctionId::kNone) {
      // A place of its own inside the function, while it has room.
      const FunctionRow& in = functions_[raw(outer.function) - 1];
      const uint64_t nth = places_[outer.function]++;
      address = in.start + (in.bytes == 0 ? 0 : nth * 4 % in.bytes);
    }
    found->second = FrameId{tables_.append(FrameRow{.module = outer.module, .address = address})};
    if (outer.function == FunctionId::kNone) return found->second;
    for (size_t i = levels.size(); i-- > 0;) {
      tables_.append(LineRow{.frame = found->second,
                             .function = levels[i].function,
                             .file = levels[i].file,
                             .line = levels[i].line,
                             .inlined = static_cast<uint8_t>(i > 0)});
    }
    return found->second;
  }

  StackId stack(std::string_view text) {
    StackId id = StackId::kNone;
    std::vector<Level> levels;
    const auto close = [&] {
      if (levels.empty()) return;
      const FrameId at = frame(levels);
      const auto [found, added] = stack_ids_.try_emplace(std::pair(id, at), StackId::kNone);
      if (added) found->second = StackId{tables_.append(StackRow{.parent = id, .frame = at})};
      id = found->second;
      levels.clear();
    };
    while (!text.empty()) {
      const ModuleId caller = levels.empty() ? ModuleId::kNone : levels.back().module;
      const Level level = level_of(trimmed(take(text, ";")), caller);
      if (level.inlined && levels.empty()) bad_text("inlined into nothing", text);
      if (!level.inlined) close();
      levels.push_back(level);
    }
    close();
    return id;
  }

  void stack_line(std::string_view line) {
    std::string_view attributes;
    // From the right: key=value words, then the count.
    std::string_view head = line;
    size_t blank = head.find_last_of(kBlank);
    while (blank != std::string_view::npos && head.find('=', blank) != std::string_view::npos) {
      head = trimmed(head.substr(0, blank));
      attributes = line.substr(head.size());
      blank = head.find_last_of(kBlank);
    }
    if (blank == std::string_view::npos) bad_text("a stack without a count", line);
    const int64_t count = number(head.substr(blank + 1), 10);
    const Attributes with(attributes);
    // "-" stands for no stack at all.
    const std::string_view picture = trimmed(head.substr(0, blank));
    const StackId id = picture == "-" ? StackId::kNone : stack(picture);
    SampleRow row{.thread = thread(with.text("process", "app"), with.text("thread", "main")),
                  .stack = id,
                  .weight = DurationNs{with.get("weight", kSampleNs)},
                  .cpu = static_cast<uint16_t>(with.get("cpu", 0)),
                  .end = static_cast<uint8_t>(with.get("end", 0)),
                  .flags = static_cast<uint8_t>(with.get("flags", 0))};
    for (int64_t i = 0; i < count; ++i) {
      row.time = TimeNs{with.get("time", time_ += kSampleNs)};
      tables_.append(row);
    }
  }

  void finish() {
    // Spans stand in a recording in the order of their ends, those inside before those around.
    std::stable_sort(spans_.begin(), spans_.end(), [](const SpanRow& a, const SpanRow& b) {
      return a.end != b.end ? a.end < b.end : a.depth > b.depth;
    });
    for (const SpanRow& row : spans_) tables_.append(row);
    for (const WaitRow& row : waits_) tables_.append(row);
    for (const ModuleRow& row : modules_) tables_.append(row);
    for (const ModuleSymbolsRow& row : module_symbols_) tables_.append(row);
    for (const ProcessRow& row : processes_) tables_.append(row);
    for (const ProcessEndRow& row : process_ends_) tables_.append(row);
    for (const ThreadRow& row : threads_) tables_.append(row);
    for (const ThreadEndRow& row : thread_ends_) tables_.append(row);
    for (const auto& [id, hex] : codes_) {
      std::string bytes;
      for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        if (hex[i] == ' ') ++i;
        bytes += static_cast<char>(number(std::string_view(hex).substr(i, 2), 16));
      }
      tables_.append(
          CodeRow{.function = id, .start = functions_[raw(id) - 1].start, .bytes = bytes});
    }
    for (const CodeLine& line : code_lines_) {
      tables_.append(CodeLineRow{.function = line.function,
                                 .address = functions_[raw(line.function) - 1].start + line.address,
                                 .file = line.file,
                                 .line = line.line});
    }
  }

  Tables tables_;
  int64_t time_ = 0;
  std::map<std::string, StringId> strings_;
  std::map<std::string, SiteId, std::less<>> sites_;
  std::map<std::string, MetricId, std::less<>> metrics_;
  std::map<std::string, ModuleId> module_ids_;
  std::map<std::pair<ModuleId, std::string>, FunctionId> function_ids_;
  std::map<std::string, ProcessId> process_ids_;
  std::map<std::pair<ProcessId, std::string>, ThreadId> thread_ids_;
  std::map<std::vector<Level>, FrameId> frame_ids_;
  std::map<std::pair<StackId, FrameId>, StackId> stack_ids_;
  std::map<FunctionId, uint64_t> places_;
  std::vector<SpanRow> spans_;
  std::vector<WaitRow> waits_;
  std::vector<ModuleRow> modules_;
  std::vector<ModuleSymbolsRow> module_symbols_;
  std::vector<FunctionRow> functions_;
  std::vector<ProcessRow> processes_;
  std::vector<ProcessEndRow> process_ends_;
  std::vector<ThreadRow> threads_;
  std::vector<ThreadEndRow> thread_ends_;
  std::vector<std::pair<FunctionId, std::string>> codes_;
  std::vector<CodeLine> code_lines_;
};

}  // namespace

Tables tables_of_text(std::string_view text) {
  return TextBuilder().build(text);
}

Profile profile_of_text(std::string_view text) {
  Result<Profile> loaded = Loader::build(tables_of_text(text), nullptr);
  if (!loaded) bad_text(loaded.error().message, text.substr(0, 40));
  return std::move(*loaded);
}

FunctionId function_named(const Profile& profile, std::string_view name) {
  for (const FunctionId id : profile.lines().function) {
    if (profile.string(profile.functions()[raw(id)].name) == name) return id;
  }
  return FunctionId::kNone;
}

}  // namespace hone::profile
