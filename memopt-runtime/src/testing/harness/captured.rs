//! The buffer in which the test harness keeps what a thread prints.
//!
//! The standard library has such a buffer for each thread (`Arc<Mutex<Vec<u8>>>`), and no stable
//! function to reach it. `print!` hands it to `io::Write::write_fmt` of `Vec<u8>`, and that an
//! adapter around it to `fmt::write`. So a [`Display`](fmt::Display) that is printed, and writes
//! nothing, has a `Formatter` whose writer is the adapter, which points to the vector.
//!
//! # Why it is sound
//!
//! - **Where the words lie is not assumed.** `write_fmt` is called first for a vector of our own,
//!   in an `Arc<Mutex<…>>` of our own ([`Shape::learn`]): in which word of the `Formatter` the
//!   adapter is, in which of the adapter the vector, and which of the vector's is what. Types are
//!   the same there and here, so their shapes are.
//! - **What is printed to may not be a vector**: without capture it is the lock of the standard
//!   output. Then the pointer leads to the stack, a little above the adapter. Otherwise the words
//!   it leads to must be an `Arc` that two hold at least and a vector: empty, or with no more in
//!   use than it has and memory that can be read at both ends. A pointer to the words of the lock,
//!   or to anything else that the standard library may print to one day, fails that.
//! - **Nothing unknown is read by this process.** The kernel copies the words (into a pipe), and
//!   refuses what is not mapped.
//! - **The vector is borrowed as `write_str` would borrow it**: by pointers that are read, with
//!   their provenance, from the `Formatter` that this code has by `&mut`, on the thread that has
//!   the buffer's lock. Nothing of it is kept but an address, which is only compared.
//!
//! Where one step fails no buffer is found, and what the test prints is counted.

use super::Buffer;
use crate::report::Totals;
use crate::thread::set_apart::{LEAST, hand_over};
use std::cell::Cell;
use std::fmt;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::sync::{Arc, Mutex, OnceLock};

/// Room that a buffer has when a test begins. Bytes.
const ROOM: usize = 4 * LEAST;

/// The buffer of the calling thread, with room if that is asked for. Call it untracked.
pub(super) fn buffer(with_room: bool) -> Option<Buffer> {
    static SHAPE: OnceLock<Option<Shape>> = OnceLock::new();
    let shape = SHAPE.get_or_init(Shape::learn).as_ref()?;
    let found = Cell::new(None);
    print!("{}", Probe(|f: &mut fmt::Formatter<'_>| found.set(look(shape, f, with_room))));
    found.get()
}

/// Stack above an adapter that may be of those who print to it. Bytes.
const FRAMES: usize = 4096;

/// What is done in place of printing.
struct Probe<F>(F);

impl<F: Fn(&mut fmt::Formatter<'_>)> fmt::Display for Probe<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f);
        Ok(())
    }
}

type Shared = Arc<Mutex<Vec<u8>>>;

/// Words of a `Formatter`, of an adapter that may have more, and of a vector.
const FORMATTER: usize = size_of::<fmt::Formatter<'_>>() / size_of::<usize>();
const ADAPTER: usize = 2;
const VECTOR: usize = size_of::<Vec<u8>>() / size_of::<usize>();
/// Words of the two counts of an `Arc`.
const COUNTS: usize = 2;
/// From the counts of an `Arc<Mutex<Vec<u8>>>` to its vector, over them and the lock. Bytes.
const BEFORE: usize =
    COUNTS * size_of::<usize>() + size_of::<Mutex<Vec<u8>>>() - size_of::<Vec<u8>>();

/// The counts of what may be an `Arc<Mutex<Vec<u8>>>`, and its vector.
type Words = ([usize; COUNTS], [usize; VECTOR]);

/// In which word lies what.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// The adapter's address, in a `Formatter`.
    adapter: usize,
    /// The vector's, in an adapter.
    vector: usize,
    /// What a vector consists of.
    capacity: usize,
    pointer: usize,
    len: usize,
}

