//! A data file of COPY text on its way to the server.

use std::io::{self, Read as _};
use std::path::PathBuf;

use pg_anon_core::copybinary::{Encoder, ValueType};

use crate::connection::Session;
use crate::error::Error;
use crate::interrupt;
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
        let others: Vec<String> =
            oids.iter().filter(|oid| ValueType::of(**oid).is_none()).map(u32::to_string).collect();
        if !others.is_empty() {
            let enums = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_type AS t \
                         WHERE t.oid = ANY ($1::pg_catalog.oid[]) AND t.typtype = 'e'";
            let mut distinct = others;
            distinct.sort_unstable();
            distinct.dedup();
            let list = format!("{{{}}}", distinct.join(","));
            if session.query(enums, &[Some(&list)])?.number::<usize>(0, 0)? != distinct.len() {
                return Ok(None);
            }
        }
        Ok(Some(oids.into_iter().map(|oid| ValueType::of(oid).unwrap_or(ValueType::Text)).collect()))
    }

    /// Copies the rows into their table, in the binary format when the types of the columns are given. Gives how many the
    /// server took. `each` gets the length of each piece of text.
    ///
    /// # Errors
    /// The server refuses a row, the file cannot be read or is not the one that was checked, or
    /// [`NotEncoded`](pg_anon_core::copybinary::NotEncoded).
    pub fn copy(
        &self,
        session: &Session,
        types: Option<Vec<ValueType>>,
        mut each: impl FnMut(usize),
    ) -> anyhow::Result<u64> {
        let TextFile { table, columns, name, .. } = self;
        let columns = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
        let format = match types {
            Some(_) => "FORMAT binary".to_owned(),
            // The encoding of the file is that of the archive, whatever the session's is.
            None => format!("ENCODING {}", session.literal(&self.encoding)?),
        };
        let is_text = types.is_none();
        let mut encoder = types.map(Encoder::new);
        // When something is wrong with the file, the text is what tells it.
        let mut file = if is_text { Unpacker::open(&self.path)? } else { Unpacker::open_fast(&self.path)? };
        let mut text = Vec::new();
        let mut explained = None;
        let rows = session.copy_in(&format!("COPY {table}{columns} FROM STDIN ({format})"), |piece| {
            // A piece of text may hold no end of a row.
            while piece.is_empty() {
                let read = read_piece(&mut file, if is_text { piece } else { &mut text });
                if let Err(error) = read {
                    explained = Some(format!("{name} {}", file.explain(&error)));
                    return Err(error.into());
                }
                let length = if is_text { piece.len() } else { text.len() };
                each(length);
                if length > 0 {
                    if let Some(encoder) = &mut encoder {
                        encoder.push(&text, piece)?;
                    }
                } else if let Some(encoder) = encoder.take() {
                    encoder.finish(piece)?;
                } else {
                    break;
                }
            }
            Ok(())
        });
        if let Some(problem) = explained {
            return Err(Error::InputDir(problem).into());
        }
        let rows = rows?;
        let measured = file.finish(|| Ok(interrupt::check()?))?;
        if self.sha256.is_some_and(|sha256| sha256 != measured.sha256) {
            return Err(Error::InputDir(format!("{name} was changed while it was loaded")).into());
        }
        Ok(rows)
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
