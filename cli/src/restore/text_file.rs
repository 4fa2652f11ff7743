//! A data file of COPY text on its way to the server.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::PathBuf;

use pg_anon_core::copybinary::{Encoder, ValueType};

use crate::connection::Session;
use crate::error::Error;
use crate::interrupt;
use crate::text::visible;
use crate::unpack::Unpacker;

/// How much text goes to the server at once.
const PIECE: usize = 64 << 10;

/// A data file, and where its rows belong.
pub struct TextFile<'a> {
    pub path: PathBuf,
    /// Its name in the dump.
    pub name: String,
    /// What its sum must be.
    pub sha256: Option<&'a str>,
    /// Its encoding, as PostgreSQL names it.
    pub encoding: String,
    /// The table's name as SQL takes it.
    pub table: String,
    /// The list of its columns, without the parentheses; empty: none are named.
    pub columns: String,
}

/// The table and the columns of a COPY statement as pg_dump writes it. None: it is another statement.
pub fn target(statement: &str) -> Option<(&str, &str)> {
    let target = statement.trim_end().strip_prefix("COPY ")?.strip_suffix(" FROM stdin;")?;
    let mut is_quoted = false;
    let end = target.find(|c| {
        is_quoted ^= c == '"';
        c == ' ' && !is_quoted
    });
    let (table, columns) = target.split_at(end.unwrap_or(target.len()));
    match columns.trim_start() {
        // A table without columns.
        "" => Some((table, "")),
        columns => Some((table, columns.strip_prefix('(')?.strip_suffix(')')?)),
    }
}

