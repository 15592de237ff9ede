"""Every macro of <tracy/TracyC.h>, and what programs call beside them; as cxx_cases.py."""
from cxx_cases import RED, RED_NUMBER, STACK, Case, held, said, site, spans

PLACE = 'static const struct ___tracy_source_location_data at = {"%s", "f", "file.c", 9, 0x123456};'
ALLOC = '___tracy_alloc_srcloc_name(7, "made.c", 6, "maker", 5, "%s", %d, 0x00cc2211)'


def zone(macro, arguments, becomes="a span", sql=None, answer="1", kept="whole", body="yes();"):
    return Case(macro, becomes, f"{macro}({arguments}) {body} TracyCZoneEnd(zone)",
                sql or spans(f"name = 'case_{macro}'"), answer, kept)


def within(macro, name, use, becomes, sql, answer):
    return Case(macro, becomes, f'TracyCZoneN(zone, "{name}", 1) {use} TracyCZoneEnd(zone)',
    sql, answer)


ZONES = [
    zone("TracyCZone", "zone, 1", "a span of its function's name"),
    zone("TracyCZoneN", 'zone, "c n", 1', sql=spans("name = 'c n'")),
    zone("TracyCZoneC", f"zone, {RED}, 1", "a span with a color",
         site("color", "case_TracyCZoneC"), RED_NUMBER),
    zone("TracyCZoneNC", f'zone, "c nc", {RED}, 1', "a span with a color", site("color", "c nc"),
         RED_NUMBER),
    zone("TracyCZoneS", "zone, 5, 1", "a span" + STACK, kept="part"),
    zone("TracyCZoneNS", 'zone, "c ns", 5, 1', "a span" + STACK, spans("name = 'c ns'"), "1",
    "part"),
    zone("TracyCZoneCS", f"zone, {RED}, 5, 1", "a span" + STACK, site("color", "case_TracyCZoneCS"),
         RED_NUMBER, "part"),
    zone("TracyCZoneNCS", f'zone, "c ncs", {RED}, 5, 1', "a span" + STACK, site("color", "c ncs"),
         RED_NUMBER, "part"),
    Case("TracyCZoneEnd", "its end; of one that was not active nothing",
         'TracyCZoneN(a, "c end", 1) TracyCZoneN(b, "c end", 0) TracyCZoneEnd(b) TracyCZoneEnd(a)',
         spans("name = 'c end'"), "1"),
    within("TracyCZoneText", "c text", 'TracyCZoneText(zone, "hello", 4)',
    "the span's argument `text`",
           said("c text", "text"), "hell"),
    within("TracyCZoneTextF", "c text f", 'TracyCZoneTextF(zone, "%d %s", 3, "c")', "the same",
           said("c text f", "text"), "3 c"),
    within("TracyCZoneName", "c to be", f'TracyCZoneName(zone, "c name", 6) '
    f'TracyCZoneColor(zone, {RED})',
           "the span's name from now on", "SELECT p.color || p.function FROM spans s JOIN sites "
           "p ON p.id = "
           "s.site WHERE s.name = 'c name'", RED_NUMBER + "case_TracyCZoneName"),
    within("TracyCZoneNameF", "c to be", 'TracyCZoneNameF(zone, "c name %d", 3)', "the same",
           spans("name = 'c name 3'"), "1"),
    within("TracyCZoneColor", "c color", f"TracyCZoneColor(zone, {RED})",
    "the span's color from now on",
           "SELECT p.color FROM spans s JOIN sites p ON p.id = s.site WHERE s.name = 'c color'",
           RED_NUMBER),
    within("TracyCZoneValue", "c value", "TracyCZoneValue(zone, 77)", "the span's argument `value`",
           said("c value", "value"), "77"),
    Case("___tracy_emit_zone_begin", "a span; its place is found by its address",
         (PLACE % "direct") + " for (int i = 0; i < 3; ++i) { TracyCZoneCtx zone = "
         "___tracy_emit_zone_begin(&at, 1); ___tracy_emit_zone_end(zone); }",
         "SELECT count(*) || p.function || p.file || p.line FROM spans s JOIN sites p ON p.id = "
         "s.site "
         "WHERE s.name = 'direct'", "3ffile.c9"),
    Case("___tracy_emit_zone_begin_callstack", "the same" + STACK, (PLACE % "direct s") +
         " TracyCZoneCtx zone = ___tracy_emit_zone_begin_callstack(&at, 4, 1); "
         "___tracy_emit_zone_end(zone);", spans("name = 'direct s'"), "1", "part"),
    Case("___tracy_alloc_srcloc", "a place made at run time, the same for the same texts",
         "for (int i = 0; i < 2; ++i) { TracyCZoneCtx zone = ___tracy_emit_zone_begin_alloc("
         '___tracy_alloc_srcloc(7, "made.c", 6, "maker of spans", 5, 0), 1); '
         "___tracy_emit_zone_end(zone); }",
         "SELECT count(*) || count(DISTINCT site) FROM spans WHERE name = 'maker'", "21"),
    Case("___tracy_alloc_srcloc_name", "the same", "TracyCZoneCtx zone = "
    "___tracy_emit_zone_begin_alloc("
         + ALLOC % ("made up", 4) + ", 1); ___tracy_emit_zone_end(zone);",
         "SELECT p.function || p.line || p.color FROM spans s JOIN sites p ON p.id = s.site "
         "WHERE s.name "
         "= 'made'", "maker7" + RED_NUMBER),
    Case("___tracy_emit_zone_begin_alloc", "a span of such a place",
         "TracyCZoneCtx zone = ___tracy_emit_zone_begin_alloc(" + ALLOC % ("begun", 5) +
         ", 1); ___tracy_emit_zone_end(zone);", spans("name = 'begun'"), "1"),
    Case("___tracy_emit_zone_begin_alloc_callstack", "the same" + STACK,
         "TracyCZoneCtx zone = ___tracy_emit_zone_begin_alloc_callstack(" + ALLOC % ("begun s", 7) +
         ", 3, 1); ___tracy_emit_zone_end(zone);", spans("name = 'begun s'"), "1", "part"),
]


