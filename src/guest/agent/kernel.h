// The kernel's own structures for signals, as its headers give them, and what these leave out. No
// libc header may stand beside this one: both define struct sigaction.
#pragma once

#include <asm/sigcontext.h>
#include <linux/signal.h>
// after it
#include <asm/ucontext.h>
#include <stdint.h>

#include "base/kernel.h"

namespace hone::agent {

using namespace kernel;

inline constexpr int kSigevThreadId = 4, kSiTimer = -2;
inline constexpr unsigned long kSignalSetBytes = 8;

}  // namespace hone::agent
