#!/usr/bin/env python3
"""Writes the C++ sources of a program with much debug information: `unit_NN.cc` and `main.cc`.

usage: generate.py FOLDER [--units N]

Each unit instantiates the templates that real programs have most of their DWARF from (variants,
maps, functions, regular expressions, an expression template) over types of its own, so that no two
units share an instantiation. All units do the same kinds of work, in functions named after the work
and the unit; main gives each unit an unequal number of rounds, so that a profile has a few hot
functions and a long tail. Nothing is random: the same arguments give the same bytes.
"""
import argparse
import pathlib

UNITS_DEFAULT = 6      # 50 MB of DWARF and more
STAGES_DEFAULT = 40

# Told apart by the macro-free way: every name that must differ carries @N.
UNIT = r'''#include "work.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <ranges>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace big_debug {
namespace unit_@N {

struct Point { double x, y, z; };
struct Box { Point low, high; };
struct Circle { Point centre; double radius; };
struct Line { Point from, to; };
struct Polygon { std::vector<Point> points; std::string name; };
struct Group { std::vector<std::variant<Point, Box, Circle, Line>> parts; int layer; };
using Shape = std::variant<Point, Box, Circle, Line, Polygon, Group>;

inline double squared(double v) { return v * v; }
inline double length(const Point& a, const Point& b) {
  return squared(a.x - b.x) + squared(a.y - b.y) + squared(a.z - b.z);
}

struct Measure {
  double operator()(const Point& p) const { return length(p, {}); }
  double operator()(const Box& b) const { return length(b.low, b.high); }
  double operator()(const Circle& c) const { return squared(c.radius) * 3.14 + (*this)(c.centre); }
  double operator()(const Line& l) const { return length(l.from, l.to); }
  double operator()(const Polygon& p) const {
    double all = 0;
    for (size_t i = 1; i < p.points.size(); ++i) all += length(p.points[i - 1], p.points[i]);
    return all;
  }
  double operator()(const Group& g) const {
    double all = g.layer;
    for (const auto& part : g.parts) all += std::visit(*this, part);
    return all;
  }
};

inline Shape shape_of(uint64_t bits) {
  const double v = static_cast<double>(bits % 1000), w = static_cast<double>(bits / 1000 % 1000);
  const Point a{v, w, v + w}, b{w, v, 1};
  switch (bits % 6) {
    case 0: return a;
    case 1: return Box{a, b};
    case 2: return Circle{a, w};
    case 3: return Line{b, a};
    case 4: return Polygon{{a, b, a, b}, "polygon"};
    default: return Group{{a, Box{a, b}, Circle{b, v}}, @N};
  }
}

[[gnu::noinline]] double measure_shapes(uint64_t rounds) {
  Random random{@N + 1};
  std::vector<Shape> shapes;
  for (int i = 0; i < 512; ++i) shapes.push_back(shape_of(random()));
  double all = 0;
  for (uint64_t r = 0; r < rounds * 2; ++r)
    for (const Shape& shape : shapes) all += std::visit(Measure{}, shape);
  return all;
}

// An expression template: what numeric libraries inline ten levels deep.
template <class E> struct Expression {
  const E& self() const { return static_cast<const E&>(*this); }
};
struct Vector : Expression<Vector> {
  std::vector<double> data;
  explicit Vector(size_t n) : data(n) {}
  double operator[](size_t i) const { return data[i]; }
  size_t size() const { return data.size(); }
  template <class E> Vector& operator=(const Expression<E>& e) {
    for (size_t i = 0; i < data.size(); ++i) data[i] = e.self()[i];
    return *this;
  }
};
template <class L, class R, class Op> struct Binary : Expression<Binary<L, R, Op>> {
  const L& l; const R& r;
  Binary(const L& left, const R& right) : l(left), r(right) {}
  double operator[](size_t i) const { return Op{}(l[i], r[i]); }
};
template <class L, class R> auto operator+(const Expression<L>& l, const Expression<R>& r) {
  return Binary<L, R, std::plus<double>>(l.self(), r.self());
}
template <class L, class R> auto operator*(const Expression<L>& l, const Expression<R>& r) {
  return Binary<L, R, std::multiplies<double>>(l.self(), r.self());
}
template <class L, class R> auto operator-(const Expression<L>& l, const Expression<R>& r) {
  return Binary<L, R, std::minus<double>>(l.self(), r.self());
}

[[gnu::noinline]] double add_vectors(uint64_t rounds) {
  Vector a(256), b(256), c(256);
  std::iota(a.data.begin(), a.data.end(), @N);
  std::iota(b.data.begin(), b.data.end(), 1.0);
  for (uint64_t r = 0; r < rounds * 24; ++r) {
    c = a * b + a - b * a + c * b - a;
    for (double& v : c.data) v *= 1e-3;
  }
  return c[17];
}

struct Key {
  std::string name; int layer;
  auto operator<=>(const Key&) const = default;
};
struct Hash {
  size_t operator()(const Key& k) const {
    return std::hash<std::string>{}(k.name) * 31 + size_t(k.layer);
  }
};
inline Key key_of(uint64_t bits) { return {"key " + std::to_string(bits % 997), int(bits % @M)}; }

[[gnu::noinline]] uint64_t fill_maps(uint64_t rounds) {
  Random random{@N + 2};
  uint64_t all = 0;
  for (uint64_t r = 0; r < rounds / 24 + 1; ++r) {
    std::map<Key, std::tuple<int, Point, std::string>> ordered;
    std::unordered_map<Key, std::vector<std::pair<int, Box>>, Hash> hashed;
    std::set<std::pair<Key, int>> seen;
    for (int i = 0; i < 300; ++i) {
      const Key key = key_of(random());
      std::get<0>(ordered[key]) += i;
      hashed[key].emplace_back(i, Box{});
      seen.emplace(key, i % 7);
    }
    for (const auto& [key, value] : ordered)
      all += uint64_t(std::get<0>(value)) + hashed[key].size();
    all += seen.size();
  }
  return all;
}

struct Row { int id; double weight; std::string name; std::array<short, 4> tags; };

[[gnu::noinline]] double sort_rows(uint64_t rounds) {
  Random random{@N + 3};
  double all = 0;
  for (uint64_t r = 0; r < rounds / 8 + 1; ++r) {
    std::vector<Row> rows;
    for (int i = 0; i < 400; ++i)
      rows.push_back({i, double(random() % 1000), "row", {short(i), 1, 2, short(@N)}});
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::tie(a.weight, a.id) < std::tie(b.weight, b.id);
    });
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return a.tags[0] % 13 < b.tags[0] % 13; });
    auto heavy = rows | std::views::filter([](const Row& x) { return x.weight > 500; }) |
                 std::views::transform([](const Row& x) { return x.weight * x.id; }) |
                 std::views::take(100 + @N);
    for (double v : heavy) all += v;
  }
  return all;
}

[[gnu::noinline]] uint64_t match_texts(uint64_t rounds) {
  static const std::regex pattern("([a-z]+)_([0-9]{1,4})(\\.(cc|h|py))?-@N?");
  Random random{@N + 4};
  uint64_t all = 0;
  for (uint64_t r = 0; r < rounds * 2; ++r) {
    const std::string text = "module_" + std::to_string(random() % 5000) + ".cc-@N and more";
    std::smatch match;
    if (std::regex_search(text, match, pattern)) all += match.size() + match[2].length();
  }
  return all;
}

@STAGES

}  // namespace unit_@N

uint64_t run_unit_@N(uint64_t rounds) {
  using namespace unit_@N;
  double all = measure_shapes(rounds) + add_vectors(rounds) + sort_rows(rounds);
  return static_cast<uint64_t>(all) + fill_maps(rounds) + match_texts(rounds) + run_stages(rounds);
}

}  // namespace big_debug
'''

