//! What a remedy saves, in words: quantities first, then what they are worth in the run.

use super::time;
use crate::detect::saving::Saving;
use crate::model::reclaimable::Remedy;
use crate::units::{bytes, counted, percent};
use std::fmt;

pub(super) fn would_save(
    f: &mut fmt::Formatter<'_>,
    remedy: Remedy,
    saving: &Saving,
) -> fmt::Result {
    let allocs = counted(saving.allocs, "allocation");
    let (freed, share) = (bytes(saving.bytes), percent(saving.share));
    let of = of(saving);
    match remedy {
        Remedy::Hoist => {
            write!(
                f,
                "making it once per thread would save {allocs} and {freed}, {share} of {of}"
            )?;
        }
        Remedy::Arena => {
            write!(f, "from one arena a call they would save {allocs}, {share} of {of}")?;
        }
        Remedy::Pool => {
            write!(f, "used again they would save {allocs} and {freed}, {share} of {of}")?;
        }
        Remedy::Stream => write!(
            f,
            "held one item at a time it would save {} of the highest peak, {share} of it",
            bytes(saving.peak_bytes)
        )?,
        Remedy::Shrink if saving.retained_bytes > 0 => write!(
            f,
            "given back it would save {}, {share} of what is held",
            bytes(saving.retained_bytes)
        )?,
        Remedy::Shrink => {
            write!(f, "asked for to measure it would save them and {freed}, {share} of {of}")?;
        }
        _ => {
            write!(f, "`{}` would save ", remedy.name())?;
            quantities(f, saving)?;
            write!(f, ", {share} of {of}")?;
        }
    }
    worth(f, saving)
}

/// What the share of a saving is of.
pub(super) fn of(saving: &Saving) -> String {
    saving.share_of.map_or("the total".to_owned(), |of| of.to_string())
}

/// What is saved, without what is none.
pub(super) fn quantities(f: &mut fmt::Formatter<'_>, saving: &Saving) -> fmt::Result {
    let mut parts = Vec::new();
    if saving.allocs > 0 {
        parts.push(counted(saving.allocs, "allocation"));
    }
    if saving.reallocs > 0 {
        parts.push(counted(saving.reallocs, "reallocation"));
    }
    if saving.bytes > 0 && saving.allocs > 0 {
        let told = saving.memory_bytes() > 0;
        parts.push(format!("{}{}", bytes(saving.bytes), if told { " allocated" } else { "" }));
    }
    if saving.peak_bytes > 0 {
        parts.push(format!("{} at the peak", bytes(saving.peak_bytes)));
    }
    if saving.retained_bytes > 0 {
        parts.push(format!("{} held after the calls", bytes(saving.retained_bytes)));
    }
    let last = parts.pop().unwrap_or_else(|| "nothing".to_owned());
    let first = parts.join(", ");
    if first.is_empty() { f.write_str(&last) } else { write!(f, "{first} and {last}") }
}

/// What it is worth: an estimate of time, and its share of the run.
pub(super) fn worth(f: &mut fmt::Formatter<'_>, saving: &Saving) -> fmt::Result {
    if saving.cpu_share > 0.0 {
        write!(f, "; about {}", time(saving.cpu_ns))?;
        share_of_run(f, saving.cpu_share, "CPU time")?;
    }
    if saving.memory_share >= 0.01 {
        write!(f, "; {} of the memory at the peak", percent(saving.memory_share))?;
    }
    Ok(())
}

/// `, 4.2 % of the run's CPU time`, where that is known.
pub(super) fn share_of_run(f: &mut fmt::Formatter<'_>, share: f64, of: &str) -> fmt::Result {
    if share > 0.0 { write!(f, ", {} of the run's {of}", percent(share)) } else { Ok(()) }
}