impl Shape {
    /// Reads it off a vector of our own.
    fn learn() -> Option<Self> {
        let mut bytes = Vec::with_capacity(61);
        bytes.resize(7, 0u8);
        let shared = Shared::new(Mutex::new(bytes));
        let _second = shared.clone();
        let mut vector = shared.lock().ok()?;
        let mut copier = Copier::new()?;
        let (counts, words) = copier.shared(&raw const *vector)?;
        let place = |word: usize| words.iter().position(|at| *at == word);
        let [capacity, pointer, len] =
            [vector.capacity(), vector.as_ptr().addr(), vector.len()].map(place);
        let address = (&raw const *vector).addr();
        let found = Cell::new(None);
        let probe = Probe(|f: &mut fmt::Formatter<'_>| found.set(lead(f, address)));
        write!(vector, "{probe}").ok()?;
        let (adapter, vector) = found.get()?;
        let shape = Self { adapter, vector, capacity: capacity?, pointer: pointer?, len: len? };
        (counts == [2, 1]).then_some(shape)
    }

    /// The buffer that such words stand for, if they can be those of a vector that is shared.
    fn read(&self, (counts, words): &Words, copier: &mut Copier) -> Option<Buffer> {
        let (address, capacity) = (words[self.pointer], words[self.capacity]);
        let buffer = Buffer { address, capacity, len: words[self.len] };
        let is_shared = (2..1 << 20).contains(&counts[0]) && counts[1] == 1;
        let is_vector = match capacity {
            0 => buffer.len == 0 && address == 1,
            1..=0x3FFF_FFFF => {
                buffer.len <= capacity
                    && copier.can_read(address)
                    && copier.can_read(address.wrapping_add(capacity - 1))
            }
            _ => false,
        };
        (is_shared && is_vector).then_some(buffer)
    }
}

/// By which word of a `Formatter`, and by which of what that word leads to, `vector` is reached.
fn lead(f: &mut fmt::Formatter<'_>, vector: usize) -> Option<(usize, usize)> {
    let mut copier = Copier::new()?;
    let formatter: [usize; FORMATTER] = copier.words((&raw const *f).expose_provenance())?;
    formatter.iter().enumerate().find_map(|(at, word)| {
        let adapter: [usize; ADAPTER] = copier.words(*word)?;
        Some((at, adapter.iter().position(|inner| *inner == vector)?))
    })
}

/// The buffer that `f` writes to.
fn look(shape: &Shape, f: &mut fmt::Formatter<'_>, with_room: bool) -> Option<Buffer> {
    let mut copier = Copier::new()?;
    let formatter: *mut fmt::Formatter<'_> = f;
    // SAFETY: a word of a formatter that holds a pointer to its writer, by `learn`.
    let adapter = unsafe { formatter.cast::<*mut ()>().add(shape.adapter).read() };
    // What text is written by is an adapter, or has words that can be read as well.
    let _: [usize; ADAPTER] = copier.words(adapter.addr())?;
    // SAFETY: a word that can be read, and of an adapter holds a pointer to what it writes to, by
    // `learn`.
    let vector = unsafe { adapter.cast::<*mut Vec<u8>>().add(shape.vector).read() };
    // The lock of the standard output lies in a frame of who made the adapter.
    if vector.addr().wrapping_sub(adapter.addr()) < FRAMES {
        return None;
    }
    let words = copier.shared(vector)?;
    let buffer = shape.read(&words, &mut copier)?;
    if !with_room {
        return Some(buffer);
    }
    // SAFETY: the vector that the adapter has by `&mut` and `f` by that; `f` is not used meanwhile.
    give_room(unsafe { &mut *vector })
}

/// Gives the buffer room where it has little, counted as the program's outside of all scopes: whose
/// it is frees it.
fn give_room(vector: &mut Vec<u8>) -> Option<Buffer> {
    let before = vector.capacity();
    if before < ROOM {
        vector.try_reserve(ROOM - vector.len()).ok()?;
        let mut totals = Totals::allocated(1, (vector.capacity() - before) as u64);
        if before > 0 {
            (totals.allocs, totals.reallocs) = (0, 1);
        }
        hand_over(&totals);
    }
    Some(Buffer { address: vector.as_ptr().addr(), capacity: vector.capacity(), len: vector.len() })
}

/// Has the kernel copy words, from any address.
#[derive(Debug)]
struct Copier(PipeReader, PipeWriter);

impl Copier {
    fn new() -> Option<Self> {
        let (reader, writer) = std::io::pipe().ok()?;
        Some(Self(reader, writer))
    }

