//! From a rule's text to an expression that gives one value for one row.
//!
//! A rule is SQL text from a dictionary. PostgreSQL's own parser reads it, and it is taken only if it is exactly one
//! expression: a SELECT of one target and nothing else. What is not, is refused before anything runs (CVE-2024-2338 was
//! an expression pasted into SQL that ran as something else).

use crate::datum;
use crate::error::{Report, error, mask_error_code, reported, rule_failed};
use crate::expression;
use crate::mask::composite;
use crate::native::{self, Method};
use pg_anon_core::mask::MaskError;
use pgrx::pg_catalog::pg_proc::PgProc;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;

/// A rule's expression, analysed; its memory lives as long as the context it was made in.
pub struct Expression {
    /// What gives the value, with the casts to the column's type and length.
    pub node: *mut pg_sys::Node,
    /// It holds a sub-select, the whole row or a system column, so only a SELECT can give its value.
    pub needs_select: bool,
    /// How it can be run without PostgreSQL's executor.
    pub method: Option<Method>,
    /// The expression without the cast to the column's length.
    pub unfitted: *mut pg_sys::Node,
}

/// The column that an expression gives values for.
pub struct Target<'a> {
    /// How messages name it: `column "x" of table s.t`.
    pub name: &'a str,
    /// The table.
    pub relation: pg_sys::Oid,
    /// What [`base_type`] says of its type.
    pub type_oid: pg_sys::Oid,
    /// The modifier that goes with it: length, precision.
    pub type_modifier: i32,
}

/// The items of a PostgreSQL list of pointers.
///
/// # Safety
/// `list` is NULL or a valid List of pointers to T that lives for `'a`.
pub unsafe fn items<'a, T: 'a>(list: *mut pg_sys::List) -> impl Iterator<Item = *mut T> + 'a {
    // SAFETY: a non-empty List has `length` elements.
    let (cells, length) =
        unsafe { if list.is_null() { (std::ptr::null_mut(), 0) } else { ((*list).elements, (*list).length as usize) } };
    // SAFETY: i is below the length.
    (0..length).map(move |i| unsafe { (*cells.add(i)).ptr_value.cast() })
}

/// # Safety
/// `node` is a valid node.
pub unsafe fn is_a(node: *mut pg_sys::Node, tag: pg_sys::NodeTag) -> bool {
    // SAFETY: every node begins with its tag.
    !node.is_null() && unsafe { (*node).type_ } == tag
}

/// Runs something of the parser's; an error comes back with its position in the SQL text (1-based, in characters).
fn catch<R>(action: impl FnOnce() -> R) -> Result<R, (CaughtError, Option<usize>)> {
    let mut position = 0i32;
    // SAFETY: the callback is taken off the stack below, also when the action fails, before `position` ends.
    unsafe {
        let mut callback = pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(note_position),
            arg: (&raw mut position).cast(),
        };
        pg_sys::error_context_stack = &raw mut callback;
        let result = PgTryBuilder::new(AssertUnwindSafe(|| Ok(action()))).catch_others(Err).execute();
        pg_sys::error_context_stack = callback.previous;
        result.map_err(|e| (e, usize::try_from(position).ok().filter(|p| *p > 0)))
    }
}

/// Keeps the position of a parser's error and takes it off the report, because it points into text of our making.
#[pg_guard]
unsafe extern "C-unwind" fn note_position(position: *mut std::ffi::c_void) {
    // SAFETY: PostgreSQL calls it while it reports an error, with the argument that `catch` has set.
    unsafe {
        let at = pg_sys::geterrposition();
        if at > 0 {
            *position.cast::<i32>() = at;
            pg_sys::errposition(0);
        }
    }
}

/// An error of the parser's as one about the rule: what, where in the rule, and the server's own words.
fn rule_error(what: &str, caught: (CaughtError, Option<usize>), prefix: usize) -> Report {
    let (caught, position) = caught;
    let e = reported(caught);
    let place = match position.and_then(|p| p.checked_sub(prefix)) {
        Some(p) if p > 0 => format!(" at character {p}"),
        _ => String::new(),
    };
    let report = error(e.sql_error_code(), format!("{what} is refused: {}{place}", e.message()));
    match (e.hint(), e.sql_error_code()) {
        (
            _,
            PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION
            | PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE
            | PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT,
        ) => report.set_hint(
            "Rules see pg_catalog and anon_funcs only: write the schema before the name, or widen the path with \
             rule_search_path (--rule-search-path).",
        ),
        (Some(hint), _) => report.set_hint(hint.to_owned()),
        (None, PgSqlErrorCode::ERRCODE_SYNTAX_ERROR) => {
            report.set_hint("A rule is exactly one SQL expression, such as anon_funcs.digest(email, 'salt', 'sha256').")
        }
        _ => report,
    }
}

