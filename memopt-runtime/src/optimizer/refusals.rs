//! Routings that were taken back at a site, and when they are tried again.
//!
//! # The rule
//!
//! A routing that was taken back is left alone at that site for the cooldown at least; other
//! routings of the site are not concerned.
//!
//! - What was **judged** (no gain, harm, blocks that outlive their calls, or taken back by the
//!   program) is tried again only when the site's work has changed: of `min_calls` calls in a row
//!   the mean bytes or the mean blocks are at least twice, or at most half, of what they were in
//!   the trial.
//! - What was **not judged**, since too few calls came or they have stopped, is tried again when
//!   `min_calls` calls have come since.
//!
//! So over an allocator as fast as the routings each is tried once, and then the site is let be.

use super::settings::Settings;
use super::treatment::Treatment;
use crate::report::{Report, SiteReport};
use crate::site::Site;

/// Change of a mean by which work counts as other work, ratio.
const OTHER: f64 = 2.0;

/// What the finished calls of a site did, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) calls: u64,
    pub(super) bytes: u64,
    pub(super) blocks: u64,
}

/// The site's part of a report of this process.
pub(super) fn of_site<'a>(report: &'a Report, site: &Site) -> Option<&'a SiteReport> {
    let name = site.full_name();
    report.sites().iter().find(|of| of.line == site.place().line && of.name == name)
}

impl Work {
    /// All since the process began; nothing where the site is not in the report.
    pub(super) fn of(report: &Report, site: &Site) -> Self {
        of_site(report, site).map_or_else(Self::default, |site| Self {
            calls: site.bytes.count(),
            bytes: site.bytes.total(),
            blocks: site.allocs.total(),
        })
    }

    /// What came after an earlier look.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            blocks: self.blocks.saturating_sub(earlier.blocks),
        }
    }

    /// Whether a call does clearly more or less than it did then.
    fn differs(self, then: Self) -> bool {
        let mean = |sum: u64, work: Self| sum as f64 / work.calls.max(1) as f64;
        let far = |a: f64, b: f64| a.max(b) >= OTHER * a.min(b) && a.max(b) > 0.0;
        far(mean(self.bytes, self), mean(then.bytes, then))
            || far(mean(self.blocks, self), mean(then.blocks, then))
    }
}

/// What was taken back and is not tried for now.
#[derive(Debug)]
pub(super) struct Refusals(Vec<Refusal>);

#[derive(Debug)]
struct Refusal {
    site: &'static Site,
    routing: Treatment,
    at_ns: u64,
    judged: bool,
    /// What the calls did in the trial.
    then: Work,
    /// Where the calls begin that are looked at next.
    from: Work,
}

impl Refusals {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes a routing down that was tried from the work `began` to the work `now`, at a time.
    pub(super) fn add(
        &mut self,
        (site, routing): (&'static Site, Treatment),
        judged: bool,
        (began, now): (Work, Work),
        at_ns: u64,
    ) {
        self.0.retain(|one| !one.is_of(site, routing));
        let trial = now.since(began);
        let then = if trial.calls == 0 { now } else { trial };
        self.0.push(Refusal { site, routing, at_ns, judged, then, from: now });
    }

    /// Whether a routing is not to be tried at a site.
    pub(super) fn hold(&self, site: &Site, routing: Treatment) -> bool {
        self.0.iter().any(|one| one.is_of(site, routing))
    }

    /// Looks at what the sites did since the last look, and forgets what may be tried again.
    pub(super) fn look(&mut self, work: impl Fn(&Site) -> Work, now_ns: u64, settings: &Settings) {
        self.0.retain_mut(|one| !one.is_over(work(one.site), now_ns, settings));
    }
}

impl Refusal {
    fn is_of(&self, site: &Site, routing: Treatment) -> bool {
        std::ptr::eq(self.site, site) && self.routing == routing
    }

