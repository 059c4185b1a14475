"""A mail made to do harm costs at most 5 s and 200 MB, its words come out, and a reader that dies takes nobody with it."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hallom.mail.parse import Problem, apart, parse
from hallom.mail.parse.limits import MAX_DEPTH, MAX_PARTS, MAX_RAW, MAX_TEXT, ORDINARY_SIZE
from hallom.mail.tests.corpus_makers import HEAD, MB, hostile, mail, multipart, nested, part

HOSTILE = hostile()
# What one process read of one mail: CPU seconds and memory over what it had before it saw the mail.
MEASURE = """
import io
import json, os, resource, sys
from hallom.mail.parse.reading import parse
import charset_normalizer, hallom.mail.clean
for path in sys.argv[1:]:
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        before = resource.getrusage(resource.RUSAGE_SELF)
        raw = open(path, "rb").read()
        begun = resource.getrusage(resource.RUSAGE_SELF)
        mail = parse(raw)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - begun.ru_utime - begun.ru_stime
        grown = (after.ru_maxrss - before.ru_maxrss) * 1024
        os.write(write, json.dumps([cpu, grown, list(mail.problems)]).encode())
        os._exit(0)
    os.close(write)
    print(os.read(read, 65536).decode() or "null", flush=True)
    os.close(read)
    os.waitpid(pid, 0)
"""


@pytest.mark.slow
def test_hostile_mails_cost_at_most_5_seconds_and_200_megabytes(tmp_path: Path) -> None:
    paths = []
    for number, raw in enumerate(HOSTILE.values()):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)], capture_output=True, check=True, text=True
    )
    costs = dict(zip(HOSTILE, map(json.loads, done.stdout.splitlines()), strict=True))
    assert {name: cost for name, cost in costs.items() if cost is None} == {}
    dear = {
        name: cost for name, cost in costs.items() if cost[0] > apart.CPU_SECONDS or cost[1] > apart.MEMORY
    }
    assert dear == {}
    assert {name for name, cost in costs.items() if Problem.UNPARSABLE in cost[2]} == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_within_the_limits_of_the_apart_process(name: str) -> None:
    parsed = apart.READER.parse(HOSTILE[name])
    assert Problem.UNPARSABLE not in parsed.problems


@pytest.mark.parametrize(
    ("raw", "words", "problem"),
    [
        (nested(MAX_DEPTH + 10), "the words inside", Problem.TOO_DEEP),
        (
            multipart(b"\r\nthe words", *[part("image/png", b"x")] * (MAX_PARTS + 5)),
            "the words",
            Problem.TOO_MANY_PARTS,
        ),
        (
            b"X-Flood: x\n" * 40_000 + mail("Subject: x", body=b"the words"),
            "the words",
            Problem.HEADER_TOO_LONG,
        ),
        (mail("Subject: x", body=b"the words\n" * 200_000), "the words", Problem.TEXT_TOO_LONG),
    ],
    ids=["deep", "parts", "header", "text"],
)
def test_beyond_a_limit_the_words_still_come_out(raw: bytes, words: str, problem: Problem) -> None:
    parsed = parse(raw)
    assert parsed.text.startswith(words)
    assert problem in parsed.problems


def test_what_is_beyond_a_limit_is_kept_as_a_file() -> None:
    deep = nested(MAX_DEPTH + 10)
    assert any(b"the words inside" in each.data for each in parse(deep).attachments)
    long_text = b"words\n" * (MAX_TEXT // 3)
    assert [each.data for each in parse(mail("Subject: x", body=long_text)).attachments] == [long_text]
    many = multipart(*[part("image/png", b"%d" % number) for number in range(MAX_PARTS + 5)])
    files = parse(many).attachments
    assert len(files) == MAX_PARTS + 1
    assert files[-1].data.count(b"Content-Type: image/png") == 5


def test_fields_after_a_flood_are_read() -> None:
    parsed = parse(b"X-Flood: x\n" * 400_000 + mail("Subject: at the end", "From: a@b"))
    assert parsed.subject == "at the end"


def test_a_mail_beyond_the_largest_is_read_as_far_as_it_goes() -> None:
    parsed = parse(mail("Subject: huge", body=b"a" * MAX_RAW))
    assert (parsed.subject, Problem.TRUNCATED in parsed.problems) == ("huge", True)


def test_ordinary_mails_are_read_here_and_others_apart() -> None:
    assert apart.is_ordinary(multipart(part("image/png", b"x" * 100_000)))
    assert not apart.is_ordinary(mail("Subject: x", body=b"a" * ORDINARY_SIZE))
    assert not apart.is_ordinary(nested(50))
    assert not apart.is_ordinary(b"X-A: b\n" * 20_000 + b"\n")
    assert not apart.is_ordinary(HEAD + b"\n" + b"\n--b" * 1000)


def test_apart_or_here_makes_no_difference() -> None:
    raw = multipart(b"Content-Type: text/html\r\n\r\n<p>x</p>", part("image/png", b"x" * MB * 3))
    assert not apart.is_ordinary(raw)
    assert apart.parse(raw) == parse(raw)


def test_a_reader_that_dies_is_replaced_and_its_mail_told_by_its_header() -> None:
    child = apart.Reader()
    raw = mail("Subject: the one", "From: anna@example.hu", body=b"x" * 100)
    try:
        assert child.parse(raw).text
        assert child.process is not None
        first = child.process.pid
        os.kill(first, signal.SIGSTOP)
        killer = threading.Timer(0.2, os.kill, (first, signal.SIGKILL))
        killer.start()
        died = child.parse(raw)
        assert (died.subject, died.text, died.problems) == ("the one", "", ("unparsable",))
        assert child.parse(raw).text
        assert child.process.pid != first
    finally:
        child.close()


def test_a_reader_beyond_its_memory_gives_up_and_the_header_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.Reader, "command", [*apart.Reader.command, "1"])
    child = apart.Reader()
    try:
        parsed = child.parse(multipart(part("image/png", b"x" * MB * 8)))
        assert parsed.problems == (Problem.UNPARSABLE,)
        assert parsed.subject == "x"
        assert parsed.attachments == ()
    finally:
        child.close()


def test_the_other_process_can_make_values_of_mails_only() -> None:
    with pytest.raises(pickle.UnpicklingError):
        apart._Values(io.BytesIO(pickle.dumps(os.system))).load()
