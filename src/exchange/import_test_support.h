// Imports a text and shows what came of it, for tests.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/import.h"
#include "profile/profile.h"
#include "profile/span_reader.h"
#include "recording/reader.h"

namespace hone::exchange {

struct Imported {
  std::optional<profile::Profile> profile;
  std::unordered_map<std::string, uint64_t> left;
  Error error;

  // "thread: name start+duration @depth", in ns; those of a thread by their ends.
  std::vector<std::string> spans() const {
    std::vector<std::string> out;
    const auto& all = profile->instrumentation();
    profile::SpanReader spans(all.spans);
    for (const auto& of : spans.threads()) {
      for (size_t i = of.first; i < of.first + of.count; ++i) {
        out.push_back(line(of.thread, spans.site(i), spans.start(i), spans.duration_ns(i)) + " @" +
                      std::to_string(spans.depth(i)));
      }
    }
    for (const auto& span : all.loose) {
      out.push_back(line(span.thread, span.site, span.start, raw(span.end - span.start)) +
                    (span.open ? " open" : " loose"));
    }
    return out;
  }
  std::string name(SiteId site) const {
    return std::string(profile->string(profile->instrumentation().sites[raw(site)].name));
  }
  std::string thread(ThreadId id) const {
    const profile::Thread& thread = profile->threads()[raw(id)];
    const std::string_view name = profile->string(thread.name);
    return name.empty() ? std::to_string(thread.tid) : std::string(name);
  }

 private:
  std::string line(ThreadId of, SiteId site, TimeNs start, int64_t ns) const {
    return thread(of) + ": " + name(site) + " " + std::to_string(raw(start)) + "+" +
           std::to_string(ns);
  }
};

// `format`: null: the one that the bytes are of.
inline Imported imported_as(std::string bytes, const ImportFormat* format) {
  Imported out;
  std::string path = testing::TempDir() + "hone-import-XXXXXX";
  ::close(::mkstemp(path.data()));
  const auto take = [&]() -> Result<void> {
    HONE_TRY_ASSIGN(Input in, Input::of_bytes(std::move(bytes), "the file"));
    if (format == nullptr) {
      HONE_TRY_ASSIGN(format, format_of(in));
    }
    HONE_TRY(import_into(*format, in, path));
    HONE_TRY_ASSIGN(const recording::Reader reader, recording::Reader::open(path));
    HONE_TRY(reader.verify());
    HONE_TRY(reader.for_each<recording::DiagnosticRow>([&](const recording::DiagnosticRow& row) {
      out.left[std::string(row.name)] += row.count;
    }));
    HONE_TRY_ASSIGN(out.profile, profile::Profile::load(reader, {}));
    return {};
  };
  if (auto done = take(); !done) out.error = std::move(done.error());
  ::unlink(path.c_str());
  return out;
}
inline Imported imported(std::string bytes, std::string_view format_name = {}) {
  return imported_as(std::move(bytes),
                     format_name.empty() ? nullptr : find_import_format(format_name));
}

// "thread: from..until runnable waker flags" of each wait.
inline std::vector<std::string> waits_of(const Imported& got) {
  std::vector<std::string> out;
  for (const auto& wait : got.profile->waits()) {
    out.push_back(got.thread(wait.thread) + ": " + std::to_string(raw(wait.time)) + ".." +
                  std::to_string(raw(wait.until)) + " " + std::to_string(wait.runnable_ns) + " " +
                  (wait.waker == ThreadId::kNone ? "-" : got.thread(wait.waker)) + " " +
                  std::to_string(wait.flags));
  }
  return out;
}

// "thread name time" of each message.
inline std::vector<std::string> told_messages(const Imported& got) {
  std::vector<std::string> out;
  for (const auto& each : got.profile->instrumentation().messages) {
    out.push_back(got.thread(each.thread) + " " + got.name(each.site) + " " +
                  std::to_string(raw(each.time)));
  }
  return out;
}

}  // namespace hone::exchange
