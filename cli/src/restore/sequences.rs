//! Sequences set by the values in the columns that they belong to.

use crate::connection::Session;
use crate::progress::count;
use crate::restore::tables::Table;

/// OIDs as an array of the server's.
pub fn oids(tables: &[Table]) -> String {
    let mut oids: Vec<&str> = tables.iter().flat_map(|table| [table.oid.as_str(), table.root_oid.as_str()]).collect();
    oids.sort_unstable();
    oids.dedup();
    format!("{{{}}}", oids.join(","))
}

/// Sets the sequences of the serial and identity columns of these tables, so that each gives next what follows the highest
/// value in its column.
pub fn set_by_values(session: &Session, tables: &[Table]) -> anyhow::Result<()> {
    let statements = session.query(include_str!("../../sql/sequences_by_values.sql"), &[Some(&oids(tables))])?;
    log::info!("setting {} by the values in their columns", count(statements.len() as u64, "sequence"));
    for row in 0..statements.len() {
        session.execute(&statements.text(row, 0))?;
    }
    Ok(())
}