fn not_one(what: &str, why: &str) -> Report {
    error(PgSqlErrorCode::ERRCODE_SYNTAX_ERROR, format!("{what} is refused: {why}"))
        .set_hint("A rule is exactly one SQL expression, such as anon_funcs.digest(email, 'salt', 'sha256').")
}

/// The statements of a SQL text.
fn parse(sql: &str) -> Result<*mut pg_sys::List, (CaughtError, Option<usize>)> {
    let sql = datum::to_c_string(sql);
    // SAFETY: a C string that outlives the call; the tree is palloc'd and copies what it keeps.
    catch(|| unsafe { pg_sys::raw_parser(sql.as_ptr(), pg_sys::RawParseMode::RAW_PARSE_DEFAULT) })
}

/// The only statement of a parsed text when it is a SELECT.
///
/// # Safety
/// `list` is what the raw parser gave.
unsafe fn only_select(list: *mut pg_sys::List) -> Option<*mut pg_sys::SelectStmt> {
    // SAFETY: the raw parser gives a list of RawStmt.
    unsafe {
        let mut statements = items::<pg_sys::RawStmt>(list);
        let statement = (*statements.next()?).stmt;
        (statements.next().is_none() && is_a(statement, pg_sys::NodeTag::T_SelectStmt)).then_some(statement.cast())
    }
}

/// Checks that a text is exactly one SQL expression. `what` names it in messages: `rule for column "x" of table s.t`.
/// Errors: 42601, with the position where the expression ends and something else begins.
pub fn check_expression(expression: &str, what: &str) -> Result<(), Report> {
    if let Some(at) = expression.find('\0') {
        return Err(not_one(what, &format!("it holds a zero byte{}", place(expression, at))));
    }
    let prefix = "SELECT ";
    let sql = format!("{prefix}{expression}");
    let list = parse(&sql).map_err(|e| rule_error(what, e, prefix.len()))?;
    // The parser gives byte offsets into the statement, or -1.
    let refused = |why: &str, location: i32| {
        let offset =
            usize::try_from(location).ok().and_then(|l| datum::to_utf8_offset(&sql, l)?.checked_sub(prefix.len()));
        not_one(what, &format!("{why}{}", offset.map(|o| place(expression, o)).unwrap_or_default()))
    };
    // SAFETY: the list is fresh from the parser.
    unsafe {
        let Some(select) = only_select(list) else {
            let second = items::<pg_sys::RawStmt>(list).nth(1).map_or(-1, |s| (*s).stmt_location);
            return Err(refused("it is more than one statement", second));
        };
        if let Some(location) = other_clause(&*select) {
            let why = "it goes on behind the expression with another clause";
            return Err(match location {
                // The parser does not tell where FOR UPDATE and the like are.
                ..0 => not_one(what, &format!("{why}{}", place(expression, end_of_expression(expression)))),
                _ => refused(why, location),
            });
        }
        let mut targets = items::<pg_sys::ResTarget>((*select).targetList);
        let Some(target) = targets.next() else { return Err(refused("it is empty", -1)) };
        if let Some(second) = targets.next() {
            return Err(refused("it is more than one expression", (*second).location));
        }
        if !(*target).name.is_null() {
            return Err(refused("it names its result", (*target).location));
        }
        if is_a((*target).val, pg_sys::NodeTag::T_ColumnRef) {
            let fields = (*(*target).val.cast::<pg_sys::ColumnRef>()).fields;
            if items::<pg_sys::Node>(fields).any(|f| is_a(f, pg_sys::NodeTag::T_A_Star)) {
                return Err(refused("a star is not one value", (*target).location));
            }
        }
    }
    // A comment that runs to the end of the text would hide whatever follows it. We put every rule on lines of its own,
    // but a rule whose end nobody can see is a mistake, or worse.
    if parse(&format!("SELECT ({expression})")).is_err() {
        let trimmed = expression.trim_end();
        return Err(match (trimmed.rfind("--"), trimmed.strip_suffix(';')) {
            (_, Some(before)) => not_one(what, &format!("it ends with a semicolon{}", place(expression, before.len()))),
            (Some(at), None) => not_one(what, &format!("a comment hides its end{}", place(expression, at))),
            (None, None) => not_one(what, &format!("it cannot stand in parentheses{}", place(expression, 0))),
        });
    }
    Ok(())
}

/// Where the longest beginning of a text that is an expression ends and the next word begins; 0 when none is.
fn end_of_expression(text: &str) -> usize {
    let blanks = text.char_indices().rev().filter(|(_, c)| c.is_whitespace());
    let is_expression = |end: usize| {
        let list = text.get(..end).and_then(|t| parse(&format!("SELECT {t}")).ok());
        // SAFETY: the list is fresh from the parser.
        let select = list.and_then(|list| unsafe { only_select(list) });
        // SAFETY: as above.
        select.is_some_and(|s| unsafe { other_clause(&*s).is_none() && !(*s).targetList.is_null() })
    };
    blanks.map(|(at, _)| at).find(|at| is_expression(*at)).map_or(0, |at| text.len() - text[at..].trim_start().len())
}

