/* Tracy's zones of Vulkan as spans of the GPU. Included after Vulkan's own header, as Tracy's is;
 * C++11.
 *
 *   TracyVkCtx gpu = TracyVkContext(physical, device, queue, commands);
 *   { TracyVkZone(gpu, commands, "Render::MainPass"); vkCmdDraw(...); }
 *   TracyVkCollect(gpu, commands);     // once a frame, outside of render passes
 *   TracyVkDestroy(gpu);
 *
 * docs/guide/moving-in-from-tracy.md says what each macro becomes; hone/vulkan.h is Hone's own. */
#ifndef HONE_COMPAT_TRACY_VULKAN_HPP
#define HONE_COMPAT_TRACY_VULKAN_HPP

#ifndef TRACY_ENABLE

#define TracyVkContext(...) nullptr
#define TracyVkContextCalibrated(...) nullptr
#define TracyVkContextHostCalibrated(...) nullptr
#define TracyVkDestroy(ctx)
#define TracyVkContextName(ctx, name, size)
#define TracyVkNamedZone(ctx, varname, cmdbuf, name, active)
#define TracyVkNamedZoneC(ctx, varname, cmdbuf, name, color, active)
#define TracyVkZone(ctx, cmdbuf, name)
#define TracyVkZoneC(ctx, cmdbuf, name, color)
#define TracyVkZoneTransient(ctx, varname, cmdbuf, name, active)
#define TracyVkCollect(ctx, cmdbuf)
#define TracyVkCollectHost(ctx)
#define TracyVkNamedZoneS(ctx, varname, cmdbuf, name, depth, active)
#define TracyVkNamedZoneCS(ctx, varname, cmdbuf, name, color, depth, active)
#define TracyVkZoneS(ctx, cmdbuf, name, depth)
#define TracyVkZoneCS(ctx, cmdbuf, name, color, depth)
#define TracyVkZoneTransientS(ctx, varname, cmdbuf, name, depth, active)

namespace tracy {
class VkCtxScope {};
}  // namespace tracy
using TracyVkCtx = void*;

#else

#ifndef VK_NULL_HANDLE
#error "include Vulkan's header before TracyVulkan.hpp"
#endif

#include "Tracy.hpp"
#include "hone_vulkan.hpp"

using TracyVkCtx = tracy::VkCtx*;

#ifdef TRACY_VK_USE_SYMBOL_TABLE
#define TracyVkContext(instance, physdev, device, queue, cmdbuf, instanceProcAddr, deviceProcAddr) \
  ::tracy::CreateVkContext(                                                                        \
      ::tracy::hone_detail::VkCalls(instance, device, instanceProcAddr, deviceProcAddr, false),    \
      physdev, device, queue, cmdbuf);
#define TracyVkContextCalibrated(instance, physdev, device, queue, cmdbuf, instanceProcAddr,   \
                                 deviceProcAddr)                                               \
  ::tracy::CreateVkContext(                                                                    \
      ::tracy::hone_detail::VkCalls(instance, device, instanceProcAddr, deviceProcAddr, true), \
      physdev, device, queue, cmdbuf);
#define TracyVkContextHostCalibrated(instance, physdev, device, instanceProcAddr, deviceProcAddr) \
  ::tracy::CreateVkContext(                                                                       \
      ::tracy::hone_detail::VkCalls(instance, device, instanceProcAddr, deviceProcAddr, true),    \
      physdev, device, VK_NULL_HANDLE, VK_NULL_HANDLE);
#else
#define TracyVkContext(physdev, device, queue, cmdbuf)                                       \
  ::tracy::CreateVkContext(::tracy::hone_detail::VkCalls::linked(nullptr, nullptr, nullptr), \
                           physdev, device, queue, cmdbuf);
#define TracyVkContextCalibrated(physdev, device, queue, cmdbuf, gpdctd, gct)                    \
  ::tracy::CreateVkContext(::tracy::hone_detail::VkCalls::linked(gpdctd, gct, nullptr), physdev, \
                           device, queue, cmdbuf);
#define TracyVkContextHostCalibrated(physdev, device, qpreset, gpdctd, gct)                      \
  ::tracy::CreateVkContext(::tracy::hone_detail::VkCalls::linked(gpdctd, gct, qpreset), physdev, \
                           device, VK_NULL_HANDLE, VK_NULL_HANDLE);
#endif
#define TracyVkDestroy(ctx) ::tracy::DestroyVkContext(ctx);
#define TracyVkContextName(ctx, name, size) ctx->Name(name, size);
#define TracyVkCollect(ctx, cmdbuf) ctx->Collect(cmdbuf);
#define TracyVkCollectHost(ctx) ctx->Collect(VK_NULL_HANDLE);

#define TracyVkNamedZoneC(ctx, varname, cmdbuf, name, color, active)                              \
  HONE_TRACY_SITE(TracyConcat(hone_tracy_gpu_site_of_, varname), HONE_SITE_SPAN, HONE_LEVEL_INFO, \
                  color, name, nullptr);                                                          \
  ::tracy::VkCtxScope varname(ctx, &TracyConcat(hone_tracy_gpu_site_of_, varname), cmdbuf, active);
#define TracyVkNamedZone(ctx, varname, cmdbuf, name, active) \
  TracyVkNamedZoneC(ctx, varname, cmdbuf, name, 0, active)
#define TracyVkZone(ctx, cmdbuf, name) \
  HONE_TRACY_SHADOWING(TracyVkNamedZone(ctx, ___tracy_gpu_zone, cmdbuf, name, true))
#define TracyVkZoneC(ctx, cmdbuf, name, color) \
  HONE_TRACY_SHADOWING(TracyVkNamedZoneC(ctx, ___tracy_gpu_zone, cmdbuf, name, color, true))
#define TracyVkZoneTransient(ctx, varname, cmdbuf, name, active)                               \
  ::tracy::VkCtxScope varname(ctx, static_cast<uint32_t>(TracyLine), TracyFile, TracyFunction, \
                              name, cmdbuf, active);
#define TracyVkNamedZoneS(ctx, varname, cmdbuf, name, depth, active) \
  TracyVkNamedZone(ctx, varname, cmdbuf, name, ((void)(depth), active))
#define TracyVkNamedZoneCS(ctx, varname, cmdbuf, name, color, depth, active) \
  TracyVkNamedZoneC(ctx, varname, cmdbuf, name, color, ((void)(depth), active))
#define TracyVkZoneS(ctx, cmdbuf, name, depth) \
  HONE_TRACY_SHADOWING(TracyVkNamedZoneS(ctx, ___tracy_gpu_zone, cmdbuf, name, depth, true))
#define TracyVkZoneCS(ctx, cmdbuf, name, color, depth) \
  HONE_TRACY_SHADOWING(TracyVkNamedZoneCS(ctx, ___tracy_gpu_zone, cmdbuf, name, color, depth, true))
#define TracyVkZoneTransientS(ctx, varname, cmdbuf, name, depth, active) \
  TracyVkZoneTransient(ctx, varname, cmdbuf, name, ((void)(depth), active))

#endif

#endif
