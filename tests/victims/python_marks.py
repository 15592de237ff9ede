"""What a Python program marks: python_marks.py COUNT. What it calls is what
tests/e2e/python_marks_test.py looks for; without a recorder it prints the same."""
import asyncio
import sys
import threading

import hone

COUNT = int(sys.argv[1])


class Words:
    def __str__(self):
        return "by str()"


class Silent:
    def __str__(self):
        raise ValueError("never said")


@hone.span
def plain(n):
    return n + 1


@hone.span("Named::recursive", category="deep")
def recursive(n):
    return 0 if n == 0 else 1 + recursive(n - 1)


class Thing:
    @hone.span
    def method(self):
        return "method"

    @hone.span("of the class")
    @staticmethod
    def static():
        return "static"


@hone.span("counted by")
def generator(n):
    for i in range(n):
        got = yield i
        if got:
            return got


@hone.span("asynchronous generator")
async def stream():
    sent = yield 1
    try:
        yield sent
    except KeyError:
        yield "thrown"


@hone.span("fetch")
async def fetch(event):
    async with hone.span("inner", category="asynchronous"):
        await event.wait()
    return 1


async def interleaved():
    first, second = asyncio.Event(), asyncio.Event()

    async def one():
        with hone.span("across an await"):
            second.set()
            await first.wait()

    async def two():
        await second.wait()
        with hone.span("ends later"):
            first.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    await asyncio.gather(one(), two())
    event = asyncio.Event()
    tasks = [asyncio.ensure_future(fetch(event)) for _ in range(3)]
    await asyncio.sleep(0)
    event.set()
    told = stream()
    items = [await told.asend(None), await told.asend(2), await told.athrow(KeyError())]
    await told.aclose()
    return sum([await task for task in tasks]), items


def worker(number):
    hone.thread(f"worker {number}")
    for _ in range(COUNT):
        with hone.span("of a thread", number=number):
            pass


def values():
    with hone.span("values", whole=-5, large=2**63, real=0.5, yes=True, text="gr\u00fc\u00df",
                   words=Words(), huge=2**70, silent=Silent()):
        pass
    with hone.span("nine", a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9):
        pass
    with hone.span("colored", color=0x3080ff):
        pass
    try:
        with hone.span("raises"):
            raise LookupError("the program's own")
    except LookupError:
        pass
    again = hone.span("entered twice")
    with again, again:
        pass


def main():
    hone.app_info("build", "nightly")
    hone.app_info("seed", 7)
    with hone.span("main"):
        sums = [plain(i) for i in range(COUNT)]
        thing = Thing()
        said = [recursive(3), thing.method(), Thing.static(), list(generator(3)), sum(sums)]
        going = generator(5)
        next(going)
        going.close()
        values()
        said.append(asyncio.run(interleaved()))
        threads = [threading.Thread(target=worker, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for i in range(COUNT):
            hone.plot("queue", i)
            hone.plot("share", i / 2, unit="percent")
            hone.frame()
        hone.message("reloaded", level="warn", by="user", files=3)
        hone.message("plain")
        hone.flow_begin("hand over", 9)
        hone.flow_end("hand over", 9)
    print(said, "available" if hone.available else "not available", hone.why_not)


main()
