//! The fleet, put together from what all addresses said.

use super::ask::Answers;
use super::leaks::{alerts, cut, leaks};
use super::model::Merged;
use super::programs::{programs, versions};
use super::sites::sites;

pub(super) fn merge(said: &[&Answers]) -> Merged {
    let mut leaks = leaks(said);
    let (programs, dropped) = programs(said, &leaks);
    let versions = versions(&programs);
    let sites = sites(said, &versions, &leaks);
    cut(&mut leaks);
    Merged { programs, dropped, versions, sites, leaks, alerts: alerts(said) }
}

#[cfg(test)]
mod tests {
    use super::super::ask::What;
    use super::super::client::{Row, rows};
    use super::*;

    /// Rows of `labels value` lines, where labels are `name=value` with commas between.
    fn of(text: &str) -> Vec<Row> {
        let one = |line: &str| {
            let (labels, value) = line.trim().split_once(' ').unwrap();
            let labels: Vec<String> = labels
                .split(',')
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, value)| format!("\"{name}\":\"{value}\""))
                .collect();
            format!("{{\"metric\":{{{}}},\"value\":[1,\"{value}\"]}}", labels.join(","))
        };
        let all: Vec<String> = text.trim().lines().map(one).collect();
        rows(&format!("{{\"data\":{{\"result\":[{}]}}}}", all.join(",")))
    }

    fn three() -> Answers {
        Answers::of(vec![
            (
                What::Programs,
                of("service=shop,instance=a:1,program=web,version=2.0,exported_version=0.1.0 1
                    service=shop,instance=b:1,program=web,version=2.1,exported_version=0.1.0 1
                    job=old,instance=c:1,program=cron,version=0.1.0 1"),
            ),
            (What::Down, of("job=old,instance=d:1 0")),
            (
                What::Resident,
                of("service=shop,instance=a:1,version=2.0 100
                    service=shop,instance=b:1,version=2.1 300
                    job=old,instance=c:1 50"),
            ),
            (What::OwnAlerts, of("service=shop,instance=b:1 2")),
            (
                What::Sites,
                of("service=shop,version=2.0,site=shop::page 10
                    service=shop,version=2.1,site=shop::page 30"),
            ),
            (What::Retained, of("service=shop,site=shop::store 900")),
            (What::Leaks, of("service=shop,instance=b:1,version=2.1,site=shop::store 4096")),
            (What::Began, of("service=shop,instance=b:1,version=2.1,site=shop::store 2000")),
            (
                What::BeganBefore,
                of("service=shop,instance=b:1,version=2.1,site=shop::store 2100
                    service=shop,instance=a:1,version=2.0,site=shop::store 900"),
            ),
        ])
    }

    #[test]
    fn instances_versions_and_sites_of_one_address() {
        let fleet = merge(&[&three()]);
        let names: Vec<(&str, &str, bool)> = fleet
            .programs
            .iter()
            .map(|it| (it.service.as_str(), it.instance.as_str(), it.is_down))
            .collect();
        assert_eq!(
            names,
            [
                ("old", "c:1", false),
                ("old", "d:1", true),
                ("shop", "a:1", false),
                ("shop", "b:1", false)
            ]
        );
        let (c, b) = (&fleet.programs[0], &fleet.programs[3]);
        // Without a version of the scrape, the label is memopt's own.
        assert_eq!((c.version.as_deref(), c.memopt_version.as_deref()), (None, Some("0.1.0")));
        assert_eq!(
            (b.version.as_deref(), b.memopt_version.as_deref()),
            (Some("2.1"), Some("0.1.0"))
        );
        assert_eq!((b.resident, b.leaks, b.leaking, b.alerts), (Some(300.0), 1, 4096.0, Some(2.0)));
        let versions: Vec<(Option<&str>, usize, usize)> = fleet
            .versions
            .iter()
            .map(|it| (it.version.as_deref(), it.instances, it.leaking))
            .collect();
        assert_eq!(versions, [(None, 2, 0), (Some("2.0"), 1, 0), (Some("2.1"), 1, 1)]);
        assert_eq!((fleet.versions[0].resident, fleet.versions[0].down), (Some(50.0), 1));
        let [page, store] = &fleet.sites[..] else { panic!("{:?}", fleet.sites) };
        assert_eq!(
            (page.name.as_str(), page.allocated, page.is_leaking),
            ("shop::page", 40.0, false)
        );
        assert_eq!(page.versions[1].of_instance, Some(30.0));
        assert_eq!((store.retained, store.is_leaking), (Some(900.0), true));
    }

    #[test]
    fn a_leak_names_its_first_instance_though_that_leaks_no_longer() {
        let fleet = merge(&[&three()]);
        let [leak] = &fleet.leaks[..] else { panic!("{:?}", fleet.leaks) };
        assert_eq!((leak.site.as_str(), leak.leaking, leak.now), ("shop::store", 4096.0, 1));
        let seen: Vec<(&str, Option<i64>, f64)> = leak
            .instances
            .iter()
            .map(|at| (at.instance.as_str(), at.since_ms, at.leaking))
            .collect();
        assert_eq!(seen, [("a:1", Some(900_000), 0.0), ("b:1", Some(2_000_000), 4096.0)]);
    }

    #[test]
    fn replicas_add_nothing_and_other_instances_are_added() {
        let (one, again) = (three(), three());
        let fleet = merge(&[&one, &again]);
        assert_eq!((fleet.programs.len(), fleet.programs[3].source), (4, 0));
        assert_eq!((fleet.programs[3].leaking, fleet.leaks[0].leaking), (4096.0, 4096.0));
        assert_eq!(fleet.sites[0].allocated, 40.0);
        let elsewhere = Answers::of(vec![
            (What::Programs, of("service=shop,instance=e:1,version=2.0 1")),
            (What::Sites, of("service=shop,version=2.0,site=shop::page 5")),
        ]);
        let fleet = merge(&[&one, &elsewhere]);
        assert_eq!((fleet.programs.len(), fleet.programs[4].source), (5, 1));
        assert_eq!(fleet.sites[0].allocated, 45.0);
    }

    #[test]
    fn all_instances_that_leak_are_counted_though_few_are_named() {
        let lines = |row: &dyn Fn(usize) -> String| (0..50).map(row).collect::<Vec<_>>().join("\n");
        let programs = lines(&|n| format!("service=shop,instance=i{n}:1,version=3.0 1"));
        let resident = lines(&|n| format!("service=shop,instance=i{n}:1,version=3.0 1000"));
        let leaking = lines(&|n| format!("service=shop,instance=i{n}:1,version=3.0,site=a::b 10"));
        let fleet = merge(&[&Answers::of(vec![
            (What::Programs, of(&programs)),
            (What::Resident, of(&resident)),
            (What::Leaks, of(&leaking)),
        ])]);
        assert_eq!((fleet.leaks[0].now, fleet.leaks[0].instances.len()), (50, 20));
        assert_eq!((fleet.leaks[0].more, fleet.versions[0].leaking), (30, 50));
        assert!(fleet.programs.iter().all(|program| program.leaks == 1));
    }

    #[test]
    fn nobody_said_anything() {
        let fleet = merge(&[&Answers::default()]);
        assert!(fleet.programs.is_empty() && fleet.sites.is_empty() && fleet.leaks.is_empty());
    }
}
