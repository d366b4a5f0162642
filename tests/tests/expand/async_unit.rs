#[memopt::track_alloc]
async fn tick() {
    sleep().await;
}
