// speedscope's own format (file-format-spec.ts of speedscope): for each thread a profile of its
// spans, where each begins and ends, and one of its samples, each a stack and a weight.
//
// All profiles share one table of frames, which stands at the end of the file: what is in it is
// known then. Times are nanoseconds since the first of the recording.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "exchange/call_nodes.h"
#include "exchange/earliest.h"
#include "exchange/export.h"
#include "exchange/left_out.h"
#include "exchange/sample_order.h"
#include "exchange/span_order.h"
#include "exchange/text.h"

namespace hone::exchange {
namespace {

using profile::Profile;

class Writer {
 public:
  Writer(const Profile& p, const ExportOptions& options, Output& out)
      : p_(p),
        options_(options),
        out_(out),
        zero_(earliest_of(p, options)),
        nodes_(p),
        of_site_(p.instrumentation().sites.size()),
        of_function_(p.functions().size()) {}

  void begin() {
    out_.put("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":");
    out_.put(json_text("hone " + options_.version));
    out_.put(",\"name\":");
    const std::string_view command = p_.meta("run.command");
    out_.put(json_text(command.empty() ? "a recording of Hone" : command));
    out_.put(",\"activeProfileIndex\":0,\"profiles\":[");
  }

  void write_samples(ThreadId thread, std::span<const uint32_t> rows) {
    if (rows.empty()) return;
    begin_profile("sampled", thread, "samples");
    const profile::Samples& samples = p_.samples();
    int64_t sum = 0;
    std::string weights;
    out_.put(",\"samples\":[");
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i > 0) out_.put(',');
      put_stack(samples.stack[rows[i]]);
      int64_t weight = std::max<int64_t>(samples.weight_ns[rows[i]], 0);
      // A hostile file's sums end at what a number holds.
      if (__builtin_add_overflow(sum, weight, &sum)) sum = INT64_MAX;
      if (i > 0) weights += ',';
      weights += std::to_string(weight);
    }
    out_.put("],\"weights\":[");
    out_.put(weights);
    out_.put("],\"startValue\":0,\"endValue\":");
    out_.put_signed(sum);
    out_.put("}");
  }

  void write_spans(profile::SpanReader& spans, const profile::Spans::OfThread& part, Left& left) {
    begun_ = false;
    for_each_span(
        spans, part,
        [&](const NestedSpan& span) {
          if (!options_.takes(spans.end(span.index))) return;
          if (!begun_) {
            begun_ = true;
            begin_profile("evented", part.thread, "spans");
            out_.put(",\"startValue\":");
            put_time(span.start);
            out_.put(",\"events\":[");
            is_first_event_ = true;
          }
          end_all_of(span.depth);
          const uint32_t frame = frame_of(spans.site(span.index));
          put_event('O', frame, span.start);
          open_.push_back({span.depth, frame, span.end});
        },
        [&](size_t i) { left.left_out += options_.takes(spans.end(i)) ? 1 : 0; });
    if (!begun_) return;
    end_all_of(0);
    out_.put("],\"endValue\":");
    put_time(last_);
    out_.put('}');
  }

  void end() {
    out_.put("\n],\"shared\":{\"frames\":[");
    std::string text;
    for (size_t i = 0; i < frames_.size(); ++i) {
      text = i > 0 ? ",\n" : "\n";
      append_frame(text, frames_[i]);
      out_.put(text);
    }
    out_.put("\n]}}\n");
  }

 private:
  struct Open {
    uint32_t depth = 0, frame = 0;
    TimeNs end{};
  };
  struct Frame {
    SiteId site{};
    FunctionId function{};  // where there is no site
    bool no_stack = false;
  };

  void begin_profile(std::string_view type, ThreadId thread, std::string_view what) {
    out_.put(is_first_profile_ ? "\n" : ",\n");
    is_first_profile_ = false;
    const profile::Thread& of = p_.threads()[raw(thread)];
    out_.put("{\"type\":\"");
    out_.put(type);
    out_.put("\",\"unit\":\"nanoseconds\",\"name\":");
    out_.put(json_text(fmt::format("{} ({}): {}", p_.string(of.name), of.tid, what)));
  }

