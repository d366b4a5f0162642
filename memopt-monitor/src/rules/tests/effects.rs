//! Proposals, effects, budgets and what is saved.

use super::*;

#[test]
fn a_proposal_waits_for_an_answer() {
    let ask = CollectionRule { mode: None, ..change() };
    let mut world = World::new(vec![ask]);
    assert_eq!(
        world.seconds(10, 200.0),
        ["change: it proposes reclaim, heap-profile: heap.live is 200 B"]
    );
    assert!(world.made.orders.is_empty());
    let id = world.rules.proposals().next().unwrap().id;
    assert_eq!(world.why(), format!("it waits for an answer to its proposal {id}"));
    world.restart(seconds(1));
    world.seconds(4, 200.0);
    assert!(world.rules.agree(id, "an operator") && !world.rules.agree(id, "another"));
    let told = world.seconds(1, 200.0);
    assert_eq!(
        told,
        ["change: it takes reclaim, heap-profile: heap.live is 200 B; an operator agreed"]
    );
    assert_eq!(world.taken(), ["reclaim"]);
}

#[test]
fn a_proposal_is_refused_withdrawn_or_not_answered() {
    let ask = CollectionRule { mode: None, ..change() };
    let mut world = World::new(vec![ask.clone()]);
    world.seconds(5, 200.0);
    let id = world.rules.proposals().next().unwrap().id;
    assert!(world.rules.refuse(id, "an operator", &world.clock.now()));
    assert_eq!(world.seconds(100, 200.0), Vec::<String>::new());
    let refused = Some(Ending::Refused("an operator".to_owned()));
    assert_eq!(world.rules.history().next().unwrap().ending, refused);
    assert!(!world.rules.agree(id, "an operator"));
    // Withdrawn.
    let mut world = World::new(vec![ask.clone()]);
    world.seconds(5, 200.0);
    assert_eq!(
        world.seconds(1, 10.0),
        ["change: its proposal is withdrawn: its trigger has ended"]
    );
    assert_eq!(world.rules.proposals().count(), 0);
    // Not answered.
    let mut world = World::new(vec![ask]);
    world.settings.ask_for = seconds(20);
    world.rules.configure(&world.settings.clone(), seconds(5));
    world.seconds(100, 200.0);
    let endings: Vec<_> = world.rules.history().map(|run| run.ending.clone()).collect();
    assert_eq!(endings, [Some(Ending::Unanswered)]);
}

#[test]
fn an_agreement_does_not_outlive_what_it_was_given_for() {
    let ask = CollectionRule { mode: None, ..change() };
    let proposed = "change: it proposes reclaim, heap-profile: heap.live is 200 B";
    // The trigger ends before the actions are taken, and holds anew later.
    let mut world = World::new(vec![ask.clone()]);
    world.seconds(5, 200.0);
    let id = world.rules.proposals().next().unwrap().id;
    assert!(world.rules.agree(id, "an operator"));
    let withdrawn = "change: its proposal is withdrawn: its trigger has ended";
    assert_eq!(world.seconds(1, 10.0), [withdrawn]);
    assert_eq!(world.seconds(10, 200.0), [proposed]);
    assert_eq!(world.taken(), [""; 0]);
    // A limit holds the actions back until the agreement is too old.
    let mut world = World::new(vec![ask]);
    world.settings.ask_for = seconds(20);
    world.rules.configure(&world.settings.clone(), seconds(5));
    world.seconds(20, 200.0);
    let id = world.rules.proposals().next().unwrap().id;
    assert!(world.rules.agree(id, "an operator"));
    let actions = |world: &mut World, actions_per_hour| {
        world.settings.actions_per_hour = actions_per_hour;
        world.rules.configure(&world.settings.clone(), seconds(5));
    };
    actions(&mut world, 0);
    world.seconds(30, 200.0);
    actions(&mut world, 10);
    let withdrawn = "change: its proposal is withdrawn: what was agreed to was not done in time";
    assert_eq!(world.seconds(1, 200.0), [withdrawn, proposed]);
    assert_eq!(world.taken(), [""; 0]);
}

#[test]
fn an_effect_is_measured_and_the_next_action_waits_for_it() {
    let mut world = World::new(vec![change()]);
    world.seconds(4, 200.0);
    assert_eq!(world.taken(), ["reclaim"]);
    assert_eq!(world.seconds(5, 120.0), Vec::<String>::new());
    assert_eq!(world.seconds(1, 120.0), ["change: all actions were taken"]);
    assert_eq!(world.taken(), ["reclaim", "heap-profile"]);
    let run = world.rules.history().next().unwrap();
    let effect = run.actions[0].effect.as_ref().unwrap();
    assert_eq!((effect.before, effect.after), (200.0, Some(120.0)));
    assert_eq!(effect.verdict, Verdict::Better);
    assert_eq!(run.actions[1].effect, None);
    assert!(world.made.undone.is_empty());
}

