// What the page Source shows: hot files, and one function's cost by line and by instruction.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "analysis/annotate.h"
#include "analysis/hot_files.h"
#include "serve/endpoints.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::Annotation;
using analysis::LineCost;

// Of a file, what is sent: of the function's own all of it, when it is no longer than this; else,
// and of files whose code was inlined into it, so many lines around what has a cost.
constexpr size_t kWholeLinesMax = 5'000, kLinesAround = 400, kOtherLinesAround = 60;
constexpr size_t kLinesMax = 20'000;     // of one file
constexpr size_t kLineBytesMax = 4'000;  // of one line
constexpr size_t kFilesMax = 40;         // of one function
constexpr size_t kFilesLookedFor = 40;   // of the hot files

Result<Asked2> stacks_asked(const Call& call) {
  HONE_TRY_ASSIGN(Asked2 asked, weight_asked(call));
  if (analysis::is_of_stacks(asked.weight.metric)) return asked;
  return fail(
      Code::InvalidArgument,
      fmt::format("weight: {} is not weighed by stack: it has no source lines", asked.weight.id));
}

report::SourceFile source_of(const Context& context, const std::string& file) {
  if (context.find_source == nullptr) return {.file = file};
  return context.find_source(context.source_files, file);
}

// The cost of one side's lines, by file and line.
struct Costs {
  std::vector<std::string> files;  // the function's own first, then in their order
  struct Line {
    LineCost a, b;
  };
  std::unordered_map<std::string, std::vector<std::pair<uint32_t, Line>>> of_file;

  void add(const Annotation& from, bool is_b) {
    for (const LineCost& cost : from.lines) {
      auto& lines = of_file[cost.file];
      if (lines.empty() && cost.file != from.file) files.push_back(cost.file);
      auto at = std::find_if(lines.begin(), lines.end(),
                             [&](const auto& line) { return line.first == cost.line; });
      if (at == lines.end()) at = lines.insert(lines.end(), {cost.line, {}});
      (is_b ? at->second.b : at->second.a) = cost;
    }
  }
};

Json cost_json(uint32_t line, const Costs::Line& cost, bool compared) {
  Json out = {{"line", line},
              {"self", cost.a.self_ns},
              {"total", cost.a.total_ns},
              {"samples", cost.a.self_samples},
              {"total_samples", cost.a.total_samples}};
  if (compared) {
    out["b_self"] = cost.b.self_ns;
    out["b_total"] = cost.b.total_ns;
    out["b_samples"] = cost.b.self_samples;
  }
  return out;
}

// Lines [first, last) of a file, counted from 0.
struct Window {
  size_t first = 0, last = 0;
};
Window window_of(const report::SourceFile& source, uint32_t least, uint32_t most, bool own) {
  const size_t count = source.lines.size();
  if (own && count <= kWholeLinesMax) return {0, count};
  const size_t around = own ? kLinesAround : kOtherLinesAround;
  const size_t first = least > around ? std::min<size_t>(least - around, count) : 0;
  const size_t last = std::clamp<size_t>(size_t{most} + around, first, count);
  return {first, std::min(last, first + kLinesMax)};
}

