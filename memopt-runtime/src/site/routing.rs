//! The word at a site and its nodes that says what its calls get.

use crate::thread::route::Route;

/// Where the blocks of a site's calls come from, of how many of them, and which are measured; all
/// in one word.
///
/// Bits 0 to 7: the route. Bits 8 to 15: of 256 calls so many are treated, 0 for all. Bits 16 to
/// 23: one call in two to this power is measured; without a share none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Routing(pub(crate) u32);

/// What one call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) route: Route,
    pub(crate) treated: bool,
    pub(crate) measured: bool,
}

impl Routing {
    /// Every call by `route`, none measured.
    pub(crate) const fn all(route: Route) -> Self {
        Self(route as u32)
    }

    /// A share of the calls by `route`, one in two to the power `rarity` measured.
    pub(crate) fn some(route: Route, share: f64, rarity: u32) -> Self {
        let of_256 = ((share * 256.0).round() as u32).clamp(1, 255);
        Self(route as u32 | of_256 << 8 | rarity << 16)
    }

    /// What treated calls get.
    pub(crate) fn route(self) -> Route {
        Route::from_word(self.0 & 255)
    }

    /// Whether the calls are like any other.
    pub(crate) fn is_off(self) -> bool {
        self.0 == 0
    }

    /// Whether a share of the calls only is treated, to compare them with the others.
    pub(crate) fn is_tried(self) -> bool {
        self.0 >> 8 & 255 != 0
    }

    /// Draws what a call gets.
    pub(crate) fn draw(self, random: u32) -> Assignment {
        let share = self.0 >> 8 & 255;
        let treated = share == 0 || random & 255 < share;
        let rarity = self.0 >> 16 & 255;
        let measured = share != 0 && (random >> 8).trailing_zeros() >= rarity;
        let route = if treated { self.route() } else { Route::Plain };
        Assignment { route, treated, measured }
    }
}

#[cfg(test)]
mod tests {
    use super::{Assignment, Route, Routing};

    #[test]
    fn a_fixed_route_is_for_every_call() {
        for random in [0, 77, u32::MAX] {
            let assignment = Routing::all(Route::Bump).draw(random);
            assert_eq!(
                assignment,
                Assignment { route: Route::Bump, treated: true, measured: false }
            );
        }
    }

    #[test]
    fn a_share_is_drawn_and_measured_as_often_as_said() {
        let routing = Routing::some(Route::Slab, 0.25, 3);
        let mut seed = 1u64;
        let (mut treated, mut measured, n) = (0, 0, 100_000);
        for _ in 0..n {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let assignment = routing.draw((seed >> 32) as u32);
            assert_eq!(
                assignment.route,
                if assignment.treated { Route::Slab } else { Route::Plain }
            );
            treated += u32::from(assignment.treated);
            measured += u32::from(assignment.measured);
        }
        assert!((24_000..26_000).contains(&treated), "{treated}");
        assert!((11_500..13_500).contains(&measured), "{measured}");
    }
}
