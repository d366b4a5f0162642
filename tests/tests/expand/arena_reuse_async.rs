#[arena(reuse, name = "messages")]
async fn pump() {
    turn().await;
}
