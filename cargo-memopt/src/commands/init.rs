//! `cargo memopt init`: adds memopt and a gate to a package.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder;
use crate::insert::{self, Insertion};
use crate::paint::Look;
use cargo_metadata::{Metadata, Package};
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;

/// Add memopt to a package: the dependency, the allocator and limits; shows the change and asks.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt init --dry-run
  cargo memopt init -p server --yes

`cargo memopt run` needs none of this; it is for programs that look at themselves.")]
pub(crate) struct Args {
    /// The package, where the workspace has several.
    #[arg(short, long, value_name = "SPEC")]
    package: Option<String>,
    /// The `Cargo.toml`.
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Show the change and write nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Write without asking.
    #[arg(short, long)]
    yes: bool,
}

/// The lines of a program that make memopt its allocator.
const ALLOCATOR: [&str; 3] =
    ["#[global_allocator]", "static ALLOC: memopt::Alloc = memopt::Alloc::system();", ""];

/// Limits to begin with.
const LIMITS: &str = "\
[gate]
profile = \"ci\"
baselines = \"memopt\"               # `cargo memopt check --save-baseline main` writes there

[gate.profiles.ci.growth]          # above the baseline; what is not named may not grow
total = { bytes = \"1 %\", peak = \"5 %\" }
call = { bytes = \"1 %\", peak = \"5 %\" }

[gate.profiles.ci.findings]
new = 0                            # findings that the baseline does not have
";

/// Shows the change, asks, and writes it.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let metadata = folder::metadata(args.manifest_path.as_deref())?;
    let package = package(&metadata, args)?;
    let mut changes = Vec::new();
    let mut notes = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    let short = version.rsplit_once('.').map_or(version, |(short, _)| short);
    changes.extend(insert::dependency(package.manifest_path.as_std_path(), "memopt", short)?);
    for target in package.targets.iter().filter(|target| target.is_bin()) {
        match allocator(target.src_path.as_std_path())? {
            Ok(change) => changes.push(change),
            Err(note) => notes.push(note),
        }
    }
    changes.extend(limits(metadata.workspace_root.as_std_path())?);
    for change in &mut changes {
        whole(change)?;
        change.path = below_here(&change.path);
    }
    for note in notes {
        console.status("Left", note);
    }
    if changes.is_empty() {
        console.status("Nothing", format_args!("to add: `{}` has it all", package.name));
        return Ok(Exit::Success);
    }
    let look = Look::of_stdout(console.colors_stdout());
    let mut out = io::stdout().lock();
    for change in &changes {
        // Nobody reads a closed stream.
        let _ = writeln!(out, "{}", change.diff(look));
    }
    drop(out);
    if args.dry_run || !(args.yes || agreed()?) {
        console.status("Wrote", "nothing");
        return Ok(Exit::Success);
    }
    insert::write_all(&changes)?;
    for change in &changes {
        console.status("Wrote", change.path.display());
    }
    console.status("Next", "`cargo memopt run`, then `cargo memopt check --save-baseline main`");
    Ok(Exit::Success)
}

/// Refuses to write what cargo or rustc could not read.
fn whole(change: &Insertion) -> Result<(), Error> {
    let after = change.after();
    let fault = match change.path.extension().and_then(|kind| kind.to_str()) {
        Some("toml") => toml_span::parse(&after).err().map(|error| error.to_string()),
        Some("rs") => syn::parse_file(&after).err().map(|error| error.to_string()),
        _ => None,
    };
    let Some(fault) = fault else { return Ok(()) };
    Err(Error::usage(
        format_args!(
            "`{}` has a form that no line can be added to: {fault}",
            change.path.display()
        ),
        "add the lines by hand: `cargo add memopt`, and the allocator of the guide",
    ))
}

fn agreed() -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "there is nobody to ask",
            "give --yes to write the change, or --dry-run to see it",
        ));
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "Write this? [y/N] ").and_then(|()| err.flush());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Error::file("read", Path::new("standard input"), &error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The package that is named, else the one of this folder, else the only one.
fn package<'a>(metadata: &'a Metadata, args: &Args) -> Result<&'a Package, Error> {
    let members = metadata.workspace_packages();
    let names = || members.iter().map(|p| format!("`{}`", p.name)).collect::<Vec<_>>().join(", ");
    if let Some(name) = &args.package {
        return members.iter().copied().find(|p| p.name.as_str() == name).ok_or_else(|| {
            Error::usage(
                format_args!("the workspace has no package `{name}`"),
                format_args!("choose one of {}", names()),
            )
        });
    }
    let here = match &args.manifest_path {
        Some(path) => path.canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned())),
        None => std::env::current_dir().ok(),
    };
    let of_folder = members.iter().copied().find(|package| {
        package.manifest_path.parent().is_some_and(|p| Some(p.as_std_path()) == here.as_deref())
    });
    match (of_folder, members.as_slice()) {
        (Some(package), _) | (None, &[package]) => Ok(package),
        _ => Err(Error::usage(
            "the workspace has several packages",
            format_args!("name one with -p: {}", names()),
        )),
    }
}

/// The allocator in the root of a program; where it has one, a note that says so.
fn allocator(root: &Path) -> Result<Result<Insertion, String>, Error> {
    let text = fs::read_to_string(root).map_err(|error| Error::file("read", root, &error))?;
    let file = syn::parse_file(&text).map_err(|error| {
        Error::usage(
            format_args!("`{}`:{}: {error}", root.display(), error.span().start().line),
            "mend the file and run it again",
        )
    })?;
    let is_allocator = |item: &syn::Item| {
        let syn::Item::Static(item) = item else { return false };
        item.attrs.iter().any(|attribute| attribute.path().is_ident("global_allocator"))
    };
    if file.items.iter().any(is_allocator) {
        let place = below_here(root);
        return Ok(Err(format!(
            "{}: it has an allocator; wrap it: memopt::Alloc::new(..)",
            place.display()
        )));
    }
    // Below what is imported, above all else. A comment above an item stays with it.
    let first = file.items.iter().find(|item| {
        !matches!(item, syn::Item::Use(_) | syn::Item::ExternCrate(_) | syn::Item::Mod(_))
    });
    let mut at = match first {
        Some(item) => item.span().start().line.saturating_sub(1),
        None => text.lines().count(),
    };
    let lines: Vec<&str> = text.lines().collect();
    while at > 0
        && lines[at - 1].trim_start().starts_with("//")
        && !lines[at - 1].starts_with("//!")
    {
        at -= 1;
    }
    let lines = ALLOCATOR.iter().map(|line| (*line).to_owned()).collect();
    Ok(Ok(Insertion { path: root.to_owned(), before: Some(text), at, lines }))
}

/// The table `gate`, where `memopt.toml` has none.
fn limits(root: &Path) -> Result<Option<Insertion>, Error> {
    let path = root.join("memopt.toml");
    let before = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::file("read", &path, &error)),
    };
    let text = before.as_deref().unwrap_or_default();
    let parsed = toml_span::parse(text).map_err(|error| {
        Error::usage(format_args!("`{}`: {error}", path.display()), "mend the file")
    })?;
    if parsed.as_table().is_some_and(|root| root.contains_key("gate")) {
        return Ok(None);
    }
    let gap = if text.trim().is_empty() { None } else { Some("") };
    let lines = gap.into_iter().chain(LIMITS.lines()).map(str::to_owned).collect();
    let at = text.lines().count();
    Ok(Some(Insertion { path, before, at, lines }))
}

/// The path as people would write it from here.
fn below_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}
