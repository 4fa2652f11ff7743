//! CHECK constraints that call functions of the database's own: such a function may look at other tables, which are not
//! loaded yet, or be slow.

use crate::connection::Session;
use crate::error::{ServerError, refusal, without_values};
use crate::progress::count;
use crate::restore::sequences::oids;
use crate::restore::tables::Table;
use crate::text::visible;

/// How often a constraint may turn up again: a child's own one stays when its parent's is dropped.
const LEVELS: usize = 64;

/// A constraint that was dropped.
#[derive(Debug)]
struct Constraint {
    table: String,
    name: String,
    definition: String,
    comment: Option<String>,
    is_valid: bool,
}

/// The constraints that were dropped for a load, to be put back.
#[derive(Debug, Default)]
pub struct Dropped(Vec<Constraint>);

/// Drops those constraints of these tables, and adds them to the list before it does: one that may be gone is to be put back.
pub fn drop_all(session: &Session, tables: &[Table], dropped: &mut Dropped) -> anyhow::Result<()> {
    let oids = oids(tables);
    for _ in 0..LEVELS {
        let found = session.query(include_str!("../../sql/custom_checks.sql"), &[Some(&oids)])?;
        for row in 0..found.len() {
            let text = |column| found.text(row, column).into_owned();
            let constraint = Constraint {
                table: text(0),
                name: text(1),
                definition: text(2),
                comment: found.get(row, 3).map(|_| text(3)),
                is_valid: found.is_true(row, 4),
            };
            let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", constraint.table, constraint.name);
            log::debug!("constraint {} of {} is dropped", visible(&constraint.name), visible(&constraint.table));
            dropped.0.push(constraint);
            session.execute(&drop)?;
        }
        if found.len() == 0 {
            break;
        }
    }
    log::info!("loading without {}", count(dropped.0.len() as u64, "CHECK constraint"));
    Ok(())
}

impl Dropped {
    /// Puts them back. One that rows break comes back as NOT VALID, with a warning: it is checked for new rows only.
    /// `in_transaction`: a transaction is open, which goes on.
    pub fn put_back(&mut self, session: &Session, in_transaction: bool) -> anyhow::Result<()> {
        // Children first: the parent's then takes theirs in, as it was.
        while let Some(constraint) = self.0.last() {
            let Constraint { table, name, definition, .. } = &constraint;
            let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
            if in_transaction {
                session.execute("SAVEPOINT put_back")?;
            }
            if let Err(error) = session.execute(&add) {
                let refusal = refusal(&error).filter(|_| constraint.is_valid).cloned();
                let Some(error) = refusal.map(ServerError::without_values) else { return Err(error) };
                if in_transaction {
                    session.execute("ROLLBACK TO SAVEPOINT put_back")?;
                }
                session.execute(&format!("{add} NOT VALID"))?;
                log::warn!(
                    "constraint {} of {} is back as NOT VALID, because rows of the dump break it: {error}",
                    visible(name),
                    visible(table)
                );
            }
            if in_transaction {
                session.execute("RELEASE SAVEPOINT put_back")?;
            }
            if let Some(comment) = &constraint.comment {
                let comment = session.literal(comment)?;
                session.execute(&format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"))?;
            }
            self.0.pop();
        }
        Ok(())
    }

    /// Whether all are back.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts them back after the load was stopped, without a look at the rows, and says of each what has become of it.
    pub fn put_back_unchecked(&mut self, open: impl FnOnce() -> anyhow::Result<Session>) {
        // What was stopped may not have let go of the tables yet.
        let session = open().and_then(|session| session.execute("SET lock_timeout = '5s'").map(|()| session));
        while let Some(constraint) = self.0.pop() {
            let Constraint { table, name, definition, comment, is_valid } = &constraint;
            let suffix = if *is_valid { " NOT VALID" } else { "" };
            let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}{suffix}");
            let back = session.as_ref().map_err(ToString::to_string).and_then(|session| {
                match session.execute(&add) {
                    Ok(()) => {}
                    // It was not dropped yet, or is back.
                    Err(error) if refusal(&error).is_some_and(|error| error.sqlstate == "42710") => return Ok(false),
                    Err(error) => return Err(format!("{:#}", without_values(error))),
                }
                if let Some(comment) = comment {
                    let commented = session.literal(comment).and_then(|comment| {
                        session.execute(&format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"))
                    });
                    commented.map_err(|error| error.to_string())?;
                }
                Ok(*is_valid)
            });
            let (name, table) = (visible(name), visible(table));
            match back {
                Ok(true) => log::warn!("constraint {name} of {table} is back as NOT VALID: its rows were not checked"),
                Ok(false) => {}
                Err(error) => log::error!("constraint {name} of {table} is not put back: {error}"),
            }
        }
    }
}
