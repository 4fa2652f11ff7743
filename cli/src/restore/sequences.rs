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
/// value in its column. A transaction is open: row security that holds for owners too does not let them look, and is lifted
/// meanwhile.
pub fn set_by_values(session: &Session, tables: &[Table]) -> anyhow::Result<()> {
    let oids = oids(tables);
    let statements = session.query(include_str!("../../sql/sequences_by_values.sql"), &[Some(&oids)])?;
    let forced = session.query(include_str!("../../sql/forced_row_security.sql"), &[Some(&oids)])?;
    let alter = |what: &str| -> anyhow::Result<()> {
        (0..forced.len()).try_for_each(|row| {
            session.execute(&format!("ALTER TABLE {} {what} ROW LEVEL SECURITY", forced.text(row, 0)))
        })
    };
    alter("NO FORCE")?;
    log::info!("setting {} by the values in their columns", count(statements.len() as u64, "sequence"));
    for row in 0..statements.len() {
        session.execute(&statements.text(row, 0))?;
    }
    alter("FORCE")
}
