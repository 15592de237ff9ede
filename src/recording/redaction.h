// What a recording is not to say: command lines, the environment, and where things lie. Each text
// that goes into it passes here, with what kind of text it is.
//
//   Redaction hide({.command = true, .paths = true});
//   hide.text("/srv/ada/secret/x.cc", TextKind::kPath)   // "/~1f0c9a3e/x.cc"
//
// Folders become short hashes that are the same wherever they are made, so that two things of one
// folder can still be told to be so, and recordings compared; who guesses a folder's name can check
// the guess. File names, names of programs, threads and functions stay. Immutable.
#pragma once

#include <string>
#include <string_view>

#include "base/host/result.h"

namespace hone::recording {

enum class TextKind : uint8_t {
  kPlain,     // a name; if it is an absolute path, or holds one, that
  kCommand,   // a command line
  kPath,      // of a file, absolute or not
  kSentence,  // words among which paths may be
};

struct RedactionOptions {
  bool command = false;      // command lines, but for the program
  bool environment = false;  // variables, should they be recorded; host, user, control group
  bool paths = false;        // folders outside of the system's own, host and user names
};

class Redaction {
 public:
  Redaction() = default;
  explicit Redaction(const RedactionOptions& options) : options_(options) {}
  // "command,environment,paths" or "all"; "args" and "env" are short for the first two.
  // InvalidArgument names the word that is none of these.
  static Result<Redaction> parse(std::string_view words);

  bool any() const { return options_.command || options_.environment || options_.paths; }
  std::string text(std::string_view text, TextKind kind) const;
  // Whether a fact of `meta` is to be left out, and what becomes of its value otherwise.
  bool drops_fact(std::string_view key) const;
  std::string fact(std::string_view key, std::string_view value) const;
  // "command,paths": what `meta` says of it.
  std::string words() const;
  const RedactionOptions& options() const { return options_; }

 private:
  std::string path(std::string_view path) const;
  std::string sentence(std::string_view words) const;

  RedactionOptions options_;
};

// What kind of text a column of StringIds holds, by its name.
TextKind text_kind(std::string_view column);

}  // namespace hone::recording
