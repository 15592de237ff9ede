#include "cli/shared_flags.h"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/errors.h"

namespace hone::cli {

Flag config_flag() {
  return {"config",         0,
          "FILE",           "settings and subsystem rules from FILE instead of hone.toml",
          &Options::config, {},
          ValueKind::kFile};
}

Flag color_flag() {
  return {
      "color", 0, "WHEN", "auto, always or never", &Options::color, {"auto", "always", "never"}};
}

Flag full_names_flag() {
  return {"full-names", 0, "", "never shorten names and paths", &Options::full_names};
}

Flag json_flag() {
  return {"json", 0, "", "one JSON object, with units in the names", &Options::json};
}

Flag redact_flag() {
  return {"redact", 0, "WHAT", "leave out: args, env, paths (with commas), or all",
          &Options::redact};
}

Result<recording::Redaction> redaction_asked(const Options& options) {
  auto out = recording::Redaction::parse(options.redact);
  if (out) return out;
  return usage_error("--redact: " + out.error().message,
                     {"--redact paths,args,env", "--redact all"});
}

Flag source_path_flag() {
  return {"source-path", 0, "OLD=NEW", "look for sources that were at OLD under NEW; repeatable",
          &Options::source_path};
}

std::vector<Flag> selection_flags() {
  return {
      {"process", 0, "NAME", "only processes of that name (a glob) or pid", &Options::process},
      {"thread", 0, "NAME", "only threads of that name (a glob) or tid", &Options::thread},
      {"in", 0, "SPAN", "only what threads did inside spans of that name (a glob)",
       &Options::inside},
      {"time", 0, "A-B", "only from second A to second B; either may be left out", &Options::time},
      {"from", 0, "TIME", "only from then on: 2s, 500ms, 1m; -10s: before the end", &Options::from},
      {"to", 0, "TIME", "only until then", &Options::to},
      {"weight", 0, "WHAT", "what counts: cpu, off-cpu, samples, instructions or what else it has",
       &Options::weight},
      {"no-kernel", 0, "", "give the kernel's time to the functions that called it",
       &Options::no_kernel}};
}

std::vector<Flag> joined(std::initializer_list<std::vector<Flag>> parts) {
  std::vector<Flag> out;
  for (const std::vector<Flag>& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Result<std::vector<pid_t>> process_ids(const std::string& text, std::string_view command) {
  std::vector<pid_t> out;
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const long id = std::strtol(at, &end, 10);
    if (end == at || id <= 0 || id > INT32_MAX || (*end != ',' && *end != '\0')) {
      return usage_error(fmt::format("--pid takes process ids, not '{}'", text),
                         {fmt::format("hone {} -p $(pgrep -d, NAME)", command)});
    }
    out.push_back(static_cast<pid_t>(id));
    at = *end == ',' ? end + 1 : end;
  }
  return out;
}

}  // namespace hone::cli
