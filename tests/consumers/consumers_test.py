#!/usr/bin/env python3
"""What other people's projects do with the library that is installed: find it by CMake, pkg-config
or as one file, build with it in C11 and C++14, on and off, and are recorded."""
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HONE_BUILD", ""))
SOURCE = pathlib.Path(os.environ.get("HONE_SOURCE", ""))
COMPILERS = [(c, cxx) for c, cxx in (("gcc", "g++"), ("clang", "clang++")) if shutil.which(c)]
OUTER = {"C::outer": 5, "C::inner": 5}


class Consumers(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Not where it was configured for: what is installed may be moved.
        first, cls.prefix = cls.folder / "first", cls.folder / "moved" / "prefix"
        cls.run_quietly("cmake", "--install", BUILD, "--prefix", first, "--component", "library")
        cls.prefix.parent.mkdir()
        first.rename(cls.prefix)
        cls.environment["PKG_CONFIG_PATH"] = str(next(cls.prefix.rglob("hone.pc")).parent)

    @classmethod
    def run_quietly(cls, *words, **options):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              timeout=harness.LIMIT_S, **options)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def build(self, project, compilers, *flags):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.run_quietly("cmake", "-S", HERE / project, "-B", folder, "-G", "Ninja",
                         f"-DCMAKE_PREFIX_PATH={self.prefix}",
                         f"-DCMAKE_C_COMPILER={compilers[0]}",
                         f"-DCMAKE_CXX_COMPILER={compilers[1]}", *flags)
        self.run_quietly("cmake", "--build", folder, "-j", "1")
        return folder

    def spans_of(self, program):
        """name -> count, of a program that is recorded."""
        recording = self.record(program, flags=("-q",))
        done = harness.hone("report", "--json", "--spans", recording.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)["instrumentation"]
        self.assertEqual(told["lost"], 0)
        out = {}
        for span in told["spans"]:
            out[span["name"]] = out.get(span["name"], 0) + span["count"]
        return out

    def assert_nothing_of_hone(self, program):
        self.assertNotIn("hone", self.run_quietly("nm", "-a", program).replace("hone-e2e", ""))
        self.run_quietly(program)

    def test_cmake_in_c(self):
        for compilers in COMPILERS:
            with self.subTest(compilers[0]):
                folder = self.build("cmake_c", compilers)
                self.assertEqual(self.spans_of(folder / "on"), OUTER)
                self.assert_nothing_of_hone(folder / "off")

    def test_cmake_in_cxx_of_parts_on_and_off(self):
        for compilers in COMPILERS:
            with self.subTest(compilers[1]):
                folder = self.build("cmake_cxx", compilers)
                # Where the function that all parts have is one object, whose part was linked first
                # says whether it is marked; then two parts have it, or none.
                spans = self.spans_of(folder / "on")
                self.assertIn(spans.pop("inline", 0), (0, 5, 10, 15, 20))
                self.assertEqual(spans, {"main": 5, "static_on": 5, "shared_on": 5,
                                         "constructor": 1, "destructor": 1})

    def test_the_runtime_alone_out_of_the_sources(self):
        folder = self.build("subfolder", COMPILERS[0], f"-DHONE_SOURCE={SOURCE}")
        self.assertEqual(self.spans_of(folder / "on"), OUTER)
        self.assert_nothing_of_hone(folder / "off")

    def test_make_and_pkg_config(self):
        for compiler, _ in COMPILERS:
            with self.subTest(compiler):
                program = self.folder / f"make-{compiler}"
                self.run_quietly("make", "-C", HERE / "make", f"CC={compiler}", f"OUT={program}",
                                 env=self.environment)
                self.assertEqual(self.spans_of(program), OUTER)

    def single(self):
        return next(self.prefix.rglob("single/hone.h")).parent

    def test_one_file(self):
        for c, cxx in COMPILERS:
            with self.subTest(c):
                folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
                include = f"-I{self.single()}"
                strict = ("-Wall", "-Wextra", "-pedantic", "-Werror", "-DHONE_ENABLE", include)
                self.run_quietly(cxx, "-std=c++17", "-O2", *strict, "-c", HERE / "single/hone.cc",
                                 "-o", folder / "hone.o")
                self.run_quietly(c, "-std=c11", *strict, "-c", HERE / "single/main.c",
                                 "-o", folder / "main.o")
                # Linked as C: nothing of a library of C++ is asked for.
                self.run_quietly(c, folder / "main.o", folder / "hone.o", "-o", folder / "on")
                self.assertEqual(self.spans_of(folder / "on"), OUTER)
                self.run_quietly(c, "-std=c11", "-pedantic", "-Werror", include,
                                 HERE / "single/main.c", "-o", folder / "off")
                self.assert_nothing_of_hone(folder / "off")
                for standard in ("c++14", "c++20"):
                    self.run_quietly(cxx, f"-std={standard}", *strict, "-fno-exceptions",
                                     "-fno-rtti", "-x", "c++", "-fsyntax-only",
                                     HERE / "single/main.c")

    def test_one_file_is_what_the_sources_say(self):
        again = self.folder / "again"
        self.run_quietly(sys.executable, "-B", SOURCE / "tools" / "amalgamate", again)
        for name in ("hone.h", "hone_vulkan.h", "hone_cuda.h"):
            self.assertTrue(filecmp.cmp(self.single() / name, again / name, shallow=False), name)

    def test_vulkan_of_one_file(self):
        text = '#include "hone_vulkan.h"\nhone::vulkan::Queue queue;\n' \
               'void draw(VkCommandBuffer c) { (void)c; HONE_VULKAN_SPAN(queue, c, "pass"); }\n'
        probe = subprocess.run(["g++", "-x", "c++", "-fsyntax-only", "-"], capture_output=True,
                               input="#include <vulkan/vulkan.h>", text=True)
        if probe.returncode != 0:
            self.skipTest("libvulkan-dev is not installed")
        for _, cxx in COMPILERS:
            for define in ("-UHONE_ENABLE", "-DHONE_ENABLE"):
                done = subprocess.run([cxx, "-std=c++14", "-Wall", "-Wextra", "-Werror", define,
                                       f"-I{self.single()}", "-x", "c++", "-fsyntax-only", "-"],
                                      input=text, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_cuda_of_one_file(self):
        text = '#include "hone_cuda.h"\nhone::cuda::Device gpu;\nhone::cuda::Activity activity;\n' \
               'int main() { HONE_CUDA_SPAN(gpu, nullptr, "s"); return gpu.open() + ' \
               'activity.open() + gpu.why()[0] == 0; }\n'
        for _, cxx in COMPILERS:
            with self.subTest(cxx):
                folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
                (folder / "main.cc").write_text(text)
                include = f"-I{self.single()}"
                strict = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", include)
                self.run_quietly(cxx, "-std=c++17", "-O2", "-DHONE_ENABLE", include, "-c",
                                 HERE / "single/hone.cc", "-o", folder / "hone.o")
                self.run_quietly(cxx, "-std=c++14", *strict, "-DHONE_ENABLE", folder / "main.cc",
                                 folder / "hone.o", "-ldl", "-o", folder / "on")
                self.run_quietly(folder / "on")
                self.run_quietly(cxx, "-std=c++14", "-O2", *strict, folder / "main.cc", "-o",
                                 folder / "off")
                self.assert_nothing_of_hone(folder / "off")


if __name__ == "__main__":
    harness.main()
