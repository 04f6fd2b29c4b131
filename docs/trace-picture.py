#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws one inter-processor interrupt that wakes a sleeping vCPU, from a trace of `vgic5 run --trace`.

usage: docs/trace-picture.py TRACE.json OUT.svg
"""

import json
import sys

LANES = ["PE 0: resident", "PE 1: resident", "PE 0: host interrupts", "PE 1: host interrupts",
         "vCPU 0: interrupts", "vCPU 1: interrupts"]
HEIGHT, LEFT, WIDTH, TOP = 46, 170, 900, 60
COLOURS = {1: "#8fb8de", 3: "#e3b25b", 2: "#74b87a"}


def lane(event):
    return {1: 0, 3: 2, 2: 4}[event["pid"]] + event["tid"]


def find(events):
    """Shortest stretch from a virtual pend, through a doorbell, to its deactivation."""
    best = None
    for i, pend in enumerate(events):
        if pend["ph"] != "i" or pend["pid"] != 2 or not pend["name"].startswith("pend LPI"):
            continue
        name = pend["name"][5:]
        doorbell = False
        for end in events[i + 1:i + 40]:
            text = end.get("name", "")
            doorbell |= end["pid"] == 1 and text.startswith("doorbell")
            if end["pid"] == 2 and text == f"deactivate {name}":
                length = end["ts"] - pend["ts"]
                if doorbell and (best is None or length < best[2]):
                    best = (pend["ts"], end["ts"], length)
                break
    return best


def draw(events, begin, end):
    margin = (end - begin) * 0.06
    begin, end = begin - margin, end + margin
    scale = WIDTH / (end - begin)

    def x(time):
        return LEFT + (min(max(time, begin), end) - begin) * scale

    height = TOP + HEIGHT * len(LANES) + 50
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{LEFT}" y="20" font-size="14">An IPI (virtual LPI) wakes a sleeping vCPU: pend, '
           f'doorbell, residency, acknowledge, EOI, deactivate ({end - begin - 2 * margin:.1f} us)</text>']
    for i, text in enumerate(LANES):
        y = TOP + i * HEIGHT
        out.append(f'<text x="8" y="{y + 24}">{text}</text>')
        out.append(f'<line x1="{LEFT}" y1="{y + HEIGHT - 4}" x2="{LEFT + WIDTH}" y2="{y + HEIGHT - 4}" '
                   'stroke="#ddd"/>')
    opened = {}
    labels = {}
    for event in events:
        if event["ph"] == "M" or event.get("tid", -1) < 0 and event["ph"] != "i":
            continue
        key = (event["pid"], event.get("tid"))
        if event["ph"] == "B":
            opened.setdefault(key, []).append(event)
        elif event["ph"] == "E" and opened.get(key):
            start = opened[key].pop()
            if event["ts"] >= begin and start["ts"] <= end:
                span(out, x, start, event["ts"])
        elif event["ph"] == "i" and begin <= event["ts"] <= end:
            mark(out, x, event, labels)
    for starts in opened.values():
        for start in starts:
            if begin <= start["ts"] <= end:
                span(out, x, start, end)
    tick = max(1, round((end - begin) / 6))
    for i in range(6):
        out.append(f'<text x="{x(begin + margin + i * tick):.0f}" y="{height - 12}" '
                   f'text-anchor="middle" fill="#666">{i * tick} us</text>')
    return "\n".join(out + ["</svg>\n"])


def span(out, x, start, until):
    y = TOP + lane(start) * HEIGHT + 8
    width = max(x(until) - x(start["ts"]), 2)
    out.append(f'<rect x="{x(start["ts"]):.1f}" y="{y}" width="{width:.1f}" height="24" rx="2" '
               f'fill="{COLOURS[start["pid"]]}"/>')
    inside = width > 60
    out.append(f'<text x="{x(start["ts"]) + (4 if inside else width + 4):.1f}" y="{y + 16}">'
               f'{start["name"]}</text>')


def mark(out, x, event, labels):
    pid, tid = event["pid"], event.get("tid", -1)
    if event["name"].split()[0] in ("deliver", "unpend", "deactivate"):
        return
    row = {1: 0, 3: 2, 2: 4}[pid] + max(tid, 0)
    level = labels[row] = labels.get(row, -1) + 1
    place = x(event["ts"])
    y = TOP + row * HEIGHT
    out.append(f'<line x1="{place:.1f}" y1="{y + 4}" x2="{place:.1f}" y2="{y + HEIGHT - 8}" '
               'stroke="#c03030"/>')
    out.append(f'<text x="{place + 3:.1f}" y="{y + 6 + 11 * (level % 2)}" font-size="10" '
               f'fill="#c03030">{event["name"]}</text>')


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as trace:
        events = json.load(trace)["traceEvents"]
    found = find(events)
    if not found:
        sys.exit("trace-picture: no interrupt in the trace woke a vCPU through its doorbell")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(draw(events, found[0], found[1]))


if __name__ == "__main__":
    main()
