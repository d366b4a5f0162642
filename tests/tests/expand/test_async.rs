#[memopt::test(max_allocs = 1, max_bytes = 2, max_peak = 3, no_leaks)]
#[tokio::test]
async fn fetches() {
    fetch().await;
}
