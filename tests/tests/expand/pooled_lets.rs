#[pooled(max_idle = 8)]
async fn parse(words: &[&str]) -> Result<usize, Error> {
    const LIMIT: usize = 10;
    #[pool]
    let mut line = first().await?;
    for word in words {
        #[pool(max_idle = 4, max_bytes = "1 MiB", max_object = 1024, name = "words")]
        #[allow(unused_mut)]
        let mut bytes: Vec<u8> = Vec::new();
        line.push_str(word);
    }
    Ok(line.len())
}
