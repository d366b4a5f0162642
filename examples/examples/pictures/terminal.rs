//! Text with the escapes of a terminal as an SVG of a terminal window.
//!
//! The picture has a dark window of its own, so that it reads on light and dark pages alike, and no
//! scripts. Every run of text says how wide it is, so columns stand in line in any font.

use std::fmt::Write;

/// Width of a column and height of a line, in user units.
const CELL: (f64, f64) = (8.4, 19.0);
const PADDING: f64 = 18.0;
/// Height of the bar with the title.
const BAR: f64 = 36.0;
const FONT: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, \
    'DejaVu Sans Mono', 'Liberation Mono', monospace";

const BACKGROUND: &str = "#1b1f27";
const TITLE_BAR: &str = "#262b35";
const FRAME: &str = "#3a414e";
const FOREGROUND: &str = "#d7dce5";
const FAINT: &str = "#8b94a5";
/// The eight colours, then the same bright.
const COLOURS: [&str; 16] = [
    "#4b5363", "#f2777a", "#8fd694", "#f0c674", "#7aa7f0", "#cf9af0", "#6fd3d0", "#d7dce5", //
    "#7f899b", "#ff8f92", "#a8e6ac", "#ffd98a", "#93bbff", "#e0b3ff", "#8ce8e5", "#ffffff",
];

/// How a run of text looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Style {
    colour: Option<String>,
    bold: bool,
    faint: bool,
}

/// A run of text in one style, and the column it begins in.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    column: usize,
    text: String,
    style: Style,
}

/// The window, with `title` in its bar.
pub(crate) fn svg(title: &str, text: &str) -> String {
    let lines = lines(text);
    let ends = lines.iter().filter_map(|runs| runs.last());
    let columns = ends.map(|run| run.column + run.text.chars().count()).max().unwrap_or(0);
    let width = columns as f64 * CELL.0 + 2.0 * PADDING;
    let height = lines.len() as f64 * CELL.1 + 2.0 * PADDING + BAR;
    let mut out = String::new();
    let title = escaped(title);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" xml:space=\"preserve\">\n\
         <title>{title}</title>\n\
         <style>text {{ font-family: {FONT}; font-size: 14px; white-space: pre; \
         fill: {FOREGROUND} }} .bold {{ font-weight: 600 }}</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"9\" fill=\"{BACKGROUND}\" \
         stroke=\"{FRAME}\"/>\n\
         <path d=\"M1 {BAR} V10 a9 9 0 0 1 9 -9 H{:.0} a9 9 0 0 1 9 9 V{BAR} Z\" \
         fill=\"{TITLE_BAR}\"/>\n",
        width - 1.0,
        height - 1.0,
        width - 10.0,
    );
    for (n, colour) in ["#ec6a5e", "#f4bf4f", "#61c554"].iter().enumerate() {
        let x = 20 + 20 * n;
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"18.5\" r=\"6\" fill=\"{colour}\"/>");
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"23.5\" text-anchor=\"middle\" style=\"fill: {FAINT}\">\
         {title}</text>",
        width / 2.0
    );
    for (n, runs) in lines.iter().enumerate() {
        let y = BAR + PADDING + n as f64 * CELL.1 + 14.0;
        for run in runs {
            write_run(&mut out, run, y);
        }
    }
    out + "</svg>\n"
}

