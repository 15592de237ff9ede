#define HONE_IMPLEMENTATION
#include "hone.h"
