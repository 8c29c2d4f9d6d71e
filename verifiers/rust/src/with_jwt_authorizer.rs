use axum::Json;
use serde_json::{Value, json};
// begin docs/verifying.md
use jwt_authorizer::layer::AuthorizationLayer;
use jwt_authorizer::{AuthError, IntoLayer, JwtAuthorizer, JwtClaims, Refresh, RefreshStrategy, Validation};
use std::time::Duration;

#[derive(Clone, serde::Deserialize)]
pub struct User {
    pub sub: String,
    pub role: String,
}

pub async fn layer(issuer: &str, audience: &str) -> Result<AuthorizationLayer<User>, Box<dyn std::error::Error>> {
    let authorizer = JwtAuthorizer::<User>::from_jwks_url(&format!("{issuer}/.well-known/jwks.json"))
        .validation(Validation::new().iss(&[issuer]).aud(&[audience]).nbf(true).leeway(5))
        // By default it reads the keys for an unknown kid only, and not more often than every ten minutes.
        .refresh(Refresh { strategy: RefreshStrategy::Interval, refresh_interval: Duration::from_secs(60), ..Refresh::default() })
        .build()
        .await?;
    Ok(authorizer.into_layer())
}
// end docs/verifying.md

pub async fn show_user(JwtClaims(user): JwtClaims<User>) -> Result<Json<Value>, AuthError> {
    Ok(Json(json!({ "user": user.sub, "role": user.role })))
}
