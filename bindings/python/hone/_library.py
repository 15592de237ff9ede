"""Finding libhone-calls.so, and calling it. What is declared here is hone/calls.h.

`state` is where the library says whether somebody records; without a library it always says no.
"""
import ctypes
import os
import shutil

VERSION = 1
OFF = 1
SPAN, PLOT, FRAMES, MESSAGE = 1, 2, 3, 4
INTEGER, UNSIGNED, REAL, BOOLEAN, ADDRESS, STRING = 1, 2, 3, 4, 5, 6
ARGUMENTS_MAX = 8
NAME = "libhone-calls.so"


class Text(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in
                ("name", "category", "function", "file", "unit", "keys")] + [
                    (name, ctypes.c_uint32) for name in ("line", "color", "kind", "level")]


class Value(ctypes.Structure):
    _fields_ = [("type", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("word", ctypes.c_uint64)]


Open = ctypes.c_uint64 * 3


def _places():
    """Where the library may be: where the environment says, beside this package as it was
    installed, beside `hone`, or where the loader looks."""
    named = os.environ.get("HONE_CALLS_LIBRARY")
    if named:
        yield named
        return
    here = os.path.dirname(os.path.abspath(__file__))
    folders = [os.path.join(here, "../../../hone")]
    command = shutil.which("hone")
    if command:
        beside = os.path.dirname(os.path.realpath(command))
        folders += [os.path.join(beside, "../lib/hone"), os.path.join(beside, "../lib")]
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, NAME))
        if os.path.exists(path):
            yield path
    yield NAME


def _declare(library):
    pointer, count = ctypes.c_void_p, ctypes.c_uint32
    for name, result, *parameters in (
            ("hone_call_version", count),
            ("hone_call_state", pointer),
            ("hone_call_place_of", pointer, ctypes.POINTER(Text)),
            ("hone_call_begin", None, pointer, pointer, pointer, count),
            ("hone_call_end", None, pointer),
            ("hone_call_message", None, pointer, pointer, count),
            ("hone_call_plot_integer", None, pointer, ctypes.c_int64),
            ("hone_call_plot_real", None, pointer, ctypes.c_double),
            ("hone_call_frame", None, pointer),
            ("hone_call_async", None, pointer, ctypes.c_int, ctypes.c_uint64),
            ("hone_call_flow", None, pointer, ctypes.c_int, ctypes.c_uint64),
            ("hone_call_name_thread", None, ctypes.c_char_p),
            ("hone_call_app_info", None, ctypes.c_char_p, pointer)):
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    if library.hone_call_version() < VERSION:
        raise OSError("it is of an older version than this package")


def _load():
    """(the library, why there is none): one of the two is None."""
    why = "it was not found"
    for path in _places():
        try:
            # Calls are short and take no lock of Python's: the interpreter's own is kept over them.
            library = ctypes.PyDLL(path)
            _declare(library)
            return library, None
        except (OSError, AttributeError) as error:
            why = str(error)
    return None, why


loaded, why_not = _load()
if loaded:
    state = ctypes.c_uint32.from_address(loaded.hone_call_state())
else:
    state = ctypes.c_uint32(OFF)
