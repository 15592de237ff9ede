// Opening the recording that a command is about.
#pragma once

#include <string>
#include <string_view>

#include "analysis/recorded_time.h"
#include "analysis/selection.h"
#include "base/host/result.h"
#include "cli/command.h"
#include "profile/profile.h"
#include "recording/reader.h"

namespace hone::cli {

// The FILE operand at `index`, or the newest *.hone file of the current folder. Errors: E012.
Result<std::string> recording_path(const Options& options, size_t index);
Result<recording::Reader> open_recording(const std::string& path);
// The same error, by the first bytes alone.
Result<void> look_at_recording(const std::string& path);

struct OpenProfile {
  std::string path;
  profile::Profile profile;
  std::string note;  // what was done at opening that the person should know; one line or empty
};
// A recording whose recorder was stopped before it named the functions gets the names now, from the
// files of this machine.
Result<OpenProfile> open_profile(const std::string& path);
// Also says the note on standard error.
Result<OpenProfile> open_profile(const Options& options, size_t index);

// A name that no span has is a mistake, and not a program that did nothing. Errors: E017.
Result<void> check_span(const std::string& pattern, const profile::Profile& profile);
// --process, --thread, --time, --no-kernel and the subsystem rules. Errors: E002 for the time.
Result<analysis::Selection> selection_of(const Options& options, const profile::Profile& profile);
// "1.5-3", "2-", "-0.5": seconds since `start`.
Result<void> set_time_range(std::string_view text, TimeNs start, analysis::Selection& selection);

// --from and --to, as times of the recording. Errors: E002.
Result<void> take_range(const Options& options, const analysis::RecordedTime& time,
                        analysis::Selection& selection);

// Errors: E053 where no time of the recording is in it.
Result<void> check_range(const analysis::Selection& range, const analysis::RecordedTime& time,
                         std::string_view effect);

// Errors: E077 when nobody sampled the program: it recorded itself.
Result<void> require_samples(const profile::Profile& profile);

// E016, with commands that name one function. `operands`: what followed `command`, the function's
// name first.
Error unclear_function(Error error, std::string_view command,
                       const std::vector<std::string>& operands);

}  // namespace hone::cli
