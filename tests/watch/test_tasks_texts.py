"""What is given to the operating system's schedulers: judged by their own programs, schema and rules."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from rexus.modules.backup.config.settings import Schedule, Settings
from rexus.modules.backup.watch import schedule as planner
from rexus.modules.backup.watch.tasks import Wanted, command_of, name_of
from rexus.modules.backup.watch.tasks_cron import block_in, cron_block, with_block, without_block
from rexus.modules.backup.watch.tasks_program import interpreter
from rexus.modules.backup.watch.tasks_systemd import calendar, service_text, timer_text
from rexus.modules.backup.watch.tasks_windows import task_xml, triggers

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).with_name("task_scheduler.xsd")))
ANALYZE = shutil.which("systemd-analyze")
analyzed = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze")
STRANGE = "/srv/copias de \"José\" 100% $HOME 'ñ' \\x & <b>/backup_config.json"
DEFAULT = Settings().schedules


def wanted(*schedules: Schedule, config: str = "/srv/rexus/backup_config.json", **other: object) -> Wanted:
    values = {"root": "/srv/rexus/backups", "places": ("/srv/rexus/backups", "/srv/rexus/app"), "user": "maría"}
    return Wanted(
        name=name_of(Path(config)), schedules=schedules or DEFAULT, command=command_of(Path(config)), **values | other
    )


times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
shapes = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"weekdays": st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple)}),
    st.fixed_dictionaries(
        {"weekdays": st.lists(st.integers(1, 7), min_size=1, max_size=2).map(tuple), "ordinal": st.integers(1, 5)}
    ),
    st.fixed_dictionaries({"days": st.lists(st.integers(1, 31), min_size=1, max_size=4).map(tuple)}),
)
zones = st.sampled_from([None, "Europe/Madrid", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"])


@st.composite
def schedules(draw):
    many = tuple(draw(st.lists(times, min_size=1, max_size=3)))
    return Schedule(name="uno", action="backup", times=many, zone=draw(zones), **draw(shapes))


def unit_files(folder: Path, one: Wanted) -> tuple[Path, Path]:
    service, timer = folder / f"{one.name}.service", folder / f"{one.name}.timer"
    service.write_text(service_text(one), "utf-8")
    timer.write_text(timer_text(one), "utf-8")
    return service, timer


@analyzed
@pytest.mark.parametrize("system", [False, True])
@pytest.mark.parametrize("user", ["root", "daemon"])
@pytest.mark.parametrize("config", ["/srv/rexus/backup_config.json", STRANGE])
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path, system, user, config):
    every = (*DEFAULT, Schedule(name="fin", action="prune", times=("23:59",), days=(1, 31), zone="Europe/Madrid"))
    root = str(Path(config).with_name("copias"))
    units = unit_files(tmp_path, wanted(*every, config=config, system=system, user=user, root=root, places=(root,)))
    ran = subprocess.run(
        [ANALYZE, *(() if system else ("--user",)), "verify", *units],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    ours = [line for line in ran.stderr.splitlines() if "rexus" in line]
    assert (ran.returncode, ours) == (0, [])


NASTY = st.text(st.sampled_from("aZ9ñ %$\\\"'`{}()&<>^!;#~*?=@-:+/.,|"), min_size=1, max_size=14)


def read_by_systemd(line: str) -> list[str]:
    """The words of a command line as systemd takes them (systemd.syntax(7), systemd.service(5)).

    Quotes around words, backslashes as in C, then specifiers, then variables in all words but the first.
    """
    words, word, quote, rest = [], "", "", iter(line)
    begun = False
    for char in rest:
        if char == "\\":
            word += {"\\": "\\", '"': '"', "'": "'", "s": " "}[next(rest)]
        elif quote or char in "\"'":
            word += char if quote and char != quote else ""
            quote = (quote if char != quote else "") if quote else char
            begun = True
        elif char == " ":
            words += [word] if word or begun else []
            word, begun = "", False
        else:
            word += char
    words += [word] if word or begun else []
    assert not quote
    words = [re.sub("%(.)", lambda found: {"%": "%"}[found[1]], word) for word in words]
    first, *others = words
    for one in others:
        assert not re.search(r"(?<!\$)(?:\$\$)*\$(?!\$)", one), f"a variable: {one}"
    return [first, *(one.replace("$$", "$") for one in others)]


@given(st.lists(NASTY, min_size=1, max_size=5))
def test_systemd_reads_exactly_the_command(words):
    one = Wanted(name="n", schedules=DEFAULT, command=(f"/{words[0]}", *words[1:]), user="ana")
    (line,) = re.findall("(?m)^ExecStart=(.*)$", service_text(one))

    assert read_by_systemd(line) == list(one.command)


@analyzed
def test_systemd_finds_a_program_whose_path_has_a_dollar(tmp_path):
    program = tmp_path / "pre$cio 5%/python"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    one = Wanted(name="precio", schedules=DEFAULT, command=(str(program), "/x y/$HOME.py"), root="/srv/x")
    (tmp_path / "precio.service").write_text(service_text(one), "utf-8")
    ran = subprocess.run(
        [ANALYZE, "verify", str(tmp_path / "precio.service")],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    assert (ran.returncode, [line for line in ran.stderr.splitlines() if "precio" in line]) == (0, [])


def read_by_windows(line: str) -> list[str]:
    """The words of arguments as a program gets them (CommandLineToArgvW; Microsoft's C runtime does the same)."""
    words, word, quoted, begun = [], "", False, False
    at = 0
    while at < len(line):
        count = len(line[at:]) - len(line[at:].lstrip("\\"))
        at += count
        char = line[at : at + 1]
        if char == '"':
            word += "\\" * (count // 2)
            if count % 2:
                word += '"'
            elif quoted and line[at + 1 : at + 2] == '"':
                word, at = word + '"', at + 1
            else:
                quoted = not quoted
            begun = True
        elif char and char in " \t" and not quoted:
            words += [word + "\\" * count] if word or begun or count else []
            word, begun = "", False
        else:
            word += "\\" * count + char
        at += 1
    return [*words, word] if word or begun else words


@given(st.lists(NASTY | st.just(""), min_size=1, max_size=5))
def test_windows_hands_over_exactly_the_command(words):
    one = Wanted(name="n", schedules=DEFAULT, command=(r"C:\py thon\python.exe", *words), user="ana")
    told = SCHEMA.to_dict(task_xml(one).partition("?>")[2])["Actions"]["Exec"][0]

    assert told["Command"] == one.command[0]
    assert read_by_windows(told["Arguments"] or "") == words


@analyzed
@pytest.mark.parametrize(
    ("system", "user", "most"), [(True, "daemon", 2.0), (True, "root", 3.0), (False, "daemon", 7.0)]
)
def test_the_service_may_do_little(tmp_path, system, user, most):
    service, _ = unit_files(tmp_path, wanted(system=system, user=user))
    ran = subprocess.run(
        [ANALYZE, "security", "--offline=yes", "--no-pager", str(service)], capture_output=True, text=True, check=False
    )

    assert float(re.findall(r"exposure level[^:]*: ([\d.]+)", ran.stdout)[0]) <= most


@analyzed
@settings(max_examples=25, deadline=None)
@given(schedules())
def test_systemd_starts_the_program_at_every_time_that_is_due(one):
    start = datetime(2027, 1, 28, tzinfo=UTC)
    due = {each.utc for each in planner.occurrences((one,), start, start + timedelta(days=45), UTC)}
    asked = [ANALYZE, "calendar", "--iterations=150", f"--base-time={start:%Y-%m-%d %H:%M:%S} UTC"]
    ran = subprocess.run([*asked, *calendar(one)], capture_output=True, text=True, check=True, env={"TZ": "UTC"})
    told = re.findall(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", ran.stdout)

    assert due
    assert due <= {datetime.fromisoformat(each).replace(tzinfo=UTC) for each in told}


@settings(max_examples=60, deadline=None)
@given(st.lists(schedules(), min_size=1, max_size=12), st.booleans(), st.sampled_from([STRANGE, "C:\\copias\\b.json"]))
def test_the_task_of_windows_obeys_the_published_schema(many, system, config):
    text = task_xml(wanted(*many, system=system, config=config))

    SCHEMA.validate(text.partition("?>")[2])
    assert task_xml(wanted(*many, system=system, config=config)) == text


def test_a_task_of_windows_needs_no_password_and_nobody_logged_on():
    text = task_xml(wanted(user="EMPRESA\\ana & cía"))
    told = SCHEMA.to_dict(text.partition("?>")[2])

    assert told["Principals"]["Principal"]["LogonType"] == "S4U"
    assert told["Principals"]["Principal"]["UserId"] == "EMPRESA\\ana & cía"
    assert told["Settings"]["StartWhenAvailable"] is True
    assert told["Settings"]["MultipleInstancesPolicy"] == "IgnoreNew"
    assert told["Settings"]["DisallowStartIfOnBatteries"] is False
    assert [*told["Triggers"]] == ["BootTrigger", "TimeTrigger", "CalendarTrigger"]
    assert told["Principals"]["Principal"]["RunLevel"] == "LeastPrivilege"
    assert told["Actions"]["Exec"][0]["Command"] == interpreter()
    assert told["Actions"]["Exec"][0]["Arguments"].endswith("schedule run --due --by service")


def test_windows_gets_the_first_monday_the_last_sunday_and_the_last_day():
    text = task_xml(
        wanted(
            Schedule(name="a", action="cleanup", times=("00:00",), weekdays=(1,), ordinal=1),
            Schedule(name="b", action="drill", times=("04:30",), weekdays=(7,), ordinal=5),
            Schedule(name="c", action="prune", times=("05:00",), days=(15, 31)),
            Schedule(name="d", action="verify", times=("01:00",), weekdays=(1, 3)),
        )
    )
    first, last, days, weekly = SCHEMA.to_dict(text.partition("?>")[2])["Triggers"]["CalendarTrigger"]

    assert first["ScheduleByMonthDayOfWeek"]["Weeks"] == {"Week": ["1"]}
    assert list(first["ScheduleByMonthDayOfWeek"]["DaysOfWeek"]) == ["Monday"]
    assert last["StartBoundary"].endswith("T04:30:00")
    assert last["ScheduleByMonthDayOfWeek"]["Weeks"] == {"Week": ["Last"]}
    assert days["ScheduleByMonth"]["DaysOfMonth"] == {"Day": ["15", "31", "Last"]}
    assert list(weekly["ScheduleByWeek"]["DaysOfWeek"]) == ["Monday", "Wednesday"]


def test_more_times_than_a_task_may_have_come_to_four_starts_an_hour():
    many = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 20, 45))
    told = triggers(wanted(Schedule(name="mucho", action="backup", times=many)))

    assert len(told) == 3
    assert "PT15M" in told[2]


def test_a_log_every_quarter_of_an_hour_is_one_trigger_that_is_repeated():
    quarters = tuple(f"{hour:02}:{minute:02}" for hour in range(8, 20) for minute in (0, 15, 30, 45))
    plans = (
        Schedule(name="log", action="log", times=quarters, weekdays=(1, 2)),
        Schedule(name="copia", action="backup", times=("02:00",)),
    )
    told = SCHEMA.to_dict(task_xml(wanted(*plans)).partition("?>")[2])["Triggers"]["CalendarTrigger"]

    assert [one["StartBoundary"][-8:] for one in told] == ["08:00:00", "02:00:00"]
    assert told[0]["Repetition"] == {"Interval": "PT15M", "Duration": "PT706M"}  # until 19:45, and that one too
    assert list(told[0]["ScheduleByWeek"]["DaysOfWeek"]) == ["Monday", "Tuesday"]


def cron_hits(line: str, moment: datetime) -> bool:
    """Whether cron starts a line at a minute (crontab(5); no line of ours gives days of both kinds)."""
    fields = line.split()[:5]
    values = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
    for field, value in zip(fields, values, strict=True):
        allowed: set[int] = set()
        for part in field.split(","):
            low, _, high = part.partition("-")
            allowed |= {value} if part == "*" else set(range(int(low), int(high or low) + 1))
        if value not in ({each % 7 for each in allowed} if field is fields[4] and field != "*" else allowed):
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(schedules())
def test_cron_starts_the_program_at_every_time_that_is_due(one):
    start = datetime(2027, 1, 28, tzinfo=UTC)
    lines = [line for line in cron_block(wanted(one, zone="UTC")).splitlines() if not line.startswith("@")]

    for each in planner.occurrences((one,), start, start + timedelta(days=70), UTC):
        # A wall time that the clocks leave out comes at another minute: the next start is soon enough.
        late = range(1 if each.at.isoformat().startswith(each.wall) else 15)
        assert any(cron_hits(line, each.utc + timedelta(minutes=minute)) for line in lines for minute in late), each
    assert len(lines) == len(set(lines))


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of cron's")
def test_cron_starts_exactly_the_command_whatever_the_path_is(tmp_path):
    shown = tmp_path / "muestra.py"
    shown.write_text("import json, sys\nopen(sys.argv[1], 'w').write(json.dumps(sys.argv[2:]))\n", "utf-8")
    out = tmp_path / "dicho.json"
    one = wanted(config=STRANGE)
    command = (sys.executable, str(shown), str(out), *one.command[2:])
    line = cron_block(Wanted(name=one.name, schedules=DEFAULT, command=command)).splitlines()[0]
    assert re.search(r"(?<!\\)%", line) is None
    subprocess.run(["/bin/sh", "-c", line.removeprefix("@reboot ").replace(r"\%", "%")], check=True)

    import json

    assert json.loads(out.read_text("utf-8")) == list(one.command[2:])


lines = st.lists(st.sampled_from(["", "# nota", "MAILTO=ana", "0 3 * * * otra cosa", "# END rexus-backups-otro"]))
tables = st.none() | st.builds(
    lambda many, end: "\n".join(many).encode() + end, lines, st.sampled_from([b"", b"\n", b"\n\n"])
)


@given(tables, st.binary(max_size=30).filter(lambda data: b"#" not in data))
def test_a_crontab_is_afterwards_as_it_was_byte_for_byte(before, text):
    name, block = "rexus-backups-0123456789ab", text.replace(b"\n", b" ") + b"\n"
    after = with_block(before, name, block)

    assert block_in(after, name) == block
    assert after.endswith(b"\n")
    assert with_block(after, name, block) == after
    assert without_block(after, name) == before
    changed = with_block(after, name, b"@reboot otra\n")
    assert block_in(changed, name) == b"@reboot otra\n"
    assert without_block(changed, name) == before


def test_what_others_add_to_the_crontab_stays():
    name = "rexus-backups-0123456789ab"
    after = with_block(None, name, b"@reboot x\n") + b"0 4 * * * suyo\n"

    assert without_block(after, name) == b"0 4 * * * suyo\n"


def test_each_configuration_has_a_name_of_its_own(tmp_path):
    assert name_of(tmp_path / "a.json") != name_of(tmp_path / "b.json")
    assert name_of(tmp_path / "a.json") == name_of(tmp_path / "x/../a.json")
    assert re.fullmatch("rexus-backups-[0-9a-f]{12}", name_of(tmp_path / "a.json"))
