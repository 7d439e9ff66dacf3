//! Functions as other processes of the same build know them: by their offset in the program's image.
//!
//! The executable's segments are found once, in `/proc/self/maps`; a function that lies in none of them (in a shared
//! object) has no offset. What a peer names is checked to lie in an executable segment before it is called.
//!
//! Types are named by their descriptors' places among the program's constants; what a peer names is looked at there,
//! and taken only where a descriptor is.

use drust_heap::{Described, Descriptor};
use drust_proto::DescriptorId;
use std::hash::Hasher;
use std::io;
use std::ops::Range;

/// The program's own image in this process.
#[derive(Clone, Debug)]
pub struct Image {
    base: usize,
    executable: Vec<Range<usize>>,
    /// What is mapped of the program and is never written.
    constant: Vec<Range<usize>>,
    build: [u8; 32],
}

impl Image {
    /// Finds the image and hashes its executable segments.
    ///
    /// # Errors
    /// Where `/proc` is not mounted or does not show this process.
    pub fn find() -> io::Result<Image> {
        if cfg!(miri) {
            // No image is mapped there, and what is no function cannot be called: addresses are good offsets.
            let everywhere = Range { start: 0, end: usize::MAX };
            let (executable, constant) = (vec![everywhere.clone()], vec![everywhere]);
            return Ok(Image { base: 0, executable, constant, build: [0; 32] });
        }
        let program = std::fs::read_link("/proc/self/exe")?;
        let maps = std::fs::read_to_string("/proc/self/maps")?;
        let program = program.to_string_lossy();
        let executable = segments(&maps, &program, |rights| rights.contains('x'));
        let readable = segments(&maps, &program, |rights| rights.contains('r'));
        let constant = segments(&maps, &program, |rights| rights.starts_with("r--"));
        if executable.is_empty() {
            return Err(io::Error::other("no executable segment of the program is mapped"));
        }
        let build = hash(&executable);
        let base = readable.iter().map(|segment| segment.start).min().unwrap_or(executable[0].start);
        let image = Image { base, executable, constant, build };
        // Some start-up code leaves the constants that hold addresses writable after it has filled them in.
        let usual = image.has_descriptor(u8::DESCRIPTOR.id());
        Ok(if usual { image } else { Image { constant: readable, ..image } })
    }

    /// What tells this build from any other.
    #[must_use]
    pub fn build(&self) -> [u8; 32] {
        self.build
    }

    /// The offset of a function of the program, whose address was exposed by making it a number.
    #[must_use]
    pub fn offset(&self, function: usize) -> Option<u64> {
        self.holds(function).then(|| (function - self.base) as u64)
    }

    /// The function at an offset, if it lies in an executable segment; to be made a pointer with exposed provenance.
    #[must_use]
    pub fn at(&self, offset: u64) -> Option<usize> {
        let function = self.base.checked_add(usize::try_from(offset).ok()?)?;
        self.holds(function).then_some(function)
    }

    /// The descriptor that a peer names, where it does name one.
    pub fn descriptor(&self, id: DescriptorId) -> Option<&'static Descriptor> {
        // SAFETY: a descriptor's bytes lie at that place among the program's constants, as was just checked.
        self.has_descriptor(id).then(|| unsafe { Descriptor::find(id, |function| self.holds(function)) })?
    }

    fn has_descriptor(&self, id: DescriptorId) -> bool {
        self.has_constant::<Descriptor>(Descriptor::address_of(id))
    }

    /// Whether a `T` among the program's constants may lie at an address: aligned, and inside what is mapped of them.
    fn has_constant<T>(&self, address: usize) -> bool {
        let ends_in = |segment: &Range<usize>| segment.end - address >= size_of::<T>();
        let holds = |segment: &&Range<usize>| segment.contains(&address);
        address.is_multiple_of(align_of::<T>()) && self.constant.iter().find(holds).is_some_and(ends_in)
    }

    fn holds(&self, address: usize) -> bool {
        self.executable.iter().any(|segment| segment.contains(&address))
    }
}

/// The ranges of `program` in `maps` with certain rights.
fn segments(maps: &str, program: &str, wanted: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else { continue };
        let name = line.find('/').map_or("", |at| &line[at..]);
        let Some((start, end)) = range.split_once('-') else { continue };
        let (Ok(start), Ok(end)) = (usize::from_str_radix(start, 16), usize::from_str_radix(end, 16)) else { continue };
        if name == program && wanted(rights) {
            found.push(start..end);
        }
    }
    found
}

