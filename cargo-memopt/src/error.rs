//! What can go wrong: what, and the next step.

use crate::exit::Exit;
use std::fmt;
use std::io;
use std::path::Path;

/// An error of a command. Its text says what is wrong and names the next step.
#[derive(Debug)]
pub(crate) struct Error {
    exit: Exit,
    what: String,
    next: String,
}

impl Error {
    /// An error with the code that the command ends with. Both texts are lower case without a full
    /// stop.
    pub(crate) fn new(exit: Exit, what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { exit, what: what.to_string(), next: next.to_string() }
    }

    /// The command line, a file or a setting is wrong.
    pub(crate) fn usage(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, what, next)
    }

    /// A mistake of memopt itself.
    pub(crate) fn internal(what: impl fmt::Display) -> Self {
        let next = "please report it with the command line at \
                    https://github.com/memopt/memopt/issues";
        Self::new(Exit::Internal, what, next)
    }

    /// A file or folder could not be read or written.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let next = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check who may read and write it",
            io::ErrorKind::StorageFull => "free some disk space and run it again",
            _ => "mend that and run it again",
        };
        Self::usage(format_args!("cannot {doing} `{}`: {error}", path.display()), next)
    }

    /// The code that the command ends with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

/// Puts the path into an error that does not have it: of many files, the one that failed.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> io::Error + use<'_> {
    move |error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.next)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, at};
    use crate::exit::Exit;
    use std::io;
    use std::path::Path;

    #[test]
    fn an_error_names_the_next_step() {
        let error = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Error::file("read", Path::new("a.json"), &error);
        assert_eq!(error.to_string(), "cannot read `a.json`: no such file; check the path");
        assert_eq!(error.exit(), Exit::Usage);
        let inner = at(Path::new("src/b.rs"))(io::Error::from(io::ErrorKind::PermissionDenied));
        let error = Error::file("copy to", Path::new("fix/tree"), &inner);
        assert_eq!(
            error.to_string(),
            "cannot copy to `fix/tree`: `src/b.rs`: permission denied; check who may read and \
             write it"
        );
    }
}
