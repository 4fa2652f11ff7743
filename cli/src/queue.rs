//! The order of the work: large tables in parts, largest first, so that all connections end at nearly the same moment, also
//! when one table is most of the database.

use std::num::NonZeroU64;
use std::sync::Mutex;

/// Parts a connection gets on the average. More of them let the connections end closer together; each costs a statement
/// of its own and an entry in the archive.
const PARTS_PER_CONNECTION: u64 = 8;

/// Connections that are opened however little there is to read: rules may be slow.
pub const LEAST_CONNECTIONS: usize = 2;

/// What is worth a further connection, in bytes of tables: opening one takes the server about as long as reading this.
const LEAST_SHARE: u64 = 4 << 20;

/// How many connections are worth while for these parts.
pub fn useful_connections(parts: &[Part], connections: usize) -> usize {
    let bytes = parts.iter().map(|part| part.bytes).fold(0, u64::saturating_add);
    let further = usize::try_from(bytes / LEAST_SHARE).unwrap_or(usize::MAX);
    connections.min(parts.len()).min(LEAST_CONNECTIONS.saturating_add(further))
}

/// What splitting needs to know of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Its size with TOAST, in bytes: an estimate.
    pub bytes: u64,
    /// Its blocks, when it can be read in ranges of them.
    pub blocks: Option<u32>,
}

/// A table, or a range of its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Number of the table among those that were split.
    pub table: usize,
    /// Number of the part within the table.
    pub number: usize,
    /// The first block; None: from the beginning.
    pub first_block: Option<u32>,
    /// The first block that is not in the part; None: to the end.
    pub end_block: Option<u32>,
    /// Its size in bytes: an estimate.
    pub bytes: u64,
}

/// Splits what is large, for so many connections, into parts of at least `least` bytes of the table; None splits nothing. The parts of a table stand one behind the other and hold every block
/// once; a table of one part is whole.
pub fn split(tables: &[TableSize], connections: usize, least: Option<NonZeroU64>) -> Vec<Part> {
    let total = tables.iter().map(|table| table.bytes).fold(0, u64::saturating_add);
    let size = (total / (connections as u64 * PARTS_PER_CONNECTION).max(1)).max(least.map_or(1, NonZeroU64::get));
    let mut parts = Vec::with_capacity(tables.len());
    for (index, table) in tables.iter().enumerate() {
        let blocks = table.blocks.unwrap_or(0);
        // A connection alone gains nothing.
        let count = if connections < 2 || least.is_none() {
            1
        } else {
            table.bytes.div_ceil(size).clamp(1, u64::from(blocks).max(1))
        };
        let block_at = |number: u64| u32::try_from(u64::from(blocks) * number / count).unwrap_or(u32::MAX);
        parts.extend((0..count).map(|number| Part {
            table: index,
            number: number as usize,
            first_block: (number > 0).then(|| block_at(number)),
            end_block: (number + 1 < count).then(|| block_at(number + 1)),
            bytes: table.bytes / count,
        }));
    }
    parts
}

/// Work that several connections share.
#[derive(Debug)]
pub struct Queue<T> {
    /// Smallest first: the next one is taken from the end.
    items: Mutex<Vec<T>>,
}

impl<T> Queue<T> {
    /// A queue of these items, largest by `size` first; items of one size keep their order.
    pub fn new(items: impl IntoIterator<Item = T>, size: impl Fn(&T) -> u64) -> Queue<T> {
        let mut items: Vec<T> = items.into_iter().collect();
        items.sort_by_key(|item| std::cmp::Reverse(size(item)));
        items.reverse();
        Queue { items: Mutex::new(items) }
    }

