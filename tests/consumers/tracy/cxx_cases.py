"""Every macro of <tracy/Tracy.hpp>: what it becomes, code that uses it, a question to the "
"recording and
its answer. consumers/tracy_test.py makes a program of the code and asks; docs/guide shows the
table.

"part": what of it is kept, and the rest is not. "none": nothing is kept; the question is for the
notice, where there is one.
"""
import collections

Case = collections.namedtuple("Case", "macro becomes code sql answer kept", defaults=("whole",))


def spans(where):
    return f"SELECT count(*) FROM spans WHERE {where}"


def said(name, key):
    return f"SELECT group_concat(value, '|') FROM span_arguments WHERE name = '{name}' AND " \
           f"key = '{key}'"


def site(column, name):
    return f"SELECT group_concat(DISTINCT {column}) FROM sites WHERE name = '{name}'"


RED = "0x00cc2211"
RED_NUMBER = str(0xcc2211)
STACK = "; the call stack is not: `hone record` samples whole ones"

ZONES = [
    Case("ZoneScoped", "`HONE_FUNCTION`: a span of its function's name", "ZoneScoped;",
         spans("name = 'case_ZoneScoped'"), "1"),
    Case("ZoneScopedN", "`HONE_SPAN`", 'ZoneScopedN("N::n");', spans("name = 'N::n'"), "1"),
    Case("ZoneScopedC", "a span with a color", f"ZoneScopedC({RED});",
         site("color", "case_ZoneScopedC"), RED_NUMBER),
    Case("ZoneScopedNC", "`HONE_SPAN_COLORED`", 'ZoneScopedNC("nc", tracy::Color::Red4);',
         site("color", "nc"), str(0x8b0000)),
    Case("ZoneScopedS", "a span" + STACK, "ZoneScopedS(8);", spans("name = 'case_ZoneScopedS'"),
         "1", "part"),
    Case("ZoneScopedNS", "a span" + STACK, 'ZoneScopedNS("ns", 8);', spans("name = 'ns'"), "1",
         "part"),
    Case("ZoneScopedCS", "a span with a color" + STACK, f"ZoneScopedCS({RED}, 8);",
         site("color", "case_ZoneScopedCS"), RED_NUMBER, "part"),
    Case("ZoneScopedNCS", "a span with a color" + STACK, f'ZoneScopedNCS("ncs", {RED}, 8);',
         site("color", "ncs"), RED_NUMBER, "part"),
    Case("ZoneNamed", "a span; none where its condition is false",
         "ZoneNamed(on, true); ZoneNamed(off, yes() == 2);",
         spans("name = 'case_ZoneNamed'"), "1"),
    Case("ZoneNamedN", "the same", 'ZoneNamedN(a, "named n", true); ZoneNamedN(b, "named n", '
    'false);',
         spans("name = 'named n'"), "1"),
    Case("ZoneNamedC", "the same", f"ZoneNamedC(a, {RED}, true);",
         site("color", "case_ZoneNamedC"), RED_NUMBER),
    Case("ZoneNamedNC", "the same", f'ZoneNamedNC(a, "named nc", {RED}, true);',
         site("color", "named nc"), RED_NUMBER),
    Case("ZoneNamedS", "a span" + STACK, "ZoneNamedS(a, 4, true);",
         spans("name = 'case_ZoneNamedS'"), "1", "part"),
    Case("ZoneNamedNS", "a span" + STACK, 'ZoneNamedNS(a, "named ns", 4, true);',
         spans("name = 'named ns'"), "1", "part"),
    Case("ZoneNamedCS", "a span" + STACK, f"ZoneNamedCS(a, {RED}, 4, true);",
         site("color", "case_ZoneNamedCS"), RED_NUMBER, "part"),
    Case("ZoneNamedNCS", "a span" + STACK, f'ZoneNamedNCS(a, "named ncs", {RED}, 4, true);',
         site("color", "named ncs"), RED_NUMBER, "part"),
    Case("ZoneTransient", "a span whose place is described at run time", "ZoneTransient(a, true);",
         spans("name = 'case_ZoneTransient'"), "1"),
    Case("ZoneTransientN", "the same, by the name's text; its texts are copied",
         'for (int i = 0; i < 3; ++i) { std::string name = "trans " + std::to_string(i % 2); '
         "ZoneTransientN(a, name.c_str(), true); }",
         "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM spans WHERE name GLOB 'trans *' "
         "GROUP BY name ORDER BY name)", "2,1"),
    Case("ZoneTransientNC", "the same, with a color", f'ZoneTransientNC(a, "tnc", {RED}, true);',
         site("color", "tnc"), RED_NUMBER),
    Case("ZoneTransientS", "the same" + STACK, "ZoneTransientS(a, 4, true);",
         spans("name = 'case_ZoneTransientS'"), "1", "part"),
    Case("ZoneTransientNS", "the same" + STACK, 'ZoneTransientNS(a, "tns", 4, true);',
         spans("name = 'tns'"), "1", "part"),
    Case("ZoneText", "the span's argument `text`, of 1,023 bytes at most",
         'ZoneScopedN("text"); ZoneText("hello there", 5); ZoneText("you", 3);',
         said("text", "text"), "hello|you"),
    Case("ZoneTextV", "the same, also of an outer span",
         'ZoneNamedN(outer, "text v", true); { ZoneScopedN("text in"); ZoneText("in", 2); '
         'ZoneTextV(outer, "out", 3); }',
         said("text v", "text") + " UNION ALL " + said("text in", "text"), "out;in"),
    Case("ZoneTextF", "the same", 'ZoneScopedN("text f"); ZoneTextF("%d of %s", 3, "four");',
         said("text f", "text"), "3 of four"),
    Case("ZoneTextVF", "the same", 'ZoneNamedN(a, "text vf", true); ZoneTextVF(a, "%d", 17);',
         said("text vf", "text"), "17"),
    Case("ZoneName", "the span's name from now on, with its file and line",
         'ZoneScopedN("to be"); ZoneText("kept", 4); ZoneName("renamed!", 7);',
         "SELECT (SELECT count(*) FROM spans WHERE name = 'to be') || (SELECT count(*) FROM "
         "spans s "
         "JOIN sites p ON p.id = s.site WHERE s.name = 'renamed' AND p.file <> '' AND p.line > 0 "
         "AND "
         "p.function = 'case_ZoneName') || (SELECT value FROM span_arguments a JOIN spans s ON "
         "a.site = s.site AND a.ts = s.ts WHERE s.name = 'renamed')", "01kept"),
    Case("ZoneNameV", "the same", 'ZoneNamedN(a, "to be", true); ZoneNameV(a, "name v", 6);',
         spans("name = 'name v'"), "1"),
    Case("ZoneNameF", "the same", 'ZoneScopedN("to be"); ZoneNameF("name %d", 7);',
         spans("name = 'name 7'"), "1"),
    Case("ZoneNameVF", "the same", 'ZoneNamedN(a, "to be", true); ZoneNameVF(a, "name %d", 8);',
         spans("name = 'name 8'"), "1"),
    Case("ZoneColor", "the span's color from now on", f'ZoneScopedN("colored"); ZoneColor({RED});',
         "SELECT p.color FROM spans s JOIN sites p ON p.id = s.site WHERE s.name = 'colored'",
         RED_NUMBER),
    Case("ZoneColorV", "the same", f'ZoneNamedN(a, "colored v", true); ZoneColorV(a, {RED});',
         "SELECT p.color FROM spans s JOIN sites p ON p.id = s.site WHERE s.name = 'colored v'",
         RED_NUMBER),
    Case("ZoneValue", "the span's argument `value`",
         'ZoneScopedN("valued"); ZoneValue(18446744073709551615ull); ZoneValue(7);',
         said("valued", "value"), "18446744073709551615|7"),
    Case("ZoneValueV", "the same", 'ZoneNamedN(a, "valued v", true); ZoneValueV(a, 9);',
         said("valued v", "value"), "9"),
    Case("ZoneIsActive", "true where the span is recorded now",
         'ZoneScopedN("active"); if (ZoneIsActive) { ZoneText("yes", 3); }', said("active", "text"),
         "yes"),
    Case("ZoneIsActiveV", "the same",
         'ZoneNamedN(a, "active v", true); ZoneNamedN(b, "no", yes() == 2); '
         'if (ZoneIsActiveV(a) && !ZoneIsActiveV(b)) { ZoneTextV(a, "yes", 3); }',
         said("active v", "text"), "yes"),
]

