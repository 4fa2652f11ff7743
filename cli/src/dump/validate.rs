//! `--dbg-stage-1-validate-dict`: all that a dump would read, without a dump.

use std::time::Instant;

use anyhow::Context as _;

use super::check_dictionary;
use super::choice::Choice;
use super::plan::plan;
use super::worker::{Rows, hand_over_dictionary};
use crate::config::{DumpOptions, Stage};
use crate::connection::Session;
use crate::copy::Framing;
use crate::error::Error;
use crate::interrupt;
use crate::key;
use crate::manual;
use crate::progress::count;

/// Checks the dictionary, and reads some rows of each table as a dump would read all. Says all that is wrong, and fails when
/// something is. Nothing is written.
pub(super) fn validate(session: &Session, options: &DumpOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    hand_over_dictionary(session, options)?;
    key::hand_over(session, options.key.as_ref())?;
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let choice = Choice::new(session, options)?;
    check_dictionary(session, options, &choice)?;
    let plan = plan(session, options, &choice)?;
    let (mut tables, mut rows, mut failures) = (0_u64, 0_u64, 0_u64);
    for table in plan.data() {
        interrupt::check()?;
        tables += 1;
        session.execute("SAVEPOINT before_table")?;
        let statement = Rows { table, options, choice: &choice, first_block: None, end_block: None, gzip_level: None }
            .statement(session)?;
        let mut framing = Framing::new();
        let read = session.copy_out(&statement, |message| {
            framing.push(message, |_, text| {
                // A newline that belongs to a value is escaped.
                rows += text.iter().filter(|byte| **byte == b'\n').count() as u64;
                Ok(())
            })
        });
        match read.and_then(|()| framing.finish()) {
            Ok(()) => session.execute("RELEASE SAVEPOINT before_table")?,
            Err(error) => {
                interrupt::check()?;
                failures += 1;
                let error = Rows::without_values(table, error);
                log::error!("{}", error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "));
                // Fails when it was the connection that failed.
                session.execute("ROLLBACK TO SAVEPOINT before_table").context("the connection broke")?;
            }
        }
    }
    session.execute("COMMIT")?;
    if failures > 0 {
        return Err(Error::Validation(format!("{} of {}", failures, count(tables, "table"))).into());
    }
    let text = format!(
        "The dictionary fits the database; nothing was written\n  {}, {} of at most {} each, {:.1} s\n",
        count(tables, "table"),
        count(rows, "row"),
        Stage::LIMIT,
        started.elapsed().as_secs_f64()
    );
    manual::print(text.as_bytes())
}
