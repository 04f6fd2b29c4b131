#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Interrupts as a guest sees them, on vgic5 and on a peer QEMU 11.1 or later in turn.

usage: bench_irq.py [--peer QEMU] [--runs N]

The programs are tests/guest/gic_rate.c and gic_ipi.c; all figures are ns per cycle or round trip.
"""

import argparse
import re
import subprocess
import sys

from bench_boot import emit

PROGRAMS = {"gic_rate": 1, "gic_ipi": 2}
FIGURE = re.compile(rb"FIGURE (\w+) (\d+) (\d+) (\d+)")


def command(peer, program, cpus):
    image = f"build/tests/guest/{program}.img"
    if peer:
        return [peer, "-M", "virt,gic-version=x-5", "-cpu", "max", "-smp", str(cpus), "-m", "256M",
                "-nographic", "-nic", "none", "-kernel", image]
    return ["build/vgic5", "run", "-k", image, "-c", str(cpus), "-m", "256", "--selfcheck"]


def run(peer):
    figures = {}
    for program, cpus in PROGRAMS.items():
        line = command(peer, program, cpus)
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              check=False)
        if done.returncode or b"SELFCHECK PASS" not in done.stdout:
            sys.stderr.buffer.write(done.stdout[-2000:] + done.stderr[-2000:])
            sys.exit(f"bench_irq: failed: {' '.join(line)}")
        for name, count, ticks, frequency in FIGURE.findall(done.stdout):
            figures[name.decode()] = int(ticks) * 1e9 / int(frequency) / int(count)
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", metavar="QEMU")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    engines = {"vgic5": None}
    if args.peer:
        engines["peer"] = args.peer
    values = {engine: {} for engine in engines}
    for _ in range(args.runs):
        for engine, peer in engines.items():
            for name, ns in run(peer).items():
                values[engine].setdefault(name, []).append(ns)
    for engine, figures in values.items():
        for name, runs in figures.items():
            emit(name, "ns", runs, engine=engine)


if __name__ == "__main__":
    main()
