//! `--clean-db`: what the dump makes is dropped from the target first, in one transaction, and nothing else.
//!
//! Nothing is dropped with CASCADE: what depends on an object of the dump and is not in the dump itself would go in silence.

use std::collections::{BTreeSet, HashSet};

use pg_anon_core::archive::Entry;

use crate::config::RestoreOptions;
use crate::connection::Session;
use crate::error::{Error, ServerError, refusal};
use crate::progress::{count, some_names};
use crate::restore::SHOWN;
use crate::restore::list::Chosen;
use crate::restore::names::{Names, quoted};
use crate::text::visible;

/// Kinds of entries that are dropped. Indexes, constraints, triggers, policies, statistics and partitions go with their
/// tables, grants and comments with their objects. Extensions stay.
const OBJECTS: [&str; 29] = [
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DOMAIN",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "MATERIALIZED VIEW",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "TYPE",
    "USER MAPPING",
    "VIEW",
];

/// Kinds of entries that are dropped first, because without them objects depend on each other in circles: foreign keys
/// among tables, a table's default that calls a function of the table's row type.
const KNOTS: [&str; 6] = ["FK CONSTRAINT", "DEFAULT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY"];

/// Kinds of entries that hold or show rows.
const RELATIONS: [&str; 5] = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE"];

/// SQLSTATE: other objects depend on it.
const DEPENDENTS: &str = "2BP01";

/// Fails when the target has tables that the dump does not have. Partitions belong to their parents.
pub fn check_extra_tables(session: &Session, known: &BTreeSet<(String, String)>) -> anyhow::Result<()> {
    let rows = session.query(include_str!("../../sql/user_tables.sql"), &[])?;
    let extra: Vec<String> = (0..rows.len())
        .map(|row| (rows.text(row, 0).into_owned(), rows.text(row, 1).into_owned()))
        .filter(|name| !known.contains(name))
        .map(|(schema, table)| visible(&format!("{schema}.{table}")).into_owned())
        .collect();
    if extra.is_empty() {
        return Ok(());
    }
    Err(Error::Target(format!(
        "database \"{}\" has tables that are not in the dump: {}\n\
         HINT: --clean-db drops only what is in the dump. Drop these tables first, or use --drop-db.",
        session.database(),
        some_names(&extra, SHOWN)
    ))
    .into())
}

/// Drops what the chosen entries make, as far as it is there, and leaves out of them what stays: schemas that hold
/// something else as well.
pub fn drop_objects(
    session: &Session,
    chosen: &mut Chosen<'_>,
    names: &Names<'_>,
    options: &RestoreOptions,
) -> anyhow::Result<()> {
    log::info!("dropping what is there of the dump");
    session.execute("BEGIN")?;
    let result = drop_in_transaction(session, chosen, names, options);
    match &result {
        Ok(_) => session.execute("COMMIT")?,
        // The connection may be gone, and then so is the transaction.
        Err(_) => drop(session.execute("ROLLBACK")),
    }
    let kept = result?;
    chosen.leave_out("it stays, because it holds more than the dump does", |entry| kept.contains(&entry.dump_id));
    Ok(())
}

/// What becomes of an entry's object.
enum Dropped {
    Gone,
    /// Something depends on it still.
    Later(ServerError),
}

