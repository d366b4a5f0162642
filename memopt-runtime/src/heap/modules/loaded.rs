//! What the loader has mapped: read with its lock held, copied where it may be unmapped later.

use framehop::{
    ExplicitModuleSectionInfo, Module, MustNotAllocateDuringUnwind, Unwinder as _, UnwinderNative,
};
use libc::{PF_X, PT_GNU_EH_FRAME, PT_LOAD, PT_NOTE};
use std::ffi::{CStr, c_int, c_void};
use std::fmt::Write as _;
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The unwinder of all modules.
pub(in crate::heap) type Unwinder = UnwinderNative<Section, MustNotAllocateDuringUnwind>;

/// How often something was opened and closed since the process began, as the loader counts.
pub(super) type Counts = (u64, u64);

/// An executable or library, for symbols and reports.
#[derive(Debug)]
pub(crate) struct Image {
    /// No other image of this process has it.
    pub(crate) number: u64,
    /// Addresses less this are those of the file's symbols.
    pub(crate) bias: usize,
    pub(crate) path: String,
    /// In hexadecimal.
    pub(crate) build_id: String,
    /// The parts that hold code: addresses, and where they lie in the file.
    pub(crate) code: Vec<(Range<usize>, usize)>,
    range: Range<usize>,
}

impl Image {
    pub(crate) fn holds(&self, address: usize) -> bool {
        self.range.contains(&address)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.range.start < other.range.end && other.range.start < self.range.end
    }
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A section: a copy, or in place in the executable, which stays.
#[derive(Clone, Debug)]
pub(in crate::heap) enum Section {
    Mapped(&'static [u8]),
    Copied(Arc<[u8]>),
}

impl Default for Section {
    fn default() -> Self {
        Self::Mapped(&[])
    }
}

impl Deref for Section {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }
}

/// An image and its unwind information.
#[derive(Clone)]
pub(super) struct Loaded {
    image: Arc<Image>,
    /// `.eh_frame_hdr` and `.eh_frame`.
    sections: Option<[Section; 2]>,
    module: Module<Section>,
}

impl Loaded {
    pub(super) fn image(&self) -> &Arc<Image> {
        &self.image
    }

    pub(super) fn unwinder(all: &[Self]) -> Unwinder {
        let mut unwinder = Unwinder::new();
        for one in all {
            unwinder.add_module(one.module.clone());
        }
        unwinder
    }

    /// The addresses of all, in order.
    pub(super) fn ranges(all: &[Self]) -> Vec<(usize, usize)> {
        let mut ranges: Vec<_> =
            all.iter().map(|one| (one.image.range.start, one.image.range.end)).collect();
        ranges.sort_unstable();
        ranges
    }

    pub(super) fn copied_bytes(&self) -> usize {
        let copied =
            |section: &Section| if let Section::Copied(bytes) = section { bytes.len() } else { 0 };
        self.sections.iter().flatten().map(copied).sum()
    }

    /// Whether it is what lies at `bias` now. Paths alone do not tell: a plugin may have been built
    /// anew and opened again.
    fn is_still(
        &self,
        path: Option<&str>,
        bias: usize,
        build_id: &str,
        now: Option<&Found>,
    ) -> bool {
        self.image.bias == bias
            && path.is_none_or(|path| path == self.image.path)
            && build_id == self.image.build_id
            && match (&self.sections, now) {
                (None, None) => true,
                (Some([index, frames]), Some(now)) => {
                    **index == *now.index && **frames == *now.frames
                }
                _ => false,
            }
    }
}

/// Unwind information where it is mapped.
struct Found {
    index: &'static [u8],
    frames: &'static [u8],
}

/// What the loader's callback fills.
struct Reading<'a> {
    before: &'a [Loaded],
    known: Option<Counts>,
    counts: Counts,
    now: Vec<Loaded>,
}

/// All that is loaded, in the loader's order, the executable first; `None` where nothing has
/// changed since `known`. Those of `before` that are still there are kept.
pub(super) fn read(before: &[Loaded], known: Option<Counts>) -> Option<(Counts, Vec<Loaded>)> {
    let mut reading = Reading { before, known, counts: (0, 0), now: Vec::new() };
    // SAFETY: the callback is given what it expects, and returns before `reading` ends.
    let unchanged = unsafe { libc::dl_iterate_phdr(Some(each), (&raw mut reading).cast()) };
    (unchanged == 0).then_some((reading.counts, reading.now))
}

unsafe extern "C" fn each(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    reading: *mut c_void,
) -> c_int {
    // SAFETY: the loader's word, which holds its lock meanwhile; and `read` passes a `Reading` that
    // nobody else uses.
    let (info, reading) = unsafe { (&*info, &mut *reading.cast::<Reading<'_>>()) };
    reading.counts = (info.dlpi_adds, info.dlpi_subs);
    if reading.known == Some(reading.counts) {
        return 1;
    }
    // SAFETY: the loader's list of an image's segments and its name.
    let (headers, name) = unsafe {
        let headers: &[libc::Elf64_Phdr] = if info.dlpi_phdr.is_null() {
            &[]
        } else {
            std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum))
        };
        (headers, if info.dlpi_name.is_null() { c"" } else { CStr::from_ptr(info.dlpi_name) })
    };
    let is_executable = reading.now.is_empty();
    let bias = info.dlpi_addr as usize;
    // SAFETY: the image is mapped as its headers say, and stays so while the loader is locked.
    let (found, build_id) = unsafe { (find(bias, headers), build_id(bias, headers)) };
    let path = (!is_executable).then(|| name.to_string_lossy());
    let same = |one: &&Loaded| one.is_still(path.as_deref(), bias, &build_id, found.as_ref());
    if let Some(one) = reading.before.iter().find(same) {
        reading.now.push(one.clone());
        return 0;
    }
    let path = path.map_or_else(executable, std::borrow::Cow::into_owned);
    let code = segments(bias, headers, PT_LOAD)
        .filter(|(header, _)| header.p_flags & PF_X != 0)
        .map(pages);
    let loads = || segments(bias, headers, PT_LOAD).map(|(_, range)| range);
    let range = loads().map(|range| range.start).min().unwrap_or(bias)
        ..loads().map(|range| range.end).max().unwrap_or(bias);
    let sections = found.as_ref().map(|found| {
        [found.index, found.frames].map(|bytes| {
            if is_executable { Section::Mapped(bytes) } else { Section::Copied(Arc::from(bytes)) }
        })
    });
    let module = module(bias, &range, found.as_ref().zip(sections.clone()));
    let number = NUMBER.fetch_add(1, Relaxed);
    let image = Image { number, bias, path, build_id, code: code.collect(), range };
    reading.now.push(Loaded { image: Arc::new(image), sections, module });
    0
}

