#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Saves and restores a booted guest of 512 MiB, and prints the times.

usage: bench_snapshot.py [--runs N] [--vgic5 PROGRAM]

  save     s    from the guest's stop until the file is complete on disk
  pause    s    longest silence of a guest that prints without end, while it is saved
  restore  s    from the file to a machine that runs
  size     MiB  the file
  baseline s    the same pages, copied and compressed by zstd -1 by as many threads, written and synced
  ratio         save to baseline
  ist_save, ist_restore  ms per million LPIs, without the rest of a machine (bench_ist.c)
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

RAM_MIB = 512
LIMIT = 120
THREADS = 2  # as many as the program uses
COMPRESSION_LEVEL, WORKERS = 100, 400  # parameters of libzstd
PAGE = 4096


def guest_files(folder):
    cache = subprocess.run(["tests/linux/fetch-kernel"], capture_output=True, text=True, check=False)
    if cache.returncode:
        sys.exit(cache.stderr)
    cache = cache.stdout.strip().splitlines()[-1]
    initrd = os.path.join(folder, "initramfs.cpio")
    subprocess.run(["tests/linux/mkinitramfs", cache, initrd], check=True, stdout=sys.stderr)
    return os.path.join(cache, "Image"), initrd


class Guest:
    """A machine whose console is read by a thread that notes when something came."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [str(word) for word in arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.console, self.gaps, self.last = b"", [], time.monotonic()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return
            now = time.monotonic()
            self.gaps.append(now - self.last)
            self.last = now
            self.console = self.console[-2000:] + piece

    def expect(self, word):
        begin = time.monotonic()
        while word not in self.console:
            if time.monotonic() - begin > LIMIT or self.process.poll() is not None:
                sys.exit(f"bench: no {word} from the guest: {self.console.decode(errors='replace')}")
            time.sleep(0.01)

    def type(self, what):
        self.process.stdin.write(what)
        self.process.stdin.flush()

    def say(self, pattern):
        """The figures in the program's next line on standard error."""
        line = self.process.stderr.readline().decode()
        match = re.search(pattern, line)
        if not match:
            sys.exit(f"bench: {line}")
        return [float(word) for word in match.groups()]

    def save(self):
        self.process.send_signal(signal.SIGUSR1)
        return self.say(r": ([0-9.]+) MiB in ([0-9.]+) s")


def stored_pages(path, library):
    """The contents of the RAM section, decompressed."""
    with open(path, "rb") as file:
        data = file.read()
    at = 16
    while True:
        tag, _, _, size, _ = struct.unpack_from("<8sIIQI", data, at)
        at += 32
        if tag.rstrip(b"\0") == b"RAM":
            break
        at += (size + 7) & ~7
    _, ram, pages = struct.unpack_from("<QQQ", data, at)
    skip = 24 + (ram // PAGE + 7) // 8
    frame = data[at + skip:at + size]
    out = ctypes.create_string_buffer(pages * PAGE)
    got = library.ZSTD_decompress(out, ctypes.c_size_t(pages * PAGE), frame, ctypes.c_size_t(len(frame)))
    if got != pages * PAGE:
        sys.exit("bench: cannot decompress the snapshot")
    return out


def baseline(pages, path, library):
    size = len(pages)
    room = library.ZSTD_compressBound(ctypes.c_size_t(size))
    out = ctypes.create_string_buffer(room)
    context = ctypes.c_void_p(library.ZSTD_createCCtx())
    library.ZSTD_CCtx_setParameter(context, COMPRESSION_LEVEL, 1)
    library.ZSTD_CCtx_setParameter(context, WORKERS, THREADS)
    begin = time.monotonic()
    copy = ctypes.create_string_buffer(size)
    ctypes.memmove(copy, pages, size)
    used = library.ZSTD_compress2(context, out, ctypes.c_size_t(room), copy, ctypes.c_size_t(size))
    with open(path, "wb") as file:
        file.write(memoryview(out)[:used])
        file.flush()
        os.fsync(file.fileno())
    took = time.monotonic() - begin
    library.ZSTD_freeCCtx(context)
    return took


def load_zstd():
    library = ctypes.CDLL(ctypes.util.find_library("zstd"))
    for name in ("ZSTD_decompress", "ZSTD_compressBound", "ZSTD_compress2"):
        getattr(library, name).restype = ctypes.c_size_t
    library.ZSTD_createCCtx.restype = ctypes.c_void_p
    return library


def emit(name, unit, values, **params):
    values = sorted(values)
    print(json.dumps({"name": name, "params": params, "unit": unit, "min": values[0],
                      "median": values[len(values) // 2], "max": values[-1]}), flush=True)


def measure(args, folder):
    library = load_zstd()
    kernel, initrd = guest_files(folder)
    snapshot = os.path.join(folder, "snapshot")
    guest = Guest(args.vgic5, "run", "-k", kernel, "-i", initrd, "-c", 2, "--pcpus", 2, "-m", RAM_MIB, "-p",
                  "console=ttyAMA0 rdinit=/init quiet", "--snapshot", snapshot, "--save-on", "USR1", "--save-continue")
    figures = {name: [] for name in ("save", "pause", "restore", "size", "baseline", "ratio")}
    try:
        guest.expect(b"# ")
        guest.type(b"while :; do echo tick; done\n")
        guest.expect(b"tick\r\ntick")
        for _ in range(args.runs):
            time.sleep(0.5)
            guest.gaps.clear()
            size, save = guest.save()
            time.sleep(0.5)
            figures["size"].append(size)
            figures["save"].append(save)
            figures["pause"].append(max(guest.gaps))
            # in turn with what it is compared to, so that a slow minute hits both
            figures["baseline"].append(baseline(stored_pages(snapshot, library), snapshot + ".z", library))
            figures["ratio"].append(save / figures["baseline"][-1])
    finally:
        guest.process.kill()
    for _ in range(args.runs):
        guest = Guest(args.vgic5, "restore", snapshot, "-v")
        figures["restore"] += guest.say(r"in ([0-9.]+) s")
        guest.expect(b"tick")
        guest.process.kill()
    units = {"size": "MiB", "ratio": "x"}
    for name, values in figures.items():
        emit(name, units.get(name, "s"), values, ram_mib=RAM_MIB, cpus=2, **({"threads": THREADS} if name == "baseline" else {}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--vgic5", default="build/vgic5")
    parser.add_argument("--peer", help="there is none")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(args, folder)
    tables = os.path.join(os.path.dirname(args.vgic5), "bench.d", "bench_ist")
    sys.exit(subprocess.run([tables, str(args.runs)], check=False).returncode)


if __name__ == "__main__":
    main()
