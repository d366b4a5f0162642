//! Measures memopt beside its peers; see the README of this folder.

use std::process::ExitCode;

use memopt_benches::options::{Format, HELP, Options};
use memopt_benches::plan::{BENCHES, COMPILE, PROFILES, names, selected, share};
use memopt_benches::row::Row;
use memopt_benches::{Result, bars, build, compile, facts, instructions, table, turns};

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let only = options.only.as_deref();
    if let Some(name) = only.filter(|only| !names().contains(only)) {
        return Err(format!("`{name}` is not a bench; there are {}", names().join(", ")).into());
    }
    let wanted = |name: &&str| options.profile.as_deref().is_none_or(|only| only == *name);
    let profiles: Vec<_> = PROFILES.into_iter().filter(wanted).collect();
    if profiles.is_empty() {
        return Err(format!("there is no such profile; there are {}", PROFILES.join(", ")).into());
    }
    let mut rows = Vec::new();
    let mut report = |new: Vec<Row>| -> Result<()> {
        for row in new {
            if options.format == Format::Json {
                println!("{}", serde_json::to_string(&row)?);
            }
            rows.push(row);
        }
        Ok(())
    };
    let benches: Vec<_> =
        BENCHES.iter().filter(|planned| selected(only, planned.bench, planned.group)).collect();
    let counting = instructions::available();
    for profile in profiles {
        if benches.is_empty() {
            break;
        }
        let folder = build::subjects(profile)?;
        for planned in benches.iter().filter(|planned| planned.release || profile != "release") {
            for &threads in planned.threads {
                eprintln!("{} ({profile}, {threads} threads)", planned.bench);
                let effort = options.effort * share(profile) / 100;
                let mut new = turns::measure(&folder, profile, **planned, threads, effort)?;
                if counting && threads == 1 {
                    instructions::add(&folder, **planned, &mut new)?;
                }
                if planned.facts {
                    facts::add(&folder, **planned, &mut new)?;
                }
                report(new)?;
            }
        }
    }
    if selected(only, COMPILE, COMPILE) {
        eprintln!("{COMPILE}");
        report(compile::measure(options.effort)?)?;
    }
    match options.format {
        Format::Json => {}
        Format::Text => print!("{}", table::text(&rows, &bars::bars(&rows))),
        Format::Markdown => print!("{}", table::markdown(&rows)),
    }
    Ok(())
}
