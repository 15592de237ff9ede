#include "capture/probes/probe_plan.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/host/text.h"
#include "capture/probes/probe_pattern.h"
#include "elf/symbol_names.h"
#include "elf/symbol_table.h"
#include "symbols/debug_files.h"

namespace hone::capture {
namespace {

constexpr size_t kMiniDebugBytesMax = size_t{256} << 20;
constexpr size_t kNamesShown = 5;

// A file with all the names of its functions. Views into what it holds.
struct Names {
  symbols::ElfFile file;
  symbols::DebugFiles debug;
  std::vector<uint8_t> mini_bytes;
  std::optional<elf::Image> mini;
  std::vector<elf::FunctionName> all;
};

Result<void> read_names(const ProbeModule& module, int fd, Names& out) {
  const symbols::ModuleSource source{.path = module.path, .fd = fd};
  HONE_TRY_ASSIGN(out.file, symbols::open_module(source));
  out.all = elf::read_function_names(out.file.image);
  const auto take = [&](const elf::Image& image) {
    const auto more = elf::read_function_names(image);
    out.all.insert(out.all.end(), more.begin(), more.end());
  };
  if (out.file.image.section(".symtab") != nullptr) return {};
  // What is installed stripped has its other names elsewhere.
  out.debug = symbols::find_debug_files(out.file, source, {});
  if (out.debug.separate) return take(out.debug.separate->image), Result<void>{};
  auto inflated = elf::read_mini_debug_info(out.file.image, kMiniDebugBytesMax);
  if (!inflated) return {};
  out.mini_bytes = std::move(*inflated);
  if (auto image = elf::Image::parse(out.mini_bytes)) {
    out.mini.emplace(std::move(*image));
    take(*out.mini);
  }
  return {};
}

// Of a part that the compiler moved away: whose it is.
std::string_view owner_of_part(std::string_view name) {
  const size_t at = name.find(".cold");
  return at == std::string_view::npos ? std::string_view{} : name.substr(0, at);
}

// The names by which a function may be asked for.
bool fits(const std::string& pattern, std::string_view mangled, const std::string& demangled) {
  return glob_fits(pattern, mangled) || glob_fits(pattern, demangled) ||
         glob_fits(pattern, without_parameters(demangled));
}

bool begins_with_push(std::span<const uint8_t> code) {
  const size_t at = !code.empty() && code[0] == 0x41 ? 1 : 0;  // of r8 to r15
  return at < code.size() && (code[at] & 0xf8) == 0x50;
}

class Planner {
 public:
  explicit Planner(size_t functions_max) : functions_max_(functions_max) {}

  Result<void> add(const ProbePattern& asked, const ProbeTarget& target) {
    HONE_TRY_ASSIGN(const std::vector<ProbeModule> modules,
                    find_probe_modules(asked.module, target));
    fitting_ = 0;
    near_.clear();
    for (const ProbeModule& module : modules) HONE_TRY(add_of(asked, module));
    if (fitting_ == 0) return nothing_fits(asked, modules);
    return {};
  }

  Result<ProbePlan> finish() {
    if (wanted_ > functions_max_) {
      return tl::unexpected(
          Error{.code = Code::LimitExceeded,
                .message = fmt::format("--probe: {} functions fit, and at most {} are probed",
                                       wanted_, functions_max_),
                .effect = "no program is run",
                .fixes = {"ask for fewer: the name of one, or a longer pattern",
                          fmt::format("--probe-max {}   probes them all", wanted_)},
                .number = "E064"});
    }
    return std::move(plan_);
  }

 private:
  struct Body {  // what has one address
    std::string name;
    uint64_t bytes = 0;
    bool is_indirect = false;
    std::string_view mangled;
  };