fn write_run(out: &mut String, run: &Run, y: f64) {
    let x = PADDING + run.column as f64 * CELL.0;
    let length = run.text.chars().count() as f64 * CELL.0;
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\""
    );
    if run.style.bold {
        out.push_str(" class=\"bold\"");
    }
    let colour = run.style.colour.as_deref().or(run.style.faint.then_some(FAINT));
    if let Some(colour) = colour {
        let _ = write!(out, " style=\"fill: {colour}\"");
    }
    let _ = writeln!(out, ">{}</text>", escaped(&run.text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The runs of each line. Spaces at the ends of runs are left out.
fn lines(text: &str) -> Vec<Vec<Run>> {
    let mut style = Style::default();
    text.lines().map(|line| runs(line, &mut style)).collect()
}

fn runs(line: &str, style: &mut Style) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (plain, behind) = rest.split_once("\x1b[").unwrap_or((rest, ""));
        let text = plain.trim_end();
        let begin = text.chars().take_while(|c| *c == ' ').count();
        if !text.is_empty() {
            let text = text.trim_start().to_owned();
            runs.push(Run { column: column + begin, text, style: style.clone() });
        }
        column += plain.chars().count();
        // Only `m` sets a style; what ends otherwise moves a cursor that a picture does not have.
        let end = |c: char| c.is_ascii_alphabetic();
        let (codes, after) = behind.split_once(end).unwrap_or_default();
        if behind[codes.len()..].starts_with('m') {
            style.set(codes);
        }
        rest = after;
    }
    runs
}

impl Style {
    /// Takes the numbers of one escape, such as `1;33` or `38;5;12`.
    fn set(&mut self, codes: &str) {
        let mut codes = codes.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                22 => (self.bold, self.faint) = (false, false),
                30..=37 => self.colour = Some(COLOURS[code - 30].to_owned()),
                90..=97 => self.colour = Some(COLOURS[code - 82].to_owned()),
                39 => self.colour = None,
                38 => self.colour = extended(&mut codes),
                _ => {}
            }
        }
    }
}

/// What follows 38: `5;n`, one of the 256 colours, or `2;r;g;b`.
fn extended(codes: &mut impl Iterator<Item = usize>) -> Option<String> {
    if codes.next()? == 5 {
        codes.next().map(of_256)
    } else {
        let (red, green, blue) = (codes.next()?, codes.next()?, codes.next()?);
        Some(format!("#{red:02x}{green:02x}{blue:02x}"))
    }
}

/// A colour of the 256: the 16, a cube of six steps each, greys.
fn of_256(n: usize) -> String {
    let step = |n: usize| if n == 0 { 0 } else { 55 + 40 * n };
    match n {
        0..16 => COLOURS[n].to_owned(),
        16..232 => {
            let n = n - 16;
            format!("#{:02x}{:02x}{:02x}", step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        _ => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (n.min(255) - 232)),
    }
}

#[cfg(test)]
mod tests {
    use super::{COLOURS, Run, Style, lines, of_256, svg};

    #[test]
    fn escapes_become_styles_and_the_text_keeps_its_columns() {
        let found = lines("\x1b[1m\x1b[33mwarning\x1b[0m: two  words\n  \x1b[38;5;12m|\x1b[m");
        let yellow = Style { colour: Some(COLOURS[3].to_owned()), bold: true, faint: false };
        let blue = Style { colour: Some(COLOURS[12].to_owned()), ..Style::default() };
        let run = |column, text: &str, style| Run { column, text: text.to_owned(), style };
        assert_eq!(found[0], [run(0, "warning", yellow), run(7, ": two  words", Style::default())]);
        assert_eq!(found[1], [run(2, "|", blue)]);
    }

    #[test]
    fn a_style_goes_on_over_the_line_and_other_escapes_are_passed_over() {
        let found = lines("\x1b[31mone\ntwo\x1b[2K three");
        assert_eq!(found[1][0].style.colour.as_deref(), Some(COLOURS[1]));
        assert_eq!((found[1][1].column, found[1][1].text.as_str()), (4, "three"));
    }

    #[test]
    fn colours_of_the_cube_and_greys() {
        assert_eq!(of_256(196), "#ff0000");
        let found = lines("\x1b[38;2;1;2;255;1mblue");
        let style = &found[0][0].style;
        assert_eq!((style.colour.as_deref(), style.bold), (Some("#0102ff"), true));
        assert_eq!(of_256(232), "#080808");
    }

    #[test]
    fn what_means_something_in_xml_is_escaped() {
        let svg = svg("a < b", "Vec<u8> & more");
        assert!(svg.contains("<title>a &lt; b</title>"));
        assert!(svg.contains(">Vec&lt;u8&gt; &amp; more</text>"));
        assert!(!svg.contains("<script"));
    }
}
