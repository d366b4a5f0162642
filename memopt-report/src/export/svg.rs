//! Pictures: folded stacks drawn as SVG files that a browser opens and zooms.

#[cfg(feature = "flamegraph")]
use inferno::differential;
#[cfg(feature = "flamegraph")]
use inferno::flamegraph::color::{BasicPalette, Palette};
#[cfg(feature = "flamegraph")]
use inferno::flamegraph::{self, Options, TextTruncateDirection};
use std::io::{self, Write};

/// What stands around the frames.
#[cfg_attr(not(feature = "flamegraph"), expect(dead_code, reason = "nothing is drawn"))]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// What the width of a frame counts.
    pub(super) unit: &'static str,
    /// What a frame is.
    pub(super) frame: &'static str,
}

#[cfg(feature = "flamegraph")]
impl Picture {
    pub(super) fn draw(self, folded: &str, writer: impl Write) -> io::Result<()> {
        flamegraph::from_lines(&mut self.options(), folded.lines(), writer)
    }

    /// Frames are as wide as in `after`, coloured by what changed.
    pub(super) fn draw_difference(
        self,
        before: &str,
        after: &str,
        writer: impl Write,
    ) -> io::Result<()> {
        let mut lines = Vec::new();
        let plain = differential::Options::default();
        differential::from_readers(plain, before.as_bytes(), after.as_bytes(), &mut lines)?;
        flamegraph::from_reader(&mut self.options(), &lines[..], writer)
    }

    fn options(self) -> Options<'static> {
        let mut options = Options::default();
        options.title = self.title;
        options.subtitle = Some(self.subtitle);
        self.unit.clone_into(&mut options.count_name);
        self.frame.clone_into(&mut options.name_type);
        options.colors = Palette::Basic(BasicPalette::Mem);
        // The same frame has the same colour in every graph, so that two runs can be laid side by
        // side.
        options.deterministic = true;
        // The end of a path tells more than its beginning.
        options.text_truncate_direction = TextTruncateDirection::Left;
        options
    }
}

#[cfg(not(feature = "flamegraph"))]
#[expect(clippy::unused_self, reason = "the same face as with the feature")]
impl Picture {
    pub(super) fn draw(self, _: &str, _: impl Write) -> io::Result<()> {
        Err(missing())
    }

    pub(super) fn draw_difference(self, _: &str, _: &str, _: impl Write) -> io::Result<()> {
        Err(missing())
    }
}

#[cfg(not(feature = "flamegraph"))]
fn missing() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        crate::Error::missing_feature("flamegraph", "drawing a flamegraph"),
    )
}