/// ` at character N`, 1-based, for a byte offset into `text`.
fn place(text: &str, offset: usize) -> String {
    text.get(..offset).map_or_else(String::new, |before| format!(" at character {}", before.chars().count() + 1))
}

/// Where a SELECT has something else than its targets: a byte offset, or -1 when the parser does not tell; None when it
/// has not.
///
/// # Safety
/// `s` is fresh from the raw parser.
unsafe fn other_clause(s: &pg_sys::SelectStmt) -> Option<i32> {
    let clauses: [*mut pg_sys::Node; 14] = [
        s.distinctClause.cast(),
        s.intoClause.cast(),
        s.fromClause.cast(),
        s.whereClause,
        s.groupClause.cast(),
        s.havingClause,
        s.windowClause.cast(),
        s.valuesLists.cast(),
        s.sortClause.cast(),
        s.limitOffset,
        s.limitCount,
        s.lockingClause.cast(),
        s.withClause.cast(),
        s.rarg.cast(),
    ];
    let found = clauses.into_iter().find(|c| !c.is_null())?;
    // SAFETY: exprLocation takes any node (nodeFuncs.c); of a set operation, where its right side has its targets.
    unsafe {
        if is_a(found, pg_sys::NodeTag::T_SelectStmt) {
            return Some(pg_sys::exprLocation((*found.cast::<pg_sys::SelectStmt>()).targetList.cast()));
        }
        Some(pg_sys::exprLocation(found))
    }
}

/// Checks that a text is exactly one query, with so many columns, that only reads. The columns come back. Errors: 42601.
pub fn check_query(query: &str, columns: usize, what: &str) -> Result<Vec<*mut pg_sys::Node>, Report> {
    if query.contains('\0') {
        return Err(not_one(what, "it holds a zero byte"));
    }
    let hint = "raw_sql is exactly one SELECT, with the columns of the table in their order.";
    let list = parse(query).map_err(|e| rule_error(what, e, 0).set_hint(hint))?;
    // SAFETY: the list is fresh from the parser.
    let select = unsafe { only_select(list) };
    let refused =
        |why: &str| error(PgSqlErrorCode::ERRCODE_SYNTAX_ERROR, format!("{what} is refused: {why}")).set_hint(hint);
    let Some(select) = select else { return Err(refused("it is not one SELECT")) };
    let mut values = Vec::with_capacity(columns);
    // SAFETY: as above.
    unsafe {
        if !(*select).intoClause.is_null() || !(*select).lockingClause.is_null() {
            return Err(refused("it writes or locks"));
        }
        // PostgreSQL would drop further columns in silence.
        let sql = datum::to_c_string(query);
        for raw in items::<pg_sys::RawStmt>(list) {
            let analysed = catch(|| analyse_raw(raw, &sql)).map_err(|e| rule_error(what, e, 0))?;
            let given = items::<pg_sys::TargetEntry>((*analysed).targetList).filter(|t| !(**t).resjunk);
            values.extend(given.map(|t| (*t).expr.cast::<pg_sys::Node>()));
            let given = values.len();
            if given != columns {
                return Err(refused(&format!(
                    "it has {given} columns, and the table has {columns} that are not generated"
                )));
            }
        }
    }
    if parse(&format!("SELECT FROM ({query}) AS q")).is_err() {
        let why = if query.trim_end().ends_with(';') { "it ends with a semicolon" } else { "a comment hides its end" };
        return Err(refused(why));
    }
    Ok(values)
}

/// The type that a rule's value is cast to for a column of a type with a modifier: a domain's base type, and for an array of
/// domains one of their base type, with the modifier that goes with it. `sql/tables.sql` says the same.
pub fn base_type(type_oid: pg_sys::Oid, modifier: i32) -> (pg_sys::Oid, i32) {
    let mut modifier = modifier;
    // SAFETY: catalog look-ups, which give a type that is no domain as it is and leave the modifier.
    unsafe {
        let base = pg_sys::getBaseTypeAndTypmod(type_oid, &raw mut modifier);
        let element = pg_sys::get_element_type(base);
        if element == pg_sys::InvalidOid || pg_sys::get_typtype(element) as u8 != pg_sys::TYPTYPE_DOMAIN {
            return (base, modifier);
        }
        let mut element_modifier = -1;
        // There are no arrays of arrays.
        match pg_sys::get_array_type(pg_sys::getBaseTypeAndTypmod(element, &raw mut element_modifier)) {
            pg_sys::InvalidOid => (base, modifier),
            array => (array, element_modifier),
        }
    }
}

