// Chrome's trace events, as browsers and a hundred other programs write them: an array of events,
// or an object that has one. Taken as it comes: without its end, cut in the middle, with a comma
// too many. Format: "Trace Event Format", Google, and what Perfetto and DevTools read.
#include <fmt/format.h>

#include "exchange/import.h"
#include "exchange/import_chrome_parts.h"
#include "exchange/import_chrome_stacks.h"

namespace hone::exchange {
namespace {

using chrome_import::Event;

enum class Where : uint8_t { kStart, kMembers, kEvents, kFrames, kSamples, kEnd };

class ChromeFile {
 public:
  ChromeFile(Input& in, Intake& to) : in_(in), to_(to), events_(to), stacks_(to) {}

  // Looks at what is in the window, reads on, and so on.
  Result<void> read() {
    bool more = true;
    while (where_ != Where::kEnd) {
      if (step(!more)) {
        HONE_TRY(in_.held().set(events_.held() + stacks_.held()));
        continue;
      }
      if (state_ == ScanState::kBad) return damaged();
      if (!more) break;
      HONE_TRY_ASSIGN(more, in_.more());
    }
    if (where_ != Where::kEnd) note_end();
    events_.finish();
    stacks_.finish();
    to_.left("import.stacks_of_events", "stacks that stand with a single event are not taken",
             with_stack_);
    return {};
  }

 private:
  // One thing more. False: it cannot, and state_ says why.
  bool step(bool is_end) {
    JsonScan at(in_.rest(), is_end);
    switch (where_) {
      case Where::kStart:
        start(at);
        break;
      case Where::kMembers:
        member(at);
        break;
      case Where::kEvents:
        event(at);
        break;
      case Where::kFrames:
        frame(at);
        break;
      case Where::kSamples:
        sample(at);
        break;
      case Where::kEnd:
        return true;
    }
    state_ = at.state();
    problem_ = at.problem();
    if (state_ != ScanState::kGood) {
      bad_at_ = in_.offset() + at.taken();
      return false;
    }
    in_.take(at.taken());
    where_ = next_;
    return true;
  }

  void start(JsonScan& at) {
    is_object_ = at.peek() == '{';
    next_ = is_object_ ? Where::kMembers : Where::kEvents;
    if (!at.open(is_object_ ? '{' : '[')) at.skip();
  }

  // Of the outermost object. What is taken of it may be too long for a window.
  void member(JsonScan& at) {
    std::string_view name;
    next_ = Where::kMembers;
    if (!at.key(name)) {
      next_ = Where::kEnd;
      return;
    }
    if (name == "traceEvents" && at.open('[')) {
      next_ = Where::kEvents;
      return;
    }
    if (name == "stackFrames" && at.open('{')) {
      next_ = Where::kFrames;
      return;
    }
    if (name == "samples" && at.open('[')) {
      next_ = Where::kSamples;
      return;
    }
    if (at.good()) at.skip();
  }

  void event(JsonScan& at) {
    next_ = Where::kEvents;
    if (!at.element()) {
      next_ = is_object_ ? Where::kMembers : Where::kEnd;
      return;
    }
    Event found;
    if (next_event(at, found) != ScanState::kGood) return;
    if (found.is_known) {
      ++taken_;
      with_stack_ += found.has_stack;
      events_.take(found);
    }
  }

  void frame(JsonScan& at) {
    std::string_view id;
    next_ = at.key(id) ? Where::kFrames : Where::kMembers;
    if (next_ == Where::kFrames) stacks_.take_frame(id, at);
  }

  void sample(JsonScan& at) {
    next_ = at.element() ? Where::kSamples : Where::kMembers;
    if (next_ == Where::kSamples) stacks_.take_sample(at);
  }

  // Without its end many writers leave it, and the format permits that.
  void note_end() {
    bool in_the_middle = false;
    for (const char c : in_.rest()) in_the_middle |= c != ' ' && c != '\n' && c != '\r' && c != ',';
    if (in_the_middle) {
      to_.left("import.cut_short", "the file ends in the middle of an event, which is left out", 1,
               recording::kDataLoss);
    }
  }

  tl::unexpected<Error> damaged() const {
    Error error{.code = Code::Corrupt,
                .message = fmt::format("{}: {} at byte {} (behind {} events)", in_.name(), problem_,
                                       bad_at_, taken_),
                .offset = bad_at_};
    return tl::unexpected(std::move(error));
  }

  Input& in_;
  Intake& to_;
  chrome_import::Events events_;
  chrome_import::Stacks stacks_;
  Where where_ = Where::kStart, next_ = Where::kStart;
  ScanState state_ = ScanState::kGood;
  std::string_view problem_;
  uint64_t bad_at_ = 0, taken_ = 0, with_stack_ = 0;
  bool is_object_ = false;
};

}  // namespace

// By the members that every event has; those of a profile of another tool come before none.
bool fits_chrome(std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == head.npos || (head[first] != '{' && head[first] != '[')) return false;
  if (head.find("\"traceEvents\"") != head.npos) return true;
  if (head[first] == '{') return false;
  const size_t next = head.find_first_not_of(" \t\r\n", first + 1);
  if (next != head.npos && head[next] == ']') return true;
  return head.find("\"ph\"") != head.npos;
}

Result<void> import_chrome(Input& in, Intake& to) {
  return ChromeFile(in, to).read();
}

}  // namespace hone::exchange
