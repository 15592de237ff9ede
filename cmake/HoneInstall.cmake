# What `cmake --install` puts where, and the packages that CPack makes of it (a .deb and a .tar.gz).
include(GNUInstallDirs)
if(TARGET hone)
  install(TARGETS hone RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
elseif(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/CMakeLists.txt)
  message(WARNING "src/cli makes no target 'hone': nothing to install")
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/include/hone)
  install(DIRECTORY include/hone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Debian's name for the licence, which its tools look for.
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
# Laid out as in the source, so that the links between pages hold.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING
  PATTERN "*.md" PATTERN "*.cc" PATTERN "*.svg" PATTERN "*.png")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME hone)
set(CPACK_PACKAGE_VENDOR "Hone")
set(CPACK_PACKAGE_CONTACT "Hone developers <hone@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
# The libraries and their versions are read from the program itself.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
