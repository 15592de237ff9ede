#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

using Lines = std::vector<std::string>;

const std::string kText = R"(
  @meta run.start_ns 1000000000
  @meta run.wall_ns 2000000
  @meta host.cpu_count 2
  @process app pid=7
  @thread main process=app tid=7
  @thread io process=app tid=8
  @span draw start=1000200000 end=1000300000 depth=1
  @span frame start=1000100000 end=1000500000
  @span draw start=1000700000 end=1000790000 depth=1
  @span frame start=1000600000 end=1001600000
  @span read start=1000000000 end=1001000000 thread=io
  @frame tick time=1000100000
  @frame tick time=1000600000
  @frame tick time=1001600000
  @message hello,world time=1000250000
  @plot queue time=1000300000 value=7
  main;work 1 time=1000150000
  main;rest 1 time=1001000000
)";

// Tables of columns by name: numbers as doubles, which hold all that stand in these.
struct Columns {
  Json json;
  std::map<std::string, std::map<std::string, std::vector<double>>> tables;

  explicit Columns(const Response& response) {
    EXPECT_EQ(response.type, kColumns);
    const std::string& body = response.body;
    uint32_t json_bytes = 0;
    std::memcpy(&json_bytes, body.data() + 4, 4);
    json = Json::parse(body.substr(16, json_bytes));
    for (const Json& table : json["tables"]) {
      for (const Json& column : table["columns"]) {
        std::vector<double>& to = tables[table["name"]][column["name"]];
        const std::string type = column["type"];
        const size_t offset = column["offset"], size = std::stoul(type.substr(1)) / 8;
        for (size_t i = 0; i < table["rows"].get<size_t>(); ++i) {
          EXPECT_LE(offset + (i + 1) * size, body.size());
          const char* const at = body.data() + offset + i * size;
          double real = 0;
          uint64_t whole = 0;
          std::memcpy(type == "f64" ? static_cast<void*>(&real) : &whole, at, size);
          to.push_back(type == "f64" ? real : static_cast<double>(whole));
        }
      }
    }
  }
};

// "track depth start-end name"
Lines slices(const Response& response) {
  Columns columns(response);
  auto& of = columns.tables["slices"];
  Lines out;
  const auto text = [](double value) { return std::to_string(static_cast<int64_t>(value)); };
  for (size_t i = 0; i < of["track"].size(); ++i) {
    const bool goes_on = of["end"][i] == 4294967295.0;
    out.push_back(text(of["track"][i]) + " " + text(of["depth"][i]) + " " + text(of["start"][i]) +
                  "-" + (goes_on ? "" : text(of["end"][i])) + " " +
                  columns.json["names"][static_cast<size_t>(of["name"][i])].get<std::string>());
  }
  return out;
}

TEST(TimelineEndpoint, ListsTracksInOrder) {
  const Asking asking({{"run", kText}});
  const Json answer = asking.json("timeline");
  Lines ids;
  for (const Json& track : answer["tracks"]) ids.push_back(track["id"]);
  EXPECT_EQ(ids, (Lines{"load", "frames:tick", "core:0", "thread:1", "samples:1", "spans:1",
                        "thread:2", "spans:2", "plot:queue", "messages"}));
  EXPECT_EQ(answer["end"], 2'000'000);
  EXPECT_EQ(answer["frames"][0]["count"], 2);
  EXPECT_EQ(answer["frames"][0]["max"], 1'000'000);
  EXPECT_EQ(answer["tracks"][5]["depth"], 2);
  EXPECT_EQ(answer["tracks"][5]["events"], 4);
  EXPECT_EQ(answer["threads"][1]["name"], "io");
}

TEST(TimelineEndpoint, TilesAreWhatIsThere) {
  const Asking asking({{"run", kText}});
  // Buckets of 16,384 ns; all of it is in the first tile.
  const Response all = asking.ask("tiles?tracks=spans:1,spans:2&step=14");
  EXPECT_TRUE(all.immutable);
  EXPECT_EQ(slices(all), (Lines{"0 0 6-31 frame", "0 0 36-98 frame", "0 1 12-19 draw",
                                "0 1 42-49 draw", "1 0 0-62 read"}));
  // The second tile of buckets of 512 ns begins behind the first frame.
  const Response later = asking.ask("tiles?tracks=spans:1&step=9&first=1");
  EXPECT_EQ(slices(later), (Lines{"0 0 147- frame", "0 1 343-519 draw"}));
  Columns values(asking.ask("tiles?tracks=plot:queue,load&step=14"));
  EXPECT_EQ(values.tables["values"]["bucket"][0], 18);
  EXPECT_EQ(values.tables["values"]["last"][0], 7);
  EXPECT_EQ(slices(asking.ask("tiles?tracks=messages&step=14")), (Lines{"0 0 15-16 hello,world"}));
  EXPECT_EQ(slices(asking.ask("tiles?tracks=")), Lines{});
}

