#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The vgic5 command with tiny kernels: exit statuses, one line per error, keys, terminal, figures.

usage: test_cli.py VGIC5
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import termios
import time

from guest import (
    HERE,
    PVPANIC,
    SYSTEM_OFF,
    SYSTEM_RESET,
    UART,
    WFI_FOREVER,
    Tap,
    Terminal,
    load_constant,
    psci,
    run,
    store_byte,
    text,
    tiny_kernel,
    want,
)

VGIC5 = sys.argv[1]
WORK = tempfile.mkdtemp(prefix="vgic5-cli-")
OFF = tiny_kernel(f"{WORK}/off", psci(SYSTEM_OFF))
IDLE = tiny_kernel(f"{WORK}/idle", WFI_FOREVER)
READ_RTC = load_constant(2, 0x09010000) + [0xB9400043]  # ldr w3, [x2]


def refused(word, *arguments):
    """One line that begins with the program's name and holds @word, and status 2."""
    result = run(VGIC5, "run", *arguments).expect(2, word)
    want(result.err.count("\n") == 1 and result.err.startswith("vgic5: "), f"not one line: {result.err!r}")


def power_off():
    """a guest that powers off gives exit status 0"""
    run(VGIC5, "run", "-k", OFF).expect(0)
    run(VGIC5, "run", "-k", OFF, "--deterministic").expect(0)
    run(VGIC5, "run", "-k", OFF, "-c", 8, "--pcpus", 2).expect(0)


def output():
    """what the guest writes to its UART comes out"""
    kernel = tiny_kernel(f"{WORK}/hello", text("hello\nworld") + psci(SYSTEM_OFF))
    want(run(VGIC5, "run", "-k", kernel).expect(0).out == "hello\nworld", "other output")
    want(run(VGIC5, "run", "-k", kernel, "--deterministic").out == "hello\nworld", "other output")


def panic_statuses():
    """a panic told by pvpanic gives status 3, one seen on the console too with --selfcheck"""
    told = tiny_kernel(f"{WORK}/told", store_byte(PVPANIC, 1) + WFI_FOREVER)
    run(VGIC5, "run", "-k", told).expect(3, "panicked")
    seen = tiny_kernel(f"{WORK}/seen", text("Kernel panic - not syncing: x\n") + psci(SYSTEM_OFF))
    run(VGIC5, "run", "-k", seen).expect(0)
    spins = tiny_kernel(f"{WORK}/spins", text("Kernel panic - not syncing: x\n") + WFI_FOREVER)
    run(VGIC5, "run", "-k", spins, "--selfcheck").expect(3, "panicked")


def selfcheck_statuses():
    """--selfcheck gives 0 after PASS, 1 after FAIL or neither"""
    passed = tiny_kernel(f"{WORK}/passed", text("SELFCHECK PASS\n") + psci(SYSTEM_OFF))
    failed = tiny_kernel(f"{WORK}/failed", text("SELFCHECK FAIL x\n") + psci(SYSTEM_OFF))
    run(VGIC5, "run", "-k", passed, "--selfcheck").expect(0)
    run(VGIC5, "run", "-k", failed, "--selfcheck").expect(1)
    run(VGIC5, "run", "-k", OFF, "--selfcheck").expect(1)


def bad_kernel():
    """a bad kernel is refused with one line and status 2"""
    refused("no kernel")
    refused("/nonexistent", "-k", "/nonexistent")
    refused("not a regular file", "-k", "/")
    refused("ELF", "-k", "/bin/true")
    empty = f"{WORK}/empty"
    open(empty, "wb").close()
    refused("too short", "-k", empty)


def memory():
    """too little or too much memory is refused with one line and status 2"""
    large = tiny_kernel(f"{WORK}/large", psci(SYSTEM_OFF), image_size=100 << 20)
    refused("--mem", "-k", large, "-m", 64)
    refused("--mem", "-k", OFF, "-m", 0)
    refused("--mem", "-k", OFF, "-m", 3)
    refused("--mem", "-k", OFF, "-m", "900G")
    refused("--mem", "-k", OFF, "-m", "99999999T")
    refused("--mem", "-k", OFF, "-m", "lots")
    run(VGIC5, "run", "-k", OFF, "-m", "1G").expect(0)


