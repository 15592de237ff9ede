#include "cli/live_screen.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "base/host/file.h"

namespace hone::cli {
namespace {

// The second screen, without a cursor, lines cut at the edge; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr size_t kColumnsUnknown = 80, kRowsUnknown = 24;

// What a crash handler has to put back: plain data, so that it can be read in one.
termios before;
volatile sig_atomic_t is_on = 0;

void put(std::string_view text) {
  // Where the terminal is gone there is nothing to be done.
  (void)base::write_all(STDOUT_FILENO, base::as_bytes(text));
}

// Async-signal-safe.
void on_crash(int signal) {
  if (is_on) {
    is_on = 0;
    (void)!::write(STDOUT_FILENO, kLeave.data(), kLeave.size());
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
  }
  // Its handler was taken off on entry: the process ends as it would have.
  ::raise(signal);
}

winsize size_now() {
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  return size;
}

}  // namespace

bool LiveScreen::possible() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
         *terminal != '\0' && std::string_view(terminal) != "dumb";
}

void LiveScreen::restore_on_crash() {
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    ::sigaction(signal, &action, nullptr);
  }
}

LiveScreen::LiveScreen() {
  enter();
}
LiveScreen::~LiveScreen() {
  leave();
}

void LiveScreen::enter() {
  if (is_on || ::tcgetattr(STDIN_FILENO, &before) != 0) return;
  termios raw = before;
  // Keys come at once and unseen; what makes signals of them is ours, so that the screen is left
  // before they act.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  is_on = 1;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  put(kEnter);
}

void LiveScreen::leave() {
  if (!is_on) return;
  put(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
  is_on = 0;
}

size_t LiveScreen::columns() const {
  const size_t columns = size_now().ws_col;
  return columns == 0 ? kColumnsUnknown : columns;
}
size_t LiveScreen::rows() const {
  const size_t rows = size_now().ws_row;
  return rows == 0 ? kRowsUnknown : rows;
}

void LiveScreen::draw(const std::vector<std::string>& lines) {
  if (!is_on) return;
  std::string out = "\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\r\n";
    out += lines[i];
    out += "\x1b[K";
  }
  // In one write, so that a slow line shows no half-drawn screen.
  put(out + "\x1b[J");
}

std::string LiveScreen::keys() {
  char bytes[256];
  const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
  pollfd state{STDIN_FILENO, POLLIN, 0};
  if (got <= 0) {
    const bool gone = (got < 0 && errno != EINTR && errno != EAGAIN) ||
                      (::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0);
    return gone ? std::string(1, kEnd) : std::string();
  }
  const std::string_view typed(bytes, static_cast<size_t>(got));
  std::string out;
  for (size_t i = 0; i < typed.size(); ++i) {
    const bool sequence =
        typed[i] == kEscape && i + 1 < typed.size() && (typed[i + 1] == '[' || typed[i + 1] == 'O');
    if (!sequence) {
      out += typed[i];
      continue;
    }
    // ESC [ parameters, and a letter that ends it.
    for (i += 2; i < typed.size() && (typed[i] < '@' || typed[i] > '~'); ++i) {
    }
  }
  return out;
}

}  // namespace hone::cli
