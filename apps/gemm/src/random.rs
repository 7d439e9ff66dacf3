//! Pseudo-random numbers that are known by their places, so that each node makes its own part of a matrix.

/// The number at a place of the sequence that a seed names: what SplitMix64 gives there.
///
/// ```
/// use drust_gemm::random::at;
/// assert_eq!(at(7, 3), at(7, 3));
/// assert_ne!(at(7, 3), at(7, 4));
/// ```
#[must_use]
pub fn at(seed: u64, place: u64) -> u64 {
    // The seed is mixed too, or else two seeds would name the same sequence from different places on.
    mixed(mixed(seed).wrapping_add(place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn half_of_the_bits_are_set_in_every_place() {
        for bit in 0..64 {
            let set = (0..4096).filter(|place| at(1, *place) >> bit & 1 == 1).count();
            assert!((1900..2200).contains(&set), "bit {bit} is set {set} times of 4096");
        }
    }

    #[test]
    fn seeds_name_different_sequences() {
        let of = |seed| (0..100).map(move |place| at(seed, place));
        assert!(of(0).all(|number| of(1).all(|other| number != other)));
    }
}
