// Test support: a Profile from a picture of its stacks, outermost frame first, then how many
// samples (1 ms each). Linked by tests only (hone_stack_text).
//
//   Profile p = profile_of_text(R"(
//     main;work;[inlined]helper 30
//     main;libc.so.6!memcpy@string.c:12 3 thread=io
//     main;[kernel]read 2
//   )");
//
// A frame is [inlined]? (module! | [kernel])? name (@file:line)?
//   [inlined]   it was inlined into the frame before it
//   module!     its module's path; otherwise /usr/bin/app, and an inlined frame's is its caller's
//   @file:line  where in the source the sample or the call stands
//   name 0x12ab (a hexadecimal number) is a place without any symbol; module ? is no module
// After the count: thread=NAME process=NAME end=N flags=N weight=NS time=NS cpu=N.
// The thread is `main` of process `app` otherwise.
// Lines that start with @ state the rest; # starts a comment:
//   @meta KEY VALUE to the end of the line
//   @module PATH state=1 optimised=0 kind=1 arch=1 missing=TEXT to the end of the line
//   @function NAME bytes=48 start=0x1000 file=a.cc line=3 source=2   (before its first use; default
//                                                        512 bytes at a place of its own)
//   @process NAME pid=1 cpu_ns=N unsampled_ns=N status=N command=TEXT to the end of the line
//   @thread NAME process=NAME tid=1 cpu_ns=N start_ns=N end_ns=N
//   @diagnostic NAME severity=3 count=2 detail=TEXT to the end of the line
//   @track NAME scope=1 kind=1 unit=1 what=NAME process=NAME divisor=1 of=N values=NS:VALUE,...
//   @span NAME start=NS end=NS depth=0 thread=NAME, or of several: start=NS every=NS ns=NS,NS,...
//   @wait STACK start=NS ns=NS runnable=NS until=NS count=1 thread=NAME   (- is none)
//   @cost METRIC STACK value=N count=N unit=1 title=NAME thread=NAME   (- is no stack)
//   @lock NAME time=NS wait=NS hold=NS owner=NAME address=N flags=N   until `time`; thread=NAME
//   @frame NAME time=NS · @plot NAME time=NS value=N · @message TEXT time=NS   all with thread=NAME
//   @code NAME HEX                  machine code of a function, from its start
//   @code_line NAME OFFSET file:line   the line of the code from start + OFFSET (hexadecimal) on
// In directives and attributes, a name ends at a blank; in stacks it may hold blanks.
#pragma once

#include <string_view>

#include "profile/profile.h"
#include "profile/tables.h"

namespace hone::profile {

// A picture that cannot be read ends the test program with a message.
Profile profile_of_text(std::string_view text);
// The same before loading, to be damaged or written to a file.
Tables tables_of_text(std::string_view text);

// The function of that name that stacks refer to; kNone when there is none.
FunctionId function_named(const Profile& profile, std::string_view name);

}  // namespace hone::profile
