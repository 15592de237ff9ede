/* Scripts in Lua that are marked for Tracy run as they are, and nothing of their marks is recorded:
 * a message says so once. Included after Lua's own headers, as Tracy's is; C++11. */
#ifndef HONE_COMPAT_TRACY_LUA_HPP
#define HONE_COMPAT_TRACY_LUA_HPP

#ifdef TRACY_ENABLE
#include "Tracy.hpp"
#endif

namespace tracy {
namespace hone_detail {

inline int lua_nothing(lua_State* state) {
  (void)state;
#ifdef TRACY_ENABLE
  HONE_TRACY_NOTICE("zones of Lua are not recorded: mark the functions that call scripts");
#endif
  return 0;
}
inline int lua_zero(lua_State* state) {
  lua_nothing(state);
  lua_pushinteger(state, 0);
  return 1;
}

}  // namespace hone_detail

/* The table `tracy`, whose functions do nothing. */
inline void LuaRegister(lua_State* state) {
  const char* const nothing[] = {"ZoneBegin", "ZoneBeginN", "ZoneBeginS", "ZoneBeginNS", "ZoneEnd",
                                 "ZoneText",  "ZoneName",   "Message",    "SectionLeave"};
  lua_newtable(state);
  for (const char* name : nothing) {
    lua_pushcfunction(state, hone_detail::lua_nothing);
    lua_setfield(state, -2, name);
  }
  lua_pushcfunction(state, hone_detail::lua_zero);
  lua_setfield(state, -2, "SectionEnter");
  lua_setglobal(state, "tracy");
}
/* Takes marks out of a script's text in Tracy: here they cost a call that does nothing. */
inline void LuaRemove(char* script) {
  (void)script;
}
inline void LuaHook(lua_State* state, lua_Debug* record) {
  (void)record;
  hone_detail::lua_nothing(state);
}

}  // namespace tracy

#endif