def frames(name, kind):
    return f"SELECT count(*) FROM frame_marks WHERE name = '{name}' AND kind = '{kind}'"


def message(macro, arguments, text, becomes="a message named `message`, with the argument `text`",
            kept="whole"):
    return Case(macro, becomes, f"{macro}({arguments});",
                f"SELECT count(*) FROM span_arguments WHERE name = 'message' AND value = "
                f"'{text}'", "1",
                kept)


MARKS = [
    Case("TracyCFrameMark", "`HONE_FRAME`", "for (int i = 0; i < 3; ++i) { TracyCFrameMark }",
         frames("frame", "next"), "3"),
    Case("TracyCFrameMarkNamed", "`HONE_FRAME_OF`", 'TracyCFrameMarkNamed("c set")',
         frames("c set", "next"), "1"),
    Case("TracyCFrameMarkStart", "`HONE_FRAME_BEGIN`", 'TracyCFrameMarkStart("c part")',
         frames("c part", "begin"), "1"),
    Case("TracyCFrameMarkEnd", "`HONE_FRAME_END`", 'TracyCFrameMarkEnd("c part")',
         frames("c part", "end"), "1"),
    Case("TracyCFrameImage", "nothing: no images are recorded; a message says so once",
         "static const char pixels[64] = {0}; TracyCFrameImage(pixels, 4, 4, 0, 0)",
         "SELECT count(*) FROM messages WHERE name GLOB 'FrameImage*' AND level = 'warn'", "1",
         "none"),
    Case("TracyCPlot", "`HONE_PLOT`", 'TracyCPlot("c plot", 2.5)',
         "SELECT value FROM plots WHERE name = 'c plot'", "2.5"),
    Case("TracyCPlotF", "`HONE_PLOT`", 'TracyCPlotF("c plot f", 1.5f)',
         "SELECT value FROM plots WHERE name = 'c plot f'", "1.5"),
    Case("TracyCPlotI", "`HONE_PLOT`", 'TracyCPlotI("c plot i", -4)',
         "SELECT value FROM plots WHERE name = 'c plot i'", "-4"),
    Case("TracyCPlotConfig", "the plot's unit and color; not whether it is drawn in steps or "
    "filled",
         'TracyCPlotConfig("c watt", TracyPlotFormatWatt, 1, 1, 0x112233) TracyCPlotI("c watt", 3)',
         "SELECT unit FROM plots WHERE name = 'c watt'", "W", "part"),
    message("TracyCMessage", '"c message!", 9', "c message"),
    message("TracyCMessageL", '"c literal"', "c literal"),
    message("TracyCMessageC", f'"c colored", 9, {RED}', "c colored",
            "the same, the color as another argument"),
    message("TracyCMessageLC", f'"c lit c", {RED}', "c lit c"),
    message("TracyCMessageS", '"c ms", 4, 3', "c ms", "as without S" + STACK, "part"),
    message("TracyCMessageLS", '"c mls", 3', "c mls", "as without S" + STACK, "part"),
    message("TracyCMessageCS", f'"c mcs", 5, {RED}, 3', "c mcs", "as without S" + STACK, "part"),
    message("TracyCMessageLCS", f'"c mlcs", {RED}, 3', "c mlcs", "as without S" + STACK, "part"),
    Case("___tracy_emit_logString", "a message of that level (fatal is error)" + STACK,
         '___tracy_emit_logString(TracyMessageSeverityWarning, 0, 0, 5, "c low fuel");',
         "SELECT level FROM messages WHERE site = (SELECT site FROM span_arguments WHERE value = "
         "'c low')", "warn", "part"),
    Case("___tracy_emit_logStringL", "the same",
    '___tracy_emit_logStringL(TracyMessageSeverityTrace, 0, '
         '0, "c trace");', "SELECT level FROM messages WHERE site = (SELECT site FROM "
         "span_arguments "
         "WHERE value = 'c trace')", "trace", "part"),
    Case("TracyCAppInfo", "`HONE_APP_INFO` of the key `info`", 'TracyCAppInfo("c build 7", 9)',
         "SELECT value FROM meta WHERE key = 'app.info'", "c build 7"),
    Case("TracyCIsConnected", "true while somebody records",
         'if (TracyCIsConnected) { TracyCZoneN(zone, "c connected", 1) TracyCZoneEnd(zone) }',
         spans("name = 'c connected'"), "1"),
    Case("TracyCIsStarted", "true; with TRACY_MANUAL_LIFETIME after ___tracy_startup_profiler()",
         'if (TracyCIsStarted) { TracyCZoneN(zone, "c started", 1) TracyCZoneEnd(zone) }',
         spans("name = 'c started'"), "1"),
    Case("TracyCBeginSamplingProfiling", "nothing: `hone record` samples; a message says so",
         "if (TracyCBeginSamplingProfiling() == 0) { TracyCEndSamplingProfiling(); }",
         "SELECT count(*) FROM messages WHERE name GLOB 'BeginSampling*'", "1", "none"),
    Case("TracyCEndSamplingProfiling", "nothing", "TracyCEndSamplingProfiling();", "SELECT 1", "1",
         "none"),
    Case("___tracy_startup_profiler", "a message; ___tracy_profiler_started() is true then",
         "___tracy_startup_profiler(); if (___tracy_profiler_started()) { "
         "TracyCMessageL(\"up\"); }",
         "SELECT (SELECT count(*) FROM messages WHERE name = 'StartupProfiler') || (SELECT "
         "count(*) "
         "FROM span_arguments WHERE value = 'up')", "11"),
    Case("___tracy_shutdown_profiler", "a message; ___tracy_profiler_started() is false then",
         "___tracy_shutdown_profiler(); if (!___tracy_profiler_started()) { "
         "TracyCMessageL(\"down\"); }",
         "SELECT (SELECT count(*) FROM messages WHERE name = 'ShutdownProfiler') || (SELECT "
         "count(*) "
         "FROM span_arguments WHERE value = 'down')", "11"),
    Case("TracyCSetThreadName", "`HONE_THREAD`, and the kernel's name of 15 bytes",
         'TracyCFiberLeave TracyCSetThreadName("the first of the threads")',
         "SELECT count(*) FROM threads WHERE name = 'the first of the threads'", "1"),
    Case("TracyCFiberEnter", "what follows is the fiber's: a row among the threads by its name",
         'TracyCFiberEnter("c fiber") TracyCZoneN(zone, "in c fiber", 1) TracyCZoneEnd(zone) '
         "TracyCFiberLeave", "SELECT thread_name FROM spans WHERE name = 'in c fiber'", "c fiber"),
    Case("TracyCFiberLeave", "what follows is the thread's again",
         'TracyCFiberEnter("c fiber 2") TracyCFiberLeave TracyCZoneN(zone, "out of c fiber", 1) '
         "TracyCZoneEnd(zone)",
         "SELECT count(*) FROM spans WHERE name = 'out of c fiber' AND thread_name <> 'c fiber "
         "2'", "1"),
]


