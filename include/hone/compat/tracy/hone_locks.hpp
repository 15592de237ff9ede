/* Tracy's locks as Hone's. Not to be included by itself: <tracy/Tracy.hpp>. */
#ifndef HONE_COMPAT_TRACY_LOCKS_HPP
#define HONE_COMPAT_TRACY_LOCKS_HPP

#include <hone/lock.h>

#include "hone_zones.hpp"

namespace tracy {

template <class T>
class Lockable : public ::hone::Lock<T> {
 public:
  template <class... Arguments>
  explicit Lockable(hone_site* site, Arguments&&... arguments)
      : ::hone::Lock<T>(site, static_cast<Arguments&&>(arguments)...) {}

  /* Says where it is held. */
  void Mark(hone_site* place) {
    const char* const name = this->name();
    hone_say(place, name, strlen(name), 0);
  }
  void CustomName(const char* name, size_t bytes) {
    hone_description of = {};
    of.name = name;
    of.name_bytes = bytes;
    of.kind = HONE_SITE_LOCK;
    of.level = HONE_LEVEL_DEBUG;
    this->rename(hone_site_described(&of));
  }
};

template <class T>
using SharedLockable = Lockable<T>;

}  // namespace tracy

#define TracyLockable(type, varname) TracyLockableN(type, varname, #varname)
#define TracyLockableN(type, varname, desc)                      \
  ::tracy::Lockable<type> varname {                              \
    []() -> hone_site* {                                         \
      static hone_site site = {0,                                \
                               static_cast<uint32_t>(TracyLine), \
                               nullptr,                          \
                               desc,                             \
                               HONE_CATEGORY,                    \
                               "",                               \
                               TracyFile,                        \
                               "",                               \
                               nullptr,                          \
                               0,                                \
                               HONE_SITE_LOCK,                   \
                               HONE_LEVEL_DEBUG,                 \
                               HONE_SITE_MARK,                   \
                               0,                                \
                               nullptr};                         \
      return &site;                                              \
    }()                                                          \
  }
#define TracySharedLockable(type, varname) TracyLockable(type, varname)
#define TracySharedLockableN(type, varname, desc) TracyLockableN(type, varname, desc)
#define LockableBase(type) ::tracy::Lockable<type>
#define SharedLockableBase(type) ::tracy::SharedLockable<type>
#define LockMark(varname)                                                                          \
  HONE_TRACY_SITE(TracyConcat(hone_tracy_lock_, __LINE__), HONE_SITE_MESSAGE, HONE_LEVEL_DEBUG, 0, \
                  "lock held", HONE_MESSAGE_KEYS);                                                 \
  varname.Mark(&TracyConcat(hone_tracy_lock_, __LINE__))
#define LockableName(varname, txt, size) varname.CustomName(txt, size)

#endif
