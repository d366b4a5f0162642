//! Made-up series of memory, of which is known whether they leak. Drawn from a seed: the same seed
//! gives the same series.

#![allow(dead_code, unreachable_pub, reason = "each program that includes this file uses its part")]

use std::f64::consts::TAU;

/// Random numbers: `SplitMix64` (G. L. Steele and others, 2014).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly in the logarithm.
    pub fn scale(&mut self, low: f64, high: f64) -> f64 {
        (self.between(low.ln(), high.ln())).exp()
    }

    fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Normal, with deviation 1.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (TAU * self.unit()).cos()
    }
}

/// Kinds that leak.
pub const LEAKING: [&str; 5] = ["linear", "superlinear", "stairs", "burst-fed", "slow in seasons"];
/// Kinds that do not.
pub const HEALTHY: [&str; 8] = [
    "diurnal",
    "sawtooth",
    "warm-up",
    "steps",
    "bursts",
    "heavy noise",
    "autocorrelated",
    "warm-up, diurnal",
];

/// A made-up series.
#[derive(Debug)]
pub struct Case {
    pub kind: &'static str,
    pub leaks: bool,
    /// Seconds from one value to the next.
    pub step: f64,
    pub values: Vec<f64>,
}

/// How far the kinds go.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Noise at most, in shares of the level.
    noise: f64,
    /// Rise of a leak at least.
    rise: f64,
    /// Fewest steps of a staircase, fewest bursts.
    stairs: usize,
    bursts: usize,
    /// Most steps of a series that does not leak.
    steps: usize,
    /// Longest time in which something warms up, in shares of the series.
    warm_up: f64,
    /// Fewest cycles of a day, of a sawtooth.
    days: f64,
    teeth: f64,
    /// Longest memory of an autocorrelated series, in shares of it.
    memory: f64,
}

/// What is to be told apart.
pub const USUAL: Reach = Reach {
    noise: 0.04,
    rise: 0.1,
    stairs: 6,
    bursts: 10,
    steps: 3,
    warm_up: 0.15,
    days: 1.6,
    teeth: 4.0,
    memory: 0.04,
};
/// What cannot always be: a day that has not ended is a leak so far.
pub const WIDE: Reach = Reach {
    noise: 0.1,
    rise: 0.08,
    stairs: 4,
    bursts: 6,
    steps: 5,
    warm_up: 0.3,
    days: 1.1,
    teeth: 2.0,
    memory: 0.15,
};

/// So many series that leak and so many that do not, in turns of their kinds.
pub fn suite(reach: Reach, seed: u64, each: usize) -> Vec<Case> {
    let make = |leaks: bool, kinds: &'static [&'static str]| {
        (0..each).map(move |i| {
            let mut random = Random::new(seed ^ (u64::from(leaks) << 63) ^ (i as u64) << 32);
            let n = random.scale(500.0, 20_000.0) as usize;
            case(reach, kinds[i % kinds.len()], leaks, n, &mut random)
        })
    };
    make(true, &LEAKING).chain(make(false, &HEALTHY)).collect()
}

