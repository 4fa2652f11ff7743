//! Whether the server has room for the connections that a run will open, so that it does not fail half-way.

use std::time::Duration;

use anyhow::Context as _;

use crate::connection::Session;
use crate::error::Error;
use crate::text::visible;

/// Fails when fewer than `parallel` connections that work side by side, and `others` besides, can be opened in addition to
/// those that are there. What the server does not tell is no obstacle.
pub fn check(session: &Session, parallel: usize, others: usize) -> anyhow::Result<()> {
    for _ in 1..LOOKS {
        if look(session, parallel, others)?.is_ok() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(look(session, parallel, others)??)
}

/// How often the connections are counted before there are too few, and the time between: the server counts one that has just ended,
/// such as a dump's before this one, until its process is gone.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Counts them once. The inner error says that there are too few.
fn look(session: &Session, parallel: usize, others: usize) -> anyhow::Result<Result<(), Error>> {
    let needed = i64::try_from(parallel + others).unwrap_or(i64::MAX);
    let rows = session
        .query(include_str!("../sql/free_connections.sql"), &[])
        .context("cannot count the server's connections")?;
    let mut least: Option<(i64, String)> = None;
    for (column, of) in [
        (0, "the server (max_connections, less those that are reserved)".to_owned()),
        (1, format!("database \"{}\" (its connection limit)", session.database())),
        (2, format!("role \"{}\" (its connection limit)", visible(&rows.text(0, 3)))),
    ] {
        if rows.get(0, column).is_none() {
            continue;
        }
        let free: i64 = rows.number::<i64>(0, column)?.max(0);
        if free < needed && least.as_ref().is_none_or(|(least, _)| free < *least) {
            least = Some((free, of));
        }
    }
    let Some((free, of)) = least else { return Ok(Ok(())) };
    let fewer = free - i64::try_from(others).unwrap_or(i64::MAX);
    let hint = match fewer {
        1.. if parallel > 0 => format!("-j {fewer} does with what is free."),
        _ => "Try again when fewer are connected, or raise the limit.".to_owned(),
    };
    Ok(Err(Error::Connect(format!("{needed} more connections are needed, and {of} has room for {free}\nHINT: {hint}"))))
}