    fn is_over(&mut self, now: Work, now_ns: u64, settings: &Settings) -> bool {
        let since = now.since(self.from);
        if since.calls < settings.min_calls {
            return false;
        }
        let changed = !self.judged || since.differs(self.then);
        if self.judged {
            self.from = now;
        }
        changed && u128::from(now_ns.saturating_sub(self.at_ns)) >= settings.cooldown.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusals, Settings, Site, Treatment, Work};
    use crate::site::{Place, SiteKind};
    use std::time::Duration;

    const PLACE: Place = Place { file: "", line: 1, column: 1, manifest_dir: None };
    static SITE: Site = Site::new(SiteKind::Function, "site", || "site", PLACE);
    static OTHER: Site = Site::new(SiteKind::Function, "other", || "other", PLACE);

    fn settings() -> Settings {
        let mut settings = Settings::default();
        (settings.min_calls, settings.cooldown) = (100, Duration::from_micros(1));
        settings
    }

    /// So many calls of as many bytes each, one block each.
    fn calls(calls: u64, bytes: u64) -> Work {
        Work { calls, bytes: calls * bytes, blocks: calls }
    }

    fn plus(a: Work, b: Work) -> Work {
        Work { calls: a.calls + b.calls, bytes: a.bytes + b.bytes, blocks: a.blocks + b.blocks }
    }

    /// Refused at time 0 after a trial of 200 calls of 64 bytes.
    fn refused(judged: bool) -> (Refusals, Work) {
        let mut refusals = Refusals::new();
        let (began, now) = (calls(50, 4096), plus(calls(50, 4096), calls(200, 64)));
        refusals.add((&SITE, Treatment::Arena), judged, (began, now), 0);
        (refusals, now)
    }

    /// Whether it still holds after more work, long after.
    fn holds(judged: bool, more: Work) -> bool {
        let (mut refusals, now) = refused(judged);
        refusals.look(|_| plus(now, more), 1_000_000, &settings());
        refusals.hold(&SITE, Treatment::Arena)
    }

    #[test]
    fn one_routing_of_one_site_is_refused() {
        let (refusals, _) = refused(true);
        assert!(refusals.hold(&SITE, Treatment::Arena));
        assert!(
            !refusals.hold(&SITE, Treatment::Magazine) && !refusals.hold(&SITE, Treatment::PreSize)
        );
        assert!(!refusals.hold(&OTHER, Treatment::Arena));
    }

    #[test]
    fn what_was_judged_is_tried_again_when_the_calls_do_something_else() {
        // The same, three quarters, nearly twice.
        assert!(
            holds(true, calls(1000, 64))
                && holds(true, calls(1000, 48))
                && holds(true, calls(1000, 127))
        );
        assert!(
            !holds(true, calls(100, 128))
                && !holds(true, calls(100, 32))
                && !holds(true, calls(100, 0))
        );
        // As many bytes in twice as many blocks.
        assert!(!holds(true, Work { blocks: 200, ..calls(100, 64) }));
        // Too few to tell.
        assert!(holds(true, calls(99, 4096)));
    }

    #[test]
    fn what_was_not_judged_is_tried_again_when_there_are_calls() {
        assert!(!holds(false, calls(100, 64)));
        assert!(holds(false, calls(99, 64)));
    }

    #[test]
    fn the_cooldown_is_waited_for() {
        for judged in [true, false] {
            let (mut refusals, mut work) = refused(judged);
            for (now_ns, hold) in [(999, true), (1000, false)] {
                work = plus(work, calls(100, 4096));
                refusals.look(|_| work, now_ns, &settings());
                assert_eq!(refusals.hold(&SITE, Treatment::Arena), hold);
            }
        }
    }

    #[test]
    fn new_work_is_not_hidden_by_much_old_work() {
        let (mut refusals, mut work) = refused(true);
        for (more, hold) in [(calls(1_000_000, 64), true), (calls(100, 640), false)] {
            work = plus(work, more);
            refusals.look(|_| work, 1_000_000, &settings());
            assert_eq!(refusals.hold(&SITE, Treatment::Arena), hold);
        }
    }
}
