//! The order in which tables are loaded, so that rows come behind those that they reference.

use std::collections::{HashMap, HashSet};

/// Puts `tables` into an order in which each comes behind all that it depends on, as far as that can be; otherwise they keep their
/// order. A pair of `dependencies` says that the first needs the second, which may be something else than one of the tables,
/// such as a partitioned table that needs its partitions. Where they go in a circle, one of the pairs is not kept.
pub fn load_order(tables: &[u32], dependencies: &[(u32, u32)]) -> Vec<u32> {
    let mut needs: HashMap<u32, Vec<u32>> = HashMap::new();
    for (table, needed) in dependencies {
        needs.entry(*table).or_default().push(*needed);
    }
    let wanted: HashSet<u32> = tables.iter().copied().collect();
    let mut seen = HashSet::new();
    let mut order = Vec::with_capacity(tables.len());
    // Depth first, with a stack of its own: a chain of references may be as long as there are tables.
    let mut stack: Vec<(u32, usize)> = Vec::new();
    for &table in tables {
        if seen.insert(table) {
            stack.push((table, 0));
        }
        while let Some((current, next)) = stack.last_mut() {
            match needs.get(current).and_then(|needed| needed.get(*next)) {
                Some(&needed) => {
                    *next += 1;
                    if seen.insert(needed) {
                        stack.push((needed, 0));
                    }
                }
                None => {
                    if wanted.contains(current) {
                        order.push(*current);
                    }
                    stack.pop();
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referenced_comes_first_and_all_else_keeps_its_order() {
        assert_eq!(load_order(&[1, 2, 3, 4], &[(1, 3), (3, 4)]), [4, 3, 1, 2]);
        assert_eq!(load_order(&[3, 1, 2], &[]), [3, 1, 2]);
        assert_eq!(load_order(&[], &[(1, 2)]), [0; 0]);
    }

    #[test]
    fn a_partitioned_table_stands_for_its_partitions() {
        // 1 references the partitioned 10, which has the partitions 2 and 3.
        assert_eq!(load_order(&[1, 2, 3], &[(1, 10), (10, 2), (10, 3)]), [2, 3, 1]);
    }

    #[test]
    fn a_circle_or_a_reference_to_itself_loses_no_table() {
        assert_eq!(load_order(&[1, 2, 3], &[(1, 1), (1, 2), (2, 3), (3, 1)]), [3, 2, 1]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let tables: Vec<u32> = (0..200_000).collect();
        let chain: Vec<(u32, u32)> = (0..199_999).map(|n| (n, n + 1)).collect();
        assert!(load_order(&tables, &chain).iter().copied().eq((0..200_000).rev()));
    }
}
