#!/usr/bin/env python3
"""What hone/hone.h leaves in a program, and what libhone takes from one.

Built without HONE_ENABLE the code and the data are, byte for byte, those of the same source without
the macros; built with it, the header compiles without a warning in every language and with every
compiler that it is for, and what a span costs while nobody records is one load and one branch.

usage: code_test.py SOURCE_FOLDER LIBHONE.A
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, LIBRARY = (pathlib.Path(argument) for argument in sys.argv[1:3])
MARKED = pathlib.Path(__file__).with_name("marked.inc").read_text()
C = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
CXX = [compiler for compiler in ("g++", "clang++") if shutil.which(compiler)]

# Every kind of lock that hone/lock.h wraps.
LOCKS = """
#include <hone/lock.h>
#include <mutex>
#include <shared_mutex>
#include <type_traits>

GLOBAL
struct Queue {
  MEMBER
  int size = 0;
};
#ifndef HONE_ENABLE
static_assert(std::is_same<LOCK(std::mutex), std::mutex>::value, "");
static_assert(sizeof(Queue) == sizeof(std::shared_timed_mutex) + 8, "");
#endif
int take(Queue& queue) {
  LOCAL
  std::lock_guard<LOCK(std::mutex)> first(global);
  std::lock_guard<LOCK(std::recursive_mutex)> second(local);
  std::lock_guard<LOCK(std::shared_timed_mutex)> third(queue.mutex);
  return queue.size++;
}
int look(Queue& queue) {
  std::shared_lock<LOCK(std::shared_timed_mutex)> guard(queue.mutex);
  return queue.size;
}
"""
WITH_MACROS = """#define LOCK(type) hone::Lock<type>
#define GLOBAL HONE_LOCKABLE_GLOBAL(std::mutex, global);
#define MEMBER HONE_LOCKABLE_NAMED(std::shared_timed_mutex, mutex, "queue");
#define LOCAL HONE_LOCKABLE(std::recursive_mutex, local);
""" + LOCKS
WITHOUT_MACROS = """#define LOCK(type) type
#define GLOBAL std::mutex global;
#define MEMBER std::shared_timed_mutex mutex;
#define LOCAL std::recursive_mutex local;
""" + LOCKS

# From libc, in all of them; weak: not even these need be there.
MAY_NEED = {"memcmp", "memcpy", "memset", "strlen", "strncmp", "_GLOBAL_OFFSET_TABLE_"}
MAY_NEED_WEAKLY = {"environ", "pthread_key_create", "pthread_key_delete", "pthread_setspecific",
                   "pthread_atfork", "__register_atfork", "__dso_handle", "__ehdr_start",
                   "getauxval",
                   # Of the thread sanitizer, in programs that are built with it.
                   "__tsan_acquire", "__tsan_release"}


def without_macros(text):
    text = re.sub(r"HONE_TIME\(\"[^\"]*\", (.*?)\);", r"(\1);", text)
    return re.sub(r"^\s*HONE_.*\n", "", text, flags=re.M)


class Code(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def compiled(self, compiler, text, name, *flags):
        is_cxx = compiler in CXX
        source = self.folder / (name + (".cc" if is_cxx else ".c"))
        source.write_text(text)
        out = source.with_suffix(".o")
        language = "c++14" if is_cxx else "c11"
        done = subprocess.run([compiler, f"-std={language}", f"-I{SOURCE / 'include'}", *flags,
                               "-c", source.name, "-o", out], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return out

    def sections(self, program):
        out = {}
        listed = subprocess.run(["readelf", "-SW", program], check=True, capture_output=True,
                                text=True).stdout
        for name in re.findall(r"\] (\.(?:text|data|rodata|bss|init_array|tdata|tbss)\S*)", listed):
            out[name] = subprocess.run(["objcopy", "-O", "binary", f"--only-section={name}",
                                        "--set-section-flags", f"{name}=alloc", program,
                                        "/dev/stdout"], check=True, capture_output=True).stdout
        return out

    def test_nothing_is_left_when_it_is_off(self):
        for compiler in C + CXX:
            for level in ("-O0", "-O2"):
                with self.subTest(compiler + level):
                    marked = self.sections(self.compiled(compiler, MARKED, "a", level))
                    plain = self.sections(self.compiled(compiler, without_macros(MARKED), "a",
                                                        level))
                    self.assertIn(".text", plain)
                    self.assertGreater(len(plain[".text"]), 100)
                    self.assertEqual(marked, plain)

    def test_a_lock_is_the_lock_itself_when_it_is_off(self):
        for compiler in CXX:
            for level in ("-O0", "-O2"):
                with self.subTest(compiler + level):
                    marked = self.sections(self.compiled(compiler, WITH_MACROS, "a", level))
                    plain = self.sections(self.compiled(compiler, WITHOUT_MACROS, "a", level))
                    self.assertGreater(len(plain[".text"]), 30)
                    self.assertEqual(marked, plain)

    def test_locks_have_no_warning_and_need_no_code_before_main(self):
        for compiler in CXX:
            for standard in ("c++14", "c++17", "c++20"):
                for level in ("-O0", "-O2"):
                    with self.subTest(f"{compiler} {standard} {level}"):
                        out = self.compiled(compiler, WITH_MACROS, "a", f"-std={standard}", level,
                                            "-Wall", "-Wextra", "-Wshadow", "-Werror",
                                            "-DHONE_ENABLE")
                        self.assertNotIn(".init_array", self.sections(out))

    def test_something_is_there_when_it_is_on(self):
        for compiler in C + CXX:
            with self.subTest(compiler):
                marked = self.sections(self.compiled(compiler, MARKED, "a", "-DHONE_ENABLE"))
                plain = self.sections(self.compiled(compiler, MARKED, "a"))
                self.assertGreater(len(marked[".text"]), len(plain[".text"]))

    def test_no_warning_in_any_language(self):
        languages = {**{compiler: ("c11", "c17") for compiler in C},
                     **{compiler: ("c++14", "c++17", "c++20") for compiler in CXX}}
        for compiler, standards in languages.items():
            for standard in standards:
                for level in ("-O0", "-O2"):
                    with self.subTest(f"{compiler} {standard} {level}"):
                        self.compiled(compiler, MARKED, "a", f"-std={standard}", level, "-Wall",
                                      "-Wextra", "-Wshadow", "-Werror", "-DHONE_ENABLE")

    def test_what_a_span_costs_while_nobody_records(self):
        text = ('#include <hone/hone.h>\nvoid work(void);\n'
                'void marked(void) { HONE_SPAN("work"); work(); }\n')
        out = self.compiled("gcc", text, "a", "-O2", "-DHONE_ENABLE", "-ffunction-sections")
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-j", ".text.marked", out],
                              check=True, capture_output=True, text=True).stdout
        before = []
        for line in re.findall(r"^\s+[0-9a-f]+:\s+(.*?)\s*$", code, flags=re.M):
            if line.startswith(("call", "jmp")):
                break
            before.append(line.split()[0])
        if subprocess.run(["gcc", "-dumpmachine"], capture_output=True,
                          text=True).stdout.startswith("x86_64"):
            jumps = [word for word in before if word.startswith("j")]
            self.assertEqual(len(jumps), 1, code)
            self.assertLessEqual(len([w for w in before if w not in ("push", "sub")]), 4, code)

    def test_symbols_of_the_library(self):
        listed = subprocess.run(["nm", LIBRARY], check=True, capture_output=True, text=True).stdout
        defined = {line.split()[2] for line in listed.splitlines()
                   if re.match(r"[0-9a-f]{16} [A-TV-Z] ", line)}
        needed = set(re.findall(r"^ +U (\S+)$", listed, flags=re.M)) - defined
        weakly = set(re.findall(r"^ +w (\S+)$", listed, flags=re.M))
        self.assertTrue(defined)
        self.assertEqual(needed - MAY_NEED, set())
        self.assertEqual(weakly - MAY_NEED_WEAKLY, set())

    def test_cuda_h_stands_alone(self):
        """Without any header of CUDA, on and off, and without a warning."""
        text = ('#include <hone/cuda.h>\nhone::cuda::Device gpu;\nhone::cuda::Activity activity;\n'
                'void step(void* stream) {\n'
                '  HONE_CUDA_SPAN(gpu, stream, "step");\n'
                '  HONE_CUDA_VARIABLE(open)\n  HONE_CUDA_BEGIN(gpu, stream, open, "part");\n'
                '  HONE_CUDA_END(gpu, open);\n  (void)stream;\n}\n'
                'bool start() { return gpu.open() && activity.open(); }\n'
                'void stop(void* stream) {\n  gpu.name(stream, "s");\n  gpu.collect();\n'
                '  activity.collect();\n  gpu.close();\n  activity.close();\n  (void)gpu.why();\n'
                '  (void)activity.why();\n  (void)gpu.left_out();\n'
                '  (void)activity.left_out();\n}\n')
        strict = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
        for compiler in CXX:
            for standard in ("c++14", "c++20"):
                for define in ("-UHONE_ENABLE", "-DHONE_ENABLE"):
                    with self.subTest(f"{compiler} {standard} {define}"):
                        out = self.compiled(compiler, text, "a", f"-std={standard}", "-O2", define,
                                            *strict)
                        if define == "-UHONE_ENABLE":
                            listed = subprocess.run(["nm", "-u", out], check=True,
                                                    capture_output=True, text=True).stdout
                            self.assertEqual(listed, "")

    def test_what_is_declared_of_cuda_is_what_its_own_headers_say(self):
        for folder in ("/usr/local/cuda/include", "/usr/include"):
            if pathlib.Path(folder, "cupti.h").exists():
                break
        else:
            self.skipTest("no cupti.h is installed")
        text = pathlib.Path(__file__).with_name("cupti_layout.inc").read_text()
        for compiler in CXX:
            with self.subTest(compiler):
                self.compiled(compiler, text, "a", "-std=c++20", f"-I{SOURCE / 'src'}",
                              f"-isystem{folder}")

    def test_nothing_else_lies_on_the_page_that_the_shared_memory_takes(self):
        listed = subprocess.run(["nm", "-S", LIBRARY], check=True, capture_output=True,
                                text=True).stdout
        found = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) B hone_own_page$", listed, flags=re.M)
        self.assertEqual([(int(at, 16) % 4096, int(size, 16)) for at, size in found], [(0, 4096)])

    def test_a_program_in_c_links(self):
        text = ('#include <hone/hone.h>\n#include <stdio.h>\n'
                'int main(void) { HONE_SPAN("main"); HONE_PLOT("n", 3); puts("ran"); return 0; }\n')
        for compiler in C:
            for extra in ((), ("-static",)):
                with self.subTest(compiler + str(extra)):
                    program = self.folder / "program"
                    out = self.compiled(compiler, text, "a", "-DHONE_ENABLE")
                    subprocess.run([compiler, out, LIBRARY, *extra, "-o", program], check=True)
                    ran = subprocess.run([program], check=True, capture_output=True, text=True)
                    self.assertEqual(ran.stdout, "ran\n")


if __name__ == "__main__":
    if not C or not CXX:
        print("skipped: no compiler")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
