#include <gtest/gtest.h>

#include <cstring>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

// An answer of columns, read as a browser would.
struct Columns {
  Json json;
  std::string body;

  explicit Columns(const Response& response) : body(response.body) {
    EXPECT_EQ(response.status, 200) << response.body.substr(0, 300);
    EXPECT_EQ(response.type, kColumns);
    EXPECT_EQ(body.substr(0, 4), "HCL1");
    uint32_t json_bytes = 0;
    std::memcpy(&json_bytes, body.data() + 4, 4);
    json = Json::parse(body.substr(16, json_bytes), nullptr, false);
    EXPECT_FALSE(json.is_discarded());
  }
  size_t rows() const { return json["tables"][0]["rows"]; }
  double at(std::string_view column, size_t row) const {
    for (const Json& each : json["tables"][0]["columns"]) {
      if (each["name"] != column) continue;
      const std::string type = each["type"];
      const size_t from = each["offset"];
      if (type == "u32") return value<uint32_t>(from, row);
      if (type == "u16") return value<uint16_t>(from, row);
      if (type == "u8") return value<uint8_t>(from, row);
      if (type == "f64") return value<double>(from, row);
    }
    ADD_FAILURE() << "no column " << column;
    return 0;
  }
  // "name total" a row, indented, in ms; with `b`, "name total|total_b".
  std::string text() const {
    std::string out;
    for (size_t row = 0; row < rows(); ++row) {
      out += std::string(2 * static_cast<size_t>(at("depth", row)), ' ');
      const auto flags = static_cast<unsigned>(at("flags", row));
      out += (flags & 8) != 0
                 ? "(" + std::to_string(static_cast<int>(at("count", row))) + ")"
                 : json["names"][static_cast<size_t>(at("name", row))].get<std::string>();
      out += " " + std::to_string(static_cast<int>(at("total", row) / 1e6));
      if (!json["total_b"].is_null()) {
        out += "|" + std::to_string(static_cast<int>(at("total_b", row) / 1e6));
      }
      out += "\n";
    }
    return out;
  }

 private:
  template <class T>
  double value(size_t from, size_t row) const {
    T out{};
    EXPECT_LE(from + (row + 1) * sizeof(T), body.size());
    std::memcpy(&out, body.data() + from + row * sizeof(T), sizeof(T));
    return static_cast<double>(out);
  }
};

const std::string kText = R"(
  main;parse;read 4
  main;parse 1
  main;draw;parse;read 3
  main;draw;libgl.so!blit;libgl.so!copy 8
)";

std::string key_of(const Asking& asking, const std::string& name) {
  return asking.json("functions?filter=/^" + name + "$/")["rows"][0]["key"];
}

TEST(FlameEndpoint, AnswersColumns) {
  const Asking asking({{"run", kText}});
  const Columns flame(asking.ask("flame"));
  EXPECT_EQ(flame.text(),
            "all 16\n  main 16\n    draw 11\n      blit 8\n        copy 8\n      parse 3\n"
            "        read 3\n    parse 5\n      read 4\n");
  EXPECT_EQ(flame.json["total"], 16'000'000);
  EXPECT_TRUE(flame.json["total_b"].is_null());
  EXPECT_EQ(flame.json["nodes_total"], 9);
  EXPECT_EQ(flame.at("x", 7), 11e6);
  EXPECT_EQ(flame.at("self", 7), 1e6);
  EXPECT_EQ(flame.at("parent", 7), 1);
  char key[17];
  std::snprintf(key, sizeof(key), "%08x%08x", static_cast<unsigned>(flame.at("key_hi", 7)),
                static_cast<unsigned>(flame.at("key_lo", 7)));
  EXPECT_EQ(key, key_of(asking, "parse"));
  EXPECT_EQ(flame.json["modules"][static_cast<size_t>(flame.at("module", 3))], "libgl.so");
}

TEST(FlameEndpoint, ZoomsTurnsAndTransforms) {
  const Asking asking({{"run", kText}});
  const std::string main = key_of(asking, "main"), parse = key_of(asking, "parse");
  const std::string draw = key_of(asking, "draw");
  EXPECT_EQ(Columns(asking.ask("flame?root=" + main + "," + draw + "&min_px=700")).text(),
            "all 16\n  main 16\n    draw 11\n      blit 8\n        copy 8\n      (1) 3\n");
  EXPECT_EQ(Columns(asking.ask("flame?invert=1")).text().substr(0, 28),
            "all 16\n  copy 8\n    blit 8\n ");
  EXPECT_EQ(Columns(asking.ask("flame?mode=sandwich-callers&key=" + parse)).text(),
            "parse 8\n  main 5\n  draw 3\n    main 3\n");
  EXPECT_EQ(Columns(asking.ask("flame?mode=sandwich-callees&key=" + parse)).text(),
            "all 8\n  parse 8\n    read 7\n");
  EXPECT_EQ(Columns(asking.ask("flame?transforms=drop:" + draw + ",merge:" + main)).text(),
            "all 5\n  parse 5\n    read 4\n");
  EXPECT_EQ(Columns(asking.ask("flame?transforms=collapse-module:libgl.so,focus:" + draw)).text(),
            "all 11\n  draw 11\n    libgl.so 8\n    parse 3\n      read 3\n");
  EXPECT_EQ(Columns(asking.ask("flame?group=module")).text(), "all 16\n  app 16\n    libgl.so 8\n");
  EXPECT_EQ(Columns(asking.ask("flame?root=0000000000000001")).json["root_depth"], 0);
}

