#!/usr/bin/env python3
"""Measures pg_anon against PostgreSQL's own programs and the Python tool's functions, on a throw-away server.

    bench/run.py [GROUP...]

Groups: copy, dump, shop, restore, functions, library, scan, detectors, growth. None named: all, and then the results are also written to
bench/results/DATE-LABEL.json. Wants `make build` before; `make bench` does both. README.md beside this file says how to read it.

Environment: PG_CONFIG; SCALE, rows of the table users; RUNS, how often everything is measured; BENCH_LABEL, a name for the
machine; BENCH_GROWTH=0 leaves the group growth out; TMPDIR, where the server and the dumps are.
"""

import ast
import datetime
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
LIB = ROOT / "tests/lib"
DATA = BENCH / "data"
GROUPS = ["copy", "dump", "shop", "restore", "functions", "library", "scan", "detectors", "growth"]

SCALE = int(os.environ.get("SCALE") or 1_000_000)
RUNS = int(os.environ.get("RUNS") or 5)
LABEL = os.environ.get("BENCH_LABEL") or "local"
# A function's cost is the difference of two statements: below this many rows the difference drowns in noise.
FUNCTION_ROWS = 500_000
JOBS = "2"
MIB = 1024 * 1024

# All but the growth is measured on tables that are in the server's memory; PostgreSQL keeps a scanned table there when it
# is smaller than a quarter of it. VACUUM takes no row for visible to all whose commit is not in the log yet.
SERVER_OPTIONS = ["shared_buffers = '2GB'", "autovacuum = off", "synchronous_commit = on"]
# For the growth, so small that no size of the table is in the server's memory, and all are in the system's.
GROWTH_SHARED_BUFFERS = "128MB"
# Of every database that is measured.
LOCALE = "LOCALE 'C.UTF-8' ENCODING UTF8"
SHOWN_SETTINGS = """server_version shared_buffers work_mem maintenance_work_mem wal_level max_wal_size fsync
    synchronous_commit full_page_writes autovacuum jit max_parallel_workers_per_gather max_parallel_maintenance_workers""".split()

# Three patterns that match no value, as meta-dictionaries have them.
NO_MATCH = ["^[A-Z]{2}\\d{2} ?\\d{4} ?\\d{4}$", "\\b\\d{3}-\\d{2}-\\d{4}\\b", "^[\\w.+-]+@[\\w-]+\\.[a-z]{2,}$"]
LABELLED = ROOT / "core/tests/data/detect"

# Each function with its arguments over the table sample, what is counted without it, and the highest ratio to the Python tool's.
FUNCTIONS = [
    ("noise", "i, 0.1", "i", 0.1),
    ("dnoise", "d, '1 year'", "d", 0.1),
    ("digest", "x, 'salt', 'sha256'", "x", 0.1),
    ("partial", "x, 2, '****', 2", "x", 0.5),
    ("partial_email", "x", "x", 0.1),
    ("random_string", "8", "1", 0.1),
    ("random_zip", "", "1", 0.5),
    ("random_inn", "", "1", 0.5),
    ("random_date_between", "'2000-01-01', '2020-01-01'", "1", 0.5),
    ("random_date", "", "1", 0.5),
    ("random_int_between", "1, 1000", "1", 0.5),
    ("random_bigint_between", "1, 1000", "1", 0.5),
    ("random_phone", "'+7'", "1", 0.5),
    ("random_hash", "x, 'sha256'", "x", 0.5),
    ("random_in", "'{red,green,blue}'::text[]", "1", 0.5),
    ("hex_to_int", "h", "h", 0.5),
]

