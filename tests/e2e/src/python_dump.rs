//! Dumps as the Python tool pg_anon 1.10 makes them, from a live database: its layout, its names, its `metadata.json`.

use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value, json};

use crate::{Database, run};

/// What the tool was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PythonMode<'a> {
    /// `dump`.
    Dump,
    /// `sync-struct-dump`.
    Structure,
    /// `sync-data-dump`.
    Data,
    /// `dump --dbg-stage-2-validate-data`.
    Stage2,
    /// `dump --dbg-stage-3-validate-full`.
    Stage3,
    /// `dump --partial-tables-dict-file` with these tables (schema and name), all of which have exact names.
    Tables(&'a [(&'a str, &'a str)]),
}

impl PythonMode<'_> {
    fn has_pre_data(self) -> bool {
        !matches!(self, PythonMode::Data | PythonMode::Stage2)
    }

    fn has_post_data(self) -> bool {
        self.has_pre_data() && self != PythonMode::Stage3
    }

    fn is_limited(self) -> bool {
        matches!(self, PythonMode::Stage2 | PythonMode::Stage3)
    }
}

/// Tables as `information_schema.tables` lists them, without partitioned parents: schema, name, columns that are not
/// generated with the masking expression that a rule gives, whether children inherit from it, and the name of the file.
const TABLES: &str = "
    SELECT json_build_object(
        'schema', n.nspname, 'table', c.relname, 'sql_name', format('%I.%I', n.nspname, c.relname),
        'columns', coalesce((
            SELECT json_agg(json_build_object('name', a.attname, 'type',
                       format('%I.%I', tn.nspname, t.typname)) ORDER BY a.attnum)
            FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '[]'),
        'inherited', EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid),
        'file', md5(convert_to(n.nspname || '_' || c.relname, 'UTF8')),
        'size', pg_total_relation_size(c.oid))
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY n.nspname, c.relname";

/// The state of the sequences that columns own.
const SEQUENCES: &str = "
    SELECT json_build_object('schema', sn.nspname, 'table', t.relname, 'table_schema', tn.nspname, 'seq_name', s.relname,
        'value', (xpath('/row/v/text()', query_to_xml(format('SELECT last_value AS v FROM %I.%I', sn.nspname, s.relname),
                        false, true, '')))[1]::text::bigint,
        'is_excluded', false)
    FROM pg_class AS s JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
    JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    JOIN pg_class AS t ON t.oid = d.refobjid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE s.relkind = 'S'";

const VIEWS: &str = "
    SELECT DISTINCT jsonb_build_object('view_schema', vn.nspname, 'view_name', v.relname,
        'view_type', CASE v.relkind WHEN 'v' THEN 'view' ELSE 'materialized_view' END,
        'table_schema', tn.nspname, 'table_name', t.relname, 'is_excluded', false)
    FROM pg_class AS v JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
    JOIN pg_rewrite AS r ON r.ev_class = v.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS t ON t.oid = d.refobjid AND t.oid <> v.oid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE v.relkind IN ('v', 'm') AND vn.nspname NOT IN ('pg_catalog', 'information_schema')";

const INDEXES: &str = "
    SELECT json_build_object('schema', n.nspname, 'table', t.relname, 'index_name', x.relname, 'is_excluded', false,
        'parent_index_schema', pn.nspname, 'parent_index_name', p.relname)
    FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    LEFT JOIN pg_inherits AS h ON h.inhrelid = x.oid LEFT JOIN pg_class AS p ON p.oid = h.inhparent
    LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";

const CONSTRAINTS: &str = "
    SELECT json_build_object('table_schema_from', fn.nspname, 'table_name_from', f.relname,
        'constraint_name', c.conname, 'table_schema_to', tn.nspname, 'table_name_to', t.relname, 'is_excluded', false,
        'referenced_relkind', t.relkind, 'referrer_relkind', f.relkind,
        'referenced_partition_leaves', NULL, 'referrer_partition_leaves', NULL)
    FROM pg_constraint AS c JOIN pg_class AS f ON f.oid = c.conrelid JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
    JOIN pg_class AS t ON t.oid = c.confrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE c.contype = 'f'";

const EXTENSIONS: &str = "
    SELECT json_build_object('schema', n.nspname, 'name', e.extname, 'version', e.extversion,
        'relocatable', e.extrelocatable, 'is_excluded_by_schema', false)
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace";

