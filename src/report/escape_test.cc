#include "report/escape.h"

#include <gtest/gtest.h>

#include "report/assets.h"
#include "report/names.h"
#include "report/palette.h"
#include "report/text_style.h"

namespace hone::report {
namespace {

TEST(Escape, TakesBrokenBytesOneAtATime) {
  std::string_view text = "\xc3\xa9\xff\xe2\x82z";
  EXPECT_EQ(take_char(text), U'é');
  EXPECT_EQ(take_char(text), U'\xFFFD');
  EXPECT_EQ(take_char(text), U'\xFFFD');
  EXPECT_EQ(take_char(text), U'\xFFFD');
  EXPECT_EQ(take_char(text), U'z');
  EXPECT_TRUE(text.empty());
}

TEST(Escape, RefusesOverlongAndSurrogates) {
  EXPECT_EQ(clean_text("\xc0\xaf"), "\uFFFD\uFFFD");
  EXPECT_EQ(clean_text("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(clean_text("\xf4\x90\x80\x80").find('\xf4'), std::string::npos);
}

TEST(Escape, TerminalSeesNoControlCharacters) {
  EXPECT_EQ(terminal_text("a\x1b[31m\tb\n\xe2\x80\xae"), "a\\x1b[31m b\\x0a\\u202e");
}

TEST(Escape, MarkupCannotEndWhatItStandsIn) {
  EXPECT_EQ(markup_text("</script>\"'&"), "&lt;/script&gt;&quot;&#39;&amp;");
  EXPECT_EQ(markup_text(std::string_view("a\0b\x01\xef\xbf\xbf", 7)), "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(json_in_markup("{\"a\":\"</script>&\"}"), "{\"a\":\"\\u003c/script\\u003e\\u0026\"}");
}

TEST(Escape, WidthInColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("é±…"), 3U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);
}

TEST(Names, TemplateArgumentsGoFirstThenParameters) {
  const std::string_view name =
      "std::vector<memory::Edge, std::allocator<memory::Edge> >::push(int)";
  EXPECT_EQ(shorten_name(name, 0), name);
  EXPECT_EQ(shorten_name(name, 200), name);
  EXPECT_EQ(shorten_name(name, 40), "std::vector<…>::push(int)");
  EXPECT_EQ(shorten_name("ns::f(std::string const&, int, long, char) const", 20), "ns::f(…) const");
  EXPECT_EQ(shorten_name(name, 16, "..."), "vect...push(...)");
}

TEST(Names, OuterNamespacesGoNext) {
  const std::string_view name = "memory_graph::activation::Spreader::step(Graph const&, int)";
  EXPECT_EQ(shorten_name(name, 45), "memory_graph::activation::Spreader::step(…)");
  EXPECT_EQ(shorten_name(name, 42), "…::activation::Spreader::step(…)");
  EXPECT_EQ(shorten_name(name, 31), "…::Spreader::step(…)");
  EXPECT_EQ(shorten_name(name, 18), "…::step(…)");
  EXPECT_EQ(shorten_name("(anonymous namespace)::similarity_of(a, b)", 36),
            "(anonymous …space)::similarity_of(…)");
}

TEST(Names, LabelsKeepTheFunctionsOwnName) {
  const std::string_view name = "memory::HnswIndex<float>::search(long, int) const";
  EXPECT_EQ(shorten_label(name, 60), name);
  EXPECT_EQ(shorten_label(name, 45), "memory::HnswIndex<…>::search(long, int) const");
  EXPECT_EQ(shorten_label(name, 40), "memory::HnswIndex<…>::search(…) const");
  EXPECT_EQ(shorten_label(name, 30), "memory::HnswIndex::search");
  EXPECT_EQ(shorten_label(name, 10), "search");
  EXPECT_EQ(shorten_label(name, 5), "sear…");
}

TEST(Names, NeverWiderThanAsked) {
  const std::string name = "a::b<c<d>, e>::operator<< <f>(日本::語 const&, void (*)(int))";
  for (size_t width = 1; width < 70; ++width) {
    EXPECT_LE(display_width(shorten_name(name, width)), width) << width;
    EXPECT_LE(display_width(shorten_name(name, width, "...")), width) << width;
    EXPECT_LE(display_width(shorten_label(name, width)), width) << width;
  }
}

TEST(Names, OperatorsAndAnonymousNamespacesStay) {
  EXPECT_EQ(shorten_name("(anonymous namespace)::call(long_type_name, other_name)", 30),
            "(anonymous namespace)::call(…)");
  EXPECT_EQ(shorten_name("A::operator()(long_type_name, other_name) const", 30),
            "A::operator()(…) const");
  EXPECT_EQ(shorten_name("operator< (Thing<int> const&, Thing<int> const&)", 14), "operator< (…)");
}

TEST(Names, Places) {
  EXPECT_EQ(place_text("/a/b/c.cc", 12, false), "c.cc:12");
  EXPECT_EQ(place_text("/a/b/c.cc", 0, true), "/a/b/c.cc");
  EXPECT_EQ(place_text("", 12, false), "");
}

TEST(Palette, IsStableAndKnowsVersionsOfALibrary) {
  EXPECT_EQ(frame_color("libfoo.so.1.2", "f"), frame_color("/usr/lib/libfoo.so.2", "f"));
  EXPECT_EQ(module_color("libc.so.6"), "c40");
  EXPECT_EQ(frame_color("app", "main"), frame_color("app", "main"));
  // Pinned: colours are compared between files of different versions.
  EXPECT_EQ(frame_color("memory_graph", "main"), "c02");
}

TEST(Assets, CannotEndTheirElementAndLoadNothing) {
  for (const std::string_view asset : {kTokensCss, kPaletteCss, kFlameCss, kFlameJs, kFlameSvgJs}) {
    EXPECT_FALSE(asset.empty());
    for (const std::string_view bad : {"</", "]]>", "@import", "url(h", "url(/", "src=", "fetch(",
                                       "eval(", "innerHTML", "XMLHttp", "import("}) {
      EXPECT_EQ(asset.find(bad), std::string_view::npos) << bad;
    }
    // A namespace is the only address.
    for (size_t at = 0; (at = asset.find("://", at)) != std::string_view::npos; ++at) {
      EXPECT_EQ(asset.substr(at, 13), "://www.w3.org") << asset.substr(at, 40);
    }
  }
}

TEST(TextStyle, BarsInEighths) {
  EXPECT_EQ(bar_text({}, 0.5, 4), "██");
  EXPECT_EQ(bar_text({}, 0.28125, 4), "█▏");
  EXPECT_EQ(bar_text({.unicode = false}, 0.5, 8), "####");
  EXPECT_EQ(bar_text({}, 7, 2), "██");
  EXPECT_EQ(bar_text({}, -1, 2), "");
}

TEST(TextStyle, WrapsWithAHangingIndent) {
  EXPECT_EQ(wrap_text({.width = 26}, "one two three four five six", 4),
            "one two three four\n    five six");
  EXPECT_EQ(wrap_text({.width = 0}, "one two three", 4), "one two three");
}

}  // namespace
}  // namespace hone::report
