//! Assembly as rustc writes it, made comparable: functions by name, without what differs between
//! two builds of the same code (hashes in names, numbers of labels, debugging directives).

use std::fmt::Write as _;

/// One function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its symbol, without hash.
    pub name: String,
    /// Its instructions and labels.
    pub lines: Vec<String>,
}

/// All functions of a file, in its order.
pub fn functions(text: &str) -> Vec<Function> {
    let mut found: Vec<Function> = Vec::new();
    let mut labels = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.split_once("\t#").map_or(line, |(code, _)| code).trim();
        if let Some(name) = trimmed
            .strip_suffix(':')
            .filter(|name| name.starts_with("_ZN") || name.starts_with("_R"))
        {
            found.push(Function { name: without_hash(name), lines: Vec::new() });
            labels.clear();
            inside = true;
        } else if trimmed.starts_with(".Lfunc_end") || trimmed.starts_with(".section") {
            inside = false;
        } else if inside && !trimmed.is_empty() && !directive(trimmed) {
            let Some(function) = found.last_mut() else { continue };
            function.lines.push(plain(trimmed, &mut labels));
        }
    }
    // Constants and vtables begin like functions and have no instructions.
    found.retain(|function| !function.lines.is_empty());
    found
}

/// Whether a line only speaks to the assembler; labels begin with a dot too.
fn directive(line: &str) -> bool {
    line.starts_with('.') && !line.ends_with(':')
}

/// A line with labels numbered in the order of their appearance and symbols without hash.
fn plain(line: &str, labels: &mut Vec<String>) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c == '.' || c == '_' || c.is_alphanumeric()) {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !(c == '.' || c == '_' || c == '$' || c.is_alphanumeric()));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        if word.starts_with(".L") {
            let known = labels.iter().position(|label| label == word).unwrap_or_else(|| {
                labels.push(word.to_owned());
                labels.len() - 1
            });
            let _ = write!(result, ".L{known}");
        } else {
            result.push_str(&without_hash(word));
        }
    }
    result + rest
}

/// A symbol without the hash that depends on the crate's flags: `17h` and 16 hexadecimal digits in
/// the older mangling, the disambiguator behind `Cs` in the newer one.
fn without_hash(symbol: &str) -> String {
    if let Some(at) = symbol.find("17h") {
        let hash = symbol.get(at + 3..at + 19);
        if hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return format!("{}{}", &symbol[..at], &symbol[at + 19..]);
        }
    }
    if symbol.starts_with("_R") {
        let mut parts = symbol.split("Cs");
        let first = parts.next().unwrap_or_default().to_owned();
        return parts.fold(first, |done, part| {
            done + "Cs" + part.split_once('_').map_or(part, |(_, behind)| behind)
        });
    }
    symbol.to_owned()
}

#[cfg(test)]
mod tests {
    use super::functions;

    const FILE: &str = "\
\t.section\t.text.one,\"ax\",@progbits
_ZN3off3one17h0123456789abcdefE:
\t.cfi_startproc
\tje\t.LBB4_2
\tcallq\t*_ZN3off3two17hfedcba9876543210E@GOTPCREL(%rip)
.LBB4_2:
\tretq
.Lfunc_end4:
\t.size\t_ZN3off3one17h0123456789abcdefE, .Lfunc_end4-_ZN3off3one17h0123456789abcdefE
.Lconstant:
\t.ascii\t\"text\"
";

    #[test]
    fn hashes_label_numbers_and_directives_are_left_out() {
        let found = functions(FILE);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "_ZN3off3oneE");
        assert_eq!(
            found[0].lines,
            ["je\t.L0", "callq\t*_ZN3off3twoE@GOTPCREL(%rip)", ".L0:", "retq"]
        );
        let renumbered =
            FILE.replace("LBB4_2", "LBB7_1").replace("0123456789abcdef", "1123456789abcdef");
        assert_eq!(functions(&renumbered), found);
    }

    #[test]
    fn another_instruction_is_seen() {
        assert_ne!(functions(&FILE.replace("je", "jne")), functions(FILE));
    }

    #[test]
    fn the_disambiguator_of_the_newer_mangling_is_left_out() {
        let left = functions("_RNvCs1234_3off3one:\n\tretq\n.Lfunc_end0:\n");
        let right = functions("_RNvCsabcd_3off3one:\n\tretq\n.Lfunc_end0:\n");
        assert_eq!(left, right);
    }
}
