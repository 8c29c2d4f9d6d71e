// begin docs/verifying.md
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

#[derive(serde::Deserialize)]
pub struct Claims {
    pub sub: String,
    pub role: String,
}

pub struct Verifier {
    jwks_uri: String,
    validation: Validation,
    keys: RwLock<Option<(Instant, JwkSet)>>,
}

impl Verifier {
    pub fn new(issuer: &str, audience: &str, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]); // an absent claim is not checked otherwise
        validation.validate_nbf = true;
        validation.leeway = 5;
        Self { jwks_uri: format!("{issuer}/.well-known/jwks.json"), validation, keys: RwLock::new(None) }
    }

    pub async fn verify(&self, token: &str) -> Result<Claims, Box<dyn std::error::Error + Send + Sync>> {
        let header = decode_header(token)?;
        if header.typ.as_deref() != Some("at+jwt") {
            return Err("not an access token".into());
        }
        let kid = header.kid.ok_or("no kid")?;
        self.fetch_keys(&kid).await?;
        let keys = self.keys.read().await;
        let key = keys.as_ref().and_then(|(_, keys)| keys.find(&kid)).ok_or("unknown kid")?;
        Ok(decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &self.validation)?.claims)
    }

    /// The crate fetches no keys: every five minutes, and for an unknown kid, but not more often than every ten seconds.
    async fn fetch_keys(&self, kid: &str) -> reqwest::Result<()> {
        let is_due = |(at, keys): &(Instant, JwkSet)| {
            at.elapsed() > Duration::from_secs(if keys.find(kid).is_some() { 300 } else { 10 })
        };
        if self.keys.read().await.as_ref().is_none_or(is_due) {
            let fetched = reqwest::get(&self.jwks_uri).await?.error_for_status()?.json().await?;
            *self.keys.write().await = Some((Instant::now(), fetched));
        }
        Ok(())
    }
}
// end docs/verifying.md
