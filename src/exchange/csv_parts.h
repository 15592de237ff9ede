// What the tables of CSV share, and those of locks, pools and GPUs. For export_csv.cc alone.
#pragma once

#include <span>
#include <string>

#include "exchange/arguments.h"
#include "exchange/csv_row.h"
#include "exchange/export.h"
#include "exchange/identities.h"

namespace hone::exchange::csv {

struct Csv {
  Csv(const profile::Profile& profile, const ExportOptions& given, Output& to)
      : p(profile), options(given), ids(profile), row(to), out(to) {}

  const profile::Profile& p;
  const ExportOptions& options;
  Identities ids;
  CsvRow row;
  Output& out;
  Left left;

  int64_t since_start(TimeNs time) const { return raw(time) - raw(options.start); }
  // pid, tid, thread
  CsvRow& put_thread(ThreadId thread) {
    return row.number(ids.pid_of(thread))
        .number(ids.tid(thread))
        .text(p.string(p.threads()[raw(thread)].name));
  }
  const profile::Site& site(SiteId id) const { return p.instrumentation().sites[raw(id)]; }
  CsvRow& put_arguments(std::span<const uint32_t> arguments) {
    std::string text;
    if (!arguments.empty()) append_arguments(text, p, arguments);
    return row.text(text);
  }
};

void write_gpu(Csv& csv);
void write_locks(Csv& csv);
void write_pools(Csv& csv);

}  // namespace hone::exchange::csv
