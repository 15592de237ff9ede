/* For programs that include TracyC.h without a folder. */
#include "tracy/TracyC.h"
