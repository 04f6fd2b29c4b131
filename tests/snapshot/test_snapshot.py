#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Machines saved and restored: small guests in deterministic mode, files that are refused, what is printed.

usage: test_snapshot.py VGIC5 FOLDER-OF-GUEST-IMAGES [TEST...]
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "linux"))
# pylint: disable=wrong-import-position
from guest import (  # noqa: E402
    SYSTEM_OFF,
    SYSTEM_RESET,
    WFI_FOREVER,
    Tap,
    Terminal,
    load_constant,
    make_disk,
    psci,
    run,
    text,
    tiny_kernel,
    want,
)
from snapfile import Snapshot  # noqa: E402

VGIC5, IMAGES = sys.argv[1:3]
WORK = tempfile.mkdtemp(prefix="vgic5-snapshot-")
LONG = bool(os.environ.get("VGIC5_LONG"))
POINTS = int(os.environ.get("POINTS", 50 if LONG else 10))
SEED = int(os.environ.get("VGIC5_SEED", "5"))
SNAP = f"{WORK}/snap"


def image(name):
    return f"{IMAGES}/{name}.img"


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def events_after(path, mark):
    """What a trace says after the mark; arrows are numbered anew, those that began before are left out."""
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    marks = [i for i, event in enumerate(events) if event.get("name") == mark]
    want(marks, f"no mark {mark} in {path}")
    arrows = {}
    result = []
    for event in events[marks[-1] + 1:]:
        if event["ph"] == "s":
            arrows[event["id"]] = len(arrows)
        if event["ph"] in "sf":
            if event["id"] not in arrows:
                continue
            event["id"] = arrows[event["id"]]
        result.append(event)
    return result


def same_from_there_on(at, *options):
    """Saved and ended, saved and gone on, restored: @at in seconds of the guest's clock."""
    deterministic = ("-m", 16, "--deterministic", "--selfcheck", "--snapshot", SNAP, "--save-at", f"{at:.9f}")
    ended = run(VGIC5, "run", *options, *deterministic).expect(0, "saved to")
    first = contents(SNAP)
    went_on = run(
        VGIC5, "run", *options, *deterministic, "--save-continue", "--trace", f"{WORK}/on", "--stats", f"{WORK}/s1"
    ).expect(0, "saved to")
    want(contents(SNAP) == first, f"at {at}: two equal runs give two snapshots")
    restored = run(VGIC5, "restore", SNAP, "--selfcheck", "--trace", f"{WORK}/new", "--stats", f"{WORK}/s2").expect(0)
    want(went_on.out == ended.out + restored.out, f"at {at}: console:\n{went_on.out}---\n{ended.out}+++\n{restored.out}")
    expected, got = events_after(f"{WORK}/on", "saved"), events_after(f"{WORK}/new", "restored")
    if expected != got:
        where = next((i for i, pair in enumerate(zip(expected, got)) if pair[0] != pair[1]), -1)
        want(False, f"at {at}: {len(expected)} and {len(got)} events, first different {where}:\n"
             f"{expected[where:where + 3]}\n{got[where:where + 3]}")
    with open(f"{WORK}/s1", encoding="utf-8") as one, open(f"{WORK}/s2", encoding="utf-8") as two:
        want(json.load(one)["time"]["guest_ns"] == json.load(two)["time"]["guest_ns"], f"at {at}: end at another time")
    run(VGIC5, "restore", SNAP, "--snapshot", f"{WORK}/again", "--save-at", 0).expect(0)
    want(contents(f"{WORK}/again") == first, f"at {at}: saved again without running: other bytes")
    return len(expected)


def at_random_points(guest, end, *options, points=POINTS):
    chosen = random.Random(SEED)
    events = 0
    for _ in range(points):
        events += same_from_there_on(chosen.uniform(0, end), "-k", image(guest), *options)
    want(events > 20 * points, f"only {events} events in {points} runs")


def ipis():
    """a run restored at any point goes on as the one that was saved there: IPIs, 2 vCPUs on 2 PEs"""
    at_random_points("gic_ipi", 0.0088, "-c", 2, "--pcpus", 2)


