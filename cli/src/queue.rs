//! The order of the work: largest first, so that no connection is left alone with a large table at the end.

use std::sync::Mutex;

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
