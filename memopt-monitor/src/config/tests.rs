use super::*;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod reload;

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("memopt-config-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, text: &str) -> PathBuf {
        let path = self.0.join("memopt.toml");
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is said of a file with this text.
fn told(text: &str) -> String {
    let layers = Layers::new().file("memopt.toml");
    layers.load_text(Some(text)).unwrap_err().to_string()
}

fn read(text: &str) -> Config {
    Layers::new().load_text(Some(text)).unwrap().config
}

#[test]
fn the_table_of_the_command_is_passed_over_at_the_root_alone() {
    assert_eq!(read("[gate.profiles.ci.total]\nbytes = 1\n"), Config::default());
    assert!(told("[monitoring]\ngate = 1\n").contains("unknown key `gate` in `monitoring`"));
}

#[test]
fn the_defaults_are_without_contradiction() {
    let loaded = Layers::new().load().unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.origins.is_empty());
}

#[test]
fn each_layer_replaces_those_below() {
    let text = "[monitoring]\ninterval = \"2 s\"\ntop = 7\ncpu_budget = \"2 %\"\n\
        slow_interval = \"3 s\"";
    let layers = Layers::new()
        .environment([
            ("MEMOPT_MONITOR_MONITORING_TOP".to_owned(), "8".to_owned()),
            ("MEMOPT_MONITOR_MONITORING_CPU_BUDGET".to_owned(), "3 %".to_owned()),
            ("MEMOPT_HEAP".to_owned(), "exact".to_owned()),
        ])
        .set("monitoring.cpu_budget", "4 %")
        .with(|config| config.monitoring.slow_interval = Duration::from_secs(5));
    let Loaded { config, origins } = layers.load_text(Some(text)).unwrap();
    assert_eq!(config.monitoring.interval, Duration::from_secs(2));
    assert_eq!(config.monitoring.top, 8);
    assert_eq!(config.monitoring.cpu_budget, Ratio(0.04));
    assert_eq!(config.monitoring.slow_interval, Duration::from_secs(5));
    assert_eq!(config.monitoring.memory_budget, Size(32 << 20));
    let origin = |path: &str| origins.get(path).map(ToString::to_string);
    assert_eq!(origin("monitoring.interval").as_deref(), Some(":2:12"));
    assert_eq!(origin("monitoring.top").as_deref(), Some("MEMOPT_MONITOR_MONITORING_TOP"));
    assert_eq!(origin("monitoring.cpu_budget").as_deref(), Some("builder"));
    assert_eq!(origin("monitoring.slow_interval").as_deref(), Some("builder"));
    assert_eq!(origin("monitoring.memory_budget"), None);
}

