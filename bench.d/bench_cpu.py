#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Speed of the CPU engine: the loops of tests/guest/bench.c, then a whole Linux boot.

usage: bench_cpu.py [--peer QEMU] [--runs N] [--no-linux]

  linux_boot       MIPS  start of the program to power off from init; the peer is credited with the
                         instructions that vgic5 counted, so that the figures compare as the times do
  linux_boot_time  s     the same as time
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from bench_boot import emit, guest_files

RAM_MIB = 512
PARAMS = "console=ttyAMA0 rdinit=/bin/busybox panic=-1 -- poweroff -f"


def peer_machine(qemu):
    version = subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout
    major = int(re.search(r"version (\d+)", version).group(1))
    return ("virt,gic-version=x-5", "max") if major >= 11 else ("virt,gic-version=3", "cortex-a72")


def peer_command(qemu, kernel, initrd):
    machine, cpu = peer_machine(qemu)
    return [qemu, "-M", machine, "-cpu", cpu, "-m", f"{RAM_MIB}M", "-nographic", "-nic", "none",
            "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append", PARAMS]


def vgic5_command(kernel, initrd, stats):
    return ["build/vgic5", "run", "-k", kernel, "-i", initrd, "-m", str(RAM_MIB), "-p", PARAMS,
            "--stats", stats]


def seconds(command):
    begin = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180,
                          check=False)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-2000:] + done.stderr[-2000:])
        sys.exit(f"bench_cpu: did not power off: {' '.join(command)}")
    return time.monotonic() - begin


def linux_boot(runs, peer):
    with tempfile.TemporaryDirectory() as folder:
        kernel, initrd = guest_files(folder)
        stats = os.path.join(folder, "stats.json")
        times = {"vgic5": []}
        if peer:
            times["peer"] = []
        for _ in range(runs):
            times["vgic5"].append(seconds(vgic5_command(kernel, initrd, stats)))
            if peer:
                times["peer"].append(seconds(peer_command(peer, kernel, initrd)))
        with open(stats, encoding="utf-8") as file:
            millions = json.load(file)["time"]["instructions"] / 1e6
    for engine, values in times.items():
        emit("linux_boot", "MIPS", [millions / value for value in values], engine=engine)
        emit("linux_boot_time", "s", values, engine=engine)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", metavar="QEMU")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-linux", action="store_true")
    args = parser.parse_args()
    loops = ["build/bench.d/bench_cpu_loops", "--runs", str(args.runs)]
    if args.peer:
        loops += ["--peer", args.peer]
    sys.stdout.flush()
    subprocess.run(loops, check=True)
    if not args.no_linux:
        linux_boot(min(args.runs, 3), args.peer)


if __name__ == "__main__":
    main()
