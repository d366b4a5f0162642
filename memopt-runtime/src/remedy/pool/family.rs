//! Pools by type: what one `let` or one generic type has, since a static cannot be generic.

use super::common::{Kind, Limits};
use super::core::Core;
use super::guard::PoolGuard;
use super::recycle::Recycle;
use crate::machine::cold_path;
use std::any::TypeId;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::atomic::{
    AtomicPtr,
    Ordering::{AcqRel, Acquire, Relaxed},
};

/// One pool for each type that asks. Not for use by hand: the macros declare it.
pub struct Family {
    name: Option<&'static str>,
    limits: Limits,
    /// Lists of pools by their type's hash; pools are added and never taken away.
    buckets: [AtomicPtr<Member>; BUCKETS],
}

const BUCKETS: usize = 8;

struct Member {
    /// Invariant: that of the objects of `core`.
    id: TypeId,
    core: Core,
    /// Fixed once it is listed.
    next: AtomicPtr<Member>,
}

impl Family {
    /// Pools with these limits; without a name they are called like their type.
    pub const fn new(name: Option<&'static str>, limits: Limits) -> Self {
        Self { name, limits, buckets: [const { AtomicPtr::new(ptr::null_mut()) }; BUCKETS] }
    }

    /// An idle object of this type, if there is one.
    #[inline]
    pub fn idle<T>(&'static self) -> Option<PoolGuard<T>>
    where
        // The compiler shows the line below to those whose type is not `Send`.
        T: Recycle + Send + 'static, // an object may come back on any thread: hold an `Arc` where it has an `Rc`, or do not pool it
    {
        let core = self.core::<T>();
        // SAFETY: the pool was made for `T`.
        unsafe { PoolGuard::idle(core) }
    }

    /// Takes a new object into the pool of its type.
    #[cold]
    pub fn new_object<T: Recycle + Send + 'static>(&'static self, value: T) -> PoolGuard<T> {
        let core = self.core::<T>();
        // SAFETY: the pool was made for `T`.
        unsafe { PoolGuard::new(core, value) }
    }

    /// The pool of `T`.
    ///
    /// PERF: the type and its bucket are constants, so it is one load and a comparison unless many
    /// types share the family: 1 ns.
    #[inline]
    fn core<T: 'static>(&'static self) -> &'static Core {
        let id = TypeId::of::<T>();
        let bucket = &self.buckets[bucket(id)];
        match find(bucket, id) {
            Some(core) => core,
            None => self.add::<T>(bucket),
        }
    }

    #[cold]
    fn add<T: 'static>(&self, bucket: &'static AtomicPtr<Member>) -> &'static Core {
        let id = TypeId::of::<T>();
        let core = Core::new(Kind::of::<T>(), self.name, self.limits);
        let next = AtomicPtr::new(ptr::null_mut());
        let member = crate::untracked(|| Box::into_raw(Box::new(Member { id, core, next })));
        loop {
            let head = bucket.load(Acquire);
            if let Some(core) = find(bucket, id) {
                // SAFETY: made above and never listed.
                crate::untracked(|| drop(unsafe { Box::from_raw(member) }));
                return core;
            }
            // SAFETY: as above; it is ours alone until the exchange.
            unsafe { (*member).next.store(head, Relaxed) };
            // Release: pairs with the acquire in `find`.
            if bucket.compare_exchange(head, member, AcqRel, Relaxed).is_ok() {
                // SAFETY: listed, and so never freed.
                return unsafe { &(*member).core };
            }
        }
    }
}

#[inline]
fn find(bucket: &'static AtomicPtr<Member>, id: TypeId) -> Option<&'static Core> {
    // SAFETY: listed members are never freed.
    let mut member = unsafe { bucket.load(Acquire).as_ref() };
    while let Some(this) = member {
        if this.id == id {
            return Some(&this.core);
        }
        cold_path();
        // SAFETY: as above; `next` is fixed once listed, and the acquire above covers the whole
        // list.
        member = unsafe { this.next.load(Relaxed).as_ref() };
    }
    None
}

/// A type's id is a hash already: the hasher passes a part of it on.
#[inline]
fn bucket(id: TypeId) -> usize {
    struct Pass(u64);
    impl Hasher for Pass {
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
            }
        }

        fn write_u64(&mut self, part: u64) {
            self.0 ^= part;
        }

        fn finish(&self) -> u64 {
            self.0
        }
    }
    let mut pass = Pass(0);
    id.hash(&mut pass);
    pass.finish() as usize % BUCKETS
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
