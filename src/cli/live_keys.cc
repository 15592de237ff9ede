#include "cli/live_keys.h"

#include "cli/live_screen.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

constexpr size_t kFilterBytesMax = 200;
constexpr char kBackspace = 0x7f, kOldBackspace = 0x08;

void type(LiveKeys& keys, char key) {
  std::string& text = keys.query.filter;
  if (key == '\r' || key == '\n') {
    keys.typing = false;
  } else if (key == LiveScreen::kEscape || key == LiveScreen::kInterrupt) {
    text = keys.before_filter;
    keys.typing = false;
  } else if (key == kBackspace || key == kOldBackspace) {
    // Of a character of several bytes, all.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
      text.pop_back();
    }
    if (!text.empty()) text.pop_back();
  } else if ((static_cast<unsigned char>(key) >= ' ') && text.size() < kFilterBytesMax) {
    text += key;
  }
}

}  // namespace

void LiveKeys::press(char key) {
  if (key == LiveScreen::kEnd) {
    quit = true;
    return;
  }
  if (key == LiveScreen::kSuspend) {
    suspend = true;
    return;
  }
  if (typing) return type(*this, key);
  if (key == LiveScreen::kInterrupt) {
    quit = true;
    return;
  }
  if (help) {
    help = false;
    if (key == 'q') return;
  }
  switch (key) {
    case 'q':
      quit = true;
      break;
    case ' ':
      paused = !paused;
      break;
    case 's':
      query.by_total = !query.by_total;
      break;
    case 'f':
      query.by = analysis::LiveBy::kFunction;
      break;
    case 't':
      query.by = query.by == analysis::LiveBy::kThread ? analysis::LiveBy::kFunction
                                                       : analysis::LiveBy::kThread;
      break;
    case 'm':
      query.by = query.by == analysis::LiveBy::kModule ? analysis::LiveBy::kFunction
                                                       : analysis::LiveBy::kModule;
      break;
    case '/':
      typing = true;
      before_filter = std::exchange(query.filter, {});
      break;
    case LiveScreen::kEscape:
      query.filter.clear();
      break;
    case '?':
    case 'h':
      help = true;
      break;
    default:
      break;
  }
}

std::string LiveKeys::bottom_line(const report::TextStyle& style) const {
  if (typing) return "only rows that hold: " + report::terminal_text(query.filter) + "_";
  std::string out;
  if (paused) out += report::paint(style, report::Ink::kAct, "paused") + "  ";
  if (!query.filter.empty()) {
    out += report::paint(style, report::Ink::kLook,
                         "only \"" + report::terminal_text(query.filter) + "\"") +
           "  ";
  }
  return out + report::paint(style, report::Ink::kDim,
                             "q quit  space pause  t threads  m modules  s sort  / filter  ? help");
}

std::string live_help_text() {
  return "hone top\n"
         "\n"
         "  q, Ctrl-C   quit\n"
         "  space       hold the table still; sampling goes on\n"
         "  f           functions\n"
         "  t           threads, and back\n"
         "  m           modules, and back\n"
         "  s           sort by total, and back by self\n"
         "  /           only rows whose name or module holds what is typed; Esc: all again\n"
         "  Ctrl-Z      stop, as any program; fg goes on\n"
         "\n"
         "  self        CPU time in the function itself, of all that was sampled\n"
         "  total       with what it called\n"
         "  running     part of the time that a thread ran; queued: it was ready, and others ran;\n"
         "              blocked: it waited, now in that function of the kernel; s sorts by "
         "waiting\n"
         "  N of M CPUs CPU time used, as CPUs that were busy all the time\n"
         "  hone N%     what the sampling program itself used, of one CPU\n"
         "\n"
         "any key goes back\n";
}

}  // namespace hone::cli
