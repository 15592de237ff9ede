#include "recording/redaction.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace hone::recording {
namespace {

// Folders that every machine has say nothing of who uses it.
constexpr std::string_view kSystemFolders[] = {
    "/usr/lib/", "/usr/lib64/", "/usr/bin/",  "/lib/",         "/lib64/",
    "/bin/",     "/sbin/",      "/usr/sbin/", "/usr/include/", "/usr/libexec/"};
// Facts that name the machine or its user, and those that name a folder.
constexpr std::string_view kHostFacts[] = {"host.name", "host.user", "cgroup.name"};
constexpr std::string_view kPlaceFacts[] = {"run.folder", "git.folder", "run.output",
                                            "trim.source"};
constexpr std::string_view kCommandFacts[] = {"run.command"};
constexpr std::string_view kEnvironment = "env.";

std::string hash_text(std::string_view text) {
  char out[16];
  std::snprintf(out, sizeof out, "~%08x",
                static_cast<unsigned>(XXH3_64bits(text.data(), text.size()) >> 32));
  return out;
}

// Hidden already: what is copied from a redacted recording stays as it is.
bool is_hash(std::string_view text) {
  return text.size() == 9 && text[0] == '~' &&
         text.find_first_not_of("0123456789abcdef", 1) == text.npos;
}

bool is_in(std::string_view word, const auto& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

Result<Redaction> Redaction::parse(std::string_view words) {
  RedactionOptions options;
  while (!words.empty()) {
    const size_t comma = std::min(words.find(','), words.size());
    const std::string_view word = words.substr(0, comma);
    words.remove_prefix(std::min(comma + 1, words.size()));
    const bool is_all = word == "all";
    const bool is_command = word == "command" || word == "args";
    const bool is_environment = word == "environment" || word == "env";
    const bool is_paths = word == "paths";
    if (!is_all && !is_command && !is_environment && !is_paths) {
      return fail(Code::InvalidArgument, "nothing is called '" + std::string(word) + "'");
    }
    options.command |= is_all || is_command;
    options.environment |= is_all || is_environment;
    options.paths |= is_all || is_paths;
  }
  return Redaction(options);
}

// The folders become one hash; the file's name stays.
std::string Redaction::path(std::string_view path) const {
  const size_t slash = path.rfind('/');
  if (slash == path.npos || slash == 0 || path.starts_with("//")) return std::string(path);
  for (const std::string_view folder : kSystemFolders) {
    // What is climbed out of again is no part of the system.
    if (path.starts_with(folder) && path.find("/../") == path.npos) return std::string(path);
  }
  const std::string_view folder = path.substr(0, slash);
  if (folder == "." || folder == "..") return std::string(path);
  if (is_hash(folder.substr(folder[0] == '/' ? 1 : 0))) return std::string(path);
  return (path[0] == '/' ? "/" : "") + hash_text(folder) + std::string(path.substr(slash));
}

// From the first path on nothing is kept: where it ends cannot be told, names may hold spaces.
std::string Redaction::sentence(std::string_view words) const {
  for (size_t at = words.find('/'); at != words.npos; at = words.find('/', at + 1)) {
    size_t start = at;  // of "../x" and "~/x", before the dots
    while (start > 0 && (words[start - 1] == '.' || words[start - 1] == '~')) --start;
    const char before = start == 0 ? ' ' : words[start - 1];
    const bool begins = std::string_view(" \t\"'=(:,;<@[").find(before) != words.npos;
    const bool is_folder = at + 1 < words.size() && words[at + 1] != ' ' && words[at + 1] != '(';
    if (begins && is_folder) {
      return std::string(words.substr(0, start)) + hash_text(words.substr(start));
    }
  }
  return std::string(words);
}

std::string Redaction::text(std::string_view text, TextKind kind) const {
  if (kind == TextKind::kCommand && options_.command) {
    const size_t space = text.find(' ');
    std::string program(text.substr(0, space));
    // A program with a quoted name may have a space in it: then all of it goes.
    if (!program.empty() && (program[0] == '\'' || program[0] == '"')) program.clear();
    program = program.substr(program.rfind('/') + 1);
    return space == text.npos ? program : program + " [redacted]";
  }
  if (!options_.paths) return std::string(text);
  switch (kind) {
    case TextKind::kPath:
      return path(text);
    case TextKind::kPlain:
      return text.starts_with('/') ? path(text) : sentence(text);
    case TextKind::kCommand:
    case TextKind::kSentence:
      return sentence(text);
  }
  return {};
}

bool Redaction::drops_fact(std::string_view key) const {
  // Variables are full of paths.
  return (options_.environment || options_.paths) && key.starts_with(kEnvironment);
}

std::string Redaction::fact(std::string_view key, std::string_view value) const {
  if (is_in(key, kCommandFacts)) return text(value, TextKind::kCommand);
  const bool names_host = (options_.environment || options_.paths) && is_in(key, kHostFacts);
  if (names_host || (options_.paths && is_in(key, kPlaceFacts))) {
    return value.empty() || is_hash(value) ? std::string(value) : hash_text(value);
  }
  return text(value, TextKind::kSentence);
}

std::string Redaction::words() const {
  std::string out;
  const auto add = [&](bool wanted, std::string_view word) {
    if (!wanted) return;
    if (!out.empty()) out += ',';
    out += word;
  };
  add(options_.command, "command");
  add(options_.environment, "environment");
  add(options_.paths, "paths");
  return out;
}

TextKind text_kind(std::string_view column) {
  if (column == "command") return TextKind::kCommand;
  if (column == "path" || column == "file" || column == "debug_file" || column == "what")
    return TextKind::kPath;
  if (column == "producer" || column == "missing" || column == "detail") return TextKind::kSentence;
  return TextKind::kPlain;
}

}  // namespace hone::recording
