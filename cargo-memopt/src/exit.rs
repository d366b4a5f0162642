//! What a command tells the shell.

use std::process::ExitCode;

/// The exit codes, which scripts and CI rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Success,
    /// The command line, a file or a setting is wrong.
    Usage,
    /// Findings or a regression, where these were asked to fail.
    Findings,
    /// The program that was run or built failed, where its own code is not passed on.
    ProgramFailed,
    /// The baseline that was named is missing.
    BaselineMissing,
    /// A mistake of memopt.
    Internal,
    /// The code of the program that was run.
    Program(u8),
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Usage => 1,
            Self::Findings => 2,
            Self::ProgramFailed => 3,
            Self::BaselineMissing => 4,
            Self::Internal => 70,
            Self::Program(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_codes_are_those_of_the_guide() {
        let all = [
            Exit::Success,
            Exit::Usage,
            Exit::Findings,
            Exit::ProgramFailed,
            Exit::BaselineMissing,
            Exit::Internal,
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 70]);
        assert_eq!(Exit::Program(9).code(), 9);
    }
}