  Result<void> add_of(const ProbePattern& asked, const ProbeModule& module) {
    HONE_TRY_ASSIGN(const uint32_t file, file_of(module));
    Names names;
    if (auto read = read_names(module, plan_.files[file].fd.get(), names); !read) {
      Error error = std::move(read.error());
      error.message = "--probe: " + module.name + " is no file of machine code: " + error.message;
      error.effect = "no program is run";
      error.fixes = {"--probe FUNCTION is of the program; of a library: --probe libc:FUNCTION"};
      error.number = "E062";
      return tl::unexpected(std::move(error));
    }
    if (names.file.image.arch() != unwind::Arch::kX86_64) {
      return tl::unexpected(
          Error{.code = Code::Unsupported,
                .message = "--probe: functions of x86-64 alone can be probed, and " + module.name +
                           " is of another processor",
                .effect = "no program is run",
                .fixes = {"compile with -finstrument-functions: docs/guide/functions.md"},
                .number = "E061"});
    }
    std::map<uint64_t, Body> bodies;
    for (const elf::FunctionName& each : names.all) {
      if (!owner_of_part(each.name).empty()) continue;
      const std::string name = symbols::demangle(std::string(each.name).c_str());
      if (!fits(asked.function, each.name, name)) {
        remember(asked.function, name);
        continue;
      }
      Body& body = bodies[raw(each.svma)];
      body.bytes = std::max(body.bytes, each.bytes);
      if (!body.name.empty() && body.name.size() <= name.size()) continue;
      body.name = name;
      body.mangled = each.name;
      body.is_indirect = each.is_indirect;
    }
    for (const auto& [start, body] : bodies) add_function(names, file, Svma{start}, body);
    return {};
  }

  Result<uint32_t> file_of(const ProbeModule& module) {
    const auto known = files_.find(module.path);
    if (known != files_.end()) return known->second;
    HONE_TRY_ASSIGN(base::UniqueFd fd, base::open_file(module.path, O_RDONLY));
    plan_.files.push_back({std::move(fd), module.name});
    const auto number = static_cast<uint32_t>(plan_.files.size() - 1);
    files_[module.path] = number;
    return number;
  }

  void add_function(const Names& names, uint32_t file, Svma start, const Body& body) {
    ++fitting_;
    if (!taken_.insert({file, raw(start)}).second) return;
    const elf::Image& image = names.file.image;
    const auto offset = offset_of(image, start);
    const std::string where = body.name + " of " + plan_.files[file].name;
    if (body.is_indirect) {
      plan_.notices.push_back(where +
                              " is not probed: the function there only chooses another one, "
                              "when the program starts");
      return;
    }
    const std::string why = offset ? unprobeable(image.rest_at(start)) : "it is not in the file";
    if (!why.empty()) {
      plan_.notices.push_back(where + " is not probed: it begins with " + why);
      return;
    }
    if (++wanted_ > functions_max_) return;
    const auto number = static_cast<uint32_t>(plan_.functions.size());
    plan_.functions.push_back({.name = body.name,
                               .file = file,
                               .begins_with_push = begins_with_push(image.rest_at(start))});
    plan_.points.push_back({number, file, *offset, CallEvent::What::kEntry});
    std::vector<CodeRange>& parts = plan_.functions.back().parts;
    if (auto exits = exits_of(names, start, body, parts); exits) {
      for (const FunctionExit& exit : *exits) {
        const auto at = offset_of(image, exit.at);
        if (!at) continue;
        ProbePoint point{number, file, *at, CallEvent::What::kReturn, exit.condition, exit.at};
        point.target = probe_argument(exit, *at);
        if (exit.kind != ExitKind::kReturn && point.target.empty()) {
          point.what = CallEvent::What::kPerhaps;
        }
        plan_.points.push_back(std::move(point));
      }
    } else {
      plan_.functions.back().not_timed = exits.error().message;
      plan_.notices.push_back(where + " is counted, not timed: " + exits.error().message);
    }
  }

  static std::optional<FileOffset> offset_of(const elf::Image& image, Svma at) {
    for (const elf::Segment& segment : image.segments()) {
      if (!segment.executable || raw(at) < raw(segment.svma)) continue;
      const uint64_t within = raw(at) - raw(segment.svma);
      if (within < segment.file_bytes) return FileOffset{raw(segment.offset) + within};
    }
    return std::nullopt;
  }

