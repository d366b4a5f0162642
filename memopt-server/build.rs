//! Puts the files of the page into the crate: compressed, under a folder named by their hash.
//!
//! `page/index.html` and `reference/index.html` name files as `assets/..`; the hash is put in here.
//! All other files of the two folders are served below it.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What is served, and how it is called.
const KINDS: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("json", "application/json"),
    ("webmanifest", "application/manifest+json"),
];

/// What is there for those who write the page.
const LEFT_OUT: [&str; 5] =
    ["tsconfig.json", "jsconfig.json", "package.json", "node_modules", "test"];

/// Served where the folder of the page is empty.
const NO_PAGE: &str = "<!doctype html><meta charset=\"utf-8\"><title>memopt</title>\
                       <p>The page is no part of this build. See <a href=\"docs\">the API</a>.\n";

struct File {
    name: String,
    kind: &'static str,
    path: PathBuf,
    bytes: Vec<u8>,
}

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for folder in ["page", "reference"] {
        println!("cargo::rerun-if-changed={folder}");
        let prefix = if folder == "page" { "" } else { "reference/" };
        gather(&root.join(folder), prefix, &mut files)?;
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let build = hash(&files);
    let text = out.join("page.rs");
    let mut code =
        format!("/// The hash of all files.\npub(crate) const BUILD: &str = {build:?};\n");
    for (name, constant) in [("index.html", "INDEX"), ("reference/index.html", "REFERENCE")] {
        let at = files.iter().position(|file| file.name == name);
        let mut file = at.map_or_else(
            || File {
                name: name.to_owned(),
                kind: KINDS[0].1,
                path: out.join("none.html"),
                bytes: NO_PAGE.into(),
            },
            |at| files.remove(at),
        );
        let page = String::from_utf8_lossy(&file.bytes);
        file.bytes = page.replace("\"assets/", &format!("\"assets/{build}/")).into_bytes();
        file.path = out.join(name.replace('/', "-"));
        fs::write(&file.path, &file.bytes)?;
        // Writing into a String cannot fail.
        let _ = writeln!(code, "static {constant}: File = {};", literal(&file, &out)?);
    }
    code += "static FILES: &[File] = &[\n";
    for file in &files {
        let _ = writeln!(code, "    {},", literal(file, &out)?);
    }
    code += "];\n";
    fs::write(text, code)
}

/// All files below a folder that are served.
fn gather(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        if own.starts_with('.') || LEFT_OUT.contains(&&*own) || own.ends_with(".d.ts") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), &format!("{prefix}{own}/"), files)?;
            continue;
        }
        let end = own.rsplit('.').next().unwrap_or_default();
        let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == end) else { continue };
        let (name, path) = (format!("{prefix}{own}"), entry.path());
        let bytes = fs::read(&path)?;
        files.push(File { name, kind, path, bytes });
    }
    Ok(())
}

/// 64-bit FNV-1a of all names and contents.
fn hash(files: &[File]) -> String {
    let bytes = files.iter().flat_map(|file| file.name.bytes().chain(file.bytes.iter().copied()));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The file as a value of the struct in `page.rs`.
fn literal(file: &File, out: &Path) -> io::Result<String> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&file.bytes)?;
    let gzip = gzip.finish()?;
    let packed = if gzip.len() < file.bytes.len() {
        let path = out.join(format!("{}.gz", file.name.replace('/', "-")));
        fs::write(&path, gzip)?;
        format!("include_bytes!({:?})", path.display().to_string())
    } else {
        "&[]".to_owned()
    };
    Ok(format!(
        "File {{ name: {:?}, kind: {:?}, plain: include_bytes!({:?}), gzip: {packed} }}",
        file.name,
        file.kind,
        file.path.display().to_string()
    ))
}
