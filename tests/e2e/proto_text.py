"""Protocol buffers as protoc prints them: decoded by it, by a description that the tests wrote."""
import codecs
import pathlib
import subprocess

READERS = pathlib.Path(__file__).resolve().parent.parent / "readers"
LIMIT_S = 120


def decode(data, proto, message, broken_texts=False):
    """The message as a dict of lists, in the order of the file. Fields that the description does
    not name are printed by their numbers. With `broken_texts` some may be no UTF-8, of which protoc
    complains."""
    done = subprocess.run(["protoc", f"--decode=readers.{message}", f"--proto_path={READERS}",
                           proto], input=data, capture_output=True, timeout=LIMIT_S)
    if done.returncode != 0 or (done.stderr and not broken_texts):
        raise AssertionError(done.stderr.decode(errors="replace"))
    return parse(done.stdout.decode())


def parse(text):
    whole = {}
    stack = [whole]
    for line in text.splitlines():
        line = line.strip()
        if line.endswith(" {"):
            inner = {}
            stack[-1].setdefault(line[:-2], []).append(inner)
            stack.append(inner)
        elif line == "}":
            stack.pop()
        elif line:
            key, value = line.split(": ", 1)
            stack[-1].setdefault(key, []).append(value_of(value))
    if len(stack) != 1:
        raise AssertionError("protoc's text does not close what it opens")
    return whole


def value_of(text):
    if text.startswith('"'):
        return codecs.escape_decode(text[1:-1].encode())[0].decode(errors="surrogateescape")
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("0x"):
        return int(text, 16)
    return float(text) if any(c in text for c in ".en") else int(text, 0)


def one(message, field, otherwise=None):
    return message.get(field, [otherwise])[0]
