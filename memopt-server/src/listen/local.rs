//! Sockets that are files of this machine. Where the system has none, an address that names one is
//! an error.

#[cfg(unix)]
pub(crate) use self::files::Listener;
#[cfg(unix)]
pub(super) use self::files::{Accepting, Stream, is_of, owner};
#[cfg(not(unix))]
pub(crate) use self::none::Listener;
#[cfg(not(unix))]
pub(super) use self::none::{Accepting, Stream, is_of, owner};

#[cfg(unix)]
mod files {
    use std::fs::{self, Permissions};
    use std::io;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};

    /// A socket that listens. Its file goes when this is dropped.
    #[derive(Debug)]
    pub(crate) struct Listener {
        socket: UnixListener,
        path: PathBuf,
    }

    pub(in crate::listen) struct Accepting(tokio::net::UnixListener);

    pub(in crate::listen) type Stream = tokio::net::UnixStream;

    impl Listener {
        pub(in crate::listen) fn bind(path: &Path) -> io::Result<Self> {
            let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
            // What a process that was killed left behind: nobody answers there.
            if is_socket && UnixStream::connect(path).is_err() {
                fs::remove_file(path)?;
            }
            let socket = UnixListener::bind(path)?;
            let listener = Self { socket, path: path.to_owned() };
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
            listener.socket.set_nonblocking(true)?;
            Ok(listener)
        }

        pub(in crate::listen) fn path(&self) -> &Path {
            &self.path
        }

        pub(in crate::listen) fn accepting(&self) -> io::Result<Accepting> {
            self.socket.try_clone().and_then(tokio::net::UnixListener::from_std).map(Accepting)
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.path);
        }
    }

    impl Accepting {
        pub(in crate::listen) async fn accept(&self) -> io::Result<Stream> {
            self.0.accept().await.map(|(stream, _)| stream)
        }
    }

    /// The user whose process this is, where the system tells.
    pub(in crate::listen) fn owner() -> Option<u32> {
        fs::metadata("/proc/self").ok().map(|it| it.uid())
    }

    /// Whether the other side is the owner of this process, or the machine's. The rights of the
    /// socket's file say so too, and whoever may open it from before they were set is seen here.
    pub(in crate::listen) fn is_of(stream: &Stream, owner: Option<u32>) -> bool {
        let peer = stream.peer_cred().map(|peer| peer.uid()).ok();
        owner.is_none() || peer.is_some_and(|peer| peer == 0 || Some(peer) == owner)
    }
}

#[cfg(not(unix))]
mod none {
    use std::io;
    use std::path::Path;

    /// None is ever made.
    #[derive(Debug)]
    pub(crate) enum Listener {}

    pub(in crate::listen) enum Accepting {}

    /// What can be read from and written to.
    pub(in crate::listen) type Stream = tokio::net::TcpStream;

    impl Listener {
        pub(in crate::listen) fn bind(_: &Path) -> io::Result<Self> {
            let why = "this system has no sockets that are files; name an `ip:port`";
            Err(io::Error::new(io::ErrorKind::Unsupported, why))
        }

        pub(in crate::listen) fn path(&self) -> &Path {
            match *self {}
        }

        pub(in crate::listen) fn accepting(&self) -> io::Result<Accepting> {
            match *self {}
        }
    }

    impl Accepting {
        #[allow(clippy::unused_async, reason = "as where there are such sockets")]
        pub(in crate::listen) async fn accept(&self) -> io::Result<Stream> {
            match *self {}
        }
    }

    pub(in crate::listen) fn owner() -> Option<u32> {
        None
    }

    pub(in crate::listen) fn is_of(_: &Stream, _: Option<u32>) -> bool {
        false
    }
}
