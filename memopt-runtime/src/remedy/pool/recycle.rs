//! How an object goes back to its initial value with its capacity kept.

#[cfg(feature = "bytes")]
mod bytes;
mod collections;
mod values;

/// A value that can be used again: reset in place, what it allocated kept.
///
/// `#[derive(memopt::remedy::Pooled)]` writes it for structs, field by field. Write it by hand for
/// types that know better:
///
/// ```
/// use memopt::remedy::Recycle;
///
/// struct Table {
///     rows: Vec<[u8; 64]>,
///     width: usize,
/// }
///
/// impl Recycle for Table {
///     fn recycle(&mut self) {
///         self.rows.clear();
///         self.width = 80;
///     }
///
///     fn held_bytes(&self) -> usize {
///         self.rows.held_bytes()
///     }
/// }
/// ```
///
/// | type | goes back to | keeps |
/// |---|---|---|
/// | `Vec`, `VecDeque`, `BinaryHeap`, `String`, `PathBuf`, `OsString`, `HashMap`, `HashSet` | empty | its capacity |
/// | `BTreeMap`, `BTreeSet`, `LinkedList` | empty | nothing: they free what they held |
/// | `Box<T>`, arrays, slices, tuples up to 8 | each part to its own initial value | what the parts keep |
/// | `Option` | `None` | nothing: `None` has no place for it |
/// | `Box<str>` | empty | nothing: use a `String` |
/// | numbers, `bool`, `char` | 0, `false`, `'\0'` | |
/// | `BytesMut` (feature `bytes`) | empty | the capacity that no `Bytes` split from it shares |
///
/// # Limits
///
/// An array of numbers is written anew in full: 4 KiB take some 40 ns. Where old contents do no
/// harm, `#[pool(keep)]` leaves it out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be pooled: it does not say how it is reset",
    label = "does not implement `Recycle`",
    note = "implement `memopt::remedy::Recycle` for it; a field can also say `#[pool(skip)]` (becomes its default), `#[pool(reset = ..)]` or `#[pool(keep)]`"
)]
pub trait Recycle {
    /// Puts the value back to its initial state. What it allocated should stay.
    ///
    /// It is called on a new object too, so that all objects of a pool are handed out alike.
    fn recycle(&mut self);

    /// Bytes it holds on the heap, after [`recycle`](Self::recycle). Pools hold their limits by it.
    fn held_bytes(&self) -> usize {
        0
    }
}
