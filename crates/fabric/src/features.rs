//! What this machine's processor can do beyond what the program was compiled for: code that one node chose by it may
//! be called on another, so all nodes must agree.

/// Names and detection of features, in the order of their bits.
macro_rules! features {
    ($detect:ident: $($name:tt)*) => {
        const NAMES: &[&str] = &[$($name),*];

        fn detected() -> Vec<bool> {
            vec![$(std::arch::$detect!($name)),*]
        }
    };
}

#[cfg(target_arch = "x86_64")]
features! { is_x86_feature_detected:
    "sse3" "ssse3" "sse4.1" "sse4.2" "sse4a" "avx" "avx2" "fma" "f16c" "bmi1" "bmi2" "lzcnt" "popcnt" "adx" "aes"
    "pclmulqdq" "sha" "rdrand" "rdseed" "movbe" "fxsr" "xsave" "xsaveopt" "xsavec" "xsaves" "rtm" "tbm" "vaes"
    "vpclmulqdq" "gfni" "cmpxchg16b" "avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl" "avx512ifma" "avx512vbmi"
    "avx512vbmi2" "avx512vnni" "avx512bitalg" "avx512vpopcntdq" "avx512bf16" "avx512vp2intersect"
}

#[cfg(target_arch = "aarch64")]
features! { is_aarch64_feature_detected:
    "asimd" "pmull" "fp" "aes" "bf16" "bti" "crc" "dit" "dotprod" "dpb" "dpb2" "f32mm" "f64mm" "fcma" "fhm" "flagm"
    "fp16" "frintts" "i8mm" "jsconv" "lse" "lse2" "mte" "paca" "pacg" "rand" "rcpc" "rcpc2" "rdm" "sb" "sha2" "sha3"
    "sm4" "ssbs" "sve" "sve2"
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const NAMES: &[&str] = &[];

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn detected() -> Vec<bool> {
    Vec::new()
}

const _: () = assert!(NAMES.len() <= 64);

/// One bit for each feature of this machine's processor.
pub(crate) fn own() -> u64 {
    detected().iter().enumerate().fold(0, |all, (bit, &has)| all | u64::from(has) << bit)
}

/// The names of some features.
pub(crate) fn names(features: u64) -> String {
    let named = (0..64).filter(|bit| features >> bit & 1 == 1);
    let named = named.map(|bit| NAMES.get(bit).map_or_else(|| format!("feature {bit}"), |name| (*name).to_owned()));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn features_have_names() {
        assert_eq!(names(0), "");
        assert_eq!(names(1), NAMES.first().map_or("feature 0", |name| name));
        assert_eq!(names(1 << 63), "feature 63");
        assert_eq!(own(), own());
    }
}
