//! Types of std that own nothing.

use super::{MemSize, Walk};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::ops::RangeFull;
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8,
    AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};
use std::time::{Duration, Instant, SystemTime};

macro_rules! flat {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> MemSize for $type {
            #[inline]
            fn walk(&self, _: &mut Walk) {}

            #[inline]
            fn is_flat() -> bool {
                true
            }
        }
    )*};
}

flat! {
    [] u8; [] u16; [] u32; [] u64; [] u128; [] usize;
    [] i8; [] i16; [] i32; [] i64; [] i128; [] isize;
    [] f32; [] f64; [] bool; [] char; [] ();
    [] NonZeroU8; [] NonZeroU16; [] NonZeroU32; [] NonZeroU64; [] NonZeroU128; [] NonZeroUsize;
    [] NonZeroI8; [] NonZeroI16; [] NonZeroI32; [] NonZeroI64; [] NonZeroI128; [] NonZeroIsize;
    [] AtomicBool; [] AtomicU8; [] AtomicU16; [] AtomicU32; [] AtomicU64; [] AtomicUsize;
    [] AtomicI8; [] AtomicI16; [] AtomicI32; [] AtomicI64; [] AtomicIsize;
    [T] AtomicPtr<T>; [T: ?Sized] NonNull<T>; [T: ?Sized] *const T; [T: ?Sized] *mut T;
    // A reference owns nothing of what it points to.
    [T: ?Sized] &T; [T: ?Sized] &mut T;
    [T: ?Sized] PhantomData<T>;
    [] Duration; [] Instant; [] SystemTime;
    [] IpAddr; [] Ipv4Addr; [] Ipv6Addr; [] SocketAddr; [] SocketAddrV4; [] SocketAddrV6;
    [] RangeFull; [] std::cmp::Ordering; [] std::thread::ThreadId; [] std::any::TypeId; [] std::alloc::Layout;
    [R] fn() -> R; [R, A] fn(A) -> R; [R, A, B] fn(A, B) -> R; [R, A, B, C] fn(A, B, C) -> R;
    [R, A, B, C, D] fn(A, B, C, D) -> R; [R, A, B, C, D, E] fn(A, B, C, D, E) -> R;
}

macro_rules! unsized_flat {
    ($($type:ty)*) => {$(
        impl MemSize for $type {
            #[inline]
            fn walk(&self, _: &mut Walk) {}
        }
    )*};
}

unsized_flat! { str std::path::Path std::ffi::OsStr std::ffi::CStr }
