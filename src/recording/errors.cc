#include "recording/errors.h"

#include "base/host/text.h"
#include "recording/format.h"

namespace hone::recording {

Error not_a_recording(const std::string& name) {
  return {.code = Code::Corrupt,
          .message = name + " is not a recording",
          .offset = 0,
          .effect = "nothing was read",
          .fixes = {"hone record -o FILE -- COMMAND makes one"},
          .number = "E010"};
}

Error newer_version(const std::string& name, const std::string& writer, unsigned major) {
  return {.code = Code::Unsupported,
          .message = name + " was written by Hone " + writer + ", in format " +
                     std::to_string(major) + "; this is Hone " + std::string(writer_version()) +
                     ", which reads up to format " + std::to_string(kMajorVersion),
          .effect = "nothing was read",
          .fixes = {"install Hone " + writer + " or later"},
          .number = "E011"};
}

Error damaged(const std::string& name, std::string what, uint64_t offset) {
  return {.code = Code::Corrupt,
          .message = name + " is damaged at byte " + std::to_string(offset) + ": " + what,
          .offset = offset,
          .effect = "the damaged part is left out; the rest can be read",
          .fixes = {"copy the file again from where it was recorded"},
          .number = "E013"};
}

Error cut_short(const std::string& name, uint64_t offset, uint64_t bytes_unreadable) {
  return {.code = Code::Truncated,
          .message = name + " ends at byte " + std::to_string(offset) +
                     " before its recording was finished" +
                     (bytes_unreadable == 0 ? std::string()
                                            : " (" + base::bytes_text(bytes_unreadable) +
                                                  " after that are unreadable)"),
          .offset = offset,
          .effect = "what was recorded up to there can be read; names may be missing",
          .fixes = {"nothing, when the recorder was killed; else copy the file again"},
          .number = "E013"};
}

Error busy(const std::string& name) {
  return {.code = Code::Io,
          .message = name + " is being recorded into by another process",
          .effect = "nothing was written",
          .fixes = {"record into another file with -o FILE", "wait until that recording has ended"},
          .number = "E014"};
}

Error would_overwrite(const std::string& name) {
  return {.code = Code::InvalidArgument,
          .message = name + " exists and is not a recording",
          .effect = "nothing was written, so that no file of yours is lost",
          .fixes = {"record into another file with -o FILE", "remove " + name + " first"},
          .number = "E015"};
}

}  // namespace hone::recording
