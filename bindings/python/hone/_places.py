"""Places in the source, each made once, and arguments as the library takes them."""
import ctypes
import struct

from hone import _library

LEVELS = {"error": 1, "warn": 2, "info": 3, "debug": 4, "trace": 5}
# As many as the library holds: beyond, it gives one for all of a kind.
PLACES_MAX = 1 << 16

_places = {}
_others = {}


def place(kind, name, function, file, line, keys=(), category="", color=0, unit="", level="info"):
    """The place that is described by all of this."""
    key = (kind, name, file, line, keys, category, color, unit, level)
    known = _places.get(key)
    if known is not None:
        return known
    full = len(_places) >= PLACES_MAX
    if full and kind in _others:
        return _others[kind]

    def text(of):
        return str(of).encode("utf-8", "replace")
    made = _library.loaded.hone_call_place_of(ctypes.byref(_library.Text(
        name=text(name), category=text(category), function=text(function), file=text(file),
        unit=text(unit), keys=b"".join(text(each) + b"\0" for each in keys) + b"\0", line=line,
        color=color & 0xffffff, kind=kind, level=LEVELS.get(level, 3))))
    if full:
        _others[kind] = made
        return made
    # Two threads may have made it at once: the first is kept.
    return _places.setdefault(key, made)


def call_place(kind, name, frame, arguments=(), category="", color=0, unit="", level="info"):
    """The place of a call in `frame`."""
    code = frame.f_code
    return place(kind, name, code.co_name, code.co_filename, frame.f_lineno or 0, tuple(arguments),
                 category, color, unit, level)


def _fill(to, value):
    """Gives what has to live as long as `to` is used, if anything."""
    if isinstance(value, bool):
        to.type, to.word = _library.BOOLEAN, value
    elif isinstance(value, int) and -2**63 <= value < 2**63:
        to.type, to.word = _library.INTEGER, value & 2**64 - 1
    elif isinstance(value, int) and 0 <= value < 2**64:
        to.type, to.word = _library.UNSIGNED, value
    elif isinstance(value, float):
        to.type = _library.REAL
        to.word, = struct.unpack("=Q", struct.pack("=d", value))
    else:
        try:
            text = str(value).encode("utf-8", "replace")
        except Exception:  # a __str__ of the program's own: a mark makes no program fail
            text = b"(no text)"
        text = ctypes.create_string_buffer(text)
        to.type, to.word = _library.STRING, ctypes.addressof(text)
        return text
    return None


def value_of(value):
    """(the value for the library, what has to live while it is used)"""
    to = _library.Value()
    kept = _fill(to, value)
    return ctypes.byref(to), (to, kept)


def arguments_of(arguments):
    """(an array for the library, what has to live while it is used)"""
    values = list(arguments.values())[:_library.ARGUMENTS_MAX]
    out = (_library.Value * len(values))()
    return out, [_fill(to, value) for to, value in zip(out, values)]
