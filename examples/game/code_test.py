#!/usr/bin/env python3
"""What Hone leaves of the game that is built without it: nothing.

All sources of the game, as one file that includes them, are compiled twice without HONE_ENABLE: as
they are, and with the macros taken out of a copy of their text. Code, data and relocations are the
same, byte for byte, with GCC and clang, at -O0 and -O2.

usage: code_test.py REPOSITORY SHADER_HEADERS
"""
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

REPOSITORY, SHADERS = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
GAME = REPOSITORY / "examples" / "game"
COMPILERS = [compiler for compiler in ("g++", "clang++") if shutil.which(compiler)]
LEVELS = ("-O0", "-O2")
COMPARED = re.compile(rb"\.(rela?\.)?(text|data|rodata|bss|init_array|fini_array|tdata|tbss)\b")


def without_macros(text):
    """Each statement that is a macro of Hone's becomes empty lines, and so do its headers."""
    out, at = [], 0
    for found in re.finditer(r"^[ \t]*HONE_[A-Z_]+\(", text, flags=re.M):
        if found.start() < at:
            continue
        end, depth = found.end(), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        assert text[end] == ";", text[found.start():end + 1]
        out += [text[at:found.start()], "\n" * text.count("\n", found.start(), end)]
        at = end + 1
    text = "".join(out) + text[at:]
    # The queue's object stands in the source, macros or not.
    return re.sub(r"^#include <hone/hone.h>$", "", text, flags=re.M)


def sections(path):
    """{(number, name): bytes} of what is compared in an object file (ELF, 64 bit)."""
    data = path.read_bytes()
    at, = struct.unpack_from("<Q", data, 40)
    size, count, names_index = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, at + i * size) for i in range(count)]
    names = headers[names_index]
    out = {}
    for number, (name, kind, _, _, offset, length) in enumerate(headers):
        start = names[4] + name
        text = data[start:data.index(b"\0", start)]
        if COMPARED.match(text):
            # Of .bss there is only the size.
            out[number, text] = length if kind == 8 else data[offset:offset + length]
    return out


class Code(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        bullet = subprocess.run(["pkg-config", "--cflags", "bullet"], check=True,
                                capture_output=True, text=True).stdout
        # Warnings, too: what is there for the macros alone must not be missed when they are gone.
        # Sources in one file look like headers to GCC, which then asks for names of their own.
        self.flags = ["-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror",
                      "-Wno-unknown-warning-option", "-Wno-subobject-linkage",
                      *bullet.replace("-I", "-isystem ").split()]
        self.marked_files = 0
        for variant in ("marked", "plain"):
            for path in (*GAME.rglob("*.h"), *GAME.rglob("*.cc")):
                copy = self.folder / variant / "game" / path.relative_to(GAME)
                copy.parent.mkdir(parents=True, exist_ok=True)
                text = path.read_text()
                if variant == "plain":
                    plain = without_macros(text)
                    self.assertNotRegex(plain, r"\bHONE_(?!ENABLE)[A-Z]", path)
                    self.assertEqual(plain.count("\n"), text.count("\n"), path)
                    self.marked_files += plain != text
                    text = plain
                copy.write_text(text)

    def compiled(self, variant, compiler, *flags):
        folder = self.folder / variant
        sources = sorted(path.relative_to(GAME) for path in GAME.rglob("*.cc")
                         if not path.stem.endswith(("_test", "_bench", "_main")))
        self.assertGreater(len(sources), 20)
        (folder / "all.cc").write_text("".join(f'#include "game/{each}"\n' for each in sources))
        out = folder / "all.o"
        done = subprocess.run(
            [compiler, "-std=c++20", *flags, "-ffp-contract=off", "-I.", f"-I{SHADERS}",
             f"-I{REPOSITORY / 'include'}", *self.flags, "-c", "all.cc", "-o", out],
            cwd=folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return sections(out)

    def test_nothing_is_left_when_it_is_off(self):
        self.assertGreater(self.marked_files, 10)
        for compiler in COMPILERS:
            for level in LEVELS:
                with self.subTest(compiler + level):
                    marked = self.compiled("marked", compiler, level)
                    plain = self.compiled("plain", compiler, level)
                    code = sum(len(bytes_) for (_, name), bytes_ in plain.items()
                               if name.startswith(b".text"))
                    self.assertGreater(code, 20000)
                    self.assertEqual(marked.keys(), plain.keys())
                    self.assertEqual([key for key in plain if marked[key] != plain[key]], [])
                if (compiler, level) == (COMPILERS[0], "-O0"):
                    # What is there when it is on would have been seen.
                    self.assertNotEqual(self.compiled("marked", compiler, level, "-DHONE_ENABLE"),
                                        plain)


if __name__ == "__main__":
    if not COMPILERS:
        print("skipped: no compiler")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