#[test]
fn what_is_wrong_has_its_place_and_the_near_name() {
    let cases = [
        (
            "[monitoring]\nintervall = \"1 s\"",
            "memopt.toml:2:1: unknown key `intervall` in `monitoring`; did you mean `interval`?",
        ),
        ("[montoring]", "memopt.toml:1:2: unknown key `montoring`; did you mean `monitoring`?"),
        (
            "[monitoring]\nsample_every = \"1 MiB\"",
            "memopt.toml:2:1: unknown key `sample_every` in `monitoring`; it belongs in `[profiling]`",
        ),
        (
            "[monitoring]\ninterval = 5",
            "memopt.toml:2:12: `monitoring.interval`: a duration has a unit: write `\"5 s\"`",
        ),
        (
            "[storage]\n  memory = \"4 KiBi\"",
            "memopt.toml:2:12: `storage.memory`: unknown unit `KiBi`; a size takes B,",
        ),
        (
            "[profiling]\nheap = \"samled\"",
            "memopt.toml:2:8: `profiling.heap`: `samled` is none of `off`, `sampled`, `exact`; \
             did you mean `sampled`?",
        ),
        ("monitoring = 3", "memopt.toml:1:14: `monitoring`: a table belongs here: `[monitoring]`"),
        (
            "[alerts.rules]\nname = \"x\"",
            "memopt.toml:1:1: `alerts.rules`: a list of tables belongs here: `[[alerts.rules]]`",
        ),
        (
            "[server]\naddress = \"shop:80\"",
            "memopt.toml:2:11: `server.address`: `shop:80` is no address: write `127.0.0.1:7700`,",
        ),
        (
            "[server]\nadress = \"\"",
            "memopt.toml:2:1: unknown key `adress` in `server`; did you mean `address`?",
        ),
        (
            "[server]\nread_token = \"0123456789abcdef\"",
            "memopt.toml:2:14: `server.read_token`: a token does not stand in this file: name a \
             file that holds it, with `_file` at the end of the key, or set it by the environment",
        ),
        (
            "[server]\nhosts = [\"http://shop\"]",
            "memopt.toml:2:9: `server.hosts`: `http://shop` is no name of a host: write \
             `shop.example`",
        ),
        (
            "[server]\nfleet = [\"http://a:9090\", \"prometheus:9090\"]",
            "memopt.toml:2:9: `server.fleet`: an address begins with `http://` or `https://`",
        ),
        (
            "[server]\nfleet = [\"http://me:secret@a\"]",
            "memopt.toml:2:9: `server.fleet`: an address holds no password: use `fleet_token_file`",
        ),
        (
            "[server.limits]\nconnections = 0",
            "memopt.toml:2:15: `server.limits.connections`: it must be above zero",
        ),
        (
            "[server]\ntls_key_file = \"key.pem\"",
            "memopt.toml:2:16: `server.tls_key_file`: a key needs its certificate: set \
             `tls_certificate_file`",
        ),
        (
            "[server.otlp]\nurl = \"collector:4318\"",
            "memopt.toml:2:7: `server.otlp.url`: an address begins with `http://` or `https://`",
        ),
        (
            "[server.pyroscope]\nlabels = { \"a.b\" = \"c\" }",
            "memopt.toml:2:10: `server.pyroscope.labels`: `a.b` is no name: letters, digits",
        ),
        (
            "[server.otlp]\nlabels = { \"a..b\" = \"c\" }",
            "memopt.toml:2:10: `server.otlp.labels`: `a..b` is no name: letters, digits",
        ),
        (
            "[server.pyroscope]\nqueue = 0",
            "memopt.toml:2:9: `server.pyroscope.queue`: at least one must be able to wait",
        ),
        ("[monitoring]\nï = 1\ninterval =", "memopt.toml:2:1: no TOML"),
    ];
    for (text, wanted) in cases {
        let told = told(text);
        assert!(told.starts_with(wanted), "{told}\nwanted {wanted}");
    }
    let none = told("[monitoring]\nxyz = 1");
    assert!(none.contains("; known are `enabled`, `interval`, "), "{none}");
}

#[test]
fn all_that_is_wrong_is_told_in_the_order_of_the_file() {
    let told = told("[storage]\nx = 1\n[monitoring]\ny = 1\ninterval = true");
    let places: Vec<&str> = told.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["memopt.toml:2:1", "memopt.toml:4:1", "memopt.toml:5:12"]);
}

