// What programs wrote, one message a row, in the order of their times.
//
//   for (const ListedMessage& one : list_messages(timeline, selection, match)) use(one.event);
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/selection.h"
#include "analysis/text_match.h"
#include "analysis/timeline.h"

namespace hone::analysis {

struct ListedMessage {
  TimeNs time{};
  uint32_t event = 0;     // its number on the timeline's track of messages
  uint32_t original = 0;  // in Instrumentation::messages
};

// Of the selected threads and times, and inside of the selected spans; those whose text or thread
// `match` takes.
std::vector<ListedMessage> list_messages(const Timeline& timeline, const Selection& selection,
                                         const TextMatch& match);

// What was written with each of some messages, by key: as many lists as `messages`. Looks through
// all arguments of their places: to be asked for a page of them at once.
using MessageArguments = std::vector<std::pair<std::string, std::string>>;
std::vector<MessageArguments> message_arguments(const profile::Profile& profile,
                                                const std::vector<ListedMessage>& messages);

}  // namespace hone::analysis