/// The statements that make the enums, domains and functions of a database, as the tool keeps them for a dump of some
/// tables.
const NEEDED: &str = "
    SELECT json_build_object(
        'partial_dump_types', coalesce((SELECT json_agg(format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
                (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid)))
            FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE t.typtype = 'e'), '[]'),
        'partial_dump_domains', coalesce((SELECT json_agg(format('CREATE DOMAIN %I.%I AS %s %s', n.nspname, t.typname,
                format_type(t.typbasetype, t.typtypmod), (SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint AS c WHERE c.contypid = t.oid)))
            FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
            WHERE t.typtype = 'd' AND n.nspname NOT IN ('pg_catalog', 'information_schema')), '[]'),
        'partial_dump_functions', coalesce((SELECT json_agg(pg_get_functiondef(p.oid)) FROM pg_proc AS p
            JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE p.prokind IN ('f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'anon_funcs')
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')), '[]'),
        'partial_dump_ranges', '[]'::json, 'partial_dump_casts', '[]'::json, 'partial_dump_operators', '[]'::json,
        'partial_dump_aggregates', '[]'::json)";

fn objects(database: &Database<'_>, query: &str) -> Vec<Value> {
    let rows = database.rows(&format!("SELECT replace(o::text, E'\\n', ' ') FROM ({query}) AS q (o)"));
    rows.iter().map(|row| serde_json::from_str(row).unwrap_or_else(|error| panic!("{error}: {row}"))).collect()
}

fn by_key(objects: Vec<Value>, key: impl Fn(&Value) -> String) -> Value {
    Value::Object(objects.into_iter().map(|object| (key(&object), object)).collect::<Map<_, _>>())
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_else(|| panic!("{key} of {object}"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Makes a dump of a UTF8 database in a new folder, as the tool does. `masks` gives the expressions of sensitive columns:
/// table, column, expression.
///
/// # Panics
/// When anything fails.
pub fn python_dump(database: &Database<'_>, folder: &Path, mode: PythonMode<'_>, masks: &[(&str, &str, &str)]) {
    std::fs::create_dir(folder).expect("a new folder");
    let server = database.server();
    let chosen = |schema: &str, table: &str| match mode {
        PythonMode::Tables(tables) => tables.contains(&(schema, table)),
        _ => true,
    };
    let tables: Vec<Value> = objects(database, TABLES)
        .into_iter()
        .filter(|table| chosen(text(table, "schema"), text(table, "table")))
        .collect();
    for (section, file, wanted) in
        [("pre-data", "pre_data.backup", mode.has_pre_data()), ("post-data", "post_data.backup", mode.has_post_data())]
    {
        if !wanted {
            continue;
        }
        let mut pg_dump = server.program("pg_dump");
        pg_dump.args(["-v", "-w", "-U", "postgres"]);
        if let PythonMode::Tables(tables) = mode {
            for (schema, table) in tables {
                pg_dump.arg("-t").arg(format!("{}.{}", quoted(schema), quoted(table)));
            }
            for sequence in objects(database, SEQUENCES) {
                if chosen(text(&sequence, "table_schema"), text(&sequence, "table")) {
                    let (schema, name) = (text(&sequence, "schema"), text(&sequence, "seq_name"));
                    pg_dump.arg("-t").arg(format!("{}.{}", quoted(schema), quoted(name)));
                }
            }
        }
        pg_dump.args(["--section", section, "-E", "UTF8", "-F", "c", "-s", "--no-owner", "-f"]);
        run(pg_dump.arg(folder.join(file)).arg(database.name()), b"").expect_success();
    }

    let mut metadata = json!({
        "created": database.sql("SELECT to_char(now(), 'DD/MM/YYYY HH24:MI:SS')"),
        "pg_version": database.sql("SELECT split_part(current_setting('server_version'), ' ', 1)"),
        "pg_dump_version": database.sql("SELECT split_part(current_setting('server_version'), ' ', 1)"),
        "dictionary_content_hash": {"/path/dict.py": "ab".repeat(32)},
        "prepared_sens_dict_files": "dict.py",
        "dbg_stage_2_validate_data": mode == PythonMode::Stage2,
        "dbg_stage_3_validate_full": mode == PythonMode::Stage3,
    });
    if mode != PythonMode::Structure {
        let limit = if mode.is_limited() { " LIMIT 100" } else { "" };
        let (mut files, mut total_rows, mut total_size) = (Map::new(), 0, 0);
        for table in &tables {
            let columns: Vec<String> = table["columns"]
                .as_array()
                .expect("columns")
                .iter()
                .map(|column| {
                    let name = text(column, "name");
                    let mask = masks.iter().find(|(of, masked, _)| *of == text(table, "table") && *masked == name);
                    match mask {
                        Some((_, _, rule)) => format!("{rule}::{} as {}", text(column, "type"), quoted(name)),
                        None => format!("{0} as {0}", quoted(name)),
                    }
                })
                .collect();
            let only = if table["inherited"] == true { "ONLY " } else { "" };
            let query = format!("SELECT {} FROM {only}{}{limit}", columns.join(", "), text(table, "sql_name"));
            let rows = binary_copy(database, &query);
            let count: u64 = database.sql(&format!("SELECT count(*) FROM ({query}) AS q")).parse().expect("a number");
            let name = text(table, "file");
            let file = std::fs::File::create_new(folder.join(format!("{name}.bin.gz"))).expect("a new file");
            // Python's gzip module writes the name without its suffix, and one member.
            let mut gzip = GzBuilder::new().filename(format!("{name}.bin")).mtime(1).write(file, Compression::fast());
            gzip.write_all(&rows).and_then(|()| gzip.finish()).expect("compressed");
            files.insert(
                format!("{name}.bin.gz"),
                json!({"schema": table["schema"], "table": table["table"], "rows": count.to_string()}),
            );
            total_rows += count;
            total_size += table["size"].as_u64().expect("a number");
        }
        let mut sequences = objects(database, SEQUENCES);
        sequences.retain(|sequence| chosen(text(sequence, "table_schema"), text(sequence, "table")));
        for sequence in &mut sequences {
            sequence.as_object_mut().expect("an object").remove("table_schema");
            if mode.is_limited() {
                sequence["value"] = json!(sequence["value"].as_i64().expect("a number").min(100));
            }
        }
        let mut constraints = objects(database, CONSTRAINTS);
        for key in &mut constraints {
            key["is_excluded"] = json!(
                !chosen(text(key, "table_schema_from"), text(key, "table_name_from"))
                    || !chosen(text(key, "table_schema_to"), text(key, "table_name_to"))
            );
        }
        let more = json!({
            "seq_lastvals": by_key(sequences, |s| format!("{}.{}", text(s, "schema"), text(s, "seq_name"))),
            "views": by_key(objects(database, VIEWS), |view| text(view, "view_name").to_owned()),
            "indexes": by_key(objects(database, INDEXES), |index| text(index, "index_name").to_owned()),
            "constraints": by_key(constraints, |key| text(key, "constraint_name").to_owned()),
            "files": files,
            "total_tables_size": total_size,
            "total_rows": total_rows,
            "db_size": database.sql("SELECT pg_database_size(current_database())").parse::<u64>().expect("a number"),
            "extensions": by_key(objects(database, EXTENSIONS), |extension| text(extension, "name").to_owned()),
        });
        extend(&mut metadata, more);
        let list: Vec<String> = tables
            .iter()
            .map(|table| json!({"schema": table["schema"], "table": table["table"]}).to_string())
            .collect();
        std::fs::write(folder.join("dumped_tables.py"), format!("{{\"tables\": [{}]}}", list.join(", ")))
            .expect("written");
    }
    if let PythonMode::Tables(chosen) = mode {
        let mut schemas: Vec<&str> = chosen.iter().map(|(schema, _)| *schema).collect();
        schemas.dedup();
        extend(&mut metadata, json!({ "partial_dump_schemas": schemas }));
        extend(&mut metadata, objects(database, NEEDED).remove(0));
    }
    let content = serde_json::to_string_pretty(&metadata).expect("JSON");
    std::fs::write(folder.join("metadata.json"), content).expect("written");
}

fn extend(object: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("an object") };
    object.as_object_mut().expect("an object").extend(more);
}

/// What a query gives, in COPY's binary format and in UTF-8.
fn binary_copy(database: &Database<'_>, query: &str) -> Vec<u8> {
    let mut command = database.server().program("psql");
    command.env("PGCLIENTENCODING", "UTF8").args(["-Xq", "-v", "ON_ERROR_STOP=1", "-d", database.name()]);
    // As an argument it may hold line feeds; psql's \copy would not take them.
    let output =
        command.arg("-c").arg(format!("COPY ({query}) TO STDOUT (FORMAT binary)")).output().expect("psql runs");
    assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
