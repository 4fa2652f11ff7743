//! Which of many patterns a table belongs to.

use std::collections::HashMap;

use super::{MaskError, TablePattern};

/// Finds the winning pattern of a list. Dictionaries that a scan has written name thousands of tables exactly, so that
/// exact names are looked up and only masks are tried one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct PatternIndex {
    /// (schema, table) -> positions of the patterns that name both exactly, in order.
    exact: HashMap<String, HashMap<String, Vec<usize>>>,
    /// Positions of the patterns with at least one mask, in order.
    masks: Vec<usize>,
}

impl PatternIndex {
    pub(crate) fn new<'a>(patterns: impl IntoIterator<Item = &'a TablePattern>) -> PatternIndex {
        let mut index = PatternIndex::default();
        for (position, pattern) in patterns.into_iter().enumerate() {
            if let (Some(schema), Some(table)) = (&pattern.schema, &pattern.table) {
                let tables = index.exact.entry(schema.clone()).or_default();
                tables.entry(table.clone()).or_default().push(position);
            }
            if pattern.schema_mask.is_some() || pattern.table_mask.is_some() {
                index.masks.push(position);
            }
        }
        index
    }

    fn exact(&self, schema: &str, table: &str) -> &[usize] {
        self.exact.get(schema).and_then(|tables| tables.get(table)).map_or(&[], Vec::as_slice)
    }

    /// The position of the pattern that wins for a table: the first that names it exactly, else the last whose masks
    /// match. `get` gives the pattern at a position of the list that the index was built from.
    pub(crate) fn find<'a>(
        &self,
        schema: &str,
        table: &str,
        get: impl Fn(usize) -> Option<&'a TablePattern>,
    ) -> Result<Option<usize>, MaskError> {
        if let Some(&first) = self.exact(schema, table).first() {
            return Ok(Some(first));
        }
        for &position in self.masks.iter().rev() {
            if let Some(pattern) = get(position)
                && pattern.matches_by_mask(schema, table)?
            {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// The positions of all patterns that match a table, in ascending order.
    pub(crate) fn all<'a>(
        &self,
        schema: &str,
        table: &str,
        get: impl Fn(usize) -> Option<&'a TablePattern>,
    ) -> Result<Vec<usize>, MaskError> {
        let mut found = self.exact(schema, table).to_vec();
        for &position in &self.masks {
            if let Some(pattern) = get(position)
                && pattern.matches_by_mask(schema, table)?
            {
                found.push(position);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}
