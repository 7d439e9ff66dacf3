//! Traits that a box has because its value has them, as std's: iterators, readers and writers, hashers, errors and
//! futures.
//!
//! A call through `&mut` makes a remote value this node's own, as any write does.

use super::Box;
use drust_heap::Portable;
use std::error::Error;
use std::future::Future;
use std::hash::Hasher;
use std::io::{self, BufRead, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

impl<I: Iterator + Portable> Iterator for Box<I> {
    type Item = I::Item;

    #[track_caller]
    fn next(&mut self) -> Option<I::Item> {
        (**self).next()
    }

    #[track_caller]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.look(I::size_hint)
    }

    #[track_caller]
    fn nth(&mut self, n: usize) -> Option<I::Item> {
        (**self).nth(n)
    }

    #[track_caller]
    fn last(self) -> Option<I::Item> {
        Box::into_inner(self).last()
    }
}

impl<I: DoubleEndedIterator + Portable> DoubleEndedIterator for Box<I> {
    #[track_caller]
    fn next_back(&mut self) -> Option<I::Item> {
        (**self).next_back()
    }

    #[track_caller]
    fn nth_back(&mut self, n: usize) -> Option<I::Item> {
        (**self).nth_back(n)
    }
}

impl<I: ExactSizeIterator + Portable> ExactSizeIterator for Box<I> {
    #[track_caller]
    fn len(&self) -> usize {
        self.look(I::len)
    }
}

impl<I: FusedIterator + Portable> FusedIterator for Box<I> {}

impl<R: Read + Portable> Read for Box<R> {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read(buffer)
    }

    #[track_caller]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (**self).read_vectored(buffers)
    }

    #[track_caller]
    fn read_to_end(&mut self, buffer: &mut std::vec::Vec<u8>) -> io::Result<usize> {
        (**self).read_to_end(buffer)
    }

    #[track_caller]
    fn read_to_string(&mut self, buffer: &mut std::string::String) -> io::Result<usize> {
        (**self).read_to_string(buffer)
    }

    #[track_caller]
    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        (**self).read_exact(buffer)
    }
}

impl<R: BufRead + Portable> BufRead for Box<R> {
    #[track_caller]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        (**self).fill_buf()
    }

    #[track_caller]
    fn consume(&mut self, amount: usize) {
        (**self).consume(amount);
    }

    #[track_caller]
    fn read_until(&mut self, byte: u8, buffer: &mut std::vec::Vec<u8>) -> io::Result<usize> {
        (**self).read_until(byte, buffer)
    }

    #[track_caller]
    fn read_line(&mut self, buffer: &mut std::string::String) -> io::Result<usize> {
        (**self).read_line(buffer)
    }
}

impl<S: Seek + Portable> Seek for Box<S> {
    #[track_caller]
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (**self).seek(to)
    }

    #[track_caller]
    fn stream_position(&mut self) -> io::Result<u64> {
        (**self).stream_position()
    }
}

impl<W: Write + Portable> Write for Box<W> {
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (**self).write(bytes)
    }

    #[track_caller]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        (**self).write_vectored(buffers)
    }

    #[track_caller]
    fn flush(&mut self) -> io::Result<()> {
        (**self).flush()
    }

    #[track_caller]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        (**self).write_all(bytes)
    }

    #[track_caller]
    fn write_fmt(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        (**self).write_fmt(text)
    }
}

/// Forwards the methods of a hasher that take a number.
macro_rules! write_numbers {
    ($($method:ident $number:ty),*) => {$(
        #[track_caller]
        fn $method(&mut self, number: $number) {
            (**self).$method(number);
        }
    )*};
}

impl<H: Hasher + Portable> Hasher for Box<H> {
    #[track_caller]
    fn finish(&self) -> u64 {
        self.look(H::finish)
    }

    #[track_caller]
    fn write(&mut self, bytes: &[u8]) {
        (**self).write(bytes);
    }

    write_numbers!(write_u8 u8, write_u16 u16, write_u32 u32, write_u64 u64, write_u128 u128, write_usize usize);
    write_numbers!(write_i8 i8, write_i16 i16, write_i32 i32, write_i64 i64, write_i128 i128, write_isize isize);
}

impl<E: Error + Portable> Error for Box<E> {
    #[track_caller]
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        (**self).source()
    }
}

impl<F: Future + Unpin + Portable> Future for Box<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut **self).poll(context)
    }
}
