//! Changed files as one patch, as `git apply` and `patch -p1` read it.

use super::splice::Splice;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

/// Lines shown around a change.
const AROUND: usize = 3;

/// Lines that come in the place of others.
struct Change {
    /// Lines of the text as it was, from 0.
    lines: Range<usize>,
    fresh: String,
}

/// The patch of one file. Lines keep the ends they have.
pub(crate) fn of_file(name: &Path, before: &str, splices: &[&Splice]) -> String {
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let name: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let name = name.join("/");
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let changes = changes(before, &lines, splices);
    let (mut shift, mut rest) = (0_isize, changes.as_slice());
    while let Some(first) = rest.first() {
        // Changes whose surroundings meet stand in one hunk.
        let meets = |pair: &[Change]| pair[1].lines.start <= pair[0].lines.end + 2 * AROUND;
        let more = rest.windows(2).take_while(|pair| meets(pair)).count();
        let (group, behind) = rest.split_at(more + 1);
        rest = behind;
        let from = first.lines.start.saturating_sub(AROUND);
        let to = (group[more].lines.end + AROUND).min(lines.len());
        let mut body = String::new();
        let (mut at, mut old, mut new) = (from, 0, 0);
        let mut line = |mark: char, line: &str| {
            body.push(mark);
            body.push_str(line);
            if !line.ends_with('\n') {
                body.push_str("\n\\ No newline at end of file\n");
            }
            old += usize::from(mark != '+');
            new += usize::from(mark != '-');
        };
        for change in group {
            lines[at..change.lines.start].iter().for_each(|same| line(' ', same));
            let (gone, fresh) = (&lines[change.lines.clone()], &change.fresh);
            let fresh: Vec<&str> = fresh.split_inclusive('\n').collect();
            // Lines that begin or end the change alike are no change.
            let alike = |(one, other): &(&&str, &&str)| one == other;
            let head = gone.iter().zip(&fresh).take_while(alike).count();
            let most = gone.len().min(fresh.len()) - head;
            let tail = gone.iter().rev().zip(fresh.iter().rev()).take(most);
            let tail = tail.take_while(alike).count();
            gone[..head].iter().for_each(|same| line(' ', same));
            gone[head..gone.len() - tail].iter().for_each(|gone| line('-', gone));
            fresh[head..fresh.len() - tail].iter().for_each(|fresh| line('+', fresh));
            gone[gone.len() - tail..].iter().for_each(|same| line(' ', same));
            at = change.lines.end;
        }
        lines[at..to].iter().for_each(|same| line(' ', same));
        let begins = (from + 1).checked_add_signed(shift).unwrap_or(from + 1);
        let _ = writeln!(out, "@@ -{},{old} +{begins},{new} @@", from + 1);
        out.push_str(&body);
        shift += new as isize - old as isize;
    }
    out
}

/// The lines that splices change, each once, ascending.
fn changes(before: &str, lines: &[&str], splices: &[&Splice]) -> Vec<Change> {
    let mut starts = vec![0];
    for line in lines {
        starts.push(starts[starts.len() - 1] + line.len());
    }
    let line_of = |at: usize| starts.partition_point(|start| *start <= at).max(1) - 1;
    let last = lines.len().saturating_sub(1);
    let mut sorted = splices.to_vec();
    sorted.sort_by_key(|splice| splice.at.start);
    let mut groups: Vec<(Range<usize>, Vec<&Splice>)> = Vec::new();
    for splice in sorted {
        let first = line_of(splice.at.start).min(last);
        // What ends at a line's beginning leaves that line alone.
        let to = splice.at.end.max(splice.at.start + 1) - 1;
        let range = first..line_of(to).min(last) + 1;
        match groups.last_mut() {
            Some((lines, own)) if range.start < lines.end => {
                lines.end = lines.end.max(range.end);
                own.push(splice);
            }
            _ => groups.push((range, vec![splice])),
        }
    }
    let change = |(lines, own): (Range<usize>, Vec<&Splice>)| {
        let (from, to) = (starts[lines.start], starts[lines.end]);
        let (mut fresh, mut at) = (String::new(), from);
        for splice in own {
            fresh.push_str(&before[at..splice.at.start]);
            fresh.push_str(&splice.after);
            at = splice.at.end;
        }
        fresh.push_str(&before[at..to]);
        Change { lines, fresh }
    };
    groups.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::of_file;
    use crate::proof::splice::Splice;
    use std::path::Path;

    #[test]
    fn hunks_count_their_lines() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let twelve = before.find("12").unwrap();
        let changes =
            [Splice::insert(2, "#[x]\n"), Splice::replace(before, twelve..twelve + 2, "twelve")];
        assert_eq!(
            of_file(Path::new("src/a.rs"), before, &changes.iter().collect::<Vec<_>>()),
            "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,5 +1,6 @@\n 1\n+#[x]\n 2\n 3\n 4\n 5\n@@ -9,5 \
             +10,5 @@\n 9\n 10\n 11\n-12\n+twelve\n 13\n"
        );
    }

    #[test]
    fn line_ends_stay_and_a_missing_one_is_told() {
        let before = "a\r\nb\r\nc";
        let change = Splice::replace(before, 6..7, "d");
        assert_eq!(
            of_file(Path::new("a.rs"), before, &[&change]),
            "--- a/a.rs\n+++ b/a.rs\n@@ -1,3 +1,3 @@\n a\r\n b\r\n-c\n\\ No newline at end of \
             file\n+d\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn changes_of_one_line_are_one() {
        let before = "let a = f(b, c);\n";
        let (one, two) =
            (Splice::replace(before, 10..11, "x"), Splice::replace(before, 13..14, "y"));
        let patch = of_file(Path::new("a.rs"), before, &[&one, &two]);
        assert!(patch.ends_with("-let a = f(b, c);\n+let a = f(x, y);\n"), "{patch}");
    }
}
