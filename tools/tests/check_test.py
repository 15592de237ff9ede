#!/usr/bin/env python3
"""The tools on tiny trees: each rule of check_layers and check_tidy has one that must fail because
of it; files that cannot be compiled together are apart."""
import os
import pathlib
import subprocess
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent
HEADER = "#pragma once\n"


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run_tool(self, tool, *flags, **environment):
        return subprocess.run([TOOLS / tool, "--root", self.root, *flags], text=True,
                              capture_output=True, env={**os.environ, **environment})

    def passes(self, tool, *flags):
        run = self.run_tool(tool, *flags)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def fails(self, tool, *says, flags=(), **environment):
        run = self.run_tool(tool, *flags, **environment)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        for part in says:
            self.assertIn(part, run.stdout)


class Layers(CheckTest):
    tool = "check_layers"

    def includes(self, path, include):
        self.write(path, f'#include "{include}"\n')

    def test_down_and_own_room_pass(self):
        self.includes("src/elf/image.cc", "elf/image.h")
        self.includes("src/report/text.cc", "analysis/tree.h")
        self.includes("src/guest/agent/heap.cc", "wire/ring.h")
        self.passes(self.tool)

    def test_up(self):
        self.includes("src/elf/image.cc", "profile/profile.h")
        self.fails(self.tool, "src/elf/image.cc:1", "points up", "profile on 3")

    def test_sideways(self):
        self.includes("src/symbols/find.cc", "stacks/walk.h")
        self.fails(self.tool, "points sideways")

    def test_pages(self):
        self.includes("src/elf/image.cc", "elf/image.h")
        self.write("web/src/views/flame/page.tsx", 'import { a } from "../../model/state";\n')
        self.passes(self.tool)
        self.write("web/src/model/state.ts", 'import { b } from "../views/flame/page";\n')
        self.write("web/src/views/sql/page.tsx", 'const a = await import("../flame/page");\n')
        self.write("web/src/base/time.ts", 'import { c } from "../../outside";\n')
        self.fails(self.tool, "web/src/model/state.ts", "points up", "views/sql/page.tsx",
                   "points sideways", "base/time.ts", "leaves web/src")

    def test_test_program_is_no_exception(self):
        self.includes("src/stats/stats_test.cc", "cli/main.h")
        self.fails(self.tool, "points up")

    def test_guest_sees_only_guest_safe_rooms(self):
        self.includes("src/guest/agent/heap.cc", "elf/image.h")
        self.fails(self.tool, "may include only")

    def test_guest_never_sees_base_host(self):
        self.includes("src/unwind/walk.cc", "base/host/file.h")
        self.fails(self.tool, "unwind runs inside other programs")

    def test_guest_test_is_a_host_program(self):
        self.includes("src/unwind/walk_test.cc", "base/host/file.h")
        self.passes(self.tool)

    def test_top_of_base_never_sees_base_host(self):
        self.includes("src/base/bytes.h", "base/host/file.h")
        self.fails(self.tool, "guest-safe at its top")

    def test_host_part_of_base_sees_itself(self):
        self.includes("src/base/host/file.cc", "base/host/file.h")
        self.passes(self.tool)

    def test_include_of_no_room(self):
        self.includes("src/elf/image.cc", "image.h")
        self.fails(self.tool, "names no room")

    def test_public_header(self):
        self.includes("src/elf/image.cc", "hone/hone.h")
        self.write("include/hone/hone.h", "")
        self.passes(self.tool)

    def test_unknown_room(self):
        self.includes("src/util/strings.cc", "base/types.h")
        self.fails(self.tool, "stands in no room")

    def test_looking_at_nothing_is_a_failure(self):
        self.write("src/elf/image.cc", "int x;\n")
        self.fails(self.tool, "looked at nothing")


