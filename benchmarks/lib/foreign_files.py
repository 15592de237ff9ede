"""Large files of other tools, as those would write them of a long run: of one program of 2,000
functions, its stacks 8 to 40 deep. Written block by block: a block is made once, and repeated with
what has to differ."""
import json
import random
import sys

FUNCTIONS = 2000
STACKS = 5000
BLOCK = 1000


class Program:
    """Functions and stacks, root first, by numbers; the same in each run."""

    def __init__(self):
        self.random = random.Random(7)
        self.names = [f"app::part{i % 40}::Worker<{i}>::handle_request_of_kind_{i}"
                      for i in range(FUNCTIONS)]
        self.stacks = [[0, *(min(FUNCTIONS - 1, 1 + int(self.random.expovariate(1 / 400)))
                             for _ in range(self.random.randrange(7, 39)))]
                       for _ in range(STACKS)]

    def some_stacks(self):
        """Of samples one after the other: half of them where the one before was, most others near
        it, some anywhere."""
        out, at = [], self.random.randrange(STACKS)
        for _ in range(BLOCK):
            chance = self.random.random()
            if chance < 0.1:
                at = self.random.randrange(STACKS)
            elif chance < 0.5:
                at = (at + self.random.randrange(-20, 21)) % STACKS
            out.append(at)
        return out

    def tree(self):
        """Nodes of all stacks as (parent, function), and the node that each stack ends in."""
        nodes, ends, known = [], [], {}
        for stack in self.stacks:
            at = None
            for function in stack:
                if (at, function) not in known:
                    known[at, function] = len(nodes)
                    nodes.append((at, function))
                at = known[at, function]
            ends.append(at)
        return nodes, ends


def _repeat(out, blocks, size, between=""):
    """Whole blocks, in turn, until the file has so many bytes; how many there are."""
    count = 0
    while count == 0 or out.tell() < size:
        if count > 0:
            out.write(between)
        out.write(blocks[count % len(blocks)])
        count += 1
    return count


def folded(path, size):
    """As stackcollapse would without summing: each sample a line."""
    made = Program()
    lines = [";".join(made.names[f] for f in stack) + " 1\n" for stack in made.stacks]
    with open(path, "w", encoding="ascii") as out:
        _repeat(out, ["".join(lines[i] for i in made.some_stacks()) for _ in range(8)], size)


def callgrind(path, size):
    """Dumps of a program that runs for long, one part a dump, as --dump-every-bb has them."""
    made = Program()
    with open(path, "w", encoding="ascii") as out:
        out.write("# callgrind format\nversion: 1\ncreator: callgrind-3.19\npid: 7\n"
                  "cmd: ./app\npositions: line\n")
        names = "".join(f"fl=({i % 40 + 1}) part{i % 40}.cc\nfn=({i + 1}) {name}\n0 0 0 0\n"
                        for i, name in enumerate(made.names))
        part = []
        for i in range(FUNCTIONS):
            part.append(f"\nfl=({i % 40 + 1})\nfn=({i + 1})\n{10 * i + 1} 1200 300 40\n")
            part += ["+1 {} {} 7\n".format(100 + line, 20 + line) for line in range(20)]
            for call in range(3 if i + 1 < FUNCTIONS else 0):
                called = made.random.randrange(i + 1, FUNCTIONS) + 1
                part.append(f"cfi=({(called - 1) % 40 + 1})\ncfn=({called})\n"
                            f"calls={call + 1} {10 * called}\n+{call} 4000 900 60\n")
        out.write("part: 1\nevents: Ir Dr Dw\n" + names)
        _repeat(out, ["part: 2\nevents: Ir Dr Dw\n" + "".join(part)], size)


