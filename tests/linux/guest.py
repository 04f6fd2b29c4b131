# SPDX-License-Identifier: BSD-2-Clause
"""Starts vgic5 for tests: tiny kernels made here, Debian's kernel, results as TAP."""

import os
import pty
import select
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Tap:
    """Counts and prints results. A test is a function whose docstring is its name."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, ok, name, why=""):
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}", flush=True)
        if not ok:
            self.failed += 1
            for line in why.splitlines()[-60:]:
                print(f"# {line}", flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def run(self, tests):
        for test in tests:
            begin = time.monotonic()
            name = " ".join(test.__doc__.split())
            try:
                test()
                self.result(True, name)
            except Failure as failure:
                self.result(False, name, str(failure))
            except Exception as failure:  # a broken test is a failed one
                self.result(False, name, f"{type(failure).__name__}: {failure}")
            print(f"# {time.monotonic() - begin:.1f} s", flush=True)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)


class Failure(Exception):
    pass


def want(condition, text):
    if not condition:
        raise Failure(text)


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def expect(self, status, *words):
        everything = self.out + self.err
        want(self.status == status, f"{everything}\nexit status {self.status}, wanted {status}")
        for word in words:
            want(word in everything, f"{everything}\nno {word!r} in the output")
        return self


def run(vgic5, *arguments, timeout=120, **keywords):
    command = [vgic5, *map(str, arguments)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False, **keywords
        )
    except subprocess.TimeoutExpired as late:
        out = (late.stdout or b"").decode(errors="replace")
        raise Failure(f"{out}\n{' '.join(command)}: not ended after {timeout} s") from None
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


# ---- tiny kernels -------------------------------------------------------------------------------

UART = 0x09000000
PVPANIC = 0x09020000
SYSTEM_OFF = 0x84000008
SYSTEM_RESET = 0x84000009


def load_constant(register, value):
    """movz and movk"""
    code = [0xD2800000 | (value & 0xFFFF) << 5 | register]
    for half in (1, 2, 3):
        part = value >> (16 * half) & 0xFFFF
        if part:
            code.append(0xF2800000 | half << 21 | part << 5 | register)
    return code


def psci(function):
    return load_constant(0, function) + [0xD4000002]  # hvc #0


def store_byte(address, value):
    return load_constant(2, address) + load_constant(3, value) + [0x39000043]  # strb w3, [x2]


def text(string):
    return [word for character in string for word in store_byte(UART, ord(character))]


WFI_FOREVER = [0xD503207F, 0x17FFFFFF]


def tiny_kernel(path, code, image_size=0x10000):
    """An Image of @code behind a header: its first instruction jumps over it."""
    header = struct.pack("<IIQQQQQQII", 0x14000010, 0, 0, image_size, 0xA, 0, 0, 0, 0x644D5241, 0)
    with open(path, "wb") as image:
        image.write(header + b"".join(struct.pack("<I", word) for word in code))
    return path


# ---- Debian's kernel ----------------------------------------------------------------------------


class Debian:
    """Kernel and initramfs; .why says what is missing if there is none."""

    def __init__(self, work):
        self.why = ""
        fetch = subprocess.run([f"{HERE}/fetch-kernel"], capture_output=True, text=True, check=False)
        if fetch.returncode:
            self.why = fetch.stderr.strip()
            return
        folder = fetch.stdout.strip()
        self.image = f"{folder}/Image"
        self.initramfs = f"{work}/initramfs.cpio"
        hammer = f"{work}/hammer"
        subprocess.run(
            ["aarch64-linux-gnu-gcc", "-O2", "-static", "-pthread", "-s", "-o", hammer, f"{HERE}/hammer.c"],
            check=True,
        )
        subprocess.run([f"{HERE}/mkinitramfs", folder, self.initramfs, hammer], check=True, capture_output=True)


def make_disk(path, mib=16):
    with open(path, "wb") as disk:
        disk.truncate(mib << 20)
    return path


# ---- a terminal ---------------------------------------------------------------------------------


class Terminal:
    """vgic5 on a pseudo terminal, for what only a terminal shows."""

    def __init__(self, vgic5, *arguments):
        self.seen = ""
        self.parent, child = pty.openpty()
        self.child = child
        self.process = subprocess.Popen(
            [vgic5, *map(str, arguments)], stdin=child, stdout=child, stderr=child, start_new_session=True
        )

    def type(self, what):
        os.write(self.parent, what.encode())

    def expect(self, word, timeout=60):
        """Reads until @word was printed since the last expect()."""
        limit = time.monotonic() + timeout
        while word not in self.seen:
            left = limit - time.monotonic()
            want(left > 0, f"{self.seen}\nno {word!r} on the terminal after {timeout} s")
            ready, _, _ = select.select([self.parent], [], [], left)
            if ready:
                self.seen += os.read(self.parent, 4096).decode(errors="replace")
        before, _, self.seen = self.seen.partition(word)
        return before

    def wait(self, timeout=60):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.seen}\nvgic5 has not ended after {timeout} s") from None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.parent)
        os.close(self.child)
