pub(super) struct Translated {
    pub pattern: String,
    pub needs_backtracking: bool,
}
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    Ok(Translated { pattern: pattern.to_owned(), needs_backtracking: false })
}