def memory(prefix):
    out = []
    for deep in ("", "S"):
        for named in ("", "N"):
            size = 3000 + len(out) + (500 if "Secure" in prefix else 0)
            at = f"(void*){0x90000 + 64 * size}"
            arguments = (", 9" if deep else "") + (f', "{prefix}{deep}"' if named else "")
            end, kept = (STACK, "part") if deep else ("", "whole")
            where = f"{prefix}{deep}" if named else "memory"
            of = "" if named else " of the pool `memory`"
            out.append(Case(f"{prefix}Alloc{named}{deep}", f"`HONE_ALLOCATE`{of}{end}",
                            f"{prefix}Alloc{named}{deep}({at}, {size}{arguments});",
                            "SELECT name FROM allocations WHERE kind = 'allocated' AND "
                            f"bytes = {size}", where, kept))
            out.append(Case(f"{prefix}Free{named}{deep}", f"`HONE_FREE`{of}{end}",
                            f"{prefix}Free{named}{deep}({at}{arguments});",
                            f"SELECT name FROM allocations WHERE kind = 'freed' AND address = "
                            f"{0x90000 + 64 * size}", where, kept))
        out.append(Case(f"{prefix}MemoryDiscard{deep}",
        "`HONE_POOL_RESET`" + (STACK if deep else ""),
                        f'{prefix}MemoryDiscard{deep}("{prefix} gone{deep}"'
                         f'{", 3" if deep else ""});',
                        f"SELECT kind FROM allocations WHERE name = '{prefix} gone{deep}'",
                        "all freed",
                        "part" if deep else "whole"))
    return out


