#!/usr/bin/env python3
"""Verify an exported audit log from docs/audit-format.md alone.

usage: verify.py FILE [HEAD]    (HEAD: 16 to 64 hexadecimal digits noted earlier)
Prints one line, or one line a problem. Exit code 0: the chain holds; 1: it does not.
"""
import hashlib, json, sys

TEXTS = ["clock", "actor", "osUser", "host", "channel", "address", "action"]
KEYS = ["v", "seq", "time", *TEXTS, "objects", "outcome", "reason", "ticket",
        "correlation", "detailHash", "prev", "hash"]


def event_hash(e):
    fields = ["gatehouse-audit-v1", str(e["v"]), str(e["seq"]), str(e["time"])]
    fields += [e[k] for k in TEXTS]
    fields.append(str(len(e["objects"])))
    for o in e["objects"]:
        fields += [o["kind"], o["id"], o["name"]]
    fields += [e["outcome"], e["reason"], e["ticket"], e["correlation"]]
    raw = [f.encode() for f in fields] + [bytes.fromhex(e["detailHash"]), bytes.fromhex(e["prev"])]
    return hashlib.sha256(b"".join(len(b).to_bytes(4, "big") + b for b in raw)).hexdigest()


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def verify(lines, head=""):
    prev, seq, time, heads = "0" * 64, 0, -(2**63), []
    for n, line in enumerate(lines, 1):
        e = json.loads(line, object_pairs_hook=once)
        detail = [e.pop(k) for k in ("salt", "detail") if k in e]
        if (sorted(e) != sorted(KEYS) or len(detail) == 1
                or any(sorted(o) != ["id", "kind", "name"] for o in e["objects"])):
            yield f"line {n}: not the keys of an event"
            return
        if e["v"] != 1:
            yield f"event {e['seq']}: version unknown"
        if event_hash(e) != e["hash"]:
            yield f"event {e['seq']}: edited"
        if e["seq"] != seq + 1:
            yield f"event {e['seq']}: stands where event {seq + 1} should"
        elif e["prev"] != prev:
            yield f"event {e['seq']}: does not follow event {seq}"
        if e["time"] < time:
            yield f"event {e['seq']}: dated before event {seq}"
        if detail and hashlib.sha256(bytes.fromhex(detail[0]) + detail[1].encode()).hexdigest() != e["detailHash"]:
            yield f"event {e['seq']}: detail edited"
        prev, seq, time = e["hash"], e["seq"], e["time"]
        heads.append(prev)
    if head and sum(h.startswith(head.lower()) for h in heads) != 1:
        yield f"head {head}: not in the chain"
    verify.summary = f"ok: {len(heads)} events, head {prev}"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", newline="\n") as f:
        problems = list(verify(f, *sys.argv[2:3]))
    print("\n".join(problems or [verify.summary]))
    sys.exit(1 if problems else 0)
