//! What waits for a sink, in which order and for how long, whatever the sink does.

use super::*;
use crate::alerts::model::Change;
use crate::alerts::sink::courier::{Courier, Step};
use crate::clock::Stamp;
use std::sync::{Arc, Mutex};

/// A sink that answers as it is told to.
#[derive(Debug)]
struct Made {
    answers: Arc<Mutex<Vec<Result<(), SinkError>>>>,
    told: Arc<Mutex<Vec<Message>>>,
    by_itself: bool,
    refresh: Option<Duration>,
}

impl Made {
    fn new(answers: Vec<Result<(), SinkError>>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers)),
            told: Arc::default(),
            by_itself: false,
            refresh: None,
        }
    }
}

impl Sink for Made {
    #[allow(clippy::unnecessary_literal_bound, reason = "names of sinks may be made")]
    fn name(&self) -> &str {
        "made"
    }

    fn groups_by_itself(&self) -> bool {
        self.by_itself
    }

    fn send(&mut self, message: &Message) -> Result<(), SinkError> {
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() { Ok(()) } else { answers.remove(0) };
        if answer.is_ok() {
            self.told.lock().unwrap().push(message.clone());
        }
        answer
    }

    fn refresh_every(&self) -> Option<Duration> {
        self.refresh
    }
}

#[test]
fn waits_double_and_end() {
    let sink = Made::new((0..100).map(|_| Err(SinkError::again("no"))).collect());
    let mut courier = Courier::new(Box::new(sink), Duration::from_secs(600), 7);
    courier.take(one(), Duration::ZERO);
    let (mut now, mut waits) = (Duration::ZERO, Vec::new());
    loop {
        match courier.step(now) {
            Step::Failed(why) => {
                assert_eq!(why, "no");
                let next = courier.next().unwrap();
                assert_eq!(courier.step(next.checked_sub(ms(1)).unwrap()), Step::Idle);
                waits.push(next.saturating_sub(now).as_millis());
                now = next;
            }
            step => {
                assert_eq!(step, Step::GivenUp("no".to_owned()));
                break;
            }
        }
    }
    for (failure, wait) in waits.iter().enumerate() {
        let most = (500u128 << failure.min(10)).min(60_000);
        assert!((most / 2..=most).contains(wait), "wait {failure} is {wait} ms of {most}");
    }
    assert!((10..25).contains(&waits.len()), "{waits:?}");
    assert!(now > Duration::from_secs(530) && now <= Duration::from_secs(600), "{now:?}");
    assert!(courier.is_free());
}

#[test]
fn what_will_never_go_is_given_up_and_a_wish_is_heard() {
    let later = SinkError { after: Some(ms(9_000)), ..SinkError::again("busy") };
    let answers = vec![Err(SinkError::never("bad")), Err(later), Ok(())];
    let mut courier = Courier::new(Box::new(Made::new(answers)), Duration::from_secs(60), 7);
    courier.take(one(), Duration::ZERO);
    assert_eq!(courier.step(Duration::ZERO), Step::GivenUp("bad".to_owned()));
    courier.take(one(), ms(1));
    assert_eq!(courier.step(ms(1)), Step::Failed("busy".to_owned()));
    assert_eq!(courier.next(), Some(ms(9_001)));
    assert_eq!(courier.step(ms(9_001)), Step::Sent);
}

/// A state of all alerts in which this one fires.
fn state(rule: &str) -> Message {
    Message::Alerts { firing: vec![alert(rule, State::Firing)], ended: vec![] }
}