  static Result<std::vector<FunctionExit>> exits_of(const Names& names, Svma start,
                                                    const Body& body,
                                                    std::vector<CodeRange>& ranges) {
    const elf::Image& image = names.file.image;
    if (body.bytes == 0) return fail(Code::Unsupported, "its symbol does not say where it ends");
    std::vector<CodePart> parts = {{start, image.bytes_at(start, body.bytes)}};
    if (parts[0].code.empty()) return fail(Code::Unsupported, "its code is not in the file");
    for (const elf::FunctionName& each : names.all) {
      if (each.bytes == 0 || owner_of_part(each.name) != body.mangled) continue;
      const bool is_known = std::any_of(parts.begin(), parts.end(), [&](const CodePart& part) {
        return part.start == each.svma;
      });
      if (!is_known) parts.push_back({each.svma, image.bytes_at(each.svma, each.bytes)});
    }
    for (const CodePart& part : parts) ranges.push_back({part.start, part.code.size()});
    HONE_TRY_ASSIGN(std::vector<FunctionExit> exits, find_exits(parts));
    // A table whose first entry leads into the middle of the function has places of it alone: no
    // other one is told of them.
    std::erase_if(exits, [&](const FunctionExit& exit) {
      uint64_t first = 0;
      const auto entry = image.bytes_at(exit.table, sizeof first);
      if (raw(exit.table) == 0 || entry.size() != sizeof first) return false;
      std::memcpy(&first, entry.data(), sizeof first);
      return stays_inside(ranges, Svma{first});
    });
    return exits;
  }

  // Names that are worth offering when nothing fits.
  void remember(const std::string& pattern, const std::string& name) {
    constexpr size_t kRememberedMax = 200'000;
    if (near_.size() < kRememberedMax && name.size() < 4 * pattern.size() + 64) {
      near_.emplace_back(without_parameters(name));
    }
  }

  tl::unexpected<Error> nothing_fits(const ProbePattern& asked,
                                     const std::vector<ProbeModule>& modules) {
    std::string where;
    for (const ProbeModule& module : modules) {
      where += (where.empty() ? "" : ", ") + module.name;
    }
    Error error{
        .code = Code::NotFound,
        .message = fmt::format("--probe: no function of {} is called '{}'", where, asked.function),
        .effect = "no program is run",
        .number = "E063"};
    if (const std::string near = nearest_names(asked.function); !near.empty()) {
      error.fixes.push_back("nearest: " + near);
    }
    if (near_.empty()) {
      error.fixes.push_back(
          "it has no names of functions: install its debug symbols, or do not "
          "strip it");
    }
    error.fixes.push_back("a pattern: --probe '" +
                          (asked.module.empty() ? "" : asked.module + ":") + "*" + asked.function +
                          "*'");
    return tl::unexpected(std::move(error));
  }

  // Those that hold what was asked for, then the nearest by spelling.
  std::string nearest_names(const std::string& pattern) const {
    std::string stem = pattern;
    std::erase_if(stem, [](char c) { return c == '*' || c == '?'; });
    std::vector<std::string_view> all(near_.begin(), near_.end()), out;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    const std::string_view near = base::nearest(stem, all.data(), all.size());
    if (!near.empty()) out.push_back(near);
    for (const std::string_view name : all) {
      if (out.size() == kNamesShown) break;
      if (name != near && !stem.empty() && name.find(stem) != std::string_view::npos) {
        out.push_back(name);
      }
    }
    std::string text;
    for (const std::string_view name : out) {
      text += (text.empty() ? "" : ", ") + std::string(name);
    }
    return text;
  }

  size_t functions_max_;
  ProbePlan plan_;
  std::map<std::string, uint32_t> files_;
  std::set<std::pair<uint32_t, uint64_t>> taken_;
  size_t wanted_ = 0, fitting_ = 0;
  std::vector<std::string> near_;
};

}  // namespace

Result<ProbePlan> plan_probes(const std::vector<std::string>& patterns, const ProbeTarget& target,
                              size_t functions_max) {
  Planner planner(functions_max);
  for (const std::string& text : patterns) {
    HONE_TRY_ASSIGN(const ProbePattern asked, parse_probe(text));
    HONE_TRY(planner.add(asked, target));
  }
  return planner.finish();
}

}  // namespace hone::capture
