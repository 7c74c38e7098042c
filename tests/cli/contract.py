"""The command line's contract, as the design's table states it: verbs, exit codes, JSON members."""

EXITS = {"ok": 0, "warnings": 1, "failed": 2, "refused": 3, "busy": 4, "cancelled": 130}

MEMBERS = {
    "config": {"config"},
    "backup": {"set", "databases"},
    "list": {"sets"},
    "show": {"manifest", "checks"},
    "verify": {"sets", "orphans"},
    "restore": {"plan", "restored", "safety_set", "safety_path"},
    "delete": {"decisions"},
    "pin": {"decisions"},
    "unpin": {"decisions"},
    "prune": {"decisions"},
    "cleanup": {"items"},
    "drill": {"drills"},
    "health": {"databases", "alarms"},
    "schedule": {"occurrences"},
    "notify": set(),
    "check": {"findings"},
    "audit": set(),
    "log": set(),
    "demo": set(),
    "example": set(),
    "menu": set(),
}
"""JSON members of each verb beside ``status`` and ``problems``."""

INSIDE = {
    ("list", "sets"): {"set", "timestamp", "kind", "status", "tick", "pinned", "databases"},
    ("verify", "sets"): {"set", "ok", "tick", "problems"},
    ("restore", "restored"): {"name", "to", "checks"},
    ("delete", "decisions"): {"set", "action", "rule", "because"},
    ("pin", "decisions"): {"set", "action", "rule", "because"},
    ("unpin", "decisions"): {"set", "action", "rule", "because"},
    ("prune", "decisions"): {"set", "action", "rule", "because"},
    ("drill", "drills"): {"set", "name", "ok", "seconds", "checks"},
    ("schedule", "occurrences"): {"schedule", "at", "utc"},
    ("check", "findings"): {"severity", "code", "message", "fix"},
}
"""Members of each item in these lists."""

DATABASE = {"status", "file", "size_bytes", "stored_bytes", "sha256", "stored_sha256"}
"""Members of each database that ``backup`` tells of."""

PROBLEM = {"code", "severity", "message", "safe", "fix"}
TICKS = {"none", "stored", "content", "engine", "restored", "failed"}