#[test]
fn a_newer_state_comes_no_earlier_than_the_one_before_it_would() {
    let later = |after| SinkError { after, ..SinkError::again("busy") };
    let (soon, late) = (Some(ms(9_000)), Some(ms(3_600_000)));
    let answers = vec![later(None), later(None), later(soon)].into_iter().map(Err);
    let sink = Made::new(answers.chain([Ok(()), Err(later(late))]).collect());
    let told = Arc::clone(&sink.told);
    let mut courier = Courier::new(Box::new(sink), Duration::MAX, 7);
    courier.take(state("A"), Duration::ZERO);
    let (mut now, mut waits) = (Duration::ZERO, Vec::new());
    for newer in ["B", "C", "D"] {
        assert_eq!(courier.step(now), Step::Failed("busy".to_owned()));
        courier.renew(state(newer), now + ms(1));
        assert_eq!(courier.step(now + ms(1)), Step::Idle);
        let next = courier.next().unwrap();
        waits.push(next.saturating_sub(now).as_millis());
        now = next;
    }
    assert!((250..=500).contains(&waits[0]) && (500..=1_000).contains(&waits[1]), "{waits:?}");
    assert_eq!(waits[2], 9_000);
    assert_eq!(courier.step(now), Step::Sent);
    assert_eq!(*told.lock().unwrap(), [state("D")]);
    // At the end there is no later for what was never tried.
    courier.take(state("A"), now);
    assert_eq!(courier.step(now), Step::Failed("busy".to_owned()));
    courier.hurry(now);
    assert_eq!(courier.step(now), Step::Idle);
    courier.renew(state("B"), now);
    assert_eq!(courier.step(now), Step::Idle);
    courier.hurry(now);
    assert_eq!(courier.step(now), Step::Sent);
}

#[test]
fn a_dead_sink_is_not_asked_at_each_change_and_is_told_the_newest_at_the_end() {
    let hour = SinkError { after: Some(Duration::from_secs(3_600)), ..SinkError::again("dead") };
    let sink = Made { by_itself: true, ..Made::new(vec![Err(hour)]) };
    let got = Arc::clone(&sink.told);
    let mut outbox = Outbox::new();
    outbox.add(Box::new(sink), Delivery { retry_for: Duration::MAX, ..Delivery::default() });
    // More alerts than ends are kept of.
    let numbered = |number: u64, state| Alert { fingerprint: number, ..alert("Leak", state) };
    let firing: Vec<Alert> = (0..1_100).map(|number| numbered(number, State::Firing)).collect();
    outbox.tell(&[], &[], &firing);
    until("it failed", || outbox.status()[0].failed == 1);
    for (from, to) in [(0, 600), (600, 1_100)] {
        let end = |number| Change {
            at: Stamp::default(),
            alert: numbered(number, State::Resolved),
            from: State::Firing,
            to: State::Resolved,
            why: String::new(),
        };
        let ends: Vec<Change> = (from..to).map(end).collect();
        outbox.tell(&ends, &[], &firing[to as usize..]);
        std::thread::sleep(ms(50));
        assert_eq!(outbox.status()[0].failed, 1);
    }
    assert_eq!(got.lock().unwrap().len(), 0);
    outbox.stop(Duration::from_secs(5));
    let Message::Alerts { firing, ended } = got.lock().unwrap()[0].clone() else { panic!() };
    let is_newest = (600..1_100).all(|number| ended.iter().any(|one| one.fingerprint == number));
    assert_eq!((firing.len(), ended.len(), is_newest), (0, 1_000, true));
}

/// A sink that panics at its first message, or where it is asked how often it wants to be called.
#[derive(Debug)]
struct Panics {
    left: u32,
    at_once: bool,
}

impl Sink for Panics {
    #[allow(clippy::unnecessary_literal_bound, reason = "names of sinks may be made")]
    fn name(&self) -> &str {
        "panics"
    }

    fn send(&mut self, _: &Message) -> Result<(), SinkError> {
        self.left = self.left.checked_sub(1).unwrap_or(u32::MAX);
        assert!(self.left == u32::MAX, "on purpose");
        Ok(())
    }

    fn refresh_every(&self) -> Option<Duration> {
        assert!(!self.at_once, "on purpose");
        Some(Duration::MAX)
    }