def time_slices():
    """a run restored at any point goes on as the one that was saved there: 3 vCPUs take turns on 2 PEs"""
    at_random_points("smp", 0.138, "-c", 3, "--pcpus", 2, points=POINTS // 3)


def every_interrupt_type():
    """a run restored at any point goes on as the one that was saved there: PPIs, SPIs, LPIs, doorbells"""
    at_random_points("gic_basic", 0.0055)


# ---- files ---------------------------------------------------------------------------------------


def small_snapshot(path=SNAP, *options, code=(), cpus=1):
    """A machine that was saved before its first instruction."""
    kernel = tiny_kernel(f"{WORK}/tiny", list(code) + psci(SYSTEM_OFF))
    run(VGIC5, "run", "-k", kernel, "-m", 4, "-c", cpus, "--snapshot", path, "--save-at", 0, *options).expect(0)
    return Snapshot(path)


def refused(word, *arguments, command="restore"):
    """One line that begins with the program's name and holds @word, and status 2."""
    result = run(VGIC5, command, *arguments).expect(2, word)
    want(result.err.count("\n") == 1 and result.err.startswith("vgic5: "), f"not one line: {result.err!r}")
    want(not result.out, f"output: {result.out!r}")


def restored_runs():
    """a machine saved before its first instruction runs when it is restored"""
    small_snapshot(code=text("hello"))
    want(run(VGIC5, "restore", SNAP).expect(0).out == "hello", "other output")
    small_snapshot(SNAP, "--console", "virtio", "--net", "user", code=text("hello"))
    want(run(VGIC5, "restore", SNAP, "--pcpus", 2).expect(0).out == "hello", "other output")


def damaged_files():
    """a file that is cut off or damaged anywhere is refused with one line and status 2"""
    small_snapshot()
    whole = contents(SNAP)
    bad = f"{WORK}/bad"
    chosen = random.Random(SEED)
    cuts = [0, 8, 15, 16, 47, len(whole) - 1, len(whole) - 32] + [chosen.randrange(len(whole)) for _ in range(POINTS)]
    for cut in cuts:
        with open(bad, "wb") as file:
            file.write(whole[:cut])
        refused(bad, bad)
    flips = 0
    while flips < 2 * POINTS:
        at = chosen.randrange(len(whole))
        with open(bad, "wb") as file:
            file.write(whole[:at] + bytes([whole[at] ^ 1 << chosen.randrange(8)]) + whole[at + 1:])
        result = run(VGIC5, "restore", bad)
        # padding between sections belongs to none
        want(result.status == 2 and result.err.count("\n") == 1 or result.status == 0 and whole[at] == 0,
             f"byte {at}: status {result.status}, {result.err}")
        flips += 1
    refused("cannot open", "/nonexistent")
    refused("not a snapshot", "/dev/null")
    refused("which file")


def other_versions():
    """a newer version and an unknown section are refused by name"""
    bad = f"{WORK}/bad"
    for tag in sorted({section[0] for section in small_snapshot().sections}):
        snapshot = small_snapshot()
        snapshot.find(tag)[2] += 1
        snapshot.write(bad)
        refused(f"section {tag} has version 2", bad)
        refused(f"section {tag} has version 2", bad, command="inspect")
    snapshot = small_snapshot()
    snapshot.sections.append(["FUTURE", 0, 1, b"x"])
    snapshot.write(bad)
    refused("section FUTURE is unknown", bad)
    snapshot = small_snapshot()
    snapshot.version += 1
    snapshot.write(bad)
    refused("format version 2", bad)


def missing_or_wrong_sections():
    """a file without one of its sections, or with one that holds something else, is refused"""
    bad = f"{WORK}/bad"
    for i, section in enumerate(small_snapshot().sections):
        name = f"{section[0]} {section[1]}"
        snapshot = small_snapshot()
        del snapshot.sections[i]
        snapshot.write(bad)
        refused(f"no section {name}", bad)
        if section[0] == "RAM":
            continue
        for what in (section[3][:-1], section[3] + b"x", b"", b"\xff" * len(section[3])):
            snapshot = small_snapshot()
            snapshot.sections[i][3] = what
            snapshot.write(bad)
            result = run(VGIC5, "restore", bad)
            want(result.status == 2 and result.err.count("\n") == 1, f"{name}: {result.status} {result.err}")


def hostile_sections():
    """sections with random contents are refused or run, and never break the program"""
    chosen = random.Random(SEED)
    bad = f"{WORK}/bad"
    small_snapshot()
    for _ in range(300 if LONG else 40):
        snapshot = Snapshot(SNAP)
        section = chosen.choice([s for s in snapshot.sections if s[0] != "RAM"])
        data = bytearray(section[3])
        for _ in range(chosen.randrange(1, 8)):
            data[chosen.randrange(len(data))] = chosen.choice([0, 1, 0x7F, 0x80, 0xFF, chosen.randrange(256)])
        section[3] = bytes(data)
        snapshot.write(bad)
        for command in (("restore", bad, "--timeout", 1), ("inspect", bad)):
            result = run(VGIC5, *command, timeout=60)
            want(result.status in (0, 2, 3), f"{section[:2]}: {command[0]} ended with {result.status}\n{result.err}")


def other_hardware():
    """a guest that has seen more than this computer's GICv5 offers is refused, and the field is named"""
    bad = f"{WORK}/bad"
    for offset, shift, width, value, word in (
        (0x04, 20, 3, 7, "IRS_IDR1.PRIORITY_BITS = 7"),
        (0x08, 0, 5, 24, "IRS_IDR2.ID_BITS = 24"),
        (0x14, 0, 25, 128, "IRS_IDR5.SPI_RANGE = 128"),
        (0x00, 6, 1, 1, "IRS_IDR0.VIRT = 1"),
    ):
        snapshot = small_snapshot()
        section = snapshot.find("GICIRS")
        data = bytearray(section[3])
        for at in range(4, len(data), 12):
            if int.from_bytes(data[at:at + 4], "little") == offset:
                old = int.from_bytes(data[at + 4:at + 12], "little")
                new = old & ~(((1 << width) - 1) << shift) | value << shift
                data[at + 4:at + 12] = new.to_bytes(8, "little")
        section[3] = bytes(data)
        snapshot.write(bad)
        refused(word, bad)


def changed_disk():
    """a disk that was changed, or is gone, is refused; --force accepts a changed one"""
    disk = make_disk(f"{WORK}/disk", 1)
    small_snapshot(SNAP, "--disk", disk)
    run(VGIC5, "restore", SNAP).expect(0)
    os.utime(disk, ns=(0, 1234567890))
    refused("was written to", SNAP)
    run(VGIC5, "restore", SNAP, "--force").expect(0)
    with open(disk, "ab") as file:
        file.write(bytes(512))
    refused("it had 1048576", SNAP)
    run(VGIC5, "restore", SNAP, "--force").expect(0)
    os.unlink(disk)
    refused(disk, SNAP)
    refused(disk, SNAP, "--force")


def full_disk():
    """a snapshot that finds no room leaves the old file, and the guest goes on"""
    small_snapshot()
    before = contents(SNAP)
    # fills a MiB of memory with what does not compress, then says so
    fill = load_constant(0, 0x40400000) + load_constant(1, 0x20000) + load_constant(2, 0x9E3779B97F4A7C15)
    fill += [
        0x9B027C42,  # mul x2, x2, x2
        0x91000442,  # add x2, x2, #1
        0xCA423042,  # eor x2, x2, x2, lsr #12
        0x8B010042,  # add x2, x2, x1
        0xF8008402,  # str x2, [x0], #8
        0xF1000421,  # subs x1, x1, #1
        0x54FFFF41,  # b.ne -24
    ]
    kernel = tiny_kernel(f"{WORK}/full", fill + text("filled") + psci(SYSTEM_OFF))
    result = run(
        VGIC5, "run", "-k", kernel, "-m", 16, "--deterministic", "--snapshot", SNAP, "--save-at", "0.0003",
        preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        ),
    ).expect(0, "not saved, the guest goes on", "filled")
    want(result.err.count("\n") == 1, result.err)
    want(contents(SNAP) == before, "the old file has changed")
    want([name for name in os.listdir(WORK) if name.startswith("snap") and name != "snap"] == [], "a temporary file")
    refused_run = run(VGIC5, "run", "-k", kernel, "-m", 16, "--snapshot", "/nonexistent/x", "--save-at", 0)
    refused_run.expect(0, "not saved", "filled")