#[test]
fn contradictions_are_told_where_they_were_written() {
    let cases = [
        (
            "[thresholds]\npressure_low = 0.9\n",
            "memopt.toml:1:1: `thresholds.pressure_medium`: it must be above `pressure_low`",
        ),
        (
            "[monitoring]\ninterval = \"1 ms\"",
            "memopt.toml:2:12: `monitoring.interval`: 1 ms is too short: at least 10 ms is needed",
        ),
        (
            "[monitoring]\nslow_interval = \"20 s\"",
            "memopt.toml:1:1: `monitoring.stale_after`: 30 s is too short for what is read once in \
             `slow_interval`: at least 1 min, three of those, is needed",
        ),
        ("[storage]\nmemory = \"1 GiB\"", "memopt.toml:2:10: `storage.memory`: it is more than"),
        (
            "[[alerts.rules]]\nname = \"a\"\nmetric = \"heap.live\"",
            "memopt.toml:1:1: `alerts.rules[0].watch`: `value` needs `above` or `below`",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nmetric = \"m\"\nabove = 1\nbelow = 2",
            "memopt.toml:5:9: `alerts.rules[0].below`: `above` and `below` exclude each other",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nmetric = \"m\"\nabove = 1\nclear = 2",
            "memopt.toml:5:9: `alerts.rules[0].clear`: an alert cannot end above `above`",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nwatch = \"leak\"\nabove = 1",
            "memopt.toml:4:9: `alerts.rules[0].above`: `leak` is a verdict and has no limit",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nwatch = \"rate\"\nmetric = \"m\"\nabove = \"1 MiB\"",
            "memopt.toml:5:9: `alerts.rules[0].above`: `rate` is compared with a rate such as",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nwatch = \"exhaustion\"\nabove = \"1 h\"",
            "memopt.toml:4:9: `alerts.rules[0].above`: time runs out: write `below`",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nwatch = \"share\"\nabove = \"1 MiB\"",
            "memopt.toml:4:9: `alerts.rules[0].above`: `share` is compared with a share",
        ),
        (
            "[[alerts.rules]]\nname = \"a\"\nwatch = \"leak\"\n[[alerts.rules]]\nname = \"a\"\n\
             watch = \"leak\"",
            "memopt.toml:5:8: `alerts.rules[1].name`: `a` is the name of another one",
        ),
        (
            "[[alerts.sinks]]\nname = \"a\"\nkind = \"webhook\"",
            "memopt.toml:3:8: `alerts.sinks[0].kind`: it needs a `url`",
        ),
        (
            "[[alerts.sinks]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"http://me:pw@host/\"",
            "memopt.toml:4:7: `alerts.sinks[0].url`: an address holds no password",
        ),
        (
            "[[rules.rules]]\nname = \"a\"\n[[rules.rules.actions]]\ndo = \"pool-limit\"\n\
             with = { pool = \"p\" }",
            "memopt.toml:3:1: `rules.rules[0].actions[0]`: `pool-limit` needs `with.limit`",
        ),
        (
            "[[rules.rules]]\nname = \"a\"\n[[rules.rules.actions]]\ndo = \"bundle\"\n\
             with = { name = \"b\" }",
            "memopt.toml:5:8: `rules.rules[0].actions[0].with`: `bundle` takes no `name`",
        ),
        (
            "[[rules.rules]]\nname = \"a\"\n[[rules.rules.actions]]\ndo = \"callback\"\n\
             with = { name = \"f\", path = \"${heap-profile.path}\" }",
            "memopt.toml:5:8: `rules.rules[0].actions[0].with`: no earlier action is called",
        ),
    ];
    for (text, wanted) in cases {
        let told = told(text);
        assert!(told.starts_with(wanted), "{told}\nwanted {wanted}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn https_needs_its_feature() {
    for (text, at) in [
        ("[server.otlp]\nurl = \"https://collector\"", "2:7: `server.otlp.url`"),
        ("[server]\nfleet = [\"https://prometheus\"]", "2:9: `server.fleet`"),
        (
            "[[alerts.sinks]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://host/\"",
            "4:7: `alerts.sinks[0].url`",
        ),
    ] {
        if cfg!(feature = "tls") {
            read(text);
        } else {
            let wanted = format!("memopt.toml:{at}: `https` needs memopt's feature `tls`: add it");
            let told = told(text);
            assert!(told.starts_with(&wanted), "{told}");
        }
    }
}

#[test]
fn a_misspelt_variable_is_told() {
    let layers = Layers::new()
        .environment([("MEMOPT_MONITOR_STORAGE_PATHS".to_owned(), "x".to_owned())])
        .set("storage.memry", "1 MiB");
    assert_eq!(
        layers.load().unwrap_err().to_string(),
        "MEMOPT_MONITOR_STORAGE_PATHS: no setting has this name; did you mean \
         `MEMOPT_MONITOR_STORAGE_PATH`?\n\
         builder: no setting has the name `storage.memry`; did you mean `storage.memory`?"
    );
}

#[test]
fn rules_are_read() {
    let config = read(
        "[[alerts.rules]]\nname = \"big\"\nmetric = \"heap.live\"\nabove = \"512 MiB\"\n\
         for = \"2 min\"\nlabels = { team = \"web\" }\nseverity = \"critical\"\n\
         [[alerts.inhibit]]\nsource = [\"severity = critical\"]\ntarget = [\"severity != critical\"]\n\
         [[rules.rules]]\nname = \"look\"\non_alert = \"big\"\n\
         [[rules.rules.actions]]\ndo = \"heap-profile\"\nname = \"heap\"\n\
         [[rules.rules.actions]]\ndo = \"callback\"\nwith = { name = \"f\", path = \"${heap.path}\" }",
    );
    let rule = &config.alerts.rules[0];
    assert_eq!(rule.above, Some(Amount::bytes(512 << 20)));
    assert_eq!(rule.hold, Duration::from_secs(120));
    assert_eq!(rule.severity, Severity::Critical);
    assert_eq!(rule.labels["team"], "web");
    assert!(config.alerts.inhibit[0].target[0].differs);
    assert_eq!(config.rules.rules[0].actions[1].action, ActionKind::Callback);
}

#[test]
fn what_is_shown_reads_back_and_holds_no_secret() {
    let text = "[[alerts.sinks]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"http://h/\"\n\
        token = \"hunter2\"\n[[rules.rules]]\nname = \"a\"\n[[rules.rules.actions]]\n\
        do = \"reclaim\"";
    let config = read(text);
    let shown = config.to_string();
    assert!(!shown.contains("hunter2") && !format!("{config:?}").contains("hunter2"));
    assert!(shown.contains("token = \"***\""), "{shown}");
    let mut again = read(&shown);
    again.alerts.sinks[0].token = Some(Secret::new("hunter2"));
    assert_eq!(again, config);
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let error = Layers::new().file("/nowhere/memopt.toml").load().unwrap_err().to_string();
    assert!(error.starts_with("configuration: `/nowhere/memopt.toml` cannot be read: "), "{error}");
    let named = ("MEMOPT_MONITOR_CONFIG".to_owned(), "/nowhere/x.toml".to_owned());
    assert!(Layers::new().environment([named]).load().is_err());
}

#[test]
fn a_relative_socket_begins_in_the_folder_of_the_program() {
    let here = std::env::current_dir().unwrap();
    for (text, path) in
        [("unix:run/shop.sock", here.join("run/shop.sock")), ("unix:/s", "/s".into())]
    {
        let loaded = Layers::new().set("server.address", text).load().unwrap();
        assert_eq!(loaded.config.server.address, Listen::Unix(path));
    }
}

#[test]
fn a_huge_file_is_refused() {
    let folder = Folder::new("huge");
    let path = folder.write(&"#".repeat((1 << 20) + 1));
    let error = Layers::new().file(path).load().unwrap_err().to_string();
    assert!(error.ends_with("it is larger than 1 MiB, and a configuration is not"), "{error}");
}

#[test]
fn every_variable_has_a_name_of_its_own() {
    let paths = Config::paths();
    let mut names: Vec<String> = paths.iter().map(|path| layers::variable(path)).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), paths.len());
    assert!(names.contains(&"MEMOPT_MONITOR_ALERTS_GROUP_WAIT".to_owned()));
}

