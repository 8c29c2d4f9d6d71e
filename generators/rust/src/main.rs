// begin docs/clients.md
use std::env::var;

use gatepass::apis::configuration::Configuration;
use gatepass::apis::{Error, account_api, admin_api, authentication_api, keys_api};
use gatepass::models::{LoginRequest, LogoutRequest, Problem, RefreshRequest};

/// The problem document of a refused request.
fn problem_of<T>(error: Error<T>) -> Problem {
    let Error::ResponseError(response) = error else { panic!("no response") };
    serde_json::from_str(&response.content).expect("a problem document")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let anyone = Configuration { base_path: var("GATEPASS_URL")?, ..Configuration::default() };
    let credentials = LoginRequest::new(var("GATEPASS_EMAIL")?, var("GATEPASS_PASSWORD")?);
    let tokens = authentication_api::login(&anyone, credentials).await?;
    let user = Configuration { bearer_access_token: Some(tokens.access_token), ..anyone.clone() };
    let me = account_api::who_am_i(&user).await?;
    // end docs/clients.md
    println!("login {}", tokens.session_id);
    println!("me {} {}", me.role, me.level.unwrap_or_default());
    println!("claims {}", serde_json::to_string(&me.claims)?);

    let sessions = account_api::list_my_sessions(&user, None, None).await?.sessions;
    println!("sessions {} {}", sessions.len(), sessions[0].created_at.to_rfc3339());
    let keys = keys_api::list_public_keys(&anyone, None).await?.keys;
    println!("keys {:?} {:?}", keys[0].alg, keys[1].alg);
    if let Err(error) = admin_api::list_users(&user, None, None, None, None).await {
        let problem = problem_of(error);
        println!("forbidden {} {}", problem.status, problem.code);
    }

    // Keep the refresh token of each response: it is the one for the next refresh.
    let request = RefreshRequest { refresh_token: tokens.refresh_token, ..RefreshRequest::default() };
    let refreshed = authentication_api::refresh(&anyone, Some(request)).await?;
    println!("refresh {}", refreshed.session_id);
    let request = LogoutRequest { refresh_token: refreshed.refresh_token };
    authentication_api::logout(&anyone, Some(request)).await?;
    println!("logout");
    let user = Configuration { bearer_access_token: Some(refreshed.access_token), ..anyone };
    if let Err(error) = account_api::who_am_i(&user).await {
        let problem = problem_of(error);
        println!("refused {} {}", problem.status, problem.code);
    }
    Ok(())
}
