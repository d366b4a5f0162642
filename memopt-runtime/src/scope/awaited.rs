//! The `.await` of an async body that is a scope: as the compiler writes it, but for the scope,
//! which is left while the body waits.
//!
//! The awaited future stays a variable of the body, of its own type. A wrapper around it would be
//! one more type for the compiler to look through at each level, and 128 levels is all it does.

use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// What a task is polled with, until it waits.
#[derive(Debug)]
pub struct PolledWith(NonNull<Context<'static>>);

impl PolledWith {
    #[inline]
    pub(super) fn new(cx: &mut Context<'_>) -> Self {
        Self(NonNull::from(cx).cast())
    }

    /// Polls a future of the same task.
    ///
    /// # Safety
    ///
    /// - The task must not have waited since the [`Turn`](super::Turn) was ready.
    /// - The future must not be moved any more.
    #[inline]
    pub unsafe fn poll<F: Future>(self, future: &mut F) -> Poll<F::Output> {
        // SAFETY: the caller's word: the future is pinned, and the poll of the task to which the
        // context was given goes on.
        unsafe { Pin::new_unchecked(future).poll(&mut *self.0.as_ptr()) }
    }
}

/// `future.await` in a body with a scope; temporaries in the expression live as long as there.
#[doc(hidden)]
#[macro_export]
macro_rules! __awaited {
    ($await:tt, $scope:ident, $($future:tt)*) => {
        match $crate::__private::core::future::IntoFuture::into_future($($future)*) {
            mut future => $crate::__polled!($await, $scope, future),
        }
    };
}

/// The same for an expression without temporaries.
///
/// PERF: the future is made in its place. Without optimisation a `match` copies it once more, so
/// ten calls deep the first poll takes 1.8 times the stack of the plain functions instead of 1.3.
#[doc(hidden)]
#[macro_export]
macro_rules! __awaited_simple {
    ($await:tt, $scope:ident, $($future:tt)*) => {{
        let mut future = $crate::__private::core::future::IntoFuture::into_future($($future)*);
        $crate::__polled!($await, $scope, future)
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __polled {
    ($await:tt, $scope:ident, $future:ident) => {
        loop {
            if let $crate::__private::core::task::Poll::Ready(value) =
                // SAFETY: nothing is awaited between the two, and nothing else can name the
                // variable.
                unsafe { $scope.turn().$await.poll(&mut $future) }
            {
                break value;
            }
            $scope.waits_for(&$future);
        }
    };
}