/// Whether making a value of a type from text, or from another type, makes one of a domain: its constraints then run. The
/// server's own are no danger.
pub fn holds_domain(type_oid: pg_sys::Oid) -> bool {
    if type_oid.to_u32() < pg_sys::FirstNormalObjectId {
        return false;
    }
    // SAFETY: catalog look-ups; the descriptor is a counted reference that is given back when it is dropped.
    unsafe {
        pg_sys::check_stack_depth();
        match pg_sys::get_typtype(type_oid) as u8 {
            pg_sys::TYPTYPE_DOMAIN => true,
            pg_sys::TYPTYPE_COMPOSITE => {
                let descriptor = pgrx::PgTupleDesc::from_pg(pg_sys::lookup_rowtype_tupdesc(type_oid, -1));
                descriptor.iter().any(|field| !field.attisdropped && holds_domain(field.atttypid))
            }
            pg_sys::TYPTYPE_RANGE => holds_domain(pg_sys::get_range_subtype(type_oid)),
            pg_sys::TYPTYPE_MULTIRANGE => holds_domain(pg_sys::get_multirange_range(type_oid)),
            _ => holds_domain(pg_sys::get_element_type(type_oid)),
        }
    }
}

/// Refuses a value that would have to be cast to the column's type when that holds a domain. NULL is cast without running
/// anything.
///
/// # Safety
/// `value` is an analysed expression.
pub unsafe fn check_no_domain(value: *mut pg_sys::Node, target: &Target, what: &str) -> Result<(), Report> {
    if !holds_domain(target.type_oid) {
        return Ok(());
    }
    // SAFETY: as the caller vouches; a catalog look-up.
    unsafe {
        let is_null = is_a(value, pg_sys::NodeTag::T_Const) && (*value.cast::<pg_sys::Const>()).constisnull;
        if is_null || pg_sys::getBaseType(pg_sys::exprType(value)) == target.type_oid {
            return Ok(());
        }
    }
    let name = expression::type_name(target.type_oid);
    Err(error(
        PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
        format!(
            "{what} is refused: the column's type {name} holds a domain, and the cast of the rule's value to it would run the \
             domain's constraint with your rights"
        ),
    )
    .set_hint(format!(
        "Make the rule give a value of the type {name} itself, as mask_composite does for composite types, or NULL."
    )))
}

/// Checks the value of a rule in `SELECT (<rule>)::<type> FROM ..` before the cast is analysed: PostgreSQL casts literals
/// while it does that.
fn check_uncast(select: &str, sql: &std::ffi::CStr, prefix: usize, target: &Target, what: &str) -> Result<(), Report> {
    let list = parse(select).map_err(|e| rule_error(what, e, prefix))?;
    let empty = || not_one(what, "it is empty");
    // SAFETY: the tree comes from the parser and is nobody else's; see `analyse`.
    unsafe {
        let select = only_select(list).ok_or_else(empty)?;
        let written = items::<pg_sys::ResTarget>((*select).targetList).next().ok_or_else(empty)?;
        if is_a((*written).val, pg_sys::NodeTag::T_TypeCast) {
            (*written).val = (*(*written).val.cast::<pg_sys::TypeCast>()).arg;
        }
        let raw = items::<pg_sys::RawStmt>(list).next().ok_or_else(empty)?;
        let query = catch(|| analyse_raw(raw, sql)).map_err(|e| rule_error(what, e, prefix))?;
        let value = items::<pg_sys::TargetEntry>((*query).targetList).next().ok_or_else(empty)?;
        check_no_domain((*value).expr.cast(), target, what)
    }
}