    /// The next item. None: all are taken.
    pub fn next(&self) -> Option<T> {
        // The list stays whole when a thread panics while it holds the lock.
        self.items.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop()
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.items.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn gives_the_largest_first_and_keeps_the_order_of_equals() {
        let queue = Queue::new([("a", 1), ("b", 5), ("c", 5), ("d", 9)], |item| item.1);
        let order: Vec<_> = std::iter::from_fn(|| queue.next()).map(|item| item.0).collect();
        assert_eq!(order, ["d", "b", "c", "a"]);
    }

    const GIGABYTE: u64 = 1 << 30;
    const LEAST: Option<NonZeroU64> = NonZeroU64::new(32 << 20);

    fn sizes(tables: &[(u64, Option<u32>)]) -> Vec<TableSize> {
        tables.iter().map(|&(bytes, blocks)| TableSize { bytes, blocks }).collect()
    }

    #[test]
    fn small_tables_stay_whole() {
        let parts = split(&sizes(&[(0, Some(0)), (8192, Some(1)), (32 << 20, Some(4096))]), 4, LEAST);
        assert_eq!(parts.len(), 3);
        assert!(parts.iter().all(|part| part.first_block.is_none() && part.end_block.is_none()));
    }

    #[test]
    fn a_table_that_is_most_of_the_database_is_split_for_all_connections() {
        let parts = split(&sizes(&[(9 * GIGABYTE, Some(9 << 17)), (GIGABYTE, Some(1 << 17))]), 4, LEAST);
        let large = parts.iter().filter(|part| part.table == 0).count();
        assert!((24..=40).contains(&large), "{large}");
    }

    #[test]
    fn what_cannot_be_read_by_blocks_and_what_one_connection_reads_is_not_split() {
        assert_eq!(split(&sizes(&[(9 * GIGABYTE, None)]), 4, LEAST).len(), 1);
        assert_eq!(split(&sizes(&[(9 * GIGABYTE, Some(9 << 17))]), 1, LEAST).len(), 1);
        assert_eq!(split(&sizes(&[(9 * GIGABYTE, Some(9 << 17))]), 4, None).len(), 1);
    }

    #[test]
    fn a_small_database_gets_few_connections() {
        let connections = |bytes: u64| useful_connections(&split(&sizes(&[(bytes, None); 8]), 4, LEAST), 4);
        assert_eq!(connections(0), 2);
        assert_eq!(connections(600_000), 3);
        assert_eq!(connections(2 << 20), 4);
        assert_eq!(useful_connections(&split(&sizes(&[(GIGABYTE, None)]), 4, LEAST), 4), 1);
        assert_eq!(useful_connections(&[], 4), 0);
    }

    #[test]
    fn a_table_has_no_more_parts_than_blocks() {
        // A few long rows, all in TOAST.
        assert_eq!(split(&sizes(&[(9 * GIGABYTE, Some(3))]), 4, LEAST).len(), 3);
    }

    #[test]
    fn the_parts_of_a_table_hold_every_block_once() {
        for (bytes, blocks, connections) in
            [(GIGABYTE, 131_072, 2), (7 * GIGABYTE, 917_503, 3), (u64::MAX, u32::MAX, 16), (GIGABYTE, 5, 8)]
        {
            let parts = split(&sizes(&[(bytes, Some(blocks))]), connections, LEAST);
            assert_eq!(parts.first().and_then(|part| part.first_block), None);
            assert_eq!(parts.last().and_then(|part| part.end_block), None);
            for (number, pair) in parts.windows(2).enumerate() {
                let [left, right] = pair else { unreachable!() };
                assert_eq!((left.number, right.number), (number, number + 1));
                assert!(left.end_block.is_some() && left.end_block == right.first_block);
                assert!(left.end_block > left.first_block);
            }
        }
    }

    #[test]
    fn gives_each_item_once_to_many_threads() {
        let queue = Queue::new(0..1000_u64, |n| *n);
        let taken: Vec<u64> = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| std::iter::from_fn(|| queue.next()).collect::<Vec<_>>())).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        assert_eq!(taken.len(), 1000);
        assert_eq!(taken.iter().copied().collect::<BTreeSet<_>>(), (0..1000).collect());
        assert_eq!(queue.len(), 0);
    }
}
