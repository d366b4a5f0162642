//! Symbols out of the files that are mapped, by `addr2line`, and kept by address.

use crate::heap::modules::{self, Image};
use crate::process::PerProcess;
use crate::report::{Line, Module, StackFrame};
use addr2line::{Loader, demangle_auto};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The lines of addresses: an image's number, and the address as its file states it.
type Known = HashMap<(u64, u64), Vec<Line>>;

static KNOWN: PerProcess<Known> = PerProcess::new(Known::new);

/// Fills the lines of frames that have none.
pub(super) fn name(frames: &mut [StackFrame]) {
    let images = modules::images();
    let known = &mut *KNOWN.lock();
    // Files are large: each is opened once, and closed before the next.
    for image in images {
        let mut file = None;
        for frame in frames
            .iter_mut()
            .filter(|frame| frame.lines.is_empty() && image.holds(frame.address as usize))
        {
            let address = frame.address.wrapping_sub(image.bias as u64);
            let lines = known.entry((image.number, address)).or_insert_with(|| {
                let file = file.get_or_insert_with(|| Loader::new(&image.path).ok());
                file.as_ref().map(|file| lines(file, address)).unwrap_or_default()
            });
            frame.lines.clone_from(lines);
        }
    }
}

/// The functions at an address, the innermost first.
fn lines(file: &Loader, address: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Ok(mut found) = file.find_frames(address) {
        while let Ok(Some(frame)) = found.next() {
            let name = frame.function.as_ref().and_then(|function| function.demangle().ok());
            let place = frame.location.as_ref();
            lines.push(Line::new(
                name.map(Cow::into_owned).unwrap_or_default(),
                place.and_then(|place| place.file).unwrap_or_default(),
                place.and_then(|place| place.line).unwrap_or_default(),
            ));
        }
    }
    // The symbol table has the whole name of the function that was not inlined, of which line
    // tables alone have the last part and a file without debug information nothing.
    if let Some(symbol) = file.find_symbol(address) {
        let function = demangle_auto(Cow::Borrowed(symbol), None).into_owned();
        match lines.last_mut() {
            Some(line) if is_longer(&function, &line.function) => line.function = function,
            Some(_) => {}
            None => lines.push(Line::new(function, "", 0)),
        }
    }
    lines.retain(|line| !line.function.is_empty() || !line.file.is_empty());
    lines
}

/// Whether a symbol is the whole name of what debug information calls by its last part and its
/// parameters, or not at all.
fn is_longer(symbol: &str, name: &str) -> bool {
    // A closure is `{closure#0}` in one and `{{closure}}` in the other.
    let last = name.split(['<', '#']).next().unwrap_or_default().trim_start_matches('{');
    let symbol = symbol.replace(['{', '}'], "");
    !name.contains("::") && (symbol.ends_with(last) || symbol.contains(&format!("::{last}")))
}

/// The code of all that is or was loaded.
pub(super) fn modules() -> Vec<Module> {
    let parts = |image: &Arc<Image>| {
        let part = |(range, offset): &(std::ops::Range<usize>, usize)| {
            let mut module = Module::default();
            module.start = range.start as u64;
            module.end = range.end as u64;
            module.file_offset = *offset as u64;
            module.bias = Some(image.bias as u64);
            module.path.clone_from(&image.path);
            module.build_id.clone_from(&image.build_id);
            module
        };
        image.code.iter().map(part).collect::<Vec<_>>()
    };
    modules::images().iter().flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::is_longer;

    #[test]
    fn a_symbol_completes_a_name_that_has_no_path() {
        assert!(is_longer("app::parse", "parse"));
        assert!(is_longer("core::ops::function::FnOnce::call_once", "call_once<fn(), ()>"));
        assert!(is_longer("app::main::{{closure}}", "{closure#0}"));
        assert!(is_longer("malloc", ""));
        assert!(!is_longer("app::other", "parse") && !is_longer("app::parse", "app::parse"));
    }
}
