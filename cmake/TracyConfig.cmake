# find_package(Tracy): Tracy::TracyClient, by which a program that is marked for Tracy is recorded by
# Hone. Set TRACY_ENABLE to OFF before: nothing of the marks is left.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/TracyTargets.cmake)
if(DEFINED TRACY_ENABLE AND NOT TRACY_ENABLE)
  set_target_properties(Tracy::TracyClient PROPERTIES INTERFACE_COMPILE_DEFINITIONS ""
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
foreach(tracy_option TRACY_ON_DEMAND TRACY_DELAYED_INIT TRACY_MANUAL_LIFETIME TRACY_FIBERS
    TRACY_NO_CALLSTACK)
  if(${tracy_option})
    set_property(TARGET Tracy::TracyClient APPEND PROPERTY
      INTERFACE_COMPILE_DEFINITIONS ${tracy_option})
  endif()
endforeach()