fn drop_in_transaction(
    session: &Session,
    chosen: &Chosen<'_>,
    names: &Names<'_>,
    options: &RestoreOptions,
) -> anyhow::Result<HashSet<i32>> {
    if let Some(time) = options.lock_timeout.as_deref() {
        session.query("SELECT pg_catalog.set_config('lock_timeout', $1::text, true)", &[Some(time)])?;
    }
    for entry in chosen.entries().rev().filter(|entry| KNOTS.iter().any(|kind| entry.is(kind))) {
        let statement = names.optional(&entry.drop_statement)?;
        // Most often the object is not there, or goes with its table.
        if !statement.trim().is_empty()
            && let Err(error) = in_savepoint(session, &statement)?
        {
            log::debug!("{} is not dropped by itself: {error}", visible(&entry.name()));
        }
    }
    drop_subscriptions(session, chosen, names)?;
    drop_large_objects(session, chosen)?;
    let mut left: Vec<(&Entry, String)> = Vec::new();
    for entry in chosen.entries().rev() {
        if OBJECTS.iter().any(|kind| entry.is(kind))
            && let Some(statement) = drop_if_exists(entry, names)?
        {
            left.push((entry, statement));
        }
    }
    drop_extensions(session, chosen, names)?;
    let mut gone = 0;
    let mut reasons = Vec::new();
    loop {
        let before = left.len();
        let mut later = Vec::new();
        reasons.clear();
        for (entry, statement) in left {
            match drop_one(session, entry, &statement)? {
                Dropped::Gone => gone += 1,
                Dropped::Later(error) => {
                    reasons.push(error);
                    later.push((entry, statement));
                }
            }
        }
        left = later;
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    // Other tables of the dump, which were not chosen, may need the same types and functions.
    let is_partial = options.lists.is_some();
    let stays = |entry: &Entry| entry.is("SCHEMA") || is_partial && !RELATIONS.iter().any(|kind| entry.is(kind));
    let in_the_way: Vec<(&Entry, &ServerError)> = left
        .iter()
        .zip(&reasons)
        .filter(|((entry, _), _)| !stays(entry))
        .map(|((entry, _), error)| (*entry, error))
        .collect();
    if in_the_way.is_empty() {
        log::debug!("{} done", count(gone, "statement"));
        return Ok(left.iter().map(|(entry, _)| entry.dump_id).collect());
    }
    let mut text = format!(
        "--clean-db cannot drop what the dump has in database \"{}\", because objects that are not chosen or not in the \
         dump depend on it",
        session.database()
    );
    for (entry, error) in in_the_way.iter().take(SHOWN) {
        let detail = error.detail.as_deref().unwrap_or(&error.message);
        // The server names each dependent on a line of its own.
        let lines: Vec<_> = detail.lines().map(visible).collect();
        text.push_str(&format!("\n{}: {}", visible(&entry.name()), lines.join("\n    ")));
    }
    text.push_str("\nHINT: Drop them first. Nothing has been changed.");
    Err(Error::Target(text).into())
}

/// The statement that drops an entry's object when it is there.
fn drop_if_exists(entry: &Entry, names: &Names<'_>) -> anyhow::Result<Option<String>> {
    let statement = names.optional(&entry.drop_statement)?;
    let start = format!("DROP {} ", String::from_utf8_lossy(entry.desc.as_deref().unwrap_or_default()));
    // A text that begins otherwise drops nothing: the schema public has a comment there.
    Ok(statement.strip_prefix(&start).map(|rest| format!("{start}IF EXISTS {rest}")))
}

fn drop_one(session: &Session, entry: &Entry, statement: &str) -> anyhow::Result<Dropped> {
    match in_savepoint(session, statement)? {
        Ok(()) => Ok(Dropped::Gone),
        Err(error) if error.sqlstate == DEPENDENTS => Ok(Dropped::Later(error)),
        // Despite IF EXISTS: the schema, a type or an access method that it names is not there.
        Err(error) if ["42704", "3F000", "42883", "42P01"].contains(&error.sqlstate.as_str()) => Ok(Dropped::Gone),
        Err(error) => Err(Error::Target(format!(
            "--clean-db cannot drop {}: {error}\nHINT: Nothing has been changed.",
            visible(&entry.name())
        ))
        .into()),
    }
}

/// Runs a statement that may fail without harm to the transaction.
fn in_savepoint(session: &Session, statement: &str) -> anyhow::Result<Result<(), ServerError>> {
    session.execute("SAVEPOINT one")?;
    let error = match session.execute(statement) {
        Ok(()) => {
            session.execute("RELEASE SAVEPOINT one")?;
            return Ok(Ok(()));
        }
        Err(error) => error,
    };
    let Some(refusal) = refusal(&error).cloned() else { return Err(error) };
    session.execute("ROLLBACK TO SAVEPOINT one")?;
    session.execute("RELEASE SAVEPOINT one")?;
    Ok(Err(refusal))
}

/// Rows of an extension's own tables are in the dump, and in the target: only with the extension do they go.
fn drop_extensions(session: &Session, chosen: &Chosen<'_>, names: &Names<'_>) -> anyhow::Result<()> {
    let made: HashSet<_> = chosen
        .entries()
        .filter(|entry| entry.is("TABLE"))
        .map(|entry| (entry.namespace.as_deref(), entry.tag.as_deref()))
        .collect();
    let foreign: Vec<(String, String)> = chosen
        .table_data()
        .filter(|entry| !made.contains(&(entry.namespace.as_deref(), entry.tag.as_deref())))
        .map(|entry| Ok((names.optional(&entry.namespace)?, names.optional(&entry.tag)?)))
        .collect::<anyhow::Result<_>>()?;
    if foreign.is_empty() {
        return Ok(());
    }
    let list = serde_json::to_string(&foreign)?;
    let rows = session.query(include_str!("../../sql/extension_of_table.sql"), &[Some(&list)])?;
    for row in 0..rows.len() {
        let name = rows.text(row, 0);
        if let Err(error) = in_savepoint(session, &format!("DROP EXTENSION {name}"))? {
            return Err(Error::Target(format!(
                "the dump has rows of tables of the extension {}, which --clean-db cannot drop: {error}\n\
                 HINT: Drop it first, or use --drop-db.",
                visible(&name)
            ))
            .into());
        }
    }
    Ok(())
}

/// Subscriptions go when they have no replication slot: a slot is on another server, and is not dropped in a transaction.
fn drop_subscriptions(session: &Session, chosen: &Chosen<'_>, names: &Names<'_>) -> anyhow::Result<()> {
    let mut made = HashSet::new();
    for entry in chosen.entries().filter(|entry| entry.is("SUBSCRIPTION")) {
        made.insert(names.optional(&entry.tag)?);
    }
    if made.is_empty() {
        return Ok(());
    }
    let rows = session.query(include_str!("../../sql/subscriptions.sql"), &[])?;
    for row in (0..rows.len()).filter(|row| made.contains(&*rows.text(*row, 0))) {
        let name = quoted(&rows.text(row, 0));
        let shown = visible(&name);
        if rows.get(row, 1).is_some() {
            return Err(Error::Target(format!(
                "--clean-db cannot drop subscription {shown}, because it has a replication slot at the publisher\n\
                 HINT: Drop it first, or part it from its slot: ALTER SUBSCRIPTION {shown} DISABLE; \
                 ALTER SUBSCRIPTION {shown} SET (slot_name = NONE); Nothing has been changed."
            ))
            .into());
        }
        if let Err(error) = in_savepoint(session, &format!("DROP SUBSCRIPTION {name}"))? {
            return Err(Error::Target(format!(
                "--clean-db cannot drop subscription {shown}: {error}\nHINT: Nothing has been changed."
            ))
            .into());
        }
    }
    Ok(())
}

fn drop_large_objects(session: &Session, chosen: &Chosen<'_>) -> anyhow::Result<()> {
    let mut oids = Vec::new();
    for entry in chosen.entries() {
        oids.extend(entry.large_object_oids()?.iter().map(u32::to_string));
    }
    if !oids.is_empty() {
        let unlink = "SELECT pg_catalog.lo_unlink(l.oid) FROM pg_catalog.pg_largeobject_metadata AS l \
                      WHERE l.oid = ANY ($1::pg_catalog.oid[])";
        session.query(unlink, &[Some(&format!("{{{}}}", oids.join(",")))])?;
    }
    Ok(())
}
