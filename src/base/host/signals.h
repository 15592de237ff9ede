// Signals that end a process when nobody asked for them.
#pragma once

namespace hone::base {

// The system call that raised `signal` (SIGPIPE, SIGXFSZ) fails with an error instead; a handler
// that somebody else set stays. Not SIG_IGN, which programs that we start would inherit.
void outlive(int signal);

}  // namespace hone::base