MARKS = [
    Case("FrameMark", "`HONE_FRAME`", "for (int i = 0; i < 4; ++i) { FrameMark; }",
         "SELECT count(*) FROM frame_marks WHERE name = 'frame' AND kind = 'next'", "4"),
    Case("FrameMarkNamed", "`HONE_FRAME_OF`; the name may be made at run time",
         'const char* volatile name = "shadow"; FrameMarkNamed("physics"); FrameMarkNamed(name); '
         "FrameMarkNamed(name);",
         "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM frame_marks WHERE name IN "
         "('physics', 'shadow') GROUP BY name ORDER BY name)", "1,2"),
    Case("FrameMarkStart", "`HONE_FRAME_BEGIN`; the name may be made at run time",
         "struct Part { const char* name; void run() { FrameMarkStart(name); FrameMarkEnd(name); "
         '} }; Part{"net"}.run(); Part{"disk"}.run(); Part{"net"}.run();',
         "SELECT group_concat(name || n) FROM (SELECT name, count(*) AS n FROM frame_marks WHERE "
         "name IN ('net', 'disk') AND kind = 'begin' GROUP BY name ORDER BY name)", "disk1,net2"),
    Case("FrameMarkEnd", "`HONE_FRAME_END`", 'FrameMarkStart("net2"); FrameMarkEnd("net2");',
         "SELECT count(*) FROM frame_times WHERE name = 'net2'", "1"),
    Case("FrameImage", "nothing: no images are recorded; a message says so once",
         "static const char pixels[4 * 4 * 4] = {}; FrameImage(pixels, 4, 4, 0, false);",
         "SELECT count(*) FROM messages WHERE name GLOB 'FrameImage*' AND level = 'warn'", "1",
         "none"),
    Case("TracyPlot", "`HONE_PLOT`; the name may be made at run time",
         'TracyPlot("plotted", int64_t{5}); TracyPlot("plotted", 2.5); TracyPlot("plotted", 1.5f); '
         'const char* volatile name = "run time"; TracyPlot(name, int64_t{-3});',
         "SELECT group_concat(value) FROM plots WHERE name IN ('plotted', 'run time')",
         "5.0,2.5,1.5,-3.0"),
    Case("TracyPlotConfig", "the plot's unit and color, whether before or after its first value; "
    "not "
         "whether it is drawn in steps or filled",
         'TracyPlot("late", int64_t{1}); '
         'TracyPlotConfig("late", tracy::PlotFormatType::Percentage, true, false, 0x112233); '
         'TracyPlotConfig("early", tracy::PlotFormatType::Memory, true, false, 0); '
         'TracyPlot("early", int64_t{2}); TracyPlot("late", int64_t{2});',
         "SELECT group_concat(unit || value, ' ') FROM (SELECT * FROM plots WHERE name IN ('late', "
         "'early') ORDER BY name, value)", "bytes2.0 1.0 percent2.0", "part"),
    Case("TracyMessage", "a message named `message`, with the argument `text`, of 1,023 bytes at "
         "most", 'std::string text = "loaded level 3"; TracyMessage(text.c_str(), text.size());',
         "SELECT value FROM span_arguments WHERE name = 'message' AND value = 'loaded level 3'",
         "loaded level 3"),
    Case("TracyMessageL", "`HONE_EVENT`: the literal is what it says",
         'const char* volatile other = "not literal"; TracyMessageL("a literal"); '
         "TracyMessageL(other);",
         "SELECT (SELECT count(*) FROM messages WHERE name = 'a literal') || (SELECT count(*) FROM "
         "span_arguments WHERE name = 'message' AND value = 'not literal')", "11"),
    Case("TracyMessageC", "a message, the color as its argument",
    f'TracyMessageC("colored!", 7, {RED});',
         "SELECT b.value FROM span_arguments a JOIN span_arguments b ON a.ts = b.ts AND b.key = "
         "'color' "
         "WHERE a.value = 'colored'", RED_NUMBER),
    Case("TracyMessageLC", "a message, the color as its place's",
    f'TracyMessageLC("lit c", {RED});',
         site("color", "lit c"), RED_NUMBER),
    Case("TracyMessageS", "as without S" + STACK, 'TracyMessageS("ms text", 7, 3);',
         "SELECT count(*) FROM span_arguments WHERE value = 'ms text'", "1", "part"),
    Case("TracyMessageLS", "as without S" + STACK, 'TracyMessageLS("lit s", 3);',
         "SELECT count(*) FROM messages WHERE name = 'lit s'", "1", "part"),
    Case("TracyMessageCS", "as without S" + STACK, f'TracyMessageCS("mcs text", 8, {RED}, 3);',
         "SELECT count(*) FROM span_arguments WHERE value = 'mcs text'", "1", "part"),
    Case("TracyMessageLCS", "as without S" + STACK, f'TracyMessageLCS("lit cs", {RED}, 3);',
         "SELECT count(*) FROM messages WHERE name = 'lit cs'", "1", "part"),
    Case("TracyLogString", "a message of that level (fatal is error)" + STACK,
         'TracyLogString(tracy::MessageSeverity::Warning, 0, 0, "low fuel"); '
         'TracyLogString(tracy::MessageSeverity::Fatal, 0, 0, 3, "no fuel");',
         "SELECT group_concat(m.level || ' ' || a.value, ', ') FROM messages m JOIN "
         "span_arguments a "
         "ON a.ts = m.ts AND a.site = m.site WHERE a.value IN ('low fuel', 'no ')",
         "warn low fuel, error no ", "part"),
    Case("TracyAppInfo", "`HONE_APP_INFO` of the key `info`", 'TracyAppInfo("build 71xx", 8);',
         "SELECT group_concat(value) FROM meta WHERE key = 'app.info'", "build 71"),
    Case("TracySetProgramName", "`HONE_APP_INFO` of the key `program`",
         'TracySetProgramName("the game");', "SELECT value FROM meta WHERE key = 'app.program'",
         "the game"),
    Case("TracyParameterSetup", "`HONE_APP_INFO` of the key `parameter.NAME`: its first value",
         'TracyParameterSetup(0, "detail", TracyParamTypeInt, 7);',
         "SELECT value FROM meta WHERE key = 'app.parameter.detail'", "7", "part"),
    Case("TracyParameterRegister", "nothing: Hone changes no program; a message says so once",
         "TracyParameterRegister([](void*, uint32_t, int32_t) {}, nullptr);",
         "SELECT count(*) FROM messages WHERE name GLOB 'TracyParameterRegister*'", "1", "none"),
    Case("TracySourceCallbackRegister", "nothing: sources are read from files; a message says so "
    "once",
         "TracySourceCallbackRegister([](void*, const char*, size_t&) -> char* { return nullptr; "
         "}, "
         "nullptr);",
         "SELECT count(*) FROM messages WHERE name GLOB 'TracySourceCallback*'", "1", "none"),
    Case("TracySectionEnter", "an asynchronous span", 'const uint32_t id = '
    'TracySectionEnter("level %d", 4);'
         " TracySectionLeave(id);",
         "SELECT count(*) FROM flows WHERE name = 'level 4' AND kind = 'span begin'", "1"),
    Case("TracySectionEnterCategory", "the same; the category's number is not kept",
         'const uint32_t id = TracySectionEnterCategory(3, "section 3"); TracySectionLeave(id);',
         "SELECT count(*) FROM flows WHERE name = 'section 3'", "2", "part"),
    Case("TracySectionLeave", "its end", 'const uint32_t id = TracySectionEnter("left"); '
         "TracySectionLeave(id);",
         "SELECT count(DISTINCT flow) FROM flows WHERE name = 'left' AND kind = 'span end'", "1"),
    Case("TracySectionSetup", "`HONE_APP_INFO` of the key `section.CATEGORY`",
         'TracySectionSetup(3, "levels of %s", "dread");',
         "SELECT value FROM meta WHERE key = 'app.section.3'", "levels of dread"),
    Case("TracyIsConnected", "true while somebody records",
         'if (TracyIsConnected) { ZoneScopedN("connected"); }', spans("name = 'connected'"), "1"),
    Case("TracyIsStarted", "true; with TRACY_MANUAL_LIFETIME after tracy::StartupProfiler()",
         'if (TracyIsStarted) { ZoneScopedN("started"); }', spans("name = 'started'"), "1"),
    Case("TracyNoop", "true: libhone is linked", 'if (TracyNoop) { ZoneScopedN("noop"); }',
         spans("name = 'noop'"), "1"),
]