/// The template with its keys uncommented is the default configuration.
#[test]
fn the_template_says_the_defaults() {
    let bare = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.contains(" = ") && !rest.contains("  ") => rest.to_owned(),
        _ => line.to_owned(),
    };
    let text = template();
    // The lists of tables have needed keys, and are shown once each.
    let until = |text: &str| text.lines().map(bare).collect::<Vec<_>>().join("\n");
    let mut in_list = false;
    let plain: Vec<&str> = text
        .lines()
        .filter(|line| {
            if line.starts_with('[') {
                in_list = false;
            } else if line.starts_with("# [[") {
                in_list = true;
            }
            !in_list
        })
        .collect();
    assert_eq!(read(&until(&plain.join("\n"))), Config::default());
}

#[test]
fn every_line_of_the_template_is_short() {
    let long: Vec<String> =
        template().lines().filter(|line| line.chars().count() > 100).map(str::to_owned).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn tokens_of_the_server_come_from_the_environment_and_are_not_shown() {
    let variable =
        |name: &str, value: &str| (format!("MEMOPT_MONITOR_SERVER_{name}"), value.into());
    let layers = Layers::new().environment([
        variable("READ_TOKEN", "0123456789abcdef"),
        variable("ADDRESS", "0.0.0.0:80"),
        variable("LIMITS_HEAD_TIME", "3 s"),
    ]);
    let config = layers.load_text(None).unwrap().config;
    let token = config.server.read_token.as_ref().unwrap();
    assert_eq!(token.secret().expose(), "0123456789abcdef");
    assert_eq!(config.server.address.to_string(), "0.0.0.0:80");
    assert_eq!(config.server.limits.head_time, Duration::from_secs(3));
    let shown = format!("{config} {config:?} {:?}", config.values());
    assert!(shown.contains("read_token = \"***\"") && !shown.contains("0123456789"), "{shown}");
    assert!(Config::is_at_start("server.limits.body"));
    let both = layers.set("server.read_token_file", "/run/token").load_text(None).unwrap_err();
    assert!(both.to_string().contains("`read_token` and `read_token_file` exclude each other"));
    let short = Layers::new().set("server.pprof_token", "short").load_text(None).unwrap_err();
    let short = short.to_string();
    assert!(short.contains("less than 16 letters") && !short.contains("`short`"), "{short}");
}