/// Analyses `select`, which must be `SELECT (<rule>)::<type> FROM ..` with the rule, already checked, at the byte
/// `rule_start`, and casts its value to the column's length as an assignment would, so that what does not fit is an
/// error and never cut. Errors: what the analysis says, with the position in the rule; 42803, 42P20 and 0A000 for
/// expressions that do not give one value a row; 42501 for casts by functions of unknown owners; 0A000 for casts that would run
/// constraints of domains.
pub fn analyse(select: &str, rule_start: usize, target: &Target) -> Result<Expression, Report> {
    let what = format!("rule for {}", target.name);
    let prefix = select.get(..rule_start).map_or(0, |p| p.chars().count());
    let list = parse(select).map_err(|e| rule_error(&what, e, prefix))?;
    let sql = datum::to_c_string(select);
    if holds_domain(target.type_oid) {
        check_uncast(select, &sql, prefix, target, &what)?;
    }
    // SAFETY: the tree comes from the parser; analysis, coercion and inspection are the steps PostgreSQL itself takes
    // (parse_coerce.c, coerce_to_target_type), on nodes that stay valid in the current memory context.
    unsafe {
        let raw = items::<pg_sys::RawStmt>(list).next().ok_or_else(|| not_one(&what, "it is empty"))?;
        let query = catch(|| analyse_raw(raw, &sql)).map_err(|e| rule_error(&what, e, prefix))?;
        if (*query).hasAggs || (*query).hasWindowFuncs || (*query).hasTargetSRFs {
            return Err(error(
                PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
                format!("{what} is refused: aggregate, window and set-returning functions do not give one value a row"),
            )
            .set_hint("Use them inside a sub-select: (SELECT ...)."));
        }
        let entry =
            items::<pg_sys::TargetEntry>((*query).targetList).next().ok_or_else(|| not_one(&what, "it is empty"))?;
        let node = (*entry).expr.cast::<pg_sys::Node>();
        let reads_table = items::<pg_sys::RangeTblEntry>((*query).rtable)
            .next()
            .is_some_and(|t| (*t).rtekind == pg_sys::RTEKind::RTE_RELATION && (*t).relid == target.relation);
        if !reads_table || pg_sys::exprType(node) != target.type_oid {
            // Somebody has given the name of the table or of the type to another one since it was looked up.
            return Err(error(
                PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("{} was changed while the dump began", target.name),
            )
            .set_hint("Run the dump again."));
        }
        if let Some(function) = foreign_cast(node) {
            return Err(foreign_cast_error(&what, &function));
        }
        let refused = |e: MaskError| {
            error(mask_error_code(e.kind), format!("{what} is refused: {}", e.message))
                .set_hint(e.hint.unwrap_or_default())
        };
        composite::check_call(node).map_err(refused)?;
        if (*query).hasSubLinks || has_row_or_system_column(node) {
            return Ok(Expression { node, needs_select: true, method: None, unfitted: node });
        }
        let fitted = with_length(node, target, &what)?;
        // What looks constant is computed here, and may be read from a table all the same.
        let method = catch(|| native::recognise(node, fitted, target)).map_err(|e| rule_failed(e.0, &what, true))?;
        Ok(Expression { node: fitted, needs_select: false, method: method.map_err(refused)?, unfitted: node })
    }
}

/// `node`, of the column's type, cast to the column's length as an assignment does it: too long is an error.
///
/// # Safety
/// `node` is an analysed expression of the type `target.type_oid`.
pub unsafe fn with_length(node: *mut pg_sys::Node, target: &Target, what: &str) -> Result<*mut pg_sys::Node, Report> {
    // SAFETY: see above.
    let node = catch(|| unsafe {
        pg_sys::coerce_to_target_type(
            std::ptr::null_mut(),
            node,
            target.type_oid,
            target.type_oid,
            target.type_modifier,
            pg_sys::CoercionContext::COERCION_ASSIGNMENT,
            pg_sys::CoercionForm::COERCE_IMPLICIT_CAST,
            -1,
        )
    })
    .map_err(|e| rule_error(what, e, 0))?;
    if node.is_null() {
        return Err(error(
            PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
            format!("{what} is refused: its value cannot be assigned to the column"),
        ));
    }
    Ok(node)
}

/// # Safety
/// `raw` comes from the raw parser for `sql`.
unsafe fn analyse_raw(raw: *mut pg_sys::RawStmt, sql: &std::ffi::CStr) -> *mut pg_sys::Query {
    #[cfg(feature = "pg14")]
    // SAFETY: see above; no parameters.
    unsafe {
        pg_sys::parse_analyze(raw, sql.as_ptr(), std::ptr::null_mut(), 0, std::ptr::null_mut())
    }
    #[cfg(not(feature = "pg14"))]
    // SAFETY: see above; no parameters.
    unsafe {
        pg_sys::parse_analyze_fixedparams(raw, sql.as_ptr(), std::ptr::null(), 0, std::ptr::null_mut())
    }
}

fn foreign_cast_error(what: &str, function: &str) -> Report {
    error(
        PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
        format!("{what} is refused: a cast in it calls the function {function}, which belongs neither to PostgreSQL nor to an extension"),
    )
    .set_hint(
        "Whoever owns that function would have it run with your rights. Make the rule give a value of the column's type \
         without the cast, or as text.",
    )
}

/// The name of a cast function in an expression that anybody could have made. A cast is chosen by types, not named by
/// the dictionary, so the owner of a type must not be able to say what runs in it (CVE-2024-2339).
///
/// # Safety
/// `node` is an analysed expression.
unsafe fn foreign_cast(node: *mut pg_sys::Node) -> Option<String> {
    let mut functions = Vec::new();
    // SAFETY: the walker reads the tree and fills the vector; it may end in an error (stack depth), which the guard takes.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| collect_casts(node, (&raw mut functions).cast()));
    }
    functions.into_iter().find_map(|function: pg_sys::Oid| {
        // SAFETY: catalog look-ups of a function that the analysis has just found.
        unsafe {
            (!is_trusted(function))
                .then(|| datum::to_string(std::ffi::CStr::from_ptr(pg_sys::format_procedure(function)).to_bytes()))
        }
    })
}

