#[arena(magazine, name = "messages")]
async fn pump() {
    turn().await;
}
