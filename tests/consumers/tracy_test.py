#!/usr/bin/env python3
"""A program that is marked for Tracy, recorded by Hone: every macro is used, and what it says "
"is asked
of the recording (hone query). Built as such programs are: by CMake's target, with and without
TRACY_ENABLE, in every standard that Tracy is for."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE / "tracy")]
import harness  # noqa: E402
import c_cases  # noqa: E402
import cxx_cases  # noqa: E402
import vulkan_cases  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HONE_BUILD", ""))
SOURCE = pathlib.Path(os.environ.get("HONE_SOURCE", ""))
COMPILERS = [(c, cxx) for c, cxx in (("gcc", "g++"), ("clang", "clang++")) if shutil.which(c)]
HEADERS = SOURCE / "include" / "hone" / "compat" / "tracy"
INCLUDE = (f"-I{HEADERS.parent}", f"-I{SOURCE / 'include'}")
STRICT = ("-Wall", "-Wextra", "-Werror")


def program(cases, head):
    """Each case in a function of its own; in C and C++."""
    functions = [re.sub(r"\W+", "_", case.macro) for case in cases]
    lines = [head]
    for function, case in zip(functions, cases):
        lines.append(f"static void case_{function}(void) {{\n  {case.code}\n}}")
    calls = "".join(f"  case_{function}();\n" for function in functions)
    lines.append(f"int main(void) {{\n{calls}  return 0;\n}}\n")
    return "\n".join(lines)


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=harness.LIMIT_S * 2, **options)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stdout[-3000:]}{done.stderr[-6000:]}")
    return done.stdout


class Tracy(harness.Case):
    def write(self, name, text):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / name).write_text(text)
        return folder / name

    def configure(self, source, language, compilers, *flags):
        """A project as Tracy's users have it; the folder it is built in."""
        folder = source.parent / f"build-{len(list(source.parent.iterdir()))}"
        run("cmake", "-S", HERE / "tracy", "-B", folder, "-G", "Ninja", f"-DPROGRAM={source}",
            f"-DHONE_SOURCE={SOURCE}", f"-DPROGRAM_LANGUAGE={language}",
            f"-DCMAKE_C_COMPILER={compilers[0]}", f"-DCMAKE_CXX_COMPILER={compilers[1]}", *flags)
        run("cmake", "--build", folder, "-j", "1", "--target", "program")
        return folder / "program"

    def ask(self, path, cases):
        """Of each case what the recording says, rows apart by a semicolon."""
        questions = ";\n".join(case.sql for case in cases)
        done = harness.hone("query", "--format", "json", path, "-f", "-",
                            input=questions.encode())
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        answers, text, at = [], done.stdout.decode(), 0
        decoder = json.JSONDecoder()
        while text[at:].strip():
            at += len(text[at:]) - len(text[at:].lstrip())
            answer, at = decoder.raw_decode(text, at)
            answers.append(answer)
        return answers

    def check(self, binary, cases):
        recording = self.record(binary, flags=("-q", "--spans", "full=block"))
        answers = self.ask(recording.path, cases)
        self.assertEqual(len(answers), len(cases))
        wrong = []
        for case, answer in zip(cases, answers):
            rows = answer["rows"] if isinstance(answer, dict) else answer
            values = [list(row.values())[0] if isinstance(row, dict) else row[0] for row in rows]
            got = ";".join("" if value is None else str(value) for value in values)
            if got != case.answer:
                wrong.append(f"{case.macro}: {got!r}, not {case.answer!r}")
        self.assertEqual(wrong, [])

    def check_off(self, source, cxx, *flags):
        """Without TRACY_ENABLE nothing of Hone is left, and the headers ask for nothing."""
        binary = source.parent / "off"
        run(cxx, *flags, f"-I{HEADERS.parent}", source, "-o", binary, "-pthread")
        run(binary)
        self.assertEqual([line for line in run("nm", "-a", "-C", binary).splitlines()
                          if re.search(r"hone_|hone::|ScopedZone|tracy::(?!SetThread|GetThread)",
                                       line)], [])

    def test_cxx(self):
        source = self.write("main.cc", program(cxx_cases.CASES, cxx_cases.HEAD))
        for compilers in COMPILERS:
            with self.subTest(compilers[1]):
                # Optimized by one of them.
                kind = "Release" if compilers == COMPILERS[0] else "Debug"
                self.check(self.configure(source, "CXX", compilers, f"-DCMAKE_BUILD_TYPE={kind}"),
                           cxx_cases.CASES)

    def test_cxx_off(self):
        # Tracy declares its functions, and has a value for TracyNoop,
        # in programs that are on alone.
        cases = [case for case in cxx_cases.CASES
                 if "IsProfilerStarted" not in case.code and case.macro != "TracyNoop"]
        source = self.write("main.cc", program(cases, cxx_cases.HEAD))
        for _, cxx in COMPILERS:
            with self.subTest(cxx):
                self.check_off(source, cxx, "-std=c++17", *STRICT, "-Wno-unused")

    def test_c(self):
        text = program(c_cases.CASES, c_cases.HEAD)
        source = self.write("main.c", text)
        self.check(self.configure(source, "C", COMPILERS[0]), c_cases.CASES)
        again = self.write("main.cc", text)
        for _, cxx in COMPILERS:
            for standard in ("c++11", "c++20"):
                run(cxx, f"-std={standard}", *STRICT, "-DTRACY_ENABLE", *INCLUDE,
                    "-fsyntax-only", again)
        for c, _ in COMPILERS:
            for flags in (("-O0",), ("-O2",)):
                run(c, "-std=c11", *STRICT, *flags, "-DTRACY_ENABLE", *INCLUDE, "-c",
                    source, "-o", os.devnull)

    def test_c_off(self):
        # The functions are there in programs that are on alone, as Tracy's are.
        cases = [case for case in c_cases.CASES if "___tracy" not in case.code]
        source = self.write("main.c", program(cases, c_cases.HEAD))
        for c, _ in COMPILERS:
            self.check_off(source, c, "-std=c11", *STRICT, "-Wno-unused")

    def vulkan(self, *flags):
        """Built without CMake: the loader is linked, as programs have it."""
        source = self.write("cases.inc", "\n".join(case.code for case in vulkan_cases.CASES))
        binary = source.parent / "program"
        run("g++", "-std=c++17", *STRICT, *flags, *INCLUDE, f"-I{source.parent}",
            HERE / "tracy" / "vulkan.cc", "-o", binary, BUILD / "lib" / "libhone.a", "-lvulkan",
            "-pthread")
        return binary

    def test_vulkan(self):
        probe = subprocess.run(["g++", "-x", "c++", "-fsyntax-only", "-"], capture_output=True,
                               input="#include <vulkan/vulkan.h>", text=True)
        if probe.returncode != 0:
            self.skipTest("libvulkan-dev is not installed")
        off = self.vulkan("-UTRACY_ENABLE")
        told = subprocess.run([off], capture_output=True, text=True, timeout=harness.LIMIT_S)
        if told.returncode == 77:
            self.skipTest(f"no device of Vulkan: {told.stdout}")
        self.assertEqual(told.returncode, 0, told.stderr)
        is_calibrated = told.stdout.startswith("calibrated")
        answers = {"CALIBRATION": "read together" if is_calibrated else "once",
                   "HOST": "200" if is_calibrated else "0"}
        cases = [case._replace(answer=answers.get(case.answer, case.answer))
                 for case in vulkan_cases.CASES]
        for flags in ((), ("-DTRACY_VK_USE_SYMBOL_TABLE",)):
            with self.subTest(flags):
                self.check(self.vulkan("-DTRACY_ENABLE", *flags), cases)

    def test_every_macro_of_vulkan_has_a_case(self):
        text = (HEADERS / "TracyVulkan.hpp").read_text()
        names = set(re.findall(r"^#define (TracyVk\w+)", text, re.M))
        self.assertEqual(names, {case.macro for case in vulkan_cases.CASES})

    def test_lua(self):
        probe = subprocess.run(["g++", "-I/usr/include/lua5.4", "-x", "c++", "-fsyntax-only", "-"],
                               capture_output=True, input="#include <lua.hpp>", text=True)
        if probe.returncode != 0:
            self.skipTest("liblua5.4-dev is not installed")
        source = self.write("main.cc", """
#include <lua.hpp>
#include <tracy/TracyLua.hpp>
int main() {
  lua_State* state = luaL_newstate();
  tracy::LuaRegister(state);
  char script[] = "tracy.ZoneBegin() tracy.ZoneText('x') tracy.ZoneName('y') tracy.Message('z') "
                  "tracy.ZoneEnd() tracy.ZoneBeginN('n') tracy.ZoneEnd() tracy.ZoneBeginS(3) "
                  "tracy.ZoneEnd() tracy.ZoneBeginNS('n', 3) tracy.ZoneEnd() "
                  "tracy.SectionLeave(tracy.SectionEnter('s'))";
  tracy::LuaRemove(script);
  lua_sethook(state, tracy::LuaHook, LUA_MASKCALL, 0);
  const int failed = luaL_dostring(state, script);
  lua_close(state);
  return failed;
}
""")
        for flag in ("-DTRACY_ENABLE", "-UTRACY_ENABLE"):
            binary = source.parent / f"lua{flag}"
            run("g++", "-std=c++11", *STRICT, flag, *INCLUDE, "-I/usr/include/lua5.4", source, "-o",
                binary, BUILD / "lib" / "libhone.a", "-llua5.4")
            run(binary)
        recording = self.record(source.parent / "lua-DTRACY_ENABLE", flags=("-q",))
        done = harness.hone("query", "--format", "csv", recording.path,
                            "SELECT count(*) FROM messages WHERE name GLOB 'zones of Lua*'")
        self.assertEqual(done.stdout.decode().split(), ["count(*)", "1"])

    def instructions(self, compiler, text, function):
        source = self.write("marked.cc", text)
        out = source.with_suffix(".o")
        run(compiler, "-std=c++14", "-O2", "-ffunction-sections", "-fno-exceptions",
            "-DTRACY_ENABLE", "-DHONE_ENABLE", *INCLUDE, "-c", source, "-o", out)
        listed = run("objdump", "-dr", "--no-show-raw-insn", "-j", f".text.{function}", out)
        words = re.findall(r"^\s+[0-9a-f]+:\s+(\S+)", listed, re.M)
        return [word for word in words if not word.startswith(("R_", "nop", "xchg"))]

    def test_a_zone_is_a_span(self):
        """The same instructions, recorded or not: what a zone costs is what a span costs."""
        text = 'extern "C" {{\nvoid work(); void marked() {{ {mark} work(); }} }}\n'
        pairs = {'HONE_SPAN("work");': 'ZoneScopedN("work");', "HONE_FUNCTION();": "ZoneScoped;",
                 'HONE_SPAN_COLORED(0x123456, "work");': 'ZoneScopedNC("work", 0x123456);',
                 'HONE_PLOT("work", 3.0);': 'TracyPlot("work", 3.0);',
                 'HONE_FRAME_OF("set");': 'FrameMarkNamed("set");',
                 'HONE_ALLOCATE("pool", work, 8);': 'TracyAllocN((void*)work, 8, "pool");'}
        for _, cxx in COMPILERS:
            for own, moved in pairs.items():
                with self.subTest(f"{cxx} {moved}"):
                    expected = self.instructions(
                        cxx, "#include <hone/hone.h>\n" + text.format(mark=own), "marked")
                    got = self.instructions(
                        cxx, "#include <tracy/Tracy.hpp>\n" + text.format(mark=moved), "marked")
                    self.assertGreater(len(expected), 20)
                    self.assertEqual(sorted(got), sorted(expected))

    def test_installed(self):
        """find_package(Tracy), a library that is exported with it, TRACY_ENABLE off."""
        prefix = self.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", prefix, "--component", "library")
        source = self.write("main.cc", """
#include <Tracy.hpp>
#include <TracyC.h>
int main() {
  ZoneScopedN("installed");
#if defined(TRACY_ENABLE) && defined(TRACY_MANUAL_LIFETIME)
  if (TracyIsStarted || TracyCIsStarted) return 1;
  tracy::StartupProfiler();
  if (!TracyIsStarted) return 1;
#endif
}
""")
        for flags in ((), ("-DTRACY_MANUAL_LIFETIME=ON", "-DTRACY_DELAYED_INIT=ON"),
                      ("-DTRACY_ON_DEMAND=ON", "-DTRACY_NO_CALLSTACK=ON")):
            on = self.configure(source, "CXX", COMPILERS[0], "-DHONE_SOURCE=",
                                f"-DCMAKE_PREFIX_PATH={prefix}", *flags)
            self.check(on, [cxx_cases.Case("installed", "", "", cxx_cases.spans(
                "name = 'installed'"), "1")])
        run("cmake", "--build", on.parent, "--target", "part")
        run("cmake", "--install", on.parent, "--prefix", self.folder / "parts")
        exported = next((self.folder / "parts").rglob("parts.cmake")).read_text()
        self.assertIn("Tracy::TracyClient", exported)
        off = self.configure(source, "CXX", COMPILERS[0], "-DHONE_SOURCE=", "-DTRACY_ENABLE=OFF",
                             f"-DCMAKE_PREFIX_PATH={prefix}")
        self.assertNotIn("hone_", run("nm", "-a", off))

    def test_every_standard(self):
        # What these standards of the library lack is not for the macros to have.
        cases = [case for case in cxx_cases.CASES if "shared" not in case.code.lower()]
        head = cxx_cases.HEAD.replace("#include <shared_mutex>\n", "")
        source = self.write("main.cc", program(cases, head))
        for _, cxx in COMPILERS:
            for standard in ("c++11", "c++14", "c++17", "c++20"):
                with self.subTest(f"{cxx} {standard}"):
                    # Optimized once: warnings of other kinds are found there.
                    flags = (("-O2", "-fno-exceptions", "-fno-rtti") if standard == "c++11"
                             else ("-fsyntax-only",))
                    run(cxx, f"-std={standard}", *STRICT, *flags, "-DTRACY_ENABLE", *INCLUDE, "-c",
                        source, "-o", os.devnull)

    def test_every_macro_of_c_has_a_case(self):
        on = "".join((HEADERS / name).read_text()
                     for name in ("TracyC.h", "hone_c.h", "hone_c_locks.h", "hone_c_gpu.h"))
        wanted = set(re.findall(r"^\s*#define (Tracy\w+)", on, re.M)) - c_cases.SETTINGS
        cases = {case.macro for case in c_cases.CASES}
        self.assertEqual(wanted - cases, set())
        # Of the functions those that no macro is made of.
        used = {name for name in re.findall(r"___tracy_\w+", "".join(
            case.code for case in c_cases.CASES)) if not name.endswith("_data")}
        functions = set(re.findall(r"\b(___tracy_\w+)\(", on))
        in_macros = set(re.findall(r"\b(___tracy_\w+)\(", "".join(re.findall(
            r"^\s*#define Tracy(?:.*\\\n)*.*$", on, re.M))))
        older = {"___tracy_get_time", "___tracy_emit_memory_discard"}
        self.assertEqual(functions - in_macros - used - older, set())

    def test_every_macro_has_a_case(self):
        cases = {case.macro for case in cxx_cases.CASES} | cxx_cases.SETTINGS
        on = "".join((HEADERS / name).read_text() for name in (
            "Tracy.hpp", "hone_zones.hpp", "hone_marks.hpp", "hone_locks.hpp"))
        off = (HEADERS / "hone_off.hpp").read_text()
        wanted = {name for name in re.findall(r"^\s*#define (\w+)", on, re.M)
                  if not name.startswith(("HONE_", "TRACY_"))}
        self.assertEqual(wanted - cases, set())
        off = set(re.findall(r"^#define (\w+)", off, re.M)) - {"HONE_COMPAT_TRACY_OFF_HPP"}
        self.assertEqual(wanted - cxx_cases.SETTINGS, off)


if __name__ == "__main__":
    harness.main()