/// Whether a function is PostgreSQL's own, or a superuser's within an extension: who owns an extension may add functions
/// of his own to it, but not give them to a superuser.
fn is_trusted(function: pg_sys::Oid) -> bool {
    // SAFETY: catalog look-ups of a function that exists.
    unsafe {
        pg_sys::get_func_namespace(function) == pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE)
            || (pg_sys::getExtensionOfObject(pg_sys::ProcedureRelationId, function) != pg_sys::InvalidOid
                && PgProc::new(function).is_some_and(|f| pg_sys::superuser_arg(f.proowner())))
    }
}

type Walker = unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut std::ffi::c_void) -> bool;

// nodeFuncs.h; from PostgreSQL 16 on the plain names are macros.
unsafe extern "C-unwind" {
    #[cfg_attr(not(any(feature = "pg14", feature = "pg15")), link_name = "expression_tree_walker_impl")]
    fn expression_tree_walker(node: *mut pg_sys::Node, walker: Walker, context: *mut std::ffi::c_void) -> bool;
    #[cfg_attr(not(any(feature = "pg14", feature = "pg15")), link_name = "query_tree_walker_impl")]
    fn query_tree_walker(
        query: *mut pg_sys::Query,
        walker: Walker,
        context: *mut std::ffi::c_void,
        flags: std::ffi::c_int,
    ) -> bool;
}

/// Adds the functions of all casts in a tree to the `Vec<Oid>` that `functions` points to.
unsafe extern "C-unwind" fn collect_casts(node: *mut pg_sys::Node, functions: *mut std::ffi::c_void) -> bool {
    // SAFETY: the node is NULL or valid, and the vector outlives the walk.
    unsafe {
        if node.is_null() {
            return false;
        }
        if is_a(node, pg_sys::NodeTag::T_Query) {
            return query_tree_walker(node.cast(), collect_casts, functions, 0);
        }
        if is_a(node, pg_sys::NodeTag::T_FuncExpr) {
            let call = &*node.cast::<pg_sys::FuncExpr>();
            if call.funcformat == pg_sys::CoercionForm::COERCE_EXPLICIT_CAST
                || call.funcformat == pg_sys::CoercionForm::COERCE_IMPLICIT_CAST
            {
                (*functions.cast::<Vec<pg_sys::Oid>>()).push(call.funcid);
            }
        }
        expression_tree_walker(node, collect_casts, functions)
    }
}

/// Whether a SELECT of our making calls only functions that PostgreSQL has, or an extension of a superuser's: also by its
/// operators and by the conversions of types. Errors: what the analysis says.
pub fn calls_trusted_functions_only(select: &str, what: &str) -> Result<bool, Report> {
    let query = analyse_select(select, what)?;
    // SAFETY: the walker reads the tree; it may end in an error (stack depth), which the guard takes.
    Ok(unsafe { !pg_sys::ffi::pg_guard_ffi_boundary(|| has_untrusted_function(query.cast(), std::ptr::null_mut())) })
}

type FunctionChecker = unsafe extern "C-unwind" fn(pg_sys::Oid, *mut std::ffi::c_void) -> bool;

// nodeFuncs.h
unsafe extern "C-unwind" {
    fn check_functions_in_node(
        node: *mut pg_sys::Node,
        checker: FunctionChecker,
        context: *mut std::ffi::c_void,
    ) -> bool;
}

unsafe extern "C-unwind" fn is_untrusted(function: pg_sys::Oid, _: *mut std::ffi::c_void) -> bool {
    !is_trusted(function)
}

unsafe extern "C-unwind" fn has_untrusted_function(node: *mut pg_sys::Node, context: *mut std::ffi::c_void) -> bool {
    // SAFETY: the node is NULL or valid.
    unsafe {
        if node.is_null() {
            return false;
        }
        if is_a(node, pg_sys::NodeTag::T_Query) {
            return query_tree_walker(node.cast(), has_untrusted_function, context, 0);
        }
        // A cast to a domain checks the domain's own conditions.
        is_a(node, pg_sys::NodeTag::T_CoerceToDomain)
            || check_functions_in_node(node, is_untrusted, context)
            || expression_tree_walker(node, has_untrusted_function, context)
    }
}

/// PostgreSQL's own functions whose results are the same within a transaction or a session alone: each worker of a dump has its own.
/// Those of the settings are the same for all.
const OF_THE_TRANSACTION: [&str; 13] = [
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "txid_current",
    "txid_current_if_assigned",
    "txid_current_snapshot",
    "pg_current_xact_id",
    "pg_current_xact_id_if_assigned",
    "pg_current_snapshot",
    "pg_backend_pid",
    "pg_my_temp_schema",
    "inet_client_port",
    "pg_postmaster_start_time",
];

