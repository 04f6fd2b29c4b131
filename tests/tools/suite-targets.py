#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The ninja targets that the tests of some suites need: suite-targets.py BUILD SUITE..."""

import json
import os
import subprocess
import sys


def main():
    build, suites = sys.argv[1], set(sys.argv[2:])
    root = os.path.abspath(build)

    def introspect(what):
        out = subprocess.run(["meson", "introspect", build, what], capture_output=True, check=True)
        return json.loads(out.stdout)

    outputs = {target["id"]: target["filename"] for target in introspect("--targets")}
    wanted = set()
    for test in introspect("--tests"):
        if not suites & {name.split(":")[-1] for name in test["suite"]}:
            continue
        for word in test["cmd"]:
            if word.startswith(root + os.sep):
                wanted.add(word)
        for target in test["depends"]:
            wanted.update(outputs.get(target, []))
    known = {path for files in outputs.values() for path in files}
    print(" ".join(sorted(os.path.relpath(path, root) for path in wanted & known)))


if __name__ == "__main__":
    main()