# The functions of the library with their arguments over the table library_sample, by family, and the highest ratio of what each
# costs a value to md5(x). None: it has no mark.
LIBRARY = [
    (0.25, """partial(x, 2, '****', 2) | partial_email(x) | partial_card(c) | partial_phone(t) | partial_iban(a) | partial_name(n) | partial_url(u)
        | partial_ip(p) | partial_coordinate(f) | random_string(8) | random_zip() | random_inn() | random_phone('+7') | random_first_name()
        | random_last_name() | random_full_name() | random_email() | random_user_name() | random_password() | random_company() | random_job()
        | random_street() | random_city() | random_postcode() | random_country() | random_phone_number() | random_iban() | random_card()
        | random_national_id() | random_uuid() | random_ip() | random_mac() | random_url() | random_user_agent() | random_colour()
        | random_sentence() | random_paragraph()"""),
    (1.0, """pseudo_first_name(x) | pseudo_last_name(x) | pseudo_full_name(x) | pseudo_email(x) | pseudo_user_name(x) | pseudo_password(x)
        | pseudo_company(x) | pseudo_job(x) | pseudo_street(x) | pseudo_city(x) | pseudo_postcode(x) | pseudo_country(x) | pseudo_phone_number(x)
        | pseudo_iban(x) | pseudo_card(x) | pseudo_national_id(x) | pseudo_uuid(x) | pseudo_ip(x) | pseudo_mac(x) | pseudo_url(x)
        | pseudo_user_agent(x) | pseudo_colour(x) | pseudo_sentence(x) | pseudo_paragraph(x) | pseudo_number(x, 1, 1000)
        | pseudo_normal_number(x, 40, 12) | pseudo_date(x, '1950-01-01'::date, '2005-12-31') | pseudo_normal_date(x, '2000-01-01'::date, '90 days')
        | pseudo_latitude(x) | pseudo_longitude(x) | pick('{red,green,blue}'::text[], x) | pseudo_noise(i, 0.1) | pseudo_dnoise(d, '30 days')
        | shift_date(d, x, '90 days') | hmac(x) | hmac(x, 'md5') | hmac(x, 'sha256', 16) | hmac_base32(x)"""),
    (5.0, """fpe_digits(c) | fpe_digits(t) | fpe_text(x) | fpe_text(n) | permute_int(i, 1, 1000000) | permute_int(b, 1, 1000000000000)
        | permute_uuid(g)"""),
    (None, """scramble(x) | digest(x, 'salt', 'md5') | digest(x, 'salt', 'sha256') | random_hash(x, 'md5') | random_number(1, 1000)
        | random_number(0.01, 99.99) | random_normal_number(40, 12) | random_date('1950-01-01'::date, '2005-12-31')
        | random_normal_date('2000-01-01'::date, '90 days') | random_date_between('2000-01-01', '2020-01-01') | random_date() | random_latitude()
        | random_longitude() | random_int_between(1, 1000) | random_bigint_between(1, 1000) | random_in('{red,green,blue}'::text[])
        | random_in('{red,green,blue}'::text[], '{1,2,3}') | pick('{red,green,blue}'::text[], x, '{1,2,3}') | null_if_random(x, 0.5)
        | keep_if(i > 5, x, x) | hex_to_int(h) | noise(i, 0.1) | noise(i, 0.1, 1, 1000000) | pseudo_noise(i, 0.1, 1, 1000000) | noise(m, 0.1)
        | dnoise(d, '30 days') | generalise_number(i, 10) | generalise_number(m, 10) | generalise_date(d, 'month') | generalise_range(i, 10)
        | generalise_range(d, 'month') | generalise_age(d) | generalise_ip(p) | generalise_text(h, '{"000001": "a"}')
        | mask_jsonb(j, '{"$.email": "pseudo_email"}') | mask_array(r, '"pseudo_email"') | mask_hstore(k, '{"$.email": "pseudo_email"}') | mask_composite(w, '{"$.name": "pseudo_email"}')
        | mask_xml(v, '{"//@email": "pseudo_email"}') | redact(x) | redact_keyed(x)"""),
]
# Free text: what redact costs against one regexp_replace of an e-mail pattern, and the highest ratio.
REDACT = [("redact(note)", 0.3), ("redact_keyed(note)", None)]
EMAIL_PATTERN = "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}"
LIBRARY_SETTINGS = """SET jit = off; SET max_parallel_workers_per_gather = 0; SET search_path = public, anon_funcs;
    DO $$ BEGIN PERFORM set_config('pg_anon.key', 'the-key-of-the-measurements-only', false); END $$;"""


def say(text):
    """Progress goes to standard error: what comes out on standard output is the table."""
    print(text, file=sys.stderr, flush=True)


