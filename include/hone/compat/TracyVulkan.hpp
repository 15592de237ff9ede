/* For programs that include TracyVulkan.hpp without a folder. */
#include "tracy/TracyVulkan.hpp"
