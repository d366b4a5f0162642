#[memopt::track_alloc]
pub async fn fetch(&mut self, url: &str) -> Result<impl Read + 'static, Error> {
    let reply = self.get(url).await?;
    Ok(reply.body())
}
