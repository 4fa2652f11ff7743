//! `pg_anon view-fields` and `view-data`: what a dump will do, shown before it is made. What is shown is what the server's
//! `fields` and `preview` say, which plan and mask as a dump does.

mod data;
mod fields;
mod options;
mod orm;
mod show;

use anyhow::Context as _;

use crate::connection::{Rows, Session, Stop};
use crate::dump::tell_problems_but;
use crate::init;

pub use data::data;
pub use fields::fields;
use options::ViewOptions;
pub use options::{DataOptions, FieldsOptions};

/// How a column is called that no rule is about.
const NOTHING: &str = "---";

/// A column as the server plans it.
#[derive(Debug, Clone)]
struct Field {
    /// The table's OID.
    relation: String,
    schema: String,
    table: String,
    name: String,
    kind: String,
    action: Action,
    /// The rule; None: the column is not masked.
    rule: Option<String>,
    /// The pattern of the table's rule.
    pattern: Option<String>,
}

/// What is done with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Masked,
    Plain,
    Excluded,
}

impl Action {
    fn read(text: &str) -> anyhow::Result<Action> {
        Ok(match text {
            "masked" => Action::Masked,
            "plain" => Action::Plain,
            "excluded" => Action::Excluded,
            other => anyhow::bail!("the server plans \"{other}\", which is not known"),
        })
    }
}

/// Connects, says what is wrong with the dictionary, and asks for the columns, in the order of schema, table and column.
/// All that is asked on the session from then on sees the same state of the database.
fn open(options: &ViewOptions) -> anyhow::Result<(Session, Vec<Field>)> {
    let session = Session::open_asking(&mut options.connection.clone(), Stop::default())?;
    init::check_installed(&session)?;
    crate::key::hand_over(&session, options.key.as_ref())?;
    // Its warnings are told by check_dictionary already.
    session.execute("SET client_min_messages = error")?;
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let dictionary = Some(options.dictionary_json.as_str());
    let search_path = options.rule_search_path.as_deref();
    let arguments = [dictionary, Some("true"), search_path, Some("false"), None, None, None];
    let problems =
        session.query(include_str!("../../sql/check.sql"), &arguments).context("cannot check the dictionary")?;
    // Who looks at columns, or at the rows of one table, needs no right to read all tables.
    tell_problems_but(&problems, &["not_readable", "row_security"])?;
    let rows = session.query(include_str!("../../sql/fields.sql"), &[dictionary, search_path])?;
    Ok((session, read_fields(&rows)?))
}

fn read_fields(rows: &Rows) -> anyhow::Result<Vec<Field>> {
    let text = |row, column| rows.text(row, column).into_owned();
    let some = |row, column| rows.get(row, column).map(|_| text(row, column));
    let field = |row| {
        Ok(Field {
            relation: text(row, 0),
            schema: text(row, 1),
            table: text(row, 2),
            name: text(row, 3),
            kind: text(row, 4),
            action: Action::read(&rows.text(row, 5))?,
            rule: some(row, 6),
            pattern: some(row, 7),
        })
    };
    (0..rows.len()).map(field).collect()
}
