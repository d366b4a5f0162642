//! Changed files as one patch, as `git apply` and `patch -p1` read it.

use std::fmt::Write as _;
use std::path::Path;

/// Lines shown around a change.
const AROUND: usize = 3;

/// The patch of one file; `changes` are lines of `before`, from 1, with how many lines come in the
/// place of each. Ascending, no line twice.
pub(crate) fn of_file(name: &Path, before: &str, changes: &[(usize, Vec<&str>)]) -> String {
    let lines: Vec<&str> = before.lines().collect();
    let name: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let name = name.join("/");
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let mut shift = 0_isize;
    let mut at = 0;
    while at < changes.len() {
        // Changes whose surroundings meet stand in one hunk.
        let meets = |pair: &[(usize, Vec<&str>)]| pair[1].0 - pair[0].0 <= 2 * AROUND;
        let more = changes[at..].windows(2).take_while(|pair| meets(pair)).count();
        let group = &changes[at..=at + more];
        at += more + 1;
        let first = group[0].0.saturating_sub(AROUND).max(1);
        let last = (group[more].0 + AROUND).min(lines.len());
        let mut body = String::new();
        let (mut old, mut new) = (0, 0);
        for line in first..=last {
            let text = lines[line - 1];
            let change = group.iter().find(|(changed, _)| *changed == line);
            let Some((_, fresh)) = change else {
                let _ = writeln!(body, " {text}");
                (old, new) = (old + 1, new + 1);
                continue;
            };
            let stays = fresh.contains(&text);
            if !stays {
                let _ = writeln!(body, "-{text}");
            }
            for fresh in fresh {
                let mark = if *fresh == text { ' ' } else { '+' };
                let _ = writeln!(body, "{mark}{fresh}");
            }
            (old, new) = (old + 1, new + fresh.len());
        }
        let begins = first.checked_add_signed(shift).unwrap_or(first);
        let _ = writeln!(out, "@@ -{first},{old} +{begins},{new} @@");
        out.push_str(&body);
        shift += new as isize - old as isize;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::of_file;
    use std::path::Path;

    #[test]
    fn hunks_count_their_lines() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let changes = [(2, vec!["#[x]", "2"]), (12, vec!["twelve"])];
        assert_eq!(
            of_file(Path::new("src/a.rs"), before, &changes),
            "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,5 +1,6 @@\n 1\n+#[x]\n 2\n 3\n 4\n 5\n@@ -9,5 \
             +10,5 @@\n 9\n 10\n 11\n-12\n+twelve\n 13\n"
        );
    }
}