def read(*command):
    """Gives what a command prints, or fails."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def psql(database, *arguments, script=None):
    """Runs psql, which stops at the first error, and gives what it prints."""
    command = ["psql", "-XAtq", "--set=ON_ERROR_STOP=1", f"--dbname={database}", *arguments]
    return subprocess.run(command, check=True, input=script, stdout=subprocess.PIPE, text=True).stdout


def time_statements(database, statements, settings=""):
    """Times SQL statements in one session, each in turn, RUNS times, after one turn that does not count.

    `statements` has a statement for each name. Gives a list of milliseconds, by psql's \\timing, for each name.
    """
    turn = "".join(f"{statement};\n" for statement in statements.values())
    output = psql(database, script=f"{settings}\n{turn}\\timing on\n{turn * RUNS}")
    times = [float(time) for time in re.findall(r"^Time: ([0-9.]+) ms", output, re.MULTILINE)]
    assert len(times) == RUNS * len(statements), output
    return {name: times[place :: len(statements)] for place, name in enumerate(statements)}


def processor_times(database, statements, settings=""):
    """Measures what processor time SQL statements take in the server, in ms, otherwise as time_statements.

    Unlike the time on the clock it does not grow when another program has the processor.
    """
    turn = "".join(f"{statement};\n" for statement in statements.values())
    script = f"{settings}\n{turn}\nSET client_min_messages = log;\nSET log_statement_stats = on;\n{turn * RUNS}"
    command = ["psql", "-XAtq", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
    result = subprocess.run(command, check=True, input=script, capture_output=True, text=True)
    used = re.findall(r"^!\s+([0-9.]+) s user, ([0-9.]+) s system, [0-9.]+ s elapsed", result.stderr, re.MULTILINE)
    assert len(used) == RUNS * len(statements), result.stderr
    times = [1000 * (float(user) + float(system)) for user, system in used]
    return {name: times[place :: len(statements)] for place, name in enumerate(statements)}


def run_program(command):
    """Runs a program, and gives its wall time in ms and its peak memory in MiB.

    The memory is the largest of the program's and of its children's, each alone (ru_maxrss), so never less than its own.
    """
    # What was written before is not this program's cost.
    os.sync()
    with tempfile.TemporaryFile("w+") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = (time.monotonic() - begin) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            sys.stderr.write(output.read())
            raise subprocess.CalledProcessError(process.returncode, command)
    return wall, usage.ru_maxrss / 1024


def time_programs(commands, prepare):
    """Times programs, each in turn, RUNS times, after one turn that does not count. `prepare` is called before each.

    Gives a list of wall times in ms for each name, and the highest peak memory in MiB for each name.
    """
    times = {name: [] for name in commands}
    memory = {name: 0.0 for name in commands}
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            prepare(name)
            wall, peak = run_program(command)
            memory[name] = max(memory[name], peak)
            if turn > 0:
                times[name].append(wall)
    return times, memory


def folder_size(folder):
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.iterdir())


class Bench:
    """The rows of the table, and what they were made of."""

    def __init__(self, work):
        self.work = work
        self.rows = []
        self.memory = {}
        self.copy_text_bytes = None

    def add(self, group, what, against, value, base, mark, unit="ms", higher=False, samples=None):
        """Adds a row. A mark is the highest ratio of `value` to `base` that is good, or with `higher` the lowest.

        `base` is None where the mark is not a ratio but an amount of `unit`, `mark` where the row is only there to compare.
        """
        ratio = value / base if base else None
        judged = value if ratio is None else ratio
        met = None if mark is None else judged >= mark if higher else judged <= mark
        row = dict(group=group, what=what, against=against, unit=unit, value=round(value, 3),
                   base=None if base is None else round(base, 3), ratio=None if ratio is None else round(ratio, 3),
                   mark=None if mark is None else f"{'>=' if higher else '<='} {mark:g}", met=met, samples=samples or {})
        self.rows.append(row)
        say("   " + "  ".join(cells(row)))

    def add_pair(self, group, what, against, times, names, mark):
        """Adds a row for the medians of two of the names in `times`."""
        ours, theirs = names
        samples = {name: [round(time, 3) for time in times[name]] for name in names}
        self.add(group, what, against, statistics.median(times[ours]), statistics.median(times[theirs]), mark, samples=samples)

    def dump_command(self, database, rules, folder):
        """The command that dumps a database with pg_anon."""
        return ["pg_anon", "dump", "--db-name", database, f"--prepared-sens-dict-file={DATA / rules}",
                f"--output-dir={folder}", "-j", JOBS, "--verbose=error"]

    def remember_memory(self, what, peak):
        """Keeps the highest peak memory of a command of the binary."""
        self.memory[what] = max(self.memory.get(what, 0.0), peak)

    def make_users(self):
        """The database users, once."""
        if psql("postgres", "-c", "SELECT 1 FROM pg_database WHERE datname = 'users'"):
            return
        say(f"Filling the table users with {SCALE:,} rows")
        make_database("users")
        psql("users", "-c", "CREATE EXTENSION pg_anon", "-v", f"scale={SCALE}", "-f", str(DATA / "users.sql"))

    def copy(self):
        """The row writer against COPY."""
        self.make_users()
        self.check_bytes()
        masked = json.dumps(self.rules("users.py"))
        times = time_statements("users", {
            "copy": "COPY users TO '/dev/null'",
            "dump_rows": dump_rows("users", "{}"),
            "dump_rows_masked": dump_rows("users", masked),
        })
        self.add_pair("copy", "dump_rows, nothing masked", "COPY TO '/dev/null'", times, ("dump_rows", "copy"), 0.70)
        self.add_pair("copy", "dump_rows, 5 of 9 columns masked", "COPY TO '/dev/null'", times, ("dump_rows_masked", "copy"), 1.00)

    def check_bytes(self):
        """Fails unless dump_rows gives as many bytes as COPY does: what leaves work out would be fast."""
        with subprocess.Popen(["psql", "-XAtq", "--dbname=users", "-c", "COPY users TO STDOUT"], stdout=subprocess.PIPE) as process:
            copied = sum(len(chunk) for chunk in iter(lambda: process.stdout.read(MIB), b""))
        written = psql("users", "-c", "SELECT sum(length(chunk)) FROM (SELECT anon_funcs.dump_rows('users', '{}') AS chunk) AS chunks")
        if process.returncode != 0 or copied != int(written):
            sys.exit(f"COPY gives {copied} bytes of the table users, dump_rows {written.strip()}")
        say(f"{copied / MIB:.0f} MiB of COPY text")
        self.copy_text_bytes = copied

    def rules(self, name):
        """A dictionary as dump_rows takes it. Those of this folder are Python literals."""
        return ast.literal_eval((DATA / name).read_text())

    def against_pg_dump(self, group, database, what, rules, mark):
        """Times a masked dump of a database against pg_dump. Gives the folder of pg_dump's."""
        folders = {name: self.work / f"{group}-{name}" for name in ("pg_anon", "pg_dump")}
        commands = {
            "pg_dump": ["pg_dump", f"--dbname={database}", "-Fd", "-j", JOBS, f"--file={folders['pg_dump']}"],
            "pg_anon": self.dump_command(database, rules, folders["pg_anon"]),
        }
        times, memory = time_programs(commands, lambda name: shutil.rmtree(folders[name], ignore_errors=True))
        self.remember_memory("dump", memory["pg_anon"])
        self.add_pair(group, what, f"pg_dump -Fd -j{JOBS}", times, ("pg_anon", "pg_dump"), mark)
        return folders["pg_dump"]

    def dump(self):
        """A masked dump of one table against pg_dump, and the size of an unmasked one."""
        self.make_users()
        theirs = self.against_pg_dump("dump", "users", f"pg_anon dump -j{JOBS}, 5 of 9 columns masked", "users.py", 0.20)
        ours = self.work / "dump-unmasked"
        self.remember_memory("dump", run_program(self.dump_command("users", "nothing.py", ours))[1])
        self.add("dump", "size of pg_anon's dump, nothing masked", "size of pg_dump's", folder_size(ours) / MIB,
                 folder_size(theirs) / MIB, 1.05, unit="MiB")

    def shop(self):
        """A masked dump of twenty tables against pg_dump."""
        say("Filling the shop")
        make_database("shop")
        psql("shop", "-c", "CREATE EXTENSION pg_anon", "-v", f"scale={SCALE}", "-f", str(DATA / "shop.sql"))
        self.against_pg_dump("shop", "shop", f"pg_anon dump -j{JOBS}, 20 tables, 12 columns masked", "shop.py", 0.35)

    def restore(self):
        """Restoring one big table against pg_restore."""
        self.make_users()
        say("Filling the table account")
        make_database("account", template="users")
        psql("account", "-f", str(DATA / "account.sql"))
        ours, theirs = self.work / "account-pg_anon", self.work / "account-pg_dump"
        run_program(self.dump_command("account", "nothing.py", ours))
        psql("account", "-c", "DROP EXTENSION pg_anon")
        run_program(["pg_dump", "--dbname=account", "-Fd", "-j", JOBS, f"--file={theirs}"])

        make_database("restored")

        def new_target(_):
            psql("postgres", "-c", "DROP DATABASE restored")
            make_database("restored")
            psql("postgres", "-c", "CHECKPOINT")

        times, memory = time_programs({
            "pg_restore": ["pg_restore", "--dbname=restored", "-j", JOBS, str(theirs)],
            "pg_anon": ["pg_anon", "restore", "--db-name=restored", f"--input-dir={ours}", "-j", JOBS, "--verbose=error"],
        }, new_target)
        self.remember_memory("restore", memory["pg_anon"])
        self.add_pair("restore", f"pg_anon restore -j{JOBS}, 2 indexes, 1 foreign key", f"pg_restore -j{JOBS}", times,
                      ("pg_anon", "pg_restore"), 0.85)
        psql("postgres", "-c", "DROP DATABASE restored", "-c", "DROP DATABASE account")

    def functions(self):
        """What each function costs a row, against the Python tool's."""
        make_database("functions")
        psql("functions", "-c", "CREATE EXTENSION pg_anon", "-f", str(BENCH / "python_tool_functions.sql"), "-c", f"""
            CREATE TABLE sample AS
            SELECT n AS i, date '1950-01-01' + n % 20000 AS d, 'person.number' || n || '@example.com' AS x, lpad(to_hex(n), 6, '0') AS h
            FROM generate_series(1, {FUNCTION_ROWS}) n""", "-c", "VACUUM (FREEZE, ANALYZE) sample")
        for name, arguments, alone, mark in FUNCTIONS:
            times = time_statements("functions", {
                "count": f"SELECT count({alone}) FROM sample",
                "pg_anon": f"SELECT count(anon_funcs.{name}({arguments})) FROM sample",
                "python_tool": f"SELECT count(python_tool.{name}({arguments})) FROM sample",
            }, settings="SET jit = off; SET max_parallel_workers_per_gather = 0;")
            # The least disturbed run of each: what is measured here takes a few ms.
            least = {statement: min(sample) * 1e6 / FUNCTION_ROWS for statement, sample in times.items()}
            self.add("functions", f"{name}({arguments})", "the Python tool's", max(0.0, least["pg_anon"] - least["count"]),
                     max(0.0, least["python_tool"] - least["count"]), mark, unit="ns/row", samples=times)

    def library(self):
        """What each function of the library costs a value, against the server's own md5 of a text of the same table."""
        make_database("library")
        psql("library", "-c", "CREATE EXTENSION pg_anon", "-c", "CREATE EXTENSION hstore", "-c", "CREATE TYPE person AS (name text, age int)", "-c", f"""
            CREATE TABLE library_sample AS
            SELECT n AS i, n * 1000003::bigint % 1000000000000 AS b, date '1950-01-01' + n % 20000 AS d, 'person.number' || n || '@example.com' AS x,
                lpad(to_hex(n), 6, '0') AS h, lpad((4111111111111111 + n)::text, 16, '0') AS c, '+49 170 ' || lpad(n::text, 7, '0') AS t,
                'DE89370400440' || lpad(n::text, 9, '0') AS a, 'Anna Maria O''Neill ' || n AS n, 'https://shop.example/orders?id=' || n AS u,
                '10.1.' || n % 256 || '.' || n / 256 % 256 AS p, n / 7.0::float8 AS f, round(n / 7.0, 2) AS m, md5(n::text)::uuid AS g,
                jsonb_build_object('email', 'p' || n || '@example.com', 'n', n) AS j, ARRAY['a' || n, 'b'] AS r, ROW('a' || n, n)::person AS w, hstore('email', 'p' || n) AS k,
                ('<a email="p' || n || '@example.com">x</a>')::xml AS v,
                'Customer ' || n || ' called about the order of last week and asked to write to person.number' || n
                    || '@example.com, because the parcel has not come yet; the number +49 170 ' || lpad(n::text, 7, '0') || ' is no longer hers.' AS note
            FROM generate_series(1, {FUNCTION_ROWS // 5}) n""", "-c", "VACUUM (FREEZE, ANALYZE) library_sample")
        for mark, calls in LIBRARY:
            for call in [call.strip() for call in calls.split(" | ")]:
                self.add_call(call, "md5(x)", "x", mark)
        for call, mark in REDACT:
            self.add_call(call, f"regexp_replace(note, '{EMAIL_PATTERN}', '***', 'g')", "note", mark)

    def add_call(self, call, other, alone, mark):
        """Adds a row for what a call costs a value above the count of a column, against another call."""
        name, arguments = call.split("(", 1)
        # What is counted without the call: the column that it reads, or none.
        column = re.match(r"(?:'[^']*'::text\[\], )?([a-z]+)\b", arguments)
        times = processor_times("library", {
            "count": f"SELECT count({column.group(1) if column else 1}) FROM library_sample",
            "call": f"SELECT count({call}) FROM library_sample",
            "count_other": f"SELECT count({alone}) FROM library_sample",
            "other": f"SELECT count({other}) FROM library_sample",
        }, settings=LIBRARY_SETTINGS)
        # The least disturbed run of each.
        least = {statement: min(sample) * 1e6 / (FUNCTION_ROWS // 5) for statement, sample in times.items()}
        self.add("library", call, other.split("(")[0], max(0.0, least["call"] - least["count"]),
                 max(0.0, least["other"] - least["count_other"]), mark, unit="ns/row", samples=times)

    def scan(self):
        """Looking for sensitive columns: all values with patterns and with detectors, and names alone."""
        self.make_users()
        say(f"Filling a table of 6 text columns with {SCALE:,} rows")
        psql("users", "-v", f"scale={SCALE}", "-f", str(DATA / "texts.sql"))
        only = {"include_rules": [{"schema": "public", "table": "texts"}]}
        times = time_statements("users", {
            "copy": "COPY users TO '/dev/null'",
            "regexes": scan(only | {"data_regex": {"rules": NO_MATCH}}, "full"),
            "detectors": scan(only | {"detectors": True}, "full"),
        })
        self.add_pair("scan", "scan, 6 text columns, 3 patterns, none matching", "COPY users TO '/dev/null'", times, ("regexes", "copy"), 2.0)
        self.add_pair("scan", "scan, 6 text columns, all detectors", "COPY users TO '/dev/null'", times, ("detectors", "copy"), 6.0)
        found = psql("users", "-c", f"SELECT count(*) FROM ({scan(only | {'detectors': True}, 'full')}) AS s WHERE verdict = 'sensitive' OR values_seen < {SCALE}")
        if int(found) != 0:
            sys.exit("The table without anything sensitive was not read to its end")
        psql("users", "-c", "DROP TABLE texts")
        make_database("wide")
        say("Making 5,000 tables of 20 columns")
        columns = ", ".join(f"{name}_{i} {kind}" for i in range(5) for name, kind in
                            (("name", "text"), ("order_number", "bigint"), ("created_at", "timestamptz"), ("email", "varchar(80)")))
        for first in range(0, 5000, 500):
            psql("wide", script="".join(f"CREATE TABLE t{i} ({columns});\n" for i in range(first, first + 500)))
        psql("wide", "-c", "CREATE EXTENSION pg_anon", "-c", "VACUUM ANALYZE pg_attribute")
        times, _ = time_programs({
            "pg_dump": ["pg_dump", "-s", "--dbname=wide", "--file=/dev/null"],
            "scan": ["psql", "-XAtq", "--dbname=wide", "-o", "/dev/null", "-c", scan({}, "names")],
        }, lambda name: None)
        self.add_pair("scan", "scan of 5,000 tables of 20 columns, by names", "pg_dump -s", times, ("scan", "pg_dump"), 0.5)
        psql("postgres", "-c", "DROP DATABASE wide")

    def detectors(self):
        """Precision and recall of each detector over labelled tables: how much of what it finds is right, and how much it finds."""
        make_database("labelled")
        psql("labelled", "-c", "CREATE EXTENSION pg_anon")
        labels = {}
        for file in sorted(LABELLED.glob("*.tsv")):
            names, types, right, *rows = file.read_text(encoding="utf-8").splitlines()
            names, types, right = names.split("\t"), types.split("\t"), right.split("\t")
            labels |= {(file.stem, name): label.split("|") for name, label in zip(names, right)}
            columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, types))
            psql("labelled", script=f'CREATE TABLE "{file.stem}" ({columns});\nCOPY "{file.stem}" FROM stdin;\n' + "\n".join(rows) + "\n\\.\n")
        answer = psql("labelled", "-c", "SELECT json_agg(json_build_array(table_name, column_name, found_by, verdict)) FROM anon_funcs.scan(scan_mode => 'full')")
        counts = {}
        for table, column, found, verdict in json.loads(answer):
            allowed = labels[table, column]
            is_found, is_right = verdict == "sensitive", (found if verdict == "sensitive" else "-") in allowed
            for name, alarm, wanted, good in ((found, is_found, is_right and is_found, is_right), (allowed[0], False, not is_right and allowed[0] != "-", False)):
                if alarm or wanted:
                    tally = counts.setdefault(name, [0, 0, 0])
                    tally[0] += alarm
                    tally[1] += alarm and good
                    tally[2] += wanted
            tally = counts.setdefault("sensitive or not", [0, 0, 0])
            wanted = "-" not in allowed
            tally[0] += is_found and not (is_right and not wanted)
            tally[1] += is_found and wanted
            tally[2] += wanted
        for name, (alarms, good, wanted) in sorted(counts.items()):
            self.add("detectors", f"{name}: precision", f"{alarms} columns found", good / alarms if alarms else 1.0, None, 0.9, unit="share", higher=True)
            self.add("detectors", f"{name}: recall", f"{wanted} columns labelled", good / wanted if wanted else 1.0, None, 0.9, unit="share", higher=True)

    def growth(self):
        """Whether a row costs the same in a larger table."""
        self.make_users()
        say("Filling tables of 4 and 16 times the rows")
        make_database("growth", template="users")
        psql("growth", "-f", str(DATA / "growth.sql"))
        psql("postgres", "-c", f"ALTER SYSTEM SET shared_buffers = '{GROWTH_SHARED_BUFFERS}'")
        server = str(self.work / "server")
        subprocess.run([LIB / "cluster.sh", "stop", server], check=True)
        subprocess.run([LIB / "cluster.sh", "restart", server], check=True)
        masked = json.dumps(self.rules("users.py"))
        sizes = {1: "users", 4: "users_x4", 16: "users_x16"}
        statements = {}
        for factor, table in sizes.items():
            statements[f"dump_rows x{factor}"] = dump_rows(table, masked.replace('"users"', f'"{table}"'))
            statements[f"copy x{factor}"] = f"COPY {table} TO '/dev/null'"
        times = time_statements("growth", statements)
        # COPY has no mark. It says how much of a difference is the machine's.
        for what, statement, mark in (("dump_rows, 5 of 9 columns masked", "dump_rows", 0.95), ("COPY, to compare", "copy", None)):
            rates = {factor: factor * SCALE / statistics.median(times[f"{statement} x{factor}"]) for factor in sizes}
            for factor in (4, 16):
                self.add("growth", f"{what}, {factor * SCALE:,} rows", f"itself, {SCALE:,} rows", rates[factor], rates[1], mark,
                         unit="rows/ms", higher=True, samples={f"x{n}": times[f"{statement} x{n}"] for n in (1, factor)})
        samples = time_statements("growth", {
            table: scan({"include_rules": [{"schema": "public", "table": table}], "detectors": True}, "partial") for table in ("users", "users_x16")
        })
        self.add_pair("growth", f"scan of a sample of 10,000 rows, {16 * SCALE:,} rows", f"itself, {SCALE:,} rows", samples, ("users_x16", "users"), 1.3)

    def add_memory(self):
        """The binary's peak memory in all that was run."""
        for what, peak in self.memory.items():
            self.add("memory", f"peak memory of pg_anon {what}", "", peak, None, 64, unit="MiB")