def cpuprofile(path, size):
    made = Program()
    nodes, ends = made.tree()
    children = [[] for _ in nodes]
    for i, (parent, _) in enumerate(nodes):
        if parent is not None:
            children[parent].append(i + 2)
    with open(path, "w", encoding="ascii") as out:
        out.write('{"nodes":[{"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"",'
                  '"lineNumber":-1,"columnNumber":-1},"hitCount":0,"children":[2]}')
        for i, (_, function) in enumerate(nodes):
            out.write(",\n" + json.dumps({
                "id": i + 2, "callFrame": {
                    "functionName": made.names[function], "scriptId": "7",
                    "url": f"file:///app/part{function % 40}.js", "lineNumber": function,
                    "columnNumber": 3}, "hitCount": 1, "children": children[i]},
                separators=(",", ":")))
        out.write('],"startTime":1000000,"endTime":900000000000000,"samples":[')
        blocks = [",".join(str(ends[i] + 2) for i in made.some_stacks()) for _ in range(8)]
        # The times after it take about as much room.
        count = _repeat(out, blocks, size * 6 // 10, ",")
        out.write('],"timeDeltas":[')
        deltas = ",".join(str(1000 + made.random.randrange(200)) for _ in range(BLOCK))
        out.write(",".join([deltas] * count))
        out.write("]}")


def speedscope(path, size):
    made = Program()
    with open(path, "w", encoding="ascii") as out:
        out.write('{"$schema":"https://www.speedscope.app/file-format-schema.json","name":"app",'
                  '"shared":{"frames":')
        out.write(json.dumps([{"name": name, "file": f"part{i % 40}.cc", "line": i + 1}
                              for i, name in enumerate(made.names)]))
        out.write('},"profiles":[{"type":"sampled","name":"main","unit":"nanoseconds",'
                  '"startValue":0,"samples":[')
        blocks = [",".join(json.dumps(made.stacks[i], separators=(",", ":"))
                           for i in made.some_stacks()) for _ in range(8)]
        count = _repeat(out, blocks, size * 9 // 10, ",")
        out.write('],"weights":[')
        out.write(",".join([",".join(["1000000"] * BLOCK)] * count))
        out.write(f'],"endValue":{count * BLOCK * 1000000}}}]}}')


def dhat(path, size):
    """A heap of very many places."""
    made = Program()
    with open(path, "w", encoding="ascii") as out:
        out.write('{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":true,"bkacc":true,'
                  '"tu":"instrs","Mtu":"Minstr","tuth":500,"cmd":"./app","pid":7,"te":9000000,'
                  '"tg":5000000,"pps":[')
        count = 0
        while out.tell() < size:
            stack = made.stacks[count % STACKS][::-1]
            fields = {"tb": 64 + count % 1000, "tbk": 1 + count % 3, "tl": 900, "mb": 64, "mbk": 1,
                      "gb": 64, "gbk": 1, "eb": 0, "ebk": 0, "rb": 8, "wb": 64}
            # Many places of each function that allocates.
            stack = [(stack[0] + count // STACKS) % FUNCTIONS, *stack[1:]]
            fields["fs"] = [1 + function for function in stack]
            out.write(("," if count else "") + json.dumps(fields, separators=(",", ":")) + "\n")
            count += 1
        out.write('],"ftbl":["[root]"')
        for i, name in enumerate(made.names):
            out.write("," + json.dumps(f"0x{0x400000 + 16 * i:X}: {name} (part{i % 40}.cc:{i})"))
        out.write("]}")


def heaptrack(path, size):
    made = Program()
    nodes, ends = made.tree()
    with open(path, "w", encoding="ascii") as out:
        out.write("v 10400 3\nX ./app\nI 1000 5e298f\ns 8 /bin/app\n")
        out.write("".join(f"s {len(name):x} {name}\n" for name in made.names))
        out.write("".join(f"i {16 * i + 16:x} 1 {i + 2:x}\n" for i in range(FUNCTIONS)))
        out.write("".join(f"t {function + 1:x} {0 if parent is None else parent + 1:x}\n"
                          for parent, function in nodes))
        out.write("".join(f"a {16 + i % 500:x} {end + 1:x}\n" for i, end in enumerate(ends)))
        blocks = []
        for _ in range(8):
            kinds = made.some_stacks()
            blocks.append("".join(f"+ {kind:x}\n" for kind in kinds) +
                          "".join(f"- {kind:x}\n" for kind in kinds))
        # The times between them only grow.
        count = 0
        while out.tell() < size:
            out.write(blocks[count % len(blocks)])
            out.write(f"c {count:x}\n")
            count += 1


def firefox(path, size):
    made = Program()
    nodes, ends = made.tree()
    texts = ["app", *made.names]
    zeros = [0] * FUNCTIONS
    nones = [None] * FUNCTIONS
    thread = {
        "name": "main", "processType": "default", "pid": "7", "tid": 7, "isMainThread": True,
        "registerTime": 0, "unregisterTime": None, "processStartupTime": 0,
        "processShutdownTime": None, "pausedRanges": [],
        "markers": {"length": 0, "category": [], "data": [], "name": [], "phase": [],
                    "startTime": [], "endTime": []},
        "stackTable": {"length": len(nodes), "prefix": [parent for parent, _ in nodes],
                       "frame": [function for _, function in nodes]},
        "frameTable": {"length": FUNCTIONS, "func": list(range(FUNCTIONS)), "address": [-1] *
                       FUNCTIONS, "category": zeros, "subcategory": zeros, "inlineDepth": zeros,
                       "line": nones, "column": nones, "nativeSymbol": nones,
                       "innerWindowID": nones},
        "funcTable": {"length": FUNCTIONS, "name": list(range(1, FUNCTIONS + 1)), "isJS": [False] *
                      FUNCTIONS, "relevantForJS": [False] * FUNCTIONS, "resource": [-1] * FUNCTIONS,
                      "fileName": nones, "lineNumber": nones, "columnNumber": nones},
        "resourceTable": {"length": 0, "lib": [], "name": [], "host": [], "type": []},
        "nativeSymbols": {"length": 0, "libIndex": [], "address": [], "name": [],
                          "functionSize": []},
        "stringArray": texts}
    meta = {"version": 27, "preprocessedProfileVersion": 49, "interval": 1, "startTime": 0,
            "product": "app", "stackwalk": 1, "processType": 0, "categories":
            [{"name": "Other", "color": "grey", "subcategories": ["Other"]}], "markerSchema": []}
    with open(path, "w", encoding="ascii") as out:
        out.write('{"meta":' + json.dumps(meta) + ',"libs":[],"pages":[],"counters":[],"threads":[')
        out.write(json.dumps(thread)[:-1] + ',"samples":{"weightType":"tracing-ms","stack":[')
        blocks = [",".join(str(ends[i]) for i in made.some_stacks()) for _ in range(8)]
        count = _repeat(out, blocks, size * 4 // 10, ",")
        out.write('],"timeDeltas":[')
        out.write(",".join([",".join(["1.125"] * BLOCK)] * count))
        out.write('],"weight":[')
        out.write(",".join([",".join(["1"] * BLOCK)] * count))
        out.write(f'],"length":{count * BLOCK}}}}}]}}')


# What each is called in tables, and by what it is written.
ALL = {"folded": folded, "callgrind": callgrind, "cpuprofile": cpuprofile,
       "speedscope": speedscope, "dhat": dhat, "heaptrack": heaptrack, "firefox": firefox}


if __name__ == "__main__":
    ALL[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
