// Profiles made by hand, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/export.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::exchange {

inline constexpr int64_t kStart = 1'000'000'000;

class MadeProfile {
 public:
  explicit MadeProfile(std::string_view stacks = R"(
    @thread main process=app tid=11 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=12 start_ns=1000000000 end_ns=2000000000
    main;step 3 time=1005000000
  )")
      : tables_(profile::tables_of_text(stacks)) {}

  StringId text(std::string_view value) {
    StringId& id = texts_[std::string(value)];
    if (id == StringId::kNone) {
      id = StringId{tables_.append(recording::StringRow{.text = value})};
    }
    return id;
  }
  SiteId site(std::string_view name, uint8_t kind = 1, std::string_view category = "",
              uint32_t color = 0) {
    const StringId id = text(name);
    return SiteId{tables_.append(recording::SiteRow{
        .name = id, .kind = kind, .level = 3, .category = text(category), .color = color})};
  }
  // Times are nanoseconds since kStart.
  void span(SiteId site, int64_t start, int64_t end, uint8_t depth = 0, uint32_t thread = 1,
            uint8_t flags = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{thread},
                                      .end = TimeNs{kStart + end},
                                      .duration = DurationNs{end - start},
                                      .site = site,
                                      .depth = depth,
                                      .flags = flags});
  }
  void argument(SiteId site, int64_t time, std::string_view key, uint8_t type, uint64_t value,
                std::string_view words = "", uint32_t thread = 1) {
    const StringId key_id = text(key);
    tables_.append(recording::SpanArgumentRow{.thread = ThreadId{thread},
                                              .time = TimeNs{kStart + time},
                                              .site = site,
                                              .key = key_id,
                                              .type = type,
                                              .value = value,
                                              .text = text(words)});
  }
  void flow(SiteId site, int64_t time, uint64_t id, uint8_t kind, uint32_t thread = 1) {
    tables_.append(recording::FlowRow{.thread = ThreadId{thread},
                                      .time = TimeNs{kStart + time},
                                      .site = site,
                                      .id = id,
                                      .kind = kind});
  }
  template <class Row>
  void add(const Row& row) {
    tables_.append(row);
  }

  const profile::Profile& profile() {
    if (!profile_) {
      auto loaded = profile::Loader::build(tables_, nullptr);
      EXPECT_TRUE(loaded);
      profile_.emplace(std::move(*loaded));
    }
    return *profile_;
  }
  // By the format of that name; options.start is set.
  std::string exported(std::string_view format, ExportOptions options = {}) {
    options.start = TimeNs{kStart};
    std::string out;
    Output output = Output::to_text(out);
    auto done = find_format(format)->write(profile(), options, output);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    if (done) left = *done;
    return out;
  }

  Left left;

 private:
  profile::Tables tables_;
  std::unordered_map<std::string, StringId> texts_;  // each text once, as a recorder writes them
  std::optional<profile::Profile> profile_;
};

}  // namespace hone::exchange