    fn refresh(&mut self) -> Result<(), SinkError> {
        panic!("on purpose, number {}", self.left)
    }
}

#[test]
fn a_sink_that_panics_is_told_and_goes_on() {
    let mut outbox = Outbox::new();
    let group = [group(vec![alert("Leak", State::Firing)])];
    outbox.add(Box::new(Panics { left: 1, at_once: false }), Delivery::default());
    outbox.tell(&[], &group, &[]);
    until("it is given up", || outbox.status()[0].given_up == 1);
    let fault = outbox.status()[0].fault.clone();
    assert_eq!(fault.as_deref(), Some("the sink panicked: on purpose"));
    outbox.tell(&[], &group, &[]);
    until("the next one is told", || outbox.status()[0].sent == 1);
    assert_eq!(outbox.status()[0].fault, None);
    // Where that cannot be helped, it is told all the same.
    outbox.add(Box::new(Panics { left: 0, at_once: true }), Delivery::default());
    until("its thread is gone", || outbox.status()[1].fault.is_some());
    let fault = outbox.status()[1].fault.clone();
    assert_eq!(fault.as_deref(), Some("its thread panicked: nothing is told any more"));
    outbox.tell(&[], &group, &[]);
    assert_eq!(outbox.status()[1].dropped, 1);
}

#[test]
fn what_fires_is_told_again_in_its_interval() {
    let sink = Made { refresh: Some(ms(100)), ..Made::new(vec![]) };
    let mut courier = Courier::new(Box::new(sink), Duration::from_secs(60), 7);
    assert_eq!(courier.step(ms(99)), Step::Idle);
    assert_eq!(courier.step(ms(100)), Step::Refreshed);
    assert_eq!(courier.next(), Some(ms(200)));
    courier.take(one(), ms(150));
    assert_eq!(courier.step(ms(150)), Step::Sent);
    assert_eq!(courier.step(ms(200)), Step::Idle);
    assert_eq!(courier.step(ms(250)), Step::Refreshed);
}

/// Waits until this holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(ms(5));
    }
}

#[test]
fn a_slow_sink_keeps_nobody_waiting_and_what_is_lost_is_counted() {
    let (let_go, hold) = channel::<()>();
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    let slow = Callback::new("slow", move |_| {
        let _ = hold.recv();
        *count.lock().unwrap() += 1;
    });
    let fast = Made::new(vec![]);
    let got = Arc::clone(&fast.told);
    let mut outbox = Outbox::new();
    outbox.add(Box::new(slow), Delivery { queue: 3, ..Delivery::default() });
    outbox.add(Box::new(fast), Delivery { queue: 50, ..Delivery::default() });
    let began = Instant::now();
    for _ in 0..20 {
        outbox.tell(&[], &[group(vec![alert("Leak", State::Firing)])], &[]);
    }
    // The slow one takes nothing before the end of the test.
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    until("the fast one is told all", || got.lock().unwrap().len() == 20);
    let status = &outbox.status()[0];
    assert!((16..=17).contains(&status.dropped), "{status:?}");
    drop(let_go);
    until("the slow one is told the rest", || {
        let status = &outbox.status()[0];
        *told.lock().unwrap() + status.dropped == 20 && status.waiting == 0
    });
}

#[test]
fn a_panicking_callback_is_told_and_goes_on() {
    let mut outbox = Outbox::new();
    let mut first = true;
    let call = Callback::new("call", move |_| assert!(!std::mem::take(&mut first), "on purpose"));
    outbox.add(Box::new(call), Delivery::default());
    for _ in 0..2 {
        outbox.tell(&[], &[group(vec![alert("Leak", State::Firing)])], &[]);
    }
    until("both are over", || {
        let status = &outbox.status()[0];
        status.given_up == 1 && status.sent == 1
    });
}