def initrd():
    """an initrd that does not fit is refused with one line and status 2"""
    big = f"{WORK}/big"
    with open(big, "wb") as file:
        file.truncate(200 << 20)
    refused("too large", "-k", OFF, "-i", big, "-m", 128)
    refused("cannot open initrd", "-k", OFF, "-i", "/nonexistent")


def cpus():
    """no CPU or too many are refused with one line and status 2; 512 run"""
    refused("--cpus", "-k", OFF, "-c", 0)
    refused("--cpus", "-k", OFF, "-c", 513)
    refused("too large", "-k", OFF, "-c", "99999999999")
    refused("wants a number", "-k", OFF, "-c", "two")
    refused("--pcpus", "-k", OFF, "--pcpus", 1000)
    run(VGIC5, "run", "-k", OFF, "-c", 512, "--pcpus", 2).expect(0)


def disks():
    """a disk that cannot be used is refused with one line and status 2"""
    refused("cannot use disk", "-k", OFF, "--disk", "/nonexistent")
    refused("cannot use disk", "-k", OFF, "--disk", "/tmp")
    refused("smaller than a sector", "-k", OFF, "--disk", "/dev/null")


def words():
    """wrong words are refused with one line and status 2"""
    refused("not there yet", "-k", OFF, "--irqchip", "gicv5-its")
    refused("there is gicv5", "-k", OFF, "--irqchip", "gicv3")
    refused("there are user and none", "-k", OFF, "--net", "tap")
    refused("serial and virtio", "-k", OFF, "--console", "vga")
    refused("no option", "-k", OFF, "--frobnicate")
    refused("no option", "-k", OFF, "--strict=yes")
    refused("what is", "-k", OFF, "surplus")
    refused("wants", "-k")
    refused("--deterministic", "-k", OFF, "--script", "x")
    run(VGIC5).expect(2, "usage")
    run(VGIC5, "fly").expect(2, "no command fly")


def help_texts():
    """--help lists every option and gives status 0"""
    run(VGIC5, "--help").expect(0, "run")
    run(VGIC5, "--version").expect(0, "vgic5 ")
    run(VGIC5, "run", "--help").expect(
        0, "--kernel", "--initrd", "--params", "--cpus", "--mem", "--disk", "--net", "--irqchip", "--dump-dtb",
        "--deterministic", "--seed", "--trace", "--stats", "--strict", "Ctrl-A x",
    )


def man_page():
    """the man page and --help have the same options"""
    with open(f"{HERE}/../../docs/vgic5.1", encoding="utf-8") as file:
        text_of_page = file.read().replace("\\-", "-").partition(".SH OPTIONS")[2]
    page = set(re.findall(r"^\.BR? .*?--([a-z-]+)", text_of_page, re.MULTILINE))
    helps = run(VGIC5, "run", "--help").out + run(VGIC5, "restore", "--help").out
    shown = set(re.findall(r"^ .{5}--([a-z-]+)", helps, re.MULTILINE))
    want(page == shown, f"only in one of them: {page ^ shown}")


def device_tree():
    """--dump-dtb writes a tree that dtc reads without a word"""
    dtb = f"{WORK}/machine.dtb"
    run(VGIC5, "run", "-k", OFF, "-c", 3, "--net", "user", "--dump-dtb", dtb).expect(0)
    dtc = subprocess.run(["dtc", "-I", "dtb", "-O", "dts", dtb], capture_output=True, text=True, check=True)
    want(not dtc.stderr, dtc.stderr)
    for word in ("arm,gic-v5", "arm,gic-v5-irs", "arm,iaffids", "virtio,mmio", 'method = "hvc"'):
        want(word in dtc.stdout, f"no {word}")
    refused("cannot write", "-k", OFF, "--dump-dtb", "/nonexistent/x")


def statistics():
    """--stats writes JSON whose counters say what happened"""
    path = f"{WORK}/stats"
    kernel = tiny_kernel(f"{WORK}/counted", text("abc") + READ_RTC + psci(SYSTEM_OFF))
    run(VGIC5, "run", "-k", kernel, "--stats", path).expect(0)
    with open(path, encoding="utf-8") as file:
        stats = json.load(file)
    want(stats["exits"]["hvc"] == 1, str(stats))
    want(stats["devices"]["mmio_writes"] == 3 and stats["devices"]["mmio_reads"] == 1, str(stats))
    want(stats["time"]["instructions"] > 10, str(stats))
    refused("cannot write", "-k", OFF, "--stats", "/nonexistent/x")


