#[memopt::main]
#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run().await
}
