#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Debian's kernel saved and restored: under load at random points, and in deterministic mode.

usage: test_snapshot_linux.py VGIC5 [TEST...]
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "linux"))
# pylint: disable=wrong-import-position
from guest import Debian, Tap, make_disk, run, want  # noqa: E402

VGIC5 = sys.argv[1]
WORK = tempfile.mkdtemp(prefix="vgic5-snapshot-")
LONG = bool(os.environ.get("VGIC5_LONG"))
SEED = int(os.environ.get("VGIC5_SEED", "5"))
SNAP = f"{WORK}/snap"
debian = Debian(WORK)


def linux(words, *options, cpus=2, mem=192):
    parameters = f"console=ttyAMA0 rdinit=/init {words}"
    return ["run", "-k", debian.image, "-i", debian.initramfs, "-c", cpus, "-m", mem, "-p", parameters, *options]


def a_while(arguments, seconds):
    """Runs until @seconds have passed, then saves. Returns console, and whether the guest had ended before."""
    command = [VGIC5, *map(str, arguments), "--snapshot", SNAP, "--save-on", "USR1", "--selfcheck", "--timeout", "200"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            out, err = process.communicate(timeout=200)
    out, err = out.decode(errors="replace"), err.decode(errors="replace")
    want(process.returncode == 0, f"{out[-3000:]}\n{err}\nstatus {process.returncode} of {command[1]}")
    return out, "saved to" not in err


def under_load():
    """a guest with IPIs, timers and block I/O at once loses nothing, saved at random points on its way"""
    chosen = random.Random(SEED)
    disk = make_disk(f"{WORK}/disk")
    seconds, limit = (60, 100) if LONG else (8, 12)
    words = f"selfcheck cpus=2 disk rng load={seconds} quiet"
    out, ended = a_while(linux(words, "--disk", disk, "--pcpus", 2), chosen.uniform(1, 3))
    saves = 0
    while not ended and saves < limit:
        saves += 1
        more, ended = a_while(["restore", SNAP], chosen.uniform(0.3, 1.5))
        out += more
    if not ended:
        out += run(VGIC5, "restore", SNAP, "--selfcheck", "--timeout", 200, timeout=230).expect(0).out
    want(saves >= 3, f"only {saves} saves")  # the load alone lasts for five of the longest waits
    for word in ("hammer: PASS", "SELFCHECK PASS"):
        want(word in out, f"{out[-4000:]}\nno {word!r} after {saves} saves")


def parts(path):
    """A trace cut at its marks; arrows are numbered anew in each part, those from another one left out."""
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    os.unlink(path)
    result, arrows = [[]], {}
    for event in events:
        if event.get("name") in ("saved", "restored"):
            result.append([])
            arrows = {}
            continue
        if event["ph"] == "s":
            arrows[event["id"]] = len(arrows)
        if event["ph"] in "sf":
            if event["id"] not in arrows:
                continue
            event["id"] = arrows[event["id"]]
        result[-1].append(event)
    return result


def deterministic():
    """a run restored at each of its saves goes on as the one that saved there and continued"""
    chosen = random.Random(SEED)
    times = sorted(round(chosen.uniform(0.05, 1.0), 7) for _ in range(50 if LONG else 10))
    options = ("--deterministic", "--pcpus", 2, "--snapshot", SNAP, "--trace", f"{WORK}/trace")
    last = linux("selfcheck cpus=2 rng quiet", *options)
    went_on = run(VGIC5, *last, "--save-continue", "--save-at", ",".join(map(str, times)), timeout=300)
    went_on.expect(0, "SELFCHECK PASS")
    expected = parts(f"{WORK}/trace")[1:]
    want(len(expected) == len(times), f"{len(expected)} saves")
    os.rename(SNAP, f"{WORK}/expected")
    out = run(VGIC5, *last, "--save-at", times[0], timeout=300).expect(0).out
    for i, part in enumerate(expected):
        more = ("--save-at", times[i + 1], "--snapshot", f"{WORK}/next") if i + 1 < len(times) else ()
        got = run(VGIC5, "restore", SNAP, "--trace", f"{WORK}/trace", *more, timeout=300).expect(0)
        out += got.out
        want(parts(f"{WORK}/trace")[1] == part, f"{len(part)} events from {times[i]} s on are others")
        if more:
            os.rename(f"{WORK}/next", SNAP)
    want(out == went_on.out, "the console differs")
    with open(SNAP, "rb") as one, open(f"{WORK}/expected", "rb") as two:
        want(one.read() == two.read(), "the last snapshots differ")


TESTS = [under_load, deterministic]

if __name__ == "__main__":
    tap = Tap()
    only = sys.argv[2:]
    chosen_tests = [test for test in TESTS if not only or test.__name__ in only]
    if debian.why:
        for test in chosen_tests:
            tap.skip(" ".join(test.__doc__.split()), debian.why)
    else:
        tap.run(chosen_tests)
    shutil.rmtree(WORK)
    tap.finish()
