//! How much memory the binary needs: the same for a small table and for a large one, and for a value of any size.

use pg_anon_e2e::{Running, pg_anon_command, server, temp_dir};

/// The most that the binary may have in memory at any time, in kB.
const MOST: u64 = 64 << 10;

/// The most that a process has had in memory so far, in kB. None: it has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Runs a program to its end, and gives the most that it has had in memory, in kB.
fn peak_of(mut program: Running) -> u64 {
    let mut most = 0;
    while program.is_running() {
        most = peak(program.pid()).unwrap_or(most);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    program.wait().expect_success();
    assert!(most > 1000, "it has been measured: {most} kB");
    most
}

#[test]
fn many_rows_and_a_huge_value_need_little_memory() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE many (id integer, name text, email text);
         INSERT INTO many SELECT n, md5(n::text), md5((-n)::text) || '@example.com' FROM generate_series(1, 300000) AS n;
         CREATE TABLE huge (id integer, value text, bytes bytea);
         INSERT INTO huge VALUES (1, repeat('0123456789', 10000000), NULL), (2, NULL, convert_to(repeat('0123456789', 2000000), 'UTF8'));
         ANALYZE",
    );
    let dir = temp_dir();
    std::fs::write(
        dir.path().join("rules.py"),
        r#"{"dictionary": [{"schema": "public", "table": "many", "fields": {
            "name": "anon_funcs.random_string(20)", "email": "anon_funcs.partial_email(email)"}}]}"#,
    )
    .expect("a dictionary is written");
    for level in ["-Z0", "-Z6"] {
        let archive = dir.path().join(format!("dump{level}"));
        let mut command = pg_anon_command(["dump", "-j4", level, "--prepared-sens-dict-file"]);
        command.arg(dir.path().join("rules.py")).arg("--output-dir").arg(&archive).args(source.connection_options());
        let most = peak_of(Running::start(&mut command));
        println!("dump {level}: {most} kB");
        assert!(most < MOST, "dump {level} had {most} kB in memory");
    }
    let target = server().create_database("UTF8");
    let mut command = pg_anon_command(["restore", "--input-dir"]);
    command.arg(dir.path().join("dump-Z6")).args(target.connection_options());
    let most = peak_of(Running::start(&mut command));
    println!("restore: {most} kB");
    assert!(most < MOST, "restore had {most} kB in memory");
    let sums = "SELECT (SELECT count(*) FROM many), md5(string_agg(coalesce(value, encode(bytes, 'escape')), '' ORDER BY id)) FROM huge";
    assert_eq!(target.sql(sums), source.sql(sums));
}

#[test]
fn a_long_value_is_not_unpacked_for_every_text_that_a_rule_compares_it_with() {
    let source = server().create_database("UTF8");
    source.sql(
        "CREATE EXTENSION pg_anon;
         CREATE TABLE huge AS SELECT repeat('0123456789', 4000000) AS value",
    );
    let peak = |rule: &str| -> u64 {
        let dictionary =
            format!(r#"{{"dictionary": [{{"schema": "public", "table": "huge", "fields": {{"value": "{rule}"}}}}]}}"#);
        let dump =
            format!("SELECT convert_from(chunk, 'UTF8') FROM anon_funcs.dump_rows('huge', $${dictionary}$$) AS chunk");
        let peak = "SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s+(\\d+)'))[1]";
        let output = source.sql(&format!("{dump}; {peak}"));
        assert!(output.starts_with("masked"), "{output}");
        output.lines().last().and_then(|line| line.parse().ok()).expect("the server tells its memory")
    };
    let little = peak("'masked'");
    for rule in [
        "CASE WHEN value IN ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h') THEN value ELSE 'masked' END",
        "'masked' || left(value, 3)",
    ] {
        let most = peak(rule);
        println!("{rule}: {most} kB, {little} kB without");
        assert!(most < little + (20 << 10), "{rule}: {most} kB, {little} kB without");
    }
}
