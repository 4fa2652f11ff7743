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
