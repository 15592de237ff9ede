// Columns that many tables have: threads and sites, with their names.
#pragma once

#include <string_view>

#include "query/table.h"

namespace hone::query {

template <class Texts>
std::string_view text_of(size_t value, const Texts& texts) {
  return value < texts.size() ? texts[value] : std::string_view("");
}

inline std::string_view thread_name(const Source& s, ThreadId id) {
  return s.string(s.profile().threads()[raw(id)].name);
}
inline const profile::Site& site_of(const Source& s, SiteId id) {
  return s.marks().sites[raw(id)];
}
inline std::string_view site_name(const Source& s, SiteId id) {
  return s.string(site_of(s, id).name);
}
// Of the innermost function.
inline std::string_view stack_name(const Source& s, StackId id) {
  const profile::Profile& p = s.profile();
  const uint32_t row = p.frames().first_line[raw(p.stacks().frame[raw(id)])];
  return s.string(p.functions()[raw(p.lines().function[row])].name);
}

// `row(s, i)` gives the row, which has a `thread`; a `site`; a `time`. For arrays of columns:
//   kThreadColumn<&row>, kThreadNameColumn<&row>
template <auto row>
constexpr ColumnSpec kThreadColumn = whole("thread", HONE_NUMBER(raw(row(s, i).thread)),
                                           "Of threads.id; 0 when not known.", Role::kThread);
template <auto row>
constexpr ColumnSpec kThreadNameColumn = text_column("thread_name",
                                                     HONE_TEXT(thread_name(s, row(s, i).thread)),
                                                     "The last name that the thread had.");
template <auto row>
constexpr ColumnSpec kSiteColumn = some_column("site", Type::kInteger,
                                               HONE_PUT(to.id(raw(row(s, i).site))),
                                               "Of sites.id: where in the source.");
template <auto row>
constexpr ColumnSpec kSiteNameColumn = text_column("name", HONE_TEXT(site_name(s, row(s, i).site)),
                                                   "As the program gave it.", Role::kName);
template <auto row>
constexpr ColumnSpec kTimeColumn = time_column("ts", HONE_NUMBER(s.since_start(row(s, i).time)),
                                               "When.", Role::kTime);

// A condition and no value.
constexpr ColumnSpec kInSpanColumn = {
    .name = "in_span",
    .doc =
        "Only as a condition: in_span = 'AI::*' takes what its thread did in spans of that "
        "name, a glob.",
    .type = Type::kText,
    .role = Role::kArgument,
    .hidden = true};

}  // namespace hone::query
