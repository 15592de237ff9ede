/* For programs that take colors by their names. */
#include "../tracy/hone_colors.hpp"