def dump_rows(table, dictionary):
    """The statement that the binary runs, with the rows thrown away."""
    literal = "'" + dictionary.replace("'", "''") + "'"
    return f"COPY (SELECT anon_funcs.dump_rows('{table}', {literal})) TO '/dev/null' (FORMAT binary)"


def scan(meta, mode):
    """The statement that scans."""
    literal = "'" + json.dumps(meta).replace("'", "''") + "'"
    return f"SELECT * FROM anon_funcs.scan({literal}, scan_mode => '{mode}', salt => 'x')"


def make_database(name, template="template0"):
    """Makes a database."""
    options = f"TEMPLATE {template}" + (f" {LOCALE}" if template == "template0" else "")
    psql("postgres", "-c", f"CREATE DATABASE {name} {options}")


def cells(row):
    """A row of the table as text."""
    number = lambda value: "" if value is None else f"{value:,.1f}"
    return [row["what"], row["against"], number(row["value"]), number(row["base"]), row["unit"],
            "" if row["ratio"] is None else f"{row['ratio']:.3f}", row["mark"] or "",
            {True: "met", False: "MISSED", None: ""}[row["met"]]]


def print_table(rows):
    """Prints the table."""
    lines = [["what", "against", "pg_anon", "other", "unit", "ratio", "mark", ""]] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    right = {2, 3, 5}
    for place, line in enumerate(lines):
        print("  ".join(text.rjust(width) if column in right else text.ljust(width)
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip())
        if place == 0:
            print("  ".join("-" * width for width in widths))


def describe(load):
    """The machine, the versions and the settings. No host name: results are published."""
    def first(path, pattern):
        match = re.search(pattern, Path(path).read_text(), re.MULTILINE)
        return match.group(1) if match else "unknown"

    try:
        revision = read("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        revision = "unknown"
    settings = psql("postgres", "-c", "SELECT json_object_agg(name, current_setting(name)) FROM unnest('{%s}'::text[]) name"
                    % ",".join(SHOWN_SETTINGS))
    return {
        "label": LABEL,
        "date": datetime.date.today().isoformat(),
        "machine": {
            "cpu": first("/proc/cpuinfo", r"^model name\s*: (.*)$"),
            "cores": len(os.sched_getaffinity(0)),
            "memory_mib": int(first("/proc/meminfo", r"^MemTotal:\s+(\d+)")) // 1024,
            "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "load_before": round(load, 2),
        },
        "versions": {
            "postgresql": json.loads(settings)["server_version"],
            "rustc": read("rustc", "--version"),
            "pg_anon": read("pg_anon", "--version"),
            "revision": revision,
            "profile": os.environ.get("PROFILE", "release"),
        },
        "settings": json.loads(settings) | {"databases": LOCALE, "growth: shared_buffers": GROWTH_SHARED_BUFFERS},
        "scale": SCALE,
        "runs": RUNS,
    }


def prepare_server(work):
    """Stages a private installation with pg_anon, starts a server, and points the environment at it.

    Gives the process that removes the server when this program ends, however it ends.
    """
    pg_config = os.environ.get("PG_CONFIG", "pg_config")
    stage = work / "stage"
    bindir = read(LIB / "stage.sh", stage, pg_config)
    subprocess.run([os.environ.get("MAKE", "make"), "--no-print-directory", "-C", ROOT, "install", f"DESTDIR={stage}",
                    "PREFIX=/usr/local"], check=True, stdout=subprocess.DEVNULL)
    server = work / "server"
    guard = subprocess.Popen([LIB / "cluster.sh", "guard", server], stdin=subprocess.PIPE)
    for name in [name for name in os.environ if name.startswith("PG") and name != "PG_CONFIG"]:
        del os.environ[name]
    try:
        subprocess.run([LIB / "cluster.sh", "start", server, bindir, *SERVER_OPTIONS], check=True)
    except BaseException:
        end_server(guard)
        raise
    os.environ.update(PATH=f"{bindir}:{stage}/usr/local/bin:{os.environ['PATH']}", PGHOST=f"{server}/socket", PGPORT="5499",
                      PGUSER="postgres", LC_ALL="C.UTF-8")
    return guard


def end_server(guard):
    """Removes the server."""
    guard.stdin.close()
    guard.wait()


def main():
    groups = sys.argv[1:]
    unknown = [group for group in groups if group not in GROUPS]
    if unknown or RUNS < 1 or SCALE < 1:
        sys.exit(__doc__)
    chosen = groups or [group for group in GROUPS if group != "growth" or os.environ.get("BENCH_GROWTH") != "0"]

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    load = os.getloadavg()[0]
    if load > 0.3:
        say(f"The machine is not idle (load {load:.1f}): the times will be off.")
    work = Path(tempfile.mkdtemp(prefix="pg_anon-bench-"))
    try:
        work.chmod(0o755)
        guard = prepare_server(work)
        try:
            bench = Bench(work)
            about = describe(load)
            for group in chosen:
                say(f"== {group}")
                getattr(bench, group)()
            bench.add_memory()
        finally:
            end_server(guard)
    finally:
        shutil.rmtree(work, ignore_errors=True)

    print_table(bench.rows)
    if not groups:
        file = BENCH / "results" / f"{about['date']}-{LABEL}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(about | {"copy_text_bytes": bench.copy_text_bytes, "rows": bench.rows}, indent=1, ensure_ascii=False) + "\n")
        print(f"\nWritten: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Failed, with status {error.returncode}: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