  void put_time(TimeNs time) { out_.put_signed(raw(time) - raw(zero_)); }

  void put_event(char type, uint32_t frame, TimeNs time) {
    out_.put(is_first_event_ ? "{\"type\":\"" : ",{\"type\":\"");
    is_first_event_ = false;
    out_.put(type);
    out_.put("\",\"frame\":");
    out_.put_unsigned(frame);
    out_.put(",\"at\":");
    put_time(time);
    out_.put('}');
    last_ = time;
  }

  void end_all_of(uint32_t depth) {
    for (; !open_.empty() && open_.back().depth >= depth; open_.pop_back()) {
      put_event('C', open_.back().frame, open_.back().end);
    }
  }

  // The outermost function first.
  void put_stack(StackId stack) {
    path_.clear();
    for (uint32_t node = nodes_.node_of(stack); node != CallNodes::kRoot;
         node = nodes_.parent(node)) {
      path_.push_back(frame_of(nodes_.function(node)));
    }
    if (path_.empty()) path_.push_back(number(no_stack_, {.no_stack = true}));
    out_.put('[');
    for (; !path_.empty(); path_.pop_back()) {
      out_.put_unsigned(path_.back());
      if (path_.size() > 1) out_.put(',');
    }
    out_.put(']');
  }

  uint32_t frame_of(SiteId site) { return number(of_site_[raw(site)], {.site = site}); }
  uint32_t frame_of(FunctionId function) {
    return number(of_function_[raw(function)], {.function = function});
  }
  uint32_t number(uint32_t& known, const Frame& frame) {
    if (known == 0) {
      frames_.push_back(frame);
      known = static_cast<uint32_t>(frames_.size());
    }
    return known - 1;
  }

  void append_frame(std::string& out, const Frame& frame) const {
    std::string_view name = "(no stack)";
    StringId file{};
    uint32_t line = 0;
    if (frame.site != SiteId::kNone) {
      const profile::Site& site = p_.instrumentation().sites[raw(frame.site)];
      name = p_.string(site.name);
      file = site.file;
      line = site.line;
    } else if (!frame.no_stack) {
      const profile::Function& function = p_.functions()[raw(frame.function)];
      name = p_.string(function.name);
      file = function.file;
      line = function.line;
    }
    out += "{\"name\":";
    append_json(out, name.empty() ? "(no name)" : name);
    if (file != StringId::kNone) {
      out += ",\"file\":";
      append_json(out, p_.string(file));
      if (line > 0) out += fmt::format(",\"line\":{}", line);
    }
    out += '}';
  }

  const Profile& p_;
  const ExportOptions& options_;
  Output& out_;
  TimeNs zero_, last_{};
  CallNodes nodes_;
  std::vector<uint32_t> of_site_, of_function_;  // 1 + frame; 0: none yet
  uint32_t no_stack_ = 0;                        // likewise
  std::vector<Frame> frames_;
  std::vector<uint32_t> path_;
  std::vector<Open> open_;
  bool is_first_profile_ = true, is_first_event_ = true, begun_ = false;
};

}  // namespace

Result<Left> export_speedscope(const Profile& profile, const ExportOptions& options, Output& out) {
  if (profile.samples().size() == 0 && profile.instrumentation().spans.size() == 0) {
    return holds_no("samples and no spans", "hone export --to perfetto   (whatever it holds)");
  }
  Left left;
  left.left_out = count_left_out(profile, options, kSampleKind | kSpanKind);
  Writer writer(profile, options, out);
  writer.begin();
  profile::SpanReader spans(profile.instrumentation().spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (options.takes(part.thread) && !out.failed()) writer.write_spans(spans, part, left);
  }
  const SamplesByThread samples(profile, options);
  for (uint32_t i = 0; i < profile.threads().size() && !out.failed(); ++i) {
    writer.write_samples(ThreadId{i}, samples.of(ThreadId{i}));
  }
  writer.end();
  HONE_TRY(out.finish());
  return left;
}

}  // namespace hone::exchange
