//! Who the program is: the labels that tell its alerts from those of others.

use crate::config::{Config, Labels};
use memopt_runtime::__private::host_name;

/// What tells a build of the program from another one: when its file was written.
pub(super) fn situation() -> String {
    let file = std::env::current_exe().and_then(|path| path.metadata()?.modified());
    file.map_or_else(|_| "unknown".to_owned(), |time| format!("{time:?}"))
}

/// The labels of the program and of the instance, which are the same after a restart.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) labels: Labels,
    host: String,
    /// While it has the name, another process of the program knows that it is not alone.
    _claim: Option<Claim>,
}

impl Identity {
    /// What the settings say, else what the system does.
    pub(super) fn of(config: &Config) -> Self {
        let monitoring = &config.monitoring;
        let program = monitoring.program.clone().unwrap_or_else(|| {
            let file = std::env::current_exe().unwrap_or_default();
            file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        });
        let host = host_name().unwrap_or_default();
        let plain = format!("{program}@{host}");
        let (instance, claim) = match &monitoring.instance {
            Some(instance) => (instance.clone(), None),
            None => match Claim::on(&plain) {
                Some(claim) => (plain, Some(claim)),
                None => (format!("{plain}:{}", std::process::id()), None),
            },
        };
        let labels = [("program", program), ("instance", instance)];
        let labels = labels.map(|(name, value)| (name.to_owned(), value)).into();
        Self { labels, host, _claim: claim }
    }

    /// What filters of collection rules look at, with the labels that alerts are given.
    pub(super) fn filtered(&self, of_alerts: &Labels) -> Labels {
        let mut labels = Labels::from([("host".to_owned(), self.host.clone())]);
        labels.extend(self.labels.clone());
        labels.extend(of_alerts.clone());
        labels
    }
}

/// The name of an instance, which one process of the machine has at a time.
///
/// It is the address of a socket that nobody is told of: the system lets go of it however the
/// process ends, and no file is left.
#[derive(Debug)]
struct Claim {
    #[cfg(target_os = "linux")]
    _socket: Option<std::os::unix::net::UnixDatagram>,
}

impl Claim {
    /// Takes the name; none where another process has it. Where no socket may be had nobody else
    /// is known of.
    #[cfg(target_os = "linux")]
    fn on(name: &str) -> Option<Self> {
        use std::io::ErrorKind;
        use std::os::linux::net::SocketAddrExt as _;
        use std::os::unix::net::{SocketAddr, UnixDatagram};
        /// An address has 107 bytes at most. The host is at the end.
        const LONGEST: usize = 90;
        let end = &name.as_bytes()[name.len().saturating_sub(LONGEST)..];
        let address = SocketAddr::from_abstract_name([b"memopt/".as_slice(), end].concat());
        match address.and_then(|address| UnixDatagram::bind_addr(&address)) {
            Ok(socket) => Some(Self { _socket: Some(socket) }),
            Err(error) if error.kind() == ErrorKind::AddrInUse => None,
            Err(_) => Some(Self { _socket: None }),
        }
    }

    /// Nobody knows here whether the name is free.
    #[cfg(not(target_os = "linux"))]
    fn on(_: &str) -> Option<Self> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn config(program: &str) -> Config {
        let mut config = Config::default();
        config.monitoring.program = Some(format!("{program}-{}", std::process::id()));
        config
    }

    #[test]
    fn an_instance_is_the_same_after_a_restart_and_two_at_once_differ() {
        let config = config("identity");
        let instance = |of: &Identity| of.labels["instance"].clone();
        let first = Identity::of(&config);
        let plain = instance(&first);
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(plain, format!("{}@{}", first.labels["program"], host.trim()));
        let second = Identity::of(&config);
        assert_eq!(instance(&second), format!("{plain}:{}", std::process::id()));
        drop(first);
        let restarted = Identity::of(&config);
        assert_eq!(instance(&restarted), plain);
    }

    #[test]
    fn a_long_name_and_one_that_is_set_are_taken_as_they_are() {
        let mut config = config(&"long".repeat(100));
        let long = Identity::of(&config);
        assert!(long.labels["instance"].starts_with("longlong"));
        assert!(!long.labels["instance"].ends_with(&format!(":{}", std::process::id())));
        config.monitoring.instance = Some("shop-1".to_owned());
        assert_eq!(Identity::of(&config).labels["instance"], "shop-1");
    }

    #[test]
    fn filters_see_the_host_and_the_labels_of_alerts() {
        let identity = Identity::of(&config("filters"));
        let zone = Labels::from([("zone".to_owned(), "north".to_owned())]);
        let labels = identity.filtered(&zone);
        let names: Vec<&str> = labels.keys().map(String::as_str).collect();
        assert_eq!(names, ["host", "instance", "program", "zone"]);
        assert!(identity.labels["instance"].ends_with(&labels["host"]));
    }
}
