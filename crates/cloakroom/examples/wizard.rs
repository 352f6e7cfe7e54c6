//! A wizard of three steps, one of them conditional. Run with
//! `cargo run -p cloakroom --features wizards --example wizard` and open <http://127.0.0.1:3000/register>.
use axum::Router;
use cloakroom::form::{Choice, Form};
use cloakroom::wizard::{Done, Ending, Finish, Finished, Wizard};
use cloakroom::{Cloakroom, KeyRing};
use tokio::net::TcpListener;

#[derive(Choice, Clone, Copy, PartialEq)]
enum Kind {
    Person,
    Business,
}

#[derive(Form)]
struct Info {
    name: String,
    #[field(label = "Who are you?")]
    kind: Kind,
}

#[derive(Form)]
struct Company {
    vat: String,
}

#[derive(Form)]
struct Review;

#[derive(Wizard)]
struct Registration {
    #[step(title = "About you")]
    info: Info,
    #[step(when = |so_far| so_far.info.as_ref().is_some_and(|info| info.kind == Kind::Business))]
    company: Option<Company>,
    #[step(name = "check", title = "Check your answers", review)]
    _check: Review,
}

impl Finish for Registration {
    async fn done(self, _visit: Done) -> Ending {
        let (name, vat) = (self.info.name, self.company.map(|company| company.vat));
        let vat = vat.unwrap_or("none".to_owned());
        let text = format!("Welcome, {name}, VAT number {vat}.");
        Ok(Finished::confirmation(text))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}/register", listener.local_addr()?);
    let site = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?).store_in_memory();
    let site = site
        .allow_plain_http_on_localhost(listener.local_addr()?)
        .build()?;
    let app = Router::new().nest("/register", Registration::router(&site)?);
    Ok(axum::serve(listener, app.layer(site.layer())).await?)
}
