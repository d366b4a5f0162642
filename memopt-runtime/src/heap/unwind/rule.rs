//! How a frame is left, in one word, and the table that remembers it for every return address.
//!
//! The table is one for the process: what one thread has learned serves all, nothing is made for a
//! thread, and nothing has to be given back when it ends. It is plain memory of the program's own,
//! no lock is taken, and a signal handler may look into it at any point.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The registers that lead from a frame to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Registers {
    /// The address the frame returns to, in the function whose frame it is.
    pub(super) pc: usize,
    pub(super) sp: usize,
    /// `rbp` or `x29`.
    pub(super) fp: usize,
}

/// How a frame is left; never zero.
///
/// Where the caller's stack begins is given from one of two registers, all else from there, in
/// words of 8 bytes: bit 63 is always set, 62 says that the stack ends here, 61 that nothing is
/// known, 60 that the frame pointer is the base, 59 that the caller's frame pointer was saved. Bits
/// 0 to 23 hold the distance, 24 to 39 where the return address lies, 40 to 55 where the frame
/// pointer does, all signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule(u64);

const VALID: u64 = 1 << 63;
const ENDS: u64 = 1 << 62;
const UNKNOWN: u64 = 1 << 61;
const FROM_FP: u64 = 1 << 60;
const SAVES_FP: u64 = 1 << 59;

/// The parts of a rule that leads on. All in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Whether the frame pointer is the base and not the stack pointer.
    pub(super) from_fp: bool,
    /// From the base to where the caller's stack begins.
    pub(super) distance: isize,
    /// From there to the return address.
    pub(super) return_at: isize,
    /// From there to the caller's frame pointer, where it was saved.
    pub(super) fp_at: Option<isize>,
}

impl Rule {
    /// The outermost frame.
    pub(super) const END: Self = Self(VALID | ENDS);
    /// A frame of which nothing is known.
    pub(super) const UNKNOWN: Self = Self(VALID | UNKNOWN);

    /// `None` where a part does not fit: frames of 64 MiB and more.
    pub(super) fn new(step: Step) -> Option<Self> {
        let words = |bytes: isize, bits: u32| {
            let fits = bytes % 8 == 0 && (bytes / 8).unsigned_abs() < 1 << (bits - 1);
            fits.then_some((bytes / 8) as u64 & ((1 << bits) - 1))
        };
        let mut rule = VALID | words(step.distance, 24)? | words(step.return_at, 16)? << 24;
        if step.from_fp {
            rule |= FROM_FP;
        }
        if let Some(fp_at) = step.fp_at {
            rule |= SAVES_FP | words(fp_at, 16)? << 40;
        }
        Some(Self(rule))
    }

    /// What to do; `Err` says whether the stack ends here, and is not only unknown.
    #[inline(always)]
    pub(super) fn step(self) -> Result<Step, bool> {
        if self.0 & (ENDS | UNKNOWN) != 0 {
            return Err(self.0 & ENDS != 0);
        }
        let signed = |shift: u32, bits: u32| {
            ((self.0 << (64 - bits - shift)) as i64 >> (64 - bits)) as isize * 8
        };
        Ok(Step {
            from_fp: self.0 & FROM_FP != 0,
            distance: signed(0, 24),
            return_at: signed(24, 16),
            fp_at: (self.0 & SAVES_FP != 0).then(|| signed(40, 16)),
        })
    }

    /// Whether it is the rule of code that keeps a frame pointer, which is also what is tried where
    /// nothing is known.
    pub(super) fn is_frame_pointers(self) -> bool {
        self.step() == Ok(Step { from_fp: true, distance: 16, return_at: -8, fp_at: Some(-16) })
    }
}

/// Rules by return address. Each place holds the last rule that fell on it.
pub(super) struct Table {
    places: [Place; PLACES],
}

const PLACES: usize = 1 << 13;

/// A rule, and its address in a form that only fits this rule: the two words are written one after
/// the other and a reader may see them of different rules, which then do not fit.
struct Place {
    key: AtomicU64,
    rule: AtomicU64,
}

