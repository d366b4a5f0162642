#[memopt::streamed(chunk = 16)]
#[track_alloc(name = "pages")]
async fn pages<'a, C>(client: &'a C) -> Vec<Page<'a>>
where
    C: Client,
{
    let mut pages: Vec<Page<'a>> = Vec::new();
    while let Some(page) = client.next().await {
        pages.extend(page.parts());
        if page.is_last() {
            return pages;
        }
    }
    pages
}
