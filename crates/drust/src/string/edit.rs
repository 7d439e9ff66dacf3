//! Adding to a `String`.

use super::String;
use super::remove::SPLITS;

impl String {
    /// Adds text at the end.
    ///
    /// # Panics
    /// Where the text would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut text = drust::String::from("a");
    /// text.push_str("bc");
    /// assert_eq!(text, "abc");
    /// ```
    #[inline]
    #[track_caller]
    pub fn push_str(&mut self, text: &str) {
        let (end, more) = (self.room_behind(text.len()), text.len());
        // SAFETY: there is room behind the text, in memory of this string's own.
        unsafe {
            end.copy_from_nonoverlapping(text.as_ptr(), more);
            self.lengthen(more);
        }
    }

    /// Adds a character at the end.
    ///
    /// # Panics
    /// As [`String::push_str`].
    ///
    /// ```
    /// let mut text = drust::String::new();
    /// text.push('ß');
    /// assert_eq!(text, "ß");
    /// ```
    #[inline]
    #[track_caller]
    pub fn push(&mut self, character: char) {
        if !character.is_ascii() {
            self.push_str(character.encode_utf8(&mut [0; 4]));
            return;
        }
        let capacity = self.capacity();
        if let Some(heap) = self.heap_mut() {
            // Looked at once, and written once: each more in a loop would wait for the one before.
            let len = heap.len;
            if len < capacity
                && let Some(home) = heap.handle.private()
            {
                // SAFETY: the text is at home here and its slot has room for a character of one byte.
                unsafe { home.add(len).write(character as u8) };
                heap.len = len + 1;
                return;
            }
        }
        let end = self.room_behind(1);
        // SAFETY: there is room behind the text, in memory of this string's own, for a character of one byte.
        unsafe {
            end.write(character as u8);
            self.lengthen(1);
        }
    }

    /// Puts a character at byte `index`.
    ///
    /// # Panics
    /// Where `index` is not at the start of a character nor at the end.
    ///
    /// ```
    /// let mut text = drust::String::from("ac");
    /// text.insert(1, 'b');
    /// assert_eq!(text, "abc");
    /// ```
    #[track_caller]
    pub fn insert(&mut self, index: usize, character: char) {
        self.insert_str(index, character.encode_utf8(&mut [0; 4]));
    }

    /// Puts text at byte `index`.
    ///
    /// # Panics
    /// As [`String::insert`].
    ///
    /// ```
    /// let mut text = drust::String::from("ad");
    /// text.insert_str(1, "bc");
    /// assert_eq!(text, "abcd");
    /// ```
    #[track_caller]
    pub fn insert_str(&mut self, index: usize, text: &str) {
        let idx = index;
        assert!(self.is_char_boundary(idx));
        let len = self.len();
        let place = self.room_for(text.len());
        // SAFETY: there is room for the text in memory of this string's own, and `index` splits no character.
        unsafe {
            let at = place.add(index);
            at.copy_to(at.add(text.len()), len - index);
            at.copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.set_len(len + text.len());
        }
    }

    /// Adds the text in `range` at the end once more.
    ///
    /// # Panics
    /// Where `range` does not lie in the text, or splits a character.
    ///
    /// ```
    /// let mut text = drust::String::from("abc");
    /// text.extend_from_within(..2);
    /// assert_eq!(text, "abcab");
    /// ```
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl std::ops::RangeBounds<usize>) {
        let (start, end) = self.part(range, SPLITS);
        let len = self.len();
        let place = self.room_for(end - start);
        // SAFETY: the range lies in the text and splits no character; there is room behind the text.
        unsafe {
            place.add(len).copy_from_nonoverlapping(place.add(start), end - start);
            self.set_len(len + end - start);
        }
    }
}
