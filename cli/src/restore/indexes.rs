//! The indexes of large tables, made over several connections at the same time. pg_restore makes those of one table one
//! after the other when one of them belongs to a primary key or a unique constraint, because that locks the table: here the
//! index is made first, as any other, and the constraint takes it over at the end, which is done at once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use pg_anon_core::archive::Entry;

use crate::connection::Session;
use crate::error::refusal;
use crate::queue::Queue;
use crate::restore::list::Chosen;
use crate::restore::names::Names;
use crate::text::visible;

/// From which length of a table's data files on its indexes are made here.
const LARGE: u64 = 4 << 20;

/// An entry whose index is made here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Index {
    dump_id: i32,
    /// What it is, for messages.
    entry: String,
    /// The statement that makes the index.
    create: String,
    /// The statement that makes the constraint of it, and the one that drops the index when that fails.
    attach: Option<(String, String)>,
    /// Length of the table's data files.
    bytes: u64,
}

/// The indexes of a restore that are made here.
#[derive(Debug, Default)]
pub struct Indexes(Vec<Index>);

impl Indexes {
    /// Those of large tables, of which there are several to a table. `bytes` gives the length of an entry's data file.
    pub fn of(chosen: &Chosen<'_>, names: &Names<'_>, bytes: impl Fn(&Entry) -> u64) -> anyhow::Result<Indexes> {
        let mut tables: BTreeMap<i32, u64> = BTreeMap::new();
        let mut sizes: BTreeMap<_, u64> = BTreeMap::new();
        for entry in chosen.table_data() {
            *sizes.entry((entry.namespace.as_deref(), entry.tag.as_deref())).or_default() += bytes(entry);
        }
        for entry in chosen.entries().filter(|entry| entry.is("TABLE")) {
            let size = sizes.get(&(entry.namespace.as_deref(), entry.tag.as_deref())).copied().unwrap_or_default();
            if size >= LARGE {
                tables.insert(entry.dump_id, size);
            }
        }
        let mut found: BTreeMap<i32, Vec<Index>> = BTreeMap::new();
        for entry in chosen.entries().filter(|entry| entry.is("INDEX") || entry.is("CONSTRAINT")) {
            // In a table space of its own, it takes a setting that pg_restore makes.
            let plain = entry.tablespace.as_deref().unwrap_or_default().is_empty();
            let Some((table, bytes)) = entry.dependencies.iter().find_map(|id| tables.get_key_value(id)) else {
                continue;
            };
            let definition = names.optional(&entry.definition)?;
            if let Some((create, attach)) = plain.then(|| statements(&definition)).flatten() {
                let index = Index { dump_id: entry.dump_id, entry: entry.name(), create, attach, bytes: *bytes };
                found.entry(*table).or_default().push(index);
            }
        }
        Ok(Indexes(found.into_values().filter(|indexes| indexes.len() > 1).flatten().collect()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes them. Gives the entries that are done; those that fail are left to pg_restore, which says why.
    pub fn make(
        self,
        session: &Session,
        open: impl Fn() -> anyhow::Result<Session> + Sync,
        connections: usize,
    ) -> anyhow::Result<HashSet<i32>> {
        log::info!("making {} indexes of large tables", self.0.len());
        // Of one table's the constraint's, which are on short columns most often, come last.
        let queue = Queue::new(self.0, |index| index.bytes.saturating_mul(2) + u64::from(index.attach.is_none()));
        let made = Mutex::new(Vec::new());
        let work = || -> anyhow::Result<()> {
            let mut session = None;
            while let Some(index) = queue.next() {
                let session = match &session {
                    Some(session) => session,
                    None => session.insert(open()?),
                };
                if is_done(session, &index.create, &index.entry)?
                    && let Ok(mut made) = made.lock()
                {
                    made.push(index);
                }
            }
            Ok(())
        };
        let threads = connections.min(queue.len()).max(1);
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                worker.join().map_err(|_| anyhow::anyhow!("making indexes failed"))??;
            }
            Ok(())
        })?;
        let mut done = HashSet::new();
        for index in made.into_inner().unwrap_or_default() {
            match &index.attach {
                Some((attach, undo)) if !is_done(session, attach, &index.entry)? => session.execute(undo)?,
                _ => drop(done.insert(index.dump_id)),
            }
        }
        Ok(done)
    }
}

/// Runs a statement. Gives whether the server did it.
fn is_done(session: &Session, statement: &str, entry: &str) -> anyhow::Result<bool> {
    let Err(error) = session.execute(statement) else { return Ok(true) };
    let Some(refusal) = refusal(&error) else { return Err(error) };
    log::debug!("{} is left to pg_restore: {}", visible(entry), refusal.clone().without_values());
    Ok(false)
}

