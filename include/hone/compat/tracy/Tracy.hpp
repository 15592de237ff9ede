/* A program that is marked for Tracy is recorded by Hone: the macros of Tracy 0.11 to 0.14, as
 * Hone's own marks.
 *
 *   target_link_libraries(app PRIVATE Tracy::TracyClient)     # of Hone: docs/guide
 *   #include <tracy/Tracy.hpp>                                // found in include/hone/compat
 *
 *   void step() {
 *     ZoneScoped;
 *     ZoneText(text, bytes);
 *   }
 *   FrameMark;
 *
 * C++11, GCC and clang. With TRACY_ENABLE, which the whole program is to be built with; without it
 * nothing is left. What each macro becomes, and what of it is not kept, stands in
 * docs/guide/moving-in-from-tracy.md. No thread, socket or allocation of Tracy's is made; what is
 * recorded, and when, is Hone's choice (`hone record`, hone/session.h), so that TRACY_ON_DEMAND
 * holds always, and nothing waits for a recorder. */
#ifndef HONE_COMPAT_TRACY_HPP
#define HONE_COMPAT_TRACY_HPP

#include <stddef.h>
#include <stdint.h>

#include "hone_colors.hpp"
#include "hone_threads.hpp"

#ifndef TracyFunction
#define TracyFunction __FUNCTION__
#endif
#ifndef TracyFile
#define TracyFile __FILE__
#endif
#ifndef TracyLine
#define TracyLine __LINE__
#endif
#ifndef TracyConcat
#define TracyConcat(x, y) TracyConcatIndirect(x, y)
#endif
#ifndef TracyConcatIndirect
#define TracyConcatIndirect(x, y) x##y
#endif

#define TracyParamTypeInt 0
#define TracyParamTypeBool 1
#define TracyParamTypeTrigger 2

#ifdef TRACY_ENABLE
#include "hone_enable.h"
#include "hone_locks.hpp"
#include "hone_marks.hpp"
#include "hone_zones.hpp"
#else
#include "hone_off.hpp"
#endif

#endif