def pool(name, kind):
    return f"SELECT count(*) || ' ' || sum(bytes) FROM allocations WHERE name = '{name}' AND " \
           f"kind = '{kind}'"


def memory(prefix, depth):
    """Alloc and Free, of a pool or of none, with a depth or without."""
    out = []
    for named in ("N", ""):
        for deep in ("S", "") if depth else ("",):
            kind = named + deep
            arguments = (", 9" if deep else "") + (f', "{prefix} {kind}"' if named else "")
            where = f"{prefix} {kind}" if named else "memory"
            size = 1000 + len(out) + (500 if prefix == "TracySecure" else 0)
            address = f"reinterpret_cast<void*>({0x10000 + 64 * size})"
            end = STACK if deep else ""
            out.append(Case(
                f"{prefix}Alloc{kind}", "`HONE_ALLOCATE`" + ("" if named else " of the pool "
                "`memory`") +
                end, f"{prefix}Alloc{kind}({address}, {size}{arguments});",
                f"SELECT name FROM allocations WHERE kind = 'allocated' AND bytes = {size}", where,
                "part" if deep else "whole"))
            out.append(Case(
                f"{prefix}Free{kind}", "`HONE_FREE`" + end,
                f"{prefix}Free{kind}({address}{arguments});",
                "SELECT name FROM allocations WHERE kind = 'freed' AND "
                 f"address = {0x10000 + 64 * size}",
                where, "part" if deep else "whole"))
        deep = named != "N"
        out.append(Case(
            f"{prefix}MemoryDiscard{'S' if deep else ''}",
            "`HONE_POOL_RESET`" + (STACK if deep else ""),
            f'{prefix}MemoryDiscard{"S" if deep else ""}("{prefix} gone {deep}"'
             f'{", 3" if deep else ""});',
            f"SELECT kind FROM allocations WHERE name = '{prefix} gone {deep}'", "all freed",
            "part" if deep else "whole"))
    return out


