#include "session/chrome_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <iterator>

#include "base/host/chrome_color.h"
#include "base/host/json_text.h"

namespace hone::session {
using base::append_json;

namespace {

constexpr size_t kWriteBytes = 256u << 10;
constexpr uint32_t kNestedMax = HONE_DEPTH_MAX;

void put(std::string& out, auto&&... parts) {
  (out.append(parts), ...);
}

// Microseconds with all of the nanoseconds.
void append_us(std::string& out, int64_t ns) {
  fmt::format_to(std::back_inserter(out), "{}.{:03}", ns / 1000, ns % 1000);
}

bool is_text(const Argument& argument) {
  return argument.type == HONE_ARGUMENT_STRING || argument.type == HONE_ARGUMENT_ADDRESS ||
         (argument.type == HONE_ARGUMENT_REAL &&
          !std::isfinite(std::bit_cast<double>(argument.value)));
}

}  // namespace

Result<std::unique_ptr<ChromeStream>> ChromeStream::create(const std::string& path,
                                                           std::string_view program) {
  HONE_TRY_ASSIGN(base::UniqueFd file, base::open_file(path, O_RDWR | O_CREAT));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return fail(Code::Io, path + " is being written by another program");
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(path, errno);
  char first[2] = {};
  // A pipe or a device is written to as it is.
  const ssize_t got =
      S_ISREG(status.st_mode) ? ::pread(file.get(), first, sizeof first, 0) : ssize_t{0};
  if (got > 0 && first[0] != '[' && first[0] != '{') {
    return fail(Code::InvalidArgument, path + " is no trace and is not written over");
  }
  if (got > 0 && ::ftruncate(file.get(), 0) != 0) return fail_errno("cannot write " + path, errno);
  return std::unique_ptr<ChromeStream>(new ChromeStream(std::move(file), program));
}

ChromeStream::ChromeStream(base::UniqueFd file, std::string_view program) : file_(std::move(file)) {
  out_ = "[";
  fmt::format_to(
      std::back_inserter(out_),
      "\n{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"args\":{{\"name\":", ::getpid());
  append_json(out_, program);
  out_ += "}}";
}

// What goes before an event is written with it, so that each write ends behind a whole one.
void ChromeStream::begin(char phase, std::string_view name, std::string_view category, uint32_t tid,
                         int64_t time_ns) {
  out_ += ",\n{\"ph\":\"";
  out_ += phase;
  out_ += "\",\"name\":";
  append_json(out_, name);
  if (!category.empty()) {
    out_ += ",\"cat\":";
    append_json(out_, category);
  }
  fmt::format_to(std::back_inserter(out_), ",\"pid\":{},\"tid\":{},\"ts\":", ::getpid(), tid);
  append_us(out_, std::max<int64_t>(time_ns, 0));
}

void ChromeStream::put_color(uint32_t color) {
  if (color != 0) put(out_, ",\"cname\":\"", base::chrome_color(color), "\"");
}

void ChromeStream::end() {
  out_ += '}';
  if (out_.size() >= kWriteBytes) write_out();
}

void ChromeStream::write_out() {
  if (state_ && !out_.empty()) {
    state_ = base::write_all(file_.get(), base::as_bytes(out_));
    if (state_) written_ += out_.size();
  }
  out_.clear();
}

void ChromeStream::flush() {
  write_out();
}

void ChromeStream::on_thread(const ThreadSeen& thread) {
  fmt::format_to(std::back_inserter(out_),
                 ",\n{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{},\"tid\":{},\"args\":"
                 "{{\"name\":",
                 ::getpid(), thread.tid);
  append_json(out_, thread.name.empty() ? fmt::format("thread {}", thread.tid) : thread.name);
  out_ += "}";
  end();
}

void ChromeStream::put_arguments(const SpanSeen* span, std::span<const Argument> arguments) {
  const bool is_open = span && span->open;
  const bool stands_for_more = span && span->stands_for > 1;
  if (arguments.empty() && !is_open && !stands_for_more) return;
  out_ += ",\"args\":{";
  const char* between = "";
  for (const Argument& argument : arguments) {
    out_ += between;
    append_json(out_, *argument.key);
    out_ += ':';
    if (is_text(argument)) {
      append_json(out_, text_of(argument));
    } else {
      out_ += text_of(argument);
    }
    between = ",";
  }
  if (stands_for_more) {
    put(out_, between, "\"stands for\":", fmt::format("{}", span->stands_for));
    between = ",";
  }
  if (is_open) put(out_, between, "\"never ended\":true");
  out_ += '}';
}

void ChromeStream::put_pair(char phase, std::string_view name, std::string_view category,
                            uint32_t tid, TimeNs time, std::string_view id) {
  begin(phase, name, category, tid, raw(time));
  out_ += ",\"id\":";
  append_json(out_, id);
  if (phase == 'f') out_ += ",\"bp\":\"e\"";
}

void ChromeStream::on_span(const ThreadSeen& thread, const SpanSeen& span) {
  const drain::SpanSite& site = *span.site;
  if (span.stray || span.depth >= kNestedMax) {
    const std::string id = fmt::format("span-{}", ++strays_);
    const std::string_view given = site.category;
    const std::string_view category = given.empty() ? "span" : given;
    put_pair('b', site.name, category, thread.tid, span.start, id);
    put_color(site.color);
    put_arguments(&span, span.arguments);
    end();
    put_pair('e', site.name, category, thread.tid, std::max(span.start, span.end), id);
    return end();
  }
  Nest& nest = nests_[thread.tid];
  const size_t depth = span.depth;
  if (nest.first_start.size() < depth + 2) nest.first_start.resize(depth + 2, INT64_MAX);
  int64_t before = 0, ended = 0;
  for (size_t i = 0; i < nest.last_end.size(); ++i) {
    if (i <= depth) before = std::max(before, nest.last_end[i]);
    ended = std::max(ended, nest.last_end[i]);
  }
  // Not before what ended before it, nor behind what began in it, nor ended before that.
  int64_t start = std::min(std::max(raw(span.start), before), nest.first_start[depth + 1]);
  const int64_t end_ns = std::max({raw(span.end), start, ended});
  nest.first_start[depth + 1] = INT64_MAX;
  nest.first_start[depth] = std::min(nest.first_start[depth], start);
  nest.last_end.resize(depth + 1, 0);
  nest.last_end[depth] = end_ns;
  begin('X', site.name, site.category, thread.tid, start);
  out_ += ",\"dur\":";
  append_us(out_, end_ns - start);
  put_color(site.color);
  put_arguments(&span, span.arguments);
  end();
}

void ChromeStream::put_frame(const ThreadSeen& thread, const MarkSeen& mark) {
  const std::string& set = mark.site->name;
  uint32_t& open = open_[set];
  const bool ends = mark.kind != HONE_MARK_FRAME_BEGIN && open > 0;
  if (ends) {
    put_pair('e', set, "frames", thread.tid, mark.time, set);
    end();
    --open;
  }
  if (mark.kind == HONE_MARK_FRAME_END) return;
  put_pair('b', set, "frames", thread.tid, mark.time, set);
  end();
  ++open;
}

void ChromeStream::on_mark(const ThreadSeen& thread, const MarkSeen& mark) {
  const drain::SpanSite& site = *mark.site;
  switch (mark.kind) {
    case HONE_MARK_INTEGER:
    case HONE_MARK_REAL: {
      const bool is_real = mark.kind == HONE_MARK_REAL;
      const Argument value{
          .type = is_real ? uint8_t{HONE_ARGUMENT_REAL} : uint8_t{HONE_ARGUMENT_INTEGER},
          .value = mark.word};
      if (is_text(value)) return;  // no number: JSON has none for it
      begin('C', site.name, site.category, thread.tid, raw(mark.time));
      out_ += ",\"args\":{";
      append_json(out_, site.unit.empty() ? "value" : site.unit);
      put(out_, ":", text_of(value), "}");
      return end();
    }
    case HONE_MARK_FRAME:
    case HONE_MARK_FRAME_BEGIN:
    case HONE_MARK_FRAME_END:
      return put_frame(thread, mark);
    case HONE_MARK_MESSAGE:
      begin('i', site.name, site.category, thread.tid, raw(mark.time));
      out_ += ",\"s\":\"t\"";
      put_arguments(nullptr, mark.arguments);
      return end();
    case HONE_MARK_ASYNC_BEGIN:
    case HONE_MARK_ASYNC_END:
    case HONE_MARK_FLOW_BEGIN:
    case HONE_MARK_FLOW_END: {
      const char phase = "besf"[mark.kind - HONE_MARK_ASYNC_BEGIN];
      put_pair(phase, site.name, phase == 's' || phase == 'f' ? "flow" : "async", thread.tid,
               mark.time, fmt::format("{}-{:x}", site.name, mark.word));
      return end();
    }
    default:
      return;
  }
}

void ChromeStream::finish(TimeNs time) {
  for (const auto& [set, open] : open_) {
    for (uint32_t i = 0; i < open; ++i) {
      put_pair('e', set, "frames", static_cast<uint32_t>(::getpid()), time, set);
      end();
    }
  }
  out_ += "\n]\n";
  write_out();
}

}  // namespace hone::session
