//! What the program asked of its optimizer, and what the settings of the monitor want.

use memopt_monitor::program::{Program, ThisProcess};
use memopt_report::{Report, Status};
use memopt_runtime::optimizer;
use memopt_runtime::optimizer::Mode;

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
    assert_eq!(let_do(Mode::Apply, 1), Mode::Apply);
    assert_eq!(let_do(Mode::Apply, 0), Mode::Apply);
    assert_eq!(let_do(Mode::Suggest, 1), Mode::Suggest);
    assert_eq!(let_do(Mode::Off, 0), Mode::Off);
}