MEMORY = memory("Tracy", True) + memory("TracySecure", True)


def held(name, more=""):
    return f"SELECT count(*) FROM locks WHERE name = '{name}' AND outcome = 'let go'{more}"


LOCKS = [
    Case("TracyLockable", "`HONE_LOCKABLE`", "TracyLockable(std::mutex, mutex_of_t); "
         "{ std::lock_guard<LockableBase(std::mutex)> guard(mutex_of_t); }", held("mutex_of_t"),
         "1"),
    Case("TracyLockableN", "`HONE_LOCKABLE_NAMED`", 'TracyLockableN(std::mutex, mutex, "lock n"); '
         "for (int i = 0; i < 3; ++i) { mutex.lock(); mutex.unlock(); }", held("lock n"), "3"),
    Case("TracySharedLockable", "`HONE_LOCKABLE`", "TracySharedLockable(std::shared_timed_mutex, "
    "both); "
         "{ std::shared_lock<SharedLockableBase(std::shared_timed_mutex)> guard(both); }",
         held("both", " AND shared = 1"), "1"),
    Case("TracySharedLockableN", "`HONE_LOCKABLE_NAMED`",
         'TracySharedLockableN(std::shared_timed_mutex, lock, "shared n"); lock.lock(); '
         'lock.unlock(); '
         "if (lock.try_lock_shared()) lock.unlock_shared();",
         "SELECT group_concat(shared) FROM locks WHERE name = 'shared n'", "0,1"),
    Case("LockableBase", "the type `tracy::Lockable`, a `hone::Lock`",
         'TracyLockableN(std::recursive_mutex, lock, "base"); '
         "std::unique_lock<LockableBase(std::recursive_mutex)> guard(lock, std::try_to_lock); "
         "guard.unlock();", held("base"), "1"),
    Case("SharedLockableBase", "the same",
         'TracySharedLockableN(std::shared_timed_mutex, lock, "shared base"); '
         "{ std::lock_guard<SharedLockableBase(std::shared_timed_mutex)> guard(lock); }",
         held("shared base"), "1"),
    Case("LockMark", "a message `lock held` with the lock's name, and where",
         'TracyLockableN(std::mutex, lock, "marked lock"); '
         "std::lock_guard<LockableBase(std::mutex)> guard(lock); LockMark(lock);",
         "SELECT a.value || ' ' || p.function FROM span_arguments a JOIN sites p ON p.id = a.site "
         "WHERE a.name = 'lock held'", "marked lock case_LockMark"),
    Case("LockableName", "the lock's name from now on",
         'TracyLockable(std::mutex, plain); LockableName(plain, "given name", 10); plain.lock(); '
         "plain.unlock();", held("given name"), "1"),
]

