//! The atomics the lock-free rooms use, so that the model checker can run the same code.

pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
use core::sync::atomic::{AtomicI64, AtomicU16, AtomicUsize};

/// Lets another thread run while a lock is held.
pub(crate) fn relax() {
    std::thread::yield_now();
}

/// A function that is `const` here; the model checker's atomics are made at run time.
macro_rules! constant {
    ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$meta])* $visible const fn $($rest)*
    };
}

pub(crate) use constant;

/// A word as every entry and exit reads and writes it: by relaxed atomics.
///
/// PERF: without optimisation a `load` or `store` is two calls and a `match`, 23 instructions, and
/// an entry and exit have 42 of them. The one instruction it stands for takes 6 when it is written
/// out. A build with debug assertions is taken for one that is not optimised.
pub(crate) trait Word {
    type Value;

    fn read(&self) -> Self::Value;

    fn write(&self, value: Self::Value);

    /// As [`read`](Self::read), by a load that is not atomic, as an optimiser can make it part of
    /// another instruction.
    ///
    /// # Safety
    ///
    /// - Only the thread that writes the word may call it.
    unsafe fn own(&self) -> Self::Value;
}

macro_rules! words {
    ($($word:ty, $value:ty, $load:literal, $store:literal $(, $generic:ident)?;)*) => {$(
        impl $(<$generic>)? Word for $word {
            type Value = $value;

            #[inline(always)]
            fn read(&self) -> $value {
                #[cfg(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                ))]
                {
                    let value;
                    // SAFETY: an aligned load of the word's size is a relaxed one on this machine.
                    unsafe {
                        core::arch::asm!(
                            $load,
                            value = out(reg) value,
                            place = in(reg) &raw const *self,
                            options(nostack, preserves_flags, readonly),
                        );
                    }
                    value
                }
                #[cfg(not(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                )))]
                self.load(Ordering::Relaxed)
            }

            #[inline(always)]
            fn write(&self, value: $value) {
                #[cfg(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                ))]
                // SAFETY: an aligned store of the word's size is a relaxed one on this machine, and
                // an atomic may be written through a shared reference.
                unsafe {
                    core::arch::asm!(
                        $store,
                        value = in(reg) value,
                        place = in(reg) &raw const *self,
                        options(nostack, preserves_flags),
                    );
                }
                #[cfg(not(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                )))]
                self.store(value, Ordering::Relaxed);
            }

            #[inline(always)]
            unsafe fn own(&self) -> $value {
                #[cfg(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                ))]
                return self.read();
                #[cfg(not(all(
                    target_arch = "x86_64",
                    target_pointer_width = "64",
                    debug_assertions,
                    not(miri)
                )))]
                // SAFETY: nobody writes meanwhile, as by the caller's word this thread is the one
                // that does.
                unsafe { *self.as_ptr() }
            }
        }
    )*};
}

words! {
    AtomicU64, u64, "mov {value}, qword ptr [{place}]", "mov qword ptr [{place}], {value}";
    AtomicI64, i64, "mov {value}, qword ptr [{place}]", "mov qword ptr [{place}], {value}";
    AtomicUsize, usize, "mov {value}, [{place}]", "mov [{place}], {value}";
    AtomicPtr<T>, *mut T, "mov {value}, [{place}]", "mov [{place}], {value}", T;
    AtomicU32, u32, "mov {value:e}, dword ptr [{place}]", "mov dword ptr [{place}], {value:e}";
    AtomicU16, u16, "mov {value:x}, word ptr [{place}]", "mov word ptr [{place}], {value:x}";
}

#[cfg(test)]
mod tests {
    use super::{AtomicPtr, AtomicU32, AtomicU64, Ordering::Relaxed, Word};
    use core::sync::atomic::{AtomicI64, AtomicU16, AtomicUsize};

    /// Words side by side: one that is written leaves its neighbours as they were.
    #[test]
    fn words_are_read_and_written_whole_and_alone() {
        macro_rules! written {
            ($($word:ty, $value:expr;)*) => {$(
                let words = [const { <$word>::new(0) }; 3];
                words[1].write($value);
                assert_eq!(words.each_ref().map(|word| word.load(Relaxed)), [0, $value, 0]);
                words[2].store($value, Relaxed);
                assert_eq!(words.each_ref().map(Word::read), [0, $value, $value]);
            )*};
        }
        written! {
            AtomicU64, u64::MAX - 6;
            AtomicI64, i64::MIN + 7;
            AtomicUsize, usize::MAX - 8;
            AtomicU32, u32::MAX - 9;
            AtomicU16, u16::MAX - 10;
        }
        let place = &raw mut *Box::leak(Box::new(7_u8));
        let word = AtomicPtr::new(core::ptr::null_mut());
        word.write(place);
        assert_eq!((word.load(Relaxed), word.read()), (place, place));
    }
}
