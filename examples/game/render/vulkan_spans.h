// hone/vulkan.h for a program that finds Vulkan's functions itself.
#pragma once

#include "game/render/vulkan_device.h"

// After it: without prototypes, as that header asks for.
#include <hone/vulkan.h>
