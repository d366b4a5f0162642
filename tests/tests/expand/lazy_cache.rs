#[memopt::lazy_load(max_bytes = "16 MiB")]
async fn page(id: u64, mut name: String) -> io::Result<Page> {
    name.push('!');
    fetch(id, name).await
}
