//! A bare `lambda_http` function: it answers with what it was sent.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|request: Request| async { Ok::<Response<Body>, Error>(Response::new(request.into_body())) })).await
}
