#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a benchmark program, prints its results as a table, and writes them as JSON if asked.

A program prints one JSON object per line (a result) on standard output; other lines are progress.
"""

import argparse
import json
import os
import subprocess
import sys


def program(suite):
    for candidate in (f"build/bench.d/bench_{suite}", f"bench.d/bench_{suite}.py"):
        if os.path.exists(candidate):
            return [sys.executable, candidate] if candidate.endswith(".py") else [candidate]
    names = sorted(
        name[6:].split(".")[0]
        for folder in ("build/bench.d", "bench.d")
        if os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.startswith("bench_") and name.endswith(".py") or os.access(f"{folder}/{name}", os.X_OK)
        and name.startswith("bench_") and os.path.isfile(f"{folder}/{name}")
    )
    sys.exit(f"bench: no suite {suite}; there are: {' '.join(dict.fromkeys(names))}")


def row(result):
    params = " ".join(f"{key}={value}" for key, value in result.get("params", {}).items())
    figures = [f"{result[key]:>14,.2f}" for key in ("median", "min", "max")]
    return f"{result['name']:<20} {params:<36} {' '.join(figures)} {result['unit']}"


def main():
    parser = argparse.ArgumentParser(prog="./bench")
    parser.add_argument("suite")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--peer", metavar="QEMU")
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()
    command = program(args.suite) + (["--peer", args.peer] if args.peer else []) + args.options
    print(f"{'name':<20} {'parameters':<36} {'median':>14} {'min':>14} {'max':>14} unit", flush=True)
    results = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            try:
                result = json.loads(line)
                text = row(result)
            except (ValueError, KeyError, TypeError):
                print(line.rstrip(), file=sys.stderr, flush=True)
                continue
            results.append(result)
            print(text, flush=True)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"suite": args.suite, "results": results}, out, indent=1)
            out.write("\n")
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