impl TextFile<'_> {
    /// The types of the columns, when all of them are of those whose values can be put into the binary format.
    pub fn types(&self, session: &Session) -> anyhow::Result<Option<Vec<ValueType>>> {
        // Their receive functions take text in the session's encoding.
        if self.columns.is_empty() || session.parameter("client_encoding") != self.encoding {
            return Ok(None);
        }
        let TextFile { table, columns, .. } = self;
        // The types that come with a result are those that domains are made of.
        let oids = session.query(&format!("SELECT {columns} FROM ONLY {table} WHERE false"), &[])?.column_types();
        let others: BTreeSet<String> =
            oids.iter().filter(|oid| ValueType::of(**oid).is_none()).map(u32::to_string).collect();
        if !others.is_empty() {
            let enums = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_type AS t \
                         WHERE t.oid = ANY ($1::pg_catalog.oid[]) AND t.typtype = 'e'";
            let list = format!("{{{}}}", others.iter().map(String::as_str).collect::<Vec<_>>().join(","));
            if session.query(enums, &[Some(&list)])?.number::<usize>(0, 0)? != others.len() {
                return Ok(None);
            }
        }
        Ok(Some(oids.into_iter().map(|oid| ValueType::of(oid).unwrap_or(ValueType::Text)).collect()))
    }

    /// Copies the rows into their table as they are. Gives how many the server took. `each` gets the length of each piece.
    ///
    /// # Errors
    /// The server refuses a row, or the file cannot be read or is not the one that was checked.
    pub fn copy(&self, session: &Session, each: impl FnMut(usize)) -> anyhow::Result<u64> {
        let mut file = Unpacker::open(&self.path)?;
        let rows = self.copy_text(session, &mut file, Vec::new(), each)?;
        self.check(file)?;
        Ok(rows)
    }

    /// The same in the binary format, for columns of these types; as text from the first row on that cannot be put into it.
    ///
    /// # Errors
    /// As [`TextFile::copy`], which tells better what is wrong with a file.
    pub fn copy_encoded(
        &self,
        session: &Session,
        types: Vec<ValueType>,
        mut each: impl FnMut(usize),
    ) -> anyhow::Result<u64> {
        let mut encoder = Encoder::new(types);
        let mut file = Unpacker::open_fast(&self.path)?;
        let mut text = Vec::new();
        let mut left = None;
        let mut has_ended = false;
        let mut damage = None;
        let rows = session.copy_in(&self.statement("FORMAT binary"), |piece| {
            // A piece of text may hold no end of a row.
            while piece.is_empty() && !has_ended {
                read_piece(&mut file, &mut text).inspect_err(|error| damage = Some(file.explain(error)))?;
                each(text.len());
                has_ended = text.is_empty();
                let encoded = if has_ended { encoder.finish(piece) } else { encoder.push(&text, piece) };
                if let Err(reason) = encoded {
                    log::debug!("{} goes on as text: {reason}", visible(&self.table));
                    left = Some(encoder.leave(piece));
                    has_ended = true;
                }
            }
            Ok(())
        });
        let mut rows = self.explained(rows, damage)?;
        if let Some(left) = left {
            rows += self.copy_text(session, &mut file, left, each)?;
        }
        self.check(file)?;
        Ok(rows)
    }

    /// Copies this text, and what is left of the file.
    fn copy_text(
        &self,
        session: &Session,
        file: &mut Unpacker,
        mut first: Vec<u8>,
        mut each: impl FnMut(usize),
    ) -> anyhow::Result<u64> {
        // The encoding of the file is that of the archive, whatever the session's is.
        let statement = self.statement(&format!("ENCODING {}", session.literal(&self.encoding)?));
        let mut damage = None;
        let rows = session.copy_in(&statement, |piece| {
            if first.is_empty() {
                read_piece(file, piece).inspect_err(|error| damage = Some(file.explain(error)))?;
                each(piece.len());
            } else {
                *piece = std::mem::take(&mut first);
            }
            Ok(())
        });
        self.explained(rows, damage)
    }

    fn statement(&self, options: &str) -> String {
        let TextFile { table, columns, .. } = self;
        let columns = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
        format!("COPY {table}{columns} FROM STDIN ({options})")
    }

    /// What is wrong with the file counts more than what the server says of a COPY that ends for it.
    fn explained<T>(&self, result: anyhow::Result<T>, damage: Option<String>) -> anyhow::Result<T> {
        match damage {
            Some(damage) => Err(Error::InputDir(format!("{} {damage}", self.name)).into()),
            None => result,
        }
    }

    /// Fails unless the file that was read is the one that was checked.
    fn check(&self, file: Unpacker) -> anyhow::Result<()> {
        let measured = file.finish(|| Ok(interrupt::check()?))?;
        if self.sha256.is_some_and(|sha256| sha256 != measured.sha256) {
            return Err(Error::InputDir(format!("{} was changed while it was loaded", self.name)).into());
        }
        Ok(())
    }
}

/// Reads the next piece of a file, which is empty only at its end.
fn read_piece(file: &mut Unpacker, piece: &mut Vec<u8>) -> io::Result<()> {
    piece.resize(PIECE, 0);
    let mut filled = 0;
    while let Some(space) = piece.get_mut(filled..).filter(|space| !space.is_empty()) {
        match file.read(space)? {
            0 => break,
            read => filled += read,
        }
    }
    piece.truncate(filled);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn the_target_of_a_copy_is_found_whatever_its_name_is() {
        for (statement, expected) in [
            ("COPY public.a (id, \"b c\") FROM stdin;\n", Some(("public.a", "id, \"b c\""))),
            (
                "COPY \"s (x) FROM stdin;\".\"t\"\" (y)\" (id) FROM stdin;\n",
                Some(("\"s (x) FROM stdin;\".\"t\"\" (y)\"", "id")),
            ),
            ("COPY public.a  FROM stdin;\n", Some(("public.a", ""))),
            ("COPY public.a FROM stdin;\n", Some(("public.a", ""))),
            ("COPY public.a () FROM stdin;\n", Some(("public.a", ""))),
            ("COPY public.a (id) FROM stdin WITH BINARY;\n", None),
            ("INSERT INTO public.a VALUES (1);\n", None),
        ] {
            assert_eq!(target(statement), expected, "{statement}");
        }
    }
}
