/* For programs that include TracyLua.hpp without a folder. */
#include "tracy/TracyLua.hpp"
