//! What methods do, by the conventions of std: their names, with a blank between two.

/// Methods that allocate nothing.
const FREE: &str = "\
    abs abs_diff add addr all and and_then any as_bytes as_bytes_mut as_deref as_deref_mut \
    as_mut as_mut_ptr as_mut_slice as_mut_str as_ptr as_ref as_slice as_str as_u16 as_u32 \
    as_u64 as_u8 as_usize binary_search binary_search_by binary_search_by_key borrow borrow_mut \
    by_ref bytes capacity cast cast_const cast_mut cast_signed cast_unsigned ceil chain \
    char_indices chars checked_abs checked_add checked_div checked_mul checked_neg \
    checked_next_power_of_two checked_pow checked_rem checked_shl checked_shr checked_sub chunks \
    chunks_exact chunks_mut \
    clamp cmp compare_exchange compare_exchange_weak contains contains_key copied \
    copy_from_slice copy_within count count_ones count_zeros cycle deref deref_mut div div_ceil \
    div_euclid downcast_mut downcast_ref downgrade elapsed end ends_with enumerate eq \
    eq_ignore_ascii_case err exp expect expect_err fetch_add fetch_and fetch_max fetch_min \
    fetch_or fetch_sub fill filter filter_map find find_map finish first first_mut floor fold \
    for_each fuse ge get get_mut get_or_insert get_unchecked get_unchecked_mut gt hash index \
    index_mut inspect into_iter is_alphabetic is_alphanumeric is_ascii is_ascii_alphabetic \
    is_ascii_alphanumeric is_ascii_control is_ascii_digit is_ascii_graphic is_ascii_hexdigit \
    is_ascii_lowercase is_ascii_punctuation is_ascii_uppercase is_ascii_whitespace \
    is_char_boundary is_control is_digit is_empty is_eq is_err is_finite is_ge is_gt \
    is_infinite is_le is_lowercase is_lt is_multiple_of is_nan is_ne is_negative is_none \
    is_none_or is_null is_numeric is_ok is_ok_and is_positive is_power_of_two is_some \
    is_some_and is_sorted is_uppercase is_whitespace iter iter_mut last last_mut le \
    leading_ones leading_zeros len len_utf16 len_utf8 ln load log10 log2 lt map map_err map_or \
    map_or_else map_while max max_by max_by_key min min_by min_by_key mul ne next next_back \
    next_power_of_two not nth offset ok ok_or ok_or_else or or_else overflowing_add \
    overflowing_mul overflowing_sub partial_cmp partition_point peek peek_mut peekable position \
    pow powf powi product ptr_eq read rem rem_euclid rev reverse rfind rotate_left rotate_right \
    round rposition rsplit rsplit_once rsplitn saturating_add saturating_mul saturating_pow \
    saturating_sub select_nth_unstable set signum size_hint skip skip_while sort_unstable \
    sort_unstable_by sort_unstable_by_key split_ascii_whitespace split_at split_at_checked \
    split_at_mut split_first split_first_mut split_last split_last_mut split_once \
    split_terminator split_whitespace splitn sqrt start starts_with step_by store strip_prefix \
    strip_suffix strong_count sub sum swap swap_bytes take take_while then then_some then_with \
    to_be to_be_bytes to_bits to_digit to_le to_le_bytes to_ne_bytes total_cmp trailing_ones \
    trailing_zeros trim trim_ascii trim_end trim_end_matches trim_matches trim_start \
    trim_start_matches trunc try_fold unsigned_abs unwrap unwrap_err unwrap_or unwrap_or_else \
    unwrap_unchecked upgrade windows wrapping_add wrapping_mul wrapping_neg wrapping_shl \
    wrapping_shr wrapping_sub write_u16 write_u32 write_u64 write_u8 write_usize xor zip";

/// Macros that allocate nothing, unless they panic.
const FREE_MACROS: &str = "\
    assert assert_eq assert_ne cfg debug_assert debug_assert_eq debug_assert_ne file line matches \
    panic stringify todo unimplemented unreachable";

/// Methods that mostly allocate, whatever a crate calls by their name.
const ALLOCATING: &str = "\
    append clone clone_from clone_from_slice cloned collect concat entry extend \
    extend_from_slice extend_from_within from from_iter get_or_init get_or_insert_with insert \
    insert_str into into_boxed_bytes into_boxed_slice into_boxed_str into_bytes into_owned \
    into_string into_vec join lines make_mut or_default or_insert or_insert_with partition push \
    push_back push_front push_str read_line read_to_end read_to_string recv repeat replace \
    replacen reserve reserve_exact resize resize_with sort sort_by sort_by_cached_key \
    sort_by_key spawn splice split_off to_ascii_lowercase to_ascii_uppercase to_lowercase \
    to_mut to_owned to_string to_uppercase to_vec try_from try_into try_reserve unzip write_all \
    write_fmt write_str";

/// Whether a method of this name allocates nothing.
#[doc(hidden)]
pub fn allocates_nothing(name: &str) -> bool {
    has(FREE, name)
}

/// Whether a method of this name mostly allocates.
#[doc(hidden)]
pub fn mostly_allocates(name: &str) -> bool {
    has(ALLOCATING, name)
}

/// Whether a macro of this name allocates nothing, unless it panics.
#[doc(hidden)]
pub fn macro_allocates_nothing(name: &str) -> bool {
    has(FREE_MACROS, name)
}

/// Whether one of the names is this.
fn has(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|one| one == name)
}

#[cfg(test)]
mod tests {
    use super::{ALLOCATING, FREE, has};

    #[test]
    fn a_method_stands_in_one_list() {
        assert!(has(FREE, "len") && has(ALLOCATING, "push") && !has(FREE, "le n"));
        let both: Vec<&str> =
            FREE.split_ascii_whitespace().filter(|name| has(ALLOCATING, name)).collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