def trace_file():
    """--trace writes JSON that is complete also when nothing happened"""
    path = f"{WORK}/trace"
    run(VGIC5, "run", "-k", OFF, "--trace", path).expect(0)
    with open(path, encoding="utf-8") as file:
        want(json.load(file)["traceEvents"], "empty")
    refused("cannot write trace", "-k", OFF, "--trace", "/nonexistent/x")


def stall():
    """a deterministic guest that waits for nothing ends with status 2"""
    run(VGIC5, "run", "-k", IDLE, "--deterministic").expect(2, "waits")


def timeouts():
    """--timeout ends a guest that does not end, with status 2"""
    begin = time.monotonic()
    run(VGIC5, "run", "-k", IDLE, "--timeout", 1).expect(2, "still running")
    spin = tiny_kernel(f"{WORK}/spin", [0x14000000])
    run(VGIC5, "run", "-k", spin, "--timeout", 1).expect(2, "still running")
    run(VGIC5, "run", "-k", spin, "--timeout", 1, "--deterministic").expect(2, "still running")
    want(time.monotonic() - begin < 60, "slow")


def reset():
    """a guest that resets starts again: with devices, GIC and memory as new"""
    # counts its starts in the RTC's match register? that is reset too: the UART tells instead
    kernel = tiny_kernel(f"{WORK}/reset", text("again ") + psci(SYSTEM_RESET))
    result = run(VGIC5, "run", "-k", kernel, "--timeout", 2)
    want(result.status == 2 and result.out.count("again ") > 3, result.out + result.err)


def signals():
    """a signal ends the machine in order"""
    process = subprocess.Popen([VGIC5, "run", "-k", IDLE], stdin=subprocess.DEVNULL)
    time.sleep(0.5)
    process.terminate()
    want(process.wait(20) == 0, f"status {process.returncode}")


def keys():
    """Ctrl-A h lists the keys, Ctrl-A x leaves, and the terminal is as before"""
    terminal = Terminal(VGIC5, "run", "-k", IDLE)
    before = termios.tcgetattr(terminal.child)
    try:
        time.sleep(0.3)
        during = termios.tcgetattr(terminal.child)
        want(not during[3] & (termios.ICANON | termios.ECHO), "the terminal is not raw")
        terminal.type("\001h")
        terminal.expect("Ctrl-A x")
        terminal.type("\001x")
        want(terminal.wait() == 0, "status")
        after = termios.tcgetattr(terminal.child)
        want(after[3] & termios.ICANON and after[3] & termios.ECHO, "the terminal is still raw")
        want(after[:6] == before[:6] or before[3] != after[3], "settings changed")
    finally:
        terminal.close()


def input_reaches_the_guest():
    """what is typed reaches the guest's UART"""
    # enable the UART, wait until FR.RXFE is 0, send back what came plus one
    echo = load_constant(2, UART)
    echo += [0xB9401843, 0x372FFFE3 & 0]  # replaced below: ldr w3, [x2, #0x18]; tbnz w3, #4, -4
    echo[-1] = 0x3727FFE3
    echo += [0xB9400043, 0x11000463, 0x39000043]  # ldr w3, [x2]; add w3, w3, #1; strb w3, [x2]
    kernel = tiny_kernel(f"{WORK}/echo", echo + psci(SYSTEM_OFF))
    terminal = Terminal(VGIC5, "run", "-k", kernel)
    try:
        terminal.type("a")
        terminal.expect("b")
        want(terminal.wait() == 0, "status")
    finally:
        terminal.close()
    script = f"{WORK}/script"
    with open(script, "w", encoding="utf-8") as file:
        file.write("0.001 q\n")
    result = run(VGIC5, "run", "-k", kernel, "--deterministic", "--script", script).expect(0)
    want(result.out == "r", repr(result.out))


TESTS = [
    power_off, output, panic_statuses, selfcheck_statuses, bad_kernel, memory, initrd, cpus, disks, words,
    help_texts, man_page, device_tree, statistics, trace_file, stall, timeouts, reset, signals, keys,
    input_reaches_the_guest,
]

if __name__ == "__main__":
    tap = Tap()
    only = sys.argv[2:]
    tap.run([test for test in TESTS if not only or test.__name__ in only])
    for name in os.listdir(WORK):
        os.unlink(f"{WORK}/{name}")
    os.rmdir(WORK)
    tap.finish()
