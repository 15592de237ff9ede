#include "analysis/message_list.h"

#include "analysis/span_arguments.h"
#include "analysis/weights.h"

namespace hone::analysis {

std::vector<ListedMessage> list_messages(const Timeline& timeline, const Selection& selection,
                                         const TextMatch& match) {
  std::vector<ListedMessage> out;
  const TimelineTrack* const track = timeline.find("messages");
  if (track == nullptr) return out;
  const profile::Profile& p = timeline.profile();
  const profile::Instrumentation& all = p.instrumentation();
  // Places and threads are few, messages may be many.
  std::vector<uint8_t> site_matches(all.sites.size()), thread_matches(p.threads().size());
  for (size_t i = 0; i < all.sites.size(); ++i) {
    site_matches[i] = match.is_empty() || match(p.string(all.sites[i].name));
  }
  for (size_t i = 0; i < p.threads().size(); ++i) {
    thread_matches[i] = match.is_empty() || match(p.string(p.threads()[i].name));
  }
  const SampleFilter filter(p, selection);
  const TrackRows& rows = timeline.rows();
  for (size_t event = 0; event < rows.size(track->part); ++event) {
    const TrackRow row = rows.row(track->part, event);
    const profile::Message& message = all.messages[row.original];
    if (message.time < selection.time_first || message.time > selection.time_last) continue;
    if (!filter.takes_in_spans(message.thread, message.time)) continue;
    if (site_matches[raw(message.site)] == 0 && thread_matches[raw(message.thread)] == 0) continue;
    out.push_back(
        {.time = message.time, .event = static_cast<uint32_t>(event), .original = row.original});
  }
  return out;
}

std::vector<MessageArguments> message_arguments(const profile::Profile& profile,
                                                const std::vector<ListedMessage>& messages) {
  const profile::Instrumentation& all = profile.instrumentation();
  std::vector<MessageArguments> out(messages.size());
  if (all.arguments.empty()) return out;
  std::vector<uint8_t> wanted(all.sites.size(), 0);
  for (const ListedMessage& one : messages) wanted[raw(all.messages[one.original].site)] = 1;
  const SpanArguments arguments(profile, wanted);
  for (size_t i = 0; i < messages.size(); ++i) {
    const profile::Message& message = all.messages[messages[i].original];
    for (const profile::SpanArgument& row :
         arguments.of(message.thread, message.site, message.time, 0)) {
      out[i].emplace_back(profile.string(row.key), arguments.text(row));
    }
  }
  return out;
}

}  // namespace hone::analysis
