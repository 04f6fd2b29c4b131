#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Debian's kernel as a guest: self-check in several shapes, determinism, load, reset, panic, strict mode.

usage: test_linux.py VGIC5 [TEST...]
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile

from guest import HERE, Debian, Failure, Tap, Terminal, make_disk, run, want

VGIC5 = sys.argv[1]
WORK = tempfile.mkdtemp(prefix="vgic5-linux-")
LONG = bool(os.environ.get("VGIC5_LONG"))
debian = Debian(WORK)


def boot(words, *options, cpus=2, timeout=180, status=0, disk=None, console="ttyAMA0", check=True):
    disk = disk or make_disk(f"{WORK}/disk")
    arguments = ["-k", debian.image, "-i", debian.initramfs, "-c", cpus, "--disk", disk, "--net", "user"]
    arguments += ["-p", f"console={console} rdinit=/init {words}", "--timeout", timeout, *options]
    if check:
        arguments.append("--selfcheck")
    return run(VGIC5, "run", *arguments, timeout=timeout + 30).expect(status)


def selfcheck(cpus, *options, words="", **keywords):
    return boot(f"selfcheck cpus={cpus} disk net rng {words}", *options, cpus=cpus, **keywords).expect(
        0, "SELFCHECK PASS", f"{cpus} CPUs online"
    )


def interrupt_counts(console):
    """/proc/interrupts as {line's name: counts per CPU}"""
    counts = {}
    for line in console.splitlines():
        match = re.match(r"\s*(\w+):((?:\s+\d+)+)\s+(.*)", line)
        if match:
            counts[match[3].strip()] = [int(word) for word in match[2].split()]
    return counts


def one_on_one():
    """1 vCPU on 1 PE boots and passes its self-check"""
    counts = interrupt_counts(selfcheck(1, "--pcpus", 1).out)
    want(any("GICv5-PPI" in name and sum(values) > 100 for name, values in counts.items()), f"timer: {counts}")
    want(sum("GICv5-SPI" in name and sum(values) > 0 for name, values in counts.items()) >= 3, f"SPIs: {counts}")


def four_on_two():
    """4 vCPUs on 2 PEs boot and pass their self-check"""
    counts = interrupt_counts(selfcheck(4, "--pcpus", 2).out)
    ipis = [values for name, values in counts.items() if name == "Rescheduling interrupts"]
    want(ipis and all(value > 0 for value in ipis[0]), f"IPIs: {counts}")


def eight_on_two():
    """8 vCPUs on 2 PEs boot and pass their self-check"""
    selfcheck(8, "--pcpus", 2, timeout=240)


def virtio_console():
    """the virtio console is as good as the serial one"""
    boot("selfcheck cpus=2 disk", "--console", "virtio", console="hvc0").expect(0, "SELFCHECK PASS")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def deterministic():
    """two deterministic runs of 4 vCPUs on 2 PEs give the same console, trace and counters"""
    seen = []
    for i in range(2):
        trace, stats = f"{WORK}/trace{i}", f"{WORK}/stats{i}"
        result = selfcheck(4, "--pcpus", 2, "--deterministic", "--trace", trace, "--stats", stats, timeout=240)
        seen.append((result.out, digest(trace), digest(stats)))
        if i == 0:
            with open(trace, encoding="utf-8") as file:
                events = json.load(file)["traceEvents"]
            want(sum(event["ph"] == "B" for event in events) > 1000, "the trace is nearly empty")
        os.unlink(trace)
    for what, one, two in zip(("console", "trace", "counters"), *seen):
        want(one == two, f"{what} differ")


def load():
    """a guest that hammers IPIs, timers and block I/O loses nothing"""
    seconds = 120 if LONG else 15
    selfcheck(4, "--pcpus", 2, words=f"load={seconds}", timeout=seconds + 200).expect(0, "hammer: PASS")


def guest_reset():
    """a guest that reboots comes back, with a new GIC each time"""
    result = boot("selfcheck cpus=2 disk reboot=3", "--pcpus", 2)
    for i in (1, 2, 3):
        result.expect(0, f"boot {i}\n".replace("\n", "\r\n"))


def failed_check():
    """a self-check that fails gives exit status 1"""
    boot("selfcheck cpus=3", status=1).expect(1, "SELFCHECK FAIL 2 CPUs are online, 3 wanted")


def guest_panic():
    """a panic of the kernel gives exit status 3"""
    boot("rdinit=/nonexistent", status=3).expect(3, "Kernel panic", "the guest panicked")


def strict():
    """strict mode is silent about the host, and reports of the guest are the known ones"""
    result = selfcheck(2, "--pcpus", 2, "--strict", "-v")
    seen = sorted(set(re.findall(r"vgic5: guest: strict: (rule \d+: [^:]*)", result.err)))
    with open(f"{HERE}/strict-guest.list", encoding="utf-8") as file:
        known = sorted(line.strip() for line in file if line.strip() and not line.startswith("#"))
    want("vgic5: host:" not in result.err, result.err)
    want(seen == known, f"reports: {seen}\nknown: {known}")


def shell():
    """the shell runs commands, and leaving it powers off"""
    terminal = Terminal(
        VGIC5, "run", "-k", debian.image, "-i", debian.initramfs, "-p", "console=ttyAMA0 rdinit=/init quiet", "-c", 2
    )
    try:
        terminal.expect("# ", timeout=120)
        terminal.type("echo $((6 * 7))\r")
        terminal.expect("42\r\n")
        terminal.type("cat /proc/interrupts\r")
        counts = interrupt_counts(terminal.expect(" Err:"))
        uart = [values for name, values in counts.items() if "uart-pl011" in name]
        want(uart and sum(uart[0]) > 0, f"no UART interrupt: {counts}")
        terminal.type("exit\r")
        want(terminal.wait() == 0, "status")
    finally:
        terminal.close()


def all_shapes():
    """1, 2, 4, 8 and 16 vCPUs on 1 and 2 PEs pass in both modes"""
    for cpus in (1, 2, 4, 8, 16):
        for pcpus in (1, 2):
            for mode in ((), ("--deterministic",)):
                try:
                    selfcheck(cpus, "--pcpus", pcpus, *mode, timeout=900)
                except Failure as failure:
                    raise Failure(f"{failure}\n{cpus} on {pcpus} {mode}") from None


TESTS = [
    one_on_one, four_on_two, eight_on_two, virtio_console, deterministic, load, guest_reset, failed_check,
    guest_panic, strict, shell,
]

if __name__ == "__main__":
    tap = Tap()
    chosen = [test for test in TESTS + [all_shapes] if test.__name__ in sys.argv[2:]]
    chosen = chosen or TESTS + ([all_shapes] if LONG else [])
    if debian.why:
        for test in chosen:
            tap.skip(" ".join(test.__doc__.split()), debian.why)
    else:
        tap.run(chosen)
    shutil.rmtree(WORK)
    tap.finish()
