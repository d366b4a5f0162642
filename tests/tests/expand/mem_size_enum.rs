#[derive(MemSize)]
enum Shape {
    Empty,
    Circle(f64),
    Polygon { points: Vec<(f64, f64)>, #[mem_size(skip)] closed: bool },
}