THREADS = [
    Case("tracy::SetThreadName", "`HONE_THREAD`, and the kernel's name of 15 bytes",
         'std::thread([] { tracy::SetThreadName("a worker with a long name"); '
         'ZoneScopedN("worker"); '
         "}).join();",
         "SELECT thread_name FROM spans WHERE name = 'worker'", "a worker with a long name"),
    Case("tracy::SetThreadNameWithHint", "the same; the hint is for the order of Tracy's view",
         'std::thread([] { tracy::SetThreadNameWithHint("hinted", 4); ZoneScopedN("hint"); '
         '}).join();',
         "SELECT thread_name FROM spans WHERE name = 'hint'", "hinted", "part"),
    Case("tracy::GetThreadName", "the kernel's name of a thread",
         'std::thread([] { tracy::SetThreadName("asked"); ZoneScopedN("ask"); const char* name = '
         "tracy::GetThreadName(tracy::GetThreadHandle()); ZoneText(name, strlen(name)); }).join();",
         said("ask", "text"), "asked"),
    Case("tracy::StartupProfiler", "a message; TracyIsStarted is true then",
         'tracy::StartupProfiler(); if (tracy::IsProfilerStarted()) { ZoneScopedN("is started"); }',
         "SELECT (SELECT count(*) FROM messages WHERE name = 'StartupProfiler') || "
         "(SELECT count(*) FROM spans WHERE name = 'is started')", "11"),
    Case("tracy::ShutdownProfiler", "a message; TracyIsStarted is false then. What is marked "
    "later is "
         "recorded nevertheless",
         'tracy::ShutdownProfiler(); if (!tracy::IsProfilerStarted()) { ZoneScopedN("is shut '
         'down"); }',
         "SELECT (SELECT count(*) FROM messages WHERE name = 'ShutdownProfiler') || "
         "(SELECT count(*) FROM spans WHERE name = 'is shut down')", "11"),
    Case("TracyFiberEnter", "what follows is the fiber's: a row among the threads by its name",
         'static const char one[] = "fiber one", two[] = "fiber two"; ZoneScopedN("around '
         'fibers"); '
         "TracyFiberEnter(one); auto* in_one = new Zone(\"in one\"); TracyFiberEnter(two); "
         'auto* in_two = new Zone("in two"); TracyFiberEnter(one); delete in_one; '
         "TracyFiberEnter(two); delete in_two; TracyFiberLeave;",
         "SELECT group_concat(name || ' ' || thread_name || ' ' || nested || depth, ', ') FROM "
         "(SELECT * "
         "FROM spans WHERE name IN ('in one', 'in two') ORDER BY name)",
         "in one fiber one 10, in two fiber two 10"),
    Case("TracyFiberEnterHint", "the same; the hint is for the order of Tracy's view",
         'TracyFiberEnterHint("hinted fiber", 3); { ZoneScopedN("in hinted"); } TracyFiberLeave;',
         "SELECT thread_name FROM spans WHERE name = 'in hinted'", "hinted fiber", "part"),
    Case("TracyFiberLeave", "what follows is the thread's again",
         'std::thread([] { tracy::SetThreadName("has fibers"); TracyFiberEnter("left fiber"); '
         '{ ZoneScopedN("left in"); } TracyFiberLeave; ZoneScopedN("left out"); }).join();',
         "SELECT group_concat(thread_name) FROM (SELECT * FROM spans WHERE name IN ('left in', "
         "'left out') ORDER BY name)", "left fiber,has fibers"),
]

CASES = ZONES + MARKS + MEMORY + LOCKS + THREADS
# Macros that say how a program is built, or are for the other macros.
SETTINGS = {"TracyConcat", "TracyConcatIndirect", "TracyFunction", "TracyFile", "TracyLine",
            "TracyParamTypeInt", "TracyParamTypeBool", "TracyParamTypeTrigger"}
HEAD = """\
#define TRACY_FIBERS
#include <tracy/Tracy.hpp>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

__attribute__((noinline)) int yes() { return 1; }
#ifdef TRACY_ENABLE
// As programs have it that wrap Tracy's class in their own.
struct Zone {
  explicit Zone(const char* name)
      : zone(7, "file", 4, "function", 8, name, strlen(name), 0, -1, true) {}
  tracy::ScopedZone zone;
};
#else
struct Zone {
  explicit Zone(const char*) {}
};
#endif
"""
