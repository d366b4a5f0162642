//! Whether a text is well-formed XML, as browsers ask of an SVG.

use quick_xml::events::{BytesStart, Event};

/// Whether every element is closed, in its order, every attribute quoted and every reference known.
pub(crate) fn well_formed(svg: &str) -> Result<(), String> {
    let attributes = |element: &BytesStart<'_>| {
        element
            .attributes()
            .try_for_each(|attribute| attribute.map(|_| ()).map_err(|error| error.to_string()))
    };
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut open, mut roots) = (0, 0);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(element) => {
                attributes(&element)?;
                roots += usize::from(open == 0);
                open += 1;
            }
            Event::Empty(element) => attributes(&element)?,
            Event::End(_) => open -= 1,
            Event::GeneralRef(name) => {
                let known = ["lt", "gt", "amp", "apos", "quot"]
                    .iter()
                    .any(|known| known.as_bytes() == &*name);
                known.then_some(()).ok_or_else(|| format!("{name:?} is no reference"))?;
            }
            Event::Eof if (open, roots) == (0, 1) => return Ok(()),
            Event::Eof => return Err(format!("{open} elements are open, there are {roots} roots")),
            _ => {}
        }
    }
}

#[test]
fn what_is_not_well_formed_is_told() {
    assert_eq!(well_formed("<svg><g a=\"1\">&lt;</g></svg>"), Ok(()));
    for wrong in
        ["<svg><g></svg></g>", "<svg>", "<svg/><g a=1></g>", "<svg>&x;</svg>", "<svg></svg><g></g>"]
    {
        assert!(well_formed(wrong).is_err(), "{wrong}");
    }
}
