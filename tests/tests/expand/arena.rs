#[arena]
fn parse(text: &str) -> usize {
    text.split(' ').count()
}
