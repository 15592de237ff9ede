"""The programs that are recorded, and their inputs, made once under build/bench/inputs.

Each takes about five seconds on the machine that the reaches were set on (one core of a 2.6 GHz
EPYC). Debian's own stripped builds, except `big_debug` and `memory_graph`, which are built here.
"""
import hashlib
import os
import pathlib
import re
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from big_debug import generate as big_debug

DEBIAN = ["xz", "sqlite3", "python3", "cc1plus"]
ALL = DEBIAN + ["big_debug"]

FIXED_TIME = 1_700_000_000   # of the files in the tar, so that it is the same each time


@dataclass
class Program:
    name: str
    command: list
    stdin: str | None = None


class WorkloadError(Exception):
    """An input could not be made."""


def _tar(path, size):
    """A tar of documentation and scripts under /usr/share, in order of path, up to `size`."""
    written = 0
    with tarfile.open(path, "w") as tar:
        for folder in ("/usr/share/doc", "/usr/share/perl", "/usr/share/gcc", "/usr/share"):
            for file in sorted(p for p in pathlib.Path(folder).rglob("*")):
                if written >= size:
                    return
                if file.is_symlink() or not file.is_file() or not os.access(file, os.R_OK):
                    continue
                entry = tar.gettarinfo(file)
                entry.mtime, entry.uid, entry.gid = FIXED_TIME, 0, 0
                with file.open("rb") as data:
                    tar.addfile(entry, data)
                written += entry.size


# Joins, sorting, text matching and a correlated query over three indexes. The engine's frames are
# small; the shell below them keeps buffers of more than 8 KB on the stack.
SQL = """
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INT, day INT, amount REAL, note TEXT);
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, region INT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < {customers})
  INSERT INTO customers SELECT i, 'customer ' || (i*7919 % 100003), i % 17 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < {orders})
  INSERT INTO orders SELECT i, i*2654435761 % {customers} + 1, i % 365, (i*31 % 9973)/7.0,
                            'note ' || (i*17 % 4093) FROM n;
CREATE INDEX by_customer ON orders(customer, day);
CREATE INDEX by_day ON orders(day, amount);
CREATE INDEX by_note ON orders(note);
ANALYZE;
SELECT region, count(*), sum(amount), max(name) FROM orders
  JOIN customers ON customers.id = customer GROUP BY region ORDER BY 3;
SELECT day, count(DISTINCT customer), avg(amount) FROM orders GROUP BY day
  HAVING avg(amount) > 10 ORDER BY 3 DESC LIMIT 20;
SELECT a.customer, count(*) FROM orders a
  JOIN orders b ON a.customer = b.customer AND a.day = b.day AND a.id < b.id
  GROUP BY a.customer ORDER BY 2 DESC LIMIT 10;
SELECT count(*) FROM orders WHERE note LIKE '%99%'
  AND note IN (SELECT note FROM orders WHERE day = 7);
SELECT name, (SELECT sum(amount) FROM orders WHERE customer = customers.id
              AND day BETWEEN 10 AND 200) AS s FROM customers ORDER BY s DESC LIMIT 10;
"""

PYTHON = '''"""A search tree, shortest paths and the game of life, in nothing but Python."""
import collections
import heapq
import sys


class Node:
    __slots__ = ("key", "left", "right", "count")

    def __init__(self, key):
        self.key, self.left, self.right, self.count = key, None, None, 1


def insert(node, key):
    if node is None:
        return Node(key)
    if key < node.key:
        node.left = insert(node.left, key)
    elif key > node.key:
        node.right = insert(node.right, key)
    else:
        node.count += 1
    return node


def walk(node):
    if node:
        yield from walk(node.left)
        yield node.key, node.count
        yield from walk(node.right)


def numbers(state):
    while True:
        state = (state * 1103515245 + 12345) & 0x7fffffff
        yield state


def graph(size, number):
    edges = collections.defaultdict(list)
    for _ in range(size * 4):
        edges[next(number) % size].append((next(number) % size, next(number) % 100 + 1))
    return edges


def distances(edges, start):
    best, queue = {start: 0}, [(0, start)]
    while queue:
        cost, at = heapq.heappop(queue)
        if cost > best[at]:
            continue
        for to, weight in edges[at]:
            if cost + weight < best.get(to, 1 << 60):
                best[to] = cost + weight
                heapq.heappush(queue, (cost + weight, to))
    return sum(best.values())


def neighbours(cells, i, j, n):
    around = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    return sum(cells[(i + x) % n][(j + y) % n] for x, y in around) - cells[i][j]


def life(n, turns):
    cells = [[(i * j) % 3 == 0 for j in range(n)] for i in range(n)]
    for _ in range(turns):
        cells = [[(lambda c: c == 3 or (c == 2 and cells[i][j]))(neighbours(cells, i, j, n))
                  for j in range(n)] for i in range(n)]
    return sum(map(sum, cells))


def main(rounds):
    number, out = numbers(1), 0
    for _ in range(rounds):
        tree = None
        for _ in range(4000):
            tree = insert(tree, next(number) % 3000)
        out += sum(key * count for key, count in walk(tree))
        out ^= distances(graph(1500, number), 0)
        out += life(40, 3)
    print(out)


main(int(sys.argv[1]))
'''

