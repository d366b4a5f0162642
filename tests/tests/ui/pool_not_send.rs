#[derive(memopt::remedy::Pooled)]
struct Frame {
    #[pool(skip)]
    shared: std::rc::Rc<u8>,
}

fn main() {
    let _ = Frame { shared: std::rc::Rc::new(1) };
}
