"""What a report file (hone report --html) carries: answers of the API, which its pages ask for."""
import base64
import gzip
import json
import re


def answers(text):
    """The bodies by question ("flame?mode=left&weight=cpu"), as src/serve/report_archive.cc packs
    them."""
    packed = re.search(r'<script type="application/octet-stream" id="answers"[^>]*>([^<]*)<', text)
    raw = gzip.decompress(base64.b64decode(packed.group(1)))
    assert raw[:4] == b"HNA1"
    head_bytes = int.from_bytes(raw[4:8], "little")
    start = 8 + head_bytes
    return {entry["q"]: raw[start + entry["offset"]:start + entry["offset"] + entry["bytes"]]
            for entry in json.loads(raw[8:start])["entries"]}


def table(text, question):
    """One of the answers that are JSON."""
    return json.loads(answers(text)[question])
