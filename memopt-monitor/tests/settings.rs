//! The committed template, schema and page of settings are those of the code.
//!
//! `MEMOPT_GOLDEN=overwrite` writes them anew; read the diff.

use memopt_monitor::config;
use std::path::Path;

#[test]
fn the_committed_files_are_what_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, now) in [
        ("memopt.toml", config::template()),
        ("memopt.schema.json", config::json_schema()),
        ("settings.md", format!("# Settings of the monitor\n{}", config::markdown())),
    ] {
        let path = folder.join(name);
        if std::env::var("MEMOPT_GOLDEN").as_deref() == Ok("overwrite") {
            std::fs::write(&path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == now,
            "{name} is no longer what the code says; MEMOPT_GOLDEN=overwrite renews it"
        );
    }
}

#[test]
fn the_schema_is_json_and_names_every_table() {
    let schema: serde_json::Value = serde_json::from_str(&config::json_schema()).unwrap();
    let tables: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let wanted = [
        "alerts",
        "analysis",
        "gate",
        "monitoring",
        "optimization",
        "profiling",
        "retention",
        "rules",
        "server",
        "storage",
        "thresholds",
    ];
    assert_eq!(tables, wanted);
    let rule = &schema["properties"]["alerts"]["properties"]["rules"]["items"];
    assert_eq!(rule["additionalProperties"], false);
    assert_eq!(rule["properties"]["for"]["default"], "0 s");
    assert_eq!(rule["properties"]["severity"]["enum"][2], "critical");
}

/// The page of the documentation has a row for each default rule, with its reason.
#[test]
fn every_default_rule_is_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture/alerts.md");
    let page = std::fs::read_to_string(page).unwrap();
    for rule in memopt_monitor::alerts::default_rules() {
        let name = format!("`{}`", rule.name);
        let row = page.lines().find(|line| line.starts_with("| ") && line.contains(&name));
        assert!(row.is_some(), "{name} is not in docs/architecture/alerts.md");
    }
}

#[test]
fn the_settings_of_the_guide_are_taken() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/watch-a-service.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks = guide.split("```toml\n").skip(1);
    let text = blocks.filter_map(|block| block.split("```").next()).nth(1).unwrap();
    let folder = std::env::temp_dir().join(format!("memopt-guide-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("memopt.toml");
    std::fs::write(&file, text).unwrap();
    let loaded = config::Layers::new().file(&file).load();
    std::fs::remove_dir_all(folder).unwrap();
    let config = loaded.unwrap().config;
    assert_eq!(config.alerts.rules[0].name, "ManyConnections");
    assert_eq!(config.rules.rules[0].actions.len(), 2);
}

#[test]
fn the_settings_of_the_guide_of_the_server_are_taken() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/serve.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks = guide.split("```toml\n").skip(1);
    let text = blocks.filter_map(|block| block.split("```").next()).nth(1).unwrap();
    let file = std::env::temp_dir().join(format!("memopt-serve-{}.toml", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let loaded = config::Layers::new().file(&file).load();
    std::fs::remove_file(file).unwrap();
    let config = loaded.unwrap().config;
    assert_eq!(config.server.address.to_string(), "0.0.0.0:7700");
    assert_eq!(config.server.limits.connections, 256);
}