# What makes a compiler work: <regex>, <ranges>, and a family of types of their own to instantiate
# containers, variants and sorts over.
CXX_HEAD = """#include <algorithm>
#include <functional>
#include <map>
#include <ranges>
#include <regex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct Tag {
  int value = N;
  std::string name;
  auto operator<=>(const Tag&) const = default;
};

template <int N> long family(const std::vector<Tag<N>>& all) {
  std::map<Tag<N>, std::vector<std::pair<Tag<N>, int>>> grouped;
  for (const auto& tag : all) grouped[tag].emplace_back(tag, N);
  std::vector<std::variant<Tag<N>, int, std::string>> mixed(all.begin(), all.end());
  std::sort(mixed.begin(), mixed.end());
  auto view = all | std::views::filter([](const auto& t) { return t.value > N; }) |
              std::views::transform([](const auto& t) { return t.value * 2L; });
  long sum = 0;
  for (long v : view) sum += v;
  std::function<long(const Tag<N>&)> weigh = [&](const Tag<N>& t) {
    return sum + long(grouped[t].size());
  };
  for (auto& m : mixed) sum += std::visit([](auto& v) { return long(sizeof(v)); }, m);
  return all.empty() ? 0 : weigh(all.front());
}

bool matches(const std::string& text) {
  static const std::regex pattern("([a-z]+)_([0-9]{1,4})(\\\\.(cc|h))?");
  std::smatch found;
  return std::regex_search(text, found, pattern) && found.size() > 2;
}
"""


def _cxx(families):
    calls = "".join(f"  sum += family<{n}>({{Tag<{n}>{{{n}, \"t\"}}}});\n" for n in range(families))
    return f"{CXX_HEAD}\nlong all_families() {{\n  long sum = matches(\"a_1.cc\");\n{calls}" \
           "  return sum;\n}\n"


class Workloads:
    """Makes programs by name. `small` ones run for some tenths of a second."""

    def __init__(self, folder, small, release_bin, say):
        self.folder = pathlib.Path(folder) / ("small" if small else "full")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.small = small
        self.bin = pathlib.Path(release_bin)
        self.say = say
        self.made = {}

    def program(self, name):
        if name not in self.made:
            self.made[name] = getattr(self, "_" + name)()
        return self.made[name]

    def _input(self, name, make):
        """The path of an input, which `make(path)` writes unless it is there."""
        path = self.folder / name
        if not path.exists():
            self.say(f"making {path}")
            part = path.with_name(path.name + ".part")
            make(part)
            part.rename(path)
        return str(path)

    def _text(self, name, text):
        """An input whose text stands in this file: written anew when that changed."""
        path = self.folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return str(path)

    def _xz(self):
        size = 500_000 if self.small else 17_000_000
        source = self._input(f"share-{size}.tar", lambda path: _tar(path, size))
        return Program("xz", ["/usr/bin/xz", "-6", "-T1", "-c", source])

    def _sqlite3(self):
        scale = 1 if self.small else 20
        script = self._text("orders.sql", SQL.format(customers=2000 * scale, orders=40000 * scale))
        return Program("sqlite3", ["/usr/bin/sqlite3", ":memory:"], stdin=script)

    def _python3(self):
        return Program("python3", ["/usr/bin/python3", self._text("work.py", PYTHON),
                                   "8" if self.small else "330"])

    def _cc1plus(self):
        source = self._text("families.cc", "#include <vector>\n" if self.small else _cxx(3))
        return Program("cc1plus", ["/usr/bin/g++", "-std=c++20", "-O2", "-c", source, "-o",
                                   str(self.folder / "families.o")])

    def _big_debug(self):
        program = self.build_big_debug()
        return Program("big_debug", [program, "10" if self.small else "700"])

    def _memory_graph(self):
        program = self.bin / "hone-example-memory_graph"
        if not program.exists():
            raise WorkloadError(f"{program} is absent: ./dev build")
        size = ["--nodes", "500", "--edges", "2500", "--queries", "50"] if self.small else \
            ["--nodes", "10000", "--edges", "50000", "--queries", "1000"]
        return Program("memory_graph", [str(program), *size, "--seed", "1"])

    def build_big_debug(self):
        """Compiles big_debug unless the same sources were compiled before; returns its path."""
        units, stages = big_debug.UNITS_DEFAULT, big_debug.STAGES_DEFAULT
        if self.small:
            units, stages = 1, 2
        sources = big_debug.generate(self.folder / "big_debug", units, stages)
        flags = ["-std=c++20", "-O2", "-g"]
        key = hashlib.sha256(b"".join(s.read_bytes() for s in sources) + " ".join(flags).encode())
        program = self.folder / "big_debug" / f"big_debug-{key.hexdigest()[:12]}"
        if not program.exists():
            self.say(f"compiling {len(sources)} files of big_debug")
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                objects = list(pool.map(lambda s: _compile(s, flags), sources))
            _tool(["g++", *objects, "-o", str(program) + ".part"])
            os.rename(str(program) + ".part", program)
            for unwanted in objects:
                os.unlink(unwanted)
        return str(program)


def _tool(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise WorkloadError(f"{' '.join(command)}\n{result.stderr[:2000]}")
    return result.stdout


def _compile(source, flags):
    target = str(source.with_suffix(".o"))
    _tool(["g++", *flags, "-c", str(source), "-o", target])
    return target


def debug_bytes(program):
    """Size of a program's .debug_* sections."""
    total = 0
    for line in _tool(["readelf", "-SW", program]).splitlines():
        match = re.match(r"\s*\[ *\d+\] (\.debug_\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)",
                         line)
        if match:
            total += int(match.group(2), 16)
    return total
