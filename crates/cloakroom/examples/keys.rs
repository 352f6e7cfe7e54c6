//! Rotates a key: what the old one sealed opens, and goes out again under the new one. Run with
//! `cargo run -p cloakroom --features testing --example keys`.
#![expect(clippy::print_stdout, reason = "it is a command")]
use std::error::Error;

use axum::{Router, routing::get};
use cloakroom::testing::Browser;
use cloakroom::{Cloakroom, CookieSpec, Cookies, KeyRing};

/// Tells the visitor's language, which a sealed cookie has, and asks for none twice.
async fn page(cookies: Cookies) -> cloakroom::Result<String> {
    let language = CookieSpec::new("language");
    if let Some(known) = cookies.sealed().get(&language) {
        return Ok(format!("Your language is {known}."));
    }
    cookies.sealed().set(&language, "English")?;
    Ok("Nothing is known of you; it is English from now on.".into())
}

/// Visits a site with these keys, with the cookie of the visit before, and says what became of both.
async fn visit(keys: KeyRing, cookie: Option<String>) -> Result<Option<String>, Box<dyn Error>> {
    let site = Cloakroom::builder(keys).store_in_memory().build()?;
    let browser = Browser::of(Router::new().route("/", get(page)).layer(site.layer()));
    if let Some(value) = &cookie {
        browser.set_cookie("language", value);
    }
    println!("  {}", browser.get("/").await.text);
    if browser.cookie("language") != cookie {
        println!("  A new cookie came.");
    }
    Ok(browser.cookie("language"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (old, new) = (KeyRing::generate_secret(), KeyRing::generate_secret());
    println!("With the old key:");
    let cookie = visit(KeyRing::new(&old)?, None).await?;
    // CLOAKROOM_SECRET is the new one, CLOAKROOM_SECRET_FALLBACKS the old one.
    println!("With the new key, and the old one retired:");
    let resealed = visit(KeyRing::new(&new)?.retire(&old)?, cookie.clone()).await?;
    println!("With the new key alone:");
    visit(KeyRing::new(&new)?, resealed).await?;
    println!("With the new key alone, and a cookie that did not come by meanwhile:");
    visit(KeyRing::new(&new)?, cookie).await?;
    Ok(())
}
