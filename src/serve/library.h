// The recordings that a server knows: which there are, and the profiles of those that somebody
// asked for. They are opened on threads of their own, so that nobody waits for what takes long.
//
//   Library library({.open = &open_profile});
//   library.add("app.hone");
//   HONE_TRY_ASSIGN(std::shared_ptr<const Opened> a, library.get("app", wait_ns));
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/recorded_time.h"
#include "base/host/result.h"
#include "profile/profile.h"
#include "query/source.h"

namespace hone::analysis {
class Timeline;
}

namespace hone::serve {

// A recording that is open. Immutable: whoever holds it may read it from any thread, and it stays
// as long as somebody holds it, also when the library has let go of it.
struct Opened {
  Opened(std::string recording_id, std::string recording_path, profile::Profile its_profile)
      : id(std::move(recording_id)),
        path(std::move(recording_path)),
        profile(std::move(its_profile)),
        source(profile),
        start(analysis::recorded_time(profile).start) {}
  const std::string id, path;
  std::string note;  // what was done at opening that the person should know; may be empty
  const profile::Profile profile;
  const query::Source source;
  const TimeNs start;  // what times of answers count from

  // Made when somebody first asks for it (timelines.h).
  mutable std::once_flag timeline_once;
  mutable std::shared_ptr<const analysis::Timeline> timeline;
};

enum class RecordingState : uint8_t { kClosed, kLoading, kReady, kFailed };

struct RecordingEntry {
  std::string id;    // the file's name without .hone; of several of one name: name-2, name-3
  std::string name;  // the file's name
  std::string path;
  uint64_t bytes = 0;
  int64_t modified_s = 0;  // since 1970
  RecordingState state{};
  std::string stage;  // while it is loading: what is done
  Error error;        // of kFailed
};

class Library {
 public:
  struct Loaded {
    profile::Profile profile;
    std::string note;
  };
  using Open = Result<Loaded> (*)(const std::string& path);
  // At most so many are kept open; the one that nobody asked for longest goes first.
  static constexpr size_t kOpenMax = 6;
  static constexpr size_t kEntriesMax = 2000;

  explicit Library(Open open);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Gives its id. What is there already, by its path, is not added again.
  std::string add(const std::string& path);
  // The same of one that somebody opened already; `path` is what is said of it, and may name
  // nothing that could be opened.
  std::string add(const std::string& path, Loaded loaded);
  std::vector<RecordingEntry> entries() const;
  // Begins to open it, when it is not, and waits at most so long. Errors: NotFound for an id that
  // is none; Cancelled while it is loading; what opening it said.
  Result<std::shared_ptr<const Opened>> get(std::string_view id, int64_t wait_ns);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hone::serve