#[test]
fn what_does_harm_is_taken_back_and_not_repeated_until_something_changed() {
    let mut world = World::new(vec![change()]);
    world.seconds(4, 200.0);
    let told = world.seconds(6, 300.0);
    assert_eq!(told, ["change: an action did harm: `reclaim` was taken back"]);
    assert_eq!(world.made.undone.len(), 1);
    assert_eq!(world.taken(), ["reclaim"]);
    let episode = |world: &mut World| {
        world.seconds(10, 10.0);
        world.seconds(4, 200.0);
    };
    episode(&mut world);
    assert!(world.why().starts_with("its action `reclaim` did harm"), "{}", world.why());
    world.restart(seconds(10));
    episode(&mut world);
    assert_eq!(world.taken(), ["reclaim"]);
    // Another version of the program.
    world.situation = "2.0";
    world.seconds(1, 200.0);
    assert_eq!(world.taken(), ["reclaim", "reclaim"]);
    // Harm again; then somebody allows it.
    world.seconds(6, 300.0);
    episode(&mut world);
    assert_eq!(world.taken().len(), 2);
    assert!(world.rules.allow("change") && !world.rules.allow("change"));
    world.seconds(1, 200.0);
    world.seconds(100, 10.0);
    episode(&mut world);
    assert!(world.taken().len() >= 3, "{:?}", world.taken());
}

#[test]
fn two_changes_are_not_measured_at_once() {
    let second = CollectionRule { name: "second".to_owned(), ..change() };
    let mut world = World::new(vec![change(), second, rule()]);
    world.seconds(4, 200.0);
    assert_eq!(world.taken(), ["reclaim", "heap-profile"]);
    let why = world.rules.status()[1].inaction.to_string();
    assert_eq!(why, "the effect of the rule `change` is being measured");
    world.seconds(7, 200.0);
    assert_eq!(world.taken(), ["reclaim", "heap-profile", "heap-profile", "reclaim"]);
}

#[test]
fn the_budget_of_the_hour_is_for_all_rules_and_outlives_the_program() {
    let many = |name: &str| CollectionRule {
        name: name.to_owned(),
        repeat: Some(seconds(1)),
        cooldown: seconds(0),
        limit: 1_000,
        ..rule()
    };
    let mut world = World::new(vec![many("a"), many("b")]);
    world.settings.actions_per_hour = 10;
    world.rules.configure(&world.settings.clone(), seconds(5));
    world.seconds(100, 200.0);
    assert_eq!(world.taken().len(), 10);
    assert_eq!(world.why(), "all rules together used up `rules.actions_per_hour`");
    world.restart(seconds(60));
    world.seconds(100, 200.0);
    assert_eq!(world.taken().len(), 10);
    world.restart(seconds(3_600));
    world.seconds(100, 200.0);
    assert_eq!(world.taken().len(), 20);
    world.settings.bytes_per_hour = Size(5);
    world.settings.actions_per_hour = 1_000;
    world.rules.configure(&world.settings.clone(), seconds(5));
    world.seconds(5, 200.0);
    assert_eq!(world.why(), "all rules together used up `rules.bytes_per_hour`");
}

#[test]
fn a_limit_that_is_used_up_holds_where_the_store_opens_late() {
    let earlier = World::new(vec![rule()]).rules.save();
    let once = || vec![CollectionRule { limit: 1, limit_window: seconds(3_600), ..rule() }];
    let mut world = World::new(once());
    world.seconds(20, 200.0);
    assert_eq!(world.taken().len(), 1);
    world.rules.load_late(&earlier).unwrap();
    world.seconds(20, 200.0);
    assert_eq!(world.taken().len(), 1, "it acted a moment ago");
    // Where nothing was done yet, what an earlier run did counts.
    let used_up = world.rules.save();
    let mut world = World::new(once());
    world.rules.load_late(&used_up).unwrap();
    world.seconds(20, 200.0);
    assert_eq!(world.taken().len(), 0);
}

#[test]
fn what_is_no_saved_state_changes_nothing() {
    let mut world = World::new(vec![rule()]);
    world.seconds(5, 200.0);
    let saved = world.rules.save();
    assert!(world.rules.load(b"MOAL\x01").is_err());
    assert!(world.rules.load(&saved[..saved.len() - 1]).is_err());
    assert_eq!(world.rules.save(), saved);
}

#[test]
fn the_history_is_bounded() {
    let often =
        CollectionRule { repeat: Some(seconds(1)), cooldown: seconds(0), limit: 1_000, ..rule() };
    let mut world = World::new(vec![often]);
    world.settings.history = 7;
    world.settings.actions_per_hour = 10_000;
    world.rules.configure(&world.settings.clone(), seconds(5));
    world.seconds(100, 200.0);
    assert_eq!(world.rules.history().len(), 7);
    assert!(world.taken().len() > 50);
}
