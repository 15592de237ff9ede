#include <array>

#include "exchange/export.h"

namespace hone::exchange {

std::span<const Format> formats() {
  static constexpr std::array kFormats = {
      Format{"chrome", ".trace.json", "Chrome's trace events: Perfetto, DevTools, Firefox Profiler",
             &export_chrome},
      Format{"perfetto", ".pftrace",
             "Perfetto's own format: smaller, faster, with samples' modules", &export_perfetto},
      Format{"speedscope", ".speedscope.json", "spans and samples of each thread, for speedscope",
             &export_speedscope},
      Format{"pprof", ".pb.gz", "stacks with their CPU time and time blocked, for pprof",
             &export_pprof},
      Format{"firefox", ".firefox.json", "Firefox Profiler's own: samples, markers, counters",
             &export_firefox},
      Format{"folded", ".folded", "one line a stack, for flame graphs", &export_folded},
      Format{"csv", ".csv", "tables, one file each (RFC 4180)", &export_csv},
  };
  return kFormats;
}

const Format* find_format(std::string_view name) {
  for (const Format& format : formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

}  // namespace hone::exchange