def own_state():
    """each vCPU has its own state back (L6)"""
    run(
        VGIC5, "run", "-k", image("gic_ipi"), "-m", 16, "-c", 2, "--pcpus", 2, "--deterministic", "--snapshot", SNAP,
        "--save-at", "0.004",
    ).expect(0)
    snapshot = Snapshot(SNAP)
    want(snapshot.find("VCPU", 0)[3] != snapshot.find("VCPU", 1)[3], "both vCPUs have the same registers")
    # the CPU interfaces are told apart by a value that only one of them gets
    section = snapshot.find("GICCPU", 1)
    at = next(i for i in range(4, len(section[3]), 12) if section[3][i:i + 4] == (0xCE02).to_bytes(4, "little"))
    section[3] = section[3][:at + 4] + (9).to_bytes(8, "little") + section[3][at + 12:]
    snapshot.write(f"{WORK}/own")
    run(VGIC5, "restore", f"{WORK}/own", "--snapshot", f"{WORK}/again", "--save-at", 0).expect(0)
    again = Snapshot(f"{WORK}/again")
    want(again.sections == snapshot.sections, "other sections")
    want(again.find("GICCPU", 0)[3] != again.find("GICCPU", 1)[3], "the same CPU interface")


def many_vcpus():
    """512 vCPUs are saved and restored"""
    small_snapshot(SNAP, "--pcpus", 2, cpus=512)
    run(VGIC5, "restore", SNAP, "--snapshot", f"{WORK}/again", "--save-at", 0).expect(0)
    want(contents(SNAP) == contents(f"{WORK}/again"), "other bytes")
    run(VGIC5, "restore", SNAP).expect(0)


