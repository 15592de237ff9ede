// Files of the program are read through mappings, and somebody may cut one while it is read (a
// build that goes on). Then the missing pages read as zeros, which the parsers refuse as they
// refuse any damage, instead of ending the recorder by SIGBUS.
#pragma once

namespace hone::capture {

// For the whole process, for good; a program that is started does not inherit it. Any thread.
void survive_truncated_files();

}  // namespace hone::capture
