// The file or files that a recording goes into: one; one after the other, each whole (rotation); or
// the last so many seconds, held in memory until they are asked for (a flight recorder).
//
//   HONE_TRY_ASSIGN(OutputFiles files, OutputFiles::create({.path = "app.hone", .rotate_ns =
//   ...}));
//   ... rows go into files.builder() ...
//   if (files.due(now) == OutputFiles::Due::kNextPart) files.next_part(std::move(end_of_this_one));
//   HONE_TRY(files.finish(std::move(end)));
//
// A part is a recording of its own, with ids of its own, in which what runs is introduced anew; so
// what is held of a long recording is never more than its parts that are wanted. The flight
// recorder's parts are files in memory without names; they are joined, cut to the time that is
// wanted and named when they are written. That, and the naming of a file that was rotated out, is
// done beside the recording.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "capture/facts.h"
#include "capture/symbolise.h"
#include "recording/builder.h"

namespace hone::capture {

struct OutputOptions {
  std::string path;
  uint64_t size_max = 0;  // the recording ends, or (of a flight recorder) the oldest is let go
  uint64_t rotate_bytes = 0;
  int64_t rotate_ns = 0;
  uint32_t keep = 0;    // files that are kept; 0: all
  int64_t last_ns = 0;  // a flight recorder
  recording::Redaction redaction;
  bool rotates() const { return rotate_bytes > 0 || rotate_ns > 0; }
  bool one_file() const { return !rotates() && last_ns == 0; }
};

// What finishing a part takes, besides its rows.
struct PartEnd {
  TimeNs start{}, end{};
  Facts facts;
  std::vector<SymbolInput> inputs;  // what they point to outlives the OutputFiles
  std::vector<int64_t> self_ns_by_frame;
  int64_t recorder_cpu_ns = 0;  // that this part cost
};

class OutputFiles {
 public:
  // Errors: those of recording::Writer::create.
  static Result<OutputFiles> create(const OutputOptions& options);
  OutputFiles(OutputFiles&&) noexcept;
  ~OutputFiles();

  recording::Builder& builder();
  // Of the file that is being written; of a flight recorder the one at the end.
  const std::string& path() const;
  uint32_t file_count() const;
  uint64_t bytes_written() const;  // of all files
  const OutputOptions& options() const;

  // The first part begins.
  void begin(TimeNs start);
  // From when on a flight recorder holds what happened until `now`.
  TimeNs held_since(TimeNs start, TimeNs now) const;

  enum class Due : uint8_t { kNothing, kNextPart, kEnd };
  Due due(TimeNs now) const;
  // Something is being finished: neither a part nor a snapshot can be begun.
  bool busy() const;

  // Ends the part: rows from here on go into a new builder(). Errors: the new file's.
  Result<void> next_part(PartEnd end, TimeNs now);
  // Of a flight recorder: writes what is held, beside the recording. busy() until it is done.
  Result<void> begin_snapshot(const PartEnd& end);
  // The path of the snapshot that was begun, once it is there.
  std::optional<Result<std::string>> take_snapshot();
  // Of the parts that are held.
  int64_t held_recorder_cpu_ns() const;
  // Ends the last part and finishes the file. `last_facts` are asked for when all else is written.
  Result<void> finish(PartEnd end, base::FunctionRef<Facts()> last_facts);
  // In the file that finish() wrote, where it was joined from parts.
  std::optional<uint64_t> joined_samples() const;

 private:
  struct State;
  explicit OutputFiles(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "app.hone", 3 -> "app.3.hone"
std::string numbered_path(const std::string& path, uint32_t number);

}  // namespace hone::capture
