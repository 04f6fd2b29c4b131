#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots Debian's kernel to user space on vgic5, and on a peer QEMU in turn, and prints the times.

usage: bench_boot.py [--peer QEMU] [--runs N] [--cpus LIST]

  boot    s   command to the kernel's "Run /init", console on a PL011
  memory  MiB resident memory of the process at that moment beyond what the guest touched of its RAM
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

RAM_MIB = 512
MARK = b"Run /init as init process"
LIMIT = 120
PARAMS = "console=ttyAMA0 earlycon=pl011,0x9000000 rdinit=/init panic=-1"


def guest_files(folder):
    cache = subprocess.run(
        ["tests/linux/fetch-kernel"], capture_output=True, text=True, check=False
    )
    if cache.returncode:
        sys.exit(cache.stderr)
    cache = cache.stdout.strip().splitlines()[-1]
    initrd = os.path.join(folder, "initramfs.cpio")
    subprocess.run(["tests/linux/mkinitramfs", cache, initrd], check=True, stdout=sys.stderr)
    return os.path.join(cache, "Image"), initrd


def vgic5_command(kernel, initrd, cpus):
    return ["build/vgic5", "run", "-k", kernel, "-i", initrd, "-c", str(cpus), "--pcpus", "2",
            "-m", str(RAM_MIB), "-p", PARAMS.replace("earlycon=pl011,0x9000000 ", "earlycon ")]


def peer_command(qemu, kernel, initrd, cpus):
    return [qemu, "-M", "virt,gic-version=x-5", "-cpu", "max", "-smp", str(cpus),
            "-m", f"{RAM_MIB}M", "-nographic", "-nic", "none", "-no-reboot",
            "-kernel", kernel, "-initrd", initrd, "-append", PARAMS]


def extra_memory(pid):
    """Resident MiB outside the mapping that holds guest RAM, which has the size of guest RAM."""
    resident, ram, size = 0, 0, 0
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as smaps:
        for line in smaps:
            field = re.match(r"(Size|Rss): +(\d+) kB", line)
            if not field:
                continue
            if field.group(1) == "Size":
                size = int(field.group(2))
                continue
            resident += int(field.group(2))
            if size == RAM_MIB * 1024:
                ram = int(field.group(2))
    return (resident - ram) / 1024


def boot(command):
    begin = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as child:
        output = b""
        try:
            while MARK not in output:
                if time.monotonic() - begin > LIMIT:
                    sys.exit(f"bench: no user space in {LIMIT} s: {' '.join(command)}")
                piece = os.read(child.stdout.fileno(), 65536)
                if not piece:
                    sys.stderr.buffer.write(output[-2000:])
                    sys.exit(f"bench: ended before user space: {' '.join(command)}")
                output = output[-200:] + piece
            return time.monotonic() - begin, extra_memory(child.pid)
        finally:
            child.kill()


def emit(name, unit, values, **params):
    values = sorted(values)
    print(json.dumps({"name": name, "params": params, "unit": unit, "min": values[0],
                      "median": values[len(values) // 2], "max": values[-1]}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", metavar="QEMU")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cpus", default="1,2,4")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kernel, initrd = guest_files(folder)
        for cpus in (int(word) for word in args.cpus.split(",")):
            machines = {"vgic5": vgic5_command(kernel, initrd, cpus)}
            if args.peer:
                machines["peer"] = peer_command(args.peer, kernel, initrd, cpus)
            figures = {name: [] for name in machines}
            for _ in range(args.runs):  # in turn, so that a slow minute hits both
                for name, command in machines.items():
                    figures[name].append(boot(command))
            for name, runs in figures.items():
                emit("boot", "s", [seconds for seconds, _ in runs], cpus=cpus, machine=name)
                emit("memory", "MiB", [mib for _, mib in runs], cpus=cpus, machine=name)


if __name__ == "__main__":
    main()