/// Four independent 64-bit digests of the segments.
fn hash(executable: &[Range<usize>]) -> [u8; 32] {
    let mut build = [0; 32];
    let mut lanes = [0xcbf2_9ce4_8422_2325_u64, 0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9];
    for segment in executable {
        let words = segment.len() / size_of::<u64>();
        // SAFETY: an executable segment of this program is mapped, readable, never written and never unmapped.
        let words =
            unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u64>(segment.start), words) };
        for (index, word) in words.iter().enumerate() {
            let lane = &mut lanes[index & 3];
            *lane = (*lane ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        }
    }
    for (index, lane) in lanes.iter().enumerate() {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write_u64(*lane);
        hasher.write_usize(index);
        build[index * 8..][..8].copy_from_slice(&hasher.finish().to_le_bytes());
    }
    build
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZero;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn finds_itself() {
        let image = Image::find().unwrap();
        let function = finds_itself as fn() as usize;
        let offset = image.offset(function).unwrap();
        assert_eq!(image.at(offset), Some(function));
        assert_eq!(image.build(), Image::find().unwrap().build());
    }

    #[test]
    #[cfg_attr(miri, ignore = "there all addresses count as code")]
    fn refuses_what_is_not_code() {
        let image = Image::find().unwrap();
        let local = 0_u64;
        assert_eq!(image.offset((&raw const local).addr()), None);
        assert_eq!(image.at(u64::MAX), None);
        assert_eq!(image.at(1 << 40), None);
    }

    #[test]
    fn reads_recorded_maps() {
        let maps = "55d0c0000000-55d0c0010000 r--p 00000000 fe:00 12 /bin/a prog\n\
                    55d0c0010000-55d0c0030000 r-xp 00010000 fe:00 12 /bin/a prog\n\
                    7f0000000000-7f0000010000 r-xp 00000000 fe:00 13 /lib/libc.so\n";
        let (first, code) = (0x55d0_c000_0000..0x55d0_c001_0000, 0x55d0_c001_0000..0x55d0_c003_0000);
        assert_eq!(segments(maps, "/bin/a prog", |rights| rights.contains('x')), vec![code.clone()]);
        assert_eq!(segments(maps, "/bin/a prog", |rights| rights.contains('r')), vec![first, code]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "there all addresses count as the program's")]
    fn knows_its_constants() {
        static HERE: u64 = 7;
        static WRITABLE: AtomicU64 = AtomicU64::new(7);
        let image = Image::find().unwrap();
        let at = (&raw const HERE).addr();
        assert!(image.has_constant::<u64>(at) && !image.has_constant::<u64>(at + 1));
        assert!(!image.has_constant::<u64>((&raw const WRITABLE).addr()));
        let local = 0_u64;
        assert!(!image.has_constant::<u64>((&raw const local).addr()) && !image.has_constant::<u64>(8));
    }

    #[test]
    #[cfg_attr(miri, ignore = "there all addresses count as the program's")]
    fn takes_descriptors_and_nothing_else() {
        let image = Image::find().unwrap();
        let known = [u8::DESCRIPTOR, u64::DESCRIPTOR, <[u16; 3]>::DESCRIPTOR, <()>::DESCRIPTOR];
        for descriptor in known {
            let found = image.descriptor(descriptor.id()).expect("it is one");
            assert_eq!((found.name(), found.size()), (descriptor.name(), descriptor.size()));
        }
        // All words of the constants are tried; the few that are taken are descriptors with a name.
        let id = u8::DESCRIPTOR.id();
        let anchor = Descriptor::address_of(id).wrapping_sub(id.0.get().cast_signed() as usize);
        let places = image.constant.iter().flat_map(|segment| segment.clone().step_by(align_of::<Descriptor>()));
        let ids = places.filter_map(|place| NonZero::new(place.wrapping_sub(anchor) as u32));
        let taken: Vec<_> = ids.filter_map(|id| image.descriptor(DescriptorId(id))).collect();
        assert!(taken.len() < 1000, "{} are taken", taken.len());
        for descriptor in &taken {
            assert!(descriptor.align().is_power_of_two() && !descriptor.name().is_empty());
        }
        assert!(known.iter().all(|known| taken.iter().any(|taken| std::ptr::eq(*known, *taken))));
    }
}
