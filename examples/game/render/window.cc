#include "game/render/window.h"

#include <dlfcn.h>

#include <cstdlib>

#if __has_include(<xcb/xcb.h>)
#include <xcb/xcb.h>
#define GAME_XCB
#endif

namespace game::render {

#ifdef GAME_XCB

namespace {

// The functions that are called, by their names without "xcb_".
// clang-format off
#define GAME_XCB_FUNCTIONS(X)                                                                  \
  X(connect) X(connection_has_error) X(disconnect) X(get_setup) X(setup_roots_iterator)        \
  X(generate_id) X(create_window) X(change_property) X(map_window) X(flush) X(poll_for_event)
// clang-format on

struct Xcb {
#define X(name) decltype(&xcb_##name) name = nullptr;
  GAME_XCB_FUNCTIONS(X)
#undef X

  bool load() {
    void* const library = ::dlopen("libxcb.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
    bool all = true;
#define X(name)                                                            \
  name = reinterpret_cast<decltype(name)>(::dlsym(library, "xcb_" #name)); \
  all = all && name != nullptr;
    GAME_XCB_FUNCTIONS(X)
#undef X
    return all;
  }
};

}  // namespace

struct Window::Parts {
  Xcb xcb;
  xcb_connection_t* connection = nullptr;
  xcb_window_t window = 0;
};

std::unique_ptr<Window> Window::open(uint32_t width, uint32_t height, std::string& why) {
  auto parts = std::make_unique<Parts>();
  Xcb& xcb = parts->xcb;
  if (!xcb.load()) {
    why = "libxcb.so.1 is not installed";
    return nullptr;
  }
  parts->connection = xcb.connect(nullptr, nullptr);
  if (xcb.connection_has_error(parts->connection) != 0) {
    xcb.disconnect(parts->connection);
    const char* const display = std::getenv("DISPLAY");
    why = display == nullptr ? "there is no display (DISPLAY is not set)"
                             : "the display " + std::string(display) + " does not answer";
    return nullptr;
  }
  const xcb_screen_t* const screen =
      xcb.setup_roots_iterator(xcb.get_setup(parts->connection)).data;
  parts->window = xcb.generate_id(parts->connection);
  xcb.create_window(parts->connection, XCB_COPY_FROM_PARENT, parts->window, screen->root, 0, 0,
                    static_cast<uint16_t>(width), static_cast<uint16_t>(height), 0,
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, 0, nullptr);
  const std::string title = "hone-example-game";
  xcb.change_property(parts->connection, XCB_PROP_MODE_REPLACE, parts->window, XCB_ATOM_WM_NAME,
                      XCB_ATOM_STRING, 8, static_cast<uint32_t>(title.size()), title.data());
  xcb.map_window(parts->connection, parts->window);
  xcb.flush(parts->connection);
  return std::unique_ptr<Window>(new Window(std::move(parts)));
}

Window::~Window() {
  parts_->xcb.disconnect(parts_->connection);
}

void* Window::connection() const {
  return parts_->connection;
}
uint32_t Window::id() const {
  return parts_->window;
}

void Window::take_events() {
  while (xcb_generic_event_t* const event = parts_->xcb.poll_for_event(parts_->connection)) {
    std::free(event);
  }
}

#else

struct Window::Parts {};

std::unique_ptr<Window> Window::open(uint32_t, uint32_t, std::string& why) {
  why = "the game was built without libxcb (libxcb1-dev)";
  return nullptr;
}
Window::~Window() = default;
void* Window::connection() const {
  return nullptr;
}
uint32_t Window::id() const {
  return 0;
}
void Window::take_events() {}

#endif

Window::Window(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

}  // namespace game::render