#[test]
fn a_sink_is_told_only_what_it_wants() {
    let sink = Made::new(vec![]);
    let got = Arc::clone(&sink.told);
    let mut outbox = Outbox::new();
    let only = vec![Matcher::is("alertname", "L*")];
    outbox.add(Box::new(sink), Delivery { only, resolved: false, ..Delivery::default() });
    let info = Alert { severity: Severity::Info, ..alert("Low", State::Firing) };
    let all = vec![
        alert("Leak", State::Firing),
        alert("Other", State::Firing),
        alert("Late", State::Resolved),
        info,
    ];
    outbox.tell(&[], &[group(all), group(vec![alert("Other", State::Firing)])], &[]);
    until("one is told", || !got.lock().unwrap().is_empty());
    outbox.stop(PATIENCE);
    let got = got.lock().unwrap();
    let Message::Group(told) = &got[0] else { panic!("it is a group") };
    let names: Vec<&str> = told.alerts.iter().map(|alert| alert.rule.as_str()).collect();
    assert_eq!((names, got.len()), (vec!["Leak"], 1));
}

#[test]
fn a_sink_that_groups_by_itself_is_told_each_state_once() {
    let sink = Made { by_itself: true, ..Made::new(vec![]) };
    let got = Arc::clone(&sink.told);
    let mut outbox = Outbox::new();
    outbox.add(Box::new(sink), Delivery::default());
    let firing = [alert("Leak", State::Firing)];
    let quiet = Alert {
        quiet: Some(crate::alerts::Quiet::Silenced(1)),
        ..alert("Silenced", State::Firing)
    };
    outbox.tell(&[], &[], &[firing[0].clone(), quiet.clone()]);
    outbox.tell(&[], &[], &[firing[0].clone(), quiet]);
    until("it is told", || got.lock().unwrap().len() == 1);
    let end = |rule: &str| Change {
        at: Stamp::default(),
        alert: alert(rule, State::Resolved),
        from: State::Firing,
        to: State::Resolved,
        why: String::new(),
    };
    // Whoever was not told of an alert is not told of its end.
    outbox.tell(&[end("Leak"), end("Silenced")], &[], &[]);
    until("it is told of the end", || got.lock().unwrap().len() == 2);
    let wanted = Message::Alerts { firing: vec![], ended: vec![alert("Leak", State::Resolved)] };
    assert_eq!(got.lock().unwrap()[1], wanted);
}

/// It takes what is not sent again for what has ended.
#[test]
fn a_sink_that_groups_by_itself_hears_of_what_became_quiet_until_it_ends() {
    let sink = Made { by_itself: true, ..Made::new(vec![]) };
    let got = Arc::clone(&sink.told);
    let mut outbox = Outbox::new();
    outbox.add(Box::new(sink), Delivery::default());
    let last = |count: usize| {
        until("it is told", || got.lock().unwrap().len() == count);
        let Message::Alerts { firing, ended } = got.lock().unwrap()[count - 1].clone() else {
            panic!("it is a state");
        };
        let names = |alerts: Vec<Alert>| alerts.into_iter().map(|it| it.rule).collect::<Vec<_>>();
        (names(firing), names(ended))
    };
    let (near, at) = (alert("Near", State::Firing), alert("At", State::Firing));
    let quiet = |why| Alert { quiet: Some(why), ..near.clone() };
    outbox.tell(&[], &[], std::slice::from_ref(&near));
    assert_eq!(last(1), (vec!["Near".to_owned()], vec![]));
    let inhibited = quiet(crate::alerts::Quiet::Inhibited("At".to_owned()));
    outbox.tell(&[], &[], &[inhibited, at.clone()]);
    assert_eq!(last(2), (vec!["Near".to_owned(), "At".to_owned()], vec![]));
    // The next run of the program knows that somebody took the alert on, and so has seen it.
    let mut outbox = Outbox::new();
    let sink = Made { by_itself: true, told: Arc::clone(&got), ..Made::new(vec![]) };
    outbox.add(Box::new(sink), Delivery::default());
    outbox.tell(&[], &[], &[quiet(crate::alerts::Quiet::Acknowledged("me".to_owned()))]);
    assert_eq!(last(3), (vec!["Near".to_owned()], vec![]));
    let end = Change {
        at: Stamp::default(),
        alert: alert("Near", State::Resolved),
        from: State::Firing,
        to: State::Resolved,
        why: String::new(),
    };
    outbox.tell(&[end], &[], &[]);
    assert_eq!(last(4), (vec![], vec!["Near".to_owned()]));
}