Json file_json(const Context& context, const std::string& file, Costs& costs, bool own,
               uint32_t declared, bool compared) {
  auto& lines = costs.of_file[file];
  std::sort(lines.begin(), lines.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  uint32_t least = lines.empty() ? declared : lines.front().first;
  const uint32_t most = std::max(lines.empty() ? 0 : lines.back().first, own ? declared : 0);
  if (own && declared != 0) least = std::min(least, declared);
  Json cost = Json::array();
  for (const auto& [line, of] : lines) cost.push_back(cost_json(line, of, compared));
  Json out = {{"file", file}, {"found", false}};
  Json text = Json::array();
  if (!file.empty()) {
    const report::SourceFile source = source_of(context, file);
    out["found"] = !source.lines.empty();
    out["tried"] = source.tried;
    out["changed"] = source.changed;
    const Window window = window_of(source, least, most, own);
    out["first_line"] = window.first + 1;
    out["lines_total"] = source.lines.size();
    for (size_t i = window.first; i < window.last; ++i) {
      text.push_back(source.lines[i].substr(0, kLineBytesMax));
    }
  }
  out["lines"] = std::move(text);
  out["cost"] = std::move(cost);
  return out;
}

Json steps_json(const std::vector<analysis::SourceStep>& steps) {
  Json out = Json::array();
  for (const analysis::SourceStep& one : steps) {
    out.push_back({{"key", key_text(one.key)},
                   {"name", one.function},
                   {"file", one.file},
                   {"line", one.line}});
  }
  return out;
}

Json instructions_json(const Annotation& from) {
  const std::vector<int64_t> targets = analysis::jump_targets(from.instructions);
  Json out = Json::array();
  for (size_t i = 0; i < from.instructions.size(); ++i) {
    const analysis::InstructionCost& one = from.instructions[i];
    Json row = {{"address", fmt::format("0x{:x}", one.address)},
                {"bytes", one.bytes_hex},
                {"text", one.text},
                {"file", one.file},
                {"line", one.line},
                {"self", one.self_ns},
                {"total", one.total_ns},
                {"samples", one.self_samples},
                {"inlined_into", one.inlined_into}};
    row["inline_stack"] = one.inline_stack.empty() ? Json() : steps_json(one.inline_stack);
    row["target"] = targets[i] >= 0 ? Json(targets[i]) : Json();
    out.push_back(std::move(row));
  }
  return out;
}

Result<Annotation> annotated(const analysis::TableSide& side, analysis::Metric metric,
                             uint64_t key) {
  const analysis::StackWeights weights = weigh(*side.profile, *side.selection, metric);
  const FunctionId id = heaviest_of_key(*side.profile, weights, key);
  if (id == FunctionId::kNone) {
    return fail(Code::NotFound, fmt::format("no function has the key {}", key_text(key)));
  }
  return annotate_weighed(*side.profile, weights, id);
}

Result<Response> source(const Call& call) {
  HONE_TRY_ASSIGN(const Asked2 asked, stacks_asked(call));
  HONE_TRY_ASSIGN(const uint64_t key, key_asked("key", call.request.value("key")));
  Result<Annotation> a = annotated(asked.a(), asked.weight.metric, key);
  Result<Annotation> b = fail(Code::NotFound, "");
  if (asked.compares()) b = annotated(asked.b(), asked.weight.metric, key);
  if (!a && !b) return tl::unexpected(std::move(a.error()));
  const Annotation& shown = a ? *a : *b;
  Costs costs;
  if (!shown.file.empty()) costs.files.push_back(shown.file);
  if (a) costs.add(*a, false);
  if (b) costs.add(*b, true);
  Json files = Json::array();
  for (const std::string& file : costs.files) {
    if (files.size() == kFilesMax) break;
    files.push_back(
        file_json(call.context, file, costs, file == shown.file, shown.line, asked.compares()));
  }
  Json out = {{"key", key_text(key)},
              {"function", shown.function},
              {"module", shown.module},
              {"file", shown.file},
              {"line", shown.line},
              {"weight", asked.weight.id},
              {"unit", asked.weight.unit},
              {"all", a ? a->cpu_ns : 0},
              {"self", a ? a->self_ns : 0},
              {"total", a ? a->total_ns : 0},
              {"samples", a ? a->total_samples : 0},
              {"b", nullptr},
              {"b_total", nullptr},
              {"absent", absent_json(asked.weight)}};
  if (b) {
    out["b_total"] = b->total_ns;
    out["b"] = {{"all", b->cpu_ns},
                {"self", b->self_ns},
                {"total", b->total_ns},
                {"samples", b->total_samples}};
  }
  out["files"] = std::move(files);
  out["files_total"] = costs.files.size();
  out["instructions_of"] = a ? "a" : "b";
  out["instructions"] = instructions_json(shown);
  out["no_code_reason"] = shown.no_code_reason;
  out["source"] = call.context.find_source != nullptr;
  return json_response(out);
}

Json functions_json(const analysis::HotFile& file) {
  Json out = Json::array();
  for (const analysis::HotFile::Function& one : file.functions) {
    out.push_back({{"key", key_text(one.key)},
                   {"name", one.name},
                   {"self", one.self},
                   {"samples", one.samples},
                   {"line", one.line}});
  }
  return out;
}

Result<std::string> files_text(const Call& call, const Asked2& asked) {
  struct Sides {
    analysis::HotFile file;
    int64_t self_b = 0;
  };
  const auto of = [&](const analysis::TableSide& side, int64_t& all) {
    const analysis::StackWeights weights =
        weigh(*side.profile, *side.selection, asked.weight.metric);
    all = weights.cpu_ns;
    return hot_files(*side.profile, weights, {});
  };
  int64_t all_a = 0, all_b = 0;
  std::vector<Sides> rows;
  for (analysis::HotFile& file : of(asked.a(), all_a)) rows.push_back({std::move(file), 0});
  if (asked.compares()) {
    for (analysis::HotFile& file : of(asked.b(), all_b)) {
      const auto at = std::find_if(rows.begin(), rows.end(),
                                   [&](const Sides& row) { return row.file.name == file.name; });
      if (at != rows.end()) {
        at->self_b = file.self;
        continue;
      }
      Sides& row = rows.emplace_back();
      row.self_b = file.self;
      row.file = std::move(file);
      row.file.self = 0;
    }
  }
  const auto share = [](int64_t part, int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
  };
  Json files = Json::array();
  for (const Sides& row : rows) {
    Json one = {{"file", row.file.name},
                {"self", row.file.self},
                {"share", share(row.file.self, all_a)},
                {"samples", row.file.samples}};
    if (asked.compares()) {
      one["b_self"] = row.self_b;
      one["b_share"] = share(row.self_b, all_b);
    }
    one["found"] = files.size() < kFilesLookedFor && call.context.find_source != nullptr
                       ? Json(!source_of(call.context, row.file.name).lines.empty())
                       : Json();
    one["functions"] = functions_json(row.file);
    files.push_back(std::move(one));
  }
  return json_text({{"weight", asked.weight.id},
                    {"unit", asked.weight.unit},
                    {"total", all_a},
                    {"total_b", asked.compares() ? Json(all_b) : Json()},
                    {"absent", absent_json(asked.weight)},
                    {"files", std::move(files)}});
}

Result<Response> files(const Call& call) {
  HONE_TRY_ASSIGN(const Asked2 asked, stacks_asked(call));
  HONE_TRY_ASSIGN(const std::shared_ptr<const std::string> text,
                  call.context.cache->kept<std::string>(
                      call.cache_key(fmt::format("files {}", asked.weight.id)),
                      [&] { return files_text(call, asked); },
                      [](const std::string& made) { return made.size(); }));
  return Response{.body = *text};
}

}  // namespace