def words():
    """wrong words about saving are refused with one line and status 2"""
    kernel = tiny_kernel(f"{WORK}/tiny", psci(SYSTEM_OFF))
    refused("need --snapshot", "-k", kernel, "--save-on", "USR1", command="run")
    refused("there is USR1", "-k", kernel, "--save-on", "KILL", "--snapshot", SNAP, command="run")
    for times in ("x", "1,", "2,1", "1,1", "-1", "nan"):
        refused("times in seconds", "-k", kernel, "--snapshot", SNAP, "--save-at", times, command="run")
    refused("--deterministic", "-k", kernel, "--snapshot", SNAP, "--save-at", 1, command="run")
    refused("which file", command="inspect")
    refused("what is", SNAP, "surplus")


# ---- a user's view -------------------------------------------------------------------------------


def inspect():
    """inspect says what is in a file, in words"""
    disk = make_disk(f"{WORK}/disk", 1)
    run(
        VGIC5, "run", "-k", image("gic_basic"), "-m", 16, "-c", 2, "--deterministic", "--snapshot", SNAP, "--save-at",
        "0.0025", "--disk", disk, "--seed", 7,
    ).expect(0)
    run(VGIC5, "inspect", SNAP).expect(
        0, "2 CPUs on 2 PEs, 16 MiB", "deterministic", "seed: 7", f"disk 0: {disk}", "1048576 bytes", "time: 0.0025",
        "vCPU 0: ", "vCPU 1: off", "EL1h", "ICC_PCR_EL1 = ", "SPI IST: 64 entries", "IRS_IDR5 = 0x40 {SPI_RANGE",
        "IRSEN=1",
    )


def pending_shown():
    """inspect names pending and active interrupts"""
    snapshot = small_snapshot()
    section = snapshot.find("IST", 0)
    istes = bytearray(section[3])
    istes[4:8] = (1 | 1 << 3 | 9 << 11).to_bytes(4, "little")  # pending, enabled, edge
    istes[8:12] = (2 | 1 << 2 | 1 << 3 | 3 << 11).to_bytes(4, "little")  # active, level
    section[3] = bytes(istes)
    snapshot.write(f"{WORK}/shown")
    run(VGIC5, "inspect", f"{WORK}/shown").expect(
        0, "1 pending, 1 active", "SPI 1 (UART): pending, enabled, edge, priority 9, to vCPU 0",
        "SPI 2 (RTC): active, enabled, level, priority 3",
    )