def lock(kind, macro, use, sql, answer, becomes):
    """Use of a lock of its own, named as the macro is."""
    name = f"{kind}{macro}"
    return Case(f"TracyC{kind}{macro}", becomes,
                f'TracyC{kind}Ctx lock = 0; TracyC{kind}Announce(lock) '
                f'TracyC{kind}CustomName(lock, "{name}", {len(name)}) {use} '
                f'TracyC{kind}Terminate(lock) '
                "(void)lock;", sql.replace("NAME", name), answer)


def locks(kind):
    held_once = held("NAME", " AND shared = 0")
    hold = f"TracyC{kind}BeforeLock(lock) TracyC{kind}AfterLock(lock) TracyC{kind}AfterUnlock(lock)"
    return [
        Case(f"TracyC{kind}Announce", "a lock of the variable's name",
             f"TracyC{kind}Ctx the_{kind} = 0; TracyC{kind}Announce(the_{kind}) " +
             hold.replace("(lock)", f"(the_{kind})") + f" TracyC{kind}Terminate(the_{kind}) "
             f"(void)the_{kind};",
             held(f"the_{kind}"), "1"),
        lock(kind, "Terminate", hold, held_once, "1", "nothing is left to say: its uses are there"),
        lock(kind, "BeforeLock", hold, held_once, "1", "`HONE_LOCK_WAIT`"),
        lock(kind, "AfterLock", hold, held_once, "1", "`HONE_LOCK_OBTAINED`"),
        lock(kind, "AfterUnlock", hold + " " + hold, held_once, "2", "`HONE_LOCK_RELEASED`"),
        lock(kind, "AfterTryLock", f"TracyC{kind}AfterTryLock(lock, 0) "
        f"TracyC{kind}AfterTryLock(lock, 1) "
             f"TracyC{kind}AfterUnlock(lock)", held_once, "1",
             "`HONE_LOCK_OBTAINED`, where it was"),
        lock(kind, "Mark", f"TracyC{kind}Mark(lock)",
             "SELECT count(*) FROM span_arguments WHERE name = 'lock held' AND value = 'NAME'", "1",
             "a message `lock held` with the lock's name, and where"),
        lock(kind, "CustomName", hold, held_once, "1", "the lock's name from now on"),
    ]


SHARED_HOLD = "TracyCSharedLockBeforeSharedLock(lock) TracyCSharedLockAfterSharedLock(lock) " \
              "TracyCSharedLockAfterSharedUnlock(lock)"
