//! Takes pictures in, tells what they are by their content, and shows them to who sent them. Run with
//! `cargo run -p cloakroom --features forms,uploads --example upload` and open <http://127.0.0.1:3000>.
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use cloakroom::form::{Bound, Form, Upload};
use cloakroom::{Cloakroom, CsrfToken, FileSink, Key, KeyRing, Session};
use cloakroom::{clock::Clock, files::Files};
use tokio::net::TcpListener;

const PICTURES: Key<Vec<Upload>> = Key::new("pictures");
type Answer = cloakroom::Result<Response>;

#[derive(Form)]
struct Sent {
    #[field(accept = ["image/png", "image/jpeg"], max_size = "2 MiB")]
    picture: Upload,
}

async fn page(files: State<Files>, session: Session, csrf: CsrfToken, form: Bound<Sent>) -> Answer {
    let form = match form.into_valid() {
        Ok(Sent { picture }) => {
            let (id, path) = (picture.id(), format!("kept/{}", picture.id()));
            files.keep(id, &path).await?;
            session.update(&PICTURES, move |all| all.push(picture.clone()))?;
            return Ok(Redirect::to("/").into_response());
        }
        Err(form) => form,
    };
    let pictures = session.get_or_default(&PICTURES)?;
    let show = |it: &Upload| format!("<img src=\"/{}\" alt=\"A picture\">", it.id());
    let shown: String = pictures.iter().map(show).collect();
    let (to, token) = (form.form_attributes(), csrf.input());
    let html = format!("{shown}<form {to}>{token}{form}<button>Send</button></form>");
    Ok(Html(format!("<!doctype html><title>Pictures</title>{html}")).into_response())
}

async fn picture(files: State<Files>, session: Session, Path(id): Path<String>) -> Answer {
    let pictures = session.get_or_default(&PICTURES)?;
    let Some(picture) = pictures.iter().find(|picture| picture.id() == id) else {
        return Ok(Redirect::to("/").into_response());
    };
    let content = Body::new(files.read(&format!("kept/{id}")).await?);
    Ok(([("content-type", picture.content_type())], content).into_response())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("ADDR").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    eprintln!("http://{}", listener.local_addr()?);
    let site = Cloakroom::builder(KeyRing::new(KeyRing::generate_secret())?).store_in_memory();
    let site = site.allow_plain_http_on_localhost(listener.local_addr()?);
    let files = Files::open("memory:").await?; // or file:///srv/uploads, or s3://bucket
    let sink = Extension(FileSink::new(files.sink(Clock::system())));
    let pages = Router::new().route("/", get(page).post(page));
    let app = pages.route("/{id}", get(picture)).layer(sink);
    Ok(axum::serve(listener, app.with_state(files).layer(site.build()?.layer())).await?)
}