class Tidy(CheckTest):
    tool = "check_tidy"

    def fails_tidy(self, *says, **environment):
        self.fails(self.tool, *says, flags=["--no-format"], **environment)

    def test_clean_tree_passes(self):
        self.write("src/elf/CMakeLists.txt", "hone_room(elf)\n")
        self.write("src/elf/README.md", "# elf\n")
        self.write("src/elf/image.h", 
                   HEADER + "// TODO(when files exceed 4 GB): widen.\nint x();\n")
        self.passes(self.tool)

    def test_pragma_once(self):
        self.write("src/elf/image.h", "int x();\n")
        self.fails_tidy("no #pragma once")

    def test_banned_include_in_header_only(self):
        self.write("src/elf/image.cc", "#include <map>\n")
        self.passes(self.tool, "--no-format")
        self.write("src/elf/image.h", HEADER + "#include <map>\n")
        self.fails_tidy("src/elf/image.h:2: #include <map> in a header")

    def test_long_line(self):
        self.write("src/a.cc", "//" + "x" * 98 + "\n")
        self.passes(self.tool, "--no-format")
        self.write("src/a.cc", "//" + "x" * 99 + "\n")
        self.fails_tidy("src/a.cc:1: 101 columns")

    def test_long_file(self):
        self.write("src/a.cc", "\n" * 800)
        self.passes(self.tool, "--no-format")
        self.write("src/a.cc", "\n" * 801)
        self.fails_tidy("801 lines")

    def test_tab(self):
        self.write("src/a.cc", "int\tx;\n")
        self.fails_tidy("a tab")

    def test_newline_at_the_end(self):
        self.write("src/a.cc", "int x;")
        self.fails_tidy("no newline")

    def test_banned_words(self):
        for text in ("TODO: later", "FIXME", "in /home/somebody/x", "see issue 12", "see #12",
                     "a seamless view", "obviously"):
            with self.subTest(text):
                self.write("src/a.cc", f"// {text}\n")
                self.fails_tidy("src/a.cc:1: '")

    def test_words_are_looked_for_in_documents_and_scripts(self):
        self.write("src/a.cc", "\n")
        self.write("docs/guide.md", "TODO\n")
        self.write("run", "#!/bin/sh\n# FIXME\n")
        self.fails_tidy("docs/guide.md:1", "run:2")

    def test_further_words(self):
        self.write("src/a.cc", "// a frobnicator\n")
        self.write("words.list", "frobnic\\w+\n")
        self.passes(self.tool, "--no-format")
        self.fails_tidy("'frobnicator'", HONE_TIDY_WORDS=str(self.root / "words.list"))

    def test_room_without_readme(self):
        self.write("src/elf/CMakeLists.txt", "hone_room(elf)\n")
        self.write("src/elf/a.cc", "\n")
        self.fails_tidy("without a README.md")
        self.write("src/elf/README.md", "line\n" * 31)
        self.fails_tidy("more than 30 lines")

    def test_format(self):
        self.write(".clang-format", (TOOLS.parent / ".clang-format").read_text())
        self.write("src/a.cc", "int  x  ;\n")
        self.fails(self.tool, "src/a.cc: not formatted")

    def test_clang_tidy_that_cannot_look_is_a_failure(self):
        self.write("src/a.cc", "\n")
        self.fails(self.tool, "needs the compile commands", flags=["--no-format", "--clang-tidy"])
        self.write("build/release/compile_commands.json", "[]\n")
        self.fails(self.tool, "git cannot compare",
                   flags=["--no-format", "--clang-tidy", "no-such-commit"])

    def test_long_function_is_a_warning(self):
        self.write("src/a.cc", "void f() {\n" + "  g();\n" * 70 + "}\n")
        run = self.run_tool(self.tool, "--no-format")
        self.assertEqual(run.returncode, 0)
        self.assertIn("src/a.cc:1: a function of 72 lines", run.stdout)

    def test_looking_at_nothing_is_a_failure(self):
        self.write("README.md", "# x\n")
        self.fails_tidy("looked at nothing")


class UnityGroups(CheckTest):
    def groups(self, **texts):
        for name, text in texts.items():
            self.write(f"{name}.cc", text)
        run = subprocess.run([TOOLS / "unity_groups", *(f"{name}.cc" for name in texts)],
                             cwd=self.root, text=True, capture_output=True, check=True)
        return [line.replace(".cc", "") for line in run.stdout.splitlines()]

    def test_files_that_keep_one_name_are_apart(self):
        for kept in ("namespace {\nint other() {\n  return 1;\n}\nint f() { return 2; }\n}\n",
                     "namespace {\nstruct f {\n  int x;\n};\n}  // namespace\n",
                     "static int f(int x);\n", "constexpr int f = 1;\n", "#define f 1\n",
                     "using f = int;\n",
                     "namespace {\nint a = 1, f = 2;\n}  // namespace\n"):
            with self.subTest(kept):
                self.assertEqual(self.groups(a=kept, b="int g();\n", c=kept), ["a;b"])

    def test_what_another_file_calls_is_not_kept_beside_it(self):
        kept = "namespace {\nint f(double x) { return 2; }\n}  // namespace\n"
        self.assertEqual(self.groups(a=kept, b="int g() { return f(1); }\n", c="int x;\n"), ["a;c"])
        self.assertEqual(self.groups(a=kept, b="int g() { return a.f(1); }\n"), ["a;b"])

    def test_names_that_are_everybodys_part_nobody(self):
        text = "namespace hone {\nusing std::size_t;\n/* static int f; */\nint x(int f);\n}\n"
        self.assertEqual(self.groups(a=text, b=text), ["a;b"])

    def test_no_unit_is_too_large(self):
        lines = self.groups(**{f"f{i}": "\n" for i in range(25)})
        self.assertEqual([len(line.split(";")) for line in lines], [10, 10, 5])


if __name__ == "__main__":
    unittest.main()