/// Whether an expression gives other values in another transaction or session, though it calls nothing volatile: by the time,
/// the user, or the like.
///
/// # Safety
/// `node` is an analysed expression.
pub unsafe fn depends_on_the_transaction(node: *mut pg_sys::Node) -> bool {
    // SAFETY: the walker reads the tree; it may end in an error (stack depth), which the guard takes.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| is_of_the_transaction(node, std::ptr::null_mut())) }
}

unsafe extern "C-unwind" fn is_of_the_transaction(node: *mut pg_sys::Node, context: *mut std::ffi::c_void) -> bool {
    // SAFETY: the node is NULL or valid.
    unsafe {
        if node.is_null() {
            return false;
        }
        is_a(node, pg_sys::NodeTag::T_SQLValueFunction)
            || check_functions_in_node(node, gives_the_transactions_own, context)
            || expression_tree_walker(node, is_of_the_transaction, context)
    }
}

unsafe extern "C-unwind" fn gives_the_transactions_own(function: pg_sys::Oid, _: *mut std::ffi::c_void) -> bool {
    // SAFETY: catalog look-ups of a function that the analysis has found.
    unsafe {
        if pg_sys::get_func_namespace(function) != pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE) {
            return false;
        }
        let name = pg_sys::get_func_name(function);
        if name.is_null() {
            return false;
        }
        let name = datum::to_string(std::ffi::CStr::from_ptr(name).to_bytes());
        // With one argument age() counts from today.
        OF_THE_TRANSACTION.contains(&name.as_str()) || (name == "age" && pg_sys::get_func_nargs(function) == 1)
    }
}

/// # Safety
/// `node` is an analysed expression over the one table of its query.
unsafe fn has_row_or_system_column(node: *mut pg_sys::Node) -> bool {
    // SAFETY: pull_varattnos reads the tree; the set holds attribute numbers moved up by the lowest system column's.
    unsafe {
        let mut numbers: *mut pg_sys::Bitmapset = std::ptr::null_mut();
        pg_sys::pull_varattnos(node, 1, &raw mut numbers);
        let first = pg_sys::bms_next_member(numbers, -1);
        first >= 0 && first + pg_sys::FirstLowInvalidHeapAttributeNumber <= 0
    }
}

/// The numbers of the table's columns that an expression reads.
///
/// # Safety
/// `node` is an analysed expression over the one table of its query.
pub unsafe fn columns_read(node: *mut pg_sys::Node) -> Vec<i16> {
    let mut result = Vec::new();
    // SAFETY: as above.
    unsafe {
        let mut numbers: *mut pg_sys::Bitmapset = std::ptr::null_mut();
        pg_sys::pull_varattnos(node, 1, &raw mut numbers);
        let mut member = -1;
        loop {
            member = pg_sys::bms_next_member(numbers, member);
            if member < 0 {
                return result;
            }
            result.push((member + pg_sys::FirstLowInvalidHeapAttributeNumber) as i16);
        }
    }
}

/// The expression with its variables pointing at the columns of a row that holds the attributes `row`, in this order.
///
/// # Safety
/// `node` is an analysed expression over the one table of its query that reads no other columns than those of `row`.
pub unsafe fn over_row(node: *mut pg_sys::Node, row: &[i16]) -> *mut pg_sys::Node {
    let highest = row.iter().copied().max().unwrap_or(0);
    // SAFETY: the map has a place for every attribute up to the highest; 0 means none.
    unsafe {
        let map = pg_sys::make_attrmap(i32::from(highest));
        for (position, number) in row.iter().enumerate() {
            if *number > 0 {
                *(*map).attnums.add(*number as usize - 1) = position as i16 + 1;
            }
        }
        let mut whole_row = false;
        pg_sys::map_variable_attnos(node, 1, 0, map, pg_sys::InvalidOid, &raw mut whole_row)
    }
}

/// The text of an expression over one table, in which its own column stands for another one: `own` is the column's number, and
/// `column` gives the node for the other, of the table `relation`. Names are those of the current search path.
///
/// # Safety
/// `node` is an analysed expression over the one table of its query that reads no other column than `own`; `column` is
/// an expression over `relation` as the one table of a query.
pub unsafe fn text_with_column(
    node: *mut pg_sys::Node,
    own: i16,
    column: *mut pg_sys::Node,
    relation: pg_sys::Oid,
) -> String {
    let mut replacement = Replacement { own, column };
    // SAFETY: see above; the mutator may end in an error (stack depth), which the guard takes. The text is palloc'd.
    unsafe {
        let replaced = pg_sys::ffi::pg_guard_ffi_boundary(|| replace_column(node, (&raw mut replacement).cast()));
        let name = pg_sys::get_rel_name(relation);
        let context = pg_sys::deparse_context_for(name, relation);
        let text = pg_sys::deparse_expression(replaced, context, false, false);
        datum::to_string(std::ffi::CStr::from_ptr(text).to_bytes())
    }
}

