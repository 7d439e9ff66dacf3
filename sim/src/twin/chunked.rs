//! A chunked vector as one vector, and what runs on all of its chunks as a loop.

use std::collections::BTreeMap;
use std::fmt;

/// One chunk.
#[derive(Clone, Hash)]
pub struct ChunkedVec<T>(Vec<T>);

/// An iterator under other names.
pub struct ParIter<I>(I);

/// All values, to be changed.
pub struct ParIterMut<'v, T>(&'v mut [T]);

impl<T> Default for ChunkedVec<T> {
    fn default() -> Self {
        ChunkedVec(Vec::new())
    }
}

impl<T: fmt::Debug> fmt::Debug for ChunkedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> From<Vec<T>> for ChunkedVec<T> {
    fn from(values: Vec<T>) -> Self {
        ChunkedVec(values)
    }
}

impl<T> Extend<T> for ChunkedVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.0.extend(values);
    }
}

impl<T> ChunkedVec<T> {
    /// One value after the other.
    pub fn from_fn<A>(len: usize, args: A, function: fn(&A, usize) -> T) -> Self {
        ChunkedVec((0..len).map(|index| function(&args, index)).collect())
    }

    /// Values in it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a value.
    pub fn push(&mut self, value: T) {
        self.0.push(value);
    }

    /// Takes the last value.
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// Drops the values from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Exchanges two values.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.0.swap(a, b);
    }

    /// Takes all values of another.
    pub fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    /// They are all here.
    pub fn spread(&mut self) {}

    /// The values.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// The values, to be written.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The one chunk.
    pub fn chunks(&self) -> impl Iterator<Item = &[T]> {
        std::iter::once(&self.0[..])
    }

    /// The values.
    pub fn par_iter(&self) -> ParIter<std::slice::Iter<'_, T>> {
        ParIter(self.0.iter())
    }

    /// The values, to be written.
    pub fn par_iter_mut(&mut self) -> ParIterMut<'_, T> {
        ParIterMut(&mut self.0)
    }

    /// Sorts them.
    pub fn par_sort_by_key<K: Ord>(&mut self, key: fn(&T) -> K) {
        self.0.sort_by_key(key);
    }

    /// Sorts them.
    pub fn par_sort_unstable_by_key<K: Ord>(&mut self, key: fn(&T) -> K) {
        self.0.sort_unstable_by_key(key);
    }

    /// The values with their keys.
    pub fn shuffle_by<K>(self, key: fn(&T) -> K) -> ChunkedVec<(K, T)> {
        ChunkedVec(self.0.into_iter().map(|value| (key(&value), value)).collect())
    }

    /// Clones of some.
    pub fn gather(&self, indices: &[usize]) -> Vec<T>
    where
        T: Clone,
    {
        indices.iter().map(|index| self.0[*index].clone()).collect()
    }

    /// Stores some.
    pub fn scatter(&mut self, indices: &[usize], values: &[T])
    where
        T: Clone,
    {
        indices.iter().zip(values).for_each(|(index, value)| self.0[*index] = value.clone());
    }

    /// Changes some.
    pub fn update_each<A>(&mut self, indices: &[usize], args: &[A], function: fn(&mut T, &A)) {
        indices.iter().zip(args).for_each(|(index, arg)| function(&mut self.0[*index], arg));
    }
}

impl<K: Ord, V> ChunkedVec<(K, V)> {
    /// Each key with all its values.
    pub fn group_by_key(self) -> ChunkedVec<(K, Vec<V>)> {
        let mut groups = BTreeMap::<K, Vec<V>>::new();
        self.0.into_iter().for_each(|(key, value)| groups.entry(key).or_default().push(value));
        ChunkedVec(groups.into_iter().collect())
    }

    /// Each key with what is made of its values.
    pub fn reduce_by_key(self, function: fn(V, V) -> V) -> ChunkedVec<(K, V)> {
        let groups = self.group_by_key().0.into_iter();
        ChunkedVec(groups.filter_map(|(key, values)| Some((key, values.into_iter().reduce(function)?))).collect())
    }
}

impl<I: Iterator> ParIter<I> {
    /// What a function makes of each.
    pub fn map<U>(self, function: fn(I::Item) -> U) -> ParIter<impl Iterator<Item = U>> {
        ParIter(self.0.map(function))
    }

    /// Those for which a function says so.
    pub fn filter(self, function: fn(&I::Item) -> bool) -> ParIter<impl Iterator<Item = I::Item>> {
        ParIter(self.0.filter(function))
    }

    /// Each with its index.
    pub fn enumerate(self) -> ParIter<impl Iterator<Item = (usize, I::Item)>> {
        ParIter(self.0.enumerate())
    }

    /// Clones.
    pub fn cloned<'a, T: Clone + 'a>(self) -> ParIter<impl Iterator<Item = T>>
    where
        I: Iterator<Item = &'a T>,
    {
        ParIter(self.0.cloned())
    }

    /// How many.
    pub fn count(self) -> usize {
        self.0.count()
    }

    /// Whether it is so of one.
    pub fn any(mut self, function: fn(I::Item) -> bool) -> bool {
        self.0.any(function)
    }

    /// What a function makes of all.
    pub fn reduce_with(self, function: fn(I::Item, I::Item) -> I::Item) -> Option<I::Item> {
        self.0.reduce(function)
    }

    /// The first of the least.
    pub fn min_by_key<K: Ord>(self, key: fn(&I::Item) -> K) -> Option<I::Item> {
        self.0.min_by_key(key)
    }

    /// The last of the greatest.
    pub fn max_by_key<K: Ord>(self, key: fn(&I::Item) -> K) -> Option<I::Item> {
        self.0.max_by_key(key)
    }

    /// All of them.
    pub fn collect<C: From<ChunkedVec<I::Item>>>(self) -> C {
        C::from(ChunkedVec(self.0.collect()))
    }
}

impl<T> ParIterMut<'_, T> {
    /// Changes each.
    pub fn for_each_with<A>(self, args: A, function: fn(&A, &mut T)) {
        self.0.iter_mut().for_each(|value| function(&args, value));
    }
}
