# SPDX-License-Identifier: BSD-2-Clause
"""Takes snapshot files apart and puts them together again, as docs/snapshot-format.md has them."""

import struct
import zlib

HEADER = 16
SECTION = struct.Struct("<8sIIQI")


class Snapshot:
    """.sections is a list of [tag, instance, version, contents]."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.version = struct.unpack_from("<I", data, 8)[0]
        self.sections = []
        at = HEADER
        while True:
            tag, instance, version, size, _ = SECTION.unpack_from(data, at)
            tag = tag.rstrip(b"\0").decode()
            if tag == "END":
                return
            at += 32
            self.sections.append([tag, instance, version, data[at:at + size]])
            at += (size + 7) & ~7

    def find(self, tag, instance=0):
        return next(section for section in self.sections if section[:2] == [tag, instance])

    def write(self, path):
        header = b"VGIC5SNP" + struct.pack("<I", self.version)
        parts = [header + struct.pack("<I", zlib.crc32(header))]
        for tag, instance, version, contents in self.sections + [["END", 0, 0, b""]]:
            head = SECTION.pack(tag.encode(), instance, version, len(contents), zlib.crc32(contents))
            parts += [head, struct.pack("<I", zlib.crc32(head)), contents, bytes(-len(contents) % 8)]
        with open(path, "wb") as file:
            file.write(b"".join(parts))
