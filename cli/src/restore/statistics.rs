//! The planner's statistics.

use crate::connection::Session;
use crate::error::Error;
use crate::progress::count;
use crate::text::visible;

/// Collects statistics, so that the planner is right from the first query on. A table that fails is only warned about:
/// its rows are there.
pub fn analyze(session: &Session) -> anyhow::Result<()> {
    let tables = session.query(include_str!("../../sql/analyze.sql"), &[])?;
    log::info!("analysing {}", count(tables.len() as u64, "table"));
    for row in 0..tables.len() {
        let table = tables.text(row, 0);
        if let Err(error) = session.execute(&format!("ANALYZE {table}")) {
            match error.downcast::<Error>() {
                Ok(Error::Server(error)) if !error.sqlstate.is_empty() => {
                    log::warn!("cannot analyse {}: {}", visible(&table), error.without_values());
                }
                Ok(error) => return Err(error.into()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}
