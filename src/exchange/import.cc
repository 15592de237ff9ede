#include "exchange/import.h"

#include <fmt/format.h>

#include <array>

namespace hone::exchange {

std::span<const ImportFormat> import_formats() {
  static constexpr std::array kFormats = {
      ImportFormat{"chrome", "Chrome's trace events in JSON: browsers, Perfetto, many libraries",
                   &fits_chrome, &import_chrome},
      ImportFormat{"perfetto", "Perfetto's own traces: its recorder and SDK, Chrome, Android",
                   &fits_perfetto, &import_perfetto},
      ImportFormat{"perf-data", "samples as perf record writes them: perf.data", &fits_perf_data,
                   &import_perf_data},
      ImportFormat{"perf-script", "samples as perf script prints them", &fits_perf_script,
                   &import_perf_script},
      ImportFormat{"cpuprofile", "CPU profiles of V8: Node, Chrome, Deno (.cpuprofile)",
                   &fits_cpuprofile, &import_cpuprofile},
      ImportFormat{"speedscope", "speedscope's own format", &fits_speedscope, &import_speedscope},
      ImportFormat{"firefox", "Firefox Profiler's own format, which samply writes, too",
                   &fits_firefox, &import_firefox},
      ImportFormat{"google-benchmark", "what Google Benchmark measured, in JSON",
                   &fits_google_benchmark, &import_google_benchmark},
      ImportFormat{"hyperfine", "what hyperfine measured, in JSON", &fits_hyperfine,
                   &import_hyperfine},
      ImportFormat{"dhat", "heap profiles of DHAT: Valgrind's and Rust's", &fits_dhat,
                   &import_dhat},
      ImportFormat{"massif", "heap over time by Valgrind's massif", &fits_massif, &import_massif},
      ImportFormat{"heaptrack", "heap profiles of heaptrack, interpreted (.zst, .gz)",
                   &fits_heaptrack, &import_heaptrack},
      ImportFormat{"pprof", "pprof's profiles: Go, gperftools, many others", &fits_pprof,
                   &import_pprof},
      ImportFormat{"gperftools", "profiles of gperftools: CPU, heap, growth, contention",
                   &fits_gperftools, &import_gperftools},
      ImportFormat{"callgrind", "what callgrind and cachegrind write", &fits_callgrind,
                   &import_callgrind},
      ImportFormat{"folded", "folded stacks, as stackcollapse and many profilers write them",
                   &fits_folded, &import_folded},
  };
  return kFormats;
}

const ImportFormat* find_import_format(std::string_view name) {
  for (const ImportFormat& format : import_formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

Result<const ImportFormat*> format_of(Input& in) {
  HONE_TRY(in.fill(kSniffBytes));
  const std::string_view head = in.rest().substr(0, kSniffBytes);
  if (head.empty()) return fail(Code::NotFound, in.name() + " is empty");
  for (const ImportFormat& format : import_formats()) {
    if (format.fits(head)) return &format;
  }
  return fail(Code::Unsupported, in.name() + " is of no format that Hone knows");
}

Result<void> import_into(const ImportFormat& format, Input& in, const std::string& path,
                         NameCode namer) {
  HONE_TRY_ASSIGN(auto writer, recording::Writer::create(path, {}));
  Intake intake{recording::Builder(std::move(writer)), namer};
  intake.fact("import.format", format.name);
  intake.fact("import.file", in.name());
  HONE_TRY(format.read(in, intake));
  return intake.finish();
}

}  // namespace hone::exchange
