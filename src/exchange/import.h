// Files of other tools as recordings.
//
//   HONE_TRY_ASSIGN(Input in, Input::open("trace.json"));
//   HONE_TRY_ASSIGN(const ImportFormat* format, format_of(in));
//   HONE_TRY(import_into(*format, in, "trace.hone"));
//
// A format is told by what a file holds, never by its name. Importers go through a file once, and
// hold of it what has to wait for its end alone; what they cannot take is counted (Intake::left).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/host/result.h"
#include "exchange/input.h"
#include "exchange/intake.h"

namespace hone::exchange {

struct ImportFormat {
  std::string_view name;     // "chrome"
  std::string_view summary;  // what it is and who writes it
  // Whether a file that begins so is one; `head` is at most kSniffBytes of it, of the unpacked
  // text.
  bool (*fits)(std::string_view head);
  // Errors: Corrupt and Truncated with the byte where it was met; Io.
  Result<void> (*read)(Input& in, Intake& to);
};
inline constexpr size_t kSniffBytes = 64 << 10;

std::span<const ImportFormat> import_formats();  // in the order in which they are asked
const ImportFormat* find_import_format(std::string_view name);
// The one that the file is of. Errors: Unsupported when it is none, NotFound when there is nothing.
Result<const ImportFormat*> format_of(Input& in);

// Makes the recording `path`; `namer` names code of which a file has addresses alone. Errors: of
// the format's reader; of Writer::create.
Result<void> import_into(const ImportFormat& format, Input& in, const std::string& path,
                         NameCode namer = nullptr);

Result<void> import_chrome(Input& in, Intake& to);
bool fits_chrome(std::string_view head);
Result<void> import_perf_data(Input& in, Intake& to);
bool fits_perf_data(std::string_view head);
Result<void> import_perf_script(Input& in, Intake& to);
bool fits_perf_script(std::string_view head);
Result<void> import_perfetto(Input& in, Intake& to);
bool fits_perfetto(std::string_view head);
Result<void> import_cpuprofile(Input& in, Intake& to);
bool fits_cpuprofile(std::string_view head);
Result<void> import_speedscope(Input& in, Intake& to);
bool fits_speedscope(std::string_view head);
Result<void> import_firefox(Input& in, Intake& to);
bool fits_firefox(std::string_view head);
Result<void> import_google_benchmark(Input& in, Intake& to);
bool fits_google_benchmark(std::string_view head);
Result<void> import_hyperfine(Input& in, Intake& to);
bool fits_hyperfine(std::string_view head);
Result<void> import_dhat(Input& in, Intake& to);
bool fits_dhat(std::string_view head);
Result<void> import_massif(Input& in, Intake& to);
bool fits_massif(std::string_view head);
Result<void> import_heaptrack(Input& in, Intake& to);
bool fits_heaptrack(std::string_view head);
Result<void> import_folded(Input& in, Intake& to);
bool fits_folded(std::string_view head);
Result<void> import_pprof(Input& in, Intake& to);
bool fits_pprof(std::string_view head);
Result<void> import_gperftools(Input& in, Intake& to);
bool fits_gperftools(std::string_view head);
Result<void> import_callgrind(Input& in, Intake& to);
bool fits_callgrind(std::string_view head);

}  // namespace hone::exchange
