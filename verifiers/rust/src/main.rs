// Serves GET /NAME for each verifier: 200 with user and role where the bearer token is accepted, 401 with the reason otherwise.
mod with_jsonwebtoken;
mod with_jwt_authorizer;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::env::var;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let setting = |name: &str| var(name).unwrap_or_default();
    let (issuer, audience) = (setting("ISSUER"), setting("AUDIENCE"));
    let algorithm: jsonwebtoken::Algorithm = setting("ALGORITHM").parse()?;
    let verifier = Arc::new(with_jsonwebtoken::Verifier::new(&issuer, &audience, algorithm));
    let app = Router::new()
        .route("/jwt-authorizer", get(with_jwt_authorizer::show_user))
        .layer(with_jwt_authorizer::layer(&issuer, &audience).await?)
        .route("/", get(|| async {}))
        .route("/jsonwebtoken", get(move |headers| show_user(verifier, headers)));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", setting("PORT"))).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn show_user(verifier: Arc<with_jsonwebtoken::Verifier>, headers: HeaderMap) -> Result<Json<Value>, (StatusCode, String)> {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match verifier.verify(header.trim_start_matches("Bearer ")).await {
        Ok(claims) => Ok(Json(json!({ "user": claims.sub, "role": claims.role }))),
        Err(error) => Err((StatusCode::UNAUTHORIZED, error.to_string())),
    }
}
