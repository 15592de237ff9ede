#include <gtest/gtest.h>

#include <string>

#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::profile {
namespace {

using recording::Table;

std::string values_of(const Profile& p, size_t track) {
  std::string out;
  const Track& t = p.tracks()[track];
  for (uint32_t i = t.first; i < t.first + t.count; ++i) {
    out += std::to_string(raw(p.track_values().time[i])) + ":" +
           std::to_string(p.track_values().value[i]) + " ";
  }
  return out;
}

uint64_t diagnostic(const Profile& p, std::string_view name) {
  for (const Diagnostic& d : p.diagnostics()) {
    if (d.name == name) return d.count;
  }
  return 0;
}

TEST(LoaderTracks, ValuesStandByTrackInTheOrderOfTime) {
  const Profile p = profile_of_text(R"(
    @track load.1m divisor=100 values=5:125,9:130
    @track disk.read scope=7 kind=2 unit=2 what=sda values=1:0,2:10
    main 1
  )");
  ASSERT_EQ(p.tracks().size(), 3u);
  EXPECT_EQ(p.string(p.tracks()[1].name), "load.1m");
  EXPECT_EQ(p.tracks()[1].divisor, 100u);
  EXPECT_EQ(values_of(p, 1), "5:125 9:130 ");
  EXPECT_EQ(p.string(p.tracks()[2].what), "sda");
  EXPECT_EQ(p.tracks()[2].scope, recording::TrackScope::kDevice);
  EXPECT_EQ(values_of(p, 2), "1:0 2:10 ");
  EXPECT_TRUE(p.diagnostics().empty());
}

TEST(LoaderTracks, RowsOfSeveralTracksMayStandInAnyOrder) {
  Tables tables = tables_of_text("@track a\n@track b\nmain 1");
  for (int i = 0; i < 4; ++i) {
    tables.append(recording::CounterRow{
        .track = TrackId{static_cast<uint32_t>(2 - i % 2)}, .time = TimeNs{i}, .value = i});
  }
  const auto p = Loader::build(std::move(tables), nullptr);
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(values_of(*p, 1), "1:1 3:3 ");
  EXPECT_EQ(values_of(*p, 2), "0:0 2:2 ");
}

TEST(LoaderTracks, NothingOfItIsTrusted) {
  Tables tables = tables_of_text(R"(
    @track a kind=2 values=10:5,9:6,11:4,12:-1,13:7
    @track gauge values=10:5,11:4
    main 1
  )");
  tables.append(recording::TrackRow{.name = StringId{999},
                                    .unit = 200,
                                    .kind = 0,
                                    .scope = 99,
                                    .process = ProcessId{77},
                                    .thread = ThreadId{77},
                                    .what = StringId{999},
                                    .divisor = 0,
                                    .qualifies = TrackId{99}});
  tables.append(recording::CounterRow{.track = TrackId{50}, .time = TimeNs{1}, .value = 1});
  tables.append(recording::CounterRow{.track = TrackId{0}, .time = TimeNs{1}, .value = 1});
  const auto p = Loader::build(std::move(tables), nullptr);
  ASSERT_TRUE(p.has_value());
  EXPECT_EQ(values_of(*p, 1), "10:5 13:7 ");
  EXPECT_EQ(values_of(*p, 2), "10:5 11:4 ");
  EXPECT_EQ(diagnostic(*p, "load.counter_out_of_order"), 3u);
  const Track& odd = p->tracks()[3];
  EXPECT_EQ(odd.unit, recording::TrackUnit::kCount);
  EXPECT_EQ(odd.kind, recording::TrackKind::kGauge);
  EXPECT_EQ(odd.scope, recording::TrackScope::kMachine);
  EXPECT_EQ(odd.process, ProcessId::kNone);
  EXPECT_EQ(odd.divisor, 1u);
  EXPECT_EQ(odd.qualifies, TrackId::kNone);
  EXPECT_GE(diagnostic(*p, "load.id_out_of_range"), 6u);
}

}  // namespace
}  // namespace hone::profile