impl Table {
    #[allow(clippy::large_stack_arrays, reason = "only statics are made of it")]
    pub(super) const fn new() -> Self {
        Self {
            places: [const { Place { key: AtomicU64::new(0), rule: AtomicU64::new(0) } }; PLACES],
        }
    }

    #[inline(always)]
    fn place(&self, pc: usize) -> &Place {
        &self.places[((pc as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 51) as usize % PLACES]
    }

    /// The rule of a return address in the modules of this generation, if it is remembered.
    #[inline(always)]
    pub(super) fn get(&self, pc: usize, generation: u16) -> Option<Rule> {
        let place = self.place(pc);
        let rule = place.rule.load(Relaxed);
        (place.key.load(Relaxed) ^ spread(rule) == name(pc, generation) && rule != 0)
            .then_some(Rule(rule))
    }

    pub(super) fn set(&self, pc: usize, generation: u16, rule: Rule) {
        let place = self.place(pc);
        place.rule.store(rule.0, Relaxed);
        place.key.store(name(pc, generation) ^ spread(rule.0), Relaxed);
    }
}

/// Addresses of user space have 48 bits at most.
#[inline(always)]
fn name(pc: usize, generation: u16) -> u64 {
    pc as u64 ^ u64::from(generation) << 48
}

/// Two rules differ in a few low bits, as two addresses do; after an odd multiplication they differ
/// in high bits too, where addresses of one generation do not.
#[inline(always)]
fn spread(rule: u64) -> u64 {
    rule.wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

#[cfg(test)]
mod tests {
    use super::{PLACES, Rule, Step, Table, name, spread};
    use std::sync::atomic::Ordering::Relaxed;

    const STEP: Step = Step { from_fp: false, distance: 48, return_at: -8, fp_at: None };

    #[test]
    fn a_rule_gives_back_its_parts() {
        for step in [
            STEP,
            Step { from_fp: true, distance: 16, return_at: -8, fp_at: Some(-16) },
            Step { from_fp: true, distance: -1 << 20, return_at: -4096, fp_at: Some(64) },
            Step {
                from_fp: false,
                distance: (1 << 26) - 8,
                return_at: 0,
                fp_at: Some(-8 * 32_767),
            },
        ] {
            assert_eq!(Rule::new(step).unwrap().step(), Ok(step));
        }
        assert_eq!(Rule::new(Step { distance: 1 << 26, ..STEP }), None);
        assert_eq!(Rule::new(Step { return_at: -4, ..STEP }), None);
        assert_eq!((Rule::END.step(), Rule::UNKNOWN.step()), (Err(true), Err(false)));
    }

    #[test]
    fn a_table_knows_the_last_rule_of_an_address_in_its_generation() {
        static TABLE: Table = Table::new();
        let rule = Rule::new(STEP).unwrap();
        assert_eq!(TABLE.get(0, 0), None);
        for pc in (0x5555_0000_0000..).step_by(7).take(PLACES / 64) {
            TABLE.set(pc, 3, rule);
            assert_eq!(
                (TABLE.get(pc, 3), TABLE.get(pc, 4), TABLE.get(pc + 1, 3)),
                (Some(rule), None, None)
            );
        }
    }

    #[test]
    fn words_of_two_rules_do_not_fit_together() {
        static TABLE: Table = Table::new();
        let (pc, other) = (0x5555_0000_1234, Rule::new(Step { distance: 56, ..STEP }).unwrap());
        TABLE.set(pc, 1, Rule::new(STEP).unwrap());
        TABLE.place(pc).rule.store(other.0, Relaxed);
        // Neither this address nor one near it, which could share the place.
        let seen = TABLE.place(pc).key.load(Relaxed) ^ spread(other.0);
        assert!((seen ^ name(pc, 1)) >> 32 != 0, "{seen:x}");
        assert_eq!(TABLE.get(pc, 1), None);
    }
}
