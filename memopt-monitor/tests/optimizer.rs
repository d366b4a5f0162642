//! What the program asked of its optimizer, and what the settings of the monitor want.

use memopt_monitor::program::{Program, ThisProcess};
use memopt_report::{Report, Status};
use memopt_runtime::optimizer;
use memopt_runtime::optimizer::{Mode, Settings};

fn let_do(wanted: Mode, sites: usize) -> Mode {
    let report = Report::empty(Status::Counting);
    assert_eq!(ThisProcess.optimize(wanted, sites, 0.05, &report), []);
    optimizer().mode()
}

#[test]
fn the_mode_that_the_program_set_is_not_lowered() {
    optimizer().set_mode(Mode::Apply);
    assert_eq!(let_do(Mode::Suggest, 1), Mode::Apply);
    assert_eq!(let_do(Mode::Off, 0), Mode::Apply);
    // What it sets later stays too.
    optimizer().set_mode(Mode::Off);
    assert_eq!(let_do(Mode::Off, 0), Mode::Off);
    assert_eq!(let_do(Mode::Suggest, 1), Mode::Suggest);
    optimizer().set_mode(Mode::Off);
    assert_eq!(let_do(Mode::Suggest, 1), Mode::Off);
    // Settings that change are obeyed, upward and downward.
    let mut own = Settings::default();
    own.min_calls = 777;
    optimizer().configure(own).unwrap();
    assert_eq!(let_do(Mode::Apply, 3), Mode::Apply);
    let lent = optimizer().settings();
    assert_eq!((lent.max_sites, lent.min_calls, lent.dry_run), (3, 777, false));
    assert_eq!(let_do(Mode::Apply, 0), Mode::Apply);
    let lent = optimizer().settings();
    assert_eq!((lent.max_sites, lent.min_gain, lent.dry_run), (1, 0.05, true));
    assert_eq!(let_do(Mode::Suggest, 1), Mode::Suggest);
    assert_eq!(optimizer().settings(), own, "a mode that the program sets has its settings");
    assert_eq!(let_do(Mode::Off, 0), Mode::Off);
    // What the program configures meanwhile stays.
    assert_eq!(let_do(Mode::Apply, 0), Mode::Apply);
    own.min_calls = 888;
    optimizer().configure(own).unwrap();
    assert_eq!(let_do(Mode::Off, 0), Mode::Off);
    assert_eq!(optimizer().settings(), own);

    // A trial ends with the mode that was in force before it, whoever set that.
    let report = Report::empty(Status::Counting);
    let trial = || {
        assert_eq!(ThisProcess.try_remedies(1, 0.05, &report), []);
        optimizer().mode()
    };
    optimizer().set_mode(Mode::Suggest);
    assert_eq!(trial(), Mode::Apply);
    assert_eq!(optimizer().settings().max_sites, 1);
    assert_eq!(let_do(Mode::Off, 0), Mode::Suggest);
    assert_eq!(optimizer().settings(), own);
    // Who sets another mode meanwhile ends it.
    assert_eq!(trial(), Mode::Apply);
    optimizer().set_mode(Mode::Off);
    assert_eq!([trial(), let_do(Mode::Off, 0)], [Mode::Off; 2]);
    // So does the end of the monitor.
    optimizer().set_mode(Mode::Suggest);
    assert_eq!(trial(), Mode::Apply);
    ThisProcess.leave_optimizer();
    assert_eq!((optimizer().mode(), optimizer().settings()), (Mode::Suggest, own));
}
