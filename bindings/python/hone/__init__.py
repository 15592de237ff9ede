"""Marks for `hone record`: spans, frames, plots and messages of a Python program.

    import hone

    with hone.span("load", path=path, rows=len(rows)):
        ...

    @hone.span
    def step(): ...

    hone.frame(); hone.plot("queue", n); hone.message("reloaded", level="warn", by=user)

While nobody records a mark costs a fraction of a microsecond and does nothing; without Hone on the
machine as well (`hone.available` is then False, and `hone.why_not` says why).
"""
import functools
import inspect
import itertools
import sys

from hone import _library
from hone._places import arguments_of, call_place, place, value_of

__all__ = ["span", "frame", "plot", "message", "thread", "app_info", "flow_begin", "flow_end",
           "is_recorded", "available", "why_not"]

available = _library.loaded is not None
why_not = _library.why_not

_calls = _library.loaded
_state = _library.state
_OFF = _library.OFF
_Open = _library.Open
_ids = itertools.count(1)


def is_recorded():
    """Whether somebody records now: for what is costly to compute for a mark alone."""
    return _state.value != _OFF


class span:
    """A span: `with span("name", key=value)`, `async with span("name")`, `@span`, `@span("name")`.

    Values are numbers, truth values and texts, at most 8; anything else is recorded as its str().
    Two keys say something about the span itself: category (else what is before the first "::" of
    the name) and color (0xrrggbb).

    A `with` is a span of its thread. Where a coroutine or a generator gives up control inside it,
    others may run in between, and end later: it is then recorded as a span that is not nested. An
    `async with`, and a decorated coroutine or generator, is an asynchronous span, which belongs to
    no thread; it has no arguments.
    """

    __slots__ = ("name", "category", "color", "arguments", "opened")

    def __new__(cls, name, /, *, category="", color=0, **arguments):
        self = object.__new__(cls)
        self.name, self.category, self.color = name, category, color
        self.arguments, self.opened = arguments, None
        return self if isinstance(name, str) else self(name)

    def __enter__(self):
        if _state.value == _OFF:
            return self
        where = call_place(_library.SPAN, self.name, sys._getframe(1), self.arguments,
                           self.category, self.color)
        self._open(_begin(where, self.arguments))
        return self

    def __exit__(self, *raised):
        if self.opened:
            _calls.hone_call_end(self.opened.pop())

    async def __aenter__(self):
        if _state.value != _OFF:
            frame_of_caller = sys._getframe(1)
            where = call_place(_library.SPAN, self.name, frame_of_caller, (), self.category,
                               self.color)
            self._open(_async_begin(where))
        return self

    async def __aexit__(self, *raised):
        if self.opened:
            _async_end(*self.opened.pop())

    def __call__(self, function):
        """As a decorator."""
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(self(function.__func__))
        if not callable(function):
            raise TypeError("hone.span takes a name, or decorates a function")
        code = getattr(function, "__code__", None)
        name = self.name if isinstance(self.name, str) else function.__qualname__
        where = (name, function.__qualname__, code.co_filename if code else "",
                 code.co_firstlineno if code else 0, self.arguments, self.category, self.color)
        if inspect.iscoroutinefunction(function):
            return _around_coroutine(function, where)
        if inspect.isasyncgenfunction(function):
            return _around_async_generator(function, where)
        if inspect.isgeneratorfunction(function):
            return _around_generator(function, where)
        return _around_function(function, where, self.arguments)

    def _open(self, opened):
        # One object may be entered again before it is left.
        if self.opened is None:
            self.opened = []
        self.opened.append(opened)


def _begin(where, arguments):
    opened = _Open()
    if arguments:
        values, _kept = arguments_of(arguments)
        _calls.hone_call_begin(where, opened, values, len(values))
    else:
        _calls.hone_call_begin(where, opened, None, 0)
    return opened


def _async_begin(where):
    number = next(_ids)
    _calls.hone_call_async(where, 0, number)
    return where, number


def _async_end(where, number):
    _calls.hone_call_async(where, 1, number)


def _place_at(where):
    name, function, file, line, arguments, category, color = where
    return place(_library.SPAN, name, function, file, line, tuple(arguments), category, color)


def _around_function(function, where, arguments):
    end = _calls.hone_call_end if _calls else None

    @functools.wraps(function)
    def marked(*given, **named):
        if _state.value == _OFF:
            return function(*given, **named)
        opened = _begin(_place_at(where), arguments)
        try:
            return function(*given, **named)
        finally:
            end(opened)
    return marked


def _around_coroutine(function, where):
    @functools.wraps(function)
    async def marked(*given, **named):
        if _state.value == _OFF:
            return await function(*given, **named)
        opened = _async_begin(_place_at(where))
        try:
            return await function(*given, **named)
        finally:
            _async_end(*opened)
    return marked


def _around_generator(function, where):
    @functools.wraps(function)
    def marked(*given, **named):
        opened = None if _state.value == _OFF else _async_begin(_place_at(where))
        try:
            return (yield from function(*given, **named))
        finally:
            if opened:
                _async_end(*opened)
    return marked


def _around_async_generator(function, where):
    @functools.wraps(function)
    async def marked(*given, **named):
        opened = None if _state.value == _OFF else _async_begin(_place_at(where))
        inner = function(*given, **named)
        try:
            item = await inner.asend(None)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as thrown:
                    item = await inner.athrow(thrown)
                else:
                    item = await inner.asend(sent)
        except StopAsyncIteration:
            pass
        finally:
            if opened:
                _async_end(*opened)
    return marked


def frame(name="frame"):
    """A frame of the set `name` ends here, and the next begins."""
    if _state.value != _OFF:
        _calls.hone_call_frame(call_place(_library.FRAMES, name, sys._getframe(1), level="error"))


def plot(name, value, unit=""):
    """A value at this moment; whole numbers of 64 bits stay exact, all else becomes a float."""
    if _state.value == _OFF:
        return
    where = call_place(_library.PLOT, name, sys._getframe(1), unit=unit)
    if isinstance(value, int) and -2**63 <= value < 2**63:
        _calls.hone_call_plot_integer(where, value)
    else:
        _calls.hone_call_plot_real(where, float(value))


def message(text, level="info", **arguments):
    """A message; level: error, warn, info, debug or trace."""
    if _state.value == _OFF:
        return
    where = call_place(_library.MESSAGE, text, sys._getframe(1), arguments, level=level)
    values, _kept = arguments_of(arguments)
    _calls.hone_call_message(where, values, len(values))


def flow_begin(name, number):
    """An arrow named `name` begins here; flow_end() with its number, on any thread, ends it."""
    if _state.value != _OFF:
        where = call_place(_library.SPAN, name, sys._getframe(1))
        _calls.hone_call_flow(where, 0, number & 2**64 - 1)


def flow_end(name, number):
    if _state.value != _OFF:
        where = call_place(_library.SPAN, name, sys._getframe(1))
        _calls.hone_call_flow(where, 1, number & 2**64 - 1)


def thread(name):
    """Names the calling thread, for recorders that come later as well."""
    if _calls:
        _calls.hone_call_name_thread(name.encode("utf-8", "replace"))


def app_info(key, value):
    """A fact about the program: a build, a seed."""
    if _calls:
        told, _kept = value_of(value)
        _calls.hone_call_app_info(key.encode("utf-8", "replace"), told)
