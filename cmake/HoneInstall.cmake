# What `cmake --install` puts where, and the packages that CPack makes of it (a .deb and a .tar.gz).
include(GNUInstallDirs)
if(TARGET hone)
  install(TARGETS hone RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
elseif(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/CMakeLists.txt)
  message(WARNING "src/cli makes no target 'hone': nothing to install")
endif()
if(TARGET hone-runtime)
  include(HoneLibrary)
endif()
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Laid out as in the source, so that the links between pages hold.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING
  PATTERN "*.md" PATTERN "*.cc" PATTERN "*.svg" PATTERN "*.png")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Under the names that Debian's tools look for. Its changelog says what the package is of; what
# changed for people stands in CHANGELOG.md.
install(FILES cmake/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES cmake/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
        RENAME hone)
configure_file(cmake/debian/changelog.in ${CMAKE_BINARY_DIR}/debian/changelog @ONLY)
find_program(HONE_GZIP gzip)
if(HONE_GZIP)
  execute_process(COMMAND ${HONE_GZIP} -9nkf ${CMAKE_BINARY_DIR}/debian/changelog)
  install(FILES ${CMAKE_BINARY_DIR}/debian/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME hone)
set(CPACK_PACKAGE_VENDOR "Hone")
set(CPACK_PACKAGE_CONTACT "Hone developers <hone@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "performance toolkit for native Linux programs")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Records where the time of a program goes, of what runs already or of the
whole system, and says what is slow and why: hot functions and lines, call
trees, flame graphs, annotated source and instructions.
.
It needs no root, no frame pointers and no special build of the program. What
the machine permits, and how to get the rest, is said by hone doctor.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
# Whatever the umask of who builds it.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
# The libraries and their versions are read from the program itself; the client of debuginfod is
# loaded when it is asked for.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libdebuginfod1)
include(CPack)