def signal_and_resume():
    """a signal saves; the guest goes on in another process, or in this one with --save-continue"""
    # counts in x5, and says so when a byte was typed
    wait = load_constant(2, 0x09000000) + [0x910004A5, 0xB9401843, 0x3727FFC3]
    kernel = tiny_kernel(f"{WORK}/wait", wait + text("typed") + psci(SYSTEM_OFF))
    for more in ((), ("--save-continue",)):
        process = subprocess.Popen(
            [VGIC5, "run", "-k", kernel, "-m", "4", "--snapshot", SNAP, "--save-on", "USR1", *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        time.sleep(0.5)
        process.send_signal(signal.SIGUSR1)
        if more:
            want(b"saved to" in process.stderr.readline(), "not saved")
            out, err = process.communicate(b"x", timeout=60)
            want(process.returncode == 0 and out == b"typed", f"{out} {err}")
        else:
            out, err = process.communicate(timeout=60)
            want(process.returncode == 0 and b"saved to" in err and not out, f"{process.returncode} {out} {err}")
        done = subprocess.run([VGIC5, "restore", SNAP], input=b"x", capture_output=True, timeout=60, check=False)
        want(done.returncode == 0 and done.stdout == b"typed", str(done))


def keys():
    """Ctrl-A s saves and ends; without --snapshot it says so and the guest goes on"""
    idle = tiny_kernel(f"{WORK}/idle", WFI_FOREVER)
    terminal = Terminal(VGIC5, "run", "-k", idle, "-m", 4, "--snapshot", SNAP)
    try:
        time.sleep(0.5)
        terminal.type("\001s")
        terminal.expect("saved to")
        want(terminal.wait() == 0, "status")
    finally:
        terminal.close()
    terminal = Terminal(VGIC5, "restore", SNAP)
    try:
        time.sleep(0.5)
        terminal.type("\001s")
        terminal.expect("--snapshot")
        terminal.type("\001x")
        want(terminal.wait() == 0, "status")
    finally:
        terminal.close()


def script_goes_on():
    """what a script has not typed yet is typed after the restore, at its time"""
    # waits for two bytes and sends them back
    wait = [0xB9401843, 0x3727FFE3, 0xB9400043, 0x39000043]  # ldr w3, [x2, #0x18]; tbnz; ldr w3, [x2]; strb w3, [x2]
    kernel = tiny_kernel(f"{WORK}/echo", load_constant(2, 0x09000000) + wait + wait + psci(SYSTEM_OFF))
    script = f"{WORK}/script"
    with open(script, "w", encoding="utf-8") as file:
        file.write("0.001 a\n0.003 b\n")
    options = ("-k", kernel, "-m", 4, "--deterministic", "--script", script, "--snapshot", SNAP, "--save-at", "0.002")
    want(run(VGIC5, "run", *options).expect(0).out == "a", "before")
    os.unlink(script)
    want(run(VGIC5, "restore", SNAP).expect(0).out == "b", "after")


def reset_after_restore():
    """a restored guest that resets boots its kernel again; without the kernel there is one line"""
    kernel = tiny_kernel(f"{WORK}/resets", text("again ") + psci(SYSTEM_RESET))
    run(VGIC5, "run", "-k", kernel, "-m", 4, "--snapshot", SNAP, "--save-at", 0).expect(0)
    result = run(VGIC5, "restore", SNAP, "--timeout", 2)
    want(result.status == 2 and result.out.count("again ") > 1, result.out + result.err)
    os.unlink(kernel)
    run(VGIC5, "restore", SNAP).expect(2, kernel)


TESTS = [
    ipis, time_slices, every_interrupt_type, restored_runs, damaged_files, other_versions, missing_or_wrong_sections,
    hostile_sections, other_hardware, changed_disk, full_disk, own_state, many_vcpus, words, inspect, pending_shown,
    signal_and_resume, keys, script_goes_on, reset_after_restore,
]

if __name__ == "__main__":
    tap = Tap()
    only = sys.argv[3:]
    tap.run([test for test in TESTS if not only or test.__name__ in only])
    shutil.rmtree(WORK)
    tap.finish()
