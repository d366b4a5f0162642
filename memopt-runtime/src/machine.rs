//! A few places where the compiler's own choice of instructions costs more than the instructions it
//! needs.
//!
//! Each gives the same value as the plain expression beside it, which is what other machines and
//! Miri run.

/// The value, of which the compiler knows no more where it comes from.
#[inline(always)]
pub(crate) fn opaque(value: u64) -> u64 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    let value = {
        let mut value = value;
        // SAFETY: no instruction; the value is given back as it was.
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags));
        }
        value
    };
    value
}

/// As [`opaque`], for an address.
#[inline(always)]
pub(crate) fn opaque_address<T>(address: *const T) -> *const T {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    let address = {
        let mut address = address;
        // SAFETY: no instruction; the value is given back as it was, and nothing is read through it
        // here.
        #[allow(clippy::pointers_in_nomem_asm_block)]
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags));
        }
        address
    };
    address
}

/// What lies at an address: `&*address`.
///
/// PERF: without optimisation the compiler looks at every such address first, whether it is null or
/// not aligned: 10 instructions each, and an entry and exit have ten.
///
/// # Safety
///
/// - As for `&*address`.
#[inline(always)]
#[allow(clippy::transmute_ptr_to_ref, reason = "what the lint says to write has the checks")]
pub(crate) unsafe fn at<'a, T>(address: *const T) -> &'a T {
    #[cfg(any(test, miri))]
    assert!(!address.is_null() && address.is_aligned(), "no address of a value");
    // SAFETY: the caller's word.
    unsafe { std::mem::transmute(address) }
}

/// Says that the branch it is called in is rarely taken, so that its code stands behind the rest
/// and the rest is straight.
///
/// PERF: jumps that are taken cost though they are predicted. Five fewer in taking and returning an
/// object of a pool were a quarter of its time, three fewer (and two instructions) in a pair of 64
/// bytes in a scope, without LTO, 5 %.
#[cold]
#[inline]
pub(crate) fn cold_path() {}

/// Has the line at an address brought here to be written, while we go on. It need not be memory of
/// ours, nor memory at all.
#[inline(always)]
pub(crate) fn prefetch<T>(address: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which faults nowhere and changes nothing but caches; machines that do not
    // know it ignore it.
    unsafe {
        std::arch::asm!("prefetchw [{0}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

#[cfg(test)]
mod tests {
    use super::{opaque, opaque_address};

    #[test]
    fn values_are_those_of_the_plain_expressions() {
        assert_eq!([0, 7, u64::MAX].map(opaque), [0, 7, u64::MAX]);
        let place = 1u8;
        assert_eq!(opaque_address(&raw const place), &raw const place);
    }
}
