//! The runs of a proof: both programs by turns, and what an edit changes.

use super::bench::{Bench, Lab};
use super::told::{Instructions, Measured};
use crate::error::Error;
use crate::exit::Exit;
use crate::proof::instructions::Steady;
use crate::proof::trial::{self, Decision, PAIRS_FOR_TIME, Run, Turns, judge, judge_instructions};
use crate::session::signals;
use std::path::Path;

/// How often as many turns as asked for are run where the ones before leave it doubtful whether an
/// edit costs or saves time or memory.
const IN_DOUBT: [u32; 2] = [3, 7];

/// Turns in all after so many, where these leave a doubt; none where no more are run.
fn more(turns: u32, asked: u32) -> Option<u32> {
    let steps = IN_DOUBT.map(|times| times.saturating_mul(asked).max(PAIRS_FOR_TIME as u32));
    steps.into_iter().find(|step| *step > turns)
}

impl Bench<'_> {
    /// Runs both by turns, then counts instructions where they may matter.
    pub(super) fn judged(
        &self,
        lab: &Lab<'_>,
        after: &Path,
        frees_memory: bool,
        tell: impl Fn(&str),
    ) -> Result<(Decision, Option<Measured>), Error> {
        tell("turns");
        let Some(pairs) = self.turns(lab, after, frees_memory)? else {
            let why = "the program ends without a report with it";
            return Ok((Decision::Reverted(why.to_owned()), None));
        };
        let mut decision = judge(&pairs, frees_memory, Turns::Done);
        let mut counted = Instructions::Unknown;
        if let (Some(counter), true, Some((old, new))) =
            (lab.counter, decision.asks_for_instructions(), pairs.last())
        {
            tell("instructions");
            let count = || counter.count(&lab.before, &lab.place, old);
            let before = Steady::ask(lab.instructions.get(), count);
            signals::check()?;
            lab.instructions.set(before);
            counted = match before {
                Some(Steady::Yes(before)) if before > 0 => {
                    let after = counter.count(after, &lab.place, new);
                    after.map_or(Instructions::Unknown, |after| Instructions::Of(before, after))
                }
                Some(Steady::No) => Instructions::Vary,
                _ => Instructions::Unknown,
            };
            signals::check()?;
        }
        if let Some(change) = counted.change() {
            decision = judge_instructions(decision, change);
        }
        Ok((decision, Measured::of(&pairs, counted)))
    }

    /// The runs; who is first takes turns too. None where the program does not run with the edit.
    fn turns(
        &self,
        lab: &Lab<'_>,
        after: &Path,
        frees_memory: bool,
    ) -> Result<Option<Vec<(Run, Run)>>, Error> {
        let measured = trial::limit(self.wall);
        let run = |program: &Path, than: Option<&Run>| {
            let limit = than.map_or(measured, Run::limit);
            let run = Run::of(program, &lab.place, Some(limit));
            // A run that is interrupted fails too.
            signals::check().and(run)
        };
        let mut pairs: Vec<(Run, Run)> = Vec::new();
        let mut turns = self.args.turns;
        let mut turn = 0;
        while turn < turns {
            let than = pairs.first().map(|(before, _)| before.clone());
            let (old, new) = if turn % 2 == 0 {
                let first = run(&lab.before, than.as_ref())?;
                self.as_measured(&first)?;
                let second = run(after, Some(&first));
                (first, second)
            } else {
                let second = run(after, than.as_ref());
                signals::check()?;
                (run(&lab.before, than.as_ref())?, second)
            };
            signals::check()?;
            let Ok(new) = new else { return Ok(None) };
            pairs.push((old, new));
            turn += 1;
            let judged = || judge(&pairs, frees_memory, Turns::Left);
            if turn == turns && matches!(judged(), Decision::Doubtful(_)) {
                turns = more(turns, self.args.turns).unwrap_or(turns);
            }
        }
        Ok(Some(pairs))
    }

    /// What is compared must be the program that was measured.
    ///
    /// # Errors
    ///
    /// Where it ends otherwise.
    fn as_measured(&self, run: &Run) -> Result<(), Error> {
        let code = run.code.map(|code| Exit::Program(code as u8));
        if code == Some(self.exit) {
            return Ok(());
        }
        Err(Error::new(
            Exit::ProgramFailed,
            format_args!(
                "the program ends with {} in the copy, and with {} where it lies",
                code.map_or_else(|| "a signal".to_owned(), |code| code.code().to_string()),
                self.exit.code()
            ),
            "check that it needs no file beside its executable and no `[env]` of cargo's settings",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::more;

    #[test]
    fn turns_in_doubt_end() {
        assert_eq!([more(3, 3), more(9, 3), more(21, 3)], [Some(9), Some(21), None]);
        // So few say nothing about a time.
        assert_eq!([more(1, 1), more(7, 1)], [Some(7), None]);
        assert_eq!([more(2, 2), more(7, 2), more(14, 2)], [Some(7), Some(14), None]);
    }
}