TEST(FlameEndpoint, ComparesAndFindsAPlantedRegression) {
  const Asking asking({{"a", kText}, {"b", "main;parse;read 40\nmain;draw;fresh 2"}});
  const Columns flame(asking.ask("flame?a=a&b=b"));
  EXPECT_EQ(flame.text(),
            "all 16|42\n  main 16|42\n    parse 5|40\n      read 4|40\n    draw 11|2\n"
            "      blit 8|0\n        copy 8|0\n      parse 3|0\n        read 3|0\n"
            "      fresh 0|2\n");
  EXPECT_EQ(flame.at("flags", 5), 16);
  EXPECT_EQ(flame.at("flags", 9), 32);
  EXPECT_EQ(flame.json["total_b"], 42'000'000);
  size_t worst = 0;
  for (size_t row = 1; row < flame.rows(); ++row) {
    const auto grown = [&](size_t at) { return flame.at("self_b", at) - flame.at("self", at); };
    if (grown(row) > grown(worst)) worst = row;
  }
  EXPECT_EQ(flame.json["names"][static_cast<size_t>(flame.at("name", worst))], "read");
}

TEST(FlameEndpoint, SearchesWithoutCountingTwice) {
  const Asking asking({{"a", kText}, {"b", "main;parse 2\nmain 2"}});
  const Json found = asking.json("flame/search?text=/parse|read/&a=a&b=b");
  EXPECT_EQ(found["matched_total"], 8'000'000);
  EXPECT_EQ(found["matched_share"], 0.5);
  EXPECT_EQ(found["matched_total_b"], 2'000'000);
  EXPECT_EQ(found["matched_share_b"], 0.5);
  EXPECT_EQ(found["keys_total"], 2);
  EXPECT_EQ(found["rows"].size(), 4u);
  EXPECT_EQ(asking.error("flame/search"), "400 text: what is to be looked for?");
  EXPECT_EQ(asking.error("flame/search?text=/a{1,9}/").substr(0, 24), "400 repetitions by numbe");
}

TEST(FlameEndpoint, OfOneThreadInTime) {
  const Asking asking({{"run", "main;a 1 time=1000000\nmain;b 1 time=2000000"}});
  const Columns flame(asking.ask("flame?mode=time&thread=1"));
  EXPECT_EQ(flame.json["hidden"], 0);
  EXPECT_NE(flame.text().find("  main 1\n    b 1\n"), std::string::npos) << flame.text();
  EXPECT_EQ(asking.error("flame?mode=time"), "400 thread: the order of time is that of one thread");
  EXPECT_EQ(asking.error("flame?mode=time&thread=9"), "400 thread: the recording has no thread 9");
  EXPECT_EQ(asking.error("flame?mode=time&thread=1&weight=gpu").substr(0, 11), "400 weight:");
}

TEST(FlameEndpoint, RefusesWhatCannotBe) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(asking.error("flame?mode=sideways").substr(0, 25), "400 mode: 'sideways' is n");
  EXPECT_EQ(asking.error("flame?transforms=fly:1").substr(0, 40),
            "400 transforms: 'fly:1' begins with none");
  EXPECT_EQ(asking.error("flame?transforms=drop:00000000000000aa"),
            "400 transforms: nothing in the recording has the key 00000000000000aa");
  EXPECT_EQ(asking.error("flame?root=1"),
            "400 root: '1' is no key: 16 hexadecimal digits, as `functions` gives them");
  EXPECT_EQ(asking.error("flame?pixels=0"), "400 pixels: 0 is not from 1 to 20000");
  EXPECT_EQ(asking.error("flame?pixels=nan").substr(0, 12), "400 pixels: ");
  EXPECT_EQ(asking.error("flame?min_px=-1").substr(0, 12), "400 min_px: ");
  EXPECT_EQ(asking.error("flame?min_px=1x"), "400 min_px: '1x' is no number");
  EXPECT_EQ(asking.error("flame?mode=sandwich-callers").substr(0, 8), "400 key:");
  EXPECT_EQ(asking.error("flame?mode=sandwich-callers&key=00000000000000aa"),
            "404 no function has the key 00000000000000aa");
}

TEST(FlameEndpoint, OfNothing) {
  const Asking asking({{"empty", "@process app"}});
  const Columns flame(asking.ask("flame"));
  EXPECT_EQ(flame.text(), "all 0\n");
  EXPECT_NE(flame.json["absent"]["why"], "");
  EXPECT_EQ(Columns(asking.ask("flame?weight=spans")).text(), "all 0\n");
  EXPECT_EQ(Columns(asking.ask("flame?weight=gpu")).text(), "all 0\n");
  EXPECT_EQ(Columns(asking.ask("flame?weight=off-cpu&invert=1")).text(), "all 0\n");
}

}  // namespace
}  // namespace hone::serve