/// A series of this kind, of `n` values.
#[allow(clippy::too_many_lines, reason = "a table of kinds")]
pub fn case(reach: Reach, kind: &'static str, leaks: bool, n: usize, random: &mut Random) -> Case {
    // All but the level is in shares of the level.
    let level = random.scale(20.0, 4e9);
    let mut noise = random.scale(0.001, reach.noise);
    let rise = random.scale(reach.rise, 2.0);
    let shape: Vec<f64> = match kind {
        "linear" => {
            let onset = if random.chance(0.3) { random.between(0.0, 0.3) } else { 0.0 };
            shape(n, |t| rise * (t - onset).max(0.0) / (1.0 - onset))
        }
        "superlinear" => {
            let power = random.between(1.3, 3.0);
            shape(n, |t| rise * t.powf(power))
        }
        "stairs" => {
            let stairs = random.whole(reach.stairs, 40);
            let jitter = random.between(0.0, 0.4);
            let at: Vec<f64> = (0..stairs)
                .map(|i| (i as f64 + 0.5 + jitter * random.between(-1.0, 1.0)) / stairs as f64)
                .collect();
            shape(n, |t| rise * at.iter().filter(|a| **a <= t).count() as f64 / stairs as f64)
        }
        "burst-fed" => {
            let bursts = random.whole(reach.bursts, 60);
            let height = random.between(0.0, 0.5);
            let length = random.scale(0.001, 0.02);
            let each: Vec<(f64, f64)> =
                (0..bursts).map(|_| (random.unit(), -(1.0 - random.unit()).ln())).collect();
            let whole: f64 = each.iter().map(|(_, size)| size).sum();
            shape(n, |t| {
                let kept = |(at, size): &(f64, f64)| {
                    let done = ((t - at) / length).clamp(0.0, 1.0);
                    let held = if done > 0.0 && done < 1.0 { height } else { 0.0 };
                    rise * done * size / whole + held
                };
                each.iter().map(kept).sum()
            })
        }
        "slow in seasons" => {
            let season = season(random, 2.0, 25.0);
            let amplitude = random.between(0.05, 0.4);
            let rise = (amplitude * random.between(0.4, 1.5)).max(reach.rise);
            shape(n, |t| rise * t + amplitude * season(t))
        }
        "diurnal" => {
            let season = season(random, reach.days, 25.0);
            let amplitude = random.between(0.05, 0.5);
            shape(n, |t| amplitude * season(t))
        }
        "sawtooth" => {
            let amplitude = random.between(0.1, 0.7);
            let cycles = random.scale(reach.teeth, 150.0);
            let jitter = random.between(0.0, 0.5);
            let mut ends = vec![0.0];
            while *ends.last().unwrap() < 1.0 {
                let length = (1.0 + jitter * random.between(-1.0, 1.0)) / cycles;
                ends.push(ends.last().unwrap() + length);
            }
            let shift = random.unit() * ends[1];
            let to_floor = random.between(0.0, 0.1);
            shape(n, |t| {
                let t = t + shift;
                let next = ends.partition_point(|end| *end <= t).min(ends.len() - 1);
                let begin = ends[next.max(1) - 1];
                let kept = to_floor * ((next * 7919) % 10) as f64 / 10.0;
                amplitude * (kept + (t - begin) * cycles * (1.0 - kept)).min(1.6)
            })
        }
        "warm-up" => {
            let time = random.scale(0.01, reach.warm_up);
            shape(n, |t| rise * (1.0 - (-t / time).exp()))
        }
        "warm-up, diurnal" => {
            let time = random.scale(0.01, reach.warm_up * 0.7);
            let season = season(random, 2.0, 20.0);
            let amplitude = random.between(0.05, 0.2);
            shape(n, |t| rise * (1.0 - (-t / time).exp()) + amplitude * season(t))
        }
        "steps" => {
            let steps: Vec<(f64, f64)> = (0..random.whole(1, reach.steps))
                .map(|_| {
                    let up = if random.chance(0.7) { 1.0 } else { -0.4 };
                    (random.between(0.05, 0.95), up * random.scale(0.05, 0.8))
                })
                .collect();
            shape(n, |t| steps.iter().filter(|(at, _)| *at <= t).map(|(_, size)| size).sum())
        }
        "bursts" => {
            let fade = random.scale(0.001, 0.02);
            let each: Vec<(f64, f64)> =
                (0..random.whole(3, 40)).map(|_| (random.unit(), random.scale(0.1, 1.5))).collect();
            shape(n, |t| {
                let of = |(at, size): &(f64, f64)| {
                    if *at <= t { size * (-(t - at) / fade).exp() } else { 0.0 }
                };
                each.iter().map(of).sum()
            })
        }
        "heavy noise" => {
            noise = random.between(0.08, 0.3);
            vec![0.0; n]
        }
        "autocorrelated" => {
            let time = random.scale(0.001, reach.memory) * n as f64;
            let keep = (-1.0 / time.max(1.0)).exp();
            let deviation = random.scale(0.02, 0.15);
            let fresh = deviation * (1.0 - keep * keep).sqrt();
            let mut value = deviation * random.normal();
            (0..n)
                .map(|_| {
                    value = value * keep + fresh * random.normal();
                    value
                })
                .collect()
        }
        _ => unreachable!("no kind {kind}"),
    };
    let whole = level < 2_000.0 && random.chance(0.4);
    let values = shape.into_iter().map(|share| {
        let value = (level * (1.0 + share + noise * random.normal())).max(0.0);
        if whole { value.round() } else { value }
    });
    let values = values.collect();
    let step = [1.0, 5.0, 10.0, 60.0][random.whole(0, 3)];
    Case { kind, leaks, step, values }
}

fn shape(n: usize, of: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..n).map(|i| of(i as f64 / n as f64)).collect()
}

/// A wave of so many cycles between 0 and 1, sharp or round, with a second harmonic at times.
fn season(random: &mut Random, low: f64, high: f64) -> impl Fn(f64) -> f64 + use<> {
    let cycles = random.scale(low, high);
    let phase = random.unit();
    let second = if random.chance(0.5) { random.between(0.0, 0.4) } else { 0.0 };
    let turn = random.unit();
    move |t| {
        let at = TAU * (t * cycles + phase);
        0.5 + 0.5 * (at.sin() + second * (2.0 * at + TAU * turn).sin()) / (1.0 + second)
    }
}
