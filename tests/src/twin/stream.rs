//! Walks over a slice in runs, as drust's over values of another node.

/// Runs of a slice.
#[derive(Debug)]
pub struct Stream<'a, T> {
    left: &'a [T],
    run: usize,
}

impl<T> Stream<'_, T> {
    /// Sets how many values a run has.
    pub fn with_run_len(self, run: usize) -> Self {
        Stream { run, ..self }
    }
}

impl<'a, T> Iterator for Stream<'a, T> {
    type Item = &'a [T];

    fn next(&mut self) -> Option<&'a [T]> {
        let (run, left) = self.left.split_at(self.run.min(self.left.len()));
        self.left = left;
        (!run.is_empty()).then_some(run)
    }
}

/// `stream` on std's slices.
pub trait StreamExt<T> {
    /// Its runs.
    fn stream(&self) -> Stream<'_, T>;
}

impl<T> StreamExt<T> for [T] {
    fn stream(&self) -> Stream<'_, T> {
        Stream { left: self, run: self.len() }
    }
}
