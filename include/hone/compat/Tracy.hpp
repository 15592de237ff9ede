/* For programs that include Tracy.hpp without a folder. */
#include "tracy/Tracy.hpp"
