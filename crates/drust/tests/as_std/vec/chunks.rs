//! Chunks, windows, and what is split.

use crate::oracle::cases;

cases! { chunks: |v: Vec<u32>|
    [1, 2, 3, 4, 5] => v.chunks(2).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4, 5] => v.chunks(9).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4, 5] => v.chunks(0).count();
    [] => v.chunks(2).next();
    [1, 2, 3, 4, 5] => v.chunks(2).rev().map(<[u32]>::len).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4, 5] => (v.chunks(2).len(), v.chunks(2).nth(2), v.chunks(2).last());
    [1, 2, 3, 4, 5] => { let mut c = v.chunks_exact(2); (c.next(), c.len(), c.remainder()) };
    [1, 2, 3, 4, 5] => v.chunks_exact(0).count();
    [1, 2, 3, 4, 5] => v.rchunks(2).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4, 5] => v.rchunks(0).count();
    [1, 2, 3, 4, 5] => {
        let c = v.rchunks_exact(2);
        (c.remainder(), c.map(|two| two[0]).collect::<std::vec::Vec<_>>())
    };
    [1, 2, 3, 4, 5] => v.chunks_mut(2).for_each(|part| part.reverse());
    [1, 2, 3, 4, 5] => v.chunks_mut(0).count();
    [1, 2, 3, 4, 5] => v.chunks_exact_mut(2).for_each(|part| part.swap(0, 1));
    [1, 2, 3, 4, 5] => v.chunks_exact_mut(2).into_remainder().fill(0);
    [1, 2, 3, 4, 5] => v.rchunks_mut(2).for_each(|part| part.reverse());
    [1, 2, 3, 4, 5] => v.rchunks_exact_mut(2).enumerate().for_each(|(n, part)| part.fill(n as u32));
    [1, 2, 3, 4, 5] => v.as_chunks::<2>();
    [1, 2, 3, 4, 5] => v.as_rchunks::<2>();
    [1, 2, 3, 4, 5] => v.as_chunks_mut::<2>().0[1] = [8, 9];
    [1, 1, 2, 3, 3] => v.chunk_by(|a, b| a == b).collect::<std::vec::Vec<_>>();
    [1, 1, 2, 3, 3] => v.chunk_by(|a, b| a <= b).count();
    [1, 1, 2, 3, 3] => v.chunk_by_mut(|a, b| a == b).for_each(|part| part[0] = 0);
}

cases! { windows: |v: Vec<u32>|
    [1, 2, 3, 4] => v.windows(2).map(|two| two[1] - two[0]).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4] => v.windows(4).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4] => v.windows(5).next();
    [1, 2, 3, 4] => v.windows(0).count();
    [1, 2, 3, 4] => (v.windows(3).len(), v.windows(3).rev().next(), v.windows(3).nth(1));
    [1, 2, 3, 4] => v.array_windows::<2>().map(|[a, b]| a * b).collect::<std::vec::Vec<_>>();
    [1, 2, 3, 4] => v.array_windows::<9>().count();
}

cases! { splitting: |v: Vec<u32>|
    [1, 0, 2, 3, 0] => v.split(|n| *n == 0).collect::<std::vec::Vec<_>>();
    [] => v.split(|n| *n == 0).collect::<std::vec::Vec<_>>();
    [0, 0] => v.split(|n| *n == 0).count();
    [1, 0, 2, 3, 0] => v.split_inclusive(|n| *n == 0).collect::<std::vec::Vec<_>>();
    [1, 0, 2, 3, 0] => v.rsplit(|n| *n == 0).collect::<std::vec::Vec<_>>();
    [1, 0, 2, 0, 3] => v.splitn(2, |n| *n == 0).collect::<std::vec::Vec<_>>();
    [1, 0, 2, 0, 3] => v.splitn(0, |n| *n == 0).count();
    [1, 0, 2, 0, 3] => v.rsplitn(2, |n| *n == 0).collect::<std::vec::Vec<_>>();
    [1, 0, 2, 0, 3] => v.split_mut(|n| *n == 0).for_each(|part| part.fill(7));
    [1, 0, 2, 0, 3] => v.split_inclusive_mut(|n| *n == 0).for_each(|part| part[0] = 7);
    [1, 0, 2, 0, 3] => v.rsplit_mut(|n| *n == 0).enumerate().for_each(|(n, part)| part.fill(n as u32));
    [1, 0, 2, 0, 3] => v.splitn_mut(2, |n| *n == 0).for_each(|part| part[0] = 7);
    [1, 0, 2, 0, 3] => v.rsplitn_mut(2, |n| *n == 0).for_each(|part| part[0] = 7);
}
