/* Hone's marks are built in where Tracy's are. Not to be included by itself. */
#ifndef HONE_COMPAT_TRACY_ENABLE_H
#define HONE_COMPAT_TRACY_ENABLE_H

#ifndef HONE_ENABLE
#ifdef HONE_HONE_H
#error "TRACY_ENABLE after hone/hone.h without HONE_ENABLE: define both for the program"
#endif
#define HONE_ENABLE
#endif

#include <hone/describe.h>

#endif
