#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "serve/endpoint.h"

namespace hone::serve {
namespace {

tl::unexpected<Error> wrong(std::string message) {
  return fail(Code::InvalidArgument, std::move(message));
}

Result<int64_t> number_of(std::string_view name, std::string_view text) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return wrong(fmt::format("{}: '{}' is no whole number", name, text.substr(0, 40)));
  }
  return out;
}

// "1000-250000": ns since the recording's start.
Result<void> take_time(std::string_view text, TimeNs start, analysis::Selection& out) {
  const size_t dash = text.find('-', 1);
  if (dash == text.npos) return wrong("t: FROM-TO, in ns since the recording's start");
  HONE_TRY_ASSIGN(const int64_t from, number_of("t", text.substr(0, dash)));
  HONE_TRY_ASSIGN(const int64_t to, number_of("t", text.substr(dash + 1)));
  if (from > to) return wrong("t: it ends before it begins");
  int64_t first = 0, last = 0;
  if (__builtin_add_overflow(raw(start), from, &first) ||
      __builtin_add_overflow(raw(start), to, &last)) {
    return wrong("t: no time is that far");
  }
  out.time_first = TimeNs{first};
  out.time_last = TimeNs{last};
  return {};
}

// "1,5": ids of `a`. Of another recording, the threads of the same names are meant.
Result<void> take_threads(std::string_view text, const Opened& of, const Opened& side,
                          analysis::Selection& out) {
  const profile::Profile& known = of.profile;
  std::vector<std::string_view> names;
  while (true) {
    const size_t comma = text.find(',');
    HONE_TRY_ASSIGN(const int64_t id, number_of("threads", text.substr(0, comma)));
    if (id < 1 || id >= static_cast<int64_t>(known.threads().size())) {
      return wrong(fmt::format("threads: the recording has no thread {}", id));
    }
    out.threads.push_back(ThreadId{static_cast<uint32_t>(id)});
    names.push_back(known.string(known.threads()[static_cast<size_t>(id)].name));
    if (comma == text.npos) break;
    text.remove_prefix(comma + 1);
  }
  if (&of == &side) return {};
  out.threads.clear();
  const profile::Profile& p = side.profile;
  for (uint32_t id = 1; id < p.threads().size(); ++id) {
    if (std::find(names.begin(), names.end(), p.string(p.threads()[id].name)) != names.end()) {
      out.threads.push_back(ThreadId{id});
    }
  }
  // None of those names: then it is none at all, and not all.
  if (out.threads.empty()) out.threads.push_back(ThreadId{UINT32_MAX});
  return {};
}

}  // namespace

Result<int64_t> Call::number(std::string_view name, int64_t otherwise, int64_t least,
                             int64_t most) const {
  if (!request.has(name)) return otherwise;
  HONE_TRY_ASSIGN(const int64_t out, number_of(name, request.value(name)));
  if (out < least || out > most) {
    return wrong(fmt::format("{}: {} is not from {} to {}", name, out, least, most));
  }
  return out;
}

Result<std::string_view> Call::choice(std::string_view name,
                                      std::span<const std::string_view> choices) const {
  if (!request.has(name)) return choices.front();
  const std::string_view wanted = request.value(name);
  const auto found = std::find(choices.begin(), choices.end(), wanted);
  if (found != choices.end()) return *found;
  return wrong(
      fmt::format("{}: '{}' is none of {}", name, wanted.substr(0, 40), fmt::join(choices, ", ")));
}

Result<analysis::Selection> Call::selection(const Opened& side) const {
  analysis::Selection out = context.rules;
  out.process = request.value("process");
  out.thread = request.value("thread");
  out.inside = request.value("in");
  out.include_kernel = request.value("kernel") != "0";
  if (request.has("t")) {
    HONE_TRY(take_time(request.value("t"), side.start, out));
  }
  if (request.has("threads") && a) {
    HONE_TRY(take_threads(request.value("threads"), *a, side, out));
  }
  return out;
}

std::string Call::cache_key(std::string_view of_what) const {
  std::string out = fmt::format("{}\n{}\n{}", of_what, a ? a->id : "", b ? b->id : "");
  for (const char* name : {"t", "threads", "process", "thread", "in", "kernel"}) {
    out += '\n';
    out += request.value(name);
  }
  return out;
}

}  // namespace hone::serve