/// The executable's path, which the loader leaves empty.
fn executable() -> String {
    std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

fn module(
    bias: usize,
    range: &Range<usize>,
    found: Option<(&Found, [Section; 2])>,
) -> Module<Section> {
    let mut info = ExplicitModuleSectionInfo::default();
    if let Some((found, [index, frames])) = found {
        let range = |bytes: &[u8]| {
            let start = bytes.as_ptr().addr().wrapping_sub(bias) as u64;
            Some(start..start + bytes.len() as u64)
        };
        info.eh_frame_hdr_svma = range(found.index);
        info.eh_frame_svma = range(found.frames);
        info.eh_frame_hdr = Some(index);
        info.eh_frame = Some(frames);
    }
    Module::new(String::new(), range.start as u64..range.end as u64, bias as u64, info)
}

/// The segments of a kind and where they are mapped.
fn segments(
    bias: usize,
    headers: &[libc::Elf64_Phdr],
    kind: u32,
) -> impl Iterator<Item = (&libc::Elf64_Phdr, Range<usize>)> {
    headers.iter().filter(move |header| header.p_type == kind).map(move |header| {
        let start = bias.wrapping_add(header.p_vaddr as usize);
        (header, start..start.saturating_add(header.p_memsz as usize))
    })
}

/// A segment as it is mapped: whole pages.
fn pages((header, range): (&libc::Elf64_Phdr, Range<usize>)) -> (Range<usize>, usize) {
    const PAGE: usize = 4096;
    let before = range.start % PAGE;
    (
        range.start - before..range.end.next_multiple_of(PAGE),
        (header.p_offset as usize).saturating_sub(before),
    )
}

/// Finds the unwind information by its index, which every linker of today makes and the headers
/// name.
///
/// # Safety
///
/// - The image must be mapped as its headers say, for as long as the result is used.
unsafe fn find(bias: usize, headers: &[libc::Elf64_Phdr]) -> Option<Found> {
    let (_, index) = segments(bias, headers, PT_GNU_EH_FRAME).next()?;
    // SAFETY: the caller's word.
    let index = unsafe { bytes(&index) };
    // Version 1, and the section's address as 4 bytes relative to where it stands.
    let (&[1, 0x1B, _, _], rest) = index.split_first_chunk::<4>()? else { return None };
    let distance = i32::from_ne_bytes(*rest.first_chunk::<4>()?);
    let start = rest.as_ptr().addr().wrapping_add_signed(distance as isize);
    let (_, segment) =
        segments(bias, headers, PT_LOAD).find(|(_, segment)| segment.contains(&start))?;
    // SAFETY: the caller's word.
    let frames = unsafe { bytes(&(start..segment.end)) };
    Some(Found { index, frames: frames.get(..length(frames))? })
}

/// Where the entries end: with an empty one, or with what is none.
fn length(frames: &[u8]) -> usize {
    let mut at = 0;
    while let Some(head) = frames.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let next = match u32::from_ne_bytes(*head) {
            0 => return at + 4,
            u32::MAX => break,
            length => at.saturating_add(4 + length as usize),
        };
        if next > frames.len() {
            break;
        }
        at = next;
    }
    at
}

/// The build id in hexadecimal; empty where there is none.
///
/// # Safety
///
/// - As [`find`].
unsafe fn build_id(bias: usize, headers: &[libc::Elf64_Phdr]) -> String {
    segments(bias, headers, PT_NOTE)
        // SAFETY: the caller's word.
        .find_map(|(_, notes)| identity(unsafe { bytes(&notes) }))
        .unwrap_or_default()
}

fn identity(mut notes: &[u8]) -> Option<String> {
    const BUILD_ID: u32 = 3;
    loop {
        let (head, rest) = notes.split_first_chunk::<12>()?;
        let word =
            |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (name, body) = (word(0) as usize, word(4) as usize);
        let (named, rest) = rest.split_at_checked(name.next_multiple_of(4))?;
        let (id, rest) = rest.split_at_checked(body.next_multiple_of(4))?;
        if word(8) == BUILD_ID && named == b"GNU\0" {
            let mut text = String::new();
            for byte in &id[..body] {
                write!(text, "{byte:02x}").expect("strings take all");
            }
            return Some(text);
        }
        notes = rest;
    }
}

/// The bytes of a range.
///
/// # Safety
///
/// - They must be mapped and not written while the result is used.
unsafe fn bytes(range: &Range<usize>) -> &'static [u8] {
    let start: *const u8 = std::ptr::with_exposed_provenance(range.start);
    // SAFETY: the caller's word.
    unsafe { std::slice::from_raw_parts(start, range.len()) }
}
