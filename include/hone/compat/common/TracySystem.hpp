/* For programs that name their threads by what this file declares. */
#include "../tracy/hone_threads.hpp"