    /// The words of what may be an `Arc<Mutex<Vec<u8>>>`, by the address of its vector. The lock,
    /// which may not fill its words, is left out.
    fn shared(&mut self, vector: *const Vec<u8>) -> Option<Words> {
        let address = vector.expose_provenance();
        Some((self.words(address.checked_sub(BEFORE)?)?, self.words(address)?))
    }

    /// The words at an address; `None` where they cannot be read.
    fn words<const N: usize>(&mut self, from: usize) -> Option<[usize; N]> {
        if !from.is_multiple_of(size_of::<usize>()) || !self.copies(from, size_of::<[usize; N]>()) {
            return None;
        }
        let mut words = [0; N];
        for word in &mut words {
            let mut bytes = [0; size_of::<usize>()];
            self.0.read_exact(&mut bytes).ok()?;
            *word = usize::from_ne_bytes(bytes);
        }
        Some(words)
    }

    /// Whether the byte at an address can be read.
    fn can_read(&mut self, from: usize) -> bool {
        self.copies(from, 1) && self.0.read_exact(&mut [0]).is_ok()
    }

    /// Puts bytes into the pipe, all or none: they are fewer than what a pipe takes at once.
    fn copies(&mut self, from: usize, bytes: usize) -> bool {
        let at = std::ptr::with_exposed_provenance(from);
        // SAFETY: the kernel reads, and refuses an address at which nothing can be read.
        unsafe { libc::write(self.1.as_raw_fd(), at, bytes) == bytes.cast_signed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_read_off_a_specimen() {
        let shape = Shape::learn().unwrap();
        let mut places = [shape.capacity, shape.pointer, shape.len];
        places.sort_unstable();
        assert_eq!(places, [0, 1, 2]);
        assert!(shape.adapter < FORMATTER && shape.vector < ADAPTER, "{shape:?}");
    }

    #[test]
    fn what_is_no_shared_vector_is_none() {
        let shape = Shape::learn().unwrap();
        let mut copier = Copier::new().unwrap();
        let block = [0u8; 100];
        let address = (&raw const block).expose_provenance();
        let mut read = |strong: usize, pointer: usize, capacity: usize, len: usize| {
            let mut words = [0; VECTOR];
            words[shape.pointer] = pointer;
            words[shape.capacity] = capacity;
            words[shape.len] = len;
            shape.read(&([strong, 1], words), &mut copier).is_some()
        };
        assert!(read(2, 1, 0, 0) && read(3, address, 100, 100));
        assert!(!read(1, 1, 0, 0), "nobody shares it");
        assert!(!read(2, 8, 0, 0) && !read(2, 1, 0, 1), "an empty one lies nowhere");
        assert!(!read(2, address, 100, 101), "more in use than there is");
        assert!(!read(2, 8, 100, 1), "nothing is mapped there");
    }

    #[test]
    fn the_kernel_refuses_what_is_not_mapped() {
        let word = 7usize;
        let mut copier = Copier::new().unwrap();
        assert_eq!(copier.words((&raw const word).expose_provenance()), Some([7]));
        assert_eq!(copier.words::<2>(8), None);
        assert_eq!(copier.words::<1>((&raw const word).expose_provenance() + 1), None);
        // A refusal leaves nothing in the pipe.
        assert_eq!(copier.words((&raw const word).expose_provenance()), Some([7]));
    }
}