# Chains of std::function, std::variant and std::tuple over types that exist once: each adds some
# 100 KB of DWARF and little code.
STAGE = r'''struct Stage@S { int id; std::vector<Point> in; std::map<int, std::string> names; };
template <class T> struct Wrap@S {
  T value;
  std::variant<T, Key, std::string> other;
  std::tuple<T, double, Key> all;
};
inline uint64_t stage_@S(const Stage@S& stage, uint64_t bits) {
  Wrap@S<int> wrap{int(bits), int(bits % 5), {1, 2.0, Key{}}};
  Wrap@S<double> more{double(bits), double(bits % 3), {1, 2.0, Key{}}};
  using Work = std::function<uint64_t(const Stage@S&, Wrap@S<int>&)>;
  Work work = [&](const Stage@S& s, Wrap@S<int>& w) {
    std::vector<std::pair<int, Wrap@S<double>>> list(2, {s.id, more});
    std::sort(list.begin(), list.end(),
              [](auto& a, auto& b) { return a.second.value < b.second.value; });
    return uint64_t(w.value) + list.size() + std::visit([](auto& v) { return sizeof(v); }, w.other);
  };
  return work(stage, wrap) + stage.names.size();
}
'''

HEADER = r'''#pragma once
#include <cstdint>

namespace big_debug {

struct Random {  // splitmix64
  uint64_t state;
  uint64_t operator()() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
};

}  // namespace big_debug
'''


def unit(number, stages):
    text = ["".join(STAGE.replace("@S", str(s)) for s in range(stages)),
            "[[gnu::noinline]] uint64_t run_stages(uint64_t rounds) {",
            "  uint64_t all = 0;",
            f"  for (uint64_t r = 0; r < rounds / 32 + 1; ++r) {{"]
    text += [f"    all += stage_{s}(Stage{s}{{int(r), {{}}, {{}}}}, r + {s});"
             for s in range(stages)]
    text += ["  }", "  return all;", "}"]
    return (UNIT.replace("@STAGES", "\n".join(text)).replace("@N", str(number))
            .replace("@M", str(number + 3)))


def main_source(units):
    declared = "\n".join(f"uint64_t run_unit_{n}(uint64_t rounds);" for n in range(units))
    calls = "\n".join(f"    all += big_debug::run_unit_{n}(rounds * {1 + (60 >> 2 * n)});"
                      for n in range(units))
    return f'''#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace big_debug {{
{declared}
}}

// main [ROUNDS]: prints a checksum.
int main(int argc, char** argv) {{
  const uint64_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  uint64_t all = 0;
  for (int repeat = 0; repeat < 4; ++repeat) {{
{calls}
  }}
  std::printf("%llu\\n", static_cast<unsigned long long>(all));
}}
'''


def generate(folder, units=UNITS_DEFAULT, stages=STAGES_DEFAULT):
    """Returns the paths of the sources to compile."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "work.h").write_text(HEADER)
    sources = {"main.cc": main_source(units)}
    sources |= {f"unit_{n:02}.cc": unit(n, stages) for n in range(units)}
    for name, text in sources.items():
        (folder / name).write_text(text)
    return [folder / name for name in sources]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--units", type=int, default=UNITS_DEFAULT)
    arguments = parser.parse_args()
    generate(arguments.folder, arguments.units)


if __name__ == "__main__":
    main()
