#include "serve/timelines.h"

#include <fmt/format.h>

namespace hone::serve {

const analysis::Timeline& timeline_of(const Call& call, const Opened& of) {
  std::call_once(of.timeline_once, [&] {
    of.timeline = std::make_shared<const analysis::Timeline>(of.profile, call.context.rules,
                                                             call.context.budget_ns);
  });
  return *of.timeline;
}

Result<const analysis::TimelineTrack*> track_named(const analysis::Timeline& timeline,
                                                   std::string_view id) {
  const analysis::TimelineTrack* const track = timeline.find(id);
  if (track != nullptr) return track;
  return fail(Code::NotFound, fmt::format("this recording has no track '{}'", id.substr(0, 100)));
}

}  // namespace hone::serve
