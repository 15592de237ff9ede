// The terminal as a screen that is drawn again and again, and as it was before when this is gone:
// also when the process crashes, is stopped, or is ended by a signal.
//
//   if (LiveScreen::possible()) {
//     LiveScreen screen;
//     screen.draw(lines);
//     for (const char key : screen.keys()) ...
//   }
//
// Plain escape sequences that every terminal of today understands: a second screen, the cursor's
// home, erasing to the end of a line. One at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hone::cli {

class LiveScreen {
 public:
  // Standard input and output are one terminal, and it is not a dumb one.
  static bool possible();
  // For the signals that a fault raises: to be called once, before others take these signals.
  static void restore_on_crash();

  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  // What was on the terminal comes back, and goes away again.
  void leave();
  void enter();

  size_t columns() const;
  size_t rows() const;
  void draw(const std::vector<std::string>& lines);

  // What was typed since the last call. A key that sends a sequence (an arrow) is left out; Ctrl-C
  // and Ctrl-Z come as what they are, 3 and 26. At the terminal's end: 4.
  std::string keys();
  static constexpr char kInterrupt = 3, kEnd = 4, kSuspend = 26, kEscape = 27;
};

}  // namespace hone::cli