TEST(TimelineEndpoint, QuestionsThatMakeNoSenseAreErrors) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(asking.error("tiles?tracks=spans:9"), "404 this recording has no track 'spans:9'");
  EXPECT_EQ(asking.error("tiles?tracks=spans:1&step=43"), "400 step: 43 is not from 0 to 42");
  EXPECT_EQ(asking.error("tiles?tracks=spans:1&count=9"), "400 count: 9 is not from 1 to 8");
  EXPECT_EQ(asking.ask("tiles?tracks=spans:1&step=42&first=504").status, 200);
  EXPECT_EQ(asking.ask("tiles?tracks=spans:1&step=42&first=9223372036854775807").status, 400);
  EXPECT_EQ(asking.error("event?track=spans:1&event=99"), "404 track 'spans:1' has no event 99");
  EXPECT_EQ(asking.error("event?track=spans:1"), "404 track 'spans:1' has no event -1");
  EXPECT_EQ(asking.ask("step?track=spans:1&event=0&to=sideways").status, 400);
  EXPECT_EQ(asking.ask("find?text=x&kind=y").status, 400);
}

TEST(TimelineEndpoint, EventsStepsAndMatches) {
  const Asking asking({{"run", kText}});
  const Json draw = asking.json("event?track=spans:1&event=0");
  EXPECT_EQ(draw["name"], "draw");
  EXPECT_EQ(draw["start"], 200'000);
  EXPECT_EQ(draw["parent"]["name"], "frame");
  EXPECT_EQ(draw["statistics"]["count"], 2);
  EXPECT_EQ(draw["statistics"]["rank"], 1);
  EXPECT_EQ(draw["messages"][0]["name"], "hello,world");
  const Json frame = asking.json("event?track=spans:1&event=1");
  EXPECT_EQ(frame["self"], 300'000);
  EXPECT_EQ(frame["children"][0]["total"], 100'000);
  EXPECT_EQ(frame["samples"][0]["name"], "work");
  const Json sample = asking.json("event?track=samples:1&event=0");
  EXPECT_EQ(sample["stack"][0]["name"], "work");
  EXPECT_EQ(sample["stack"][1]["name"], "main");
  EXPECT_EQ(sample["parent"]["name"], "frame");
  EXPECT_EQ(asking.json("step?track=spans:1&event=0&to=next-same")["event"], 2);
  EXPECT_TRUE(asking.json("step?track=spans:1&event=3&to=next")["event"].is_null());
  const Json found = asking.json("find?text=RA");
  EXPECT_EQ(found["count"], 4);
  EXPECT_EQ(found["matches"][0]["name"], "frame");
  EXPECT_EQ(found["matches"][1]["name"], "draw");
  EXPECT_EQ(asking.json("find?text=read&thread=main")["count"], 0);
  EXPECT_EQ(asking.json("find?text=")["count"], 0);
  EXPECT_EQ(asking.json("find?text=O,w&kind=message")["matches"][0]["track"], "messages");
  const Json range = asking.json("range?t=0-600000");
  EXPECT_EQ(range["spans"], 2);
  EXPECT_EQ(range["samples"], 1);
  EXPECT_EQ(range["frames"], 1);
  EXPECT_EQ(asking.json("range?threads=2")["spans"], 1);
}

TEST(TimelineEndpoint, FramesAreFoldedToTheLongest) {
  const Asking asking({{"run", kText}, {"none", "main 1"}});
  Columns all(asking.ask("frames?set=tick"));
  EXPECT_EQ(all.tables["frames"]["duration"], (std::vector<double>{500'000, 1'000'000}));
  Columns one(asking.ask("frames?pixels=1"));
  EXPECT_EQ(one.tables["frames"]["duration"], (std::vector<double>{1'000'000}));
  EXPECT_EQ(one.tables["frames"]["count"], (std::vector<double>{2}));
  EXPECT_EQ(one.tables["frames"]["index"], (std::vector<double>{2}));
  EXPECT_EQ(one.json["over"], 0);
  Columns none(asking.ask("frames?a=none"));
  EXPECT_TRUE(none.json.contains("absent"));
}

// Functions of one name in two modules are two names; what is no function has no module.
TEST(TimelineEndpoint, TilesTellTheModuleOfFunctions) {
  const Asking asking({{"run", R"(
    @span run start=1000000 end=2000000
    run 1 time=1100000
    libc.so.6!run 1 time=1900000
  )"}});
  const Json timeline = asking.json("timeline");
  Columns tiles(asking.ask("tiles?tracks=samples:1,spans:1&step=10"));
  Lines named, listed;
  for (const double name : tiles.tables["slices"]["name"]) {
    const auto at = static_cast<size_t>(name);
    named.push_back(tiles.json["names"][at].get<std::string>() + " of " +
                    tiles.json["modules"][at].get<std::string>());
  }
  EXPECT_EQ(named, (Lines{"run of app", "run of libc.so.6", "run of "}));
  // As the other pages have it: they colour functions by it.
  const Json functions = asking.json("functions");
  for (const Json& row : functions["rows"]) {
    listed.push_back("run of " + row["module"].get<std::string>());
  }
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, (Lines{named[0], named[1]}));
  EXPECT_EQ(tiles.json["names"].size(), tiles.json["modules"].size());
}

TEST(TimelineEndpoint, FramesOfAnyNameAreAskedForByTheirTrack) {
  const Asking asking({{"run",
                        "@frame \xff\xfe time=10\n@frame \xff\xfe time=30\n"
                        "@frame tick time=5\n@frame tick time=6\n@frame tick time=7\n"
                        "main 1 time=40"}});
  const Json sets = asking.json("timeline")["frames"];
  ASSERT_EQ(sets.size(), 2u);
  size_t found = 0;
  for (const Json& set : sets) {
    Columns frames(asking.ask("frames?set=" + set["track"].get<std::string>()));
    EXPECT_EQ(frames.json["count"], set["count"]);
    EXPECT_EQ(frames.json["set"], set["set"]);
    found += frames.tables["frames"]["start"].size();
  }
  EXPECT_EQ(found, 3u);
  EXPECT_EQ(Columns(asking.ask("frames?set=frames:none")).json["count"], 0);
}

TEST(TimelineEndpoint, NamesOfAnyBytesAndLengthAreAnswered) {
  const std::string name = std::string(10'000, 'n') + "\xff\xfe<script>";
  const Asking asking({{"run", "@span " + name + " start=10 end=20\n@plot " + name +
                                   " time=15 value=3\nmain 1 time=15"}});
  const Json tracks = asking.json("timeline")["tracks"];
  std::string ids;
  for (const Json& track : tracks) ids += (ids.empty() ? "" : ",") + track["id"].get<std::string>();
  EXPECT_LT(ids.size(), 500u);
  EXPECT_EQ(slices(asking.ask("tiles?tracks=spans:1&step=0"))[0].substr(0, 10), "0 0 0-5 nn");
  EXPECT_EQ(asking.ask("tiles?tracks=" + ids).status, 200);
  EXPECT_EQ(asking.ask("event?track=spans:1&event=0").status, 200);
}

// Whatever is asked: an answer or an error, and never anything else.
TEST(TimelineEndpoint, RandomQuestionsAreAnswered) {
  const Asking asking({{"run", kText}, {"none", ""}});
  std::mt19937_64 random(8);
  const Lines paths = {"timeline", "tiles", "frames", "event",
                       "step",     "find",  "range",  "stretches"};
  const Lines names = {"a",   "tracks",  "track", "event", "step", "first", "count",  "to", "t",
                       "key", "threads", "text",  "from",  "kind", "set",   "pixels", "in"};
  const Lines values = {"none",
                        "spans:1",
                        "spans:1,load,,core:0",
                        "messages",
                        "0",
                        "-1",
                        "1",
                        "42",
                        "18446744073709551615",
                        "9223372036854775807",
                        "-9223372036854775808",
                        "0-5",
                        "5-0",
                        "0-9223372036854775807",
                        "1,2",
                        "parent",
                        "slowest-same",
                        "a",
                        "%ff%00",
                        "thread",
                        "frames:tick",
                        "samples:1",
                        "state:1",
                        ""};
  for (int round = 0; round < 4000; ++round) {
    std::string question = paths[random() % paths.size()] + "?";
    for (uint64_t i = random() % 6; i > 0; --i) {
      question += names[random() % names.size()] + "=" + values[random() % values.size()] + "&";
    }
    const int status = asking.ask(question).status;
    EXPECT_TRUE(status == 200 || status == 400 || status == 404) << status << " " << question;
  }
}

}  // namespace
}  // namespace hone::serve
