//! Sites of one name are one series.

use memopt_monitor::series::Key;
use memopt_monitor::source::heap::{self, Heap};
use memopt_monitor::source::{Frame, Root, Source as _};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::track_alloc(name = "shared")]
fn first() {
    std::hint::black_box(vec![1u8; 10_000]);
}

#[memopt::track_alloc(name = "shared")]
fn second() {
    std::hint::black_box(vec![1u8; 2_000]);
}

/// The values that a frame has for the name.
fn told(frame: &Frame) -> Vec<f64> {
    let key = Key::new(heap::SITE_ALLOCATED.name).of("site", "shared");
    frame.readings().iter().filter(|(one, _)| *one == key).map(|(_, value)| *value).collect()
}

#[test]
fn two_sites_of_one_name_are_told_once_in_sum() {
    let mut heap = Heap::new(Root::default(), 20, 4);
    let mut read = || {
        let mut frame = Frame::default();
        heap.read(&mut frame);
        told(&frame)
    };
    first();
    assert_eq!(read(), [10_000.0]);
    second();
    second();
    assert_eq!(read(), [14_000.0]);
}
