//! A stream whose writes do not wait for ever: a client that takes nothing of its answer for some
//! time is left.

use pin_project_lite::pin_project;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

pin_project! {
    /// See the module.
    pub(super) struct Patient<S> {
        stream: S,
        #[pin]
        patience: Sleep,
        is_waiting: bool,
        time: Duration,
    }
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, time: Duration) -> Pin<Box<Self>> {
        Box::pin(Self { stream, patience: sleep(time), is_waiting: false, time })
    }

    /// What came of an attempt to write: an error where the attempts were in vain for too long.
    fn waited<T>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut this = self.project();
        if polled.is_ready() {
            *this.is_waiting = false;
            return polled;
        }
        if !*this.is_waiting {
            *this.is_waiting = true;
            this.patience.as_mut().reset(Instant::now() + *this.time);
        }
        match this.patience.poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(self.project().stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(self.as_mut().project().stream).poll_write(context, bytes);
        self.waited(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(self.as_mut().project().stream).poll_write_vectored(context, parts);
        self.waited(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(self.as_mut().project().stream).poll_flush(context);
        self.waited(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(self.as_mut().project().stream).poll_shutdown(context);
        self.waited(context, polled)
    }
}
