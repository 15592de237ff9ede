#include "capture/probes/probe_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace hone::capture {
namespace {

TEST(ProbePattern, TellsAModuleFromScopes) {
  const auto library = parse_probe("libc:malloc");
  ASSERT_TRUE(library);
  EXPECT_EQ(library->module, "libc");
  EXPECT_EQ(library->function, "malloc");
  const auto own = parse_probe("ns::Class::f*");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->module, "");
  EXPECT_EQ(own->function, "ns::Class::f*");
  const auto both = parse_probe("/opt/x/app:ns::f");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->module, "/opt/x/app");
  EXPECT_EQ(both->function, "ns::f");
  for (const char* wrong : {"", ":", "libc:", ":malloc"}) EXPECT_FALSE(parse_probe(wrong)) << wrong;
}

TEST(ProbePattern, FitsTheWholeName) {
  EXPECT_TRUE(glob_fits("parse*", "parse_line"));
  EXPECT_TRUE(glob_fits("*line", "parse_line"));
  EXPECT_TRUE(glob_fits("p?rse*l*e", "parse_line"));
  EXPECT_TRUE(glob_fits("*", ""));
  EXPECT_FALSE(glob_fits("parse", "parse_line"));
  EXPECT_FALSE(glob_fits("?", ""));
  EXPECT_FALSE(glob_fits("", "x"));
  // Not exponential.
  EXPECT_FALSE(glob_fits("*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(ProbePattern, KnowsNamesWithoutTheirParameters) {
  EXPECT_EQ(without_parameters("shape::area(int) const"), "shape::area");
  EXPECT_EQ(without_parameters("int shape::twice<int>(int)"), "shape::twice<int>");
  EXPECT_EQ(without_parameters("operator new(unsigned long)"), "operator new");
  EXPECT_EQ(without_parameters("main"), "main");
  EXPECT_EQ(without_parameters(""), "");
  EXPECT_EQ(without_parameters("((("), "(((");
}

TEST(ProbePattern, KnowsLibrariesByTheirShortNames) {
  EXPECT_TRUE(names_library("libc", "libc.so.6"));
  EXPECT_TRUE(names_library("c", "libc.so.6"));
  EXPECT_TRUE(names_library("libc.so.6", "libc.so.6"));
  EXPECT_TRUE(names_library("libstdc++", "libstdc++.so.6.0.30"));
  EXPECT_FALSE(names_library("libc", "libcrypto.so.3"));
  EXPECT_FALSE(names_library("lib", "libc.so.6"));
}

}  // namespace
}  // namespace hone::capture
