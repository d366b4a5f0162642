//! `#[memopt::main]` with tracking off: what the environment asks for is told to be in vain.

use super::at_exit::say;
use super::switch::is_on;

/// Says on standard error that nothing is recorded, where the environment asks for something.
pub fn nothing_is_recorded() {
    let read = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
    if let Some(notice) = notice(read)
        && !is_on("MEMOPT_QUIET")
    {
        say(&notice);
    }
}

/// What to say with these variables, if they ask for anything.
fn notice(read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let asks = |name: &&str| {
        let value = read(name).unwrap_or_default();
        value.split(',').map(str::trim).any(|part| !part.is_empty() && part != "off")
    };
    let names: Vec<&str> = ["MEMOPT_REPORT", "MEMOPT_HEAP"].into_iter().filter(asks).collect();
    let are = match names[..] {
        [] => return None,
        [_] => "is",
        _ => "are",
    };
    Some(format!(
        "memopt: {} {are} set, but memopt is built without its feature `track`: nothing is recorded \
         or written; depend on memopt with default features, or with `features = [\"track\"]`; \
         MEMOPT_QUIET=1 ends this line",
        names.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::notice;

    /// The beginning of what is said with these values.
    fn said(report: Option<&str>, heap: Option<&str>) -> Option<String> {
        let read = |name: &str| if name == "MEMOPT_REPORT" { report } else { heap };
        let said = notice(|name| read(name).map(str::to_owned))?;
        assert!(said.contains("without its feature `track`") && !said.contains('\n'), "{said}");
        Some(said.split_once(" set,")?.0.to_owned())
    }

    #[test]
    fn what_asks_for_something_is_named() {
        let both = "memopt: MEMOPT_REPORT and MEMOPT_HEAP are";
        assert_eq!(said(Some("text"), Some("exact")).as_deref(), Some(both));
        assert_eq!(said(Some("txt"), None).as_deref(), Some("memopt: MEMOPT_REPORT is"));
        assert_eq!(said(Some("off"), Some("512KiB")).as_deref(), Some("memopt: MEMOPT_HEAP is"));
    }

    #[test]
    fn what_asks_for_nothing_is_passed_over() {
        assert_eq!(said(None, None), None);
        assert_eq!(said(Some("off"), Some("")), None);
        assert_eq!(said(Some(" , "), Some("off")), None);
    }
}
