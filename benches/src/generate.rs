//! The crates that `compile1000` compiles: the same thousand small functions, each with another
//! attribute on them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::{Result, build};

/// A generated crate.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// The subject in the results.
    pub subject: &'static str,
    /// The name of the package.
    pub package: &'static str,
    attribute: &'static str,
}

/// All generated crates; the first is what the others are compared with.
pub const VARIANTS: [Variant; 4] = [
    Variant { subject: "plain", package: "annotated-plain", attribute: "" },
    Variant { subject: "memopt", package: "annotated-memopt", attribute: "#[memopt::track_alloc]" },
    Variant {
        subject: "tracing",
        package: "annotated-tracing",
        attribute: "#[tracing::instrument]",
    },
    Variant {
        subject: "tracing_skip_all",
        package: "annotated-tracing-skip-all",
        attribute: "#[tracing::instrument(skip_all)]",
    },
];

/// Functions in each crate.
pub const FUNCTIONS: usize = 1000;

const MODULES: usize = 20;

/// Writes the workspace with all variants into a folder and returns its manifest.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let library = build::root().join("../memopt").canonicalize()?;
    for variant in VARIANTS {
        let source = folder.join(variant.package).join("src");
        std::fs::create_dir_all(&source)?;
        let dependency = match variant.subject {
            "plain" => String::new(),
            "memopt" => format!("memopt = {{ path = '{}' }}", library.display()),
            _ => "tracing = \"=0.1.44\"".to_owned(),
        };
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependency}\n",
            variant.package
        );
        std::fs::write(folder.join(variant.package).join("Cargo.toml"), manifest)?;
        std::fs::write(source.join("lib.rs"), functions(variant.attribute))?;
    }
    let members: Vec<_> = VARIANTS.iter().map(|variant| variant.package).collect();
    let manifest = folder.join("Cargo.toml");
    std::fs::write(&manifest, format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"))?;
    // The versions measured are the ones this workspace has tried.
    std::fs::copy(build::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(manifest)
}

/// The source of one crate: functions of five shapes, in modules.
fn functions(attribute: &str) -> String {
    let mut text = String::from("#![allow(dead_code)]\n");
    for module in 0..MODULES {
        let _ = writeln!(text, "pub mod m{module} {{");
        for at in 0..FUNCTIONS / MODULES {
            let number = module * (FUNCTIONS / MODULES) + at;
            let _ = writeln!(text, "{attribute}\n{}", function(number));
        }
        text.push_str("}\n");
    }
    text
}

fn function(number: usize) -> String {
    match number % 5 {
        0 => format!(
            "pub fn keep_{number}(input: &[u32], factor: u32) -> Vec<u32> {{
                let mut kept = Vec::new();
                for item in input {{
                    if item % 7 == factor {{ kept.push(item * {number}); }}
                }}
                kept
            }}"
        ),
        1 => format!(
            "pub fn name_{number}(first: &str, last: &str) -> String {{
                let mut name = String::from(first);
                name.push(' ');
                name.push_str(last);
                if name.len() > {number} {{ name.truncate(3); }}
                name
            }}"
        ),
        2 => format!(
            "pub fn number_{number}(text: &str) -> Result<u64, std::num::ParseIntError> {{
                let (whole, rest) = text.split_once('.').unwrap_or((text, \"0\"));
                let whole: u64 = whole.trim().parse()?;
                let rest: u64 = rest.trim().parse()?;
                Ok(whole * {number} + rest)
            }}"
        ),
        3 => format!(
            "pub fn widest_{number}(rows: Vec<String>, limit: usize) -> Option<String> {{
                if rows.len() > limit {{ return None; }}
                rows.into_iter().filter(|row| row.len() < {number}).max_by_key(|row| row.len())
            }}"
        ),
        _ => format!(
            "pub fn sum_{number}(left: u64, right: u64) -> u64 {{
                let mut sum = left;
                while sum < right {{ sum = sum * 3 + {number}; }}
                sum
            }}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, functions};

    #[test]
    fn every_function_carries_the_attribute_once() {
        let text = functions("#[tool::mark]");
        assert_eq!(text.matches("pub fn ").count(), FUNCTIONS);
        assert_eq!(text.matches("#[tool::mark]").count(), FUNCTIONS);
    }
}
