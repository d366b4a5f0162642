//! The rules: from counts to changes.

use super::census::{Census, FieldCount, TypeCount};
use super::{Change, ChangeKind, DeepSize, MIN_BUFFERS, MIN_PADDING, MIN_SHARE};
use crate::remedy::mem_size::{FieldShape, VariantShape};
use crate::report::units;

/// What is worth doing, the best first.
pub(super) fn changes(census: &Census, size: &DeepSize, root: &str) -> Vec<Change> {
    let total = size.total_bytes();
    let mut changes: Vec<Change> = Vec::new();
    for count in &census.counts {
        changes.extend(box_variant(count));
        changes.extend(padding(count, total));
        let mut fields = count.fields.iter();
        for (variant, values) in count.shape.variants.iter().zip(&count.values) {
            for (field, held) in variant.fields.iter().zip(&mut fields) {
                changes.extend(shrink(count, variant, field, *held));
                changes.extend(fixed(count, variant, *values, field, *held));
            }
        }
    }
    changes.extend(shrink_root(census.root, root));
    for change in &mut changes {
        change.share = change.saves_bytes as f64 / total.max(1) as f64;
    }
    changes.retain(|change| change.share >= MIN_SHARE);
    changes.sort_by_key(|change| std::cmp::Reverse(change.saves_bytes));
    changes
}

fn change(count: &TypeCount, kind: ChangeKind, part: String, saves: u64) -> Change {
    let shape = count.shape;
    Change {
        kind,
        type_name: (shape.name)().to_owned(),
        part,
        file: shape.file.to_owned(),
        line: shape.line,
        column: shape.column,
        saves_bytes: saves,
        share: 0.0,
        evidence: String::new(),
        help: String::new(),
    }
}

fn part(variant: &VariantShape, field: &FieldShape) -> String {
    match variant.name {
        "" => field.name.to_owned(),
        name => format!("{name}.{}", field.name),
    }
}

/// Bytes of a value of the enum once what its largest variant holds is in a `Box`.
fn boxed_size(size: usize, align: usize, largest: usize, second: usize) -> usize {
    // What the tag takes now; one in a niche is taken to need room of its own then.
    let tag = if size > largest { size - largest } else { align };
    (second.max(size_of::<usize>()) + tag).next_multiple_of(align)
}

/// One variant makes all values large and few are of it.
fn box_variant(count: &TypeCount) -> Option<Change> {
    let shape = count.shape;
    let (at, largest) =
        shape.variants.iter().enumerate().max_by_key(|(_, variant)| variant.payload)?;
    let second = shape
        .variants
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != at)
        .map(|(_, v)| v.payload)
        .max()?;
    let then = boxed_size(shape.size, shape.align, largest.payload, second);
    let (all, of_it) = (count.all(), count.values[at]);
    let smaller = all * shape.size.checked_sub(then)? as u64;
    let saves = smaller.checked_sub(of_it * largest.payload as u64)?;
    let mut change = change(count, ChangeKind::BoxVariant, largest.name.to_owned(), saves);
    change.evidence = format!(
        "{} of {} are `{}`, which needs {}; without it a value needs {} instead of {}",
        units::count(of_it),
        units::counted(all, "value"),
        largest.name,
        units::bytes(largest.payload as u64),
        units::bytes(then as u64),
        units::bytes(shape.size as u64),
    );
    let what = match largest.fields {
        [one] => format!("make it `Box<{}>`", one.ty),
        _ => "put its fields into a struct and hold that in a `Box`".to_owned(),
    };
    change.help = format!(
        "box what `{}` holds: {what}; costs one allocation for each value of that variant",
        largest.name
    );
    Some(change)
}

/// Collections with spare room.
fn shrink(
    count: &TypeCount,
    variant: &VariantShape,
    field: &FieldShape,
    held: FieldCount,
) -> Option<Change> {
    if held.slack == 0 {
        return None;
    }
    let name = part(variant, field);
    let mut change = change(count, ChangeKind::ShrinkToFit, name.clone(), held.slack);
    change.evidence = spare(held);
    let fixed = held.growth.and_then(|growth| growth.fixed);
    let fixed = fixed
        .map_or_else(String::new, |fixed| format!("; what never grows again can be `{fixed}`"));
    change.help = format!(
        "call `shrink_to_fit()` on `{name}` once it is filled, or ask for the right capacity{fixed}"
    );
    Some(change)
}

fn shrink_root(held: FieldCount, root: &str) -> Option<Change> {
    (held.slack > 0).then(|| Change {
        kind: ChangeKind::ShrinkToFit,
        type_name: root.to_owned(),
        part: String::new(),
        file: String::new(),
        line: 0,
        column: 0,
        saves_bytes: held.slack,
        share: 0.0,
        evidence: spare(held),
        help: "call `shrink_to_fit()` once it is filled, or ask for the right capacity".to_owned(),
    })
}

fn spare(held: FieldCount) -> String {
    format!(
        "{} of {} in {} are spare room",
        units::bytes(held.slack),
        units::bytes(held.heap),
        units::counted(held.buffers, "collection")
    )
}

/// Collections that never have spare room carry a capacity for nothing.
fn fixed(
    count: &TypeCount,
    variant: &VariantShape,
    values: u64,
    field: &FieldShape,
    held: FieldCount,
) -> Option<Change> {
    let growth = held.growth?;
    let fixed = growth.fixed?;
    if held.slack > 0 || held.buffers < MIN_BUFFERS {
        return None;
    }
    // Of an enum only the largest variant decides the size.
    if variant.payload < count.shape.largest() {
        return None;
    }
    let values = if count.shape.variants.len() > 1 { count.all() } else { values };
    let name = part(variant, field);
    let mut change =
        change(count, ChangeKind::FixedSize, name.clone(), values * growth.saves as u64);
    change.evidence = format!(
        "none of its {} has spare room; {} carry a capacity of {}",
        units::counted(held.buffers, "collection"),
        units::counted(values, "value"),
        units::bytes(growth.saves as u64)
    );
    change.help = format!("if `{name}` does not grow once it is filled, make it `{fixed}`");
    Some(change)
}

/// Gaps between fields. rustc orders fields itself, so there is no order to propose.
fn padding(count: &TypeCount, total: u64) -> Option<Change> {
    let bytes = count.padding();
    if (bytes as f64) < MIN_PADDING * total as f64 {
        return None;
    }
    let shape = count.shape;
    let mut change = change(count, ChangeKind::Padding, String::new(), bytes);
    change.evidence = format!(
        "{} in {} are padding, which the alignment of {} asks for",
        units::bytes(bytes),
        units::counted(count.all(), "value"),
        units::bytes(shape.align as u64)
    );
    change.help = String::from(
        "a hint only, since rustc has ordered the fields already (unless `repr(C)`): a smaller \
         integer \
         type for the field of the largest alignment, or flags in one byte, may make a value fit",
    );
    Some(change)
}

#[cfg(test)]
mod tests {
    use super::boxed_size;

    #[test]
    fn sizes_after_boxing_by_hand() {
        // A tag of 8 and 256 bytes; then the tag and a pointer.
        assert_eq!(boxed_size(264, 8, 256, 4), 8 + 8);
        // The tag is in a niche of the 24 bytes of a string; then beside a pointer.
        assert_eq!(boxed_size(24, 8, 24, 8), 16);
        // The second largest decides.
        assert_eq!(boxed_size(264, 8, 256, 100), 112);
    }
}