struct Replacement {
    own: i16,
    column: *mut pg_sys::Node,
}

type Mutator = unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut std::ffi::c_void) -> *mut pg_sys::Node;

// nodeFuncs.h; from PostgreSQL 16 on the plain name is a macro.
unsafe extern "C-unwind" {
    #[cfg_attr(not(any(feature = "pg14", feature = "pg15")), link_name = "expression_tree_mutator_impl")]
    fn expression_tree_mutator(
        node: *mut pg_sys::Node,
        mutator: Mutator,
        context: *mut std::ffi::c_void,
    ) -> *mut pg_sys::Node;
}

/// A copy of a tree with the column of the [`Replacement`] that `context` points to replaced.
unsafe extern "C-unwind" fn replace_column(
    node: *mut pg_sys::Node,
    context: *mut std::ffi::c_void,
) -> *mut pg_sys::Node {
    // SAFETY: the node is NULL or valid, and the context outlives the walk.
    unsafe {
        if node.is_null() {
            return node;
        }
        let replacement = &*context.cast::<Replacement>();
        if is_a(node, pg_sys::NodeTag::T_Var) && (*node.cast::<pg_sys::Var>()).varattno == replacement.own {
            return replacement.column;
        }
        expression_tree_mutator(node, replace_column, context)
    }
}

/// `node` cast to a type with a modifier, as somebody would write it. Errors: 42846 when there is no such cast.
///
/// # Safety
/// `node` is an analysed expression.
pub unsafe fn cast(
    node: *mut pg_sys::Node,
    type_oid: pg_sys::Oid,
    modifier: i32,
    what: &str,
) -> Result<*mut pg_sys::Node, Report> {
    // SAFETY: see above.
    let result = catch(|| unsafe {
        pg_sys::coerce_to_target_type(
            std::ptr::null_mut(),
            node,
            pg_sys::exprType(node),
            type_oid,
            modifier,
            pg_sys::CoercionContext::COERCION_EXPLICIT,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CAST,
            -1,
        )
    })
    .map_err(|e| rule_error(what, e, 0))?;
    if result.is_null() {
        return Err(error(
            PgSqlErrorCode::ERRCODE_CANNOT_COERCE,
            format!("{what} is refused: there is no cast between the types of the two columns"),
        ));
    }
    Ok(result)
}

/// An internet address as the text that its type writes: a cast would write the bits of a single address as well.
///
/// # Safety
/// `node` is an analysed expression of type inet.
pub unsafe fn address_text(node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: a call of a function of PostgreSQL's own with its one argument, in the current memory context.
    unsafe {
        pg_sys::makeFuncExpr(
            pg_sys::Oid::from(pg_sys::F_ABBREV_INET),
            pg_sys::TEXTOID,
            pg_sys::lappend(std::ptr::null_mut(), node.cast()),
            pg_sys::DEFAULT_COLLATION_OID,
            pg_sys::InvalidOid,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
        )
        .cast()
    }
}

/// `node COLLATE collation`.
///
/// # Safety
/// `node` is an analysed expression of a type that has collations.
pub unsafe fn collate(node: *mut pg_sys::Node, collation: pg_sys::Oid) -> *mut pg_sys::Node {
    // SAFETY: a node of the right size and tag, in the current memory context.
    unsafe {
        let size = size_of::<pg_sys::CollateExpr>();
        let collated = pg_sys::palloc0(size).cast::<pg_sys::CollateExpr>();
        (*collated).xpr.type_ = pg_sys::NodeTag::T_CollateExpr;
        (*collated).arg = node.cast();
        (*collated).collOid = collation;
        (*collated).location = -1;
        collated.cast()
    }
}

/// The analysis of a SELECT of our making; `what` names it in messages.
/// Errors: what PostgreSQL says; 42601 when it writes; 42501 for casts by functions of unknown owners.
pub fn analyse_select(select: &str, what: &str) -> Result<*mut pg_sys::Query, Report> {
    let list = parse(select).map_err(|e| rule_error(what, (e.0, None), 0))?;
    let sql = datum::to_c_string(select);
    // SAFETY: the list is fresh from the parser.
    unsafe {
        let raw = items::<pg_sys::RawStmt>(list).next().ok_or_else(|| not_one(what, "it is empty"))?;
        let query = catch(|| analyse_raw(raw, &sql)).map_err(|e| rule_error(what, (e.0, None), 0))?;
        if (*query).commandType != pg_sys::CmdType::CMD_SELECT
            || !(*query).utilityStmt.is_null()
            || (*query).hasModifyingCTE
            || !(*query).rowMarks.is_null()
        {
            return Err(not_one(what, "it writes or locks"));
        }
        if let Some(function) = foreign_cast(query.cast()) {
            return Err(foreign_cast_error(what, &function));
        }
        Ok(query)
    }
}
