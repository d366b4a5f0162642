//! What fails, and what goes on meanwhile.

use super::*;

/// Panics so many times.
#[derive(Debug)]
struct Unplugged(u32);

impl Source for Unplugged {
    fn name(&self) -> &'static str {
        "unplugged"
    }

    fn metrics(&self) -> &'static [Metric] {
        &[]
    }

    fn read(&mut self, _: &mut Frame) {
        self.0 -= 1;
        assert!(self.0 == 0, "the sensor is unplugged");
        self.0 = 1;
    }
}

#[test]
fn a_source_that_panics_is_a_fault_and_the_others_are_read() {
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Unplugged(6))];
    let mut test = Test::with(Layers::new(), clock(), sources, Calls::new());
    test.show(process::RESIDENT, MIB);
    test.run(5);
    let published = test.engine.published();
    assert_eq!(published.frame.get(&Key::new(process::RESIDENT.name)), Some(MIB));
    assert_eq!(published.frame.get(&Key::new(own::FAULTS.name)), Some(1.0));
    let [fault] = &published.faults[..] else { panic!("{:?}", published.faults) };
    assert_eq!(fault.part, "source unplugged");
    assert_eq!(fault.detail, "it panicked: the sensor is unplugged");
    assert_eq!(fault.since.monotonic_ns, 0);
    test.run(1);
    assert_eq!(test.engine.published().faults, []);
}