const Endpoint kSource = {
    .path = "source",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "One function's cost by source line and by instruction.",
    .parameters = {{"weight", kWeightMeaning}, {"key", "of `functions`"}},
    .returns =
        "`{key, function, module, file, line, weight, unit, all, self, total, samples, b: {all, "
        "self, total, samples}, b_total, absent, files: [{file, found, tried, changed, first_line, "
        "lines_total, "
        "lines, cost: [{line, self, total, samples, total_samples, b_self, b_total, b_samples}]}], "
        "files_total, instructions_of, instructions: [{address, bytes, text, file, line, self, "
        "total, samples, inlined_into, inline_stack: [{key, name, file, line}], target}], "
        "no_code_reason, source}`. The function's own file "
        "is the first; of long files, and of those whose code was inlined into it, the lines "
        "around "
        "what has a cost are sent. `self` counts calls that were inlined into it. `changed`: the "
        "file is newer than the program. `address` is text, \"0x401a20\". `target` is the index of "
        "the instruction that is jumped "
        "to. `inline_stack` goes from the innermost inlined call out to the function whose code it "
        "is, `line` being where each is; null where nothing was sampled or called, and it is not "
        "known. `source` false: this server shows no source text.",
    .answer = &source};

const Endpoint kFiles = {
    .path = "files",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "Source files by the weight that was spent in them.",
    .parameters = {{"weight", kWeightMeaning}},
    .returns =
        "`{weight, unit, total, total_b, absent, files: [{file, self, share, samples, b_self, "
        "b_share, found, functions: [{key, name, self, samples, line}]}]}`: 200 files, 50 "
        "functions "
        "of each, heaviest first. `found` is null where nobody looked.",
    .answer = &files};

}  // namespace hone::serve