/// The statement that makes an entry's index, and the one that makes a constraint of it. None: the definition has
/// more to it than these two, as pg_dump writes them.
fn statements(definition: &str) -> Option<(String, Option<(String, String)>)> {
    let statement = definition.trim_end().strip_suffix(';')?;
    // Names may hold anything, but then pg_restore makes it.
    if statement.contains(';') {
        return None;
    }
    if statement.starts_with("CREATE INDEX ") || statement.starts_with("CREATE UNIQUE INDEX ") {
        // An index of a partitioned table has nothing to be made of.
        return (!statement.contains(" ON ONLY ")).then(|| (statement.to_owned(), None));
    }
    let (table, constraint) = statement.strip_prefix("ALTER TABLE ONLY ")?.split_once("\n    ADD CONSTRAINT ")?;
    for kind in [" PRIMARY KEY ", " UNIQUE "] {
        if let Some((name, columns)) = constraint.split_once(kind) {
            let is_list = columns.starts_with('(') && columns.ends_with(')') && !name.contains(' ');
            // With INCLUDE, NULLS NOT DISTINCT, WITH or DEFERRABLE there is more than one pair of parentheses, or more behind it.
            if !is_list || columns.matches(['(', ')']).count() != 2 || columns.contains(" WITHOUT ") {
                return None;
            }
            let create = format!("CREATE UNIQUE INDEX {name} ON {table} USING btree {columns}");
            let attach = format!("ALTER TABLE ONLY {table} ADD CONSTRAINT {name}{kind}USING INDEX {name}");
            let undo = format!("DROP INDEX {}.{name}", schema_of(table)?);
            return Some((create, Some((attach, undo))));
        }
    }
    None
}

/// The schema of a name that pg_dump has quoted where it has to be.
fn schema_of(table: &str) -> Option<&str> {
    let end = match table.strip_prefix('"') {
        // A quote in the name is doubled.
        Some(quoted) => {
            let mut rest = quoted;
            loop {
                let at = rest.find('"')?;
                rest = rest.get(at + 1..)?;
                match rest.strip_prefix('"') {
                    Some(more) => rest = more,
                    None => break table.len() - rest.len(),
                }
            }
        }
        None => table.find('.')?,
    };
    table.get(end..)?.starts_with('.').then(|| table.get(..end))?
}

#[cfg(test)]
mod tests {
    use super::{schema_of, statements};

    #[test]
    fn a_schema_is_told_from_its_table() {
        assert_eq!(schema_of("public.a"), Some("public"));
        assert_eq!(schema_of("\"a\"\"b.c\".\"d.e\""), Some("\"a\"\"b.c\""));
        assert_eq!(schema_of("a"), None);
        assert_eq!(schema_of("\"a"), None);
    }

    #[test]
    fn an_index_is_made_as_it_is_and_a_constraint_takes_its_index_over() {
        let index = "CREATE INDEX a_b_idx ON public.a USING btree (b);\n";
        assert_eq!(statements(index), Some((index.trim_end_matches(";\n").to_owned(), None)));
        assert_eq!(
            statements("ALTER TABLE ONLY public.a\n    ADD CONSTRAINT a_pkey PRIMARY KEY (id, \"Odd\");\n"),
            Some((
                "CREATE UNIQUE INDEX a_pkey ON public.a USING btree (id, \"Odd\")".to_owned(),
                Some((
                    "ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY USING INDEX a_pkey".to_owned(),
                    "DROP INDEX public.a_pkey".to_owned()
                ))
            ))
        );
        assert!(statements("ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u UNIQUE (x);\n").is_some());
    }

    #[test]
    fn whatever_has_more_to_it_is_left_to_pg_restore() {
        for definition in [
            "CREATE INDEX a ON ONLY public.parted USING btree (b);\n",
            "CREATE INDEX a ON public.a USING btree (b);\n\nALTER TABLE public.a CLUSTER ON a;\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u UNIQUE (x) INCLUDE (y);\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u UNIQUE (x) DEFERRABLE INITIALLY DEFERRED;\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (x);\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u PRIMARY KEY (x) WITH (fillfactor='70');\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u EXCLUDE USING gist (x WITH &&);\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT \"x UNIQUE y\" CHECK (true);\n",
            "ALTER TABLE ONLY s.a\n    ADD CONSTRAINT u PRIMARY KEY (x, y WITHOUT OVERLAPS);\n",
            "",
        ] {
            assert_eq!(statements(definition), None, "{definition}");
        }
    }
}
