#[memopt::track_alloc]
/// Kept.
#[inline]
pub(crate) fn parse<'a, T: Into<u8>>(line: &'a str, (a, b): (T, T)) -> Result<&'a str, Error>
where
    T: Copy,
{
    let sum = a.into().checked_add(b.into()).ok_or(Error)?;
    if sum == 0 {
        return Err(Error);
    }
    Ok(line)
}
