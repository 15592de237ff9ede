// jitdump: what a JIT compiler writes for profilers, one record a piece of code, as it makes it
// (tools/perf/Documentation/jitdump-specification.txt of the kernel). Unlike a perf map it says
// when, keeps the code itself, and may tell its lines.
//
//   JitDump dump;
//   used = dump.take(bytes);               // again whenever the file has grown, from where it left
//   if (const JitCode* code = dump.find(address, time)) use(code->name);
//
// The bytes are trusted in nothing. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"

namespace hone::symbols {

struct JitLine {
  uint32_t offset = 0;  // within the code, from here on
  uint32_t line = 0;
  uint32_t file = 0;  // index into JitDump::files()
};

struct JitCode {
  Avma start{};
  uint64_t bytes = 0;
  TimeNs from{};               // when it was there; 0: not known
  uint64_t code_at = 0;        // where in the file its bytes stand; 0: they do not
  std::string name;            // as it stands there
  std::vector<JitLine> lines;  // by offset; empty: not told
};

class JitDump {
 public:
  // What does a file hold that no JIT compiler writes: more is not kept.
  static constexpr size_t kCodesMax = 1 << 20;
  static constexpr size_t kPageEntriesMax = 1 << 24, kCodesOfPageMax = 1 << 16;
  static constexpr uint64_t kRecordBytesMax = uint64_t{64} << 20;
  static constexpr uint64_t kCodeBytesMax = uint64_t{16} << 20;

  enum class State : uint8_t { kReading, kClosed, kRefused };

  // Reads the whole records at the beginning of `bytes`, which is what follows what was taken
  // before. Gives how many bytes it is done with: what is left is a record that is not complete.
  size_t take(std::span<const uint8_t> bytes);
  State state() const { return state_; }
  // Why it was refused, or what in it was skipped; empty when all is well.
  const std::string& problem() const { return problem_; }
  uint64_t skipped() const { return skipped_; }

  // The code that was at the address at that time; nullptr when none is known. `generation`: how
  // many of the file that reach there stand before it.
  const JitCode* find(Avma address, TimeNs time, uint32_t* generation = nullptr) const;
  // By its generation; nullptr when there is none. Generations of an address never change.
  const JitCode* of_generation(Avma address, uint32_t generation) const;
  // That was there for most of a time; `several` when it was not the only one.
  const JitCode* of_range(Avma address, TimeNs from, TimeNs to, bool* several) const;

  const std::vector<JitCode>& codes() const { return codes_; }
  const std::vector<std::string>& files() const { return files_; }  // [0] is none

 private:
  struct LinesAhead {
    std::vector<JitLine> lines;
    std::vector<uint8_t> unread;  // instead: entries whose file names make no sense
    uint64_t count = 0;           // of those
  };
  void take_header(std::span<const uint8_t> bytes);
  void take_record(uint32_t id, uint64_t time, std::span<const uint8_t> body, uint64_t at);
  bool take_load(uint64_t time, std::span<const uint8_t> body, uint64_t at);
  bool take_move(uint64_t time, std::span<const uint8_t> body);
  bool take_lines(std::span<const uint8_t> body);
  std::vector<JitLine> read_as_v8_wrote(const LinesAhead& ahead, const JitCode& code);
  bool add(JitCode code, uint64_t index);
  uint32_t file_id(std::string_view file);
  template <class F>
  void each_at(Avma address, F&& f) const;

  State state_ = State::kReading;
  bool has_header_ = false, has_times_ = true;
  uint64_t position_ = 0;  // in the file, of what is taken next
  uint64_t skipped_ = 0;
  size_t page_entries_ = 0;
  std::string problem_;
  std::vector<JitCode> codes_;  // in the order of the file
  // By page, in the order of the file: those that reach into it.
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_page_;
  std::unordered_map<uint64_t, uint32_t> by_index_;  // the compiler's own number of it
  // Lines come before the code that they are of.
  std::unordered_map<uint64_t, LinesAhead> lines_ahead_;
  std::vector<std::string> files_ = {""};
  std::unordered_map<std::string, uint32_t> file_ids_;
};

}  // namespace hone::symbols
