"""What goes, what is held and what went: as commands, beside a running server."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.fixtures.servers import StartServer


def test_holds_and_plan_by_command_and_what_makes_no_sense(start_server: StartServer) -> None:
    server = start_server()

    def told(*arguments: str) -> Any:
        done = server.command("retention", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    hold = told("hold", "installation", "--reason", "A court asked for it")["id"]
    assert [one["id"] for one in told("holds")] == [hold]
    plan = told("plan", "--on", "2099-01-01")
    assert (plan["going"], plan["rows"]) == ([], 0)
    assert told("run") == []
    assert server.command("retention", "release", hold, "--reason", "It was settled").returncode == 0
    asked = ("audit", "report", "dropped", "--with", "period=today", "--format", "ndjson")
    lines = [json.loads(line) for line in server.command(*asked).stdout.splitlines()]
    assert [line["details"] for line in lines if line.get("what") == "Legal hold"] == [
        f"did: {did}; hold: {hold}; scope: installation" for did in ("released", "placed")
    ]
    assert told("report", "--year", str(datetime.now(UTC).year))["holds_placed"] == 1
    for arguments, said in (
        (("hold", "planet", "--reason", "x"), "none of installation"),
        (("plan", "--on", "yesterday"), "a day such as"),
        (("set", "deeds", "--action", "annotate", "--months", "0", "--reason", "x"), "0 keeps nothing"),
        (("set", "everything", "--months", "9", "--reason", "x"), "is none of deeds"),
    ):
        refused = server.command("retention", *arguments)
        assert refused.returncode == 2
        assert said in " ".join(refused.stderr.replace("│", " ").split())
