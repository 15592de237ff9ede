// A window of X11, by libxcb, which is loaded when a window is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace game::render {

class Window {
 public:
  // Null: `why` says in a line what is missing.
  static std::unique_ptr<Window> open(uint32_t width, uint32_t height, std::string& why);
  ~Window();

  // As VkXcbSurfaceCreateInfoKHR has them.
  void* connection() const;
  uint32_t id() const;
  // Takes what X has to say, so that it does not pile up.
  void take_events();

 private:
  struct Parts;
  explicit Window(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace game::render