SHARED = held("NAME", " AND shared = 1")
LOCKS = locks("Lock") + locks("SharedLock") + [
    lock("SharedLock", "BeforeSharedLock", SHARED_HOLD, SHARED, "1",
    "a wait of a lock that is shared"),
    lock("SharedLock", "AfterSharedLock", SHARED_HOLD, SHARED, "1", "it is held with others"),
    lock("SharedLock", "AfterSharedUnlock", SHARED_HOLD, SHARED, "1", "it is let go"),
    lock("SharedLock", "AfterTrySharedLock", "TracyCSharedLockAfterTrySharedLock(lock, 0) "
         "TracyCSharedLockAfterTrySharedLock(lock, 1) TracyCSharedLockAfterSharedUnlock(lock)",
         SHARED,
         "1", "it is held with others, where it was had"),
]


def gpu(suffix):
    """A queue of a clock of 10 ns a tick; the times of its queries come later, in any order."""
    context = 3 if suffix else 2
    name = f"queue{suffix}"
    call = "___tracy_emit_gpu_{}" + suffix
    begin = "___tracy_emit_gpu_zone_begin{}" + suffix
    sql = "SELECT dur FROM gpu_spans WHERE name = '{}'"

    def use(case, struct, code, becomes, question, answer, kept="whole"):
        return Case(call.format(case), becomes, code.replace("DATA",
        f"const struct ___tracy_gpu_{struct}"),
                    question, answer, kept)

    def span(kind, name, first, srcloc):
        stack = "_callstack" if "callstack" in kind else ""
        depth = "3, " if stack else ""
        return use(f"zone_begin{kind}", f"zone_begin{stack}_data",
                   f"{(PLACE % name) if 'alloc' not in kind else ''} DATA begin = {{{srcloc}, "
                   f"{depth}"
                   f"{first}, {context}}}; const struct ___tracy_gpu_zone_end_data end = "
                   f"{{{first + 1}, "
                   f"{context}}}; const struct ___tracy_gpu_time_data later = {{1500, {first + 1}, "
                   f"{context}}}, sooner = {{1200, {first}, {context}}}; "
                   f"{begin.format(kind)}(begin); "
                   f"{call.format('zone_end')}(end); {call.format('time')}(later); "
                   f"{call.format('time')}(sooner);",
                   "a span of the GPU" + (STACK if stack else ""), sql.format(name), "3000",
                   "part" if stack else "whole")

    static = "(uint64_t)(uintptr_t)&at"
    queue = f"SELECT count(*) FROM gpu_queues WHERE name = '{name}'"
    order = [
        use("new_context", "new_context_data", f"DATA made = {{1000, 10.0f, {context}, 0, 2}}; "
            f"{call.format('new_context')}(made);", "a queue of a GPU", queue, "1"),
        use("context_name", "context_name_data", f'DATA named = {{{context}, "{name}!", '
        f'{len(name)}}}; '
            f"{call.format('context_name')}(named);", "its name", queue, "1"),
        use("calibration", "calibration_data", f"DATA read = {{1000, 0, {context}}}; "
            f"{call.format('calibration')}(read);", "its clock and ours are read together",
            queue, "1"),
        use("time_sync", "time_sync_data", f"DATA read = {{1000, {context}}}; "
            f"{call.format('time_sync')}(read);", "the same", queue, "1"),
        span("", f"gpu a{suffix}", 10, static),
        span("_callstack", f"gpu b{suffix}", 20, static),
        span("_alloc", f"gpu c{suffix}", 30, ALLOC % (f"gpu c{suffix}", 5 + len(suffix))),
        span("_alloc_callstack", f"gpu d{suffix}", 40, ALLOC % (f"gpu d{suffix}", 5 + len(suffix))),
        Case(call.format("zone_end"), "its end", "", sql.format(f"gpu a{suffix}"), "3000"),
        Case(call.format("time"), "when a query was met; of a zone's two, the span", "",
             f"SELECT count(*) FROM gpu_spans WHERE name GLOB 'gpu ?{suffix}'", "4"),
    ]
    return order


GPU = gpu("") + gpu("_serial")
CASES = ZONES + MARKS + memory("TracyC") + memory("TracyCSecure") + LOCKS + GPU
SETTINGS = {"TracyConcat", "TracyConcatIndirect", "TracyFunction", "TracyFile", "TracyLine"}
HEAD = """\
#define TRACY_FIBERS
#include <tracy/TracyC.h>

__attribute__((noinline)) int yes(void) { return 1; }
"""
