#include "profile/redact.h"

#include <algorithm>
#include <optional>

#include "profile/loader.h"

namespace hone::profile {
namespace {

using recording::Redaction;
using recording::TextKind;

// Of each text what it is, by its use; several uses of one text are told apart by the strictest.
class TextKinds {
 public:
  explicit TextKinds(size_t count) : kinds_(count) {}

  void mark(StringId id, TextKind kind) {
    if (raw(id) >= kinds_.size() || id == StringId{}) return;
    std::optional<TextKind>& known = kinds_[raw(id)];
    if (!known || rank(kind) > rank(*known)) known = kind;
  }
  TextKind of(size_t id) const { return kinds_[id].value_or(TextKind::kPlain); }

 private:
  // A name of a file stays findable; what is said in words is cut at its first path.
  static int rank(TextKind kind) {
    switch (kind) {
      case TextKind::kPlain:
        return 0;
      case TextKind::kSentence:
        return 1;
      case TextKind::kCommand:
        return 2;
      case TextKind::kPath:
        return 3;
    }
    return 0;
  }
  std::vector<std::optional<TextKind>> kinds_;  // index = StringId
};

// The names of source files.
template <class Take>
void for_each_file(const Profile& profile, Take&& take) {
  for (const Function& function : profile.functions()) take(function.file);
  for (const StringId file : profile.lines().file) take(file);
  for (const CodeLine& line : profile.code_lines()) take(line.file);
  for (const Site& site : profile.instrumentation().sites) take(site.file);
}

TextKinds kinds_of(const Profile& profile, size_t text_count) {
  TextKinds out(text_count);
  for (const Module& module : profile.modules()) {
    out.mark(module.path, TextKind::kPath);
    out.mark(module.debug_file, TextKind::kPath);
    out.mark(module.producer, TextKind::kSentence);
    out.mark(module.missing, TextKind::kSentence);
  }
  for (const Process& process : profile.processes()) out.mark(process.command, TextKind::kCommand);
  for (const Track& track : profile.tracks()) out.mark(track.what, TextKind::kPath);
  for_each_file(profile, [&](StringId file) { out.mark(file, TextKind::kPath); });
  return out;
}

Redaction both(const Redaction& hide, std::string_view before) {
  recording::RedactionOptions options = hide.options();
  if (const auto known = Redaction::parse(before)) {
    options.command |= known->options().command;
    options.environment |= known->options().environment;
    options.paths |= known->options().paths;
  }
  return Redaction(options);
}

// Texts that come to a profile after it was loaded.
class NewTexts {
 public:
  NewTexts(std::vector<std::string_view>& texts, std::vector<std::vector<char>>& heaps)
      : texts_(texts), heaps_(heaps) {}
  std::string_view kept(const std::string& text) {
    // One heap a text: a view of a vector holds while the vectors around it move.
    return text.empty() ? std::string_view()
                        : as_view(heaps_.emplace_back(text.begin(), text.end()));
  }
  StringId add(const std::string& text) {
    texts_.push_back(kept(text));
    return StringId{static_cast<uint32_t>(texts_.size() - 1)};
  }

 private:
  static std::string_view as_view(const std::vector<char>& heap) {
    return {heap.data(), heap.size()};
  }
  std::vector<std::string_view>& texts_;
  std::vector<std::vector<char>>& heaps_;
};

}  // namespace

std::vector<HiddenFile> Loader::redact(Profile& profile, const Redaction& hide) {
  std::vector<std::string_view>& texts = profile.strings_;
  NewTexts out(texts, profile.string_heaps_);
  const TextKinds kinds = kinds_of(profile, texts.size());
  std::vector<std::string_view> before(texts);
  for (size_t id = 1; id < texts.size(); ++id) {
    const std::string text = hide.text(texts[id], kinds.of(id));
    if (text != texts[id]) texts[id] = out.kept(text);
  }
  // A command line may be the text of a path, too: it gets one of its own.
  for (Process& process : profile.processes_) {
    if (process.command == StringId{}) continue;
    const std::string_view command = before[raw(process.command)];
    process.command = out.add(hide.text(command, TextKind::kCommand));
  }
  // The last part of a control group's name says which container it is.
  for (const Track& track : profile.tracks_) {
    if (track.scope != recording::TrackScope::kCgroup || track.what == StringId{}) continue;
    texts[raw(track.what)] = out.kept(hide.fact("cgroup.name", before[raw(track.what)]));
  }
  std::vector<HiddenFile> files;
  for_each_file(profile, [&](StringId id) {
    if (texts[raw(id)] == before[raw(id)]) return;
    files.push_back({std::string(texts[raw(id)]), std::string(before[raw(id)])});
  });
  const Redaction words = both(hide, profile.meta("redaction"));
  std::vector<std::pair<std::string, std::string>> facts;
  for (auto& [key, value] : profile.meta_) {
    if (key == "redaction" || hide.drops_fact(key)) continue;
    facts.emplace_back(key, hide.fact(key, value));
  }
  if (words.any()) facts.emplace_back("redaction", words.words());
  profile.meta_ = std::move(facts);
  for (Diagnostic& diagnostic : profile.diagnostics_) {
    diagnostic.name = hide.text(diagnostic.name, TextKind::kPlain);
    diagnostic.detail = hide.text(diagnostic.detail, TextKind::kSentence);
  }
  return files;
}

Redacted redact(Profile profile, const Redaction& hide) {
  Redacted out{.profile = std::move(profile), .files = {}};
  out.files = Loader::redact(out.profile, hide);
  const auto less = [](const HiddenFile& a, const HiddenFile& b) {
    return a.shown != b.shown ? a.shown < b.shown : a.name < b.name;
  };
  const auto same = [](const HiddenFile& a, const HiddenFile& b) { return a.shown == b.shown; };
  std::sort(out.files.begin(), out.files.end(), less);
  out.files.erase(std::unique(out.files.begin(), out.files.end(), same), out.files.end());
  return out;
}

}  // namespace hone::profile