#[test]
fn a_sink_that_takes_the_place_of_another_goes_on_with_what_that_one_told() {
    let made = |got: &Arc<Mutex<Vec<Message>>>| {
        let sink = Made { by_itself: true, told: Arc::clone(got), ..Made::new(vec![]) };
        let mut outbox = Outbox::new();
        outbox.add(Box::new(sink), Delivery::default());
        outbox
    };
    let got = Arc::default();
    let mut outbox = made(&got);
    let near = alert("Near", State::Firing);
    outbox.tell(&[], &[], std::slice::from_ref(&near));
    until("it is told", || got.lock().unwrap().len() == 1);
    let told = outbox.told();
    let silenced = Alert { quiet: Some(crate::alerts::Quiet::Silenced(1)), ..near };
    let next = Arc::default();
    let mut outbox = made(&next);
    outbox.inherit(&told);
    assert_eq!(outbox.told(), told);
    let firing = [silenced, alert("At", State::Firing)];
    outbox.tell(&[], &[], &firing[..1]);
    outbox.tell(&[], &[], &firing[..1]);
    until("it is told again", || next.lock().unwrap().len() == 1);
    let wanted = Message::Alerts { firing: firing[..1].to_vec(), ended: vec![] };
    assert_eq!(next.lock().unwrap()[0], wanted);
    outbox.tell(&[], &[], &firing);
    until("it is told of the other", || next.lock().unwrap().len() == 2);
}

/// A state that was not told yet is replaced by a newer one, and what ended is not lost.
#[test]
fn a_dead_sink_learns_of_all_ends_once_it_is_back() {
    // It stays dead until it is told otherwise.
    let dead: Vec<_> = (0..1_000).map(|_| Err(SinkError::again("dead"))).collect();
    let sink = Made { by_itself: true, ..Made::new(dead) };
    let (answers, got) = (Arc::clone(&sink.answers), Arc::clone(&sink.told));
    answers.lock().unwrap().insert(0, Ok(()));
    let mut outbox = Outbox::new();
    outbox.add(Box::new(sink), Delivery::default());
    let (a, b) = (alert("A", State::Firing), alert("B", State::Firing));
    outbox.tell(&[], &[], &[a.clone(), b.clone()]);
    until("both are told", || got.lock().unwrap().len() == 1);
    let end = |rule: &str| Change {
        at: Stamp::default(),
        alert: alert(rule, State::Resolved),
        from: State::Firing,
        to: State::Resolved,
        why: String::new(),
    };
    outbox.tell(&[end("A")], &[], &[b]);
    until("it failed", || outbox.status()[0].fault.as_deref() == Some("dead"));
    assert!(outbox.status()[0].failed >= 1);
    outbox.tell(&[end("B")], &[], &[]);
    answers.lock().unwrap().clear();
    until("all is told", || got.lock().unwrap().len() == 2);
    let Message::Alerts { firing, ended } = got.lock().unwrap()[1].clone() else { panic!() };
    let mut names: Vec<String> = ended.into_iter().map(|alert| alert.rule).collect();
    names.sort();
    assert_eq!((firing.len(), names), (0, vec!["A".to_owned(), "B".to_owned()]));
    until("the fault is over", || outbox.status()[0].fault.is_none());
}
