//! Which site to treat, and how: from what the detectors suggest.

use super::refusals::of_site;
use super::settings::Settings;
use super::treatment::{Treatment, treatments};
use crate::remedy::presize::{self, LearnerMode};
use crate::report::{
    CostModel, Edit, Evidence, Finding, Remedy, Report, Saving, SiteId, SiteReport, units,
};
use crate::site::routing::Routing;
use crate::site::{Site, registry};
use crate::thread::route::Route;

/// Share of a call's time that a treatment has to gain by the cost model to be tried.
const LEAST_GAIN: f64 = 0.01;
/// Once adopted, one measured call in two to this power.
const RARITY: u32 = 5;

/// A site and a routing that may help it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) site: &'static Site,
    pub(super) routing: Treatment,
    /// Why, and what the detector predicts to save.
    pub(super) finding: Finding,
    /// Calls that the finding is about.
    calls: u64,
    /// What a call takes, as far as it was sampled, ns.
    pub(super) call_ns: Option<f64>,
    /// The share of it that is predicted to be saved, where the model knows the treatment.
    gain: Option<f64>,
}

/// What reports know the site by.
fn id(site: &Site) -> SiteId {
    let place = site.place();
    SiteId::of(&site.full_name(), place.file, place.line, place.column)
}

/// What the report suggests and can be applied from here, the largest saving first.
pub(super) fn candidates(report: &Report) -> Vec<Candidate> {
    let mut found = Vec::new();
    for finding in report.site_findings() {
        let of = |site: &&'static Site| id(site) == finding.id;
        let Some(site) = registry::all().find(of).filter(|site| site.may_apply()) else { continue };
        let known = of_site(report, site);
        let call_ns = known.and_then(|site| site.time).map(|time| time.mean_ns);
        let calls = known.map_or(0, |site| site.calls);
        let mut tried = Vec::new();
        for finding in with_alternatives(finding) {
            let mut likely = finding.remedy.map_or(&[][..], treatments).to_vec();
            if known.is_some_and(live_together) {
                likely.sort_by_key(|routing| *routing != Treatment::Arena);
            }
            for routing in &likely {
                let waits = *routing != Treatment::PreSize || presize::waits(site);
                let gain = known.and_then(|known| gain(*routing, known, report.costs()));
                let pays = gain.is_none_or(|gain| gain >= LEAST_GAIN);
                if waits && pays && !tried.contains(routing) {
                    tried.push(*routing);
                    let finding = finding.clone();
                    let routing = *routing;
                    found.push(Candidate { site, routing, finding, calls, call_ns, gain });
                }
            }
        }
    }
    found
}

/// Whether calls hold most of what they allocate at once: an arena then gains more than free lists,
/// which suit blocks that come and go.
fn live_together(site: &SiteReport) -> bool {
    site.peak.total() >= site.bytes.total() / 2
}

/// The share of a call's time that an arena or free lists save, by the cost model; `None` where
/// that is not known. While a trial runs, a call takes some 100 ns more, so little is not tried.
fn gain(routing: Treatment, site: &SiteReport, costs: &CostModel) -> Option<f64> {
    let part = match routing {
        Treatment::Arena => CostModel::ARENA,
        Treatment::Magazine => CostModel::LISTS,
        Treatment::PreSize => return None,
    };
    let time = site.time?;
    // A few calls that were interrupted do not make the others long.
    let all = time.median_ns.unwrap_or(time.mean_ns) * site.calls as f64;
    let (blocks, bytes) = (site.inclusive.allocs, site.inclusive.bytes);
    let saved = part * costs.pair_ns(bytes / blocks.max(1)) * blocks as f64;
    // Where nothing is optimised an entry takes three times as long, and so does this.
    let call = CostModel::ROUTED_CALL_NS.max(3.0 * costs.call_ns);
    let gain = saved - call * site.calls as f64;
    (all > 0.0).then_some(gain / all)
}

/// The finding, and one for each of the other remedies that it names. What it recommends may be a
/// person's to do (`stream`), and another (`arena`) ours.
fn with_alternatives(finding: Finding) -> Vec<Finding> {
    let mut others: Vec<(Remedy, Saving)> = Vec::new();
    for fact in &finding.evidence {
        if let Evidence::Alternative { remedy, saving, .. } = fact {
            others.push((*remedy, *saving));
        }
    }
    let mut all = vec![finding];
    for (remedy, saving) in others {
        let mut other = all[0].clone();
        (other.remedy, other.saving, other.edit) = (Some(remedy), saving, None);
        other.code = format!("memopt::{}", remedy.name());
        all.push(other);
    }
    all
}

impl Candidate {
    /// Why it is tried.
    pub(super) fn evidence(&self) -> String {
        let saving = &self.finding.saving;
        let of = saving.share_of.map_or("the total".to_owned(), |of| of.to_string());
        format!("{} of {of} by {}", units::percent(saving.share), self.finding.code)
    }

    /// Time of a treated call ÷ time of an untreated one: what the treatment saves of a block, by
    /// the cost model; where a capacity is learned, as the finding predicts it.
    pub(super) fn predicted_time_ratio(&self) -> Option<f64> {
        if let Some(gain) = self.gain {
            return Some((1.0 - gain).max(0.0));
        }
        let all = self.call_ns? * self.calls as f64;
        (all > 0.0).then(|| (1.0 - self.finding.saving.cpu_ns as f64 / all).max(0.0))
    }

    /// The change to the source that does for good what the routing does, where the source can be
    /// read.
    pub(super) fn edit(&self) -> Option<Edit> {
        match self.routing.remedy() {
            remedy if Some(remedy) == self.finding.remedy && self.finding.edit.is_some() => {
                self.finding.edit.clone()
            }
            remedy => self.finding.edit_for(remedy),
        }
    }

    /// Begins a trial.
    pub(super) fn start(&self, settings: Settings) {
        if self.routing == Treatment::Arena {
            self.site.readmit();
        }
        self.refresh(false, settings);
    }

    /// Sets the site's routing, also at nodes that came since.
    pub(super) fn refresh(&self, adopted: bool, settings: Settings) {
        let (share, rarity) =
            if adopted { (1.0 - settings.holdout, RARITY) } else { (settings.share, 0) };
        set(self.site, Routing::some(self.routing.route(), share, rarity));
        if self.routing == Treatment::PreSize {
            presize::set_waiting(self.site, LearnerMode::OnTrial);
        }
    }

    /// Treats no call any more.
    pub(super) fn stop(&self) {
        set(self.site, Routing::all(Route::Plain));
        if self.routing == Treatment::PreSize {
            presize::set_waiting(self.site, LearnerMode::Learning);
        }
    }
}

/// Sets the routing of a site, and of its nodes on all threads.
fn set(site: &'static Site, routing: Routing) {
    site.set_routing(routing);
    crate::record::each_node(|node| {
        if node.site().is_some_and(|of| std::ptr::eq(of, site)) {
            node.set_routing(routing);
        }
    });
}
